//! Parts of a matrix in the order in which tiles read them.

use core::ops::Range;

use super::Matrix;
use super::tiles::{Lines, Tiles};
use crate::element::Element;

/// A panel: of each of the first columns of a matrix, as many as `panel` holds, the first `rows` elements, and zeros up to `height`.
pub(super) fn pack<T: Element>(
    matrix: Matrix<'_, T>,
    rows: usize,
    height: usize,
    panel: &mut [T],
    tiles: &Tiles<T>,
) {
    let depth = panel.len() / height;
    assert!(
        matrix.holds(rows, depth)
            && rows <= height.min(tiles.columns())
            && panel.len() == depth * height
    );
    if rows < height {
        panel.fill(T::zero());
    }
    match matrix.strides {
        [1, stride] => {
            let from = matrix.memory.as_ptr().wrapping_add(matrix.offset);
            let to = panel.as_mut_ptr();
            // SAFETY: The matrix holds so many lines of neighbours, and the panel what comes of them (asserted above). The machine
            // has the instructions, or it would not have these tiles.
            unsafe {
                (tiles.copy)(Lines { count: depth, from, stride, to, to_stride: height }, rows)
            }
        }
        [stride, 1] => {
            let (fours, count) = (rows / 4 * 4, depth / 4 * 4);
            for row in (0..fours).step_by(4) {
                let from = matrix.memory.as_ptr().wrapping_add(matrix.at(row, 0));
                let to = panel[row..].as_mut_ptr();
                // SAFETY: As above: the matrix holds four lines of so many neighbours, from this row on, and the panel as many of four.
                unsafe { (tiles.turn)(Lines { count, from, stride, to, to_stride: height }) }
            }
            one_by_one(matrix, 0..fours, count..depth, height, panel);
            one_by_one(matrix, fours..rows, 0..depth, height, panel);
        }
        _ => one_by_one(matrix, 0..rows, 0..depth, height, panel),
    }
}

fn one_by_one<T: Element>(
    matrix: Matrix<'_, T>,
    rows: Range<usize>,
    columns: Range<usize>,
    height: usize,
    panel: &mut [T],
) {
    for row in rows {
        for column in columns.clone() {
            panel[column * height + row] = matrix.memory[matrix.at(row, column)];
        }
    }
}
