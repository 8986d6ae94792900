//! Functions of slices of symbols, written out: a recorded function knows how many numbers it has.
//!
//! Their rows state values for machine numbers only. Here are expressions of the same values.

use core::any::TypeId;

use wengert_autodiff::rules::{Dot, LogSumExp, Norm, Prod, Sum};
use wengert_autodiff::{Number, SliceRule};

use super::Symbol;

pub(super) fn is_known<const A: usize, K: SliceRule<A>>() -> bool {
    let table = [
        TypeId::of::<Sum>(),
        TypeId::of::<Dot>(),
        TypeId::of::<Prod>(),
        TypeId::of::<Norm>(),
        TypeId::of::<LogSumExp>(),
    ];
    table.contains(&TypeId::of::<K>())
}

#[track_caller]
pub(super) fn apply<const A: usize, K: SliceRule<A>>(_: K, x: [&[Symbol]; A]) -> Symbol {
    let is = |id: TypeId| TypeId::of::<K>() == id;
    if is(TypeId::of::<Sum>()) {
        sum(x[0].iter().copied())
    } else if is(TypeId::of::<Dot>()) {
        sum(x[0].iter().zip(x[1]).map(|(x, y)| x * y))
    } else if is(TypeId::of::<Prod>()) {
        x[0].iter().copied().product()
    } else if is(TypeId::of::<Norm>()) {
        norm(x[0])
    } else if is(TypeId::of::<LogSumExp>()) {
        log_sum_exp(x[0])
    } else {
        panic!(
            "{}: a rule of slices outside of the library's table has no expression; write it as a function that is \
             generic over `Real`",
            K::NAME
        )
    }
}

#[track_caller]
fn sum<R: Number>(terms: impl Iterator<Item = R>) -> R {
    terms.fold(R::zero(), |sum, term| sum + term)
}

/// √(Σ xₖ²), relative to the largest element, without overflow.
#[track_caller]
fn norm<R: Number>(x: &[R]) -> R {
    let largest = x.iter().fold(R::zero(), |largest, x| largest.max(x.abs()));
    let squares = sum(x.iter().map(|&x| (x / largest) * (x / largest)));
    let as_it_is = largest.equal(R::zero()) | largest.equal(R::lit(f64::INFINITY));
    let value = R::choose(as_it_is, || largest, || largest * squares.sqrt());
    // (`max` passes over a NaN; a sum of squares does not.)
    let has_nan = x.iter().map(|x| !x.equal(*x)).reduce(|a, b| a | b);
    has_nan.map_or(value, |has_nan| R::blend(has_nan, R::lit(f64::NAN), value))
}

/// ln Σ exp xₖ, the largest term apart, which is 1: near it, the others would lose their digits.
#[track_caller]
fn log_sum_exp<R: Number>(x: &[R]) -> R {
    let Some((&first, rest)) = x.split_first() else { return R::lit(f64::NEG_INFINITY) };
    // A NaN is not to be lost.
    let larger = |a: R, &b: &R| R::blend(a.less(b) | !b.equal(b), b, a);
    let largest = rest.iter().fold(first, larger);
    let term_unless = |is_largest, x: R| R::blend(is_largest, R::zero(), (x - largest).exp());
    let mut found = first.equal(largest);
    let mut others = term_unless(found, first);
    for &x in rest {
        let is_it = x.equal(largest) & !found;
        others += term_unless(is_it, x);
        found = found | is_it;
    }
    let finite = largest.abs().less(R::lit(f64::INFINITY));
    R::choose(finite, || largest + others.ln_1p(), || largest)
}
