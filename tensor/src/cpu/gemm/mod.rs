//! The product of two matrices: by tiles of the result that stay in vector registers, where the machine has tiles, and by
//! `matrixmultiply` everywhere else.

mod blocks;
mod pack;
mod tiles;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::parallel::{self, TASKS};
use crate::element::Element;
pub use tiles::Tiles;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use tiles::{double, single};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{double, single};

/// c ← a · b, or c + a · b, for m × n `c` with rows of neighbours, and m × k `a` and k × n `b` of any strides.
#[doc(hidden)]
#[derive(Debug)]
pub struct Product<'a, T> {
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    pub(crate) a: Matrix<'a, T>,
    pub(crate) b: Matrix<'a, T>,
    /// From the first element to the last.
    pub(crate) c: &'a mut [T],
    /// The step to the next row of c.
    pub(crate) c_stride: usize,
    /// Whether the product is added to c instead of replacing it.
    pub(crate) accumulate: bool,
}

/// A matrix somewhere in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) memory: &'a [T],
    pub(crate) offset: usize,
    /// The steps to the next row and to the next column.
    pub(crate) strides: [isize; 2],
}

impl<'a, T> Matrix<'a, T> {
    pub(crate) fn transposed(self) -> Self {
        let [row, column] = self.strides;
        Matrix { strides: [column, row], ..self }
    }

    /// What begins in this row and column.
    fn from(self, row: usize, column: usize) -> Self {
        Matrix { offset: self.at(row, column), ..self }
    }

    /// Where an element is in memory.
    #[inline(always)]
    fn at(&self, row: usize, column: usize) -> usize {
        let [along_rows, along_columns] = self.strides;
        let steps = row as isize * along_rows + column as isize * along_columns;
        self.offset.wrapping_add_signed(steps)
    }

    /// Whether all elements of an extent lie in the memory.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        let (mut first, mut last) = (self.offset as isize, self.offset as isize);
        for (n, stride) in [rows, columns].into_iter().zip(self.strides) {
            let reach = (n as isize - 1) * stride;
            first += reach.min(0);
            last += reach.max(0);
        }
        first >= 0 && last < self.memory.len() as isize
    }
}

/// Carries a product out, on several threads if these are worth it. No element of the result depends on their number, nor on how many
/// rows and columns there are beside it.
pub(crate) fn multiply<T: Element>(product: Product<'_, T>, threads: bool) {
    let Product { m, k, n, a, b, c_stride, accumulate, .. } = product;
    if m == 0 || n == 0 {
        return;
    }
    assert!(
        c_stride >= n && product.c.len() >= (m - 1) * c_stride + n,
        "the result has {m} × {n} elements"
    );
    if k == 0 {
        if !accumulate {
            product.c.chunks_mut(c_stride).take(m).for_each(|row| row[..n].fill(T::zero()));
        }
        return;
    }
    assert!(a.holds(m, k) && b.holds(k, n), "the operands lie in their memory");
    match T::tiles() {
        Some(tiles) => blocks::multiply(product, tiles, threads),
        None => by_rows(product, threads),
    }
}

/// Into how many tasks a product of m × n elements is divided for threads.
pub(crate) fn tasks<T: Element>(m: usize, n: usize) -> usize {
    match T::tiles() {
        Some(tiles) => blocks::division(m, n, tiles).iter().product(),
        None => (m / LEAST_ROWS).clamp(1, TASKS),
    }
}

/// So many rows are worth bringing columns into order for.
const LEAST_ROWS: usize = 64;

/// By rows, each task as `matrixmultiply` does it.
fn by_rows<T: Element>(product: Product<'_, T>, threads: bool) {
    let Product { m, a, c_stride, .. } = product;
    let rows = if threads { m.div_ceil(TASKS).max(LEAST_ROWS) } else { m };
    let tasks = product.c.chunks_mut(rows * c_stride).take(m.div_ceil(rows)).enumerate();
    parallel::for_each(tasks, |(task, c)| {
        let first = task * rows;
        T::gemm(Product { m: rows.min(m - first), a: a.from(first, 0), c, ..product });
    });
}

macro_rules! portable {
    ($($T:ident $gemm:ident)*) => {$(
        /// A product whose operands and result lie in their memory, of which nothing is empty.
        pub(crate) fn $gemm(product: Product<'_, $T>) {
            let Product { m, k, n, a, b, c, c_stride, accumulate } = product;
            assert!(a.holds(m, k) && b.holds(k, n) && c.len() >= (m - 1) * c_stride + n);
            // SAFETY: All elements of a and b that are read lie in their slices, and c is a mutable slice that holds m rows of n
            // elements, `c_stride` apart (asserted above), so that it overlaps neither.
            unsafe {
                matrixmultiply::$gemm(
                    m, k, n,
                    1.0,
                    a.memory.as_ptr().add(a.offset), a.strides[0], a.strides[1],
                    b.memory.as_ptr().add(b.offset), b.strides[0], b.strides[1],
                    if accumulate { 1.0 } else { 0.0 },
                    c.as_mut_ptr(), c_stride as isize, 1,
                );
            }
        }
    )*};
}
portable!(f32 sgemm f64 dgemm);

#[cfg(test)]
mod tests;
