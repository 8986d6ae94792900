//! The memory that a machine sees.

use core::ops::Range;

/// Where the machine's own memory begins: above what an offset from a null pointer reaches, below where the host has memory, and
/// within 32 bits, which addresses of shared memory have.
pub(super) const FIRST: u64 = 0xC000_0000;
const LIMIT: usize = 1 << 30;

/// The machine's own memory, at addresses of its own, and what is lent to it of the host's.
#[derive(Default)]
pub(super) struct Memory {
    own: Vec<u8>,
    /// In ascending order.
    lent: Vec<Range<u64>>,
}

impl Memory {
    pub(super) fn new(data: Vec<u8>) -> Self {
        Memory { own: data, lent: Vec::new() }
    }

    /// Lends pieces of the host's memory, in ascending order, instead of those lent before.
    ///
    /// # Safety
    /// They may be read and written until others are lent.
    pub(super) unsafe fn lend(&mut self, pieces: Vec<Range<u64>>) {
        self.lent = pieces;
    }

    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.own.truncate(len);
    }

    /// The address of so many bytes of zeros, a multiple of 16.
    pub(super) fn allocate(&mut self, bytes: usize) -> Result<u64, String> {
        let at = self.own.len().next_multiple_of(16);
        if at + bytes > LIMIT {
            return Err("it needs more memory than this machine has".into());
        }
        self.own.resize(at + bytes, 0);
        Ok(FIRST + at as u64)
    }

    #[inline]
    pub(super) fn load(&self, at: u64, bytes: usize) -> Result<u64, String> {
        let own = at.wrapping_sub(FIRST) as usize;
        let mut value = [0; 8];
        if own < self.own.len() && own + bytes <= self.own.len() {
            value[..bytes].copy_from_slice(&self.own[own..own + bytes]);
        } else if self.is_lent(at, bytes) {
            // SAFETY: bytes that are lent.
            unsafe { core::ptr::copy_nonoverlapping(at as *const u8, value.as_mut_ptr(), bytes) };
        } else {
            return Err(outside("reads", at, bytes));
        }
        Ok(u64::from_le_bytes(value))
    }

    #[inline]
    pub(super) fn store(&mut self, at: u64, bytes: usize, value: u64) -> Result<(), String> {
        let own = at.wrapping_sub(FIRST) as usize;
        let value = value.to_le_bytes();
        if own < self.own.len() && own + bytes <= self.own.len() {
            self.own[own..own + bytes].copy_from_slice(&value[..bytes]);
        } else if self.is_lent(at, bytes) {
            // SAFETY: bytes that are lent.
            unsafe { core::ptr::copy_nonoverlapping(value.as_ptr(), at as *mut u8, bytes) };
        } else {
            return Err(outside("writes", at, bytes));
        }
        Ok(())
    }

    fn is_lent(&self, at: u64, bytes: usize) -> bool {
        let after = self.lent.partition_point(|piece| piece.start <= at);
        after > 0 && at.checked_add(bytes as u64).is_some_and(|end| end <= self.lent[after - 1].end)
    }
}

#[cold]
fn outside(verb: &str, at: u64, bytes: usize) -> String {
    format!("{verb} {bytes} bytes at {at:#x}, outside of memory")
}
