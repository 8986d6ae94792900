//! Random tensors. Each is made from a seed, and equal seeds make equal tensors.

use core::f64::consts::TAU;
use core::ops::Range;

#[cfg(feature = "cuda")]
use wengert_cuda_kernels::arrays;

use super::Tensor;
use super::data::scratch;
use crate::cpu::random;
use crate::device::Device;
#[cfg(feature = "cuda")]
use crate::device::work;
use crate::element::Element;
use crate::shape::Shape;

/// The leading bits as a number in [0, 1): as many as a number of type T has, so that none rounds to 1.
fn unit<T: Element>(bits: u64) -> f64 {
    let levels = 2.0 / T::EPSILON;
    (bits >> (64 - (levels as u64).trailing_zeros())) as f64 / levels
}

/// Two normal numbers of two uniform ones (Box and Muller).
fn normal_pair(bits: [u64; 2]) -> [f64; 2] {
    let radius = (-2.0 * (1.0 - unit::<f64>(bits[0])).ln()).sqrt();
    let (sine, cosine) = (TAU * unit::<f64>(bits[1])).sin_cos();
    [radius * cosine, radius * sine]
}

/// An index below `n`: the leading bits of a product. (The most probable exceeds the least by a factor of 1 + n/2⁶⁴.)
fn below(bits: u64, n: usize) -> usize {
    ((u128::from(bits) * n as u128) >> 64) as usize
}

impl<T: Element> Tensor<T> {
    /// Independent numbers, each as probable as any other in the range, from `start` up to `end`.
    ///
    /// The numbers are a function of the seed and of the place in row-major order: the same on every machine and for
    /// any number of threads. Other seeds give other numbers, seeds next to each other too; tensors that are to be
    /// independent need different seeds. (The generator is Philox4x32-10, which counts instead of keeping a state.)
    ///
    /// # Panics
    /// If the range is empty or infinite.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::<f64>::uniform([100, 10], -1.0..1.0, 7);
    /// assert!(x.to_vec().iter().all(|x| (-1.0..1.0).contains(x)));
    /// assert!(x.sum().item().abs() < 100.0);
    /// assert_eq!(x, Tensor::uniform([100, 10], -1.0..1.0, 7));
    /// assert_ne!(x, Tensor::uniform([100, 10], -1.0..1.0, 8));
    /// ```
    #[track_caller]
    pub fn uniform(shape: impl Into<Shape>, range: Range<f64>, seed: u64) -> Self {
        let width = range.end - range.start;
        assert!(
            width > 0.0 && width.is_finite(),
            "uniform: there are no numbers to choose from in {range:?}; it needs start < end, and a finite width"
        );
        Self::random(shape.into(), seed, |bits| {
            bits.map(|bits| T::nearest(range.start + width * unit::<T>(bits)))
        })
    }

    /// Independent numbers of the normal distribution with this mean and standard deviation. Of the seed as
    /// of [`Tensor::uniform`].
    ///
    /// # Panics
    /// If the deviation is negative or NaN.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::<f64>::normal([1000], 5.0, 0.1, 1);
    /// assert!((x.sum().item() / 1000.0 - 5.0).abs() < 0.02);
    /// assert_eq!(Tensor::<f64>::normal([2], 5.0, 0.0, 1), Tensor::from([5.0, 5.0]));
    /// ```
    #[track_caller]
    pub fn normal(shape: impl Into<Shape>, mean: f64, deviation: f64, seed: u64) -> Self {
        assert!(
            deviation >= 0.0,
            "normal: the standard deviation {deviation} is not positive or 0"
        );
        Self::random(shape.into(), seed, |bits| {
            normal_pair(bits).map(|z| T::nearest(mean + deviation * z))
        })
    }

    /// [`Tensor::uniform`] in the memory of a device, where it is made; the same numbers.
    ///
    /// # Panics
    /// As [`Tensor::uniform`], and if the device has not enough memory left.
    ///
    /// ```
    /// use wengert_tensor::{Device, Tensor};
    /// let device = Device::cuda(0).unwrap_or_default();
    /// let x = Tensor::<f32>::uniform_on(&device, [100], 0.0..1.0, 7);
    /// assert_eq!(x, Tensor::uniform([100], 0.0..1.0, 7));
    /// ```
    #[track_caller]
    pub fn uniform_on(
        device: &Device,
        shape: impl Into<Shape>,
        range: Range<f64>,
        seed: u64,
    ) -> Self {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = device {
            let (shape, width) = (shape.into(), range.end - range.start);
            assert!(width > 0.0 && width.is_finite(), "uniform: {range:?} has no finite width");
            return work::random(
                &shape,
                arrays::uniform(device, shape.size(), range.start, width, seed),
            );
        }
        let _ = device;
        Self::uniform(shape, range, seed)
    }

    /// [`Tensor::normal`] in the memory of a device, where it is made; the same numbers but for the last digits.
    ///
    /// # Panics
    /// As [`Tensor::normal`], and if the device has not enough memory left.
    ///
    /// ```
    /// use wengert_tensor::{Device, Tensor};
    /// let x = Tensor::<f64>::normal_on(&Device::Cpu, [100], 0.0, 1.0, 7);
    /// assert_eq!(x, Tensor::normal([100], 0.0, 1.0, 7));
    /// ```
    #[track_caller]
    pub fn normal_on(
        device: &Device,
        shape: impl Into<Shape>,
        mean: f64,
        deviation: f64,
        seed: u64,
    ) -> Self {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = device {
            let shape = shape.into();
            assert!(
                deviation >= 0.0,
                "normal: the standard deviation {deviation} is not positive or 0"
            );
            return work::random(
                &shape,
                arrays::normal(device, shape.size(), mean, deviation, seed),
            );
        }
        let _ = device;
        Self::normal(shape, mean, deviation, seed)
    }

    /// 1 with the given probability and 0 otherwise, independently; made on the device.
    pub(crate) fn coins(device: &Device, shape: Shape, probability: f64, seed: u64) -> Self {
        #[cfg(feature = "cuda")]
        if let Device::Cuda(device) = device {
            return work::random(&shape, arrays::coins(device, shape.size(), probability, seed));
        }
        let _ = device;
        Self::random(shape, seed, |bits| {
            bits.map(|bits| if unit::<f64>(bits) < probability { T::one() } else { T::zero() })
        })
    }

    fn random(shape: Shape, seed: u64, pair: impl Fn([u64; 2]) -> [T; 2] + Sync) -> Self {
        let mut elements = scratch(shape.size());
        random::fill(&mut elements, seed, pair);
        Self::from_buffer(shape, elements)
    }
}

impl Tensor<usize> {
    /// 0, 1, …, n − 1 in an order of which all are equally probable: for shuffling, and for drawing without replacement.
    /// Of the seed as of [`Tensor::uniform`].
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let mut order = Tensor::permutation(5, 3).to_vec();
    /// order.sort();
    /// assert_eq!(order, [0, 1, 2, 3, 4]);
    /// ```
    pub fn permutation(n: usize, seed: u64) -> Self {
        let mut bits = vec![0; n];
        random::fill(&mut bits, seed, |bits| bits);
        let mut order: Vec<usize> = (0..n).collect();
        for left in (2..=n).rev() {
            order.swap(left - 1, below(bits[left - 1], left));
        }
        Self::from(order)
    }

    /// Independent indices, each as probable as any other in the range. Of the seed as of [`Tensor::uniform`].
    ///
    /// # Panics
    /// If the range is empty.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert!(Tensor::integers([20], 3..5, 1).to_vec().iter().all(|&i| i == 3 || i == 4));
    /// ```
    #[track_caller]
    pub fn integers(shape: impl Into<Shape>, range: Range<usize>, seed: u64) -> Self {
        assert!(!range.is_empty(), "integers: there are no numbers to choose from in {range:?}");
        let shape = shape.into();
        let mut elements = scratch(shape.size());
        random::fill(&mut elements, seed, |bits| {
            bits.map(|bits| range.start + below(bits, range.len()))
        });
        Self::from_buffer(shape, elements)
    }
}
