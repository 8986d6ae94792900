//! Names of the parts of a tree.

use core::fmt;

/// The way from the root of a tree to a part of it.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Path<'a> {
    before: Option<&'a Path<'a>>,
    step: &'a dyn fmt::Display,
}

impl<'a> Path<'a> {
    pub(crate) const ROOT: Path<'static> = Path { before: None, step: &"" };

    /// One step further: to a field, a key or an index.
    pub fn then(&'a self, step: &'a dyn fmt::Display) -> Path<'a> {
        Path { before: Some(self), step }
    }
}

impl fmt::Debug for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.before {
            None => Ok(()),
            Some(Path { before: None, .. }) => write!(f, "{}", self.step),
            Some(before) => write!(f, "{before}.{}", self.step),
        }
    }
}
