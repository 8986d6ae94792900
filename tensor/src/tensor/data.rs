//! What tensors may hold, and the memory they hold it in.

#[cfg(feature = "cuda")]
use core::any::Any;
use core::cell::RefCell;
use core::fmt::{Debug, Display};
#[cfg(feature = "cuda")]
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::thread::LocalKey;

use crate::device::Device;
use crate::memory;
#[cfg(feature = "cuda")]
use crate::shape::Shape;
#[cfg(feature = "cuda")]
use crate::tensor::Tensor;

/// A type that tensors may hold: `f32` and `f64`, and for indices, counts and masks `usize`, `i64`, `i32`, `u8` and `bool`.
///
/// ```
/// use wengert_tensor::Tensor;
/// assert_eq!(Tensor::from([true, false]).to_vec(), [true, false]);
/// ```
pub trait Data:
    Copy + Debug + Display + Default + PartialEq + PartialOrd + Send + Sync + sealed::Sealed + 'static
{
    /// The name of the type, as printed.
    const NAME: &'static str;
    #[doc(hidden)]
    fn pool() -> &'static LocalKey<RefCell<Pool<Self>>>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! data {
    ($($T:ident)*) => {$(
        impl sealed::Sealed for $T {}
        impl Data for $T {
            const NAME: &'static str = stringify!($T);
            fn pool() -> &'static LocalKey<RefCell<Pool<$T>>> {
                thread_local! {
                    static POOL: RefCell<Pool<$T>> = const { RefCell::new(Pool::new()) };
                }
                &POOL
            }
        }
    )*};
}
data!(f32 f64 usize i64 i32 u8 bool);

/// Memory given back by tensors of this thread, for the next ones: a training step after the first allocates
/// nothing. Shelf k holds buffers whose capacity is [`capacity`]`(k)`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Pool<T> {
    shelves: Vec<Vec<Vec<T>>>,
    held: usize,
}

/// No more than this is kept for later, in bytes of one type and thread.
const KEPT: usize = 1 << 30;

/// Shelves are a quarter of a power of two apart, so that at most a fifth of a buffer is unused.
#[inline]
fn shelf(len: usize) -> usize {
    let len = len.max(8);
    let power = len.ilog2() as usize;
    let quarter = (len - (1 << power)).div_ceil(1 << (power - 2));
    4 * power + quarter
}

#[inline]
fn capacity(shelf: usize) -> usize {
    let (power, quarter) = (shelf / 4, shelf % 4);
    (1 << power) + quarter * (1 << (power - 2))
}

impl<T: Data> Pool<T> {
    const fn new() -> Self {
        Pool { shelves: Vec::new(), held: 0 }
    }

    fn take(&mut self, len: usize) -> Option<Vec<T>> {
        let buffer = self.shelves.get_mut(shelf(len))?.pop()?;
        self.held -= buffer.capacity() * size_of::<T>();
        Some(buffer)
    }

    fn put(&mut self, buffer: Vec<T>) {
        let bytes = buffer.capacity() * size_of::<T>();
        let shelf = shelf(buffer.capacity());
        if capacity(shelf) != buffer.capacity() || self.held + bytes > KEPT {
            return;
        }
        if self.shelves.len() <= shelf {
            self.shelves.resize_with(shelf + 1, Vec::new);
        }
        self.held += bytes;
        self.shelves[shelf].push(buffer);
    }

    pub(crate) fn clear(&mut self) {
        self.shelves.clear();
        self.held = 0;
    }
}

/// The elements of a tensor.
pub(crate) enum Buffer<T: Data> {
    /// The memory returns to the pool when the last tensor that shares it is gone.
    Host(Vec<T>),
    #[cfg(feature = "cuda")]
    Device(Box<dyn Remote<T>>),
}

/// Elements in the memory of a device.
#[cfg(feature = "cuda")]
pub(crate) trait Remote<T: Data>: Any + Send + Sync + UnwindSafe + RefUnwindSafe {
    fn len(&self) -> usize;
    fn device(&self) -> Device;
    /// A copy of all elements on the host, made the first time, for those who borrow them.
    fn on_host(&self) -> &[T];
    /// The same, if it has been made.
    fn known(&self) -> Option<&[T]>;
    /// `len` elements from number `first` on.
    fn read(&self, first: usize, len: usize) -> Vec<T>;
    /// Some of the elements, in row-major order.
    fn gathered(&self, first: usize, shape: &[usize], strides: &[isize]) -> Box<dyn Remote<T>>;
    /// [`crate::cpu::copy::join`] on this device.
    fn joined(
        &self,
        parts: &[&Tensor<T>],
        axis: usize,
        extents: &[usize],
        shape: &Shape,
    ) -> Tensor<T>;
    /// Elements at listed places of an axis, on this device: a place for each element, or for each row.
    fn listed(
        &self,
        x: &Tensor<T>,
        axis: usize,
        places: &Tensor<usize>,
        is_of_elements: bool,
        shape: &Shape,
    ) -> Tensor<T>;
}

impl<T: Data> Buffer<T> {
    pub(crate) fn new(elements: Vec<T>) -> Self {
        memory::count((elements.len() * size_of::<T>()) as isize);
        Buffer::Host(elements)
    }

    #[cfg(feature = "cuda")]
    pub(crate) fn remote(elements: Box<dyn Remote<T>>) -> Self {
        memory::count((elements.len() * size_of::<T>()) as isize);
        Buffer::Device(elements)
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Buffer::Host(elements) => elements.len(),
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => elements.len(),
        }
    }

    pub(crate) fn device(&self) -> Device {
        match self {
            Buffer::Host(_) => Device::Cpu,
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => elements.device(),
        }
    }

    /// The elements; those of a device are copied the first time, when it is done with them.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Buffer::Host(elements) => elements,
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => elements.on_host(),
        }
    }

    pub(crate) fn into_vec(mut self) -> Vec<T> {
        match &mut self {
            Buffer::Host(elements) => core::mem::take(elements),
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => elements.read(0, elements.len()),
        }
    }

    #[track_caller]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Buffer::Host(elements) => elements,
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => panic!(
                "as_mut_slice: the tensor is on {}, where elements are not changed one by one; copy it by \
                 `.to(&Device::Cpu)`, or compute a new one",
                elements.device()
            ),
        }
    }
}

impl<T: Data> Drop for Buffer<T> {
    fn drop(&mut self) {
        match self {
            Buffer::Host(elements) => {
                memory::count(-((elements.len() * size_of::<T>()) as isize));
                recycle(core::mem::take(elements));
            }
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => {
                memory::count(-((elements.len() * size_of::<T>()) as isize))
            }
        }
    }
}

/// Memory for `len` elements, whose values are left over from earlier use.
pub(crate) fn scratch<T: Data>(len: usize) -> Vec<T> {
    let reused = T::pool().try_with(|pool| pool.borrow_mut().take(len)).ok().flatten();
    let mut buffer = reused.unwrap_or_else(|| {
        // (Zeroed memory comes from the operating system as it is.)
        let mut buffer = vec![T::default(); capacity(shelf(len))];
        wengert_autodiff::prefer_large_pages(&buffer);
        buffer.truncate(len);
        buffer
    });
    buffer.resize(len, T::default());
    buffer
}

/// Gives memory back, for [`scratch`] to use again.
pub(crate) fn recycle<T: Data>(buffer: Vec<T>) {
    if buffer.capacity() > 0 {
        // (While a thread ends, its pool may be gone already.)
        let _ = T::pool().try_with(|pool| pool.borrow_mut().put(buffer));
    }
}

/// Frees the memory that this thread keeps for later tensors.
///
/// ```
/// wengert_tensor::release_memory();
/// ```
pub fn release_memory() {
    fn clear<T: Data>() {
        T::pool().with_borrow_mut(Pool::clear);
    }
    clear::<f32>();
    clear::<f64>();
    clear::<usize>();
    clear::<i64>();
    clear::<i32>();
    clear::<u8>();
    clear::<bool>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shelves_fit() {
        for len in (1..100_000).step_by(7) {
            let capacity = capacity(shelf(len));
            assert!(capacity >= len && (len < 16 || capacity <= len + len / 4), "{len} {capacity}");
            assert_eq!(shelf(capacity), shelf(len));
        }
    }

    #[test]
    fn memory_is_used_again() {
        let first = scratch::<f64>(1000);
        let address = first.as_ptr();
        recycle(first);
        let second = scratch::<f64>(1000);
        assert_eq!(second.as_ptr(), address);
    }
}
