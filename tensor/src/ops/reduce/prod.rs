//! Products along axes.

use super::{Reduction, keep, of_all, over};
use crate::cpu;
#[cfg(feature = "cuda")]
use crate::device::work;
use crate::element::Element;
use crate::ops::cumulative::{Direction, product_before};
use crate::ops::structural;
use crate::recording::{Arguments, Members, Operation, Sweep};
use crate::shape::{Axes, Shape};
use crate::tensor::Tensor;
use crate::var::Var;

#[derive(Clone, Copy)]
struct Prod;

impl<T: Element> Reduction<T> for Prod {
    const NAME: &'static str = "prod";
    fn value(&self, x: &Tensor<T>, axis: usize) -> Tensor<T> {
        cpu::reduce::prod(x, &[axis], &x.shape().reduced(&[axis], false))
    }
    #[cfg(feature = "cuda")]
    fn value_on(&self, x: &Tensor<T>, axis: usize, shape: &Shape) -> Option<Tensor<T>> {
        Some(work::reduced(work::Reduction::Prod, x, &[axis], shape))
    }
    fn partials(&self, x: Var<T>, axis: usize, _: Var<T>) -> Var<T> {
        structural(OtherFactors { axis }, &[x], x.shape())
    }
}

/// The product of all *other* elements of the lane, as that of those before and those after: dividing the whole product
/// by a zero factor would lose the others.
struct OtherFactors {
    axis: usize,
}

impl OtherFactors {
    /// The products of the elements before each one, times those after it.
    #[track_caller]
    fn of<T: Element>(&self, x: Var<T>) -> Var<T> {
        let [before, after] = [Direction::Forward, Direction::Backward]
            .map(|direction| product_before(x, self.axis, direction));
        before * after
    }
}

impl<T: Element> Operation<T> for OtherFactors {
    fn name(&self) -> &'static str {
        "prod"
    }
    fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
        cpu::lanes::map(inputs[0], self.axis, cpu::reduce::other_factors)
    }
    fn expansion(&self, at: &Arguments<'_, T>, _: Sweep<T>) -> Option<Var<T>> {
        Some(self.of(at.inputs[0]))
    }
    #[cfg(feature = "cuda")]
    fn composed(&self, inputs: &[Var<T>]) -> Option<Var<T>> {
        Some(self.of(inputs[0]))
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        unreachable!("the expansion is differentiated")
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        unreachable!("the expansion is differentiated")
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(OtherFactors { axis: self.axis + 1 }))
    }
}

impl<T: Element> Var<T> {
    /// Π of all elements; 1 of none. The derivatives are products of the other factors, without division, and so right
    /// at zeros to any order.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let (y, dy) = value_and_gradient(&Tensor::from([0.0, 2.0, 3.0]), |x| x.prod());
    /// assert_eq!((y.item(), dy), (0.0, Tensor::from([6.0, 0.0, 0.0])));
    /// ```
    #[track_caller]
    pub fn prod(self) -> Self {
        of_all(Prod, self)
    }

    /// Π along the given axes, which are gone then: see [`Var::prod`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.map(|x| x.prod_over(0)), Tensor::from([3.0, 8.0]));
    /// ```
    #[track_caller]
    pub fn prod_over(self, axes: impl Into<Axes>) -> Self {
        over(Prod, self, axes.into())
    }

    /// Π along the given axes, which stay with extent 1: see [`Var::prod`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.map(|x| x.prod_keep(-1)), Tensor::from([[2.0], [12.0]]));
    /// ```
    #[track_caller]
    pub fn prod_keep(self, axes: impl Into<Axes>) -> Self {
        keep(Prod, self, axes.into())
    }
}
