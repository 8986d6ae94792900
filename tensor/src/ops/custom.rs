//! Operations that users make.

use smallvec::SmallVec;

use super::structural;
use crate::element::Element;
use crate::recording::{Arguments, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// An operation with a result and rules of one's own: for what has a better derivative than that of its steps, or is
/// computed by foreign code.
///
/// (A function of single numbers is better made a row of [`rules!`](wengert_autodiff::rules!): it works elementwise, is
/// fused with others, and has every order.)
///
/// The rules are array programs. Where they use operations that have derivatives, so has the custom operation, to every
/// order; where they call [`opaque`] code, a second derivative panics, and is never silently wrong.
///
/// ```
/// use wengert_tensor::*;
///
/// /// √(1 + Σx²), with the rule x/y.
/// struct Pseudonorm;
/// impl CustomOperation<f64> for Pseudonorm {
///     fn name(&self) -> &'static str {
///         "pseudonorm"
///     }
///     fn shape(&self, _: &[Shape]) -> Shape {
///         Shape::from([])
///     }
///     fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
///         Tensor::from((1.0 + inputs[0].to_vec().iter().map(|x| x * x).sum::<f64>()).sqrt())
///     }
///     fn vjp(&self, inputs: &[Var<f64>], y: Var<f64>, cotangent: Var<f64>) -> Vec<Var<f64>> {
///         vec![inputs[0] / y * cotangent]
///     }
///     fn jvp(&self, inputs: &[Var<f64>], y: Var<f64>, tangents: &[Var<f64>]) -> Var<f64> {
///         (inputs[0] * tangents[0]).sum() / y
///     }
/// }
///
/// let x = Tensor::from([2.0, 2.0]);
/// assert_eq!(gradient(&x, |x| custom(Pseudonorm, &[x])), Tensor::from([2.0 / 3.0, 2.0 / 3.0]));
/// // The Hessian is (1 − xxᵀ/y²)/y.
/// let hv = hvp(|x| custom(Pseudonorm, &[x]), &x, &Tensor::from([1.0, 0.0]));
/// assert!(hv.is_close(&Tensor::from([5.0 / 27.0, -4.0 / 27.0]), 1e-15));
/// ```
pub trait CustomOperation<T: Element>: 'static {
    /// The operation's name, for messages and reports.
    fn name(&self) -> &'static str;

    /// The shape of the result, given those of the inputs.
    fn shape(&self, inputs: &[Shape]) -> Shape;

    /// The result.
    fn forward(&self, inputs: &[&Tensor<T>]) -> Tensor<T>;

    /// For each input, the product of the cotangent of the result with the Jacobian.
    fn vjp(&self, inputs: &[Var<T>], output: Var<T>, cotangent: Var<T>) -> Vec<Var<T>>;

    /// The tangent of the result, given those of the inputs (zeros where there is none).
    fn jvp(&self, inputs: &[Var<T>], output: Var<T>, tangents: &[Var<T>]) -> Var<T>;
}

/// The result of a [`CustomOperation`].
#[track_caller]
pub fn custom<T: Element>(operation: impl CustomOperation<T>, inputs: &[Var<T>]) -> Var<T> {
    let shapes: Vec<Shape> = inputs.iter().map(|x| x.shape()).collect();
    let shape = operation.shape(&shapes);
    structural(Custom(operation), inputs, shape)
}

struct Custom<C>(C);

impl<T: Element, C: CustomOperation<T>> Operation<T> for Custom<C> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        let result = self.0.forward(inputs);
        let other = result.shape();
        assert!(
            other == shape,
            "{}: forward gave a result of shape {other}, and `shape` had said {shape}",
            self.0.name()
        );
        result
    }

    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        self.vjps(at, &|k| k == argument, cotangent)[argument]
    }

    /// (The user's rule is called once, for all inputs.)
    fn vjps(
        &self,
        at: &Arguments<'_, T>,
        wanted: &dyn Fn(usize) -> bool,
        cotangent: Var<T>,
    ) -> SmallVec<[Option<Var<T>>; 4]> {
        let products = self.0.vjp(at.inputs, at.output, cotangent);
        assert!(
            products.len() == at.inputs.len(),
            "{}: vjp gave {} cotangents for {} inputs",
            self.0.name(),
            products.len(),
            at.inputs.len()
        );
        for (k, (input, product)) in at.inputs.iter().zip(&products).enumerate() {
            let (shape, other) = (input.shape(), product.shape());
            assert!(
                other.broadcasts_to(&shape),
                "{}: vjp gave a cotangent of shape {other} for input {k} of shape {shape}",
                self.0.name()
            );
        }
        products.into_iter().enumerate().map(|(k, y)| wanted(k).then_some(y)).collect()
    }

    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let in_shape = |(x, tangent): (&Var<T>, &Option<Var<T>>)| {
            super::expand_to(tangent.unwrap_or(Var::number(T::zero())), &x.shape())
        };
        let tangents: Vec<Var<T>> = at.inputs.iter().zip(tangents).map(in_shape).collect();
        Some(self.0.jvp(at.inputs, at.output, &tangents))
    }
}

/// The result, of the given shape, of code that has no derivative: for use in the rules of a [`CustomOperation`].
///
/// # Panics
/// When it is differentiated, naming the operation.
///
/// ```should_panic
/// use wengert_tensor::*;
/// let x = Tensor::from([1.0, 2.0]);
/// gradient(&x, |x| opaque("lookup", [2], &[x], |x| x[0].clone()));
/// ```
#[track_caller]
pub fn opaque<T: Element>(
    name: &'static str,
    shape: impl Into<Shape>,
    inputs: &[Var<T>],
    forward: impl Fn(&[&Tensor<T>]) -> Tensor<T> + 'static,
) -> Var<T> {
    structural(Opaque { name, forward }, inputs, shape.into())
}

struct Opaque<F> {
    name: &'static str,
    forward: F,
}

impl<F> Opaque<F> {
    #[track_caller]
    fn no_derivative(&self) -> ! {
        panic!(
            "{}: this code has no derivative; state one by a `CustomOperation`, or stop the gradient with `.detach()`",
            self.name
        )
    }
}

impl<T: Element, F: Fn(&[&Tensor<T>]) -> Tensor<T> + 'static> Operation<T> for Opaque<F> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        (self.forward)(inputs)
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        self.no_derivative()
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        self.no_derivative()
    }
}
