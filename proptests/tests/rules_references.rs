//! Values and derivatives up to the fourth order, in every mode, beside references of high precision.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use wengert_autodiff::{Number, rules};
use wengert_proptests::modes::{Function, Row, table};
use wengert_proptests::points;
use wengert_proptests::references::accuracy::{self, Case, Limit};
use wengert_proptests::references::{self, Reference, exceptions};
use wengert_proptests::report::Findings;
use wengert_proptests::ulps::ulps_single;

fn by_row() -> BTreeMap<&'static str, Vec<&'static Reference>> {
    let mut by_row: BTreeMap<&str, Vec<&Reference>> = BTreeMap::new();
    for reference in references::all() {
        by_row.entry(&reference.name).or_default().push(reference);
    }
    by_row
}

fn rows_with_references() -> impl Iterator<Item = (&'static Row, Vec<&'static Reference>)> {
    let mut by_row = by_row();
    table().iter().filter_map(move |row| Some((row, by_row.remove(row.name.as_str())?)))
}

#[test]
fn all_modes_are_within_their_limits() {
    let mut findings = Findings::default();
    for (row, references) in rows_with_references() {
        findings.absorb(accuracy::law(row, &references, exceptions::limit));
    }
    assert!(findings.cases > 300_000, "{} cases", findings.cases);
    findings.assert_clean();
}

/// A function of slices, of two numbers only: then it is a function that has references.
#[derive(Clone, Copy)]
enum OfTwo {
    Sum,
    Dot,
    Prod,
    Norm,
    LogSumExp,
}

impl Function for OfTwo {
    fn evaluate<R: Number>(self, x: &[R]) -> R {
        match self {
            Self::Sum => rules::sum(x),
            Self::Dot => rules::dot(&x[..1], &x[1..]),
            Self::Prod => rules::prod(x),
            Self::Norm => rules::norm(x),
            Self::LogSumExp => rules::log_sum_exp(x),
        }
    }
    fn arguments(self) -> usize {
        2
    }
    fn smooth(self, _x: &[f64]) -> bool {
        true
    }
}

#[test]
fn functions_of_slices_are_those_of_two_numbers() {
    let by_row = by_row();
    let mut findings = Findings::default();
    for (of, function) in [
        ("x + y", OfTwo::Sum),
        ("x * y", OfTwo::Dot),
        ("x * y", OfTwo::Prod),
        ("hypot", OfTwo::Norm),
        ("log_add_exp", OfTwo::LogSumExp),
    ] {
        let row = Row::of(of, function);
        // (Of other formulas, which lose digits at other points: higher orders are for `rules_modes`.)
        findings.absorb(accuracy::law(&row, &by_row[of], |case| match case.order {
            0 | 1 => exceptions::limit(case),
            2 => Limit::OfSize(1e-12),
            _ => Limit::OfSize(f64::INFINITY),
        }));
    }
    assert!(findings.cases > 10_000, "{} cases", findings.cases);
    findings.assert_clean();
}

/// Exceptions that are no longer needed have to go. (Those of the platform's functions depend on the
/// platform.)
#[test]
fn every_exception_is_needed() {
    let needed = RefCell::new(BTreeSet::new());
    for (row, references) in rows_with_references() {
        for reference in references {
            accuracy::cases(row, reference, |_, case| {
                let (error, bound) = case.error(accuracy::usual(case));
                if let Some(exception) = exceptions::exception_for(case)
                    && error > bound
                {
                    needed.borrow_mut().insert(format!("{exception:?}"));
                }
            });
        }
    }
    for exception in exceptions::EXCEPTIONS {
        let platform = exception.reason.starts_with("The standard library");
        let needed = needed.borrow().contains(&format!("{exception:?}"));
        assert!(needed || platform, "not needed: {exception:?}");
    }
}

/// Rows without references, and what takes their place in `rules_modes`.
const WITHOUT_REFERENCES: [(&str, &str); 25] = [
    ("powi(0)", "constant"),
    ("powi(1)", "the identity"),
    ("signum", "piecewise constant"),
    ("floor", "piecewise constant"),
    ("ceil", "piecewise constant"),
    ("round", "piecewise constant"),
    ("trunc", "piecewise constant"),
    ("copysign", "±x or ∓x"),
    ("min", "one of its arguments"),
    ("max", "one of its arguments"),
    ("clamp", "one of its arguments"),
    ("relu", "its argument, or 0"),
    ("mul_add", "a polynomial of degree 2"),
    ("polygamma_difference(0)", "a difference of functions with references"),
    ("polygamma_difference(1)", "a difference of functions with references"),
    ("polygamma_difference(2)", "a difference of functions with references"),
    ("-x", "linear"),
    ("sum", "linear"),
    ("mean", "linear"),
    ("dot", "a polynomial of degree 2"),
    ("variance", "a polynomial of degree 2"),
    ("prod", "a product"),
    ("norm", "many arguments: as hypot"),
    ("log_sum_exp", "many arguments: as log_add_exp"),
    ("softmax", "many arguments: the gradient of log_sum_exp"),
];

/// Functions made of others, in this package.
const COMPOSITES: [&str; 2] = ["standard deviation", "product of one number with itself"];

#[test]
fn every_row_has_references_or_is_on_the_list() {
    let by_row = by_row();
    for row in table() {
        let name = row.name.as_str();
        let listed = WITHOUT_REFERENCES.iter().any(|(listed, _)| *listed == name)
            || COMPOSITES.contains(&name);
        let count = by_row.get(name).map_or(0, Vec::len);
        assert!(listed || count >= 20, "{name}: {count} references, and not on the list");
        assert!(!(listed && count > 0), "{name} is on the list, but has {count} references");
    }
    for name in by_row.keys() {
        assert!(table().iter().any(|row| row.name == *name), "references of an unknown row {name}");
    }
}

/// Single precision, where it is further away than four units of the last place: row, order, units, why.
const SINGLE: [(&str, usize, f64, &str); 2] = [
    ("atanh", 0, 12.0, "the standard library's formula ½ ln(1 + 2x/(1 − x)) cancels near −1"),
    ("norm_inv_cdf", 1, 52.0, "exp(x²/2) multiplies the error of x by x² in the tails"),
];

/// How far single precision may be, and beside what size that is measured.
fn single_limit(case: &Case<'_>) -> (f64, f64) {
    let listed = SINGLE.iter().find(|(row, order, ..)| *row == case.name && *order == case.order);
    match (listed, exceptions::limit(case)) {
        (Some((.., bound, _)), _) => (*bound, case.want),
        (None, Limit::OfSize(_)) => (4.0, case.size),
        (None, Limit::Ulps(bound)) => (bound, case.want),
        (None, _) => (4.0, case.want),
    }
}

/// One number in single precision, beside double precision at the same arguments.
fn judge(findings: &mut Findings, mode: &str, case: &Case<'_>) {
    let (want, got) = (case.want as f32, case.got as f32);
    let tiny = want.abs() < 1e-30 && got.abs() < 1e-30;
    let beyond = want.is_infinite() && !got.is_finite();
    let (bound, size) = single_limit(case);
    let unit = f64::from(f32::EPSILON) * size.abs();
    let error = if tiny || beyond {
        0.0
    } else {
        ulps_single(got, want).min((case.got - case.want).abs() / unit)
    };
    let Case { name, x, v, order, .. } = case;
    findings.error(error, bound, || {
        format!("{name}, order {order}, at {x:?} along {v:?} in {mode}: {got:e}, not {want:e}")
    });
}

/// Values and first derivatives at the references' arguments, rounded to `f32`. (Those beyond 1e±30 are
/// left out: their powers are beyond the range.)
#[test]
fn single_precision_is_within_four_ulps() {
    let mut findings = Findings::default();
    for (row, references) in rows_with_references() {
        for reference in references {
            let single: Vec<f32> = reference.x.iter().map(|&x| x as f32).collect();
            let x: Vec<f64> = single.iter().map(|&x| f64::from(x)).collect();
            if !x.iter().all(|x| *x == 0.0 || (1e-30..1e30).contains(&x.abs())) {
                continue;
            }
            for v in points::directions(row.arguments)[..row.arguments].iter() {
                let double = row.mode("Dual<f64>").along(&x, v).firsts();
                let size = double[0].abs().max(double[1].abs());
                let direction: Vec<f32> = v.iter().map(|&v| v as f32).collect();
                for mode in &row.single {
                    for (order, estimates) in
                        mode.along(&single, &direction).0.iter().enumerate().take(2)
                    {
                        for &got in estimates {
                            let (got, want) = (f64::from(got), double[order]);
                            let terms = want.abs();
                            let case =
                                Case { name: &row.name, x: &x, v, order, got, want, terms, size };
                            judge(&mut findings, &mode.mode, &case);
                        }
                    }
                }
            }
        }
    }
    assert!(findings.cases > 20_000, "{} cases", findings.cases);
    findings.assert_clean();
}
