//! Convolutions as products of matrices: one holds what the windows cover, a column for each window. It is filled for a few
//! rows of windows at a time, and used while it is in the cache.
//!
//! The three functions are the three parts of one trilinear form, Σ outputs · filters · columns(images).

use core::ops::Range;

use super::gemm::{Matrix, Product};
use super::parallel;
use super::vectors::multiply;
use super::windows::Windows;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{recycle, scratch};

/// Below this many multiplications, a task is not worth a thread.
const PARALLEL: usize = 1 << 20;
/// About as many elements of columns are filled at a time.
const COLUMNS: usize = 1 << 15;

/// Windows, and the number of groups of channels, each of which has filters of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Convolution {
    pub(crate) windows: Windows,
    pub(crate) groups: usize,
}

/// The outputs [N, O, P, Q] that filters [O, C/groups, kernel…] make of images [N, C, H, W].
pub(crate) fn outputs<T: Element>(
    convolution: Convolution,
    images: &Tensor<T>,
    filters: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let layers = Layers::new(convolution, images.shape(), filters.shape(), shape);
    let mut out = scratch(shape.size());
    if layers.multiplications() == 0 {
        out.fill(T::zero());
        return Tensor::from_buffer(shape.clone(), out);
    }
    let (images, filters) = (images.contiguous(), filters.contiguous());
    let tasks = layers.images(memory(&images)).zip(out.chunks_mut(layers.output_size())).collect();
    layers.for_each(tasks, |(image, out): (&[T], &mut [T])| {
        let mut columns = scratch(layers.columns_size());
        for group in 0..convolution.groups {
            for rows in layers.parts() {
                multiply(Product {
                    m: layers.channels_out,
                    k: layers.window_size(),
                    n: rows.len() * layers.places[1],
                    a: layers.filters(memory(&filters), group),
                    b: layers.unfold(image, group, &rows, &mut columns),
                    c: &mut out[layers.first_output(group, &rows)..],
                    c_stride: layers.area(),
                    accumulate: false,
                });
            }
        }
        recycle(columns);
    });
    Tensor::from_buffer(shape.clone(), out)
}

/// The images [N, C, H, W] that are the transpose of [`outputs`], as a function of images, applied to outputs.
pub(crate) fn images<T: Element>(
    convolution: Convolution,
    filters: &Tensor<T>,
    outputs: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let layers = Layers::new(convolution, shape, filters.shape(), outputs.shape());
    let mut images = scratch(shape.size());
    images.fill(T::zero());
    if layers.multiplications() == 0 {
        return Tensor::from_buffer(shape.clone(), images);
    }
    let (filters, outputs) = (filters.contiguous(), outputs.contiguous());
    let tasks =
        images.chunks_mut(layers.image_size()).zip(layers.outputs(memory(&outputs))).collect();
    layers.for_each(tasks, |(image, output): (&mut [T], &[T])| {
        let mut columns = scratch(layers.columns_size());
        for group in 0..convolution.groups {
            for rows in layers.parts() {
                let n = rows.len() * layers.places[1];
                let image = &mut image[layers.image_of(group)];
                let plain = layers.are_columns();
                multiply(Product {
                    m: layers.window_size(),
                    k: layers.channels_out,
                    n,
                    a: layers.filters(memory(&filters), group).transposed(),
                    b: layers.output(output, group, &rows),
                    c: if plain { image } else { &mut columns },
                    c_stride: n,
                    accumulate: false,
                });
                if !plain {
                    layers.fold(&columns, &rows, image);
                }
            }
        }
        recycle(columns);
    });
    Tensor::from_buffer(shape.clone(), images)
}

/// The filters [O, C/groups, kernel…] that are the transpose of [`outputs`], as a function of filters, applied to outputs.
pub(crate) fn filters<T: Element>(
    convolution: Convolution,
    images: &Tensor<T>,
    outputs: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let layers = Layers::new(convolution, images.shape(), shape, outputs.shape());
    let size = shape.size();
    let work = layers.multiplications() * layers.batch;
    if work == 0 {
        return Tensor::from_buffer(shape.clone(), vec![T::zero(); size]);
    }
    let (images, outputs) = (images.contiguous(), outputs.contiguous());
    // Sums over some images each, by a rule that looks at sizes only, and then their sum.
    let some = layers.batch.div_ceil((work / PARALLEL).clamp(1, 8));
    let mut sums = scratch(size * layers.batch.div_ceil(some));
    sums.fill(T::zero());
    let tasks = sums
        .chunks_mut(size)
        .zip(memory(&images).chunks(some * layers.image_size()))
        .zip(memory(&outputs).chunks(some * layers.output_size()))
        .collect();
    parallel::for_each(tasks, |((sum, images), outputs): ((&mut [T], &[T]), &[T])| {
        let mut columns = scratch(layers.columns_size());
        let layer = layers.filters_size();
        for (image, output) in layers.images(images).zip(layers.outputs(outputs)) {
            for group in 0..convolution.groups {
                for rows in layers.parts() {
                    multiply(Product {
                        m: layers.channels_out,
                        k: rows.len() * layers.places[1],
                        n: layers.window_size(),
                        a: layers.output(output, group, &rows),
                        b: layers.unfold(image, group, &rows, &mut columns).transposed(),
                        c: &mut sum[group * layer..][..layer],
                        c_stride: layers.window_size(),
                        accumulate: true,
                    });
                }
            }
        }
        recycle(columns);
    });
    let (total, others) = sums.split_at_mut(size);
    for sum in others.chunks(size) {
        for (total, &sum) in total.iter_mut().zip(sum) {
            *total += sum;
        }
    }
    sums.truncate(size);
    Tensor::from_buffer(shape.clone(), sums)
}

fn memory<T: Element>(x: &Tensor<T>) -> &[T] {
    x.as_slice().expect("contiguous")
}

/// The extents of images, filters and outputs; channels are those of one group.
struct Layers {
    windows: Windows,
    groups: usize,
    batch: usize,
    channels_in: usize,
    channels_out: usize,
    plane: [usize; 2],
    places: [usize; 2],
}

impl Layers {
    fn new(convolution: Convolution, images: &[usize], filters: &[usize], out: &[usize]) -> Self {
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

    fn area(&self) -> usize {
        self.places[0] * self.places[1]
    }

    /// The number of elements that a window covers.
    fn window_size(&self) -> usize {
        self.channels_in * self.windows.taps()
    }

    /// The number of elements of the filters of one group.
    fn filters_size(&self) -> usize {
        self.channels_out * self.window_size()
    }

    fn image_size(&self) -> usize {
        self.groups * self.image_of(0).len()
    }

    fn output_size(&self) -> usize {
        self.groups * self.channels_out * self.area()
    }

    /// For one image.
    fn multiplications(&self) -> usize {
        let planes = self.plane[0] * self.plane[1];
        if planes == 0 { 0 } else { self.groups * self.filters_size() * self.area() }
    }

    fn for_each<X: Send>(&self, tasks: Vec<X>, f: impl Fn(X) + Sync + Send) {
        if self.multiplications() * self.batch >= 2 * PARALLEL {
            parallel::for_each(tasks, f);
        } else {
            tasks.into_iter().for_each(f);
        }
    }

    fn images<'a, T>(&self, images: &'a [T]) -> core::slice::Chunks<'a, T> {
        images.chunks(self.image_size())
    }

    fn outputs<'a, T>(&self, outputs: &'a [T]) -> core::slice::Chunks<'a, T> {
        outputs.chunks(self.output_size())
    }

    /// Rows of windows, in parts whose columns fit into a cache.
    fn parts(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (rows, step) = (self.places[0], self.rows_of_part());
        (0..rows).step_by(step).map(move |start| start..(start + step).min(rows))
    }

    fn rows_of_part(&self) -> usize {
        match self.are_columns() {
            true => self.places[0],
            false => (COLUMNS / (self.window_size() * self.places[1])).clamp(1, self.places[0]),
        }
    }

    /// Whether images are columns as they are.
    fn are_columns(&self) -> bool {
        self.windows.are_elements()
    }

    /// The number of elements of the columns of one part.
    fn columns_size(&self) -> usize {
        match self.are_columns() {
            true => 0,
            false => self.window_size() * self.rows_of_part() * self.places[1],
        }
    }

    /// Where the channels of a group are in an image.
    fn image_of(&self, group: usize) -> Range<usize> {
        let size = self.channels_in * self.plane[0] * self.plane[1];
        group * size..(group + 1) * size
    }

    fn first_output(&self, group: usize, rows: &Range<usize>) -> usize {
        group * self.channels_out * self.area() + rows.start * self.places[1]
    }

    /// [channels out, window]
    fn filters<'a, T>(&self, memory: &'a [T], group: usize) -> Matrix<'a, T> {
        let offset = group * self.filters_size();
        Matrix { memory, offset, strides: [self.window_size() as isize, 1] }
    }

    /// [channels out, windows]
    fn output<'a, T>(&self, memory: &'a [T], group: usize, rows: &Range<usize>) -> Matrix<'a, T> {
        Matrix {
            memory,
            offset: self.first_output(group, rows),
            strides: [self.area() as isize, 1],
        }
    }

    /// What windows in some rows cover: [window, windows].
    fn unfold<'a, T: Element>(
        &self,
        image: &'a [T],
        group: usize,
        rows: &Range<usize>,
        columns: &'a mut [T],
    ) -> Matrix<'a, T> {
        let image = &image[self.image_of(group)];
        let width = rows.len() * self.places[1];
        if self.are_columns() {
            return Matrix { memory: image, offset: 0, strides: [width as isize, 1] };
        }
        if self.windows.padding != [0, 0] {
            columns.fill(T::zero());
        }
        let plane = self.plane[0] * self.plane[1];
        for (channel, image) in image.chunks(plane).enumerate() {
            self.windows.for_each_cover(self.plane, self.places, rows.clone(), |cover| {
                let first = (channel * self.windows.taps() + cover.tap) * width;
                let columns = &mut columns[first..first + width];
                cover.for_each(self.places[1], columns, image, |run, image| match cover.step {
                    1 => copy(run, image),
                    step => {
                        run.iter_mut().zip(image.iter().step_by(step)).for_each(|(x, &y)| *x = y)
                    }
                });
            });
        }
        Matrix { memory: columns, offset: 0, strides: [width as isize, 1] }
    }

    /// The transpose of [`Layers::unfold`]: each element receives the sum of what stands for it.
    fn fold<T: Element>(&self, columns: &[T], rows: &Range<usize>, image: &mut [T]) {
        let width = rows.len() * self.places[1];
        let plane = self.plane[0] * self.plane[1];
        for (channel, image) in image.chunks_mut(plane).enumerate() {
            self.windows.for_each_cover(self.plane, self.places, rows.clone(), |cover| {
                let first = (channel * self.windows.taps() + cover.tap) * width;
                cover.for_each_row(self.places[1], |place, element| {
                    let run = &columns[first + place..][..cover.len];
                    let image = &mut image[element..];
                    match cover.step {
                        1 => add(&mut image[..cover.len], run),
                        step => image.iter_mut().step_by(step).zip(run).for_each(|(x, &y)| *x += y),
                    }
                });
            });
        }
    }
}

/// Copies a short slice, without a call.
#[inline]
fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

/// Adds a short slice to another.
#[inline]
fn add<T: Element>(to: &mut [T], from: &[T]) {
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
    for (to, from) in to.iter_mut().zip(from) {
        for k in 0..8 {
            to[k] += from[k];
        }
    }
    to_rest.iter_mut().zip(from_rest).for_each(|(to, &from)| *to += from);
}
