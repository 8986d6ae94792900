//! A product in blocks that stay in the caches while tiles go over them.
//!
//! Of b, a block of some columns and of a part of k is brought into order, which then stays in the second cache; of a, panels of as many
//! rows as a tile has, each of which stays in the first while its tiles go along the block. Tasks get columns of the result each, and
//! share what was brought into order of a; or rows, where columns are few.
//!
//! An element is summed in the order of k, by parts of k that depend on k alone.

use core::ops::Range;

use super::pack::pack;
use super::tiles::{MOST_ELEMENTS, Tile, Tiles};
use super::{LEAST_ROWS, Matrix, Product};
use crate::cpu::parallel::{self, TASKS};
use crate::element::Element;
use crate::tensor::data::{recycle, scratch};

/// Bytes of the most of k that a tile goes along.
const DEPTH: usize = 1536;
/// Bytes of a line of the cache: vectors that lie in one are read and written in half the time.
const LINE: usize = 64;
/// So many elements of a are brought into order at a time.
const PACKED: usize = 1 << 20;
/// Below this many, one thread does it.
const WORTH_THREADS: usize = 1 << 16;

/// A product whose operands and result lie in their memory, of which nothing is empty.
pub(super) fn multiply<T: Element>(
    product: Product<'_, T>,
    tiles: &'static Tiles<T>,
    threads: bool,
) {
    let Product { m, k, n, a, b, c, c_stride, accumulate } = product;
    assert!(c_stride >= n && c.len() >= (m - 1) * c_stride + n && a.holds(m, k) && b.holds(k, n));
    let c = Memory(c.as_mut_ptr());
    let depth = k.div_ceil(k.div_ceil(DEPTH / size_of::<T>()));
    let blocks = Blocks { k, n, a, b, c, c_stride, accumulate, tiles, depth };
    let [row_tasks, strips] = if threads { division(m, n, tiles) } else { [1, 1] };
    let rows = m.div_ceil(row_tasks);
    parallel::for_each((0..m).step_by(rows), |first| {
        blocks.rows(first..m.min(first + rows), strips);
    });
}

/// Into how many parts the rows of a result are divided for threads, and into how many its columns: these first, because their tasks
/// share what is brought into order.
pub(super) fn division<T>(m: usize, n: usize, tiles: &Tiles<T>) -> [usize; 2] {
    let strips = (n / tiles.columns()).clamp(1, TASKS);
    [(m / LEAST_ROWS).clamp(1, TASKS / strips), strips]
}

/// The result's memory, of which each task writes rows and columns of its own.
#[derive(Clone, Copy)]
struct Memory<T>(*mut T);

// SAFETY: `Blocks` divides what is written among tasks, none of which reads what another writes.
unsafe impl<T: Send> Send for Memory<T> {}
// SAFETY: As above.
unsafe impl<T: Send> Sync for Memory<T> {}

struct Blocks<'a, T: Element> {
    k: usize,
    n: usize,
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    c: Memory<T>,
    c_stride: usize,
    accumulate: bool,
    tiles: &'static Tiles<T>,
    /// The part of k that tiles go along at a time.
    depth: usize,
}

/// Panels of a: some rows and a stretch of k.
struct Panels<'a, T> {
    rows: Range<usize>,
    k: Range<usize>,
    /// How many panels there are of the rows.
    count: usize,
    elements: &'a [T],
    /// From one panel to the next.
    stride: usize,
}

impl<T> Panels<'_, T> {
    /// The rows of a panel, one more or less than others have.
    fn rows_of(rows: &Range<usize>, count: usize, panel: usize) -> Range<usize> {
        let start = |panel| rows.start + panel * rows.len() / count;
        start(panel)..start(panel + 1)
    }
}

impl<T: Element> Blocks<'_, T> {
    /// Some rows of the result, by so many strips of columns.
    fn rows(&self, rows: Range<usize>, strips: usize) {
        let most_rows = PACKED / self.depth;
        for start in rows.clone().step_by(most_rows) {
            let rows = start..rows.end.min(start + most_rows);
            let parts = (PACKED / (rows.len() * self.depth)).max(1);
            for start in (0..self.k).step_by(parts * self.depth) {
                let k = start..self.k.min(start + parts * self.depth);
                self.stretch(rows.clone(), k, strips);
            }
        }
    }

    /// What a stretch of k contributes to some rows.
    fn stretch(&self, rows: Range<usize>, k: Range<usize>, strips: usize) {
        let count = rows.len().div_ceil(self.tiles.rows());
        let stride = rows.len().div_ceil(count) * self.depth;
        let mut elements = scratch(k.len().div_ceil(self.depth) * count * stride);
        let worth_threads = strips > 1 && elements.len() >= WORTH_THREADS;
        let panels = elements.chunks_mut(stride).enumerate();
        parallel::for_each_if(worth_threads, panels, |(number, panel)| {
            let part = k.start + number / count * self.depth;
            let rows = Panels::<T>::rows_of(&rows, count, number % count);
            let panel = &mut panel[..rows.len() * self.depth.min(k.end - part)];
            pack(self.a.from(rows.start, part), rows.len(), rows.len(), panel, self.tiles);
        });
        let a = Panels { rows, k, count, elements: &elements, stride };
        let width = self.n.div_ceil(strips).next_multiple_of(self.tiles.columns());
        parallel::for_each_if(strips > 1, (0..self.n).step_by(width), |first| {
            self.strip(&a, first..self.n.min(first + width));
        });
        recycle(elements);
    }

    /// What some panels contribute to some columns.
    fn strip(&self, a: &Panels<'_, T>, columns: Range<usize>) {
        let width = self.tiles.width;
        let padded = columns.len().min(width).next_multiple_of(self.tiles.columns());
        let line = LINE / size_of::<T>();
        let mut memory: Vec<T> = scratch(self.depth * padded + line);
        let aligned = memory.as_ptr().align_offset(LINE).min(line);
        let packed = &mut memory[aligned..];
        for first in columns.clone().step_by(width) {
            let columns = first..columns.end.min(first + width);
            for (part, start) in a.k.clone().step_by(self.depth).enumerate() {
                let k = start..a.k.end.min(start + self.depth);
                for panel in 0..a.count {
                    let rows = Panels::<T>::rows_of(&a.rows, a.count, panel);
                    let a = &a.elements[(part * a.count + panel) * a.stride..];
                    let a = &a[..rows.len() * k.len()];
                    let tiles = columns.clone().step_by(self.tiles.columns());
                    let panels_of_b = packed.chunks_mut(self.depth * self.tiles.columns());
                    for (first, b) in tiles.zip(panels_of_b) {
                        let columns = first..columns.end.min(first + self.tiles.columns());
                        let b = &mut b[..self.room(columns.len()) * k.len()];
                        let b = self.columns(&columns, &k, b, panel == 0);
                        self.tile(rows.clone(), columns, k.clone(), a, b);
                    }
                }
            }
        }
        recycle(memory);
    }

    /// How many columns the tile for so many has: those of one vector or of two.
    fn room(&self, columns: usize) -> usize {
        if columns <= self.tiles.lanes { self.tiles.lanes } else { self.tiles.columns() }
    }

    /// Where a tile reads some columns of b, which are brought into order for the first panel of a: by that panel's tile itself, if
    /// they are neighbours and fill it.
    fn columns<'b>(
        &'b self,
        columns: &Range<usize>,
        k: &Range<usize>,
        packed: &'b mut [T],
        is_first: bool,
    ) -> Columns<'b, T> {
        let room = packed.len() / k.len();
        let matrix = self.b.from(k.start, columns.start);
        match (is_first, self.b.strides) {
            (true, [stride, 1]) if columns.len() == room => {
                let first = matrix.memory.as_ptr().wrapping_add(matrix.offset);
                return Columns { first, stride, keep: Some(packed) };
            }
            (true, _) => pack(matrix.transposed(), columns.len(), room, packed, self.tiles),
            _ => {}
        }
        Columns { first: packed.as_ptr(), stride: room as isize, keep: None }
    }

    /// What some rows and columns get of a part of k.
    fn tile(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        k: Range<usize>,
        a: &[T],
        b: Columns<'_, T>,
    ) {
        let accumulate = self.accumulate || k.start > 0;
        let room = self.room(columns.len());
        let sum = self.tiles.of[rows.len() - 1][room / self.tiles.lanes - 1];
        let keep = b.keep.map_or(core::ptr::null_mut(), |keep| keep.as_mut_ptr());
        let tile = |c: *mut T, c_stride, accumulate| Tile {
            depth: k.len(),
            a: a.as_ptr(),
            b: b.first,
            b_stride: b.stride,
            keep,
            c,
            c_stride,
            accumulate,
        };
        // SAFETY: The result has these rows and columns, which no other task writes (asserted and divided above); a and b hold what the
        // tile asks for; and the machine has the tile's instructions, or it would not have been chosen.
        unsafe {
            let c = self.c.0.add(rows.start * self.c_stride + columns.start);
            if columns.len() == room {
                return sum(tile(c, self.c_stride, accumulate));
            }
            // (At the right end of the result, a tile has columns that this has not.)
            assert!(rows.len() * room <= MOST_ELEMENTS);
            let mut whole = [T::zero(); MOST_ELEMENTS];
            sum(tile(whole.as_mut_ptr(), room, false));
            for (i, row) in whole.chunks(room).take(rows.len()).enumerate() {
                let c = core::slice::from_raw_parts_mut(c.add(i * self.c_stride), columns.len());
                for (c, &x) in c.iter_mut().zip(row) {
                    *c = if accumulate { *c + x } else { x };
                }
            }
        }
    }
}

/// Columns of b for a tile.
struct Columns<'b, T> {
    /// The element in the first row and column. (Rows may lie in memory the other way round.)
    first: *const T,
    /// The step to the next row.
    stride: isize,
    /// Where the tile keeps them in order, for those after it.
    keep: Option<&'b mut [T]>,
}
