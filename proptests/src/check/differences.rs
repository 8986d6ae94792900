//! Derivatives from values alone: central differences, extrapolated.

use super::rounded::Rounded;
use crate::modes::unless_panic;

/// A derivative with an estimate of its error, or what is left of one.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// The derivative.
    pub value: f64,
    /// Infinite where differences say nothing: beside a pole or a kink, or drowned in rounding errors.
    pub error: f64,
}

impl Estimate {
    const NONE: Self = Self { value: f64::NAN, error: f64::INFINITY };
}

/// How often the step is halved.
const HALVINGS: usize = 46;

/// How many terms of the error's expansion in h² are eliminated.
const ELIMINATED: usize = 6;

/// One function's differences for steps h, h/2, h/4, …: Richardson's extrapolation, in which the choice of
/// the step and of the order is left to the agreement of neighbours in the table (Ridders's method), and the
/// influence of rounding is known.
struct Differences {
    /// (f(x + h) − f(x − h)) / 2h, and what rounding may have added.
    central: Vec<(f64, f64)>,
    /// How far the slopes on the two sides differ, and what rounding may have added.
    bend: Vec<(f64, f64)>,
}

impl Differences {
    /// From x, f(x), and from (f(x − h), f(x + h), 2h) for each step. Steps that leave the domain come first.
    fn new(x: f64, middle: Rounded, sides: impl Iterator<Item = (Rounded, Rounded, f64)>) -> Self {
        let unseen = x.abs() * f64::EPSILON;
        let mut steps = Vec::new();
        let mut size = middle.value.abs();
        for (left, right, width) in sides {
            let slope = (right.value - left.value) / width;
            // Functions may see x a little off, beside what is known of their errors.
            let noise = right.error + left.error + 2.0 * slope.abs() * unseen;
            let turn = (right.value - middle.value - (middle.value - left.value)).abs();
            if slope.is_finite() && noise.is_finite() && turn.is_finite() {
                steps.push((slope, noise, turn, width));
                size = size.max(left.value.abs()).max(right.value.abs());
            } else {
                steps.clear();
            }
        }
        // A function that is hardly more than its errors has no slope.
        if middle.error > size * 1e-3 {
            steps.clear();
        }
        let central = |&(slope, noise, _, width): &(f64, f64, f64, f64)| (slope, noise / width);
        let bend = |&(_, noise, turn, width): &(f64, f64, f64, f64)| {
            (2.0 * turn / width, 2.0 * (noise + 2.0 * middle.error) / width)
        };
        Self {
            central: steps.iter().map(central).collect(),
            bend: steps.iter().map(bend).collect(),
        }
    }

    /// Whether the slopes on the two sides stay apart, as h becomes small: there is a kink or a jump.
    fn is_kink(&self) -> bool {
        const BACK: usize = 3;
        let clear = |&k: &usize| self.bend[k].0 > 4.0 * self.bend[k].1;
        let Some(last) = (BACK..self.bend.len()).rev().find(clear) else {
            return false;
        };
        // Of a kink elsewhere, smaller steps see nothing; of one at x, rounding errors hide it from there on.
        let hidden = |&(_, noise): &(f64, f64)| 4.0 * noise > 0.25 * self.bend[last].0;
        let remains = self.bend.get(last + 1).is_none_or(hidden);
        // At a smooth point the bend is eight times smaller.
        remains && clear(&(last - BACK)) && self.bend[last].0 > 0.5 * self.bend[last - BACK].0
    }

    /// How far an extrapolation from the steps up to `last` is at odds with the differences of smaller steps.
    fn at_odds(&self, last: usize, value: f64) -> f64 {
        let excess = |k: usize| {
            let ((now, noise), (before, noise_before)) = (self.central[k], self.central[k - 1]);
            (value - now).abs() - 2.0 * (now - before).abs() - 2.0 * (noise + noise_before)
        };
        (last + 1..self.central.len()).map(excess).fold(0.0, f64::max)
    }

    fn extrapolate(&self) -> Estimate {
        if self.is_kink() {
            return Estimate::NONE;
        }
        let mut best = Estimate::NONE;
        // Of the step before: the table's entries, and how far each was from its neighbours.
        let mut before: (Vec<f64>, Vec<f64>) = Default::default();
        for (last, &(slope, noise)) in self.central.iter().enumerate() {
            let (mut row, mut apart) = (vec![slope], vec![f64::INFINITY]);
            for order in 1..=ELIMINATED.min(last) {
                let gain = 4.0_f64.powi(order as i32) - 1.0;
                row.push(row[order - 1] + (row[order - 1] - before.0[order - 1]) / gain);
                let disagreement = (row[order] - row[order - 1])
                    .abs()
                    .max((row[order] - before.0[order - 1]).abs());
                // What halving the step gains, and no more: errors that change their sign agree by accident.
                let expected = before.1.get(order).map_or(0.0, |apart| apart / (gain + 1.0));
                apart.push(disagreement);
                // The weights of the table's entries sum up to less than 2 in absolute value, and the noise of
                // wider steps is smaller.
                let mut error = disagreement.max(expected) + 2.0 * noise;
                if error < best.error {
                    error += self.at_odds(last, row[order]);
                }
                if error < best.error {
                    best = Estimate { value: row[order], error };
                }
            }
            before = (row, apart);
        }
        best
    }
}

/// The derivatives of all components of f at x with respect to argument number `argument`.
///
/// ```
/// use wengert_proptests::check::{Rounded, differences::derivatives};
/// let square = |x: &[f64]| vec![Rounded { value: x[0] * x[0], error: 1e-15 }];
/// let slope = derivatives(&square, &[3.0], 0)[0];
/// assert!((slope.value - 6.0).abs() <= slope.error && slope.error < 1e-12);
/// ```
pub fn derivatives(
    f: &impl Fn(&[f64]) -> Vec<Rounded>,
    x: &[f64],
    argument: usize,
) -> Vec<Estimate> {
    // A power of two, so that hardly a step is rounded.
    let at = x[argument];
    let size = if at == 0.0 { 1.0 } else { at.abs().log2().ceil().exp2() };
    let moved = |to: f64| {
        let mut x = x.to_vec();
        x[argument] = to;
        f(&x)
    };
    along(&moved, at, size, HALVINGS)
}

/// The derivatives of all components of a curve at `at`, from steps size/2, size/4, …
pub(crate) fn along(
    curve: &impl Fn(f64) -> Vec<Rounded>,
    at: f64,
    size: f64,
    halvings: usize,
) -> Vec<Estimate> {
    let middle = curve(at);
    // A function that panics there has no value there: the step leaves its domain.
    let moved = |to: f64| unless_panic(|| curve(to)).unwrap_or_default();
    let sides: Vec<_> = (1..=halvings)
        .map(|k| {
            let step = size * (-(k as f64)).exp2();
            let (left, right) = (at - step, at + step);
            (moved(left), moved(right), right - left)
        })
        .collect();
    (0..middle.len())
        .map(|output| {
            // (f may return fewer results elsewhere.)
            let component =
                |y: &Vec<Rounded>| y.get(output).copied().unwrap_or(Rounded::exact(f64::NAN));
            let sides = sides.iter().map(|(l, r, width)| (component(l), component(r), *width));
            Differences::new(at, middle[output], sides).extrapolate()
        })
        .collect()
}
