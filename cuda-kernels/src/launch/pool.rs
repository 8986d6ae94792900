//! Memory that buffers have given back, kept for the next of the same size.

use std::collections::BTreeMap;

/// Sizes are rounded up, by an eighth at most, so that few of them differ.
pub(super) fn rounded(bytes: usize) -> usize {
    const LEAST: usize = 512;
    let bytes = bytes.max(LEAST);
    let step = (bytes.next_power_of_two() / 16).max(LEAST);
    bytes.next_multiple_of(step)
}

/// Free memory by size, and counts of bytes. (Of what memory is, a pool knows nothing.)
#[derive(Debug)]
pub(super) struct Pool<M> {
    free: BTreeMap<usize, Vec<M>>,
    pub(super) in_use: usize,
    pub(super) cached: usize,
    pub(super) largest: usize,
}

impl<M> Default for Pool<M> {
    fn default() -> Self {
        Pool { free: BTreeMap::new(), in_use: 0, cached: 0, largest: 0 }
    }
}

impl<M> Pool<M> {
    /// Memory of this (rounded) size that was given back.
    pub(super) fn take(&mut self, bytes: usize) -> Option<M> {
        let memory = self.free.get_mut(&bytes)?.pop()?;
        self.cached -= bytes;
        self.lent(bytes);
        Some(memory)
    }

    /// Counts memory that the driver has given for a buffer.
    pub(super) fn lent(&mut self, bytes: usize) {
        self.in_use += bytes;
        self.largest = self.largest.max(self.in_use);
    }

    pub(super) fn give_back(&mut self, memory: M, bytes: usize) {
        self.in_use -= bytes;
        self.cached += bytes;
        self.free.entry(bytes).or_default().push(memory);
    }

    /// Forgets all that is free, and says what it was.
    pub(super) fn release(&mut self) -> Vec<M> {
        self.cached = 0;
        core::mem::take(&mut self.free).into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_by_little() {
        for bytes in (0..5000).chain([1 << 20, (1 << 20) + 1, 123_456_789, 3 << 33]) {
            let size = rounded(bytes);
            assert!(size >= bytes && size.is_multiple_of(512));
            assert!(size <= 512 || size - bytes < (bytes / 8).max(512), "{bytes} to {size}");
            assert_eq!(rounded(size), size);
        }
    }

    #[test]
    fn memory_is_taken_once_and_by_size() {
        let mut pool = Pool::default();
        pool.lent(512);
        pool.lent(1024);
        assert_eq!((pool.in_use, pool.cached), (1536, 0));
        pool.give_back(7, 512);
        pool.give_back(8, 1024);
        assert_eq!((pool.in_use, pool.cached), (0, 1536));
        assert_eq!(pool.take(2048), None);
        assert_eq!(pool.take(1024), Some(8));
        assert_eq!(pool.take(1024), None);
        assert_eq!(pool.release(), [7]);
        assert_eq!((pool.in_use, pool.cached, pool.largest), (1024, 0, 1536));
    }
}
