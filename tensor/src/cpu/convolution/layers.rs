//! The extents of a convolution, and its operands as matrices.

use core::ops::Range;

use super::Convolution;
use crate::cpu::gemm::Matrix;
use crate::cpu::parallel;
use crate::cpu::windows::Windows;
use crate::element::Element;

/// Below this many multiplications, a task is not worth a thread.
pub(super) const PARALLEL: usize = 1 << 20;
/// About as many elements of columns are filled at a time,
const COLUMNS: usize = 1 << 15;
/// or more, if there are fewer columns than these: with each product, the filters are read once.
const FEW: usize = 128;
/// As many elements of filters do not stay in the innermost caches.
const LONG: usize = 1 << 16;

/// The extents of images, filters and outputs; channels are those of one group.
pub(super) struct Layers {
    pub(super) windows: Windows,
    pub(super) groups: usize,
    pub(super) batch: usize,
    pub(super) channels_in: usize,
    pub(super) channels_out: usize,
    pub(super) plane: [usize; 2],
    pub(super) places: [usize; 2],
}

impl Layers {
    pub(super) fn new(
        convolution: Convolution,
        images: &[usize],
        filters: &[usize],
        out: &[usize],
    ) -> Self {
        Layers {
            windows: convolution.windows,
            groups: convolution.groups,
            batch: images[0],
            channels_in: filters[1],
            channels_out: filters[0] / convolution.groups,
            plane: [images[2], images[3]],
            places: [out[2], out[3]],
        }
    }

    pub(super) fn area(&self) -> usize {
        self.places[0] * self.places[1]
    }

    /// The number of elements that a window covers.
    pub(super) fn window_size(&self) -> usize {
        self.channels_in * self.windows.taps()
    }

    /// The number of elements of the filters of one group.
    pub(super) fn filters_size(&self) -> usize {
        self.channels_out * self.window_size()
    }

    pub(super) fn image_size(&self) -> usize {
        self.groups * self.image_of(0).len()
    }

    pub(super) fn output_size(&self) -> usize {
        self.groups * self.channels_out * self.area()
    }

    /// For one image.
    pub(super) fn multiplications(&self) -> usize {
        let planes = self.plane[0] * self.plane[1];
        if planes == 0 { 0 } else { self.groups * self.filters_size() * self.area() }
    }

    pub(super) fn for_each<X: Send>(
        &self,
        tasks: impl IntoIterator<Item = X, IntoIter: DoubleEndedIterator + Send>,
        f: impl Fn(X) + Sync + Send,
    ) {
        parallel::for_each_if(self.are_worth_threads(), tasks, f);
    }

    pub(super) fn are_worth_threads(&self) -> bool {
        self.multiplications() * self.batch >= 2 * PARALLEL
    }

    /// About how many columns are filled at a time.
    fn columns(&self) -> usize {
        (COLUMNS / self.window_size()).max(FEW)
    }

    /// How many images have their columns side by side, where it takes long to read the filters. (Two halves of a batch are left
    /// for two threads.)
    pub(super) fn together(&self) -> usize {
        match self.filters_size() < LONG {
            true => 1,
            false => (self.columns() / self.area()).clamp(1, self.batch.div_ceil(2).max(1)),
        }
    }

    pub(super) fn some_images<'a, T>(&self, images: &'a [T]) -> core::slice::Chunks<'a, T> {
        images.chunks(self.together() * self.image_size())
    }

    pub(super) fn some_outputs<'a, T>(&self, outputs: &'a [T]) -> core::slice::Chunks<'a, T> {
        outputs.chunks(self.together() * self.output_size())
    }

    /// Rows of windows, in parts whose columns are filled at a time.
    pub(super) fn parts(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (rows, step) = (self.places[0], self.rows_of_part());
        (0..rows).step_by(step).map(move |start| start..(start + step).min(rows))
    }

    fn rows_of_part(&self) -> usize {
        match self.are_columns() {
            true => self.places[0],
            false => (self.columns() / self.places[1]).clamp(1, self.places[0]),
        }
    }

    /// Whether images are columns as they are.
    pub(super) fn are_columns(&self) -> bool {
        self.windows.are_elements()
    }

    /// The number of windows in these rows of some images.
    pub(super) fn windows_of<T>(&self, images: &[T], rows: &Range<usize>) -> usize {
        images.len() / self.image_size() * rows.len() * self.places[1]
    }

    /// Whether these are the outputs of one image.
    pub(super) fn are_alone<T>(&self, outputs: &[T]) -> bool {
        outputs.len() == self.output_size()
    }

    /// The number of elements of the columns that are filled at a time.
    pub(super) fn columns_size(&self) -> usize {
        match self.are_columns() && self.together() == 1 {
            true => 0,
            false => self.window_size() * self.together() * self.rows_of_part() * self.places[1],
        }
    }

    /// The number of outputs of one group that are side by side.
    pub(super) fn beside_size(&self) -> usize {
        match self.together() {
            1 => 0,
            images => self.channels_out * images * self.area(),
        }
    }

    /// Where the channels of a group are in an image.
    pub(super) fn image_of(&self, group: usize) -> Range<usize> {
        let size = self.channels_in * self.plane[0] * self.plane[1];
        group * size..(group + 1) * size
    }

    pub(super) fn first_output(&self, group: usize, rows: &Range<usize>) -> usize {
        group * self.channels_out * self.area() + rows.start * self.places[1]
    }

    /// [channels out, window]
    pub(super) fn filters<'a, T>(&self, memory: &'a [T], group: usize) -> Matrix<'a, T> {
        let offset = group * self.filters_size();
        Matrix { memory, offset, strides: [self.window_size() as isize, 1] }
    }

    /// [channels out, windows]
    pub(super) fn outputs<'a, T: Element>(
        &self,
        outputs: &'a [T],
        group: usize,
        rows: &Range<usize>,
        beside: &'a mut [T],
    ) -> Matrix<'a, T> {
        let area = self.area();
        if self.are_alone(outputs) {
            let offset = self.first_output(group, rows);
            return Matrix { memory: outputs, offset, strides: [area as isize, 1] };
        }
        let n = outputs.len() / self.output_size() * area;
        let first = group * self.channels_out * area;
        for (channel, beside) in beside.chunks_mut(n).take(self.channels_out).enumerate() {
            let outputs = outputs.chunks(self.output_size());
            for (to, output) in beside.chunks_mut(area).zip(outputs) {
                copy(to, &output[first + channel * area..][..area]);
            }
        }
        Matrix { memory: beside, offset: 0, strides: [n as isize, 1] }
    }

    /// The inverse of [`Layers::outputs`], for several images.
    pub(super) fn put_apart<T: Element>(&self, beside: &[T], group: usize, outputs: &mut [T]) {
        let area = self.area();
        let n = outputs.len() / self.output_size() * area;
        let first = group * self.channels_out * area;
        for (image, output) in outputs.chunks_mut(self.output_size()).enumerate() {
            let planes = output[first..].chunks_mut(area).take(self.channels_out);
            for (plane, beside) in planes.zip(beside.chunks(n)) {
                copy(plane, &beside[image * area..][..area]);
            }
        }
    }

    /// What windows in some rows of some images cover: [window, windows].
    pub(super) fn unfold<'a, T: Element>(
        &self,
        images: &'a [T],
        group: usize,
        rows: &Range<usize>,
        columns: &'a mut [T],
    ) -> Matrix<'a, T> {
        let n = self.windows_of(images, rows);
        if self.are_columns() && images.len() == self.image_size() {
            let offset = self.image_of(group).start;
            return Matrix { memory: images, offset, strides: [n as isize, 1] };
        }
        if self.windows.padding != [0, 0] {
            columns.fill(T::zero());
        }
        let width = rows.len() * self.places[1];
        for (number, image) in images.chunks(self.image_size()).enumerate() {
            let planes = image[self.image_of(group)].chunks(self.plane[0] * self.plane[1]);
            for (channel, plane) in planes.enumerate() {
                self.windows.for_each_cover(self.plane, self.places, rows.clone(), |cover| {
                    let first = (channel * self.windows.taps() + cover.tap) * n + number * width;
                    let columns = &mut columns[first..first + width];
                    cover.for_each(self.places[1], columns, plane, |run, plane| match cover.step {
                        1 => copy(run, plane),
                        step => run
                            .iter_mut()
                            .zip(plane.iter().step_by(step))
                            .for_each(|(x, &y)| *x = y),
                    });
                });
            }
        }
        Matrix { memory: columns, offset: 0, strides: [n as isize, 1] }
    }

    /// The transpose of [`Layers::unfold`]: each element receives the sum of what stands for it.
    pub(super) fn fold<T: Element>(
        &self,
        columns: &[T],
        group: usize,
        rows: &Range<usize>,
        images: &mut [T],
    ) {
        let n = self.windows_of(images, rows);
        let width = rows.len() * self.places[1];
        for (number, image) in images.chunks_mut(self.image_size()).enumerate() {
            let planes = image[self.image_of(group)].chunks_mut(self.plane[0] * self.plane[1]);
            for (channel, plane) in planes.enumerate() {
                self.windows.for_each_cover(self.plane, self.places, rows.clone(), |cover| {
                    let first = (channel * self.windows.taps() + cover.tap) * n + number * width;
                    cover.for_each_row(self.places[1], |place, element| {
                        let run = &columns[first + place..][..cover.len];
                        let plane = &mut plane[element..];
                        match cover.step {
                            1 => add(&mut plane[..cover.len], run),
                            step => {
                                plane.iter_mut().step_by(step).zip(run).for_each(|(x, &y)| *x += y)
                            }
                        }
                    });
                });
            }
        }
    }
}

/// Copies a short slice, without a call.
#[inline]
pub(super) fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

/// Adds a short slice to another.
#[inline(always)]
fn add<T: Element>(to: &mut [T], from: &[T]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        // (In registers, where nothing overlaps.)
        let (mut sum, from) = (*to, *from);
        for k in 0..8 {
            sum[k] += from[k];
        }
        *to = sum;
    }
    to_rest.iter_mut().zip(from_rest).for_each(|(to, &from)| *to += from);
}
