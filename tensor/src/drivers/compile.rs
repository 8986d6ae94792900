//! Functions that are recorded once, and called many times.

use core::fmt;

use super::{ElementOf, leaves_of, with_leaves};
use crate::device::Device;
use crate::element::Element;
use crate::execute::Program;
use crate::recording;
use crate::shape::Shape;
use crate::tape::Tape;
use crate::tensor::Tensor;
use crate::tree::Tree;
use crate::var::Var;

/// A function of arrays, made by [`compile`].
pub struct Compiled<P: Tree, Q: Tree> {
    program: Program<ElementOf<P>>,
    shapes: Vec<Shape>,
    devices: Vec<Device>,
    /// What the result looks like.
    result: Q,
}

/// Records `f` once, for arguments with the shapes of `example`, and returns a function that computes the same from
/// other arguments of these shapes: what was decided while `f` ran (loops, branches, random numbers) stays so.
///
/// Calls save what recording, differentiating and planning cost, which for small arrays is most of the time. `f` may
/// contain drivers: a compiled function can return gradients beside values. JAX calls this `jit`.
///
/// # Panics
/// If `f` looks at the value of something that rests on an argument ([`Var::value`], or an operation that needs the
/// numbers, such as `argmax`). A choice between arrays is made by [`Mask::select`](crate::Mask::select).
///
/// ```
/// use wengert_tensor::{Tensor, Var, compile, value_and_gradient};
/// let loss = |w: Var<f64>, x: Var<f64>| (w * x).dot(w * x);
/// let (w, x) = (Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0]));
///
/// let mut step = compile(&(w.clone(), x.clone()), |(w, x)| value_and_gradient(&w, |w| loss(w, x)));
/// let (value, slope) = step.call(&(w.clone(), x));
/// assert_eq!((value, slope), (Tensor::from(73.0), Tensor::from([18.0, 64.0])));
///
/// let (value, slope) = step.call(&(w, Tensor::from([1.0, 0.0])));
/// assert_eq!((value, slope), (Tensor::from(1.0), Tensor::from([2.0, 0.0])));
/// ```
#[track_caller]
pub fn compile<T: Element, P: Tree<Leaf = Tensor<T>>, Q: Tree<Leaf = Var<T>>>(
    example: &P,
    f: impl FnOnce(P::With<Var<T>>) -> Q,
) -> Compiled<P, Q> {
    let tape = Tape::<T>::new();
    let shapes = example.leaves().into_iter().map(|x| x.shape().clone()).collect();
    let devices = example.leaves().into_iter().map(Tensor::device).collect();
    let arguments: Vec<Var<T>> =
        example.leaves().into_iter().map(|x| recording::argument(tape.number(), x)).collect();
    let result = f(with_leaves(example, &arguments));
    let program = Program::new(&arguments, &leaves_of(&result));
    Compiled { program, shapes, devices, result }
}

impl<T: Element, P: Tree<Leaf = Tensor<T>>, Q: Tree<Leaf = Var<T>>> Compiled<P, Q> {
    /// The function at `x`.
    ///
    /// # Panics
    /// If `x` has another number of arrays than the example had, or an array of another shape, or on another device.
    #[track_caller]
    pub fn call(&mut self, x: &P) -> Q::With<Tensor<T>> {
        assert!(
            x.count() == self.shapes.len(),
            "call: there are {} arrays, and the function was compiled for {}; compile it again",
            x.count(),
            self.shapes.len()
        );
        let mut known = self.shapes.iter().zip(&self.devices).enumerate();
        let mut misfit = None;
        x.for_each(&mut |argument| {
            let (k, (shape, device)) = known.next().expect("as many as there are arrays");
            if argument.shape() != shape || argument.device() != *device {
                misfit = misfit.or(Some((k, argument)));
            }
        });
        if let Some((k, argument)) = misfit {
            self.refuse(argument, k, &x.names()[k]);
        }
        let mut number = 0..;
        x.for_each(&mut |argument| {
            self.program.set(number.next().expect("there is no last one"), argument);
        });
        let mut number = 0..;
        self.program.run(|result| {
            self.result.map(&mut |_| result(number.next().expect("there is no last one")))
        })
    }

    /// Says what is wrong with argument number `k`.
    #[track_caller]
    fn refuse(&self, argument: &Tensor<T>, k: usize, name: &str) -> ! {
        let (shape, device) = (&self.shapes[k], &self.devices[k]);
        if argument.shape() != shape {
            panic!(
                "call: array `{name}` has shape {}, and the function was compiled for shape {shape}; compile it again",
                argument.shape()
            );
        }
        panic!(
            "call: array `{name}` is on {}, and the function was compiled for {device}; copy it there, by \
             `.to(&device)`, or compile it again",
            argument.device()
        );
    }
}

impl<P: Tree, Q: Tree> fmt::Debug for Compiled<P, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").field("arguments", &self.shapes).finish_non_exhaustive()
    }
}
