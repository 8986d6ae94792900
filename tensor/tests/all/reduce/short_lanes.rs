//! Sums of exponentials of short lanes, some of which are worked on side by side.

use wengert_tensor::*;

use super::checks::numbers;

/// Along the last axis: Σ, of which there is one for each lane, and the weights and their logarithms.
const FUNCTIONS: [fn(Var<f64>) -> Var<f64>; 3] =
    [|x| x.log_sum_exp_keep(-1), |x| x.softmax(-1), |x| x.log_softmax(-1)];

/// Lengths of lanes up to and beyond those that are short, and numbers of lanes that fill their places or do not.
const LENGTHS: [usize; 7] = [1, 2, 10, 25, 63, 64, 65];
const COUNTS: [usize; 5] = [1, 15, 16, 17, 40];

#[test]
fn short_lanes_by_their_definition() {
    for (n, count) in LENGTHS.into_iter().flat_map(|n| COUNTS.map(|count| (n, count))) {
        let x = numbers([count, n], 3);
        let [sums, weights, logarithms] = FUNCTIONS.map(|f| x.map(f).to_vec());
        for (lane, elements) in x.to_vec().chunks(n).enumerate() {
            let total: f64 = elements.iter().map(|x| x.exp()).sum();
            assert!((sums[lane] - total.ln()).abs() < 1e-14 * (1.0 + total.ln().abs()), "{n}");
            for (k, x) in elements.iter().enumerate() {
                let (weight, expected) = (weights[lane * n + k], x.exp() / total);
                assert!((weight - expected).abs() < 1e-14 * expected, "{n} × {count}");
                let expected = x - total.ln();
                assert!((logarithms[lane * n + k] - expected).abs() < 1e-13, "{n} × {count}");
            }
        }
    }
}

#[test]
fn a_lane_does_not_depend_on_those_beside_it() {
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300, -0.0];
    for n in LENGTHS {
        let mut elements = numbers([34, n], 5).to_vec();
        for (lane, special) in special.into_iter().enumerate() {
            elements[5 * lane * n] = special;
            elements[(5 * lane + 1) * n..(5 * lane + 2) * n].fill(special);
        }
        let x = Tensor::from(elements.clone()).reshape([34, n]);
        for f in FUNCTIONS {
            let together = x.map(f).to_vec();
            let alone = elements.chunks(n).flat_map(|lane| {
                let lane = Tensor::from(lane.to_vec());
                lane.map(f).to_vec()
            });
            let bits = |y: f64| if y.is_nan() { f64::NAN.to_bits() } else { y.to_bits() };
            assert!(together.into_iter().map(bits).eq(alone.map(bits)), "{n}");
        }
    }
}
