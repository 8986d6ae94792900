//! `approx`: approximate equality of values.

use approx::{AbsDiffEq, RelativeEq, UlpsEq};

use crate::dual::DualVec;
use crate::number::{Number, Primitive};
use crate::taylor::Taylor;
use crate::var::Var;

/// `a.ulps_eq(&b, …)`, in the units in the last place of `F`.
fn ulps_eq<F: Primitive>(a: F, b: F, epsilon: F, max_ulps: u32) -> bool {
    let [a, b, epsilon] = [a, b, epsilon].map(F::widen);
    if size_of::<F>() == size_of::<f32>() {
        (a as f32).ulps_eq(&(b as f32), epsilon as f32, max_ulps)
    } else {
        a.ulps_eq(&b, epsilon, max_ulps)
    }
}

macro_rules! approximately_equal {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> AbsDiffEq for $Type {
            type Epsilon = Self;
            #[inline]
            fn default_epsilon() -> Self {
                num_traits::Float::epsilon()
            }
            #[inline]
            fn abs_diff_eq(&self, other: &Self, epsilon: Self) -> bool {
                let [a, b, epsilon] = [*self, *other, epsilon].map(|x| x.primal().widen());
                a.abs_diff_eq(&b, epsilon)
            }
        }

        impl<$($generics)*> RelativeEq for $Type {
            #[inline]
            fn default_max_relative() -> Self {
                num_traits::Float::epsilon()
            }
            #[inline]
            fn relative_eq(&self, other: &Self, epsilon: Self, max_relative: Self) -> bool {
                let [a, b, epsilon, max_relative] =
                    [*self, *other, epsilon, max_relative].map(|x| x.primal().widen());
                a.relative_eq(&b, epsilon, max_relative)
            }
        }

        impl<$($generics)*> UlpsEq for $Type {
            #[inline]
            fn default_max_ulps() -> u32 {
                f64::default_max_ulps()
            }
            #[inline]
            fn ulps_eq(&self, other: &Self, epsilon: Self, max_ulps: u32) -> bool {
                ulps_eq(self.primal(), other.primal(), epsilon.primal(), max_ulps)
            }
        }
    };
}

approximately_equal!([T: Number, const N: usize] DualVec<T, N>);
approximately_equal!([T: Number, const N: usize] Taylor<T, N>);
approximately_equal!([T: Number] Var<T>);
