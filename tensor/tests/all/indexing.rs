//! Indexing: what the operations give is checked element by element against index arithmetic, their calculus in
//! both modes to second order, over shapes and strides.

use crate::checks::panic_message;
use crate::layouts::*;
use proptest::prelude::*;
use wengert_tensor::*;

fn at(x: &Tensor<f64>, index: &[usize]) -> f64 {
    index.iter().fold(x.clone(), |x, &i| x.index(0, i)).item()
}

fn put(index: &[usize], axis: usize, place: usize) -> Vec<usize> {
    let mut index = index.to_vec();
    index[axis] = place;
    index
}

fn axis_of(rank: usize, choice: usize, from_the_end: bool) -> (isize, usize) {
    let axis = choice % rank;
    (if from_the_end { axis as isize - rank as isize } else { axis as isize }, axis)
}

/// A list of m places of each row along an axis, equal for all rows if `shared`. Empty axes have none.
fn places(shape: &[usize], axis: usize, m: usize, shared: bool, seed: usize) -> Tensor<usize> {
    let n = shape[axis];
    let m = if n == 0 { 0 } else { m };
    let spread = |&k: &usize| if shared { 1 } else { k };
    let lists: Vec<usize> = shape.iter().map(spread).collect();
    let mut state = seed;
    Tensor::from_fn(put(&lists, axis, m), |_| {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state >> 8) % n
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn rows_are_taken_and_added(
        shape in shapes(1..=4), layout in layouts(), choice in 0usize..4, end in any::<bool>(),
        m in 0usize..6, seed in 0usize..1000,
    ) {
        let x = operand(&shape, layout, 1.0);
        let (axis, k) = axis_of(shape.len(), choice, end);
        let list = places(&[shape[k]], 0, m, false, seed);
        let m = list.size();

        let expected =
            Tensor::from_fn(put(&shape, k, m), |i| at(&x, &put(i, k, list[[i[k]]])));
        prop_assert_eq!(&x.index_select(axis, &list), &expected);
        prop_assert_eq!(&evaluate(&x, |x| x.index_select(axis, &list)), &expected);

        let values = operand(&put(&shape, k, m), layout, 77.0);
        let expected = Tensor::from_fn(shape.clone(), |i| {
            let from = (0..m).filter(|&j| list[[j]] == i[k]);
            at(&x, i) + from.map(|j| at(&values, &put(i, k, j))).sum::<f64>()
        });
        let found = evaluate(&(x.clone(), values), |(x, values)| x.index_add(axis, &list, values));
        prop_assert!(found.is_close(&expected, 1e-15), "{}\n{}", found, expected);

        let flat = places(&[x.size()], 0, m, false, seed);
        let all = x.to_vec();
        let expected = Tensor::from_fn([flat.size()], |i| all[flat[[i[0]]]]);
        prop_assert_eq!(&x.take(&flat), &expected);
        prop_assert_eq!(&evaluate(&x, |x| x.take(&flat)), &expected);
    }

    #[test]
    fn elements_are_taken_put_and_added(
        shape in shapes(1..=4), layout in layouts(), choice in 0usize..4, end in any::<bool>(),
        m in 0usize..6, shared in any::<bool>(), seed in 0usize..1000,
    ) {
        let x = operand(&shape, layout, 1.0);
        let (axis, k) = axis_of(shape.len(), choice, end);
        let list = places(&shape, k, m, shared, seed);
        let m = list.shape()[k];
        let to = put(&shape, k, m);
        let listed = |i: &[usize], j: usize| {
            let place: Vec<usize> =
                put(i, k, j).iter().zip(list.shape().iter()).map(|(&i, &n)| i.min(n - 1)).collect();
            place.iter().fold(list.clone(), |list, &i| list.index(0, i)).item()
        };

        let expected = Tensor::from_fn(to.clone(), |i| at(&x, &put(i, k, listed(i, i[k]))));
        prop_assert_eq!(&x.gather(axis, &list), &expected);
        prop_assert_eq!(&evaluate(&x, |x| x.gather(axis, &list)), &expected);

        let values = operand(&to, layout, 77.0);
        let pair = (x.clone(), values.clone());
        let added = Tensor::from_fn(shape.clone(), |i| {
            let from = (0..m).filter(|&j| listed(i, j) == i[k]);
            at(&x, i) + from.map(|j| at(&values, &put(i, k, j))).sum::<f64>()
        });
        let found = evaluate(&pair, |(x, values)| x.scatter_add(axis, &list, values));
        prop_assert!(found.is_close(&added, 1e-15), "{}\n{}", found, added);

        let last = |i: &[usize]| (0..m).rev().find(|&j| listed(i, j) == i[k]);
        let replaced = Tensor::from_fn(shape.clone(), |i| match last(i) {
            Some(j) => at(&values, &put(i, k, j)),
            None => at(&x, i),
        });
        prop_assert_eq!(
            &evaluate(&pair, |(x, values)| x.scatter(axis, &list, values)), &replaced
        );

        // What is overwritten counts for nothing; what is added to counts in full.
        let w = numbers(&shape, 5.0);
        let (of_x, of_values) =
            gradient(&pair, |(x, values)| x.scatter(axis, &list, values) * constant(&w));
        let kept =
            Tensor::from_fn(shape.clone(), |i| if last(i).is_none() { at(&w, i) } else { 0.0 });
        prop_assert_eq!(of_x, kept);
        let winners = Tensor::from_fn(to, |i| {
            let target = put(i, k, listed(i, i[k]));
            if last(&target) == Some(i[k]) { at(&w, &target) } else { 0.0 }
        });
        prop_assert_eq!(of_values, winners);
        let (of_x, of_values) =
            gradient(&pair, |(x, values)| x.scatter_add(axis, &list, values) * constant(&w));
        prop_assert_eq!(&of_x, &w);
        prop_assert_eq!(of_values, w.gather(axis, &list));
    }

    #[test]
    fn order(
        shape in shapes(1..=3), layout in layouts(), choice in 0usize..4, end in any::<bool>(),
        k in 0usize..4, coarse in any::<bool>(),
    ) {
        // (Coarse numbers tie.)
        let x = operand(&shape, layout, 1.0);
        let x = if coarse { x.map(|x| (x * 1.5).round()) } else { x };
        let (axis, a) = axis_of(shape.len(), choice, end);
        let n = shape[a];
        let k = k.min(n);
        let row = |i: &[usize]| (0..n).map(|j| at(&x, &put(i, a, j))).enumerate().collect::<Vec<_>>();
        let ascending = |i: &[usize]| {
            let mut row = row(i);
            row.sort_by(|(_, a), (_, b)| a.partial_cmp(b).expect("numbers"));
            row[i[a]]
        };
        let descending = |i: &[usize]| {
            let mut row = row(i);
            row.sort_by(|(_, a), (_, b)| b.partial_cmp(a).expect("numbers"));
            row[i[a]]
        };
        let (sorted, order) = x.sort(axis);
        prop_assert_eq!(&sorted, &Tensor::from_fn(shape.clone(), |i| ascending(i).1));
        prop_assert_eq!(&order, &Tensor::from_fn(shape.clone(), |i| ascending(i).0));
        prop_assert_eq!(&x.argsort(axis), &order);
        let (largest, top) = x.top_k(axis, k);
        let to = put(&shape, a, k);
        prop_assert_eq!(&largest, &Tensor::from_fn(to.clone(), |i| descending(i).1));
        prop_assert_eq!(&top, &Tensor::from_fn(to, |i| descending(i).0));

        let tape = Tape::new();
        let variable = tape.var(&x);
        let (found, permutation) = variable.sort(axis);
        prop_assert_eq!((&found.value(), &permutation), (&sorted, &order));
        prop_assert_eq!(&variable.argsort(axis), &order);
        let (found, places) = variable.top_k(axis, k);
        prop_assert_eq!((found.value(), places), (largest, top));
    }

    #[test]
    fn calculus(
        shape in shapes(1..=3), layout in layouts(), choice in 0usize..4, m in 0usize..5,
        shared in any::<bool>(), seed in 0usize..1000,
    ) {
        let x = operand(&shape, layout, seed as f64);
        let (axis, k) = axis_of(shape.len(), choice, seed % 2 == 0);
        for (name, program) in programs(&shape, axis, k, m, shared, seed) {
            check_calculus(name, &x, &*program);
        }
        // (Where elements tie, an order has no derivative; and differences must not reorder them.)
        if is_spread(&x, axis) {
            let half = shape[k] / 2;
            check_calculus("sort", &x, &|x| x.sort(axis).0.powi(2));
            check_calculus("top_k", &x, &|x| x.top_k(axis, half).0 * 2.0);
        }
    }
}

/// Whether no two elements of a lane are so near each other that the steps of differences change their order.
fn is_spread(x: &Tensor<f64>, axis: isize) -> bool {
    if x.size() == 0 {
        return true;
    }
    let (sorted, _) = x.sort(axis);
    let gaps = &sorted.slice(axis, 1..) - &sorted.slice(axis, ..-1);
    gaps.to_vec().iter().all(|&gap| gap > 0.01)
}

type Program = Box<dyn Fn(Var<f64>) -> Var<f64>>;

/// All operations, on arrays of a shape, along axis number k, with lists of m places.
fn programs(
    shape: &[usize],
    axis: isize,
    k: usize,
    m: usize,
    shared: bool,
    seed: usize,
) -> Vec<(&'static str, Program)> {
    let list = places(&[shape[k]], 0, m, false, seed);
    let other = list.flip(0);
    let (rows, more_rows) = (list.clone(), list.clone());
    let lists = places(shape, k, m, shared, seed);
    let [a, b, c] = [0; 3].map(|_| lists.clone());
    let square = list.reshape([1, list.size(), 1]);
    let flat = places(&[shape.iter().product()], 0, m, false, seed);
    let hidden = Tensor::from_fn(shape.to_vec(), |i| i.iter().sum::<usize>() % 3 == 0);
    vec![
        ("index_select", Box::new(move |x| x.index_select(axis, &rows) * 2.0)),
        ("index_select by a matrix", Box::new(move |x| x.index_select(axis, &square))),
        (
            "index_add",
            Box::new(move |x| x.index_add(axis, &more_rows, x.index_select(axis, &other))),
        ),
        ("take", Box::new(move |x| x.take(&flat))),
        ("gather", Box::new(move |x| x.gather(axis, &a).sin())),
        ("scatter_add", Box::new(move |x| x.scatter_add(axis, &b, x.gather(axis, &b) * 3.0))),
        ("scatter", Box::new(move |x| x.scatter(axis, &c, x.gather(axis, &c).flip(axis)))),
        ("masked_fill", Box::new(move |x| x.masked_fill(&hidden, 0.5) * x)),
    ]
}

#[test]
fn single_numbers_broadcast_to_the_places() {
    let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let put = evaluate(&x, |x| x.scatter(1, [[0], [2]], -1.0));
    assert_eq!(put, Tensor::from([[-1.0, 2.0, 3.0], [4.0, 5.0, -1.0]]));
    let added = evaluate(&x, |x| x.scatter_add(1, [[1, 1]], 10.0));
    assert_eq!(added, Tensor::from([[1.0, 22.0, 3.0], [4.0, 25.0, 6.0]]));
    let rows = evaluate(&x, |x| x.index_add(0, [1, 1], 10.0));
    assert_eq!(rows, Tensor::from([[1.0, 2.0, 3.0], [24.0, 25.0, 26.0]]));
    // A value that is broadcast collects the derivative of every place where it is put.
    let pair = (x, Tensor::from(7.0));
    let of_value = gradient(&pair, |(x, value)| x.scatter(1, [[0], [2]], value) * 3.0).1;
    assert_eq!(of_value, Tensor::from(6.0));
}

#[test]
fn embeddings_accumulate() {
    let table = numbers(&[4, 3], 1.0);
    let tokens = Tensor::from([[1usize, 3], [1, 1]]);
    let y = evaluate(&table, |table| table.embedding(&tokens));
    assert_eq!(y.shape(), &[2, 2, 3]);
    assert_eq!(y.at((1, 0)), table.index(0, 1));
    let counts = gradient(&table, |table| table.embedding(&tokens));
    assert_eq!(counts, Tensor::from([[0.0; 3], [3.0; 3], [0.0; 3], [1.0; 3]]));
    let picked = evaluate(&table, |table| constant(&Tensor::one_hot(&tokens, 4)).matmul(table));
    assert_eq!(picked, y);
    check_calculus("embedding", &table, &|table| table.embedding(&tokens).tanh());
}

#[test]
fn unordered_values_come_last() {
    let x = Tensor::from([f64::NAN, 1.0, f64::INFINITY, -1.0, f64::NAN]);
    assert_eq!(x.argsort(0), Tensor::from([3, 1, 2, 0, 4]));
    assert_eq!(x.top_k(0, 3).1, Tensor::from([0, 4, 2]));
    let zeros = Tensor::from([0.0, -0.0, -1.0]);
    assert_eq!(zeros.argsort(0), Tensor::from([2, 0, 1]));
    assert_eq!(zeros.top_k(0, 2).1, Tensor::from([0, 1]));
}

#[test]
fn masks_broadcast_and_choose() {
    let operands = (Tensor::from([1.0, f64::NAN, 3.0]), Tensor::from([[10.0], [f64::INFINITY]]));
    let mask = Tensor::from([[true, false, true], [true, false, true]]);
    let chosen = |(x, y): (Var<f64>, Var<f64>)| Mask::from(&mask).select(x.sqrt(), y * 2.0);
    let value = evaluate(&operands, chosen);
    let root = 3f64.sqrt();
    assert_eq!(value, Tensor::from([[1.0, 20.0, root], [1.0, f64::INFINITY, root]]));
    let (of_x, of_y) = gradient(&operands, chosen);
    assert_eq!(of_x, Tensor::from([1.0, 0.0, 1.0 / root]));
    assert_eq!(of_y, Tensor::from([[2.0], [2.0]]));
    let column = Tensor::from([[true], [false]]);
    let spread = evaluate(&operands, |(x, y)| Mask::from(&column).select(y, x.detach()));
    assert_eq!(spread.shape(), &[2, 3]);
    assert_eq!(spread.index(0, 0), Tensor::from([10.0; 3]));
    // Attention hides what it must not see, and no NaN comes back.
    let x = Tensor::from([[0.3, f64::INFINITY], [0.1, 0.7]]);
    let future = Tensor::from([[false, true], [false, false]]);
    let slope =
        gradient(&x, |x| (x.masked_fill(&future, f64::NEG_INFINITY).exp() * x.tril(0)).sum());
    assert_eq!(slope.at((0, 1)), Tensor::from(0.0));
    assert!(slope.to_vec().iter().all(|s| s.is_finite()));
}

#[test]
fn results_do_not_depend_on_threads() {
    let (rows, width, extent) = (3000, 40, 50);
    let x = numbers(&[rows, width], 3.0);
    let list = places(&[extent], 0, rows, false, 9);
    let lists = places(&[rows, width], 1, 2 * width, false, 4);
    let work = || {
        let zeros = Tensor::<f64>::zeros([extent, width]);
        let summed = zeros.map(|zeros| zeros.index_add(0, &list, &x));
        let scattered = gradient(&x, |x| x.gather(1, &lists).exp());
        (summed, scattered, x.sort(0).0, x.top_k(1, 7).0)
    };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(work)
    };
    let one = on(1);
    assert_eq!(one, on(4));
    let row = |i: usize| -> f64 { (0..rows).filter(|&j| list[[j]] == i).map(|j| x[[j, 17]]).sum() };
    for i in 0..extent {
        assert_near(one.0[[i, 17]], row(i), 1e-14, "a row of the sum");
    }
}

#[test]
fn single_precision_and_data() {
    let x = Tensor::from([[1f32, 2.0], [3.0, 4.0]]);
    let y = value_and_gradient(&x, |x| {
        let picked = x.index_select(1, [1, 1, 0]).gather(0, [[0, 1, 1]]);
        let (top, _) = x.scatter_add(0, [[0, 0]], picked.slice(1, ..2)).top_k(1, 1);
        top.sum()
    });
    // [1, 2] + [2, 4] = [3, 6], whose largest is 6; [3, 4] stays, whose largest is 4.
    assert_eq!((y.0.item(), y.1), (10.0, Tensor::from([[0.0, 1.0], [0.0, 2.0]])));
    let words = Tensor::from([10u8, 20, 30]);
    assert_eq!(words.index_select(0, [2, 2]), Tensor::from([30u8, 30]));
    assert_eq!(Tensor::from([[true, false]]).gather(1, [[1, 1]]), Tensor::from([[false, false]]));
    assert_eq!(Tensor::<f32>::one_hot(Vec::new(), 3).shape(), &[0, 3]);
}

#[test]
fn arrays_of_an_outer_recording_stay_there() {
    let outer = Tape::new();
    let x = outer.var(&Tensor::from([1.0, 2.0]));
    let inner = Tape::<f64>::new();
    let mask = Tensor::from([true, false]);
    let y = x.masked_fill(&mask, 9.0).scatter(0, [1], 3.0).scatter_add(0, [0], 1.0);
    let y = y.index_add(0, [1], &Tensor::from([5.0]));
    drop(inner);
    assert_eq!(y.value(), Tensor::from([10.0, 8.0]));
}

#[test]
fn misuse_is_named() {
    let x = Tensor::<f64>::zeros([2, 3]);
    let says = |message: &str, f: &dyn Fn(Var<f64>) -> Var<f64>| {
        let found = panic_message(std::panic::AssertUnwindSafe(|| drop(evaluate(&x, f))));
        assert!(found.contains(message), "{found}");
    };
    says(
        "index_select: index 3 is out of range for axis 1 of shape [2, 3], whose extent is 3",
        &|x| x.index_select(1, [0, 3]),
    );
    says("gather: index 2 is out of range for axis 0 of shape [2, 3]", &|x| {
        x.gather(0, [[0, 2, 0]])
    });
    says("gather: indices of shape [2] do not fit shape [2, 3]", &|x| x.gather(0, [0, 1]));
    says("gather: indices of shape [1, 2] do not fit", &|x| x.gather(0, [[0, 1]]));
    says("scatter: index 5 is out of range", &|x| x.scatter(1, [[5], [0]], 1.0));
    says("scatter_add: index 5 is out of range", &|x| x.scatter_add(1, [[5], [0]], 1.0));
    says("scatter: values of shape [2, 3] do not broadcast to [2, 1]", &|x| {
        x.scatter(1, [[1], [0]], x)
    });
    says("index_add: indices of shape [1, 1] are no vector", &|x| x.index_add(0, [[0]], 1.0));
    says("index_add: values of shape [2, 3] do not broadcast to [1, 3]", &|x| {
        x.index_add(0, [0], x)
    });
    says("take: index 6 is out of range for axis 0 of shape [6]", &|x| x.take([6]));
    says("masked_fill: a mask of shape [2]", &|x| x.masked_fill(&Tensor::from([true, false]), 0.0));
    says("top_k: 4 elements of axis 1 of shape [2, 3]", &|x| x.top_k(1, 4).0);
    says("sort: axis 2 is out of range for shape [2, 3]", &|x| x.sort(2).0);
    says("one_hot: index 3 is out of range", &|_| constant(&Tensor::one_hot([3], 3)));
}
