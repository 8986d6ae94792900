//! Reverse mode: a value with a handle to the recording of how it was computed.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, Div, Mul, Neg, Rem, Sub};

use crate::dual::DualVec;
use crate::number::Number;
use crate::rules::{Remainder, Rule, SliceRule};
use crate::section::{self, Crew};
use crate::tape::{CONSTANT, Scratch, record};

/// A number whose computation is recorded on a [`Tape`](crate::Tape), or a constant.
///
/// `Copy`, `'static`, `Send` and `Sync`, 16 bytes for `f64`. Comparisons look at the value alone.
/// `Var::from(2.0)` is a constant, which records nothing.
///
/// ```
/// use wengert_autodiff::{Tape, Var};
/// let tape = Tape::new();
/// let x: Var<f64> = tape.var(3.0);
/// let y = 2.0 * x * x + Var::from(1.0);
/// assert_eq!(y.value(), 19.0);
/// assert_eq!(tape.gradient(y).wrt(x), 12.0);
/// assert_eq!(size_of::<Var<f64>>(), 16);
/// ```
///
/// # Panics
/// Operations panic if the operands belong to different recordings, or to one that has ended or lives on another
/// thread.
#[derive(Clone, Copy)]
pub struct Var<T> {
    value: T,
    /// The number of its node ([`CONSTANT`] if there is none).
    id: u64,
}

impl<T> Var<T> {
    #[inline]
    pub(crate) fn from_parts(value: T, id: u64) -> Self {
        Self { value, id }
    }

    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

/// Tells the compiler to put the branch that calls this out of the way of the others. (Where constants are known when a program
/// is compiled, there is no branch.)
#[cold]
#[inline]
fn seldom() {}

impl<T: Number> Var<T> {
    /// A number that is not recorded, whatever `T` is: how an outer variable enters an inner recording.
    ///
    /// ```
    /// use wengert_autodiff::{Tape, Var};
    /// let outer = Tape::new();
    /// let x = outer.var(3.0);
    /// let inner = Tape::new();
    /// let y = inner.var(x);
    /// let z = y * Var::constant(x);                              // x is a constant of the inner recording,
    /// let dz_dy = inner.gradient(z).wrt(y);
    /// assert_eq!(outer.gradient(dz_dy).wrt(x), 1.0);             // and a variable of the outer one
    /// ```
    #[inline]
    pub fn constant(value: T) -> Self {
        Self { value, id: CONSTANT }
    }

    /// The value of the plain computation.
    ///
    /// ```
    /// use wengert_autodiff::Tape;
    /// assert_eq!((Tape::new().var(3.0)).value(), 3.0);
    /// ```
    #[inline]
    pub fn value(self) -> T {
        self.value
    }

    /// Whether the number is a constant: no derivative flows through it.
    ///
    /// ```
    /// use wengert_autodiff::{Tape, Var};
    /// let tape = Tape::new();
    /// assert!(Var::constant(1.0).is_constant() && !tape.var(1.0).is_constant());
    /// ```
    #[inline]
    pub fn is_constant(&self) -> bool {
        self.id == CONSTANT
    }

    #[track_caller]
    pub(crate) fn assert_live(&self, operation: &str) {
        record::assert_live::<T>(self.id, operation);
    }

    /// The results of `f`, each recorded as one node, whose partials are the tangents of the result.
    #[inline]
    #[track_caller]
    pub(crate) fn fused<const N: usize, const M: usize>(
        x: [Self; N],
        f: impl Fn([DualVec<T, N>; N]) -> [DualVec<T, N>; M],
    ) -> [Self; M] {
        let y = DualVec::seeded(x.map(|x| x.value), x.map(|x| x.is_constant()), f);
        let mut results = y.map(|y| Self::constant(y.value));
        for (result, y) in results.iter_mut().zip(&y) {
            *result = Self::record("fuse", y.value, x, |argument| y.tangents[argument]);
        }
        results
    }

    /// A function of a few numbers with the given value; `partial(k)` is asked for recorded operands
    /// only.
    #[inline(always)]
    #[track_caller]
    fn record<const A: usize>(
        name: &'static str,
        value: T,
        x: [Self; A],
        partial: impl Fn(usize) -> T,
    ) -> Self {
        let recorded = x.map(|x| !x.is_constant());
        let id = match recorded.as_slice() {
            [true] => record::record([x[0].id], [partial(0)], name, value),
            [true, true] => {
                record::record([x[0].id, x[1].id], [partial(0), partial(1)], name, value)
            }
            [true, false] => {
                seldom();
                record::record([x[0].id], [partial(0)], name, value)
            }
            [false, true] => {
                seldom();
                record::record([x[1].id], [partial(1)], name, value)
            }
            [false] | [false, false] => {
                seldom();
                CONSTANT
            }
            _ if (3..=record::FEW).contains(&A) && recorded == [true; A] => {
                let partials: [T; A] = core::array::from_fn(partial);
                record::record_few(&x.map(|x| x.id), &partials, name, value)
            }
            _ if recorded.iter().filter(|&&recorded| recorded).count() > record::FEW => {
                let partial = |argument| if recorded[argument] { partial(argument) } else { value };
                let partials: [T; A] = core::array::from_fn(partial);
                record::record_wide([&x], &partials, name, value)
            }
            _ => {
                let (mut ids, mut partials, mut count) = ([CONSTANT; A], [value; A], 0);
                for argument in (0..A).filter(|&argument| recorded[argument]) {
                    (ids[count], partials[count]) = (x[argument].id, partial(argument));
                    count += 1;
                }
                match count {
                    0 => CONSTANT,
                    1 => record::record([ids[0]], [partials[0]], name, value),
                    _ => record::record_few(&ids[..count], &partials[..count], name, value),
                }
            }
        };
        Self { value, id }
    }

    /// self + a · b; of three numbers that are not all recorded, in one node.
    #[track_caller]
    fn plus_product(self, a: Self, b: Self) -> Self {
        let value = self.value + a.value * b.value;
        let plus = |x: Self, factor: T| {
            let partial = |argument| if argument == 0 { T::one() } else { factor };
            Self::record("add", value, [self, x], partial)
        };
        match [self, a, b].map(|x| x.is_constant()) {
            [true, _, _] => {
                let partial = |argument| if argument == 0 { b.value } else { a.value };
                Self::record("mul", value, [a, b], partial)
            }
            [_, true, _] => plus(b, a.value),
            [_, _, true] => plus(a, b.value),
            _ => self + a * b,
        }
    }
}

impl<T: Number> Number for Var<T> {
    type Primitive = T::Primitive;
    type Mask = T::Mask;
    const RECORDINGS: usize = T::RECORDINGS + 1;

    #[inline]
    fn from_primitive(value: T::Primitive) -> Self {
        Self::constant(T::from_primitive(value))
    }

    #[inline]
    #[track_caller]
    fn apply<const A: usize, K: Rule<A>>(rule: K, x: [Self; A]) -> Self {
        let values = x.map(|x| x.value);
        let value = T::apply(rule, values);
        Self::record(K::NAME, value, x, |argument| rule.partial(argument, values, value))
    }

    #[track_caller]
    fn apply_slices<const A: usize, K: SliceRule<A>>(rule: K, x: [&[Self]; A]) -> Self {
        // On the stack if they are few, where kept memory would take longer to get than to use.
        const FEW: usize = 32;
        let elements = x.iter().map(|x| x.len()).sum();
        let (mut few, mut many);
        let (values, partials): (&mut [T], &mut [T]) = if elements <= FEW {
            few = [[T::zero(); FEW]; 2];
            let [values, partials] = &mut few;
            (&mut values[..elements], &mut partials[..elements])
        } else {
            many = Scratch::new();
            many.resize(2 * elements, T::zero());
            many.split_at_mut(elements)
        };

        let mut slots = values.iter_mut();
        for x in x {
            x.iter().zip(slots.by_ref()).for_each(|(x, slot)| *slot = x.value);
        }
        let mut rest = &*values;
        let values = x.map(|x| rest.split_off(..x.len()).expect("as many values as elements"));
        let value = T::apply_slices(rule, values);

        let (mut emitted, mut slots) = (0, partials.iter_mut());
        rule.partials(values, value, |partial| {
            emitted += 1;
            slots.next().into_iter().for_each(|slot| *slot = partial);
        });
        assert!(
            emitted == elements,
            "{}: {emitted} partials of {elements} elements; a slice rule emits one for each",
            K::NAME,
        );
        Self { value, id: record::record_wide(x, partials, K::NAME, value) }
    }

    #[inline]
    fn less(self, other: Self) -> T::Mask {
        self.value.less(other.value)
    }

    #[inline]
    fn equal(self, other: Self) -> T::Mask {
        self.value.equal(other.value)
    }

    #[inline]
    #[track_caller]
    fn blend(mask: T::Mask, yes: Self, no: Self) -> Self {
        Self::record("blend", T::blend(mask, yes.value, no.value), [yes, no], |argument| {
            let (one, zero) = (T::one(), T::zero());
            if argument == 0 { T::blend(mask, one, zero) } else { T::blend(mask, zero, one) }
        })
    }

    #[inline]
    fn is_structural_zero(&self) -> bool {
        self.is_constant() && self.value.is_structural_zero()
    }

    #[track_caller]
    fn section(
        crew: &impl Crew,
        x: &[Self],
        task: &(impl Fn(usize, &[Self], &mut Vec<Self>) + Sync),
        results: &mut Vec<Self>,
    ) {
        section::of_recorded(crew, x, task, results);
    }

    #[inline]
    fn is_finite_throughout(&self) -> bool {
        self.value.is_finite_throughout()
    }

    #[inline]
    #[track_caller]
    fn add_scaled<const N: usize>(
        mut sum: [Self; N],
        partial: Self,
        tangents: [Self; N],
    ) -> [Self; N] {
        for (sum, with) in sum.iter_mut().zip(tangents) {
            if !partial.is_structural_zero() && !with.is_structural_zero() {
                *sum = sum.plus_product(partial, with);
            }
        }
        sum
    }

    #[inline]
    fn primal(&self) -> T::Primitive {
        self.value.primal()
    }
}

impl<T: Number> Neg for Var<T> {
    type Output = Self;
    #[inline]
    #[track_caller]
    fn neg(self) -> Self {
        Self::record("neg", -self.value, [self], |_| -T::one())
    }
}

// (Inlined wherever they are called, which the compiler would not do by itself: what is computed then stays in registers. Builds for
// debugging would only take longer.)

impl<T: Number> Add for Var<T> {
    type Output = Self;
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn add(self, other: Self) -> Self {
        Self::record("add", self.value + other.value, [self, other], |_| T::one())
    }
}

impl<T: Number> Sub for Var<T> {
    type Output = Self;
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn sub(self, other: Self) -> Self {
        Self::record("sub", self.value - other.value, [self, other], |argument| {
            if argument == 0 { T::one() } else { -T::one() }
        })
    }
}

impl<T: Number> Mul for Var<T> {
    type Output = Self;
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn mul(self, other: Self) -> Self {
        Self::record("mul", self.value * other.value, [self, other], |argument| {
            if argument == 0 { other.value } else { self.value }
        })
    }
}

impl<T: Number> Div for Var<T> {
    type Output = Self;
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self::record("div", value, [self, other], |argument| {
            // −(a/b)/b, because b² overflows or underflows.
            if argument == 0 { T::one() / other.value } else { -(value / other.value) }
        })
    }
}

impl<T: Number> Rem for Var<T> {
    type Output = Self;
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn rem(self, other: Self) -> Self {
        Self::apply(Remainder {}, [self, other])
    }
}

impl<T: Number> Sum for Var<T> {
    /// Recorded as one node for each 32 terms.
    #[track_caller]
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        const BATCH: usize = 32;
        // The recorded terms of the sum.
        let mut recorded = [CONSTANT; BATCH];
        // (One place that asks for terms, so that what computes them is compiled into the loop; and the sum goes from one to the
        // next by value, so that it does so in a register.)
        let (sum, count) = terms.fold((None, 0), |(sum, mut count), term| {
            let before = sum.unwrap_or(term.value);
            if !term.is_constant() {
                if count == BATCH {
                    recorded[0] = record::record_sum(&recorded, before);
                    count = 1;
                }
                recorded[count] = term.id;
                count += 1;
            }
            (Some(if sum.is_some() { before + term.value } else { before }), count)
        });
        // (What std says of no terms: −0.)
        let value = sum.unwrap_or_else(|| T::lit(core::iter::empty::<f64>().sum()));
        let id = match recorded[..count] {
            [] => CONSTANT,
            [only] => only,
            [first, second] => record::record([first, second], [T::one(); 2], "sum", value),
            ref several => record::record_sum(several, value),
        };
        Self { value, id }
    }
}

impl<T: fmt::Display> fmt::Display for Var<T> {
    /// The value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.id == CONSTANT { "constant" } else { "var" };
        write!(f, "{name}({:?})", self.value)
    }
}
