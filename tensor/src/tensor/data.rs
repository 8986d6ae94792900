//! What tensors may hold, and the memory they hold it in.

#[cfg(feature = "cuda")]
use core::any::Any;
use core::cell::RefCell;
use core::fmt::{self, Debug, Display};
use core::ops::Deref;
#[cfg(feature = "cuda")]
use core::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

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
    /// Calls `f` with this thread's pool, unless the thread ends, and the pool is gone already.
    #[doc(hidden)]
    fn with_pool<Y>(f: impl FnOnce(&mut Pool<Self>) -> Y) -> Option<Y>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! data {
    ($($T:ident)*) => {$(
        impl sealed::Sealed for $T {}
        impl Data for $T {
            const NAME: &'static str = stringify!($T);
            #[inline]
            fn with_pool<Y>(f: impl FnOnce(&mut Pool<$T>) -> Y) -> Option<Y> {
                thread_local! {
                    static POOL: RefCell<Pool<$T>> = const { RefCell::new(Pool::new()) };
                }
                POOL.try_with(|pool| f(&mut pool.borrow_mut())).ok()
            }
        }
    )*};
}
data!(f32 f64 usize i64 i32 u8 bool);

/// Memory given back by tensors of this thread, for the next ones: a training step after the first allocates
/// nothing. Shelf k holds buffers whose capacity is [`capacity`]`(k)`.
#[doc(hidden)]
pub struct Pool<T: Data> {
    shelves: Vec<Vec<Vec<T>>>,
    held: usize,
    /// What shares memory among tensors, without any.
    holders: Vec<Holder<T>>,
}

/// No more than this is kept for later, in bytes of one type and thread.
const KEPT: usize = 1 << 30;
/// And no more holders than this: as many as a step has tensors at once.
const HOLDERS: usize = 1 << 10;

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
        Pool { shelves: Vec::new(), held: 0, holders: Vec::new() }
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
        self.holders.clear();
    }
}

impl<T: Data> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("held", &self.held).finish_non_exhaustive()
    }
}

/// The elements of a tensor.
pub(crate) enum Buffer<T: Data> {
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
                recycle(taken(elements));
            }
            #[cfg(feature = "cuda")]
            Buffer::Device(elements) => {
                memory::count(-((elements.len() * size_of::<T>()) as isize))
            }
        }
    }
}

/// The elements of a buffer, which are in no tensor from now on.
fn taken<T: Data>(elements: &mut Vec<T>) -> Vec<T> {
    memory::count(-((elements.len() * size_of::<T>()) as isize));
    core::mem::take(elements)
}

/// What several tensors share. When the last of them is gone, the memory returns to the pool, and so does what held it.
pub(crate) struct Shared<T: Data>(Option<Holder<T>>);

type Holder<T> = Arc<Buffer<T>>;

impl<T: Data> Shared<T> {
    pub(crate) fn new(elements: Vec<T>) -> Self {
        memory::count((elements.len() * size_of::<T>()) as isize);
        let mut holder = T::with_pool(|pool| pool.holders.pop()).flatten();
        match holder.as_mut().and_then(Arc::get_mut) {
            Some(Buffer::Host(none)) => *none = elements,
            _ => holder = Some(Arc::new(Buffer::Host(elements))),
        }
        Shared(holder)
    }

    #[cfg(feature = "cuda")]
    pub(crate) fn remote(elements: Box<dyn Remote<T>>) -> Self {
        memory::count((elements.len() * size_of::<T>()) as isize);
        Shared(Some(Arc::new(Buffer::Device(elements))))
    }

    /// Whether there are others that share the elements.
    pub(crate) fn is_shared(&self) -> bool {
        self.0.as_ref().is_some_and(|holder| Arc::strong_count(holder) > 1)
    }

    /// The elements, if nobody shares them.
    pub(crate) fn get_mut(&mut self) -> Option<&mut Buffer<T>> {
        self.0.as_mut().and_then(Arc::get_mut)
    }

    pub(crate) fn into_vec(mut self) -> Vec<T> {
        match self.get_mut() {
            Some(Buffer::Host(elements)) => taken(elements),
            #[cfg(feature = "cuda")]
            Some(Buffer::Device(elements)) => elements.read(0, elements.len()),
            None => self.as_slice().to_vec(),
        }
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        core::ptr::eq(&**self, &**other)
    }
}

impl<T: Data> Clone for Shared<T> {
    #[inline]
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<T: Data> Deref for Shared<T> {
    type Target = Buffer<T>;
    #[inline]
    fn deref(&self) -> &Buffer<T> {
        self.0.as_ref().expect("there until it is dropped")
    }
}

impl<T: Data> Drop for Shared<T> {
    fn drop(&mut self) {
        // (If two threads drop the last two at the same time, neither may find itself alone: then the buffer frees itself.)
        let is_shared = self.is_shared();
        let Some(mut holder) = self.0.take().filter(|_| !is_shared) else { return };
        if let Some(Buffer::Host(elements)) = Arc::get_mut(&mut holder) {
            let elements = taken(elements);
            T::with_pool(|pool| {
                pool.put(elements);
                if pool.holders.len() < HOLDERS {
                    pool.holders.push(holder);
                }
            });
        }
    }
}

/// Memory for `len` elements, whose values are left over from earlier use.
pub(crate) fn scratch<T: Data>(len: usize) -> Vec<T> {
    let reused = T::with_pool(|pool| pool.take(len)).flatten();
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
        T::with_pool(|pool| pool.put(buffer));
    }
}

/// Frees the memory that this thread keeps for later tensors.
///
/// ```
/// wengert_tensor::release_memory();
/// ```
pub fn release_memory() {
    fn clear<T: Data>() {
        T::with_pool(Pool::clear);
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
