//! `ndarray`: arrays from tensors and tensors from arrays.

use ndarray::{Array, ArrayBase, ArrayD, ArrayViewD, Axis, Dimension, IxDyn, ShapeBuilder};

use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::tensor::data::Data;

impl<T: Data, D: Dimension> From<Array<T, D>> for Tensor<T> {
    /// The same memory, whatever its layout: nothing is copied.
    fn from(array: Array<T, D>) -> Self {
        let shape = Shape::from(array.shape());
        let strides = array.strides().iter().copied().collect();
        let (elements, offset) = array.into_raw_vec_and_offset();
        let whole = Tensor::from(elements);
        whole.with_layout(shape, strides, offset.unwrap_or(0))
    }
}

impl<T: Data, S: ndarray::Data<Elem = T>, D: Dimension> From<&ArrayBase<S, D>> for Tensor<T> {
    /// A copy.
    fn from(array: &ArrayBase<S, D>) -> Self {
        array.to_owned().into()
    }
}

impl<'a, T: Data> From<&'a Tensor<T>> for ArrayViewD<'a, T> {
    /// A view of the same memory, whatever its layout: nothing is copied.
    fn from(tensor: &'a Tensor<T>) -> Self {
        let shape = IxDyn(tensor.shape());
        if tensor.size() == 0 {
            return ArrayViewD::from_shape(shape, &[]).expect("no elements");
        }
        // (Steps back become steps on from the element that lies first, and then those axes are reversed.)
        let (memory, mut first) = tensor.whole_memory();
        let mut backward = Vec::new();
        let mut strides = IxDyn::zeros(tensor.rank());
        for (axis, (&n, &stride)) in tensor.shape().iter().zip(tensor.strides()).enumerate() {
            strides[axis] = stride.unsigned_abs();
            if stride < 0 {
                first -= strides[axis] * (n - 1);
                backward.push(Axis(axis));
            }
        }
        let mut view = ArrayViewD::from_shape(shape.strides(strides), &memory[first..])
            .expect("the layout of a tensor stays within its memory");
        backward.into_iter().for_each(|axis| view.invert_axis(axis));
        view
    }
}

impl<T: Data> From<&Tensor<T>> for ArrayD<T> {
    /// A copy.
    fn from(tensor: &Tensor<T>) -> Self {
        ArrayViewD::from(tensor).to_owned()
    }
}

impl<T: Data> From<Tensor<T>> for ArrayD<T> {
    /// The same memory, if no other tensor shares it and the elements lie in it in row-major order; otherwise a copy.
    fn from(tensor: Tensor<T>) -> Self {
        let shape = IxDyn(tensor.shape());
        ArrayD::from_shape_vec(shape, tensor.into_vec()).expect("as many elements as the shape has")
    }
}
