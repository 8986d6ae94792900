use core::cell::Cell;

/// How precise the operands of products of `f32` matrices are on a GPU. Sums always have the precision of `f32`; products of `f64`,
/// and all on the CPU, are as they are.
///
/// ```
/// use wengert_tensor::{MatmulPrecision, Tensor, gradient};
/// let x = Tensor::from([[1.0_f32, 2.0]]);
/// let g = MatmulPrecision::Tf32.within(|| gradient(&x, |x| x.matmul(x.transpose())));
/// assert_eq!(g, Tensor::from([[2.0_f32, 4.0]]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatmulPrecision {
    /// As they are: 24 significant bits.
    #[default]
    Full,
    /// Rounded to the 11 significant bits of TF32, where that is faster (compute capability 8.0 and later).
    Tf32,
    /// Rounded to the 8 significant bits of bf16, where that is faster.
    Bf16,
}

thread_local! {
    static NOW: Cell<MatmulPrecision> = const { Cell::new(MatmulPrecision::Full) };
}

impl MatmulPrecision {
    /// Calls `f`, in which products of this thread are evaluated with this precision.
    pub fn within<Y>(self, f: impl FnOnce() -> Y) -> Y {
        struct Restore(MatmulPrecision);
        impl Drop for Restore {
            fn drop(&mut self) {
                NOW.set(self.0);
            }
        }
        let _restore = Restore(NOW.replace(self));
        f()
    }

    #[cfg(feature = "cuda")]
    pub(super) fn now() -> Self {
        NOW.get()
    }
}
