//! Sums of products over named axes against loops, attention and normalisation against their definitions.

use std::collections::BTreeMap;

use crate::checks::{check, panic_message, some};
use wengert_tensor::*;

/// The sum by its definition: all values of all letters. (Without `...`.)
fn naive(subscripts: &str, operands: &[Tensor<f64>]) -> Tensor<f64> {
    let (inputs, result) = subscripts.split_once("->").expect("an explicit result");
    let inputs: Vec<Vec<char>> = inputs.split(',').map(|term| term.chars().collect()).collect();
    let result: Vec<char> = result.chars().collect();
    let mut extents = BTreeMap::new();
    for (term, x) in inputs.iter().zip(operands) {
        extents.extend(term.iter().copied().zip(x.shape().iter().copied()));
    }
    let size: usize = extents.values().product();
    let shape: Vec<usize> = result.iter().map(|letter| extents[letter]).collect();
    let mut out = Tensor::zeros(shape.clone());
    let place = |index: &[usize], shape: &[usize]| {
        index.iter().zip(shape).fold(0, |place, (i, n)| place * n + i)
    };
    let elements: Vec<Vec<f64>> = operands.iter().map(Tensor::to_vec).collect();
    for number in 0..size {
        let mut rest = number;
        let mut at = BTreeMap::new();
        for (&letter, &extent) in &extents {
            at.insert(letter, rest % extent);
            rest /= extent;
        }
        let of = |letters: &[char]| letters.iter().map(|l| at[l]).collect::<Vec<_>>();
        let factors = inputs.iter().zip(operands).zip(&elements);
        let product: f64 = factors.map(|((term, x), e)| e[place(&of(term), x.shape())]).product();
        out.as_mut_slice()[place(&of(&result), &shape)] += product;
    }
    out
}

const EXTENTS: [(char, usize); 6] = [('i', 2), ('j', 3), ('k', 4), ('l', 2), ('m', 1), ('n', 3)];

/// Operands with extents that depend on the letter.
fn operands(subscripts: &str) -> Vec<Tensor<f64>> {
    let inputs = subscripts.split("->").next().expect("a text");
    let extent = |c: char| EXTENTS.iter().find(|(letter, _)| *letter == c).expect("known").1;
    let shape = |term: &str| term.chars().map(extent).collect::<Vec<usize>>();
    inputs.split(',').enumerate().map(|(k, term)| some(shape(term), k as u64 + 1)).collect()
}

const EXPLICIT: [&str; 31] = [
    "ij->ij",
    "ij->ji",
    "ij->i",
    "ij->",
    "ijk->kij",
    "ii->",
    "ii->i",
    "iij->ji",
    "ijij->ij",
    "iii->i",
    "ij,jk->ik",
    "ij,kj->ik",
    "ji,jk->ki",
    "ij,jk->",
    "i,i->",
    "i,j->ij",
    "i,j->ji",
    "ij,ij->ij",
    "ij,ij->",
    "ij,ij->i",
    "ijk,ikl->ijl",
    "ijk,jkl->li",
    "ijk,kl->ijl",
    "ijk,kjl->il",
    "im,mj->ij",
    "ij,j,j->i",
    "ij,jk,kl->il",
    "i,ij,jk,k->",
    "ii,ij,jj->j",
    "ijk,lj,nk,m->iln",
    ",ij,->ji",
];

#[test]
fn explicit_results() {
    for subscripts in EXPLICIT {
        let x = operands(subscripts);
        let found = evaluate(&x, |x: Vec<Var<f64>>| einsum(subscripts, x));
        let expected = naive(subscripts, &x);
        assert!(found.is_close(&expected, 1e-14), "{subscripts}: {found} {expected}");
        // With operands that do not lie in memory in order.
        let turned: Vec<Tensor<f64>> =
            x.iter().map(|x| x.transpose().contiguous().transpose()).collect();
        let found = evaluate(&turned, |x: Vec<Var<f64>>| einsum(subscripts, x));
        assert!(found.is_close(&expected, 1e-14), "{subscripts}, turned");
    }
}

#[test]
fn derivatives() {
    for subscripts in EXPLICIT {
        check(&operands(subscripts), |x| einsum(subscripts, x));
    }
    let x = [some([3, 1, 2], 1), some([2, 2, 4], 2)];
    check(&x, |x| einsum("...ij,...jk->...ik", [x[0].reshape([3, 1, 1, 2]), x[1]]));
    check(&[some([2, 2], 1)], |x| einsum("ij,ji,ij", [x[0], x[0], x[0]]));
}

#[test]
fn implicit_results_are_the_letters_that_appear_once() {
    for (implicit, explicit) in [
        ("ij,jk", "ij,jk->ik"),
        ("kj,ji", "kj,ji->ik"),
        ("ji", "ji->ij"),
        ("ii", "ii->"),
        (" i , j ", "i,j->ij"),
        ("ij,ij", "ij,ij->"),
    ] {
        let x = operands(explicit);
        let of = |text: &str| evaluate(&x, |x: Vec<Var<f64>>| einsum(text, x));
        assert!(of(implicit).is_close(&of(explicit), 1e-15), "{implicit}");
    }
}

#[test]
fn an_ellipsis_stands_for_axes_that_broadcast() {
    let of = |text: &str, a: &Tensor<f64>, b: &Tensor<f64>| {
        evaluate(&[a.clone(), b.clone()], |x| einsum(text, x))
    };
    let (a, b) = (some([2, 1, 4, 3], 1), some([5, 3, 4], 2));
    let product = evaluate(&[a.clone(), b.clone()], |[a, b]| a.matmul(b));
    assert!(of("...ij,...jk->...ik", &a, &b).is_close(&product, 1e-14));
    assert!(of("...ij,...jk", &a, &b).is_close(&product, 1e-14));
    let moved = of("...ij,...jk->i...k", &a, &b);
    assert!(moved.is_close(&product.permute([2, 0, 1, 3]).contiguous(), 1e-14));
    // Axes in front and behind, an operand without, a sum over a named axis.
    let x = some([3, 2, 2], 3);
    let vector = some([3], 4);
    let expected =
        evaluate(&[x.clone(), vector.clone()], |[x, v]| (x * v.reshape([3, 1, 1])).sum_over(0));
    assert!(of("i...,i->...", &x, &vector).is_close(&expected, 1e-14));
    assert_eq!(x.map(|x| einsum("...", [x])), x);
    assert_eq!(x.map(|x| einsum("i...j->...ji", [x])), x.permute([1, 2, 0]));
    let ones = Tensor::<f64>::ones([1, 3]);
    assert_eq!(of("...i,...i->...", &ones, &ones), Tensor::from([3.0]));
}

#[test]
fn empty_arrays() {
    let (a, b) = (Tensor::<f64>::zeros([2, 0]), Tensor::<f64>::zeros([0, 3]));
    let pair = [a.clone(), b];
    assert_eq!(evaluate(&pair, |x| einsum("ij,jk", x)), Tensor::zeros([2, 3]));
    assert_eq!(gradient(&pair, |x| einsum("ij,jk", x))[0].shape(), &[2, 0]);
    assert_eq!(a.map(|a| einsum("ij->i", [a])), Tensor::zeros([2]));
    assert_eq!(a.map(|a| einsum("ij,ij", [a, a])).item(), 0.0);
}

/// The order of products is chosen by cost: (a bᵀ) c of long vectors would take 10¹⁰ multiplications.
#[test]
fn the_cheapest_pair_is_first() {
    let x = some([100_000], 1);
    let y = x.map(|x| einsum("i,j,j->i", [x, x, x]));
    let expected = x.map(|x| x * x.dot(x));
    assert!(y.is_close(&expected, 1e-12));
}

#[test]
fn tensordot_pairs_axes() {
    let (a, b) = (some([2, 3, 4], 1), some([4, 5, 3], 2));
    let pair = [a, b];
    let of = |axes: &[(isize, isize)]| evaluate(&pair, |[a, b]| a.tensordot(b, axes));
    let by_name = |text: &str| naive(text, &pair);
    assert!(of(&[(2, 0)]).is_close(&by_name("ijk,klm->ijlm"), 1e-14));
    assert!(of(&[(1, -1), (-1, 0)]).is_close(&by_name("ijk,klj->il"), 1e-14));
    assert!(of(&[]).is_close(&by_name("ijk,lmn->ijklmn"), 1e-14));
    check(&pair, |x| x[0].tensordot(x[1], [(1, 2), (2, 0)]));
    let message = panic_message(|| {
        let _ = some([2, 3], 1).map(|x| x.tensordot(x, [(0, 1)]));
    });
    assert!(message.contains("tensordot: axis 0 of shape [2, 3] and axis 1 of shape [2, 3]"));
    let message = panic_message(|| {
        let _ = some([2, 2], 1).map(|x| x.tensordot(x, [(0, 1), (0, 0)]));
    });
    assert!(message.contains("name an axis twice"));
}

#[test]
fn mistakes_in_subscripts_are_named() {
    let message = |text: &'static str, shapes: Vec<Vec<usize>>| {
        panic_message(move || {
            let x: Vec<Tensor<f64>> = shapes.into_iter().map(Tensor::zeros).collect();
            let _ = evaluate(&x, |x: Vec<Var<f64>>| einsum(text, x));
        })
    };
    let pair = || vec![vec![2, 3], vec![4, 5]];
    assert!(message("ij,jk", pair()).contains("gives extent 4 to an axis that has 3 elsewhere"));
    assert!(message("ij", pair()).contains("speaks of 1 operands, and 2 are given"));
    assert!(message("ijk,lm", pair()).contains("names 3 axes, and shape [2, 3] has 2"));
    assert!(message("i...jk,lm", pair()).contains("names 3 axes, and shape [2, 3] has 2"));
    assert!(message("ij,kl->ix", pair()).contains("must name axes of operands, each once"));
    assert!(message("ij,kl->ii", pair()).contains("must name axes of operands, each once"));
    assert!(message("i.,kl", pair()).contains("is not made of letters"));
    assert!(message("i...,kl->il", pair()).contains("the result must have it, too"));
}

#[test]
fn attention_is_what_its_definition_says() {
    let (q, k, v) = (some([2, 3, 4], 1), some([2, 5, 4], 2), some([2, 5, 3], 3));
    let mask = Tensor::from_fn([3, 5], |i| i[1] <= i[0] + 1 && i[0] != 1);
    let triple = (q.clone(), k.clone(), v.clone());
    for masked in [false, true] {
        let expected = Tensor::from_fn([2, 3, 3], |i| {
            let score = |key: usize| {
                let dot: f64 = (0..4).map(|d| q[[i[0], i[1], d]] * k[[i[0], key, d]]).sum();
                if masked && !mask[[i[1], key]] { 0.0 } else { (dot / 2.0).exp() }
            };
            let total: f64 = (0..5).map(score).sum();
            let value = (0..5).map(|key| score(key) * v[[i[0], key, i[2]]]).sum::<f64>();
            if total == 0.0 { 0.0 } else { value / total }
        });
        let program = |q: Var<f64>, k: Var<f64>, v: Var<f64>| match masked {
            true => q.attention(k, v, Mask::from(&mask)),
            false => q.attention(k, v, None),
        };
        let found = evaluate(&triple, |(q, k, v)| program(q, k, v));
        assert!(found.is_close(&expected, 1e-14), "{found} {expected}");
        check(&[q.clone(), k.clone(), v.clone()], |x| program(x[0], x[1], x[2]));
    }
    // Heads in front, keys and values shared among them.
    check(&[some([2, 2, 3, 2], 4), some([2, 1, 4, 2], 5), some([4, 3], 6)], |x| {
        x[0].attention(x[1], x[2], None)
    });
    let message = panic_message(move || {
        let _ = evaluate(&(q, v.clone(), v), |(q, k, v)| q.attention(k, v, None));
    });
    assert!(message.contains("attention: queries of shape [2, 3, 4], keys of shape [2, 5, 3]"));
}

#[test]
fn layer_norm_is_what_its_definition_says() {
    let x = some([3, 4, 2], 1);
    let y = x.map(|x| x.layer_norm([0, -1], 1e-3));
    for c in 0..4 {
        let of = |x: &Tensor<f64>| -> Vec<f64> {
            (0..3).flat_map(|i| (0..2).map(move |j| (i, j))).map(|(i, j)| x[[i, c, j]]).collect()
        };
        let mean = of(&x).iter().sum::<f64>() / 6.0;
        let variance = of(&x).iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 6.0;
        for (x, y) in of(&x).iter().zip(of(&y)) {
            assert!(((x - mean) / (variance + 1e-3).sqrt() - y).abs() < 1e-14);
        }
    }
    check(&[x], |x| x[0].layer_norm([0, -1], 1e-3));
    check(&[some([2, 3], 2)], |x| x[0].layer_norm(-1, 0.0));
    // Without spread, the value and the derivative are 0 by the symmetry of a sum.
    let flat = Tensor::full([1, 4], 7.0);
    assert_eq!(flat.map(|x| x.layer_norm(-1, 1e-5)), Tensor::zeros([1, 4]));
}

/// Constants that operands bring along join the recording of the array, which need not be the newest.
#[test]
fn constants_join_the_recording_of_the_array() {
    let outer = Tape::new();
    let x = outer.var(&some([1, 2, 3], 1));
    let inner = Tape::<f64>::new();
    let (w, m) = (some([2, 1, 1, 1], 2), some([3, 4], 3));
    let y = x.conv2d(&w, Conv::new()).dropout(0.5, 1).tensordot(&m, [(2, 0)]);
    let z = y.attention(&some([5, 4], 4), &some([5, 2], 5), None);
    assert_eq!(outer.gradient(z).wrt(x).shape(), &[1, 2, 3]);
    assert!(inner.is_empty());
}
