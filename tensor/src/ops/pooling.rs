//! The largest elements, and the means, of windows.

#[cfg(feature = "cuda")]
use wengert_cuda_kernels::arrays;

use super::structural;
use crate::cpu::pooling;
use crate::cpu::windows::Windows;
#[cfg(feature = "cuda")]
use crate::device::{Cuda, work};
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;
use crate::windows::Pool;

/// For each window, the tap on its largest element: plain data.
#[derive(Clone, Copy)]
struct Winners(Windows);

/// The elements of x under the given taps: linear in x.
#[derive(Clone, Copy)]
struct Pick(Windows);

/// The transpose of [`Pick`].
#[derive(Clone, Copy)]
struct Put {
    windows: Windows,
    plane: [usize; 2],
}

/// Σ of each window.
#[derive(Clone, Copy)]
struct WindowSum(Windows);

/// The transpose of [`WindowSum`].
#[derive(Clone, Copy)]
struct Spread {
    windows: Windows,
    plane: [usize; 2],
}

/// The shape with other extents along the last two axes.
fn with_plane(shape: &Shape, [rows, columns]: [usize; 2]) -> Shape {
    shape[..shape.rank() - 2].iter().copied().chain([rows, columns]).collect()
}

fn plane(shape: &Shape) -> [usize; 2] {
    [shape[shape.rank() - 2], shape[shape.rank() - 1]]
}

fn at_windows<T: Element>(windows: Windows, x: Var<T>) -> Shape {
    let shape = x.shape();
    with_plane(&shape, windows.places(plane(&shape)))
}

#[track_caller]
fn pick<T: Element>(windows: Windows, x: Var<T>, taps: Var<T>) -> Var<T> {
    structural(Pick(windows), &[x, taps], taps.shape())
}

#[track_caller]
fn put<T: Element>(windows: Windows, y: Var<T>, taps: Var<T>, plane: [usize; 2]) -> Var<T> {
    structural(Put { windows, plane }, &[y, taps], with_plane(&y.shape(), plane))
}

#[track_caller]
fn window_sum<T: Element>(windows: Windows, x: Var<T>) -> Var<T> {
    structural(WindowSum(windows), &[x], at_windows(windows, x))
}

#[track_caller]
fn spread<T: Element>(windows: Windows, y: Var<T>, plane: [usize; 2]) -> Var<T> {
    structural(Spread { windows, plane }, &[y], with_plane(&y.shape(), plane))
}

impl<T: Element> Operation<T> for Winners {
    fn name(&self) -> &'static str {
        "max_pool winners"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        pooling::winners(self.0, inputs[0], shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::on_planes(arrays::winners, inputs[0], &self.0, plane(inputs[0].shape()), shape))
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
        None
    }
    fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
        None
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

impl<T: Element> Operation<T> for Pick {
    fn name(&self) -> &'static str {
        "max_pool"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        pooling::pick(self.0, inputs[0], inputs[1], shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::by_taps(arrays::pick, inputs, &self.0, plane(inputs[0].shape()), shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let [x, taps] = [at.inputs[0], at.inputs[1]];
        (argument == 0).then(|| put(self.0, cotangent, taps, plane(&x.shape())))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| pick(self.0, tangent, at.inputs[1]))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

impl<T: Element> Operation<T> for Put {
    fn name(&self) -> &'static str {
        "max_pool transposed"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        pooling::put(self.windows, inputs[0], inputs[1], shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::by_taps(arrays::put, inputs, &self.windows, self.plane, shape))
    }
    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        (argument == 0).then(|| pick(self.windows, cotangent, at.inputs[1]))
    }
    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| put(self.windows, tangent, at.inputs[1], self.plane))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

impl<T: Element> Operation<T> for WindowSum {
    fn name(&self) -> &'static str {
        "window sum"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        pooling::sums(self.0, inputs[0], shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::on_planes(
            arrays::window_sums,
            inputs[0],
            &self.0,
            plane(inputs[0].shape()),
            shape,
        ))
    }
    fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(spread(self.0, cotangent, plane(&at.inputs[0].shape())))
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| window_sum(self.0, tangent))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

impl<T: Element> Operation<T> for Spread {
    fn name(&self) -> &'static str {
        "window sum transposed"
    }
    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        pooling::spread(self.windows, inputs[0], shape)
    }
    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        Some(work::on_planes(arrays::spread, inputs[0], &self.windows, self.plane, shape))
    }
    fn vjp(&self, _: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
        Some(window_sum(self.windows, cotangent))
    }
    fn jvp(&self, _: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        tangents[0].map(|tangent| spread(self.windows, tangent, self.plane))
    }
    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        Some(members.stacked(*self))
    }
}

/// Applies `f` to the array as planes of rows and columns (a signal is a plane of one row), with the windows on it.
#[track_caller]
fn on_planes<T: Element, const D: usize>(
    name: &str,
    x: Var<T>,
    pool: Pool<D>,
    f: impl FnOnce(Windows, Var<T>) -> Var<T>,
) -> Var<T> {
    let (shape, windows) = (x.shape(), pool.windows());
    assert!(
        shape.rank() >= D,
        "{name}: shape {shape} has {} axes; windows slide over the last {D}",
        shape.rank()
    );
    let planes = match D {
        1 => {
            let length = shape[shape.rank() - 1];
            let stack = shape[..shape.rank() - 1].iter().copied();
            x.reshape(stack.chain([1, length]).collect::<Shape>())
        }
        _ => x,
    };
    let plane = plane(&planes.shape());
    assert!(
        !plane.contains(&0) && !windows.places(plane).contains(&0),
        "{name}: the windows of {pool:?} do not fit into shape {shape}"
    );
    let pooled = f(windows, planes);
    if D == 2 {
        return pooled;
    }
    let shape = pooled.shape();
    let stack = shape[..shape.rank() - 2].iter().copied();
    pooled.reshape(stack.chain([shape[shape.rank() - 1]]).collect::<Shape>())
}

#[track_caller]
fn max_pool<T: Element, const D: usize>(name: &str, x: Var<T>, pool: Pool<D>) -> Var<T> {
    on_planes(name, x, pool, |windows, x| {
        let winners = structural(Winners(windows), &[x.detach()], at_windows(windows, x));
        pick(windows, x, winners)
    })
}

#[track_caller]
fn avg_pool<T: Element, const D: usize>(name: &str, x: Var<T>, pool: Pool<D>) -> Var<T> {
    on_planes(name, x, pool, |windows, x| window_sum(windows, x) / windows.taps() as f64)
}

impl<T: Element> Var<T> {
    /// The largest element of each window on the last two axes: […, H, W] → […, P, Q], where
    /// P = ⌊(H + 2·padding − kernel)/stride⌋ + 1, and Q the same of W. Windows are given by their extent, if they lie side
    /// by side, or as [`Pool`]. NaN where a window contains one.
    ///
    /// The derivative goes, whole, to the largest element: to the first of several in row-major order. (PyTorch and
    /// JAX do the same. [`Var::amax`] shares it among them; in a window there are often many zeros left by a
    /// [`relu`](crate::Activations::relu), where it makes no difference.)
    ///
    /// # Panics
    /// If no window fits.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, gradient};
    /// let x = Tensor::from([[1.0, 2.0, 5.0, 5.0], [3.0, 0.0, 0.0, 0.0]]);
    /// assert_eq!(x.map(|x| x.max_pool2d(2)), Tensor::from([[3.0, 5.0]]));
    /// assert_eq!(
    ///     gradient(&x, |x| x.max_pool2d(2)),
    ///     Tensor::from([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    /// );
    /// ```
    #[track_caller]
    pub fn max_pool2d(self, windows: impl Into<Pool<2>>) -> Self {
        max_pool("max_pool2d", self, windows.into())
    }

    /// The largest element of each window on the last axis: see [`Var::max_pool2d`].
    ///
    /// # Panics
    /// If no window fits.
    ///
    /// ```
    /// use wengert_tensor::{Pool, Tensor};
    /// let x = Tensor::from([1.0, 3.0, 2.0, 4.0]);
    /// assert_eq!(x.map(|x| x.max_pool1d(2)), Tensor::from([3.0, 4.0]));
    /// assert_eq!(x.map(|x| x.max_pool1d(Pool::new(2).stride(1))), Tensor::from([3.0, 3.0, 4.0]));
    /// ```
    #[track_caller]
    pub fn max_pool1d(self, windows: impl Into<Pool<1>>) -> Self {
        max_pool("max_pool1d", self, windows.into())
    }

    /// The mean of each window on the last two axes: […, H, W] → […, P, Q], as [`Var::max_pool2d`]. Padding
    /// counts as zeros.
    ///
    /// # Panics
    /// If no window fits.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 2.0, 5.0, 5.0], [3.0, 0.0, 0.0, 0.0]]);
    /// assert_eq!(x.map(|x| x.avg_pool2d(2)), Tensor::from([[1.5, 2.5]]));
    /// ```
    #[track_caller]
    pub fn avg_pool2d(self, windows: impl Into<Pool<2>>) -> Self {
        avg_pool("avg_pool2d", self, windows.into())
    }

    /// The mean of each window on the last axis. Padding counts as zeros.
    ///
    /// # Panics
    /// If no window fits.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1.0, 3.0, 2.0, 4.0]);
    /// assert_eq!(x.map(|x| x.avg_pool1d(2)), Tensor::from([2.0, 3.0]));
    /// ```
    #[track_caller]
    pub fn avg_pool1d(self, windows: impl Into<Pool<1>>) -> Self {
        avg_pool("avg_pool1d", self, windows.into())
    }
}
