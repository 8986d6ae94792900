//! Where windows that slide over an image lie: arithmetic on positions.

use core::ops::Range;

/// Windows on a plane of rows and columns; the one at place (p, q) covers with tap (i, j) the element
/// (stride·p + dilation·i − padding, stride·q + dilation·j − padding), or nothing, if the plane has no such element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// The numbers of taps.
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) dilation: [usize; 2],
}

/// What one tap covers: `rows` rows of `len` neighbouring places each, which begin at `place` and a row of places further
/// each time, cover elements `step` apart, which begin at `element` and `row_step` further each time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
    pub(crate) tap: usize,
    pub(crate) place: usize,
    pub(crate) element: usize,
    pub(crate) rows: usize,
    pub(crate) row_step: usize,
    pub(crate) len: usize,
    pub(crate) step: usize,
}

impl Cover {
    /// Calls `f` with the first place and the first element of each row; rows of places have `width` of them.
    #[inline]
    pub(crate) fn for_each_row(&self, width: usize, mut f: impl FnMut(usize, usize)) {
        for row in 0..self.rows {
            f(self.place + row * width, self.element + row * self.row_step);
        }
    }

    /// Calls `f` with the places and the elements of each row.
    #[inline]
    pub(crate) fn for_each<X, Y>(
        &self,
        width: usize,
        places: &mut [X],
        elements: &[Y],
        mut f: impl FnMut(&mut [X], &[Y]),
    ) {
        let reach = (self.len - 1) * self.step + 1;
        self.for_each_row(width, |place, element| {
            f(&mut places[place..place + self.len], &elements[element..element + reach]);
        });
    }
}

impl Windows {
    pub(crate) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// How many windows fit along each axis of a plane and its padding.
    pub(crate) fn places(&self, plane: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            let extent = plane[axis] + 2 * self.padding[axis];
            if extent < reach { 0 } else { (extent - reach) / self.stride[axis] + 1 }
        })
    }

    /// The extents of a plane whose last element along each axis is covered by the last tap of the last window (or would be,
    /// were it not padding).
    pub(crate) fn plane(&self, places: [usize; 2]) -> [usize; 2] {
        [0, 1].map(|axis| {
            let last = self.stride[axis] * places[axis].saturating_sub(1);
            let extent = last + self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            extent.saturating_sub(2 * self.padding[axis])
        })
    }

    /// Whether each tap covers the element at its window's own place.
    pub(crate) fn are_elements(&self) -> bool {
        (self.kernel, self.stride, self.padding) == ([1, 1], [1, 1], [0, 0])
    }

    /// Along an axis, the element before the first that `tap` covers at place 0, from the beginning of the plane.
    fn offset(&self, axis: usize, tap: usize) -> isize {
        (self.dilation[axis] * tap) as isize - self.padding[axis] as isize
    }

    /// Along an axis, the places where `tap` covers an element.
    fn inside(&self, axis: usize, tap: usize, extent: usize, places: usize) -> Range<usize> {
        let offset = self.offset(axis, tap);
        let stride = self.stride[axis];
        let first = (offset.min(0).unsigned_abs()).div_ceil(stride);
        let end = usize::try_from(extent as isize - offset).unwrap_or(0).div_ceil(stride);
        let end = end.min(places);
        first.min(end)..end
    }

    /// For each tap, the element that it covers at place (0, 0), from the beginning of a plane.
    pub(crate) fn first_elements(&self, plane: [usize; 2]) -> Vec<isize> {
        let first = |tap| {
            let [i, j] = [tap / self.kernel[1], tap % self.kernel[1]];
            self.offset(0, i) * plane[1] as isize + self.offset(1, j)
        };
        (0..self.taps()).map(first).collect()
    }

    /// Calls `f` for what each tap covers in the given rows of places.
    #[inline]
    pub(crate) fn for_each_cover(
        &self,
        plane: [usize; 2],
        places: [usize; 2],
        rows: Range<usize>,
        mut f: impl FnMut(Cover),
    ) {
        for i in 0..self.kernel[0] {
            let inside = self.inside(0, i, plane[0], places[0]);
            let inside = inside.start.max(rows.start)..inside.end.min(rows.end);
            for j in 0..self.kernel[1] {
                let columns = self.inside(1, j, plane[1], places[1]);
                if inside.is_empty() || columns.is_empty() {
                    continue;
                }
                let element = |axis: usize, place: usize, tap: usize| {
                    ((self.stride[axis] * place) as isize + self.offset(axis, tap)) as usize
                };
                f(Cover {
                    tap: i * self.kernel[1] + j,
                    place: (inside.start - rows.start) * places[1] + columns.start,
                    element: element(0, inside.start, i) * plane[1] + element(1, columns.start, j),
                    rows: inside.len(),
                    row_step: self.stride[0] * plane[1],
                    len: columns.len(),
                    step: self.stride[1],
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition, for all windows that fit.
    #[test]
    fn covers_are_what_taps_cover() {
        for case in 0..3000_usize {
            let digits = |start: usize, base: usize| {
                [start, start + 1].map(|k| (case * 7919 / 3_usize.pow(k as u32)) % base)
            };
            let windows = Windows {
                kernel: digits(0, 4).map(|k| k + 1),
                stride: digits(2, 3).map(|k| k + 1),
                padding: digits(4, 3),
                dilation: digits(3, 3).map(|k| k + 1),
            };
            let plane = digits(1, 6).map(|k| k + 1);
            let places = windows.places(plane);
            let mut expected = Vec::new();
            for row in 0..places[0] {
                for column in 0..places[1] {
                    for tap in 0..windows.taps() {
                        let at = |axis: usize, place: usize, tap: usize| {
                            (windows.stride[axis] * place + windows.dilation[axis] * tap)
                                .checked_sub(windows.padding[axis])
                                .filter(|&at| at < plane[axis])
                        };
                        let y = at(0, row, tap / windows.kernel[1]);
                        let x = at(1, column, tap % windows.kernel[1]);
                        if let (Some(y), Some(x)) = (y, x) {
                            expected.push((row * places[1] + column, tap, y * plane[1] + x));
                        }
                    }
                }
            }
            let mut found = Vec::new();
            for rows in [0..places[0] / 2, places[0] / 2..places[0]] {
                let first = rows.start * places[1];
                windows.for_each_cover(plane, places, rows, |cover| {
                    cover.for_each_row(places[1], |place, element| {
                        let at = |k| (first + place + k, cover.tap, element + k * cover.step);
                        found.extend((0..cover.len).map(at));
                    });
                });
            }
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{windows:?} on {plane:?}");
        }
    }
}
