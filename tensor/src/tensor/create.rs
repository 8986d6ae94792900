//! Where tensors come from.

use super::Tensor;
use super::data::{Data, scratch};
use crate::element::Element;
use crate::shape::{Shape, Strides};

impl<T: Data> Tensor<T> {
    /// The elements in row-major order, in the given shape.
    ///
    /// # Panics
    /// If their number is not that of the shape.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::from_vec([2, 2], vec![1, 2, 3, 4]), Tensor::from([[1, 2], [3, 4]]));
    /// ```
    #[track_caller]
    pub fn from_vec(shape: impl Into<Shape>, elements: Vec<T>) -> Self {
        let shape = shape.into();
        assert!(
            shape.size() == elements.len(),
            "from_vec: shape {shape} has {} elements, and {} are given",
            shape.size(),
            elements.len()
        );
        Self::from_buffer(shape, elements)
    }

    /// Each element a function of its index.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from_fn([2, 3], |i| (10 * i[0] + i[1]) as f64);
    /// assert_eq!(x, Tensor::from([[0.0, 1.0, 2.0], [10.0, 11.0, 12.0]]));
    /// ```
    pub fn from_fn(shape: impl Into<Shape>, mut element: impl FnMut(&[usize]) -> T) -> Self {
        let shape = shape.into();
        let mut elements = scratch(shape.size());
        let mut index = vec![0; shape.rank()];
        for place in &mut elements {
            *place = element(&index);
            for axis in (0..shape.rank()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Self::from_buffer(shape, elements)
    }

    /// One value throughout, stored once.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::full([2], 7.0).to_vec(), [7.0, 7.0]);
    /// ```
    pub fn full(shape: impl Into<Shape>, value: T) -> Self {
        let shape = shape.into();
        let strides = Strides::from_elem(0, shape.rank());
        Self::from(value).with_layout(shape, strides, 0)
    }
}

impl<T: Element> Tensor<T> {
    /// Zeros.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::<f64>::zeros([2]).to_vec(), [0.0, 0.0]);
    /// ```
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::zero())
    }

    /// Ones.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::<f64>::ones([2]).to_vec(), [1.0, 1.0]);
    /// ```
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, T::one())
    }

    /// The n × n identity matrix.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::<f64>::eye(2), Tensor::from([[1.0, 0.0], [0.0, 1.0]]));
    /// ```
    pub fn eye(n: usize) -> Self {
        Self::from_fn([n, n], |i| if i[0] == i[1] { T::one() } else { T::zero() })
    }

    /// 0, 1, …, n − 1.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::<f64>::arange(3).to_vec(), [0.0, 1.0, 2.0]);
    /// ```
    pub fn arange(n: usize) -> Self {
        Self::from_fn([n], |i| T::nearest(i[0] as f64))
    }

    /// n numbers evenly spaced from `first` to `last`, both included; of one, the first.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// assert_eq!(Tensor::<f64>::linspace(0.0, 1.0, 5).to_vec(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    /// ```
    pub fn linspace(first: f64, last: f64, n: usize) -> Self {
        let gaps = n.saturating_sub(1).max(1) as f64;
        Self::from_fn([n], |i| {
            let t = i[0] as f64 / gaps;
            T::nearest(if i[0] + 1 == n && n > 1 { last } else { first + (last - first) * t })
        })
    }
}

impl<T: Data> From<&Tensor<T>> for Tensor<T> {
    /// The same tensor.
    fn from(tensor: &Tensor<T>) -> Self {
        tensor.clone()
    }
}

impl<T: Data> From<T> for Tensor<T> {
    /// A single number, of shape `[]`.
    fn from(value: T) -> Self {
        let mut element = scratch(1);
        element[0] = value;
        Self::from_buffer(Shape::default(), element)
    }
}

impl<T: Data> From<Vec<T>> for Tensor<T> {
    /// A vector.
    fn from(elements: Vec<T>) -> Self {
        Self::from_buffer(Shape::from([elements.len()]), elements)
    }
}

impl<T: Data> From<&[T]> for Tensor<T> {
    /// A vector.
    fn from(elements: &[T]) -> Self {
        Self::from(elements.to_vec())
    }
}

impl<T: Data, const N: usize> From<[T; N]> for Tensor<T> {
    /// A vector.
    fn from(elements: [T; N]) -> Self {
        Self::from(elements.to_vec())
    }
}

impl<T: Data, const M: usize, const N: usize> From<[[T; N]; M]> for Tensor<T> {
    /// A matrix of these rows.
    fn from(rows: [[T; N]; M]) -> Self {
        Self::from_buffer(Shape::from([M, N]), rows.into_iter().flatten().collect())
    }
}
