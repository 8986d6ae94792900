//! `serde`: what the derived implementations of dual numbers and series need, recorded numbers,
//! matrices.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::matrix::Matrix;
use crate::number::Number;
use crate::var::Var;

/// Arrays of any length, as sequences.
pub(crate) mod array {
    use super::*;

    pub(crate) fn serialize<T: Serialize, S: Serializer, const N: usize>(
        array: &[T; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        array.as_slice().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[T; N], D::Error> {
        Vec::deserialize(deserializer)?.try_into().map_err(|elements: Vec<T>| {
            D::Error::invalid_length(elements.len(), &format!("an array of {N}").as_str())
        })
    }
}

impl<T: Number + Serialize> Serialize for Var<T> {
    /// The value: a handle to a recording means nothing elsewhere.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Number + Deserialize<'de>> Deserialize<'de> for Var<T> {
    /// A constant.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::constant)
    }
}

/// A [`Matrix`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Matrix")]
struct Written<E> {
    rows: usize,
    columns: usize,
    elements: E,
}

impl<T: Serialize> Serialize for Matrix<T> {
    /// The numbers of rows and columns, and all elements row by row.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (rows, columns) = self.shape();
        Written { rows, columns, elements: self.as_slice() }.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Matrix<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written::<Vec<T>> { rows, columns, elements } = Written::deserialize(deserializer)?;
        if rows.checked_mul(columns) != Some(elements.len()) {
            let expected = format!("the elements of a matrix of {rows} × {columns}");
            return Err(D::Error::invalid_length(elements.len(), &expected.as_str()));
        }
        Ok(Self::from_vec(rows, columns, elements))
    }
}
