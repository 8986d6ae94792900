//! Whether a mask holds anywhere or everywhere, and how often.

use crate::element::Element;
use crate::ops::Mask;
use crate::shape::Axes;
use crate::tensor::Tensor;

impl<T: Element> Mask<T> {
    /// Whether the mask holds for any element, for branches and loops; evaluates at once. Not for any of none.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, -2.0]));
    /// assert!(x.less(0.0).any() && !x.less(-5.0).any());
    /// ```
    #[track_caller]
    pub fn any(self) -> bool {
        self.value().any()
    }

    /// Whether the mask holds for every element, for branches and loops; evaluates at once. For every one of none.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, -2.0]));
    /// assert!(x.less(5.0).all() && !x.less(0.0).all());
    /// ```
    #[track_caller]
    pub fn all(self) -> bool {
        self.value().all()
    }

    /// For how many elements the mask holds; evaluates at once. (As part of the program: `mask.indicator().sum()`.)
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([1.0, -2.0, -3.0]));
    /// assert_eq!(x.less(0.0).count(), 2);
    /// ```
    #[track_caller]
    pub fn count(self) -> usize {
        self.value().count()
    }

    /// For how many elements along the given axes the mask holds; evaluates at once.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, -2.0], [-3.0, -4.0]]));
    /// assert_eq!(x.less(0.0).count_over(-1), Tensor::from([1, 2]));
    /// ```
    #[track_caller]
    pub fn count_over(self, axes: impl Into<Axes>) -> Tensor<usize> {
        self.value().count_over(axes)
    }

    /// Where the mask holds for any element along the given axes, which are gone then.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, -2.0], [3.0, 4.0]]));
    /// assert_eq!(x.less(0.0).any_over(-1).value(), Tensor::from([true, false]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn any_over(self, axes: impl Into<Axes>) -> Self {
        self.0.sum_over(axes).greater(0.0)
    }

    /// Where the mask holds for any element along the given axes, which stay with extent 1.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, -2.0], [3.0, 4.0]]));
    /// assert_eq!(x.less(0.0).any_keep(-1).value(), Tensor::from([[true], [false]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn any_keep(self, axes: impl Into<Axes>) -> Self {
        self.0.sum_keep(axes).greater(0.0)
    }

    /// Where the mask holds for every element along the given axes, which are gone then.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, -2.0], [3.0, 4.0]]));
    /// assert_eq!(x.greater(0.0).all_over(-1).value(), Tensor::from([false, true]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn all_over(self, axes: impl Into<Axes>) -> Self {
        !(!self).any_over(axes)
    }

    /// Where the mask holds for every element along the given axes, which stay with extent 1.
    ///
    /// ```
    /// use wengert_tensor::{Tape, Tensor};
    /// let tape = Tape::new();
    /// let x = tape.var(&Tensor::from([[1.0, -2.0], [3.0, 4.0]]));
    /// assert_eq!(x.greater(0.0).all_keep(-1).value(), Tensor::from([[false], [true]]));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn all_keep(self, axes: impl Into<Axes>) -> Self {
        !(!self).any_keep(axes)
    }
}
