//! How far the modes are from the references, and how far they may be.

use super::Reference;
use crate::modes::Row;
use crate::report::Findings;
use crate::ulps::{relative_to, ulp, ulps};

/// How far a number may be from its reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// In units of the last place of the reference.
    Ulps(f64),
    /// Relative to the reference.
    Relative(f64),
    /// Relative to the largest of the reference and the derivatives of lower order, value included:
    /// near a zero of the derivative.
    OfSize(f64),
    /// As usual, or infinite or NaN although the reference is finite: something on the way is beyond
    /// the range of numbers.
    BeyondRange,
}

/// One number that a mode found, beside its reference.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The name of the row.
    pub name: &'a str,
    /// The arguments.
    pub x: &'a [f64],
    /// The direction of differentiation.
    pub v: &'a [f64],
    /// The order of the derivative; 0 is the value.
    pub order: usize,
    /// What was found.
    pub got: f64,
    /// The reference.
    pub want: f64,
    /// The size of the terms that the derivative is a sum of, for a first derivative across the axes;
    /// else that of the reference.
    pub terms: f64,
    /// The size of the derivatives up to this order.
    pub size: f64,
}

/// Below this, digits are lost to the end of the range of numbers.
const LEAST: f64 = 1e-290;

impl Case<'_> {
    /// The error in the limit's own measure, and what the limit is.
    pub fn error(&self, limit: Limit) -> (f64, f64) {
        let Self { got, want, terms, size, .. } = *self;
        let tiny = want.abs() < LEAST && got.abs() < LEAST;
        // What is beyond the range of numbers has to look like it.
        let beyond = want.is_infinite() && !got.is_finite();
        if tiny || beyond {
            return (0.0, 0.0);
        }
        match limit {
            Limit::Ulps(bound) if terms > want.abs() => {
                (ulps(got, want) * (ulp(want) / ulp(terms)), bound)
            }
            Limit::Ulps(bound) => (ulps(got, want), bound),
            Limit::Relative(bound) => (relative_to(got, want, terms), bound),
            Limit::OfSize(bound) => (relative_to(got, want, size), bound),
            Limit::BeyondRange if got.is_finite() => self.error(usual(self)),
            Limit::BeyondRange => (0.0, 0.0),
        }
    }
}

/// The special functions, which are approximations of our own.
const SPECIAL: [&str; 14] = [
    "erf",
    "erfc",
    "erf_inv",
    "gamma",
    "ln_gamma",
    "digamma",
    "trigamma",
    "polygamma(0)",
    "polygamma(1)",
    "polygamma(2)",
    "polygamma(3)",
    "ln_beta",
    "norm_cdf",
    "norm_inv_cdf",
];

/// The limit that holds unless an exception is stated.
pub fn usual(case: &Case<'_>) -> Limit {
    match case.order {
        _ if SPECIAL.contains(&case.name) => Limit::Relative(1e-12),
        0 | 1 => Limit::Ulps(4.0),
        2 => Limit::Relative(1e-13),
        3 => Limit::Relative(1e-12),
        _ => Limit::Relative(1e-11),
    }
}

/// Calls `visit` with every number that any mode of the row over `f64` finds at the reference.
pub fn cases(row: &Row, reference: &Reference, mut visit: impl FnMut(&str, &Case<'_>)) {
    for (v, wanted) in &reference.along {
        let across = v.iter().filter(|v| **v != 0.0).count() > 1;
        let term = |(v, w): &(Vec<f64>, Vec<f64>)| {
            let axis = v.iter().filter(|v| **v != 0.0).count() == 1;
            let k = v.iter().position(|v| *v != 0.0);
            if axis { k.map(|k| w[1].abs() * v[k]) } else { None }
        };
        let terms: f64 = reference.along.iter().filter_map(term).sum();
        let mut size = 0.0_f64;
        let sizes: Vec<f64> = wanted
            .iter()
            .map(|want| {
                size = size.max(want.abs());
                size
            })
            .collect();
        for mode in &row.modes {
            let orders = mode.along(&reference.x, v).0;
            for (order, (estimates, &want)) in orders.iter().zip(wanted).enumerate() {
                for &got in estimates {
                    let case = Case {
                        name: &row.name,
                        x: &reference.x,
                        v,
                        order,
                        got,
                        want,
                        terms: if across && order == 1 { terms } else { want.abs() },
                        size: sizes[order],
                    };
                    visit(&mode.mode, &case);
                }
            }
        }
    }
}

/// All numbers at the references, within the limits.
pub fn law(row: &Row, references: &[&Reference], limit: impl Fn(&Case<'_>) -> Limit) -> Findings {
    let mut findings = Findings::default();
    for reference in references {
        cases(row, reference, |mode, case| {
            let (error, bound) = case.error(limit(case));
            findings.case(error <= bound, || {
                let Case { name, x, v, order, got, want, .. } = case;
                format!(
                    "{name}, order {order}, at {x:?} along {v:?} in {mode}: {got:e}, not {want:e} (error {error:.2e}, bound {bound:.2e})"
                )
            });
        });
    }
    findings
}
