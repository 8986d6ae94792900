//! What array programs need of memory.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::collections::BTreeMap;

thread_local! {
    /// Bytes of the tensors of this thread, and the most there were at once.
    static IN_USE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static LEDGER: RefCell<Option<Ledger>> = const { RefCell::new(None) };
}

type Ledger = BTreeMap<&'static str, Made>;

/// What the operations of one name made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// How many results were written to memory. (Those that stay within a pass over the elements are not.)
    pub results: usize,
    /// The memory for them, in bytes.
    pub bytes: usize,
    /// How many of the results, which belong on a device, were computed on the host, for want of a kernel.
    pub by_host: usize,
}

/// What a computation needed of memory: see [`measure_memory`].
#[derive(Clone, Debug)]
pub struct MemoryReport {
    /// The most memory that tensors of this thread held at once, beyond that before, in bytes.
    pub peak: usize,
    /// What was written, by name of the operation.
    pub by_operation: BTreeMap<&'static str, Made>,
}

/// Runs a computation, and says what memory it needed. (Of tensors that are made and dropped on this thread; scratch
/// memory within an operation is not counted.)
///
/// ```
/// use wengert_tensor::*;
/// let x = Tensor::<f64>::ones([1000]).contiguous();
/// // One pass: nothing between x and its gradient is ever in memory, but a few numbers.
/// let (_, report) = measure_memory(|| gradient(&x, |x| (x.sin() * x).exp().sum()));
/// assert!(report.peak < 8 * 1000 + 64);
/// println!("{report}");
/// ```
pub fn measure_memory<Y>(f: impl FnOnce() -> Y) -> (Y, MemoryReport) {
    let before = IN_USE.get();
    let outer_peak = PEAK.replace(before);
    let outer_ledger = LEDGER.replace(Some(Ledger::new()));
    let result = f();
    let peak = PEAK.get();
    PEAK.set(outer_peak.max(peak));
    let by_operation = LEDGER.replace(outer_ledger).unwrap_or_default();
    let report = MemoryReport { peak: (peak - before).unsigned_abs(), by_operation };
    (result, report)
}

/// Notes that a tensor's memory came into use, or, negative, that it is free again.
#[inline]
pub(crate) fn count(bytes: isize) {
    // (While a thread ends, the counters may be gone already.)
    let _ = IN_USE.try_with(|in_use| {
        let now = in_use.get() + bytes;
        in_use.set(now);
        if bytes > 0 {
            PEAK.set(PEAK.get().max(now));
        }
    });
}

/// Whether a report is wanted.
#[inline]
pub(crate) fn is_wanted() -> bool {
    LEDGER.with_borrow(Option::is_some)
}

/// Notes a result, if a report is wanted.
#[inline]
pub(crate) fn note(operation: &'static str, bytes: usize) {
    LEDGER.with_borrow_mut(|ledger| {
        if let Some(ledger) = ledger {
            let made = ledger.entry(operation).or_default();
            made.results += 1;
            made.bytes += bytes;
        }
    });
}

/// Notes a result that the host computed for a device, if a report is wanted.
#[cfg(feature = "cuda")]
pub(crate) fn note_by_host(operation: &'static str) {
    LEDGER.with_borrow_mut(|ledger| {
        if let Some(ledger) = ledger {
            ledger.entry(operation).or_default().by_host += 1;
        }
    });
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24} {:>8} {:>14}", "operation", "results", "bytes")?;
        for (operation, made) in &self.by_operation {
            write!(f, "{operation:<24} {:>8} {:>14}", made.results, made.bytes)?;
            match made.by_host {
                0 => writeln!(f)?,
                by_host => writeln!(f, ", {by_host} by the host for a device")?,
            }
        }
        write!(f, "peak {} bytes", self.peak)
    }
}
