//! `.npy`: one tensor, as NumPy's `save` and `load` have it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use ndarray::{ArrayD, ArrayViewD};
use ndarray_npy::{
    ReadNpyError, ReadNpyExt, ReadableElement, WritableElement, WriteNpyError, WriteNpyExt,
};

use super::FileError;
use crate::tensor::Tensor;
use crate::tensor::data::Data;

/// A type of elements that `.npy` files are written and read with: `f32`, `f64`, `i32`, `i64`, `u8` and `bool`.
pub trait NpyElement: Data + ReadableElement + WritableElement {}

impl<T: Data + ReadableElement + WritableElement> NpyElement for T {}

/// Writes a tensor.
///
/// # Errors
/// If the file cannot be written.
///
/// ```
/// use wengert_tensor::{Tensor, files::npy};
/// let path = std::env::temp_dir().join(format!("x-{}.npy", std::process::id()));
/// npy::save(&path, &Tensor::from([[1.0, 2.0]]))?;
/// assert_eq!(npy::load::<f64>(&path)?, Tensor::from([[1.0, 2.0]]));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save<T: NpyElement>(path: impl AsRef<Path>, tensor: &Tensor<T>) -> Result<(), FileError> {
    let path = path.as_ref();
    let file = File::create(path).map_err(|why| FileError::io(path, why))?;
    let mut file = BufWriter::new(file);
    ArrayViewD::from(tensor).write_npy(&mut file).map_err(|why| written(path, why))?;
    file.flush().map_err(|why| FileError::io(path, why))
}

/// Reads a tensor.
///
/// # Errors
/// If the file cannot be read, is no `.npy` file, or has elements of another type.
pub fn load<T: NpyElement>(path: impl AsRef<Path>) -> Result<Tensor<T>, FileError> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|why| FileError::io(path, why))?;
    let array =
        ArrayD::<T>::read_npy(BufReader::new(file)).map_err(|why| read::<T>(path, "", why))?;
    Ok(array.into())
}

pub(super) fn written(path: &Path, why: WriteNpyError) -> FileError {
    match why {
        WriteNpyError::Io(why) => FileError::io(path, why),
        why => FileError::format(path, why),
    }
}

pub(super) fn read<T: Data>(path: &Path, name: &str, why: ReadNpyError) -> FileError {
    match why {
        ReadNpyError::Io(why) => FileError::io(path, why),
        ReadNpyError::WrongDescriptor(found) => FileError::ElementType {
            path: path.into(),
            name: name.into(),
            found: found.to_string(),
            wanted: T::NAME,
        },
        why => FileError::format(path, why),
    }
}
