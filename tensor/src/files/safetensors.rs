//! safetensors: several tensors by name, as models are published.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::{Dtype, SafeTensorError, SafeTensors, View};

use super::{FileError, fill, named};
use crate::element::Element;
use crate::tensor::Tensor;
use crate::tensor::data::Data;
use crate::tree::Tree;

/// A type of elements that safetensors files are written and read with: `f32`, `f64`, `i32`, `i64` and `u8`.
pub trait SafetensorsElement: Data {
    #[doc(hidden)]
    const DTYPE: Dtype;
    #[doc(hidden)]
    fn to_bytes(elements: &[Self]) -> Vec<u8>;
    #[doc(hidden)]
    fn from_bytes(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! elements {
    ($($T:ident $dtype:ident)*) => {$(
        impl SafetensorsElement for $T {
            const DTYPE: Dtype = Dtype::$dtype;
            fn to_bytes(elements: &[Self]) -> Vec<u8> {
                elements.iter().flat_map(|x| x.to_le_bytes()).collect()
            }
            fn from_bytes(bytes: &[u8]) -> Vec<Self> {
                let (elements, _) = bytes.as_chunks();
                elements.iter().map(|&bytes| $T::from_le_bytes(bytes)).collect()
            }
        }
    )*};
}
elements!(f32 F32 f64 F64 i32 I32 i64 I64 u8 U8);

/// A tensor on its way into a file.
struct Written<'a, T: Data>(&'a Tensor<T>);

impl<T: SafetensorsElement> View for Written<'_, T> {
    fn dtype(&self) -> Dtype {
        T::DTYPE
    }
    fn shape(&self) -> &[usize] {
        self.0.shape()
    }
    fn data(&self) -> Cow<'_, [u8]> {
        let elements = self.0.contiguous();
        T::to_bytes(elements.as_slice().expect("contiguous")).into()
    }
    fn data_len(&self) -> usize {
        self.0.size() * size_of::<T>()
    }
}

/// Writes the tensors of a tree.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If two tensors of the tree have the same name.
///
/// ```
/// use wengert_tensor::{Tensor, files::safetensors};
/// let path = std::env::temp_dir().join(format!("pair-{}.safetensors", std::process::id()));
/// safetensors::save(&path, &(Tensor::from(1.0), [Tensor::from([2.0, 3.0])]))?;
/// let named = safetensors::load::<f64>(&path)?;
/// assert_eq!(named["0"], Tensor::from(1.0));
/// assert_eq!(named["1.0"], Tensor::from([2.0, 3.0]));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn save<T: Element + SafetensorsElement, P: Tree<Leaf = Tensor<T>>>(
    path: impl AsRef<Path>,
    tree: &P,
) -> Result<(), FileError> {
    let path = path.as_ref();
    let tensors = named(tree, "safetensors::save");
    let tensors = tensors.into_iter().map(|(name, tensor)| (name, Written(tensor)));
    safetensors::serialize_to_file(tensors, None, path).map_err(|why| failed(path, why))
}

/// Reads all tensors of a file.
///
/// # Errors
/// If the file cannot be read, is no safetensors file, or has a tensor with elements of another type.
pub fn load<T: SafetensorsElement>(
    path: impl AsRef<Path>,
) -> Result<BTreeMap<String, Tensor<T>>, FileError> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|why| FileError::io(path, why))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|why| failed(path, why))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.iter() {
        let name = name.to_owned();
        if view.dtype() != T::DTYPE {
            let (path, found) = (path.into(), format!("{:?}", view.dtype()));
            return Err(FileError::ElementType { path, name, found, wanted: T::NAME });
        }
        // (The reader has compared the number of bytes with the shape.)
        tensors.insert(name, Tensor::from_vec(view.shape(), T::from_bytes(view.data())));
    }
    Ok(tensors)
}

/// Replaces the tensors of a tree by those of a file that have their names; unless all fit, by none.
///
/// # Errors
/// As [`load`], and if names or shapes differ.
pub fn load_into<T: Element + SafetensorsElement, P: Tree<Leaf = Tensor<T>>>(
    path: impl AsRef<Path>,
    tree: &mut P,
) -> Result<(), FileError> {
    let path = path.as_ref();
    fill(tree, load(path)?, path)
}

fn failed(path: &Path, why: SafeTensorError) -> FileError {
    match why {
        SafeTensorError::IoError(why) => FileError::io(path, why),
        why => FileError::format(path, why),
    }
}
