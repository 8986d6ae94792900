//! The linear maps between planes and the sixteen components of their tiles. Each is applied first along one axis, then along the
//! other; all tiles of a plane lie side by side in a component, so that loops are over tiles.

use core::ops::Range;

use super::super::layers::copy;
use crate::element::Element;

/// The components of a tile, four along each axis.
pub(super) const COMPONENTS: usize = 16;

/// Some rows of tiles of a plane: a tile is two rows and two columns of places, and the four rows and columns of elements
/// that windows at these places cover.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    /// The rows and columns of the plane.
    pub(super) plane: [usize; 2],
    /// The rows and columns of zeros before the plane.
    pub(super) padding: [usize; 2],
    /// Rows of tiles.
    pub(super) rows: Range<usize>,
    /// The number of tiles in a row.
    pub(super) width: usize,
}

impl Strip {
    pub(super) fn tiles(&self) -> usize {
        self.rows.len() * self.width
    }

    pub(super) fn plane_size(&self) -> usize {
        self.plane[0] * self.plane[1]
    }

    /// As much memory as the maps need for what they have along one axis only.
    pub(super) fn memory(&self) -> usize {
        2 * (self.width + 1) + 8 * (self.rows.len() + 1) * self.width
    }

    /// A row of the padded plane, in pairs; `None` if it is padding.
    #[inline(always)]
    fn read<T: Element>(&self, plane: &[T], row: usize, pairs: &mut [[T; 2]]) -> bool {
        let [rows, columns] = self.plane;
        let line = pairs.as_flattened_mut();
        match row.checked_sub(self.padding[0]).filter(|&row| row < rows) {
            Some(row) => {
                copy(&mut line[self.padding[1]..][..columns], &plane[row * columns..][..columns]);
                true
            }
            None => false,
        }
    }

    /// Bᵀ d B of the elements d of each tile. Components are `step` apart, and begin at `first`.
    #[inline(always)]
    pub(super) fn of_elements<T: Element>(
        &self,
        plane: &[T],
        memory: &mut [T],
        to: &mut [T],
        [first, step]: [usize; 2],
    ) {
        let (width, tiles) = (self.width, self.tiles());
        let (line, halves) = memory.split_at_mut(2 * (width + 1));
        let pairs = line.as_chunks_mut::<2>().0;
        pairs.fill([T::zero(); 2]);
        // Along rows: of even rows, then of odd ones, four components each.
        let half = tiles + width;
        for row in 0..2 * (self.rows.len() + 1) {
            let at = row % 2 * 4 * half + row / 2 * width;
            let [a, b, c, d] = four(halves, at, half, width);
            if self.read(plane, 2 * self.rows.start + row, pairs) {
                let (here, next) = (&pairs[..width], &pairs[1..][..width]);
                for k in 0..width {
                    let ([p, q], [r, s]) = (here[k], next[k]);
                    [a[k], b[k], c[k], d[k]] = of_four([p, q, r, s]);
                }
            } else {
                [a, b, c, d].into_iter().for_each(|component| component.fill(T::zero()));
            }
        }
        // Down columns.
        for j in 0..4 {
            let (even, odd) = (&halves[j * half..][..half], &halves[(4 + j) * half..][..half]);
            let (p, q, r, s) = (&even[..tiles], &odd[..tiles], &even[width..], &odd[width..]);
            let (r, s) = (&r[..tiles], &s[..tiles]);
            let [a, b, c, d] = four(to, j * step + first, 4 * step, tiles);
            for k in 0..tiles {
                [a[k], b[k], c[k], d[k]] = of_four([p[k], q[k], r[k], s[k]]);
            }
        }
    }

    /// A y Aᵀ of the places y of each tile.
    #[inline(always)]
    pub(super) fn of_places<T: Element>(
        &self,
        plane: &[T],
        memory: &mut [T],
        to: &mut [T],
        [first, step]: [usize; 2],
    ) {
        let (width, tiles) = (self.width, self.tiles());
        let (line, halves) = memory.split_at_mut(2 * (width + 1));
        let pairs = line.as_chunks_mut::<2>().0;
        pairs.fill([T::zero(); 2]);
        for row in 0..2 * self.rows.len() {
            let at = row % 2 * 4 * tiles + row / 2 * width;
            let [a, b, c, d] = four(halves, at, tiles, width);
            if self.read(plane, 2 * self.rows.start + row, pairs) {
                let pairs = &pairs[..width];
                for k in 0..width {
                    [a[k], b[k], c[k], d[k]] = of_two(pairs[k]);
                }
            } else {
                [a, b, c, d].into_iter().for_each(|component| component.fill(T::zero()));
            }
        }
        for j in 0..4 {
            let (p, q) = (&halves[j * tiles..][..tiles], &halves[(4 + j) * tiles..][..tiles]);
            let [a, b, c, d] = four(to, j * step + first, 4 * step, tiles);
            for k in 0..tiles {
                [a[k], b[k], c[k], d[k]] = of_two([p[k], q[k]]);
            }
        }
    }

    /// Aᵀ m A, the strip's places in a plane from components m. Whether all are finite.
    #[inline(always)]
    pub(super) fn to_places<T: Element>(
        &self,
        from: &[T],
        [first, step]: [usize; 2],
        memory: &mut [T],
        plane: &mut [T],
    ) -> bool {
        let (width, tiles) = (self.width, self.tiles());
        let [rows, columns] = self.plane;
        let plane =
            &mut plane[2 * self.rows.start * columns..(2 * self.rows.end).min(rows) * columns];
        let (even, odd) = memory.split_at_mut(4 * tiles);
        for j in 0..4 {
            let component = |i: usize| &from[(4 * i + j) * step + first..][..tiles];
            let (p, q, r, s) = (component(0), component(1), component(2), component(3));
            let (even, odd) = (&mut even[j * tiles..][..tiles], &mut odd[j * tiles..][..tiles]);
            for k in 0..tiles {
                [even[k], odd[k]] = to_two([p[k], q[k], r[k], s[k]]);
            }
        }
        for (row, line) in plane.chunks_mut(columns).enumerate() {
            let half = if row % 2 == 0 { &*even } else { &*odd };
            let along = |j: usize| &half[j * tiles + row / 2 * width..][..width];
            let (p, q, r, s) = (along(0), along(1), along(2), along(3));
            let (pairs, single) = line.as_chunks_mut::<2>();
            let full = pairs.len();
            if let [single] = single {
                [*single, _] = to_two([p[full], q[full], r[full], s[full]]);
            }
            let (p, q, r, s) = (&p[..full], &q[..full], &r[..full], &s[..full]);
            for k in 0..full {
                pairs[k] = to_two([p[k], q[k], r[k], s[k]]);
            }
        }
        are_finite(plane)
    }
}

/// Bᵀ d
#[inline(always)]
fn of_four<T: Element>([p, q, r, s]: [T; 4]) -> [T; 4] {
    [p - r, q + r, r - q, q - s]
}

/// A y
#[inline(always)]
fn of_two<T: Element>([p, q]: [T; 2]) -> [T; 4] {
    [p, p + q, p - q, -q]
}

/// Aᵀ m
#[inline(always)]
fn to_two<T: Element>([p, q, r, s]: [T; 4]) -> [T; 2] {
    [p + q + r, q - r - s]
}

/// Four slices of a length, `step` apart.
#[inline(always)]
fn four<T>(memory: &mut [T], first: usize, step: usize, len: usize) -> [&mut [T]; 4] {
    let (a, rest) = memory[first..].split_at_mut(step);
    let (b, rest) = rest.split_at_mut(step);
    let (c, d) = rest.split_at_mut(step);
    [&mut a[..len], &mut b[..len], &mut c[..len], &mut d[..len]]
}

/// Whether all numbers are finite: zero times any other is NaN.
#[inline(always)]
pub(super) fn are_finite<T: Element>(x: &[T]) -> bool {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut sums = [T::zero(); LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane] * T::zero();
        }
    }
    for (sum, &x) in sums.iter_mut().zip(rest) {
        *sum += x * T::zero();
    }
    sums.iter().all(|&sum| sum == T::zero())
}

/// As many filters go through their maps side by side.
const LANES: usize = 16;

/// G g of three rows of G's operand, for each lane.
#[inline(always)]
fn widened<T: Element>([p, q, r]: [[T; LANES]; 3]) -> [[T; LANES]; 4] {
    let half = T::nearest(0.5);
    let (mut plus, mut minus) = (p, p);
    for lane in 0..LANES {
        let (outer, inner) = ((p[lane] + r[lane]) * half, q[lane] * half);
        plus[lane] = outer + inner;
        minus[lane] = outer - inner;
    }
    [p, plus, minus, r]
}

/// Gᵀ u of four rows, for each lane.
#[inline(always)]
fn narrowed<T: Element>([p, q, r, s]: [[T; LANES]; 4]) -> [[T; LANES]; 3] {
    let half = T::nearest(0.5);
    let (mut first, mut middle, mut last) = (p, q, s);
    for lane in 0..LANES {
        let sum = (q[lane] + r[lane]) * half;
        first[lane] = p[lane] + sum;
        middle[lane] = (q[lane] - r[lane]) * half;
        last[lane] = sum + s[lane];
    }
    [first, middle, last]
}

/// G g Gᵀ of filters g, beside each other in each component.
#[inline(always)]
pub(super) fn of_filters<T: Element>(filters: &[T], to: &mut [T]) {
    let (filters, _) = filters.as_chunks::<9>();
    let n = filters.len();
    for (part, filters) in filters.chunks(LANES).enumerate() {
        let mut taps = [[T::zero(); LANES]; 9];
        for (lane, filter) in filters.iter().enumerate() {
            for tap in 0..9 {
                taps[tap][lane] = filter[tap];
            }
        }
        let [a, b, c, d, e, f, g, h, i] = taps;
        let [p, q, r] = [widened([a, b, c]), widened([d, e, f]), widened([g, h, i])];
        for j in 0..4 {
            let column = widened([p[j], q[j], r[j]]);
            for i in 0..4 {
                let to = &mut to[(4 * i + j) * n + part * LANES..][..filters.len()];
                copy(to, &column[i][..filters.len()]);
            }
        }
    }
}

/// Gᵀ u G, filters from their components u.
#[inline(always)]
pub(super) fn to_filters<T: Element>(from: [&[T]; COMPONENTS], filters: &mut [T]) {
    let (filters, _) = filters.as_chunks_mut::<9>();
    for (part, filters) in filters.chunks_mut(LANES).enumerate() {
        let mut components = [[T::zero(); LANES]; COMPONENTS];
        for (lanes, from) in components.iter_mut().zip(from) {
            copy(&mut lanes[..filters.len()], &from[part * LANES..][..filters.len()]);
        }
        let mut columns = [[[T::zero(); LANES]; 3]; 4];
        for j in 0..4 {
            let at = |i: usize| components[4 * i + j];
            columns[j] = narrowed([at(0), at(1), at(2), at(3)]);
        }
        let [a, b, c, d] = columns;
        for i in 0..3 {
            let row = narrowed([a[i], b[i], c[i], d[i]]);
            for (lane, filter) in filters.iter_mut().enumerate() {
                for j in 0..3 {
                    filter[3 * i + j] = row[j][lane];
                }
            }
        }
    }
}
