//! Tensors in files: `.npy` and `.npz` of NumPy (feature `npy`), and safetensors (feature `safetensors`).
//!
//! `.npy` holds one tensor. The others hold several by name: those of a [`Tree`] by its [`names`](Tree::names), such as
//! `layers.0.weight`. What a file holds is read as a map from names to tensors, or into a model that exists.
//!
//! ```
//! # #[cfg(feature = "safetensors")] {
//! use wengert_tensor::files::safetensors;
//! use wengert_tensor::{Tensor, Tree};
//!
//! #[derive(Tree)]
//! struct Linear<A> {
//!     weight: A,
//!     bias: A,
//! }
//!
//! let model = Linear { weight: Tensor::from([[1.0, 2.0]]), bias: Tensor::from([3.0, 4.0]) };
//! let path = std::env::temp_dir().join(format!("linear-{}.safetensors", std::process::id()));
//! safetensors::save(&path, &model)?;
//!
//! let mut other = Linear { weight: Tensor::<f64>::zeros([1, 2]), bias: Tensor::zeros([2]) };
//! safetensors::load_into(&path, &mut other)?;
//! assert_eq!(other.bias, Tensor::from([3.0, 4.0]));
//! let named = safetensors::load::<f64>(&path)?;
//! assert_eq!(named["weight"], Tensor::from([[1.0, 2.0]]));
//! # std::fs::remove_file(&path)?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
#[cfg(feature = "npy")]
pub mod npy;
#[cfg(feature = "npy")]
pub mod npz;
#[cfg(feature = "safetensors")]
pub mod safetensors;

use std::collections::BTreeMap;
use std::path::Path;

pub use error::FileError;

use crate::tensor::Tensor;
use crate::tensor::data::Data;
use crate::tree::{Leaf, Tree};

/// The tensors of a tree with their names.
#[track_caller]
fn named<'a, T: Data, P: Tree<Leaf = Tensor<T>>>(
    tree: &'a P,
    operation: &str,
) -> BTreeMap<String, &'a Tensor<T>>
where
    Tensor<T>: Leaf,
{
    let mut named = BTreeMap::new();
    for (name, leaf) in tree.names().into_iter().zip(tree.leaves()) {
        let twin = named.insert(name.clone(), leaf);
        assert!(
            twin.is_none(),
            "{operation}: two tensors of the tree are named “{name}”; keys of maps must not contain dots"
        );
    }
    named
}

/// Puts tensors into the places of a tree that have their names; nothing is changed unless all fit.
fn fill<T: Data, P: Tree<Leaf = Tensor<T>>>(
    tree: &mut P,
    mut found: BTreeMap<String, Tensor<T>>,
    path: &Path,
) -> Result<(), FileError>
where
    Tensor<T>: Leaf,
{
    let names = tree.names();
    let mut values = Vec::with_capacity(names.len());
    for (name, place) in names.into_iter().zip(tree.leaves()) {
        let Some(value) = found.remove(&name) else {
            return Err(FileError::Missing { path: path.into(), name });
        };
        if value.shape() != place.shape() {
            let (found, wanted) = (value.shape().clone(), place.shape().clone());
            return Err(FileError::Shape { path: path.into(), name, found, wanted });
        }
        values.push(value);
    }
    if !found.is_empty() {
        let names = found.into_keys().collect();
        return Err(FileError::Unexpected { path: path.into(), names });
    }
    for (place, value) in tree.leaves_mut().into_iter().zip(values) {
        *place = value;
    }
    Ok(())
}
