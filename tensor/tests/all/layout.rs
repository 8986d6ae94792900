//! Layout: what the operations give is checked element by element against index arithmetic, their calculus in
//! both modes to second order, over shapes and strides.

use crate::checks::panic_message;
use crate::layouts::*;
use proptest::prelude::*;
use wengert_tensor::*;

/// The same operation on a plain tensor and in a recording, which have to agree.
macro_rules! both {
    ($x:expr, |$a:ident| $program:expr) => {{
        let plain = {
            let $a = $x.clone();
            $program
        };
        let recorded = evaluate($x, |$a| $program);
        assert_eq!(plain, recorded);
        plain
    }};
}

/// The shape with another extent.
fn with(shape: &[usize], axis: usize, extent: usize) -> Vec<usize> {
    let mut shape = shape.to_vec();
    shape[axis] = extent;
    shape
}

/// The element at an index changed along one axis.
fn element(x: &Tensor<f64>, index: &[usize], axis: usize, place: usize) -> f64 {
    let mut part = x.clone();
    for (k, &i) in index.iter().enumerate() {
        part = part.index(0, if k == axis { place } else { i });
    }
    part.item()
}

fn axis_of(rank: usize, choice: usize, from_the_end: bool) -> (isize, usize) {
    let axis = choice % rank;
    (if from_the_end { axis as isize - rank as isize } else { axis as isize }, axis)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn along_an_axis(
        shape in shapes(1..=4), layout in layouts(), choice in 0usize..4, end in any::<bool>(),
        shift in -7isize..7, count in 0usize..4, bounds in (0usize..4, 0usize..4),
        step in prop::sample::select(vec![-3isize, -2, -1, 1, 2, 3]),
    ) {
        let x = operand(&shape, layout, 1.0);
        let (axis, k) = axis_of(shape.len(), choice, end);
        let n = shape[k];
        let moved = |shape: Vec<usize>, to: &dyn Fn(usize) -> usize| {
            Tensor::from_fn(shape, |i| element(&x, i, k, to(i[k])))
        };

        prop_assert_eq!(both!(&x, |x| x.flip(axis)), moved(shape.clone(), &|i| n - 1 - i));
        prop_assert_eq!(
            both!(&x, |x| x.roll(axis, shift)),
            moved(shape.clone(), &|i| (i as isize - shift).rem_euclid(n as isize) as usize)
        );
        prop_assert_eq!(
            both!(&x, |x| x.repeat_interleave(axis, count)),
            moved(with(&shape, k, n * count), &|i| i / count)
        );
        let mut counts = vec![1; shape.len()];
        counts[k] = count;
        prop_assert_eq!(
            both!(&x, |x| x.tile(counts.clone())),
            moved(with(&shape, k, n * count), &|i| i % n)
        );

        // A range by its places, as an iterator gives them.
        let (start, stop) = (bounds.0.min(n), bounds.1.min(n));
        let range = start.min(stop)..start.max(stop);
        let places: Vec<usize> = match step {
            1.. => range.clone().step_by(step as usize).collect(),
            _ => range.clone().rev().step_by(-step as usize).collect(),
        };
        let expected = moved(with(&shape, k, places.len()), &|i| places[i]);
        prop_assert_eq!(&both!(&x, |x| x.slice_step(axis, range.clone(), step)), &expected);
        let mut all = vec![Place::from(..); shape.len()];
        all[k] = Place::from(Slice::stepped(range.clone(), step));
        prop_assert_eq!(&both!(&x, |x| x.at(all.clone())), &expected);
        let negative = range.start as isize - n as isize..range.end as isize - n as isize;
        if range.end < n {
            prop_assert_eq!(&both!(&x, |x| x.slice_step(axis, negative.clone(), step)), &expected);
        }
        let narrow = both!(&x, |x| x.narrow(axis, range.start, range.len()));
        prop_assert_eq!(narrow, x.slice(axis, range));
        for i in 0..n {
            let row = both!(&x, |x| x.index(axis, i));
            prop_assert_eq!(&row, &both!(&x, |x| x.index(axis, i as isize - n as isize)));
            prop_assert_eq!(row.unsqueeze(k as isize), moved(with(&shape, k, 1), &|_| i));
        }
    }

    #[test]
    fn taken_apart_and_put_together(
        shape in shapes(1..=4), layout in layouts(), choice in 0usize..4, end in any::<bool>(),
        cuts in (0usize..4, 0usize..4), margins in prop::collection::vec((0usize..3, 0usize..3), 4),
    ) {
        let x = operand(&shape, layout, 1.0);
        let (axis, k) = axis_of(shape.len(), choice, end);
        let n = shape[k];
        let first = cuts.0.min(n);
        let second = cuts.1.min(n - first);
        let extents = [first, second, n - first - second];

        let parts = x.split(axis, &extents);
        let mut start = 0;
        for (part, extent) in parts.iter().zip(extents) {
            prop_assert_eq!(part, &x.narrow(axis, start, extent));
            start += extent;
        }
        prop_assert_eq!(&evaluate(&x, |x| Var::concat(&x.split(axis, &extents), axis)), &x);
        prop_assert_eq!(&Tensor::concat(&parts, axis), &x);
        if n > 0 {
            prop_assert_eq!(&Tensor::stack(&x.unbind(axis), axis), &x);
            prop_assert_eq!(&evaluate(&x, |x| Var::stack(&x.unbind(axis), axis)), &x);
        }
        if n % 2 == 0 {
            let [a, b] = x.chunk(axis);
            prop_assert_eq!(&Tensor::concat(&[a, b], axis), &x);
        }

        let margins = &margins[..shape.len()];
        let padded_shape: Vec<usize> =
            shape.iter().zip(margins).map(|(n, (before, after))| before + n + after).collect();
        let padded = Tensor::from_fn(padded_shape, |i| {
            let mut part = x.clone();
            for ((&i, &n), (before, _)) in i.iter().zip(&shape).zip(margins) {
                match i.checked_sub(*before) {
                    Some(i) if i < n => part = part.index(0, i),
                    _ => return -7.5,
                }
            }
            part.item()
        });
        prop_assert_eq!(both!(&x, |x| x.pad(margins, -7.5)), padded);
    }

    #[test]
    fn axes_and_matrices(
        shape in shapes(2..=4), layout in layouts(), choices in (0usize..4, 0usize..4),
        end in any::<bool>(), offset in -4isize..=4,
    ) {
        let x = operand(&shape, layout, 1.0);
        let rank = shape.len();
        let (a, ka) = axis_of(rank, choices.0, end);
        let (b, kb) = axis_of(rank, choices.1, !end);

        let swapped = both!(&x, |x| x.swap_axes(a, b));
        let moved = both!(&x, |x| x.move_axis(a, b));
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(ka, kb);
        let mut rest: Vec<usize> = (0..rank).collect();
        rest.remove(ka);
        rest.insert(kb, ka);
        for (found, order) in [(swapped, order), (moved, rest)] {
            let expected = Tensor::from_fn(order.iter().map(|&k| shape[k]).collect::<Vec<_>>(), |i| {
                let mut part = x.clone();
                for k in 0..rank {
                    let place = order.iter().position(|&axis| axis == k).expect("an order");
                    part = part.index(0, i[place]);
                }
                part.item()
            });
            prop_assert_eq!(found, expected);
        }
        let new = both!(&x, |x| x.unsqueeze([0, -1]));
        prop_assert_eq!(new.shape().rank(), rank + 2);
        prop_assert_eq!(&both!(&new, |x| x.squeeze([0, -1])), &x);
        prop_assert_eq!(&x.unsqueeze(kb as isize).squeeze(kb as isize), &x);

        let (m, n) = (shape[rank - 2], shape[rank - 1]);
        let at = |i: &[usize]| i.iter().fold(x.clone(), |x, &i| x.index(0, i)).item();
        let on = |i: usize| match offset {
            0.. => (i, i + offset as usize),
            _ => (i + offset.unsigned_abs(), i),
        };
        let length = (0..m.max(n)).filter(|&i| on(i).0 < m && on(i).1 < n).count();
        let diagonal = Tensor::from_fn([&shape[..rank - 2], &[length][..]].concat(), |i| {
            let (row, column) = on(i[rank - 2]);
            at(&[&i[..rank - 2], &[row, column][..]].concat())
        });
        prop_assert_eq!(&both!(&x, |x| x.diagonal(offset)), &diagonal);

        let distance = |i: &[usize]| i[rank - 1] as isize - i[rank - 2] as isize;
        let lower =
            Tensor::from_fn(shape.clone(), |i| if distance(i) <= offset { at(i) } else { 0.0 });
        prop_assert_eq!(evaluate(&x, |x| x.tril(offset)), lower);
        let upper =
            Tensor::from_fn(shape.clone(), |i| if distance(i) >= offset { at(i) } else { 0.0 });
        prop_assert_eq!(evaluate(&x, |x| x.triu(offset)), upper);

        let embedded = evaluate(&x, |x| x.diag_embed(offset));
        prop_assert_eq!(embedded.shape()[rank - 1], n + offset.unsigned_abs());
        prop_assert_eq!(&embedded.diagonal(offset), &x);
        let others = embedded.to_vec().iter().filter(|&&x| x != 0.0).count();
        prop_assert_eq!(others, x.size());
    }

    #[test]
    fn calculus(shape in shapes(1..=3), layout in layouts(), offset in -2isize..=2, seed in 0u32..50) {
        let x = operand(&shape, layout, f64::from(seed));
        for (name, program) in programs(&shape, offset) {
            check_calculus(name, &x, &*program);
        }
    }
}

type Program = Box<dyn Fn(Var<f64>) -> Var<f64>>;

/// All operations, on arrays of a shape.
fn programs(shape: &[usize], offset: isize) -> Vec<(&'static str, Program)> {
    let (rank, n) = (shape.len(), shape[0]);
    let mut programs: Vec<(&'static str, Program)> = vec![
        ("unsqueeze", Box::new(|x| x.unsqueeze([-1, 0]).squeeze(-1))),
        ("swap_axes", Box::new(|x| x.swap_axes(0, -1) * 2.0)),
        ("move_axis", Box::new(|x| x.move_axis(0, -1) * 2.0)),
        ("flip", Box::new(|x| x.flip([0]).flip(-1))),
        ("roll", Box::new(move |x| x.roll(0, 1) * x.roll(-1, offset))),
        ("slice", Box::new(move |x| x.slice(0, n / 2..) + x.slice_step(0, ..n - n / 2, -1))),
        ("slice_step", Box::new(|x| x.slice_step(0, .., 2) * x.slice_step(0, .., -2))),
        ("at", Box::new(|x| x.at(Slice::stepped(.., -2)))),
        ("concat", Box::new(|x| Var::concat(&[x, x * x, x.flip(0)], 0))),
        ("concat at the end", Box::new(|x| Var::concat(&[x.sin(), x], -1))),
        ("stack", Box::new(|x| Var::stack(&[x, x * x, x.flip(-1)], -1))),
        ("split", Box::new(move |x| x.split(0, &[n / 3, n - n / 3])[1].exp())),
        (
            "pad",
            Box::new(move |x| {
                let margins = vec![(1, 2); rank];
                x.pad(margins, x.sum())
            }),
        ),
        ("tile", Box::new(|x| x.tile([2, 3]))),
        ("repeat_interleave", Box::new(|x| x.repeat_interleave(0, 2).repeat_interleave(-1, 3))),
        ("diag_embed", Box::new(move |x| x.diag_embed(offset))),
    ];
    if n > 0 {
        programs.push((
            "unbind",
            Box::new(|x| {
                let rows = x.unbind(0);
                let scaled: Vec<_> =
                    rows.iter().enumerate().map(|(k, &row)| row * k as f64).collect();
                Var::stack(&scaled, 0) + x.index(0, -1)
            }),
        ));
    }
    if rank >= 2 {
        programs.push(("diagonal", Box::new(move |x| x.diagonal(offset))));
        programs.push(("tril", Box::new(move |x| x.tril(offset) * x)));
        programs.push(("triu", Box::new(move |x| x.triu(offset) * x)));
        programs.push((
            "matmul of views",
            Box::new(|x| x.flip(-1).matmul(x.swap_axes(-1, -2).flip(-1))),
        ));
    }
    if rank == 1 {
        programs.push(("diag", Box::new(|x| x.diag().matmul(x.outer(x)).diag())));
    }
    programs
}

#[test]
fn single_numbers_can_be_stacked() {
    let x = Tensor::from(3.0);
    let column = evaluate(&x, |x| Var::stack(&[x, Var::from(1.0), x * x], 0));
    assert_eq!(column, Tensor::from([3.0, 1.0, 9.0]));
    let slope = gradient(&x, |x| Var::stack(&[x, Var::from(1.0), x * x], 0));
    assert_eq!(slope, Tensor::from(7.0));
    assert_eq!(evaluate(&x, |x| x.unsqueeze([0, 1])), Tensor::from([[3.0]]));
    assert_eq!(evaluate(&x, |x| x.tile([2])), Tensor::from([3.0, 3.0]));
    assert_eq!(evaluate(&x, |x| x.pad([], 0.0)), x);
}

#[test]
fn signs_of_zero_and_special_values_pass_through() {
    let x = Tensor::from([-0.0, f64::INFINITY, f64::NAN]);
    let y = evaluate(&x, |x| Var::concat(&[x.pad([(1, 0)], -0.0), x.roll(0, 1)], 0)).to_vec();
    let bits: Vec<u64> = y.iter().map(|y| y.to_bits()).collect();
    let [zero, infinity, nan] = [-0.0, f64::INFINITY, f64::NAN].map(f64::to_bits);
    assert_eq!(bits, [zero, zero, infinity, nan, nan, zero, infinity]);
    // What a triangle leaves out contributes nothing, whatever it is.
    let x = Tensor::from([[1.0, f64::NAN], [2.0, 3.0]]);
    let (value, slope) = value_and_gradient(&x, |x| (x.tril(0) * x.tril(0)).sum());
    assert_eq!((value.item(), slope), (14.0, Tensor::from([[2.0, 0.0], [4.0, 6.0]])));
}

#[test]
fn single_precision_moves_the_same_elements() {
    let x = operand(&[3, 4], Layout::Transposed, 2.0);
    let single = Tensor::from_fn([3, 4], |i| x[[i[0], i[1]]] as f32).swap_axes(0, 1);
    let double = x.swap_axes(0, 1);
    let narrowed = |x: Tensor<f64>| x.to_vec().iter().map(|&x| x as f32).collect::<Vec<_>>();
    let one = |x: Var<f64>| Var::concat(&[x.flip(0), x.roll(1, 1)], 0).at((1.., ..-1)).diagonal(0);
    let other =
        |x: Var<f32>| Var::concat(&[x.flip(0), x.roll(1, 1)], 0).at((1.., ..-1)).diagonal(0);
    assert_eq!(narrowed(evaluate(&double, one)), evaluate(&single, other).to_vec());
    assert_eq!(narrowed(gradient(&double, one)), gradient(&single, other).to_vec());
}

#[test]
fn arrays_of_an_outer_recording_stay_there() {
    let outer = Tape::new();
    let x = outer.var(&Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
    let inner = Tape::<f64>::new();
    let y = x.pad([(0, 0), (1, 0)], 5.0).tril(0) + x.tril(0).sum();
    drop(inner);
    assert_eq!(y.value(), Tensor::from([[13.0, 8.0, 8.0], [13.0, 11.0, 8.0]]));
}

#[test]
fn many_parts_cost_little_to_differentiate() {
    // The derivative of each of n parts alone would fill an array of n elements: 2^32 here.
    let n = 1 << 16;
    let x = Tensor::<f64>::arange(n);
    let slope = gradient(&x, |x| {
        let parts = x.split(0, &vec![64; n / 64]);
        parts.iter().map(|&part| part * part).sum::<Var<f64>>()
    });
    assert!(slope.to_vec().iter().enumerate().all(|(i, &s)| s == 2.0 * i as f64));
}

#[test]
fn data_of_any_kind_is_rearranged() {
    let flags = Tensor::from([true, false, false]);
    assert_eq!(flags.roll(0, 1).pad([(0, 1)], true), Tensor::from([false, true, false, true]));
    let labels = Tensor::from([[1usize, 2], [3, 4]]);
    assert_eq!(Tensor::concat(&labels.unbind(1), 0), Tensor::from([1usize, 3, 2, 4]));
}

#[test]
fn misuse_is_named() {
    let x = Tensor::<f64>::zeros([2, 3]);
    let says = |message: &str, f: &dyn Fn(&Tensor<f64>)| {
        let found = panic_message(std::panic::AssertUnwindSafe(|| f(&x)));
        assert!(found.contains(message), "{found}");
    };
    says(
        "slice: the range 1..5 is out of range for axis 1 of shape [2, 3], whose extent is 3",
        &|x| {
            x.slice(1, 1..5);
        },
    );
    says("slice: the range 2..1 is out of range", &|x| {
        #[allow(clippy::reversed_empty_ranges)]
        x.slice(1, 2..1);
    });
    says("slice: the range -4.. is out of range", &|x| drop(x.slice(1, -4..)));
    says("the step along axis 1 is 0", &|x| drop(x.slice_step(1, .., 0)));
    says("narrow: 4 places from 1 on are out of range", &|x| drop(x.narrow(0, 1, 4)));
    says("index: index 2 is out of range for axis 0 of shape [2, 3], whose extent is 2", &|x| {
        x.index(0, 2);
    });
    says("index: index -3 is out of range for axis 0", &|x| drop(x.index(0, -3)));
    says("at: index 9 is out of range for axis 1", &|x| drop(x.at((.., 9))));
    says("at: 3 places are given, and shape [2, 3] has 2 axes", &|x| drop(x.at((.., 1, 1))));
    says("squeeze: axis 0 of shape [2, 3] has extent 2", &|x| drop(x.squeeze(0)));
    says("unsqueeze: the new axes [4]", &|x| drop(x.unsqueeze(4)));
    says("unsqueeze: the new axes [0, -4]", &|x| drop(x.unsqueeze([0, -4])));
    says("flip: axis 2 is out of range for shape [2, 3]", &|x| drop(x.flip(2)));
    says("concat: shapes [2, 3] and [3, 2] differ in more than the extent of axis 0", &|x| {
        Tensor::concat(&[x.clone(), x.transpose()], 0);
    });
    says("concat: no arrays are given", &|_| drop(Tensor::<f64>::concat(&[], 0)));
    says("stack: shapes [2, 3] and [3, 2] differ", &|x| {
        Tensor::stack(&[x.clone(), x.transpose()], 0);
    });
    says("stack: axis 3 is out of range for the result", &|x| {
        drop(Tensor::stack(std::slice::from_ref(x), 3))
    });
    says("split: the extents [1, 1] do not sum to that of axis 1", &|x| drop(x.split(1, &[1, 1])));
    says("chunk: the extent of axis 1 of shape [2, 3] is not divisible by 2", &|x| {
        drop(x.chunk::<2>(1));
    });
    says("pad: 1 margins are given, and shape [2, 3] has 2 axes", &|x| drop(x.pad([(0, 1)], 0.0)));
    says("diagonal: shape [3] is that of no matrix", &|x| drop(x.index(0, 0).diagonal(0)));
    says("diag: shape [2, 3, 1] has 3 axes", &|x| drop(x.unsqueeze(-1).map(|x| x.diag())));
}

#[test]
fn places_one_by_one_cost_little_to_differentiate() {
    // The same with a part for each place, as a loop over time steps takes them, and some places twice.
    let n = 1 << 13;
    let x = Tensor::<f64>::arange(8 * n).reshape([n, 8]);
    let slope = gradient(&x, |x| {
        let rows = (0..n).map(|i| x.index(0, i));
        let twice = (0..n).step_by(2).map(|i| x.index(0, i) * 3.0);
        rows.map(|row| row * row).chain(twice).sum::<Var<f64>>() + x.index(-1, 0).sum() + x * 5.0
    });
    let expected = Tensor::from_fn([n, 8], |i| {
        // (A row is added to each of n rows.)
        let (row, column) = (i[0], i[1]);
        let own = n as f64 * (2 * (8 * row + column)) as f64;
        let again = if row % 2 == 0 { 3.0 * n as f64 } else { 0.0 };
        let first = if column == 0 { 8.0 * n as f64 } else { 0.0 };
        own + again + first + 5.0
    });
    assert!(slope.is_close(&expected, 1e-12));
}

/// In passes of one block and of many, whose length is a multiple of the row's or not.
#[test]
fn rows_are_repeated_over_passes() {
    for (rows, n) in [(1, 7), (40, 16), (9000, 16), (2000, 100), (700, 1000), (30, 5000)] {
        let x = Tensor::<f64>::from_fn([rows, n], |i| (i[0] * n + i[1]) as f64);
        let row = Tensor::<f64>::from_fn([n], |i| 0.25 * i[0] as f64);
        let expected = (0..rows * n).map(|k| 2.0 * k as f64 + 0.25 * (k % n) as f64);
        let expected: Vec<f64> = expected.collect();
        for row in [row.clone(), row.expand([1, n]), row.expand([rows, n])] {
            let sum = evaluate(&(x.clone(), row), |(x, row)| x * 2.0 + row);
            assert!(sum.to_vec() == expected, "{rows} rows of {n}");
        }
        // Of a stack, each matrix has a row of its own, apart from the others in memory.
        let wide = Tensor::<f64>::from_fn([rows, n + 1], |i| (i[0] * n + i[1]) as f64);
        let stack = evaluate(&wide, |x| {
            let own = (x.narrow(1, 0, n).reshape([rows, 1, n]) * 3.0).sin();
            own + constant(&Tensor::<f64>::zeros([rows, 2, n]))
        });
        let own: Vec<f64> = x.map(|x| (x * 3.0).sin()).to_vec();
        let each = |k: usize| own[k / (2 * n) * n + k % n];
        assert!(stack.to_vec() == (0..2 * rows * n).map(each).collect::<Vec<_>>());
    }
}
