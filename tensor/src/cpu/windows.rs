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

/// Neighbouring places of a row of windows, and what one tap covers there.
pub(crate) struct Run {
    pub(crate) tap: usize,
    /// The first place, counted from the first row of places that were asked for.
    pub(crate) place: usize,
    pub(crate) len: usize,
    /// The element that it covers at the first place; `step` further at each next one.
    pub(crate) element: usize,
    pub(crate) step: usize,
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

    /// The element that a tap covers, at a place where it does.
    pub(crate) fn element(&self, plane: [usize; 2], place: [usize; 2], tap: usize) -> usize {
        let [row, column] =
            [(0, tap / self.kernel[1]), (1, tap % self.kernel[1])].map(|(axis, tap)| {
                ((self.stride[axis] * place[axis]) as isize + self.offset(axis, tap)) as usize
            });
        row * plane[1] + column
    }

    /// Calls `f` for all runs of the windows in the given rows of places.
    pub(crate) fn for_each_run(
        &self,
        plane: [usize; 2],
        places: [usize; 2],
        rows: Range<usize>,
        mut f: impl FnMut(Run),
    ) {
        let step = self.stride[1];
        for i in 0..self.kernel[0] {
            let inside = self.inside(0, i, plane[0], places[0]);
            let inside = inside.start.max(rows.start)..inside.end.min(rows.end);
            for j in 0..self.kernel[1] {
                let tap = i * self.kernel[1] + j;
                let columns = self.inside(1, j, plane[1], places[1]);
                if columns.is_empty() {
                    continue;
                }
                for row in inside.clone() {
                    f(Run {
                        tap,
                        place: (row - rows.start) * places[1] + columns.start,
                        len: columns.len(),
                        element: self.element(plane, [row, columns.start], tap),
                        step,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the definition, for all windows that fit.
    #[test]
    fn runs_are_what_taps_cover() {
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
                windows.for_each_run(plane, places, rows, |run| {
                    found.extend(
                        (0..run.len)
                            .map(|k| (first + run.place + k, run.tap, run.element + k * run.step)),
                    );
                });
            }
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{windows:?} on {plane:?}");
        }
    }
}
