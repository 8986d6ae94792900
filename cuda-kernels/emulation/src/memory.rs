//! Memory that shows where it is touched from outside of it.

use core::ptr::null_mut;

const PAGE: usize = 4096;
/// What is before the memory, on its first page.
const BEFORE: u8 = 0xA5;
/// The alignment that drivers give is 256 bytes; that of the largest element will do.
const ALIGN: usize = 16;

/// Bytes that end right before a page without access.
#[derive(Debug)]
pub(crate) struct Guarded {
    base: usize,
    pages: usize,
    first: usize,
    pub(crate) bytes: usize,
}

impl Guarded {
    pub(crate) fn new(bytes: usize) -> Self {
        let rounded = bytes.next_multiple_of(ALIGN);
        let pages = (rounded + PAGE).div_ceil(PAGE);
        let length = (pages + 1) * PAGE;
        // SAFETY: new pages, of which the last loses its access; what is written below is on the others.
        unsafe {
            let base = libc::mmap(
                null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            assert!(base != libc::MAP_FAILED, "the host is out of memory");
            let last = base.cast::<u8>().add(pages * PAGE);
            assert_eq!(libc::mprotect(last.cast(), PAGE, libc::PROT_NONE), 0);
            let first = last.sub(rounded);
            base.cast::<u8>().write_bytes(BEFORE, first.addr() - base.addr());
            // (All bits set: NaNs.)
            first.write_bytes(0xFF, rounded);
            Guarded { base: base.addr(), pages, first: first.addr(), bytes }
        }
    }

    pub(crate) fn address(&self) -> u64 {
        self.first as u64
    }

    pub(crate) fn contains(&self, address: u64, bytes: usize) -> bool {
        let first = self.address();
        first <= address && address + bytes as u64 <= first + self.bytes as u64
    }

    /// Whether what is before and after the memory is as it was.
    pub(crate) fn is_intact(&self) -> bool {
        let count = self.first - self.base;
        // SAFETY: these bytes are on the pages with access.
        unsafe {
            let before = core::slice::from_raw_parts(self.base as *const u8, count);
            let rest = self.bytes.next_multiple_of(ALIGN) - self.bytes;
            let after = core::slice::from_raw_parts((self.first + self.bytes) as *const u8, rest);
            before.iter().all(|&byte| byte == BEFORE) && after.iter().all(|&byte| byte == 0xFF)
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // SAFETY: the pages were mapped together.
        unsafe { libc::munmap(self.base as *mut _, (self.pages + 1) * PAGE) };
    }
}
