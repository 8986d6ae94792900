//! Sums in place.

use crate::element::Element;
use crate::tensor::Tensor;

/// `sum += x`, the memory of `sum` staying where it is.
pub(crate) fn accumulate<T: Element>(sum: &mut [T], x: &Tensor<T>) {
    let x = x.contiguous();
    let x = x.as_slice().expect("contiguous");
    debug_assert_eq!(sum.len(), x.len());
    for (sum, &x) in sum.iter_mut().zip(x) {
        *sum += x;
    }
}
