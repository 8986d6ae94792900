//! Tiles of a product: so many rows and columns of the result as vector registers hold, summed over k without touching memory.
//!
//! A row of a tile is one vector or two. Each step along k loads as many elements of b, and multiplies them with one element of a for
//! each row, so that the units for multiplication and addition are busy all the time (K. Goto and R. van de Geijn, *Anatomy of
//! High-Performance Matrix Multiplication*, 2008; what is called the micro-kernel in BLIS).

/// Where the tile begins in what it needs, and how it lies there. `a` holds `depth` times as many elements as the tile has rows,
/// `b` as many as it has columns.
pub(super) struct Tile<T> {
    pub(super) depth: usize,
    pub(super) a: *const T,
    pub(super) b: *const T,
    /// The step to the next row of b.
    pub(super) b_stride: isize,
    /// Where to keep the rows of b, one after the other; or null.
    pub(super) keep: *mut T,
    pub(super) c: *mut T,
    /// The step to the next row of c.
    pub(super) c_stride: usize,
    /// Whether the sums are added to c instead of replacing it.
    pub(super) accumulate: bool,
}

/// Lines of a matrix that are moved: each begins `stride` elements after the one before, and what comes of it `to_stride`.
pub(super) struct Lines<T> {
    pub(super) count: usize,
    pub(super) from: *const T,
    pub(super) stride: isize,
    pub(super) to: *mut T,
    pub(super) to_stride: usize,
}

/// The tiles of a machine.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tiles<T: 'static> {
    /// How many elements there are in a vector.
    pub(super) lanes: usize,
    /// How many columns a block of b has, of which the second cache holds the elements.
    pub(super) width: usize,
    /// Copies lines of so many elements, up to as many as a tile has columns.
    pub(super) copy: unsafe fn(Lines<T>, usize),
    /// Turns four lines over, of `count` elements each, which is a multiple of four: so many of four come of them.
    pub(super) turn: unsafe fn(Lines<T>),
    /// For each number of rows, less one, the tiles of one vector and of two.
    #[expect(clippy::type_complexity, reason = "one table")]
    pub(super) of: &'static [[unsafe fn(Tile<T>); 2]],
}

/// More than any tile has.
pub(super) const MOST_ELEMENTS: usize = 14 * 32;

impl<T> Tiles<T> {
    /// How many rows a tile has at most.
    pub(super) fn rows(&self) -> usize {
        self.of.len()
    }

    /// How many columns a tile has at most.
    pub(super) fn columns(&self) -> usize {
        2 * self.lanes
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod none {
    use super::Tiles;

    pub(crate) fn single() -> Option<&'static Tiles<f32>> {
        None
    }
    pub(crate) fn double() -> Option<&'static Tiles<f64>> {
        None
    }
}
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use none::{double, single};
