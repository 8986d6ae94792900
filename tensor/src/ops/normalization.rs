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
        let centred = self - self.mean_keep(axes.clone());
        centred / ((centred * centred).mean_keep(axes) + epsilon).sqrt()
    }
}
