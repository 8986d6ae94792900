//! What must hold for every row, in every mode. Each law returns what it found, so that tests can
//! also show that it is able to find something.

use super::{Evaluation, Row, unless_panic};
use crate::points;
use crate::report::Findings;
use crate::ulps::{relative_to, same, ulps};

/// The mode that higher orders of all others are compared with.
pub const NESTED: &str = "Dual<Dual<Dual<Dual<f64>>>>";

/// Below this, digits are lost to the end of the range of numbers.
const LEAST: f64 = 1e-290;

fn equal(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Every mode computes the value of the plain function, bit for bit, and panics where it does.
pub fn values(row: &Row, points: &[Vec<f64>]) -> Findings {
    let mut findings = Findings::default();
    for x in points {
        let plain = row.try_plain(x);
        for v in [vec![1.0; row.arguments], points::directions(row.arguments).swap_remove(0)] {
            for mode in &row.modes {
                let orders = unless_panic(|| mode.along(x, &v));
                let fine = match (plain, &orders) {
                    (Some(plain), Some(orders)) => orders.0[0].iter().all(|&y| same(y, plain)),
                    (None, None) => true,
                    _ => false,
                };
                findings.case(fine, || {
                    let values = orders.as_ref().map(|orders| &orders.0[0]);
                    format!("{} at {x:?} in {}: {values:?}, plain {plain:?}", row.name, mode.mode)
                });
            }
        }
        let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let plain = unless_panic(|| row.plain_single(&x));
        for mode in &row.single {
            let one = vec![1.0; row.arguments];
            let orders = unless_panic(|| mode.along(&x, &one));
            let fine = match (plain, &orders) {
                (Some(plain), Some(orders)) => {
                    orders.0[0].iter().all(|&y| same(y.into(), plain.into()))
                }
                (None, None) => true,
                _ => false,
            };
            findings.case(fine, || format!("{} at {x:?} in {}", row.name, mode.mode));
        }
    }
    findings
}

/// Whether a mode finds first derivatives by the rule's partials, and nothing else, so that all such
/// modes agree exactly. (Series have recurrences of their own.)
fn by_partials(mode: &Evaluation<f64>) -> bool {
    !mode.mode.contains("Taylor")
}

/// The first derivative with respect to each argument is the one that the rule states, exactly, in
/// all modes without series; with series, within `bound` ulps where the function is finite, and the
/// arguments and the derivative are no subnormal numbers.
pub fn first_derivatives(row: &Row, points: &[Vec<f64>], bound: f64) -> Findings {
    let mut findings = Findings::default();
    for x in points {
        for (argument, v) in points::directions(row.arguments)[..row.arguments].iter().enumerate() {
            let Some(want) = row.stated_partial(argument, x) else { return findings };
            let ordinary = row.plain(x).is_finite() && x.iter().all(|x| x.is_normal() || *x == 0.0);
            for mode in &row.modes {
                for &got in &mode.along(x, v).0[1] {
                    let tiny = want.abs() < LEAST && got.abs() < LEAST;
                    let error = if equal(got, want) {
                        0.0
                    } else if by_partials(mode) {
                        f64::INFINITY
                    } else if tiny || !ordinary {
                        0.0
                    } else {
                        ulps(got, want)
                    };
                    findings.error(error, bound, || {
                        let name = &row.name;
                        format!(
                            "{name}, ∂{argument}, at {x:?} in {}: {got:e}, not {want:e}",
                            mode.mode
                        )
                    });
                }
            }
        }
    }
    findings
}

/// Where a function of one number is NaN, all its derivatives are, and with NaN they begin. (x⁰, which
/// is 1 at NaN, is as it is.)
pub fn not_a_number(row: &Row, points: &[Vec<f64>]) -> Findings {
    let mut findings = Findings::default();
    if row.arguments != 1 {
        return findings;
    }
    for x in points.iter().filter(|x| row.try_plain(x).is_some_and(f64::is_nan)) {
        for mode in &row.modes {
            let orders = mode.along(x, &[1.0]);
            let first = &orders.0[1];
            findings.case(first.iter().all(|d| d.is_nan()), || {
                format!("{} at {x:?} in {}: derivative {first:?}", row.name, mode.mode)
            });
        }
    }
    findings
}

/// The size of a derivative of each order: at least that of the lower ones, so that an error of
/// rounding is not measured relative to a derivative that happens to vanish.
fn sizes(orders: &[f64]) -> Vec<f64> {
    let grow = |size: &mut f64, d: &f64| {
        *size = size.max(d.abs());
        Some(*size)
    };
    orders.iter().scan(0.0, grow).collect()
}

/// All modes agree on all orders, within `bounds[order]` relative to the size of the derivatives so far.
pub fn agreement(row: &Row, points: &[Vec<f64>], bounds: [f64; 5]) -> [Findings; 5] {
    let mut findings: [Findings; 5] = Default::default();
    for x in points {
        for v in points::directions(row.arguments) {
            let nested = row.mode(NESTED).along(x, &v).firsts();
            let sizes = sizes(&nested);
            for mode in &row.modes {
                for (order, estimates) in mode.along(x, &v).0.iter().enumerate() {
                    for &got in estimates {
                        let error = relative_to(got, nested[order], sizes[order]);
                        findings[order].error(error, bounds[order], || {
                            let want = nested[order];
                            let name = &row.name;
                            format!(
                                "{name}, order {order}, at {x:?} along {v:?} in {}: {got:e}, nested duals {want:e}",
                                mode.mode
                            )
                        });
                    }
                }
            }
        }
    }
    findings
}

/// The derivative of `f` at 0 by central differences, extrapolated (Ridders' method), with an estimate
/// of its error.
pub fn central_difference(f: impl Fn(f64) -> f64, first_step: f64) -> (f64, f64) {
    const SHRINK: f64 = 1.6;
    const STEPS: usize = 14;
    let mut best = (f64::NAN, f64::INFINITY);
    let mut step = first_step;
    let mut previous: Vec<f64> = Vec::new();
    for _ in 0..STEPS {
        let mut row = vec![(f(step) - f(-step)) / (2.0 * step)];
        let mut factor = SHRINK * SHRINK;
        for k in 0..previous.len() {
            let next = (row[k] * factor - previous[k]) / (factor - 1.0);
            let error = (next - row[k]).abs().max((next - previous[k]).abs());
            if error < best.1 {
                best = (next, error);
            }
            row.push(next);
            factor *= SHRINK * SHRINK;
        }
        previous = row;
        step /= SHRINK;
    }
    best
}

/// Each derivative is the central difference of the one before: the first that of the plain function.
/// An order is judged where the differences are good to four digits; `cases` counts these.
pub fn differences(row: &Row, points: &[Vec<f64>]) -> [Findings; 5] {
    let mut findings: [Findings; 5] = Default::default();
    let nested = row.mode(NESTED);
    for x in points {
        let scale = x.iter().fold(1.0_f64, |scale, x| scale.min(x.abs())).max(1e-2);
        for v in points::directions(row.arguments) {
            let orders = nested.along(x, &v).firsts();
            let sizes = sizes(&orders);
            for order in 1..=4 {
                let at = |t: f64| {
                    let x: Vec<f64> = x.iter().zip(&v).map(|(x, v)| x + t * v).collect();
                    match order {
                        _ if !row.smooth(&x) => f64::NAN,
                        1 => row.plain(&x),
                        _ => nested.along(&x, &v).0[order - 1][0],
                    }
                };
                let (got, size) = (orders[order], sizes[order].max(1e-3));
                // Long steps may cross a kink, short ones lose digits.
                let estimates: Vec<_> = [0.3, 0.03, 1e-3]
                    .iter()
                    .map(|step| central_difference(at, step * scale))
                    .filter(|(_, error)| *error < 1e-4 * size)
                    .collect();
                if estimates.is_empty() {
                    continue;
                }
                let fine = estimates.iter().any(|(d, _)| (got - d).abs() <= 1e-3 * size);
                findings[order].case(fine, || {
                    let name = &row.name;
                    format!("{name}, order {order}, at {x:?} along {v:?}: {got:e}, differences {estimates:?}")
                });
            }
        }
    }
    findings
}
