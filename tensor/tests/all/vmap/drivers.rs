//! Mapped functions within drivers, drivers within mapped functions.

use wengert_tensor::*;

use super::members::{assert_close, numbers};

fn join(members: impl IntoIterator<Item = Tensor<f64>>) -> Tensor<f64> {
    Tensor::stack(&members.into_iter().collect::<Vec<_>>(), 0)
}

fn bent(x: Var<f64>, w: Var<f64>) -> Var<f64> {
    (w.matmul(x.tanh()) * x.at(0)).sin().sum()
}

#[test]
fn drivers_work_within_a_mapped_function() {
    let (x, v, w) = (numbers(&[4, 3], 1.0), numbers(&[4, 3], 2.0), numbers(&[2, 3], 3.0));
    let member = |k: usize| x.index(0, k);
    let each = |f: &dyn Fn(&Tensor<f64>) -> Tensor<f64>| join((0..4).map(|k| f(&member(k))));
    let f = |x| bent(x, constant(&w));
    let slopes = vmap(|x| gradient(&x, f), &x);
    assert_close(&slopes, &each(&|x| gradient(x, f)), 1e-14, "gradients");
    let hessians = vmap(|x| hessian(f, &x), &x);
    assert_close(&hessians, &each(&|x| hessian(f, x)), 1e-13, "Hessians");
    let (values, products) = vmap(|(x, v)| jvp(f, &x, &v), &(x.clone(), v.clone()));
    let expected = join((0..4).map(|k| jvp(f, &member(k), &v.index(0, k)).1));
    assert_close(&products, &expected, 1e-14, "Jv");
    assert_close(&values, &each(&|x| evaluate(x, f)), 1e-14, "values");
    let products = vmap(|(x, v)| hvp(f, &x, &v), &(x.clone(), v.clone()));
    let expected = join((0..4).map(|k| hvp(f, &member(k), &v.index(0, k))));
    assert_close(&products, &expected, 1e-13, "Hv");
    let pulled = vmap(
        |x| {
            let (y, pullback) = vjp(|x: Var<f64>| x * x.sum(), &x);
            pullback.call(&y)
        },
        &x,
    );
    // Jᵀy of y = x Σx: y Σx + (x·y).
    let by_hand = each(&|x| {
        let sum: f64 = x.to_vec().iter().sum();
        let dot: f64 = x.to_vec().iter().map(|x| x * x * sum).sum();
        &(x * (sum * sum)) + dot
    });
    assert_close(&pulled, &by_hand, 1e-13, "vjp");
}

#[test]
fn a_mapped_function_works_within_drivers() {
    let (x, v, w) = (numbers(&[4, 3], 1.0), numbers(&[4, 3], 2.0), numbers(&[2, 3], 3.0));
    // With respect to what members share, and to themselves.
    let mapped = |x: Var<f64>, w: Var<f64>| vmap(|x| bent(x, w), &x);
    let looped = |x: Var<f64>, w: Var<f64>| {
        Var::stack(&(0..4).map(|k| bent(x.index(0, k), w)).collect::<Vec<_>>(), 0)
    };
    let both = (x.clone(), w.clone());
    let weights = numbers(&[4], 4.0);
    let loss = |f: &dyn Fn(Var<f64>, Var<f64>) -> Var<f64>, (x, w): (Var<f64>, Var<f64>)| {
        (f(x, w) * constant(&weights)).sum()
    };
    let (of_x, of_w) = gradient(&both, |both| loss(&mapped, both));
    let (expected_x, expected_w) = gradient(&both, |both| loss(&looped, both));
    assert_close(&of_x, &expected_x, 1e-14, "gradient of members");
    assert_close(&of_w, &expected_w, 1e-14, "gradient of what is shared");
    let along = (v, numbers(&[2, 3], 5.0));
    let (hx, hw) = hvp(|both| loss(&mapped, both), &both, &along);
    let (expected_x, expected_w) = hvp(|both| loss(&looped, both), &both, &along);
    assert_close(&hx, &expected_x, 1e-13, "Hv of members");
    assert_close(&hw, &expected_w, 1e-13, "Hv of what is shared");
    let (y, dy) = jvp(|(x, w)| mapped(x, w), &both, &along);
    let (expected_y, expected_dy) = jvp(|(x, w)| looped(x, w), &both, &along);
    assert_close(&y, &expected_y, 1e-14, "values");
    assert_close(&dy, &expected_dy, 1e-14, "Jv");
    let h = hessian(|w| (mapped(constant(&x), w) * constant(&weights)).sum(), &w);
    let expected = hessian(|w| (looped(constant(&x), w) * constant(&weights)).sum(), &w);
    assert_close(&h, &expected, 1e-13, "Hessian of what is shared");
    // Mapped gradients, differentiated: per-example gradients in a loss.
    let penalty = |f: &dyn Fn(Var<f64>) -> Var<f64>, w: Var<f64>| {
        let slopes = f(w);
        (slopes * slopes).sum()
    };
    let by_map =
        gradient(&w, |w| penalty(&|w| vmap(|x| gradient(&x, |x| bent(x, w)), &constant(&x)), w));
    let by_loop = gradient(&w, |w| {
        let rows = |w: Var<f64>| {
            let row = |k: usize| gradient(&constant(&x.index(0, k)), |x| bent(x, w));
            Var::stack(&(0..4).map(row).collect::<Vec<_>>(), 0)
        };
        penalty(&rows, w)
    });
    assert_close(&by_map, &by_loop, 1e-13, "gradient of mapped gradients");
}

#[test]
fn mapped_functions_nest() {
    let x = numbers(&[2, 3, 4], 1.0);
    let inner = |row: Var<f64>| row.softmax(0) * row;
    let y = vmap(|rows| vmap(inner, &rows), &x);
    let by_hand =
        join((0..2).map(|i| join((0..3).map(|k| evaluate(&x.index(0, i).index(0, k), inner)))));
    assert_close(&y, &by_hand, 1e-15, "twice");
    // All pairs: the inner function uses what the outer one is given.
    let (a, b) = (numbers(&[3, 2], 2.0), numbers(&[4, 2], 3.0));
    let dots = vmap(|a| vmap(|b| a.dot(b), &constant(&b)), &a);
    assert_close(&dots, &a.matmul(&b.transpose()), 1e-15, "pairs");
    let slopes = vmap(|a| vmap(|b| gradient(&a, |a| (a.dot(b)).exp()), &constant(&b)), &a);
    let expected =
        join((0..3).map(|i| {
            join((0..4).map(|k| &b.index(0, k) * dots.index(0, i).index(0, k).item().exp()))
        }));
    assert_close(&slopes, &expected, 1e-14, "gradients of pairs");
}

#[test]
fn structures_are_mapped_in_and_out() {
    let x = (numbers(&[3, 2], 1.0), vec![numbers(&[3], 2.0)]);
    let (sums, constants, number) = vmap(
        |(x, c): (Var<f64>, Vec<Var<f64>>)| {
            (x.sum() * c[0], constant(&Tensor::from([1.0, 2.0])), Var::from(5.0))
        },
        &x,
    );
    let by_hand = (0..3).map(|k| &x.0.index(0, k).map(|x| x.sum()) * x.1[0].index(0, k).item());
    assert_close(&sums, &join(by_hand), 1e-15, "sums");
    assert_eq!(constants, Tensor::from([[1.0, 2.0]; 3]));
    assert_eq!(number, Tensor::from([5.0; 3]));
}

#[test]
fn it_works_in_single_precision_and_for_arrays_of_any_strides() {
    let x = Tensor::<f32>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let y = vmap(|x| x.cumsum(0), &x.transpose());
    assert_eq!(y, Tensor::<f32>::from([[1.0, 5.0], [2.0, 7.0], [3.0, 9.0]]));
    let y = vmap(|x| x.sum(), &x.index(0, 0).expand([4, 3]).flip(1));
    assert_eq!(y, Tensor::<f32>::from([6.0; 4]));
}

#[test]
fn a_compiled_function_may_be_mapped() {
    let (x, w) = (numbers(&[5, 3], 1.0), numbers(&[2, 3], 2.0));
    let slopes = |(x, w): (Var<f64>, Var<f64>)| vmap(|x| gradient(&x, |x| bent(x, w)), &x);
    let mut compiled = compile(&(x.clone(), w.clone()), slopes);
    for seed in [1.0, 3.0] {
        let x = numbers(&[5, 3], seed);
        let expected = join((0..5).map(|k| gradient(&x.index(0, k), |x| bent(x, constant(&w)))));
        assert_close(&compiled.call(&(x, w.clone())), &expected, 1e-14, "compiled");
    }
}

/// With no members there are no results; with one, that of the function.
#[test]
fn batches_may_have_none_or_one() {
    let none = vmap(|x| x.matmul(constant(&Tensor::ones([3, 4]))), &Tensor::<f64>::zeros([0, 3]));
    assert_eq!(none.shape(), &[0, 4]);
    let slope = gradient(&Tensor::<f64>::zeros([0, 3]), |x| vmap(|x| x.norm(), &x));
    assert_eq!(slope.shape(), &[0, 3]);
    let x = numbers(&[1, 3], 1.0);
    assert_eq!(vmap(|x| x.sin(), &x), x.map(|x| x.sin()));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let (x, w) = (numbers(&[200, 100], 1.0), numbers(&[100, 100], 2.0));
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let y = vmap(|x| gradient(&x, |x| bent(x, constant(&w))), &x);
            let x = x.index(0, 0);
            let j = jacobian(|x| constant(&w).matmul(x).tanh(), &x);
            [y, j, hessian(|x| bent(x, constant(&w)), &x)]
        })
    };
    assert_eq!(of(1), of(3));
}
