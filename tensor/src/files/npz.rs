//! `.npz`: several tensors by name, as NumPy's `savez` and `load` have them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use ndarray::{ArrayViewD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter, ReadNpzError, WriteNpzError};

use super::npy::{NpyElement, read, written};
use super::{FileError, fill, named};
use crate::element::Element;
use crate::tensor::Tensor;
use crate::tree::Tree;

/// Writes the tensors of a tree, uncompressed.
///
/// # Errors
/// If the file cannot be written.
///
/// # Panics
/// If two tensors of the tree have the same name.
///
/// ```
/// use std::collections::BTreeMap;
/// use wengert_tensor::{Tensor, files::npz};
/// let path = std::env::temp_dir().join(format!("x-{}.npz", std::process::id()));
/// let tree = BTreeMap::from([("x".to_string(), Tensor::from([1.0, 2.0]))]);
/// npz::save(&path, &tree)?;
/// assert_eq!(npz::load::<f64>(&path)?, tree);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[track_caller]
pub fn save<T: Element + NpyElement, P: Tree<Leaf = Tensor<T>>>(
    path: impl AsRef<Path>,
    tree: &P,
) -> Result<(), FileError> {
    let path = path.as_ref();
    let tensors = named(tree, "npz::save");
    let failed = |why| match why {
        WriteNpzError::Npy(why) => written(path, why),
        WriteNpzError::Zip(why) => FileError::format(path, why),
    };
    let file = File::create(path).map_err(|why| FileError::io(path, why))?;
    let mut archive = NpzWriter::new(BufWriter::new(file));
    for (name, tensor) in tensors {
        archive.add_array(name, &ArrayViewD::from(tensor)).map_err(failed)?;
    }
    archive.finish().map(drop).map_err(failed)
}

/// Reads all tensors of a file, compressed or not.
///
/// # Errors
/// If the file cannot be read, is no `.npz` file, or has a tensor with elements of another type.
pub fn load<T: NpyElement>(
    path: impl AsRef<Path>,
) -> Result<BTreeMap<String, Tensor<T>>, FileError> {
    let path = path.as_ref();
    let failed = |name: &str, why| match why {
        ReadNpzError::Npy(why) => read::<T>(path, name, why),
        ReadNpzError::Zip(why) => FileError::format(path, why),
    };
    let file = File::open(path).map_err(|why| FileError::io(path, why))?;
    let mut archive = NpzReader::new(BufReader::new(file)).map_err(|why| failed("", why))?;
    let names = archive.names().map_err(|why| failed("", why))?;
    let mut tensors = BTreeMap::new();
    for (index, name) in names.into_iter().enumerate() {
        let array = archive.by_index::<OwnedRepr<T>, IxDyn>(index);
        let array = array.map_err(|why| failed(&name, why))?;
        tensors.insert(name, array.into());
    }
    Ok(tensors)
}

/// Replaces the tensors of a tree by those of a file that have their names; unless all fit, by none.
///
/// # Errors
/// As [`load`], and if names or shapes differ.
pub fn load_into<T: Element + NpyElement, P: Tree<Leaf = Tensor<T>>>(
    path: impl AsRef<Path>,
    tree: &mut P,
) -> Result<(), FileError> {
    let path = path.as_ref();
    fill(tree, load(path)?, path)
}
