use core::fmt;
use core::marker::PhantomData;

use super::device::Device;
use super::error::Error;
use super::raw;
use crate::signature::Scalar;

/// Elements in a device's memory. Its memory goes back to the device's pool when it is dropped, and serves the next buffer of about
/// the same size; work that uses it comes first, because a device does all in order.
pub struct Buffer<T: Scalar> {
    /// None if there are no elements.
    memory: Option<raw::Memory>,
    len: usize,
    device: Device,
    elements: PhantomData<T>,
}

impl<T: Scalar> Buffer<T> {
    pub(super) fn new(device: &Device, len: usize) -> Result<Self, Error> {
        let memory = if len == 0 { None } else { Some(device.take(bytes::<T>(len))?) };
        Ok(Buffer { memory, len, device: device.clone(), elements: PhantomData })
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The device whose memory it is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Where it is; 0 if it has no elements.
    pub(super) fn address(&self) -> u64 {
        self.memory.as_ref().map_or(0, raw::Memory::address)
    }

    /// The elements, once all that was asked for before is done.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    pub fn read(&self) -> Result<Vec<T>, Error> {
        self.read_part(0, self.len)
    }

    /// `len` elements from number `first` on, once all that was asked for before is done.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    ///
    /// # Panics
    /// If there are not as many.
    #[track_caller]
    pub fn read_part(&self, first: usize, len: usize) -> Result<Vec<T>, Error> {
        assert!(
            first <= self.len && len <= self.len - first,
            "read_part: {len} elements from number {first} on, of a buffer of {}",
            self.len
        );
        let Some(memory) = self.memory.as_ref().filter(|_| len > 0) else { return Ok(Vec::new()) };
        self.device.enter()?;
        memory.read(first, len, self.device.stream())
    }

    /// Replaces the elements, after all that was asked for before. It does not wait for the device, unless that has yet to copy
    /// more than 64 MB.
    ///
    /// # Errors
    /// Those of kernels that have failed, in the driver's words.
    ///
    /// # Panics
    /// If they are not as many.
    #[track_caller]
    pub fn write(&mut self, x: &[T]) -> Result<(), Error> {
        assert!(
            x.len() == self.len,
            "write: {} elements for a buffer of {}; make a buffer of that length",
            x.len(),
            self.len
        );
        let Some(memory) = &mut self.memory else { return Ok(()) };
        self.device.write(memory, x)
    }

    /// All elements become 0.
    ///
    /// # Errors
    /// If the driver refuses.
    pub fn clear(&mut self) -> Result<(), Error> {
        let Some(memory) = &mut self.memory else { return Ok(()) };
        self.device.enter()?;
        memory.clear(self.device.stream())
    }

    /// Another buffer on the same device, with the same elements.
    ///
    /// # Errors
    /// If there is not as much memory.
    pub fn copy(&self) -> Result<Self, Error> {
        let mut copy = Buffer::new(&self.device, self.len)?;
        if let (Some(to), Some(from)) = (&mut copy.memory, &self.memory) {
            self.device.enter()?;
            to.copy_from(from, self.device.stream())?;
        }
        Ok(copy)
    }
}

fn bytes<T>(len: usize) -> usize {
    len.checked_mul(size_of::<T>()).expect("a buffer has less than 2^64 bytes")
}

impl<T: Scalar> Drop for Buffer<T> {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            self.device.give_back(memory, bytes::<T>(self.len));
        }
    }
}

impl<T: Scalar> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} of {} on {})", self.len, T::TYPE, self.device)
    }
}
