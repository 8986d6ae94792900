//! Programs to differentiate: plain Rust with loops and branches, generic over the type of number.

use std::fmt;

use wengert_autodiff::Real;
use wengert_autodiff::rules::{norm, sum};

/// What the doubling loops say at zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NeverEnds;

impl fmt::Display for NeverEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a is 0, and doubling it never reaches 1000")
    }
}

impl std::error::Error for NeverEnds {}

/// Doubles until 1000 is reached; what was negative is multiplied by 100, too.
pub fn doubled<R: Real>(a: R) -> Result<R, NeverEnds> {
    if a == 0.0 {
        return Err(NeverEnds);
    }
    let mut b = a * 2.0;
    while b.abs() < 1000.0 {
        b *= 2.0;
    }
    Ok(if b > 0.0 { b } else { b * 100.0 })
}

/// The same of a vector, or of a matrix as the slice of its elements: its norm and its sum decide.
pub fn doubled_slice<R: Real>(a: &[R]) -> Result<Vec<R>, NeverEnds> {
    if a.iter().all(|a| *a == 0.0) {
        return Err(NeverEnds);
    }
    let times = |b: &[R], factor: f64| b.iter().map(|&b| b * factor).collect::<Vec<R>>();
    let mut b = times(a, 2.0);
    while norm(&b) < 1000.0 {
        b = times(&b, 2.0);
    }
    Ok(if sum(&b) > 0.0 { b } else { times(&b, 100.0) })
}

/// √a of a positive number, by Newton's method: how many steps that takes depends on `a`.
pub fn root_by_newton<R: Real>(a: R) -> R {
    // From above, the steps go down until rounding ends them.
    let mut x = a.max(1.0);
    let mut next = newton_step(x, a);
    while next < x {
        x = next;
        next = newton_step(x, a);
    }
    next
}

/// √a of a number from 0 to 16, by halving an interval: `a` itself enters comparisons only.
pub fn root_by_bisection<R: Real>(a: R) -> R {
    let (mut low, mut high) = (R::from(0.0), R::from(16.0));
    loop {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if middle * middle < a {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// One step of Newton's method from `x` towards √a.
pub fn newton_step<R: Real>(x: R, a: R) -> R {
    (x + a / x) / 2.0
}

/// Rosenbrock's valley, in any number of dimensions.
pub fn rosenbrock<R: Real>(x: &[R]) -> R {
    x.windows(2).map(|w| (w[1] - w[0] * w[0]).powi(2) * 100.0 + (w[0] - 1.0).powi(2)).sum()
}
