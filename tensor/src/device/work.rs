//! What operations ask of a device, as functions of tensors that are there.

use std::cell::Cell;

pub(crate) use wengert_cuda_kernels::arrays::Reduction;
use wengert_cuda_kernels::arrays::{self, List, Operand, View};
use wengert_cuda_kernels::launch::{Buffer, Error};
use wengert_cuda_kernels::layout::Windows;
use wengert_cuda_kernels::matmul::Operands;
use wengert_cuda_kernels::{Graph, Output, Symbol};

pub(crate) use super::memory::{device_of, tensor, view};
use super::{Cuda, MatmulPrecision, Places};
use crate::cpu;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;

thread_local! {
    static OPERATION: Cell<&'static str> = const { Cell::new("") };
}

/// What `f` does with a device, for an operation that is to be named if the device fails.
pub(crate) fn on_behalf_of<Y>(operation: &'static str, f: impl FnOnce() -> Y) -> Y {
    let outer = OPERATION.replace(operation);
    let y = f();
    OPERATION.set(outer);
    y
}

/// What a device has done. Programs on arrays have no place for errors: where memory ends, or a kernel fails, they end.
#[track_caller]
pub(crate) fn granted<Y>(result: Result<Y, Error>) -> Y {
    match (result, OPERATION.take()) {
        (Ok(y), operation) => {
            OPERATION.set(operation);
            y
        }
        (Err(error), "") => panic!("{error}"),
        (Err(error), operation) => panic!("{operation}: {error}"),
    }
}

#[track_caller]
pub(crate) fn upload<T: Element>(device: &Cuda, x: &Tensor<T>) -> Tensor<T> {
    // (What repeats one element stays small.)
    if x.size() > 1 && x.strides().iter().all(|&stride| stride == 0) {
        let one = granted(device.upload(&x.memory()[..1]));
        return tensor(&Shape::default(), one).expanded(x.shape());
    }
    let elements = x.contiguous();
    tensor(x.shape(), granted(device.upload(elements.as_slice().expect("contiguous"))))
}

pub(crate) fn reduced<T: Element>(
    reduction: Reduction,
    x: &Tensor<T>,
    axes: &[usize],
    shape: &Shape,
) -> Tensor<T> {
    tensor(shape, granted(arrays::reduce(reduction, view(x), axes)))
}

/// As [`cpu::matmul`].
pub(crate) fn matmul<T: Element>(a: &Tensor<T>, b: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let operands = match MatmulPrecision::now() {
        _ if size_of::<T>() == 8 => Operands::F64,
        MatmulPrecision::Full => Operands::F32,
        MatmulPrecision::Tf32 => Operands::Tf32,
        MatmulPrecision::Bf16 => Operands::Bf16,
    };
    let stack = |x: &Tensor<T>| Shape::from(&x.shape()[..x.rank() - 2]);
    let common = stack(a).broadcast(&stack(b)).expect("checked before");
    let spread = |x: &Tensor<T>| {
        let matrix = &x.shape()[x.rank() - 2..];
        x.expanded(&common.iter().chain(matrix).copied().collect())
    };
    let kept = &shape[..shape.rank() - 2];
    let new = common.rank() - kept.len().min(common.rank());
    let is_summed = |&axis: &usize| axis < new || (kept[axis - new] == 1 && common[axis] != 1);
    let summed: Vec<usize> = (0..common.rank()).filter(is_summed).collect();
    let (a, b) = (spread(a), spread(b));
    tensor(shape, granted(arrays::matmul(operands, view(&a), view(&b), &summed)))
}

/// Arrays put in their places along axes, among zeros, and added up where they overlap.
pub(crate) fn placed<'a, T: Element>(
    device: &Cuda,
    shape: &Shape,
    parts: impl Iterator<Item = (&'a Tensor<T>, usize, usize, isize)>,
) -> Tensor<T> {
    let mut out = granted(device.zeros(shape.size()));
    let strides = shape.strides();
    for (x, axis, start, step) in parts.filter(|(x, ..)| x.size() > 0) {
        let first = (start as isize * strides[axis]) as usize;
        let mut steps = strides.to_vec();
        steps[axis] *= step;
        granted(arrays::add_into(view(x), &mut out, first, &steps));
    }
    tensor(shape, out)
}

/// As [`cpu::copy::join`].
pub(crate) fn joined<T: Element>(
    device: &Cuda,
    parts: &[&Tensor<T>],
    axis: usize,
    extents: &[usize],
    shape: &Shape,
) -> Tensor<T> {
    let mut out = granted(device.buffer(shape.size()));
    let strides = shape.strides();
    let mut start = 0;
    for (part, &extent) in parts.iter().zip(extents) {
        let part = part.expanded(&shape.with_extent(axis, extent));
        if part.size() > 0 {
            let first = start * strides[axis] as usize;
            granted(arrays::copy_into(view(&part), &mut out, first, &strides));
        }
        start += extent;
    }
    tensor(shape, out)
}

/// Elements of listed places of an axis: one for each element of the result if `is_of_elements`, else one for each row.
pub(crate) fn gathered<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    places: &Places,
    is_of_elements: bool,
    shape: &Shape,
) -> Tensor<T> {
    let x = view(x);
    let list = List { places: &places.on(x.device()), is_of_elements, rows: shape[axis] };
    tensor(shape, granted(arrays::gather(x, axis, list)))
}

/// The transpose of [`gathered`].
pub(crate) fn scattered<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    places: &Places,
    is_of_elements: bool,
    shape: &Shape,
) -> Tensor<T> {
    let (rows, x) = (x.shape()[axis], view(x));
    let list = List { places: &places.on(x.device()), is_of_elements, rows };
    tensor(shape, granted(arrays::scatter_add(x, axis, list, shape[axis])))
}

/// Windows on planes with these extents.
pub(crate) fn windows(windows: &cpu::windows::Windows, plane: [usize; 2]) -> Windows {
    let long = |x: [usize; 2]| x.map(|x| x as i64);
    Windows {
        plane: long(plane),
        places: long(windows.places(plane)),
        kernel: long(windows.kernel),
        stride: long(windows.stride),
        padding: long(windows.padding),
        dilation: long(windows.dilation),
    }
}

/// An operation on the windows of planes.
pub(crate) fn on_planes<T: Element>(
    operation: fn(View<'_, T>, Windows) -> Result<Buffer<T>, Error>,
    x: &Tensor<T>,
    of: &cpu::windows::Windows,
    plane: [usize; 2],
    shape: &Shape,
) -> Tensor<T> {
    if x.size() == 0 || plane.contains(&0) {
        return zeros(x, shape);
    }
    tensor(shape, granted(operation(view(x), windows(of, plane))))
}

/// Zeros where `x` is: what windows find that cover nothing.
pub(crate) fn zeros<T: Element>(x: &Tensor<T>, shape: &Shape) -> Tensor<T> {
    let device = device_of(x).expect("a tensor on a device");
    tensor(shape, granted(device.zeros(shape.size())))
}

type ByTaps<T> = fn(View<'_, T>, View<'_, T>, Windows) -> Result<Buffer<T>, Error>;

/// An operation on the windows of planes, and on a tap for each window.
pub(crate) fn by_taps<T: Element>(
    operation: ByTaps<T>,
    inputs: &[&Tensor<T>],
    of: &cpu::windows::Windows,
    plane: [usize; 2],
    shape: &Shape,
) -> Tensor<T> {
    if inputs.iter().any(|x| x.size() == 0) {
        return zeros(inputs[0], shape);
    }
    tensor(shape, granted(operation(view(inputs[0]), view(inputs[1]), windows(of, plane))))
}

/// An operation on the lanes along an axis.
pub(crate) fn on_lanes<T: Element>(
    operation: fn(View<'_, T>, usize) -> Result<Buffer<T>, Error>,
    x: &Tensor<T>,
    axis: usize,
    shape: &Shape,
) -> Tensor<T> {
    tensor(shape, granted(operation(view(x), axis)))
}

/// Sums, or products, of all elements so far.
pub(crate) fn running<T: Element>(
    x: &Tensor<T>,
    axis: usize,
    is_product: bool,
    backward: bool,
    shape: &Shape,
) -> Tensor<T> {
    tensor(shape, granted(arrays::running(view(x), axis, is_product, backward)))
}

pub(crate) fn recurrence<T: Element>(
    a: &Tensor<T>,
    b: &Tensor<T>,
    axis: usize,
    backward: bool,
    shape: &Shape,
) -> Tensor<T> {
    tensor(shape, granted(arrays::recurrence(view(a), view(b), axis, backward)))
}

/// An expression of the elements in the same place of all inputs; `None` if a function in it has no value as device code, or
/// they are more than a kernel takes.
pub(crate) fn elementwise<T: Element>(
    device: &Cuda,
    inputs: &[&Tensor<T>],
    shape: &Shape,
    expression: impl FnOnce(&[Symbol]) -> Symbol,
) -> Option<Tensor<T>> {
    if inputs.len() >= arrays::MOST_ARRAYS {
        return None;
    }
    let graph = Graph::record(inputs.len(), |x| vec![expression(x)]);
    if graph.unknown_function().is_some() {
        return None;
    }
    let inputs: Vec<Tensor<T>> = inputs.iter().map(|x| x.expanded(shape)).collect();
    let operands: Vec<_> = inputs.iter().map(|x| Operand::Array(view(x))).collect();
    let results = arrays::elementwise(device, &graph.into(), shape, &operands, &[Output::Array]);
    granted(results).pop().map(|result| tensor(shape, result))
}

#[track_caller]
pub(crate) fn random<T: Element>(shape: &Shape, numbers: Result<Buffer<T>, Error>) -> Tensor<T> {
    tensor(shape, granted(numbers))
}
