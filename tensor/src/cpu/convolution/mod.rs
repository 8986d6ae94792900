//! Convolutions as products of matrices: one holds what the windows cover, a column for each window. It is filled for a few
//! rows of windows at a time, or for a few images where these are small, and used while it is in the cache. Filters of 3 × 3 elements
//! for many channels are applied with fewer multiplications ([`winograd`]).
//!
//! The three functions are the three parts of one trilinear form, Σ outputs · filters · columns(images).

mod layers;
mod winograd;

use super::gemm::Product;
use super::parallel;
use super::vectors::multiply;
use super::windows::Windows;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::{recycle, scratch};
use layers::{Layers, PARALLEL};

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
    if layers.multiplications() == 0 {
        return Tensor::from_buffer(shape.clone(), zeros(shape.size()));
    }
    let (images, filters) = (images.contiguous(), filters.contiguous());
    let (images, filters) = (memory(&images), memory(&filters));
    if let Some(found) = winograd::outputs(&layers, images, filters) {
        return Tensor::from_buffer(shape.clone(), found);
    }
    let mut out = scratch(shape.size());
    let outs = out.chunks_mut(layers.together() * layers.output_size());
    let tasks = layers.some_images(images).zip(outs);
    layers.for_each(tasks, |(images, out): (&[T], &mut [T])| {
        let mut columns = scratch(layers.columns_size());
        let mut beside = scratch(layers.beside_size());
        for group in 0..convolution.groups {
            for rows in layers.parts() {
                let b = layers.unfold(images, group, &rows, &mut columns);
                let n = layers.windows_of(images, &rows);
                let alone = layers.are_alone(out);
                let (c, c_stride) = match alone {
                    true => (&mut out[layers.first_output(group, &rows)..], layers.area()),
                    false => (&mut beside[..], n),
                };
                let a = layers.filters(filters, group);
                let (m, k) = (layers.channels_out, layers.window_size());
                multiply(Product { m, k, n, a, b, c, c_stride, accumulate: false });
                if !alone {
                    layers.put_apart(&beside, group, out);
                }
            }
        }
        recycle(columns);
        recycle(beside);
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
    if layers.multiplications() == 0 {
        return Tensor::from_buffer(shape.clone(), zeros(shape.size()));
    }
    let (filters, outputs) = (filters.contiguous(), outputs.contiguous());
    let (filters, outputs) = (memory(&filters), memory(&outputs));
    if let Some(found) = winograd::images(&layers, filters, outputs) {
        return Tensor::from_buffer(shape.clone(), found);
    }
    let mut images = zeros(shape.size());
    let some = images.chunks_mut(layers.together() * layers.image_size());
    let tasks = some.zip(layers.some_outputs(outputs));
    layers.for_each(tasks, |(images, outputs): (&mut [T], &[T])| {
        let mut columns = scratch(layers.columns_size());
        let mut beside = scratch(layers.beside_size());
        for group in 0..convolution.groups {
            for rows in layers.parts() {
                let n = layers.windows_of(images, &rows);
                let plain = layers.are_columns() && layers.are_alone(outputs);
                let c = match plain {
                    true => &mut images[layers.image_of(group)],
                    false => &mut columns[..],
                };
                let a = layers.filters(filters, group).transposed();
                let b = layers.outputs(outputs, group, &rows, &mut beside);
                let (m, k) = (layers.window_size(), layers.channels_out);
                multiply(Product { m, k, n, a, b, c, c_stride: n, accumulate: false });
                if !plain {
                    layers.fold(&columns, group, &rows, images);
                }
            }
        }
        recycle(columns);
        recycle(beside);
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
        return Tensor::from_buffer(shape.clone(), zeros(size));
    }
    let (images, outputs) = (images.contiguous(), outputs.contiguous());
    let (images, outputs) = (memory(&images), memory(&outputs));
    if let Some(found) = winograd::filters(&layers, images, outputs) {
        return Tensor::from_buffer(shape.clone(), found);
    }
    // Sums over some images each, by a rule that looks at sizes only, and then their sum.
    let some = layers.batch.div_ceil((work / PARALLEL).clamp(1, 8));
    let some = some.next_multiple_of(layers.together());
    let mut sums = zeros(size * layers.batch.div_ceil(some));
    let tasks = sums
        .chunks_mut(size)
        .zip(images.chunks(some * layers.image_size()))
        .zip(outputs.chunks(some * layers.output_size()));
    parallel::for_each(tasks, |((sum, images), outputs): ((&mut [T], &[T]), &[T])| {
        let mut columns = scratch(layers.columns_size());
        let mut beside = scratch(layers.beside_size());
        let layer = layers.filters_size();
        for (images, outputs) in layers.some_images(images).zip(layers.some_outputs(outputs)) {
            for group in 0..convolution.groups {
                for rows in layers.parts() {
                    multiply(Product {
                        m: layers.channels_out,
                        k: layers.windows_of(images, &rows),
                        n: layers.window_size(),
                        a: layers.outputs(outputs, group, &rows, &mut beside),
                        b: layers.unfold(images, group, &rows, &mut columns).transposed(),
                        c: &mut sum[group * layer..][..layer],
                        c_stride: layers.window_size(),
                        accumulate: true,
                    });
                }
            }
        }
        recycle(columns);
        recycle(beside);
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

fn zeros<T: Element>(n: usize) -> Vec<T> {
    let mut zeros = scratch(n);
    zeros.fill(T::zero());
    zeros
}

fn memory<T: Element>(x: &Tensor<T>) -> &[T] {
    x.as_slice().expect("contiguous")
}
