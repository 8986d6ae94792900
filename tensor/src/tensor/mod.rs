//! Arrays of numbers: shape, strides, and shared memory.

mod compare;
mod create;
pub(crate) mod data;
mod display;
mod eager;
mod random;
mod reductions;
pub(crate) mod view;

use crate::cpu;
use crate::device::{Device, Site};
use crate::shape::{Shape, Strides, few_of};
#[cfg(feature = "cuda")]
use data::Remote;
use data::{Buffer, Data, Shared, scratch};

/// An array of elements, row-major unless it is a view.
///
/// Views (transposed, sliced, broadcast …) and clones share the elements, and cost nothing. Elements are
/// never changed through a shared tensor: [`Tensor::as_mut_slice`] copies first if need be.
///
/// ```
/// use wengert_tensor::Tensor;
/// let x = Tensor::from_vec([2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(x.shape(), &[2, 3]);
/// assert_eq!(x.transpose().to_vec(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// assert_eq!(x[[1, 2]], 6.0);
/// assert_eq!((&x * 2.0).sum().item(), 42.0);
/// ```
pub struct Tensor<T: Data> {
    shape: Shape,
    strides: Strides,
    /// Where the first element lies.
    offset: usize,
    buffer: Shared<T>,
}

impl<T: Data> Clone for Tensor<T> {
    fn clone(&self) -> Self {
        Tensor {
            shape: self.shape.clone(),
            strides: few_of(&self.strides, |stride| stride),
            offset: self.offset,
            buffer: self.buffer.clone(),
        }
    }
}

impl<T: Data> Tensor<T> {
    /// The extents.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::<f64>::zeros([4, 5]).shape(), &[4, 5]);
    /// ```
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The number of axes.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::<f64>::zeros([4, 5]).rank(), 2);
    /// ```
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// The number of elements.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::<f64>::zeros([4, 5]).size(), 20);
    /// ```
    pub fn size(&self) -> usize {
        self.shape.size()
    }

    pub(crate) fn strides(&self) -> &[isize] {
        &self.strides
    }

    /// The elements that the first element is followed by in memory, from it on.
    pub(crate) fn memory(&self) -> &[T] {
        &self.buffer.as_slice()[self.offset..]
    }

    /// All memory, for strides that may lead before the first element.
    pub(crate) fn whole_memory(&self) -> (&[T], usize) {
        (self.buffer.as_slice(), self.offset)
    }

    /// Whether the elements lie in memory one after the other, in order.
    pub(crate) fn is_contiguous(&self) -> bool {
        let mut step = 1;
        for (&n, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if n != 1 && stride != step {
                return self.size() == 0;
            }
            step *= n as isize;
        }
        true
    }

    /// The elements in row-major order, if they lie in memory so.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from_vec([1, 2], vec![1.0, 2.0]);
    /// assert_eq!(x.as_slice(), Some(&[1.0, 2.0][..]));
    /// assert_eq!(x.expand([2, 2]).as_slice(), None);
    /// ```
    pub fn as_slice(&self) -> Option<&[T]> {
        self.is_contiguous().then(|| match self.size() {
            0 => &[][..],
            size => &self.memory()[..size],
        })
    }

    /// The elements in row-major order, to be changed. They are copied first if they are shared with
    /// another tensor or lie otherwise in memory.
    ///
    /// # Panics
    /// If the tensor is on another device than the CPU.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let mut x = Tensor::<f64>::zeros([2]);
    /// let y = x.clone();
    /// x.as_mut_slice()[0] = 1.0;
    /// assert_eq!((x.to_vec(), y.to_vec()), (vec![1.0, 0.0], vec![0.0, 0.0]));
    /// ```
    #[track_caller]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        if !self.is_contiguous() || self.buffer.is_shared() {
            *self = self.copied();
        }
        let size = self.size();
        let offset = self.offset;
        let buffer = self.buffer.get_mut().expect("not shared any more");
        if size == 0 { &mut [] } else { &mut buffer.as_mut_slice()[offset..offset + size] }
    }

    /// The same elements in memory of their own, in row-major order.
    fn copied(&self) -> Self {
        #[cfg(feature = "cuda")]
        if let Buffer::Device(elements) = &*self.buffer {
            let elements = elements.gathered(self.offset, &self.shape, &self.strides);
            return Self::from_remote(self.shape.clone(), elements);
        }
        let mut elements = scratch(self.size());
        cpu::copy::gather(self, &mut elements);
        Self::from_buffer(self.shape.clone(), elements)
    }

    /// The same elements in row-major order in memory; without copying, where they already lie so.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([1.0, 2.0]).expand([2, 2]).contiguous();
    /// assert_eq!(x.as_slice(), Some(&[1.0, 2.0, 1.0, 2.0][..]));
    /// ```
    pub fn contiguous(&self) -> Self {
        if self.is_contiguous() { self.clone() } else { self.copied() }
    }

    /// The elements in row-major order.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([[1, 2], [3, 4]]).transpose().to_vec(), [1, 3, 2, 4]);
    /// ```
    pub fn to_vec(&self) -> Vec<T> {
        #[cfg(feature = "cuda")]
        if self.is_away() {
            return self.here().into_vec();
        }
        match self.as_slice() {
            Some(elements) => elements.to_vec(),
            None => {
                let mut elements = vec![T::default(); self.size()];
                cpu::copy::gather(self, &mut elements);
                elements
            }
        }
    }

    /// Whether the elements are on a device alone.
    #[cfg(feature = "cuda")]
    fn is_away(&self) -> bool {
        matches!(&*self.buffer, Buffer::Device(elements) if elements.known().is_none())
    }

    /// The same tensor where the host can read it. Of a view of some elements only these are copied; of one that repeats elements, or
    /// has all of them in another order, they are copied as they lie in memory.
    pub(crate) fn here(&self) -> Self {
        #[cfg(feature = "cuda")]
        if let Buffer::Device(elements) = &*self.buffer {
            let (size, all) = (self.size(), elements.len());
            if !self.is_contiguous() && size >= all {
                let buffer = Shared::new(elements.read(0, all));
                return Tensor { buffer, ..self.clone() };
            }
            let shape = self.shape.clone();
            return if self.is_contiguous() {
                let first = if size == 0 { 0 } else { self.offset };
                Self::from_buffer(shape, elements.read(first, size))
            } else {
                let some = elements.gathered(self.offset, &self.shape, &self.strides);
                Self::from_buffer(shape, some.read(0, size))
            };
        }
        self.clone()
    }

    /// The elements in row-major order; without copying, where no other tensor shares them and they lie so.
    ///
    /// ```
    /// let elements = vec![1.0, 2.0];
    /// let address = elements.as_ptr();
    /// let elements = wengert_tensor::Tensor::from(elements).into_vec();
    /// assert_eq!((&elements[..], elements.as_ptr()), (&[1.0, 2.0][..], address));
    /// ```
    pub fn into_vec(self) -> Vec<T> {
        let is_whole = self.is_contiguous() && self.buffer.len() == self.size();
        if !is_whole {
            return self.to_vec();
        }
        self.buffer.into_vec()
    }

    /// The number that a tensor of one element holds.
    ///
    /// # Panics
    /// If there is more than one element, or none.
    ///
    /// ```
    /// assert_eq!(wengert_tensor::Tensor::from([2.5]).item(), 2.5);
    /// ```
    #[track_caller]
    pub fn item(&self) -> T {
        assert!(
            self.size() == 1,
            "item: a tensor of shape {} has {} elements; only one alone is a number",
            self.shape,
            self.size()
        );
        #[cfg(feature = "cuda")]
        if self.is_away() {
            return self.here().memory()[0];
        }
        self.memory()[0]
    }

    /// A tensor of these elements in row-major order, whose number fits the shape.
    pub(crate) fn from_buffer(shape: Shape, elements: Vec<T>) -> Self {
        debug_assert_eq!(shape.size(), elements.len());
        let strides = shape.strides();
        Tensor { shape, strides, offset: 0, buffer: Shared::new(elements) }
    }

    /// A tensor of these elements of a device, in row-major order.
    #[cfg(feature = "cuda")]
    pub(crate) fn from_remote(shape: Shape, elements: Box<dyn Remote<T>>) -> Self {
        debug_assert_eq!(shape.size(), elements.len());
        let strides = shape.strides();
        Tensor { shape, strides, offset: 0, buffer: Shared::remote(elements) }
    }

    /// The memory of a device that holds the elements, and which of them is the first; `None` on the CPU.
    #[cfg(feature = "cuda")]
    pub(crate) fn remote(&self) -> Option<(&dyn Remote<T>, usize)> {
        match &*self.buffer {
            Buffer::Host(_) => None,
            Buffer::Device(elements) => Some((&**elements, self.offset)),
        }
    }

    /// Where the elements are.
    ///
    /// ```
    /// use wengert_tensor::{Device, Tensor};
    /// assert_eq!(Tensor::from([1.0, 2.0]).device(), Device::Cpu);
    /// ```
    pub fn device(&self) -> Device {
        self.buffer.device()
    }

    pub(crate) fn site(&self) -> Site {
        match &*self.buffer {
            Buffer::Host(_) => Site::CPU,
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => Site::of(&elements.device()),
        }
    }

    /// Bytes from the first element on.
    pub(crate) fn bytes(&self) -> usize {
        (self.buffer.len() - self.offset) * size_of::<T>()
    }

    /// Other extents and strides over the same memory. They must stay within it.
    pub(crate) fn with_layout(&self, shape: Shape, strides: Strides, offset: usize) -> Self {
        let tensor = Tensor { shape, strides, offset, buffer: self.buffer.clone() };
        debug_assert!(tensor.stays_within_memory());
        tensor
    }

    fn stays_within_memory(&self) -> bool {
        let (mut first, mut last) = (self.offset as isize, self.offset as isize);
        for (&n, &stride) in self.shape.iter().zip(&self.strides) {
            let reach = stride * (n as isize - 1);
            first += reach.min(0);
            last += reach.max(0);
        }
        self.size() == 0 || (first >= 0 && last < self.buffer.len() as isize)
    }

    pub(crate) fn shares_memory_with(&self, other: &Self) -> bool {
        self.buffer.is(&other.buffer)
    }

    /// The address of the first element: whether two tensors share memory, and whether memory was used again.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::<f64>::zeros([2, 3]);
    /// assert_eq!(x.as_ptr(), x.transpose().as_ptr());
    /// ```
    pub fn as_ptr(&self) -> *const T {
        self.memory().as_ptr()
    }
}

impl<T: Data, const N: usize> core::ops::Index<[usize; N]> for Tensor<T> {
    type Output = T;

    /// # Panics
    /// If there are more or fewer indices than axes, or one is out of range.
    #[track_caller]
    fn index(&self, index: [usize; N]) -> &T {
        assert!(
            N == self.rank() && index.iter().zip(self.shape.iter()).all(|(i, n)| i < n),
            "index: {index:?} is out of range for shape {}",
            self.shape
        );
        let steps = index.iter().zip(&self.strides).map(|(&i, &stride)| i as isize * stride);
        &self.buffer.as_slice()[(self.offset as isize + steps.sum::<isize>()) as usize]
    }
}
