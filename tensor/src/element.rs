//! The numbers that calculus is done on.

use core::cell::RefCell;
use std::thread::LocalKey;

use wengert_autodiff::{Number, Primitive};

use crate::recording::Recordings;
use crate::tensor::data::Data;

/// `f32` or `f64`: what a tensor that takes part in differentiation holds.
///
/// ```
/// use wengert_tensor::{Element, Tensor};
/// fn ones<T: Element>() -> Tensor<T> {
///     Tensor::ones([2])
/// }
/// assert_eq!(ones::<f32>().sum().item(), 2.0);
/// ```
pub trait Element:
    Data
    + Primitive
    + Number<Primitive = Self, Mask = bool>
    + crate::cpu::elementary::Elementary
    + crate::device::OnDevices
{
    /// The unit of rounding: the distance from 1 to the next number.
    const EPSILON: f64;
    #[doc(hidden)]
    fn recordings() -> &'static LocalKey<RefCell<Recordings<Self>>>;
    #[doc(hidden)]
    fn gemm(product: crate::cpu::gemm::Product<'_, Self>);
    /// Those of this machine for products of matrices.
    #[doc(hidden)]
    fn tiles() -> Option<&'static crate::cpu::gemm::Tiles<Self>>;
    #[cfg(feature = "linalg")]
    #[doc(hidden)]
    fn routines() -> &'static crate::cpu::linalg::routines::Routines<Self>;
}

macro_rules! elements {
    ($($T:ident $gemm:ident $tiles:ident)*) => {$(
        impl Element for $T {
            const EPSILON: f64 = $T::EPSILON as f64;
            fn recordings() -> &'static LocalKey<RefCell<Recordings<$T>>> {
                thread_local! {
                    static RECORDINGS: RefCell<Recordings<$T>> = const { RefCell::new(Recordings::new()) };
                }
                &RECORDINGS
            }
            fn gemm(product: crate::cpu::gemm::Product<'_, $T>) {
                crate::cpu::gemm::$gemm(product);
            }
            fn tiles() -> Option<&'static crate::cpu::gemm::Tiles<$T>> {
                crate::cpu::gemm::$tiles()
            }
            #[cfg(feature = "linalg")]
            fn routines() -> &'static crate::cpu::linalg::routines::Routines<$T> {
                // (A static is compiled here, once; a constant would be in each crate that uses it.)
                static ROUTINES: crate::cpu::linalg::routines::Routines<$T> =
                    crate::cpu::linalg::routines::Routines::ALL;
                &ROUTINES
            }
        }
    )*};
}
elements!(f32 sgemm single f64 dgemm double);
