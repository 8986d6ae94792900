//! Arrays of mean 0 and variance 1.

use wengert_autodiff::rules::Powers;

use crate::element::Element;
use crate::shape::Axes;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// (x − mean) / √(variance + `epsilon`) along the given axes, with the variance Σ(x − mean)²/n
    /// (J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer normalization*, 2016). A learnt scale and shift are applied with
    /// `*` and `+`.
    ///
    /// Along [0, -2, -1] of images [N, C, H, W] it is the batch normalisation of training; the statistics that
    /// evaluation needs are [`Var::mean_keep`] and [`Var::variance_keep`].
    ///
    /// # Panics
    /// If an axis is out of range.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[1.0, 3.0], [10.0, 30.0]]);
    /// assert_eq!(x.map(|x| x.layer_norm(-1, 0.0)), Tensor::from([[-1.0, 1.0], [-1.0, 1.0]]));
    /// assert_eq!(x.map(|x| x.layer_norm(-1, 3.0)).to_vec()[1], 0.5);
    /// ```
    #[doc(alias = "batch_norm")]
    #[track_caller]
    pub fn layer_norm(self, axes: impl Into<Axes>, epsilon: f64) -> Self {
        let axes = axes.into();
        #[cfg(feature = "cuda")]
        if let Some(normed) = on_device::layer_norm(self, &axes, epsilon) {
            return normed;
        }
        centred_and_deviation(self, axes, epsilon).normed()
    }
}

/// x − mean, and √(variance + epsilon).
struct Centred<T> {
    centred: Var<T>,
    deviation: Var<T>,
}

impl<T: Element> Centred<T> {
    #[track_caller]
    fn normed(&self) -> Var<T> {
        self.centred / self.deviation
    }
}

#[track_caller]
fn centred_and_deviation<T: Element>(x: Var<T>, axes: Axes, epsilon: f64) -> Centred<T> {
    let centred = x - x.mean_keep(axes.clone());
    Centred { centred, deviation: ((centred * centred).mean_keep(axes) + epsilon).sqrt() }
}

/// By kernels of its own. (On the CPU the operations above are what is fastest: most of them are fused.)
#[cfg(feature = "cuda")]
mod on_device {
    use wengert_autodiff::rules::Powers;
    use wengert_cuda_kernels::arrays;

    use super::centred_and_deviation;
    use crate::device::work::{granted, tensor, view};
    use crate::device::{Cuda, Device};
    use crate::drivers::evaluate;
    use crate::element::Element;
    use crate::ops::{strong_mul, structural};
    use crate::recording::{Arguments, Members, Operation, Sweep};
    use crate::shape::{Axes, Shape};
    use crate::tensor::Tensor;
    use crate::var::Var;

    /// Kernels give a lane to one block of threads: for longer ones, sums by many blocks are faster.
    const LONGEST: usize = 1 << 16;

    /// `None` if the array is on no device, or the axes are not one, or neighbours that can be taken as one.
    #[track_caller]
    pub(super) fn layer_norm<T: Element>(x: Var<T>, axes: &Axes, epsilon: f64) -> Option<Var<T>> {
        let shape = x.shape();
        let axes = axes.of(&shape, "layer_norm");
        let (&first, &last) = (axes.first()?, axes.last()?);
        let product = |extents: &[usize]| extents.iter().product::<usize>();
        let length = product(&shape[first..=last]);
        if x.device() == Device::Cpu || last - first + 1 != axes.len() || length > LONGEST {
            return None;
        }
        let lanes = Shape::from([product(&shape[..first]), length, product(&shape[last + 1..])]);
        let y = structural(LayerNorm { epsilon }, &[x.reshape(lanes.clone())], lanes);
        Some(y.reshape(shape))
    }

    /// y = (x − mean) / √(variance + epsilon) along the middle one of three axes.
    #[derive(Clone, Copy)]
    struct LayerNorm {
        epsilon: f64,
    }

    const AXIS: usize = 1;

    impl LayerNorm {
        /// The Jacobian, (1 − 1 1ᵀ/n − y yᵀ/n) / √(variance + epsilon), is symmetric.
        #[track_caller]
        fn times_jacobian<T: Element>(self, x: Var<T>, v: Var<T>) -> Var<T> {
            structural(TimesJacobian(self), &[x, v], x.shape())
        }
    }

    impl<T: Element> Operation<T> for LayerNorm {
        fn name(&self) -> &'static str {
            "layer_norm"
        }
        fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
            inputs[0]
                .map(|x| centred_and_deviation(x, (AXIS as isize).into(), self.epsilon).normed())
        }
        fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
            let x = view(inputs[0]);
            Some(tensor(shape, granted(arrays::layer_norm(x, AXIS, self.epsilon))))
        }
        fn vjp(&self, at: &Arguments<'_, T>, _: usize, cotangent: Var<T>) -> Option<Var<T>> {
            Some(self.times_jacobian(at.inputs[0], cotangent))
        }
        fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
            tangents[0].map(|tangent| self.times_jacobian(at.inputs[0], tangent))
        }
        fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
            Some(as_lanes(members, *self))
        }
    }

    /// Lanes of all members, as those of one array.
    #[track_caller]
    fn as_lanes<T: Element>(members: &Members<'_, T>, operation: impl Operation<T>) -> Var<T> {
        let shape = members.shape();
        let lanes = Shape::from([members.count() * shape[0], shape[1], shape[2]]);
        let inputs: Vec<Var<T>> =
            (0..members.inputs()).map(|input| members.all(input).reshape(&lanes)).collect();
        structural(operation, &inputs, lanes.clone()).reshape(members.many(shape))
    }

    /// (v − mean v − y · mean(v · y)) / √(variance + epsilon), of x and v.
    struct TimesJacobian(LayerNorm);

    impl TimesJacobian {
        #[track_caller]
        fn of<T: Element>(&self, x: Var<T>, v: Var<T>) -> Var<T> {
            let x = centred_and_deviation(x, (AXIS as isize).into(), self.0.epsilon);
            let y = x.normed();
            let along = strong_mul(strong_mul(v, y).mean_keep(AXIS as isize), y);
            strong_mul(v - v.mean_keep(AXIS as isize) - along, x.deviation.recip())
        }
    }

    impl<T: Element> Operation<T> for TimesJacobian {
        fn name(&self) -> &'static str {
            "layer_norm"
        }
        fn forward(&self, inputs: &[&Tensor<T>], _: &Shape) -> Tensor<T> {
            evaluate(&[inputs[0].clone(), inputs[1].clone()], |[x, v]| self.of(x, v))
        }
        fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
            let (x, v) = (view(inputs[0]), view(inputs[1]));
            let product = arrays::layer_norm_jacobian(x, v, AXIS, self.0.epsilon);
            Some(tensor(shape, granted(product)))
        }
        fn expansion(&self, at: &Arguments<'_, T>, _: Sweep<T>) -> Option<Var<T>> {
            Some(self.of(at.inputs[0], at.inputs[1]))
        }
        fn vjp(&self, _: &Arguments<'_, T>, _: usize, _: Var<T>) -> Option<Var<T>> {
            unreachable!("the expansion is differentiated in its place")
        }
        fn jvp(&self, _: &Arguments<'_, T>, _: &[Option<Var<T>>]) -> Option<Var<T>> {
            unreachable!("the expansion is differentiated in its place")
        }
        fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
            Some(as_lanes(members, TimesJacobian(self.0)))
        }
    }
}
