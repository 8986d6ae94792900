//! Sums in place.

use super::dispatch::{Loop, dispatch};
use super::parallel;
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

/// `sum += factor · x`
pub(crate) fn add_scaled<T: Element>(sum: &mut [T], factor: T, x: &[T]) {
    /// What one task gets.
    const TASK: usize = 1 << 14;
    /// From so many elements on, they are worth threads.
    const PARALLEL: usize = 1 << 17;
    let tasks = sum.chunks_mut(TASK).zip(x.chunks(TASK));
    let run = |(sum, x)| dispatch(AddScaled { sum, factor, x });
    parallel::for_each_if(x.len() >= PARALLEL, tasks, run);
}

struct AddScaled<'a, T> {
    sum: &'a mut [T],
    factor: T,
    x: &'a [T],
}

impl<T: Element> Loop for AddScaled<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let terms = self.x.iter().map(|&x| self.factor * x);
        self.sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }
}
