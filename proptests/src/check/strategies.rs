//! Points at which to test, as strategies for [`proptest`].

use core::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
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
    proptest::sample::select(all)
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
    const GRID: [f64; 13] = [-3.0, -2.0, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0];
    // One argument on the grid, the others anywhere or on the grid, too.
    let nearby = move |edge: [f64; A], argument: usize, step: f64| {
        let mut x = edge;
        x[argument] += step * x[argument].abs().max(1.0);
        let usable = |x| rule.smooth(x) && rule.value(x).is_finite();
        (!rule.smooth(edge) && usable(x)).then_some(x)
    };
    let has_edges = A == 1 && GRID.iter().any(|&x| !rule.smooth([x; A]))
        || A > 1 && {
            let corner = |&(a, b): &(f64, f64)| {
                let x: [f64; A] = core::array::from_fn(|k| if k % 2 == 0 { a } else { b });
                !rule.smooth(x)
            };
            GRID.iter().flat_map(|&a| GRID.map(|b| (a, b))).any(|pair| corner(&pair))
        };
    if !has_edges {
        return smooth_points(rule).boxed();
    }
    let number = prop_oneof![2 => proptest::sample::select(&GRID[..]), 1 => -4.0..4.0];
    (vec(number, A).prop_map(array::<A>), 0..A.max(1), sized(-12.0..-1.0))
        .prop_filter_map("the function has an edge there", move |(edge, argument, step)| {
            nearby(edge, argument, step)
        })
        .boxed()
}
