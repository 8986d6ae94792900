//! Large pages for large memory.

/// From how many bytes on large pages are asked for: two of 2 MB.
const LARGE: usize = 4 << 20;

/// [`Vec::reserve`], in large pages where that is much.
pub(crate) fn reserve<T>(memory: &mut Vec<T>, additional: usize) {
    let before = memory.capacity();
    memory.reserve(additional);
    if memory.capacity() > before {
        prefer_large_pages(memory);
    }
}

/// Asks the system for large pages in place of those of a vector of some megabytes that have not been touched yet: it hands them out in
/// a quarter of the time (a page of 4 KB takes one to three microseconds), and the processor finds its way through them more quickly.
/// Where there are none, all stays as it is. (The advice stays with the addresses, also for what the allocator puts there later.)
pub fn prefer_large_pages<T>(memory: &Vec<T>) {
    let bytes = memory.capacity() * size_of::<T>();
    if bytes >= LARGE {
        advise(memory.as_ptr().addr(), bytes);
    }
}

#[cfg(all(target_os = "linux", not(miri)))]
fn advise(start: usize, bytes: usize) {
    /// Small pages, on most processors. (On others this is refused.)
    const PAGE: usize = 4 << 10;
    // With the allocator's header in front, which is in the first page: memory whose parts are treated differently cannot grow without
    // being copied.
    let first = start & !(PAGE - 1);
    let bytes = (start + bytes).next_multiple_of(PAGE) - first;
    // SAFETY: this changes no content, and is refused where there is nothing that it could be about.
    unsafe {
        libc::madvise(core::ptr::without_provenance_mut(first), bytes, libc::MADV_HUGEPAGE);
    }
}

#[cfg(any(not(target_os = "linux"), miri))]
fn advise(_start: usize, _bytes: usize) {}
