//! Attention: means of values, weighted by how well keys fit queries.

use super::Mask;
use crate::element::Element;
use crate::recording::beside;
use crate::var::Var;

impl<T: Element> Var<T> {
    /// Scaled dot-product attention of queries, softmax(Q Kᵀ/√d) V, of queries […, M, d], keys […, N, d] and values
    /// […, N, e] → […, M, e], leading axes (heads, batch) broadcast (A. Vaswani et al., *Attention is all you need*, 2017).
    ///
    /// With a mask, which broadcasts to […, M, N], a query meets only those keys where it holds; one that meets none
    /// gets 0.
    ///
    /// # Panics
    /// If extents do not agree, or there are fewer than two axes.
    ///
    /// ```
    /// use wengert_tensor::{Mask, Tensor, evaluate};
    /// let keys = Tensor::from([[0.0], [0.0], [3.0_f64.ln()]]);
    /// let values = Tensor::from([[0.0], [8.0], [16.0]]);
    /// let x = (Tensor::ones([3, 1]), keys, values);
    /// let y = evaluate(&x, |(q, k, v)| q.attention(k, v, None));
    /// assert!(y.is_close(&Tensor::from([[11.2]; 3]), 1e-15));
    /// // Each sees itself and what came before.
    /// let causal = Tensor::from([[true, false, false], [true, true, false], [true, true, true]]);
    /// let y = evaluate(&x, |(q, k, v)| q.attention(k, v, Mask::from(&causal)));
    /// assert!(y.is_close(&Tensor::from([[0.0], [4.0], [11.2]]), 1e-15));
    /// ```
    #[doc(alias = "scaled_dot_product_attention")]
    #[track_caller]
    pub fn attention(
        self,
        keys: impl Into<Var<T>>,
        values: impl Into<Var<T>>,
        mask: impl Into<Option<Mask<T>>>,
    ) -> Self {
        let (keys, values) = beside(self, || (keys.into(), values.into()));
        let (q, k, v) = (self.shape(), keys.shape(), values.shape());
        let fit = q.rank() >= 2
            && k.rank() >= 2
            && v.rank() >= 2
            && q[q.rank() - 1] == k[k.rank() - 1]
            && k[k.rank() - 2] == v[v.rank() - 2];
        assert!(
            fit,
            "attention: queries of shape {q}, keys of shape {k} and values of shape {v} must be […, M, d], […, N, d] \
             and […, N, e]"
        );
        let scale = (q[q.rank() - 1] as f64).sqrt();
        let scores = (self / scale).matmul(keys.transpose());
        let scores = match mask.into() {
            Some(mask) => mask.select(scores, f64::NEG_INFINITY),
            None => scores,
        };
        scores.softmax(-1).matmul(values)
    }
}
