//! `serde`: shape and elements.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::tensor::Tensor;
use crate::tensor::data::Data;

/// A [`Tensor`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Tensor")]
struct Written<S, E> {
    shape: S,
    elements: E,
}

impl<T: Data + Serialize> Serialize for Tensor<T> {
    /// The shape, and all elements in row-major order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let elements = self.contiguous();
        let elements = elements.as_slice().expect("contiguous");
        Written { shape: &self.shape()[..], elements }.serialize(serializer)
    }
}

impl<'de, T: Data + Deserialize<'de>> Deserialize<'de> for Tensor<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written::<Vec<usize>, Vec<T>> { shape, elements } = Written::deserialize(deserializer)?;
        let size = shape.iter().try_fold(1, |size: usize, &n| size.checked_mul(n));
        if size != Some(elements.len()) {
            let expected = format!("the elements of a tensor of shape {shape:?}");
            return Err(D::Error::invalid_length(elements.len(), &expected.as_str()));
        }
        Ok(Self::from_vec(shape, elements))
    }
}
