//! How far predicted probabilities are from the truth.

use super::{gathered, strong_mul};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// The mean of −ln pₖ, where p is the [softmax](Var::softmax) along the last axis, and k the true class: the loss
    /// of a classifier whose outputs are […, classes], and the classes […].
    ///
    /// # Panics
    /// If the shape of `classes` is not that of the array without its last axis, or a class is not less than
    /// their number.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let logits = Tensor::from([[0.0, 0.0], [0.0, 2000.0]]);
    /// let classes = Tensor::from([0, 1]);
    /// let (loss, slope) = value_and_gradient(&logits, |x| x.cross_entropy(&classes));
    /// assert_eq!(loss.item(), 2.0_f64.ln() / 2.0);
    /// assert_eq!(slope, Tensor::from([[-0.25, 0.25], [0.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn cross_entropy(self, classes: &Tensor<usize>) -> Self {
        let shape = self.shape();
        let (count, lanes) = shape.split_last().unwrap_or_else(|| {
            panic!(
                "cross_entropy: a single number has no axis of classes; `reshape` to [1] makes one"
            )
        });
        assert!(
            lanes == &classes.shape()[..],
            "cross_entropy: logits of shape {shape} need classes of shape {}, and these have {}",
            Shape::from(lanes),
            classes.shape()
        );
        if let Some(class) = classes.to_vec().into_iter().find(|class| class >= count) {
            panic!(
                "cross_entropy: class {class} is out of range for logits of shape {shape}; the classes are 0 … {count} − 1"
            );
        }
        let axis = shape.rank() - 1;
        -gathered(self.log_softmax(-1), axis, &classes.unsqueeze(-1)).mean()
    }

    /// The mean over all lanes along the last axis of −Σ tₖ ln pₖ, where p is the [softmax](Var::softmax) of the
    /// array, and t are the true probabilities, in the same shape. Where tₖ is 0, pₖ may be, too.
    ///
    /// # Panics
    /// If the shapes differ.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, value_and_gradient};
    /// let truth = Tensor::from([0.75, 0.25]);
    /// let (loss, slope) = value_and_gradient(&Tensor::from([0.0, 0.0]), |x| {
    ///     x.cross_entropy_with_probabilities(&truth)
    /// });
    /// assert_eq!(loss.item(), 2.0_f64.ln());
    /// assert_eq!(slope, Tensor::from([-0.25, 0.25]));
    /// ```
    #[track_caller]
    pub fn cross_entropy_with_probabilities(self, probabilities: impl Into<Var<T>>) -> Self {
        let (shape, probabilities) = (self.shape(), probabilities.into());
        let other = probabilities.shape();
        assert!(
            shape.rank() > 0 && shape == other,
            "cross_entropy_with_probabilities: logits of shape {shape} and probabilities of shape {other}; both must \
             have the same shape, with the classes along the last axis"
        );
        -strong_mul(probabilities, self.log_softmax(-1)).sum_over(-1).mean()
    }
}
