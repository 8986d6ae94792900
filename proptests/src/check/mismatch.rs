//! What a checker has to say about a function.

use core::fmt;

use crate::ulps::ulps;

/// Two numbers that should agree and do not.
///
/// It is an [`Error`](core::error::Error), so that `?` in a `proptest!` reports it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The function.
    pub function: String,
    /// Where it was evaluated.
    pub point: Vec<f64>,
    /// What was computed: `y[0]`, `∂y[0]/∂x[1]`.
    pub quantity: String,
    /// The mode or the nesting of modes that computed `got`.
    pub mode: String,
    /// What it says.
    pub got: f64,
    /// What computed `want`.
    pub against: String,
    /// What that says.
    pub want: f64,
    /// How far the two may be apart.
    pub tolerance: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, point, quantity, mode, got, against, want, tolerance } = self;
        write!(
            f,
            "{function} at x = {point:?}: {quantity} is {got:e} by {mode}, but {want:e} by {against}; \
             they differ by {:e} ({:.1} ulps), where {tolerance:e} is allowed",
            (got - want).abs(),
            ulps(*got, *want),
        )
    }
}

impl core::error::Error for Mismatch {}

/// What a checker looked at and found right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Checked {
    /// How many numbers were compared.
    pub compared: usize,
    /// How many numbers could not be compared with anything, because differences do not settle (beside a kink
    /// or a pole), or because nothing but rounding errors is left of them.
    pub unsettled: usize,
}

impl Checked {
    /// What both looked at.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            compared: self.compared + other.compared,
            unsettled: self.unsettled + other.unsettled,
        }
    }
}
