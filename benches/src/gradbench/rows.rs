//! Matrices as lists of rows.

use serde::{Deserialize, Serialize, Serializer};
use wengert_tensor::Tensor;

/// A matrix, row after row; in JSON, a list of its rows.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<Vec<f64>>")]
pub struct Rows {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) elements: Vec<f64>,
}

impl Rows {
    pub(super) fn row(&self, k: usize) -> &[f64] {
        &self.elements[self.width * k..][..self.width]
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.height).map(|k| self.row(k))
    }
}

impl From<&Rows> for Tensor<f64> {
    fn from(rows: &Rows) -> Self {
        Self::from_vec([rows.height, rows.width], rows.elements.clone())
    }
}

impl From<Tensor<f64>> for Rows {
    fn from(tensor: Tensor<f64>) -> Self {
        let (height, width) = (tensor.shape()[0], tensor.shape()[1]);
        Self { height, width, elements: tensor.into_vec() }
    }
}

impl TryFrom<Vec<Vec<f64>>> for Rows {
    type Error = &'static str;

    fn try_from(rows: Vec<Vec<f64>>) -> Result<Self, Self::Error> {
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err("the rows of a matrix differ in length");
        }
        Ok(Self { height: rows.len(), width, elements: rows.concat() })
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
