//! Parts of square matrices.

use crate::element::Element;
use crate::tensor::Tensor;

/// A part of a matrix, the rest of which counts as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// On and below the diagonal.
    Lower,
    /// On and above the diagonal.
    Upper,
    /// Below the diagonal.
    BelowDiagonal,
    /// Below the diagonal, and half of the diagonal.
    LowerHalf,
}

/// The part of each matrix, with zeros elsewhere.
pub(crate) fn part<T: Element>(x: &Tensor<T>, part: Part) -> Tensor<T> {
    let [.., _, n] = x.shape()[..] else { unreachable!("a matrix has two axes") };
    let m = x.shape()[x.rank() - 2];
    super::for_each(&x.shape()[..x.rank() - 2], [x], x.shape(), m * n, |[x], out| {
        for (i, (row, out)) in x.chunks(n).zip(out.chunks_mut(n)).enumerate() {
            let (keep, half) = match part {
                Part::Lower => (0..(i + 1).min(n), None),
                Part::Upper => (i.min(n)..n, None),
                Part::BelowDiagonal => (0..i.min(n), None),
                Part::LowerHalf => (0..i.min(n), (i < n).then_some(i)),
            };
            out.fill(T::zero());
            out[keep.clone()].copy_from_slice(&row[keep]);
            if let Some(i) = half {
                out[i] = row[i] * T::nearest(0.5);
            }
        }
    })
}
