//! Timing on noisy machines.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long each measurement goes on.
const BUDGET: Duration = Duration::from_millis(400);
/// How long one sample takes at least, so that reading the clock does not count.
const SAMPLE: Duration = Duration::from_micros(200);

/// The median time of one call, in nanoseconds, over many samples after a warm-up.
pub fn median_ns<R>(mut f: impl FnMut() -> R) -> f64 {
    let mut calls = 1_u32;
    loop {
        let time = time_of(&mut f, calls);
        if time >= SAMPLE {
            break;
        }
        calls *= 2;
    }
    let end = Instant::now() + BUDGET;
    let mut samples = Vec::new();
    while samples.len() < 5 || Instant::now() < end {
        samples.push(time_of(&mut f, calls).as_secs_f64() * 1e9 / f64::from(calls));
    }
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// How many clocks of the processor a nanosecond has at the moment: machines do not run at one speed. By multiplications and bit
/// operations of which each waits for the one before: three clocks and one, on x86-64 and most others.
pub fn clocks_per_ns() -> f64 {
    const STEPS: u32 = 100_000;
    let mut x = black_box(3_u64);
    let ns = median_ns(|| {
        // (Nothing that a compiler could do in larger steps.)
        (0..STEPS).for_each(|_| x = x.wrapping_mul(x | 1));
        x
    });
    4.0 * f64::from(STEPS) / ns
}

fn time_of<R>(f: &mut impl FnMut() -> R, calls: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(f());
    }
    start.elapsed()
}
