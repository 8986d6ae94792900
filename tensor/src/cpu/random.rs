//! Random bits by counting: Philox4x32-10, of J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, *Parallel random
//! numbers: as easy as 1, 2, 3* (SC'11).
//!
//! Each block of 128 bits is a function of the seed and of its number alone, so that threads, and other devices, find
//! any part of a stream without the parts before it.

use super::parallel;

/// Numbers made by one task of one thread; even, because a block makes two.
const TASK: usize = 1 << 13;

/// Block `number` of the stream of a seed.
fn block(seed: u64, number: u64) -> [u64; 2] {
    let [low, high] = halves(number);
    let [a, b, c, d] = philox([low, high, 0, 0], halves(seed));
    [u64::from(a) | u64::from(b) << 32, u64::from(c) | u64::from(d) << 32]
}

fn halves(x: u64) -> [u32; 2] {
    [x as u32, (x >> 32) as u32]
}

/// Ten rounds of Philox on a counter, with a key.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let [low_0, high_0] = halves(u64::from(counter[0]) * 0xD251_1F53);
        let [low_1, high_1] = halves(u64::from(counter[2]) * 0xCD9E_8D57);
        counter = [high_1 ^ counter[1] ^ key[0], low_1, high_0 ^ counter[3] ^ key[1], low_0];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// Fills `out` with numbers made of random bits, two of each block of the stream.
pub(crate) fn fill<T: Send>(out: &mut [T], seed: u64, pair: impl Fn([u64; 2]) -> [T; 2] + Sync) {
    let tasks = out.chunks_mut(TASK).enumerate();
    parallel::for_each(tasks, |(task, part): (usize, &mut [T])| {
        for (k, places) in part.chunks_mut(2).enumerate() {
            let numbers = pair(block(seed, (task * TASK / 2 + k) as u64));
            for (place, number) in places.iter_mut().zip(numbers) {
                *place = number;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers that the authors publish with their library Random123.
    #[test]
    fn philox_gives_the_published_answers() {
        let answers = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([!0; 4], [!0; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, answer) in answers {
            assert_eq!(philox(counter, key), answer);
        }
    }

    #[test]
    fn a_stream_does_not_depend_on_how_much_of_it_is_asked_for() {
        let take = |n: usize| {
            let mut out = vec![0; n];
            fill(&mut out, 7, |bits| bits);
            out
        };
        let long = take(3 * TASK + 5);
        for n in [0, 1, 2, TASK - 1, TASK + 1] {
            assert_eq!(take(n), long[..n]);
        }
    }
}
