//! A number that knows how far rounding may have moved it.

use core::fmt;
use core::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign,
};

use num_traits::{One, Zero};
use wengert_autodiff::rules::Remainder;
use wengert_autodiff::{Number, Rule, SliceRule};

/// By how many units in the last place the functions of the rule table may be off.
const RULE_ULPS: f64 = 16.0;

/// How far rounding moves a number.
fn rounding(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.abs() * (f64::EPSILON / 2.0) + SMALLEST }
}

/// The smallest positive number.
const SMALLEST: f64 = f64::from_bits(1);

/// The result of a computation in `f64`, with a bound of what rounding has done to it: a running
/// error analysis, to first order.
///
/// A number type of its own, so that every derivative can be computed in it, in every mode:
/// `Dual<Rounded>`, `Var<Dual<Rounded>>`. Two ways to the same derivative must agree up to the sum of
/// their bounds; no tolerance is left to choose.
///
/// ```
/// use wengert_autodiff::derivative;
/// use wengert_proptests::check::Rounded;
///
/// let slope = derivative(|x| (x * x).exp(), Rounded::exact(0.3));
/// let exact = 0.656_504_570_223_126_4;                           // 0.6 exp(0.09)
/// assert!((slope.value - exact).abs() <= slope.error && slope.error < 1e-14);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rounded {
    /// What `f64` computes.
    pub value: f64,
    /// How far that may be from the exact result.
    pub error: f64,
}

/// |factor| · error, where no error stays none, and an error does not vanish.
fn times(factor: f64, error: f64) -> f64 {
    match factor.abs() * error {
        _ if error == 0.0 => 0.0,
        0.0 if factor != 0.0 => SMALLEST,
        product => valid(product),
    }
}

/// An error that is not a number is one of any size.
fn valid(error: f64) -> f64 {
    if error.is_nan() { f64::INFINITY } else { error }
}

impl Rounded {
    /// A number that is what it is.
    pub fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// The correctly rounded result of an operation on arguments with this error.
    fn after_rounding(value: f64, inherited: f64) -> Self {
        Self { value, error: valid(inherited + rounding(value)) }
    }
}

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ± {}", self.value, self.error)
    }
}

impl Neg for Rounded {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

// (Operations are not inlined: in nestings of three modes they would be most of the code.)
impl Add for Rounded {
    type Output = Self;
    #[inline(never)]
    fn add(self, other: Self) -> Self {
        // Adding an exact zero is exact.
        let untouched = |x: &Self| x.value == 0.0 && x.error == 0.0;
        let value = self.value + other.value;
        if untouched(&self) || untouched(&other) {
            return Self { value, error: self.error + other.error };
        }
        Self::after_rounding(value, self.error + other.error)
    }
}

impl Sub for Rounded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Rounded {
    type Output = Self;
    #[inline(never)]
    fn mul(self, other: Self) -> Self {
        let inherited = times(self.value, other.error)
            + times(other.value, self.error)
            + times(self.error, other.error);
        let value = self.value * other.value;
        // A product that underflows to zero is not exact.
        let vanished = value == 0.0 && self.value != 0.0 && other.value != 0.0;
        Self::after_rounding(value, inherited + if vanished { SMALLEST } else { 0.0 })
    }
}

impl Div for Rounded {
    type Output = Self;
    #[inline(never)]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let least = other.value.abs() - other.error;
        let change = self.error + times(value, other.error);
        let inherited = if change == 0.0 {
            0.0
        } else if least > 0.0 {
            (change / least).max(SMALLEST)
        } else {
            f64::INFINITY
        };
        let vanished = value == 0.0 && self.value != 0.0;
        Self::after_rounding(value, inherited + if vanished { SMALLEST } else { 0.0 })
    }
}

impl Rem for Rounded {
    type Output = Self;
    fn rem(self, other: Self) -> Self {
        Self::apply(Remainder {}, [self, other])
    }
}

macro_rules! forms {
    ($($Op:ident $op:ident $OpAssign:ident $op_assign:ident;)*) => {$(
        impl $Op<&Rounded> for Rounded {
            type Output = Rounded;
            fn $op(self, other: &Rounded) -> Rounded {
                $Op::$op(self, *other)
            }
        }
        impl $OpAssign for Rounded {
            fn $op_assign(&mut self, other: Rounded) {
                *self = $Op::$op(*self, other);
            }
        }
        impl $OpAssign<&Rounded> for Rounded {
            fn $op_assign(&mut self, other: &Rounded) {
                *self = $Op::$op(*self, *other);
            }
        }
    )*};
}
forms! {
    Add add AddAssign add_assign;
    Sub sub SubAssign sub_assign;
    Mul mul MulAssign mul_assign;
    Div div DivAssign div_assign;
    Rem rem RemAssign rem_assign;
}

impl Zero for Rounded {
    fn zero() -> Self {
        Self::exact(0.0)
    }
    fn is_zero(&self) -> bool {
        self.value == 0.0
    }
}

impl One for Rounded {
    fn one() -> Self {
        Self::exact(1.0)
    }
}

/// Compares values.
impl PartialEq for Rounded {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Number for Rounded {
    type Primitive = f64;
    type Mask = bool;
    const RECORDINGS: usize = 0;

    fn from_primitive(value: f64) -> Self {
        Self::exact(value)
    }

    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        let values = x.map(|x| x.value);
        let value = rule.value(values);
        let mut error = RULE_ULPS * rounding(value);
        for (argument, x) in x.iter().enumerate() {
            if x.error != 0.0 {
                error += times(rule.partial(argument, values, value), x.error);
            }
        }
        Self { value, error: valid(error) }
    }

    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        let values = x.map(|x| x.iter().map(|x| x.value).collect::<Vec<f64>>());
        let values = core::array::from_fn(|k| values[k].as_slice());
        let value = rule.value(values);
        let mut elements = x.iter().copied().flatten();
        // Each of the terms is rounded, and so is each partial sum.
        let operations = elements.clone().count() as f64 + RULE_ULPS;
        let mut error = operations * rounding(value);
        rule.partials(values, value, |partial| {
            let x = elements.next().expect("a slice rule emits one partial for each element");
            error += times(partial, x.error + operations * rounding(x.value));
        });
        Self { value, error: valid(error) }
    }

    fn less(self, other: Self) -> bool {
        self.value < other.value
    }

    fn equal(self, other: Self) -> bool {
        self.value == other.value
    }

    fn blend(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    fn is_structural_zero(&self) -> bool {
        self.value == 0.0 && self.error == 0.0
    }

    fn primal(&self) -> f64 {
        self.value
    }
}
