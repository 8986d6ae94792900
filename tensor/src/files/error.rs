//! What can go wrong with files.

use core::fmt;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use crate::shape::Shape;

/// Why a file could not be written or read. The message names the file, and the tensor where it is about one.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system refuses.
    Io {
        /// The file.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
    /// The content is not what the format asks for.
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A tensor has elements of another type.
    ElementType {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The type, in the words of the format.
        found: String,
        /// The type that was asked for.
        wanted: &'static str,
    },
    /// A tensor has another shape than the one that it is to replace.
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Shape,
        /// The shape of the one that it is to replace.
        wanted: Shape,
    },
    /// The file does not hold a tensor of this name.
    Missing {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The file holds tensors that have no place.
    Unexpected {
        /// The file.
        path: PathBuf,
        /// Their names.
        names: Vec<String>,
    },
}

impl FileError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        FileError::Io { path: path.into(), source }
    }

    pub(super) fn format(path: &Path, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        FileError::Format { path: path.into(), source: source.into() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Io { path, source } => write!(f, "{}: {source}", path.display()),
            FileError::Format { path, source } => {
                write!(f, "{}: not a valid file of its format: {source}", path.display())
            }
            FileError::ElementType { path, name, found, wanted } => write!(
                f,
                "{}: the tensor “{name}” has elements of type {found}, and {wanted} is wanted",
                path.display()
            ),
            FileError::Shape { path, name, found, wanted } => write!(
                f,
                "{}: the tensor “{name}” has shape {found}, and {wanted} is wanted",
                path.display()
            ),
            FileError::Missing { path, name } => {
                write!(f, "{}: there is no tensor “{name}” in it", path.display())
            }
            FileError::Unexpected { path, names } => {
                write!(f, "{}: there is no place for “{}”", path.display(), names.join("”, “"))
            }
        }
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FileError::Io { source, .. } => Some(source),
            FileError::Format { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
