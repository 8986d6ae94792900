//! A number that records what is done to it.

mod graph;
mod operators;
mod recording;
mod simplify;
mod slices;

use core::cmp::Ordering;
use core::fmt;
use core::ops::{BitAnd, BitOr, Not};

use num_traits::{FromPrimitive, One, ToPrimitive, Zero};
use wengert_autodiff::{Number, Real, Rule, SliceRule};

pub use graph::{Function, Graph, Id, Node};

/// A number whose value is not known yet: a function that is generic over [`Real`], or a row of the rule
/// table, leaves its expression in a [`Graph`] when it is called with symbols.
///
/// Branches by value are choices in the expression: [`Number::choose`], or `less(…)` and `blend`, and the functions of
/// the table (`abs`, `max`, `clamp`, `relu`, …). Constants are `f64`; device code for `f32` rounds them.
///
/// # Panics
/// Comparison by `<` or `==` and everything else that asks for a value (`primal`, `is_zero`, conversion to a machine
/// number) panics, unless the symbol is a constant. So does a symbol outside of its recording.
///
/// ```
/// use wengert_autodiff::{Mask, Number, Real};
/// use wengert_cuda_kernels::{Graph, Symbol};
///
/// fn ramp<R: Real>(x: R) -> R {
///     R::choose(R::zero().less(x), || x, || x * 0.01)
/// }
/// let graph = Graph::record(1, |x| vec![ramp(x[0])]);
/// assert_eq!(graph.nodes().len(), 6); // x, 0, 0 < x, 0.01, the product, the choice
/// ```
///
/// ```should_panic
/// use wengert_autodiff::Real;
/// use wengert_cuda_kernels::Graph;
/// fn ramp<R: Real>(x: R) -> R {
///     if x > 0.0 { x } else { x * 0.01 }
/// }
/// Graph::record(1, |x| vec![ramp(x[0])]); // "… a symbol has no value …"
/// ```
#[derive(Clone, Copy)]
pub struct Symbol(Handle);

#[derive(Clone, Copy)]
enum Handle {
    /// A constant, which needs no recording.
    Number(f64),
    Node {
        recording: u64,
        place: Id,
    },
}

/// The outcome of a comparison of symbols.
///
/// ```
/// use wengert_autodiff::Number;
/// use wengert_cuda_kernels::{Graph, Symbol};
/// let graph = Graph::record(2, |x| {
///     let between = x[0].less(x[1]) & !x[1].equal(1.0.into());
///     vec![Symbol::blend(between, x[0], x[1])]
/// });
/// assert_eq!(graph.nodes().len(), 8);
/// ```
#[derive(Clone, Copy)]
pub struct SymbolMask(Handle);

impl Symbol {
    /// Whether [`Number::apply_slices`] has an expression for this rule: whether it is one of the library's table.
    ///
    /// ```
    /// assert!(wengert_cuda_kernels::Symbol::knows_slices::<2, wengert_autodiff::rules::Dot>());
    /// ```
    pub fn knows_slices<const A: usize, K: SliceRule<A>>() -> bool {
        slices::is_known::<A, K>()
    }

    #[track_caller]
    fn node(node: Node) -> Self {
        Self(recording::push(node))
    }

    #[track_caller]
    fn binary(node: impl Fn(Id, Id) -> Node, a: Self, b: Self) -> Self {
        Self::node(node(recording::place(a.0), recording::place(b.0)))
    }

    /// The value, if it is known.
    #[track_caller]
    fn known(&self, what: &str) -> f64 {
        match self.0 {
            Handle::Number(value) => value,
            Handle::Node { .. } => panic!(
                "{what}: a symbol has no value while its expression is recorded, so that it cannot decide a branch \
                 of the program; choose within the expression, by `R::choose(a.less(b), || yes, || no)`, or by a \
                 function such as `max`, `abs` or `clamp`"
            ),
        }
    }
}

impl SymbolMask {
    #[track_caller]
    fn binary(node: impl Fn(Id, Id) -> Node, a: Handle, b: Handle) -> Self {
        Self(recording::push(node(recording::place(a), recording::place(b))))
    }
}

impl Number for Symbol {
    type Primitive = f64;
    type Mask = SymbolMask;
    const RECORDINGS: usize = 0;

    fn from_primitive(value: f64) -> Self {
        Self(Handle::Number(value))
    }

    #[track_caller]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        let mut operands = [0; 3];
        assert!(
            A <= operands.len(),
            "{}: rules have one to three arguments, this has {A}",
            K::NAME
        );
        for (operand, x) in operands.iter_mut().zip(x) {
            *operand = recording::place(x.0);
        }
        Self::node(Node::Call(Function::of(rule), operands))
    }

    #[track_caller]
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        slices::apply(rule, x)
    }

    #[track_caller]
    fn less(self, other: Self) -> SymbolMask {
        SymbolMask::binary(Node::Less, self.0, other.0)
    }

    #[track_caller]
    fn equal(self, other: Self) -> SymbolMask {
        SymbolMask::binary(Node::Equal, self.0, other.0)
    }

    #[track_caller]
    fn blend(mask: SymbolMask, yes: Self, no: Self) -> Self {
        let [mask, yes_at, no_at] = [mask.0, yes.0, no.0].map(recording::place);
        // (Equal branches need no choice.)
        if yes_at == no_at { yes } else { Self::node(Node::Select(mask, yes_at, no_at)) }
    }

    /// Whether this is the constant 0.
    fn is_structural_zero(&self) -> bool {
        matches!(self.0, Handle::Number(value) if value == 0.0)
    }

    /// The symbol itself: an expression carries no derivatives.
    fn detach(self) -> Self {
        self
    }

    #[track_caller]
    fn primal(&self) -> f64 {
        self.known("primal")
    }

    #[track_caller]
    fn strong_mul(self, other: Self) -> Self {
        if self.is_structural_zero() || other.is_structural_zero() {
            return Self::zero();
        }
        let is_one = |x: Self| matches!(x.0, Handle::Number(1.0));
        match (is_one(self), is_one(other)) {
            (true, _) => other,
            (_, true) => self,
            _ => {
                let zero = Self::zero();
                let absorbs = self.equal(zero) | other.equal(zero);
                Self::blend(absorbs, zero, self * other)
            }
        }
    }
}

impl Real for Symbol {}

impl wengert_autodiff::Mask for SymbolMask {
    #[track_caller]
    fn choose<R: Number<Mask = Self>>(self, yes: impl FnOnce() -> R, no: impl FnOnce() -> R) -> R {
        R::blend(self, yes(), no())
    }
}

impl BitAnd for SymbolMask {
    type Output = Self;
    #[track_caller]
    fn bitand(self, other: Self) -> Self {
        Self::binary(Node::And, self.0, other.0)
    }
}

impl BitOr for SymbolMask {
    type Output = Self;
    #[track_caller]
    fn bitor(self, other: Self) -> Self {
        Self::binary(Node::Or, self.0, other.0)
    }
}

impl Not for SymbolMask {
    type Output = Self;
    #[track_caller]
    fn not(self) -> Self {
        Self(recording::push(Node::Not(recording::place(self.0))))
    }
}

impl Zero for Symbol {
    fn zero() -> Self {
        Self(Handle::Number(0.0))
    }
    #[track_caller]
    fn is_zero(&self) -> bool {
        self.known("is_zero") == 0.0
    }
}

impl One for Symbol {
    fn one() -> Self {
        Self(Handle::Number(1.0))
    }
}

impl From<f64> for Symbol {
    fn from(value: f64) -> Self {
        Self(Handle::Number(value))
    }
}

impl FromPrimitive for Symbol {
    fn from_i64(n: i64) -> Option<Self> {
        f64::from_i64(n).map(Self::from)
    }
    fn from_u64(n: u64) -> Option<Self> {
        f64::from_u64(n).map(Self::from)
    }
    fn from_f64(n: f64) -> Option<Self> {
        Some(Self::from(n))
    }
}

impl ToPrimitive for Symbol {
    #[track_caller]
    fn to_i64(&self) -> Option<i64> {
        self.known("to_i64").to_i64()
    }
    #[track_caller]
    fn to_u64(&self) -> Option<u64> {
        self.known("to_u64").to_u64()
    }
    #[track_caller]
    fn to_f64(&self) -> Option<f64> {
        Some(self.known("to_f64"))
    }
}

impl PartialEq for Symbol {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        self.known("comparison") == other.known("comparison")
    }
}

impl PartialOrd for Symbol {
    #[track_caller]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.known("comparison").partial_cmp(&other.known("comparison"))
    }
}

impl PartialEq<f64> for Symbol {
    #[track_caller]
    fn eq(&self, other: &f64) -> bool {
        self.known("comparison") == *other
    }
}

impl PartialOrd<f64> for Symbol {
    #[track_caller]
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        self.known("comparison").partial_cmp(other)
    }
}

/// A constant as its number, else the place in the recording.
impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for SymbolMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Handle::Number(value) => write!(f, "{value}"),
            Handle::Node { place, .. } => write!(f, "#{place}"),
        }
    }
}
