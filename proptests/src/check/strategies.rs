//! Points at which to test, as strategies for [`proptest`].

use core::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use wengert_autodiff::Rule;

/// A configuration with the same cases in every run. (The environment variables `PROPTEST_RNG_SEED` and
/// `PROPTEST_CASES` ask for others.)
///
/// ```
/// use proptest::prelude::*;
/// use wengert_proptests::check::{numbers, repeatable};
///
/// proptest! {
///     #![proptest_config(repeatable(20))]
///     fn squares_are_positive(x in numbers()) {
///         prop_assert!(x * x >= 0.0);
///     }
/// }
/// squares_are_positive();
/// ```
pub fn repeatable(cases: u32) -> Config {
    let given = |name| std::env::var_os(name).is_some();
    let default = Config::default();
    Config {
        cases: if given("PROPTEST_CASES") { default.cases } else { cases },
        rng_seed: if given("PROPTEST_RNG_SEED") { default.rng_seed } else { RngSeed::Fixed(1) },
        ..default
    }
}

/// Numbers of a size that functions usually meet: −4 to 4, and now and then 10⁻³ to 10³ of either sign.
pub fn numbers() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![3 => -4.0..4.0, 1 => sized(-3.0..3.0)]
}

/// Numbers of either sign, with a uniform decimal logarithm.
fn sized(exponents: Range<f64>) -> impl Strategy<Value = f64> + Clone {
    (any::<bool>(), exponents).prop_map(|(negative, exponent)| {
        let size = 10.0_f64.powf(exponent);
        if negative { -size } else { size }
    })
}

/// Points of `n` [`numbers`].
///
/// ```
/// use proptest::prelude::*;
/// use wengert_proptests::check::{check_gradient, function, points};
///
/// proptest! {
///     fn the_gradient_is_right(x in points(2)) {
///         check_gradient(function!(|x| (x[0] * x[0] + x[1]).sin()), &x)?;
///     }
/// }
/// the_gradient_is_right();
/// ```
pub fn points(n: usize) -> impl Strategy<Value = Vec<f64>> {
    vec(numbers(), n)
}

/// Zeros, infinities, NaN, the smallest and the largest, and numbers where functions have kinks and poles.
pub fn special_numbers() -> impl Strategy<Value = f64> + Clone {
    let positive = [
        0.0,
        f64::from_bits(1),
        f64::MIN_POSITIVE,
        f64::EPSILON,
        0.5,
        1.0,
        1.5,
        2.0,
        3.0,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
    ];
    let all: Vec<f64> = positive.into_iter().flat_map(|x| [x, -x]).collect();
    select(all)
}

/// [`special_numbers`], their neighbours, and numbers of every size.
pub fn difficult_numbers() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        special_numbers(),
        special_numbers().prop_map(f64::next_up),
        special_numbers().prop_map(f64::next_down),
        sized(-308.0..308.0),
    ]
}

fn array<const A: usize>(x: Vec<f64>) -> [f64; A] {
    x.try_into().expect("as many numbers as arguments")
}

/// Points of ordinary size at which the function is smooth.
///
/// ```
/// use proptest::prelude::*;
/// use wengert_autodiff::{Rule, rules::Ln};
/// use wengert_proptests::check::smooth_points;
///
/// const LN: Ln = Ln {};
/// proptest! {
///     fn logarithms_are_of_positive_numbers(x in smooth_points(LN)) {
///         prop_assert!(x[0] > 0.0 && LN.value(x).is_finite());
///     }
/// }
/// logarithms_are_of_positive_numbers();
/// ```
pub fn smooth_points<const A: usize, K: Rule<A>>(rule: K) -> impl Strategy<Value = [f64; A]> {
    let number = prop_oneof![2 => numbers(), 1 => -1.0..1.0, 1 => 0.0..4.0];
    vec(number, A)
        .prop_map(array)
        .prop_filter("the function is smooth and finite there", move |&x| {
            rule.smooth(x) && rule.value(x).is_finite()
        })
}

/// Points at which the function is smooth, hard by points at which it is not: at a relative distance of 10⁻¹²
/// to 10⁻¹. For a function without such edges, [`smooth_points`].
///
/// ```
/// use proptest::prelude::*;
/// use wengert_autodiff::rules::Asin;
/// use wengert_proptests::check::edge_points;
///
/// proptest! {
///     fn the_domain_ends_at_one(x in edge_points(Asin {})) {
///         prop_assert!((0.9..1.0).contains(&x[0].abs()));
///     }
/// }
/// the_domain_ends_at_one();
/// ```
pub fn edge_points<const A: usize, K: Rule<A>>(rule: K) -> BoxedStrategy<[f64; A]> {
    let edges = edges_on_grid(rule);
    if edges.is_empty() {
        return smooth_points(rule).boxed();
    }
    // Most edges are lines and planes: the other arguments may be anywhere.
    let elsewhere = vec(proptest::option::weighted(0.3, -4.0..4.0), A);
    (select(edges), elsewhere, 0..A.max(1), sized(-12.0..-1.0))
        .prop_filter_map("the function is smooth beside an edge", move |(edge, moved, k, step)| {
            let edge: [f64; A] = core::array::from_fn(|k| moved[k].unwrap_or(edge[k]));
            let mut x = edge;
            x[k] += step * x[k].abs().max(1.0);
            (!rule.smooth(edge) && rule.smooth(x) && rule.value(x).is_finite()).then_some(x)
        })
        .boxed()
}

/// Points of simple coordinates, two different ones at most, at which the function is not smooth.
fn edges_on_grid<const A: usize, K: Rule<A>>(rule: K) -> Vec<[f64; A]> {
    const GRID: [f64; 13] = [-3.0, -2.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0];
    let mut edges = Vec::new();
    for a in GRID {
        for b in GRID {
            for of_b in 0..1_u32 << A {
                let x = core::array::from_fn(|k| if of_b >> k & 1 == 1 { b } else { a });
                if !rule.smooth(x) {
                    edges.push(x);
                }
            }
        }
    }
    edges
}
