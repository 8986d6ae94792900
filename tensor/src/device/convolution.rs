//! Convolutions as products of matrices: what windows cover becomes columns, for each image \[channels · taps, places\] in each group.
//!
//! Images are \[n, channels, rows, columns\], filters \[filters, channels / groups, taps\], outputs \[n, filters, places\].

use wengert_cuda_kernels::arrays;

use super::work::{granted, matmul, tensor, view, windows, zeros};
use crate::cpu::convolution::Convolution;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// The numbers of images, channels, filters, taps and places.
struct Extents {
    n: usize,
    channels: usize,
    filters: usize,
    taps: usize,
    places: usize,
    groups: usize,
}

impl Extents {
    fn new(convolution: &Convolution, images: &Shape, filters: usize) -> Self {
        let places = convolution.windows.places([images[2], images[3]]);
        Extents {
            n: images[0],
            channels: images[1],
            filters,
            taps: convolution.windows.taps(),
            places: places[0] * places[1],
            groups: convolution.groups,
        }
    }

    /// What a row of a group's filters has.
    fn depth(&self) -> usize {
        self.channels / self.groups * self.taps
    }

    fn of_columns(&self) -> Shape {
        Shape::from([self.n, self.groups, self.depth(), self.places])
    }

    fn of_filters(&self) -> Shape {
        Shape::from([1, self.groups, self.filters / self.groups, self.depth()])
    }

    fn of_outputs(&self) -> Shape {
        Shape::from([self.n, self.groups, self.filters / self.groups, self.places])
    }
}

fn columns<T: Element>(
    convolution: &Convolution,
    extents: &Extents,
    images: &Tensor<T>,
) -> Tensor<T> {
    let to = extents.of_columns();
    if convolution.windows.are_elements() {
        return images.reshape(&to);
    }
    if images.size() == 0 {
        return zeros(images, &to);
    }
    let windows = windows(&convolution.windows, [images.shape()[2], images.shape()[3]]);
    tensor(&to, granted(arrays::unfold(view(images), windows)))
}

pub(crate) fn outputs<T: Element>(
    convolution: &Convolution,
    images: &Tensor<T>,
    filters: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let extents = Extents::new(convolution, images.shape(), filters.shape()[0]);
    let columns = columns(convolution, &extents, images);
    matmul(&filters.reshape(extents.of_filters()), &columns, &extents.of_outputs()).reshape(shape)
}

pub(crate) fn images<T: Element>(
    convolution: &Convolution,
    filters: &Tensor<T>,
    outputs: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let extents = Extents::new(convolution, shape, filters.shape()[0]);
    let filters = filters.reshape(extents.of_filters()).transpose();
    let columns = matmul(&filters, &outputs.reshape(extents.of_outputs()), &extents.of_columns());
    if convolution.windows.are_elements() {
        return columns.reshape(shape);
    }
    if columns.size() == 0 || shape.size() == 0 {
        return zeros(&columns, shape);
    }
    let windows = windows(&convolution.windows, [shape[2], shape[3]]);
    tensor(shape, granted(arrays::fold(view(&columns), windows)))
}

pub(crate) fn filters<T: Element>(
    convolution: &Convolution,
    images: &Tensor<T>,
    outputs: &Tensor<T>,
    shape: &Shape,
) -> Tensor<T> {
    let extents = Extents::new(convolution, images.shape(), shape[0]);
    let columns = columns(convolution, &extents, images).transpose();
    let outputs = outputs.reshape(extents.of_outputs());
    matmul(&outputs, &columns, &extents.of_filters()).reshape(shape)
}
