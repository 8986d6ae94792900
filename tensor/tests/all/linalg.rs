//! The laws of linear algebra: identities, differences, and agreement of the modes.

use core::slice;

use wengert_tensor::*;

type T64 = Tensor<f64>;
type Program = fn(Vec<Var<f64>>) -> Var<f64>;

/// Numbers without pattern, from −1 to 1.
fn wave(shape: impl Into<Shape>, seed: f64) -> T64 {
    let shape = shape.into();
    let elements = (0..shape.size()).map(|i| ((i * i) as f64 * 0.37 + 1.9 * i as f64 + seed).sin());
    Tensor::from_vec(&shape, elements.collect())
}

/// Square matrices far from singular: 2 I + a wave.
fn regular(shape: impl Into<Shape>, seed: f64) -> T64 {
    let wave = wave(shape, seed);
    let n = wave.shape()[wave.rank() - 1];
    &(&wave * 0.7) + &(&Tensor::eye(n) * 2.0)
}

fn dot(a: &[T64], b: &[T64]) -> f64 {
    let dot = |(a, b): (&T64, &T64)| -> f64 {
        a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum()
    };
    a.iter().zip(b).map(dot).sum()
}

fn moved(x: &[T64], v: &[T64], h: f64) -> Vec<T64> {
    x.iter().zip(v).map(|(x, v)| x + &(v * h)).collect()
}

fn waves(x: &[T64], seed: f64) -> Vec<T64> {
    x.iter().enumerate().map(|(i, x)| wave(x.shape(), seed + i as f64)).collect()
}

/// d/dh of a function at 0, to order h⁴.
fn slope(f: impl Fn(f64) -> f64) -> f64 {
    let h = 1e-3;
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

#[track_caller]
fn near(what: &str, a: f64, b: f64, scale: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * scale.max(1.0), "{what}: {a} {b}, difference {:e}", a - b);
}

/// All first, second and third derivatives of a program, against differences and each other.
fn laws(name: &str, f: Program, x: &[T64]) {
    let x = x.to_vec();
    let (v, u) = (waves(&x, 0.3), waves(&x, 7.1));
    let y = evaluate(&x, f);
    let w = wave(y.shape(), 2.2);
    let size = |x: &[T64]| dot(x, x).sqrt();

    // First order: differences along v and for single elements, and ⟨w, Jv⟩ = ⟨Jᵀw, v⟩.
    let weighted = |x: Vec<Var<f64>>| (f(x) * constant(&w)).sum();
    let (_, jv) = jvp(f, &x, &v);
    let back = gradient(&x, weighted);
    let forth = dot(slice::from_ref(&w), &[jv]);
    near(&format!("{name}: modes"), forth, dot(&back, &v), size(&back) * size(&v), 1e-12);
    let at = |p: Vec<T64>| dot(slice::from_ref(&w), &[evaluate(&p, f)]);
    let difference = slope(|h| at(moved(&x, &v, h)));
    near(&format!("{name}: difference"), forth, difference, size(&back) * size(&v), 1e-8);
    for k in 0..x.len() {
        for i in 0..x[k].size() {
            let mut e: Vec<T64> = x.iter().map(|x| Tensor::zeros(x.shape())).collect();
            e[k].as_mut_slice()[i] = 1.0;
            let difference = slope(|h| at(moved(&x, &e, h)));
            let what = format!("{name}: element {i} of argument {k}");
            near(&what, back[k].to_vec()[i], difference, size(&back), 1e-8);
        }
    }

    // Second order, of a function that is not linear in f.
    let loss = |x: Vec<Var<f64>>| {
        let y = f(x);
        (y * constant(&w) + y * y * 0.5).sum()
    };
    let forward_over_reverse = hvp(loss, &x, &v);
    let along = |x: Vec<Var<f64>>, v: &[T64]| {
        let g = gradient(&x, loss);
        let terms = g.into_iter().zip(v).map(|(g, v)| (g * constant(v)).sum());
        terms.reduce(|a, b| a + b).expect("there are arguments")
    };
    let reverse_over_reverse = gradient(&x, |x| along(x, &v));
    let scale = size(&reverse_over_reverse);
    for (a, b) in forward_over_reverse.iter().zip(&reverse_over_reverse) {
        let gap = (a - b).to_vec().iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        near(&format!("{name}: hvp two ways"), gap, 0.0, scale, 1e-10);
    }
    let difference = slope(|h| dot(&gradient(&moved(&x, &v, h), loss), &u));
    near(
        &format!("{name}: hvp"),
        dot(&forward_over_reverse, &u),
        difference,
        scale * size(&u),
        1e-7,
    );

    // Third order: the derivative of ⟨u, H v⟩ along w, by reverse mode over both.
    let third = gradient(&x, |x| {
        let g = gradient(&x, |x| along(x, &v));
        let terms = g.into_iter().zip(&u).map(|(g, u)| (g * constant(u)).sum());
        terms.reduce(|a, b| a + b).expect("there are arguments")
    });
    let t = waves(&x, 4.4);
    let difference = slope(|h| dot(&hvp(loss, &moved(&x, &t, h), &v), &u));
    near(
        &format!("{name}: third order"),
        dot(&third, &t),
        difference,
        size(&third) * size(&t),
        1e-6,
    );
}

/// The program on a stack of matrices gives the stack of what it gives on each.
fn batched(name: &str, f: Program, items: &[Vec<T64>]) {
    let stacked: Vec<T64> = (0..items[0].len())
        .map(|k| {
            let shape: Vec<usize> =
                [items.len(), 1].into_iter().chain(items[0][k].shape().to_vec()).collect();
            let elements = items.iter().flat_map(|item| item[k].to_vec()).collect();
            Tensor::from_vec(shape, elements)
        })
        .collect();
    let whole = evaluate(&stacked, f);
    let each: Vec<T64> = items.iter().map(|item| evaluate(item, f)).collect();
    let shape: Vec<usize> = [items.len(), 1].into_iter().chain(each[0].shape().to_vec()).collect();
    assert_eq!(whole.shape(), &shape[..], "{name}");
    let each: Vec<f64> = each.iter().flat_map(|y| y.to_vec()).collect();
    assert!(whole.is_close(&Tensor::from_vec(shape, each), 1e-14), "{name}: values");
    let loss = |x: Vec<Var<f64>>| {
        let y = f(x);
        (y * y).sum()
    };
    let whole = gradient(&stacked, loss);
    for (k, whole) in whole.iter().enumerate() {
        let each: Vec<f64> =
            items.iter().flat_map(|item| gradient(item, loss)[k].to_vec()).collect();
        let each = Tensor::from_vec(whole.shape(), each);
        assert!(whole.is_close(&each, 1e-13), "{name}: gradient for argument {k}");
    }
}

/// Programs on one square matrix.
const SQUARE: [(&str, Program); 18] = [
    ("inv", |x| x[0].inv()),
    ("det", |x| x[0].det()),
    ("log_det", |x| x[0].log_det()),
    ("slog_det", |x| x[0].slog_det().log_abs * x[0].slog_det().sign),
    ("cholesky", |x| x[0].matmul(x[0].transpose()).cholesky()),
    ("cholesky of a matrix that is not symmetric", |x| (x[0] * 0.3).cholesky()),
    ("eigh values", |x| x[0].eigh().values),
    ("eigh vectors", |x| x[0].eigh().vectors),
    ("eigh", |x| {
        let Eigh { values, vectors } = x[0].eigh();
        let mut columns = values.shape().to_vec();
        columns.insert(columns.len() - 1, 1);
        (vectors * values.reshape(columns).sin()).matmul(vectors.transpose())
    }),
    ("eigvalsh", |x| x[0].eigvalsh()),
    ("matrix_exp", |x| x[0].matrix_exp()),
    ("matrix_power(5)", |x| x[0].matrix_power(5)),
    ("matrix_power(-2)", |x| x[0].matrix_power(-2)),
    ("trace", |x| x[0].trace()),
    ("symmetrise", |x| x[0].symmetrise()),
    ("solve itself", |x| x[0].solve(x[0].transpose())),
    ("triangular", |x| x[0].solve_lower_triangular(x[0].transpose())),
    ("transposed view", |x| x[0].transpose().solve(x[0] * x[0])),
];

/// Programs on one matrix of any extents.
const ANY: [(&str, Program); 12] = [
    ("svd u", |x| x[0].svd().u),
    ("svd s", |x| x[0].svd().s),
    ("svd vt", |x| x[0].svd().vt),
    ("svdvals", |x| x[0].svdvals()),
    ("qr q", |x| x[0].qr().q),
    ("qr r", |x| x[0].qr().r),
    ("qr both", |x| x[0].qr().q.matmul(x[0].qr().r.sin())),
    ("pinv", |x| x[0].pinv()),
    ("frobenius_norm", |x| x[0].frobenius_norm()),
    ("nuclear_norm", |x| x[0].nuclear_norm()),
    ("spectral_norm", |x| x[0].spectral_norm()),
    ("polar factor", |x| {
        let Svd { u, vt, .. } = x[0].svd();
        u.matmul(vt)
    }),
];

/// Programs on a matrix and right-hand sides.
const SYSTEMS: [(&str, Program); 4] = [
    ("solve", |x| x[0].solve(x[1])),
    ("solve_lower_triangular", |x| x[0].solve_lower_triangular(x[1])),
    ("solve_upper_triangular", |x| x[0].solve_upper_triangular(x[1])),
    ("lstsq", |x| x[0].lstsq(x[1])),
];

#[test]
fn laws_of_square_matrices() {
    for (name, f) in SQUARE {
        for n in [1, 2, 4] {
            laws(&format!("{name} of {n} × {n}"), f, &[regular([n, n], n as f64)]);
        }
    }
}

#[test]
fn laws_of_rectangular_matrices() {
    for (name, f) in ANY {
        for [m, n] in [[1, 1], [3, 3], [4, 2], [2, 4], [5, 1]] {
            let a = &wave([m, n], 0.6)
                + &Tensor::from_fn([m, n], |i| [0.0, 1.5 + i[0] as f64][usize::from(i[0] == i[1])]);
            laws(&format!("{name} of {m} × {n}"), f, &[a]);
        }
    }
}

#[test]
fn laws_of_systems() {
    for (name, f) in SYSTEMS {
        laws(&format!("{name} of a vector"), f, &[regular([3, 3], 1.0), wave([3], 0.1)]);
        laws(&format!("{name} of a matrix"), f, &[regular([3, 3], 2.0), wave([3, 2], 0.2)]);
        laws(
            &format!("{name} of stacks that broadcast"),
            f,
            &[regular([2, 1, 2, 2], 3.0), wave([3, 2, 1], 0.3)],
        );
        laws(
            &format!("{name} of a stack and a vector"),
            f,
            &[regular([2, 2, 2], 4.0), wave([2], 0.4)],
        );
        laws(
            &format!("{name} of a matrix and a stack"),
            f,
            &[regular([2, 2], 4.0), wave([2, 2, 1], 0.4)],
        );
    }
    let lstsq = SYSTEMS[3].1;
    laws("lstsq of more equations", lstsq, &[wave([4, 2], 1.0), wave([4], 0.1)]);
    laws("lstsq of more unknowns", lstsq, &[wave([2, 4], 1.0), wave([2, 3], 0.1)]);
}

#[test]
fn stacks_are_loops() {
    for (name, f) in SQUARE {
        let items: Vec<Vec<T64>> = (0..3).map(|i| vec![regular([3, 3], i as f64)]).collect();
        batched(name, f, &items);
    }
    for (name, f) in ANY {
        for [m, n] in [[3, 2], [2, 3]] {
            let items: Vec<Vec<T64>> = (0..3).map(|i| vec![wave([m, n], i as f64)]).collect();
            batched(name, f, &items);
        }
    }
    for (name, f) in SYSTEMS {
        let item = |i| vec![regular([3, 3], f64::from(i)), wave([3, 2], f64::from(i))];
        batched(name, f, &(0..3).map(item).collect::<Vec<_>>());
    }
}

#[test]
fn identities() {
    for n in [1, 2, 5, 33, 70] {
        let a = regular([n, n], 0.5);
        let a = &a + &(&Tensor::eye(n) * (0.3 * n as f64));
        let eye = Tensor::eye(n);
        let close = |x: T64, y: &T64| assert!(x.is_close(y, 1e-12), "{n}: {x} {y}");
        close(a.map(|a| a.matmul(a.inv())), &eye);
        close(a.map(|a| a.matmul(a.solve(constant(&wave([n, 3], 1.0))))), &wave([n, 3], 1.0));
        close(a.map(|a| a.matmul(a.pinv())), &eye);
        close(a.map(|a| a.matrix_exp().matmul((-a).matrix_exp())), &eye);
        close(a.map(|a| a.slog_det().log_abs), &a.map(|a| a.svdvals().ln().sum()));
        close(a.map(|a| a.matrix_power(3).matmul(a.matrix_power(-3))), &eye);
        close(a.map(|a| a.matrix_power(0)), &eye);
        let tall = wave([n + 3, n], 0.4);
        let [q, r] = evaluate(&tall, |a| [a.qr().q, a.qr().r]);
        close(q.transpose().matmul(&q), &eye);
        close(q.matmul(&r), &tall);
        for i in 0..n {
            assert!(r[[i, i]] >= 0.0 && (0..i).all(|j| r[[i, j]] == 0.0));
        }
        for a in [&tall, &tall.transpose()] {
            let [u, s, vt] = evaluate(a, |a| [a.svd().u, a.svd().s, a.svd().vt]);
            close(u.transpose().matmul(&u), &eye);
            close(vt.matmul(&vt.transpose()), &eye);
            close((&u * &s).matmul(&vt), a);
            assert!(s.to_vec().is_sorted_by(|a, b| a >= b));
            // Penrose's four conditions.
            let p = a.map(Var::pinv);
            close(a.matmul(&p).matmul(a), a);
            close(p.matmul(a).matmul(&p), &p);
            close(a.matmul(&p), &a.matmul(&p).transpose());
            close(p.matmul(a), &p.matmul(a).transpose());
            let b = wave([a.shape()[0], 2], 0.2);
            close(evaluate(&[a.clone(), b.clone()], |[a, b]| a.lstsq(b)), &p.matmul(&b));
        }
        let positive = a.matmul(&a.transpose());
        let l = positive.map(Var::cholesky);
        close(l.matmul(&l.transpose()), &positive);
        let [values, vectors] = evaluate(&positive, |a| [a.eigh().values, a.eigh().vectors]);
        close(vectors.transpose().matmul(&vectors), &eye);
        close((&vectors * &values).matmul(&vectors.transpose()), &positive);
        assert!(values.to_vec().is_sorted());
    }
}

#[test]
fn exponentials() {
    // Rotations, known in closed form, from tiny to far beyond the reach of the approximant without scaling.
    for t in [1e-9, 0.1, 1.0, 5.0, 30.0, 300.0_f64] {
        let a = Tensor::from([[0.0, -t], [t, 0.0]]);
        let rotation = Tensor::from([[t.cos(), -t.sin()], [t.sin(), t.cos()]]);
        assert!(a.map(Var::matrix_exp).is_close(&rotation, 1e-14 * t.max(10.0)), "{t}");
    }
    let zero = T64::zeros([3, 3]);
    assert_eq!(zero.map(Var::matrix_exp), Tensor::eye(3));
    assert!(gradient(&zero, |a| a.matrix_exp().trace()).is_close(&Tensor::eye(3), 1e-15));
    // A derivative along a direction of any size: exp(t A) for A that commutes with it.
    let a = Tensor::from([[0.0, -0.5], [0.5, 0.0]]);
    for size in [0.0, 1e-200, 1.0, 1e12, 1e200] {
        let (value, tangent) = jvp(|a| a.matrix_exp(), &a, &(&a * size));
        let expected = &value.matmul(&a) * size;
        let largest = size.max(1e-300);
        assert!(
            (&tangent / &Tensor::full([2, 2], largest))
                .is_close(&(&expected * (1.0 / largest)), 1e-14)
        );
    }
    let infinite = Tensor::from([[f64::INFINITY]]);
    assert!(infinite.map(Var::matrix_exp).item().is_nan());
}

#[test]
fn single_precision() {
    let a = Tensor::from_fn([4, 4], |i| {
        ((3 * i[0] + 2 * i[1]) as f32 * 0.7).sin() + if i[0] == i[1] { 3.0 } else { 0.0 }
    });
    let eye = Tensor::<f32>::eye(4);
    let close = |x: Tensor<f32>, y: &Tensor<f32>| assert!(x.is_close(y, 2e-5), "{x} {y}");
    close(a.map(|a| a.matmul(a.inv())), &eye);
    close(a.map(|a| a.qr().q.transpose().matmul(a.qr().q)), &eye);
    close(a.map(|a| a.qr().q.matmul(a.qr().r)), &a);
    close(a.map(|a| (a.svd().u * a.svd().s).matmul(a.svd().vt)), &a);
    close(a.map(|a| a.matrix_exp().matmul((-a).matrix_exp())), &eye);
    let positive = a.matmul(&a.transpose());
    close(positive.map(|a| a.cholesky().matmul(a.cholesky().transpose())), &positive);
    close(
        positive.map(|a| (a.eigh().vectors * a.eigh().values).matmul(a.eigh().vectors.transpose())),
        &positive,
    );
    close(gradient(&a, |a| a.log_det()), &a.map(|a| a.inv().transpose()));
    close(
        &gradient(&a, |a| a.det()) / &a.map(|a| a.det()).expand([4, 4]),
        &a.map(|a| a.inv().transpose()),
    );
    close(gradient(&a, |a| a.nuclear_norm()), &a.map(|a| a.svd().u.matmul(a.svd().vt)));
}

#[test]
fn the_same_on_any_number_of_threads() {
    let a = regular([40, 24, 24], 0.9);
    let all = |a: Var<f64>| [a.inv(), a.svd().u, a.matrix_exp(), a.symmetrise().eigh().vectors];
    let here = evaluate(&a, all);
    let pool =
        |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    for threads in [1, 3] {
        assert_eq!(pool(threads).install(|| evaluate(&a, all)), here);
    }
}
