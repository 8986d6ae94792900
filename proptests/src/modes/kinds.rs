//! Modes of differentiation, composed as number types are: `Reverse<Forward<f64>>` is `Var<Dual<f64>>`.

use core::marker::PhantomData;

use super::Machine;
use super::row::Orders;
use wengert_autodiff::{Dual, DualVec, Number, Tape, Taylor, Var};

/// What is differentiated: results from arguments.
pub type Body<'a, R> = &'a dyn Fn(&[R]) -> Vec<R>;

/// A way to find derivatives along the straight line x + t v.
pub trait Mode: 'static {
    /// The number type on which the function is evaluated.
    type Number: Number<Primitive = Self::Machine>;
    /// The machine number underneath.
    type Machine: Machine;
    /// The highest order of derivatives that is found.
    const ORDER: usize;

    /// The number type, as it is written.
    fn name() -> String;

    /// For each output of `f`, all that this mode says about its derivatives along the line.
    fn along(
        x: &[Self::Machine],
        v: &[Self::Machine],
        f: Body<'_, Self::Number>,
    ) -> Vec<Orders<Self::Machine>>;
}

/// No derivatives: a machine number itself.
#[derive(Debug)]
pub struct Plain<F>(PhantomData<F>);

impl<F: Machine> Mode for Plain<F> {
    type Number = F;
    type Machine = F;
    const ORDER: usize = 0;

    fn name() -> String {
        core::any::type_name::<F>().into()
    }
    fn along(x: &[F], _v: &[F], f: Body<'_, F>) -> Vec<Orders<F>> {
        f(x).into_iter().map(|y| Orders(vec![vec![y]])).collect()
    }
}

/// `parts` numbers of an inner mode for each output: those of order 0, 1, … of the outer mode.
fn regroup<F: Machine>(inner: Vec<Orders<F>>, parts: usize) -> Vec<Orders<F>> {
    inner.chunks(parts).map(|parts| Orders::merged(parts)).collect()
}

/// One tangent.
#[derive(Debug)]
pub struct Forward<M>(PhantomData<M>);

impl<M: Mode> Mode for Forward<M> {
    type Number = Dual<M::Number>;
    type Machine = M::Machine;
    const ORDER: usize = M::ORDER + 1;

    fn name() -> String {
        format!("Dual<{}>", M::name())
    }
    fn along(
        x: &[M::Machine],
        v: &[M::Machine],
        f: Body<'_, Self::Number>,
    ) -> Vec<Orders<M::Machine>> {
        let inner = M::along(x, v, &|x| {
            let line =
                |(&x, &v): (&M::Number, &M::Machine)| Dual::new(x, M::Number::from_primitive(v));
            let x: Vec<_> = x.iter().zip(v).map(line).collect();
            f(&x).into_iter().flat_map(|y| [y.value, y.tangent()]).collect()
        });
        regroup(inner, 2)
    }
}

/// Σ partialₖ vₖ, for all k for which vₖ is not zero.
fn along_line<R: Number>(partials: impl Iterator<Item = R>, v: &[R::Primitive]) -> R {
    let mut sum = R::zero();
    for (partial, &v) in partials.zip(v) {
        sum += partial.strong_mul(R::from_primitive(v));
    }
    sum
}

/// A tangent for each argument (eight at most).
#[derive(Debug)]
pub struct Vector<M>(PhantomData<M>);

impl<M: Mode> Mode for Vector<M> {
    type Number = DualVec<M::Number, 8>;
    type Machine = M::Machine;
    const ORDER: usize = M::ORDER + 1;

    fn name() -> String {
        format!("DualVec<{}, 8>", M::name())
    }
    fn along(
        x: &[M::Machine],
        v: &[M::Machine],
        f: Body<'_, Self::Number>,
    ) -> Vec<Orders<M::Machine>> {
        let inner = M::along(x, v, &|x| {
            let x: Vec<_> = x.iter().enumerate().map(|(k, &x)| DualVec::variable(x, k)).collect();
            f(&x)
                .into_iter()
                .flat_map(|y| [y.value, along_line(y.tangents.into_iter(), v)])
                .collect()
        });
        regroup(inner, 2)
    }
}

/// A Taylor series up to order `N`.
#[derive(Debug)]
pub struct Series<M, const N: usize>(PhantomData<M>);

impl<M: Mode, const N: usize> Mode for Series<M, N> {
    type Number = Taylor<M::Number, N>;
    type Machine = M::Machine;
    const ORDER: usize = M::ORDER + N;

    fn name() -> String {
        format!("Taylor<{}, {N}>", M::name())
    }
    fn along(
        x: &[M::Machine],
        v: &[M::Machine],
        f: Body<'_, Self::Number>,
    ) -> Vec<Orders<M::Machine>> {
        let inner = M::along(x, v, &|x| {
            let line =
                |(&x, &v): (&M::Number, &M::Machine)| Taylor::line(x, M::Number::from_primitive(v));
            let x: Vec<_> = x.iter().zip(v).map(line).collect();
            f(&x).into_iter().flat_map(|y| (0..=N).map(move |k| y.derivative(k))).collect()
        });
        regroup(inner, N + 1)
    }
}

/// A recording of which all arguments are variables.
#[derive(Debug)]
pub struct Reverse<M>(PhantomData<M>);

/// A recording in which arguments that do not move along the line are constants.
#[derive(Debug)]
pub struct Sparse<M>(PhantomData<M>);

/// Records `f` once for each output, and goes back through the recording.
fn record<M: Mode>(
    x: &[M::Number],
    v: &[M::Machine],
    f: Body<'_, Var<M::Number>>,
    variable: impl Fn(M::Machine) -> bool,
) -> Vec<M::Number> {
    let tape = Tape::new();
    let argument = |(&x, &v): (&M::Number, &M::Machine)| {
        if variable(v) { tape.var(x) } else { Var::constant(x) }
    };
    let x: Vec<_> = x.iter().zip(v).map(argument).collect();
    let slope = |y: Var<M::Number>| {
        let gradient = tape.gradient(y);
        along_line(x.iter().map(|&x| gradient.wrt(x)), v)
    };
    f(&x).into_iter().flat_map(|y| [y.value(), slope(y)]).collect()
}

impl<M: Mode> Mode for Reverse<M> {
    type Number = Var<M::Number>;
    type Machine = M::Machine;
    const ORDER: usize = M::ORDER + 1;

    fn name() -> String {
        format!("Var<{}>", M::name())
    }
    fn along(
        x: &[M::Machine],
        v: &[M::Machine],
        f: Body<'_, Self::Number>,
    ) -> Vec<Orders<M::Machine>> {
        regroup(M::along(x, v, &|x| record::<M>(x, v, f, |_| true)), 2)
    }
}

impl<M: Mode> Mode for Sparse<M> {
    type Number = Var<M::Number>;
    type Machine = M::Machine;
    const ORDER: usize = M::ORDER + 1;

    fn name() -> String {
        format!("Var<{}>, others constant", M::name())
    }
    fn along(
        x: &[M::Machine],
        v: &[M::Machine],
        f: Body<'_, Self::Number>,
    ) -> Vec<Orders<M::Machine>> {
        regroup(M::along(x, v, &|x| record::<M>(x, v, f, |v| !v.is_structural_zero())), 2)
    }
}
