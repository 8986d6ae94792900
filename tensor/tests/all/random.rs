//! Random tensors: their distributions, and that seeds repeat them.

use wengert_tensor::*;

/// The mean of xᵏ.
fn moment(x: &[f64], k: i32) -> f64 {
    x.iter().map(|x| x.powi(k)).sum::<f64>() / x.len() as f64
}

/// Moments of n independent numbers are within five standard errors of those of their distribution; the squared error of the
/// k-th is (μ₂ₖ − μₖ²)/n.
fn check_moments(x: &[f64], moments: [f64; 9]) {
    for k in 1..=4 {
        let deviation = ((moments[2 * k] - moments[k].powi(2)) / x.len() as f64).sqrt();
        let error = moment(x, k as i32) - moments[k];
        assert!(
            error.abs() < 5.0 * deviation,
            "moment {k}: {error:e}, and {deviation:e} is expected"
        );
    }
}

#[test]
fn moments_of_uniform_numbers() {
    let moments = core::array::from_fn(|k| if k % 2 == 0 { 1.0 / (k + 1) as f64 } else { 0.0 });
    for seed in 0..4 {
        let x = Tensor::<f64>::uniform([100_000], -1.0..1.0, seed).to_vec();
        check_moments(&x, moments);
        assert!(x.iter().all(|x| (-1.0..1.0).contains(x)));
        let narrow = Tensor::<f32>::uniform([100_000], 0.0..1.0, seed).to_vec();
        assert!(narrow.iter().all(|x| (0.0..1.0).contains(x)));
        let centred: Vec<f64> = narrow.iter().map(|&x| 2.0 * f64::from(x) - 1.0).collect();
        check_moments(&centred, moments);
    }
}

#[test]
fn moments_of_normal_numbers() {
    let moments = [1.0, 0.0, 1.0, 0.0, 3.0, 0.0, 15.0, 0.0, 105.0];
    for seed in 0..4 {
        let x = Tensor::<f64>::normal([100_000], 0.0, 1.0, seed).to_vec();
        check_moments(&x, moments);
        let narrow = Tensor::<f32>::normal([100_000], 3.0, 2.0, seed).to_vec();
        let standard: Vec<f64> = narrow.iter().map(|&x| (f64::from(x) - 3.0) / 2.0).collect();
        check_moments(&standard, moments);
        // P(|x| > 3) = 0.0027
        let tail = x.iter().filter(|x| x.abs() > 3.0).count();
        assert!((190..350).contains(&tail), "{tail}");
    }
}

/// The correlation of n independent pairs is within five standard errors of 0.
fn check_independent(a: &[f64], b: &[f64]) {
    let n = a.len().min(b.len());
    let correlation = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n as f64;
    assert!(correlation.abs() < 5.0 / (n as f64).sqrt(), "{correlation}");
}

#[test]
fn numbers_are_independent_of_each_other_and_of_other_seeds() {
    let of = |seed: u64| Tensor::<f64>::normal([50_000], 0.0, 1.0, seed).to_vec();
    let x = of(1);
    for distance in [1, 2, 3, 8192] {
        check_independent(&x, &x[distance..]);
    }
    for seed in [0, 2, 3, 1 << 32, (1 << 32) + 1, u64::MAX] {
        check_independent(&x, &of(seed));
    }
}

#[test]
fn a_seed_gives_the_same_numbers_again() {
    // On any machine.
    let fixed = Tensor::<f64>::uniform([3], 0.0..1.0, 42);
    let expected = Tensor::from(FIRST_OF_SEED_42);
    assert_eq!(fixed, expected);
    // For any number of threads.
    let of = || Tensor::<f64>::normal([300, 1000], 0.0, 1.0, 9);
    let alone = std::thread::spawn(of).join().expect("it ends");
    assert_eq!(of(), alone);
    // In any shape, and for any length.
    assert_eq!(of().to_vec()[..77], Tensor::<f64>::normal([7, 11], 0.0, 1.0, 9).to_vec());
    assert_eq!(Tensor::<f64>::uniform([], 0.0..1.0, 42).item(), FIRST_OF_SEED_42[0]);
    assert_eq!(Tensor::<f64>::uniform([2, 0], 0.0..1.0, 42).size(), 0);
}

/// Found by another program: the leading 53 bits of Philox4x32-10 with key (42, 0), for counters 0 and 1.
const FIRST_OF_SEED_42: [f64; 3] = [0.4685865183391049, 0.34086154938517876, 0.32706338120338474];

#[test]
fn permutations_are_equally_probable() {
    let mut counts = std::collections::BTreeMap::new();
    const N: usize = 12_000;
    for seed in 0..N as u64 {
        *counts.entry(Tensor::permutation(4, seed).to_vec()).or_insert(0_usize) += 1;
    }
    assert_eq!(counts.len(), 24);
    // χ² of 23 degrees of freedom: beyond 58 once in 10⁴.
    let expected = N as f64 / 24.0;
    let chi_squared: f64 =
        counts.values().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
    assert!(chi_squared < 58.0, "{chi_squared}");
    let mut large = Tensor::permutation(10_000, 1).to_vec();
    assert_ne!(large, (0..10_000).collect::<Vec<_>>());
    large.sort_unstable();
    assert_eq!(large, (0..10_000).collect::<Vec<_>>());
    assert_eq!(Tensor::permutation(0, 1).size(), 0);
}

#[test]
fn integers_are_equally_probable() {
    let x = Tensor::integers([10_000], 5..12, 3).to_vec();
    for i in 5..12 {
        let count = x.iter().filter(|&&x| x == i).count() as f64;
        let expected: f64 = 10_000.0 / 7.0;
        assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{i}: {count}");
    }
    assert!(x.iter().all(|x| (5..12).contains(x)));
}

#[test]
fn dropout_keeps_expectations_and_drops_derivatives() {
    let n = 100_000;
    let x = Tensor::<f64>::uniform([n], 1.0..2.0, 1);
    let (y, dy) = jvp(|x| x.dropout(0.3, 5), &x, &Tensor::ones([n]));
    let slope = gradient(&x, |x| x.dropout(0.3, 5));
    assert_eq!(slope, dy);
    let scale = 1.0 / 0.7;
    for ((x, y), dy) in x.to_vec().iter().zip(y.to_vec()).zip(dy.to_vec()) {
        assert!((y == 0.0 && dy == 0.0) || (y == x * scale && dy == scale));
    }
    let kept = y.to_vec().iter().filter(|&&y| y != 0.0).count() as f64;
    assert!((kept - 70_000.0).abs() < 5.0 * (n as f64 * 0.3 * 0.7).sqrt(), "{kept}");
    assert_ne!(x.map(|x| x.dropout(0.3, 6)), y);
    // The same function again in second order.
    let hv = hvp(|x| (x * x).dropout(0.3, 5), &x, &Tensor::ones([n]));
    assert!(hv.is_close(&(&dy * 2.0), 1e-15));
}

#[test]
fn dropout_at_its_ends() {
    let x = Tensor::from([f64::INFINITY, f64::NAN, 1.0, 0.0]);
    assert_eq!(x.map(|x| x.dropout(1.0, 5)), Tensor::zeros([4]));
    assert_eq!(gradient(&x, |x| (x * x).dropout(1.0, 5)), Tensor::zeros([4]));
    let y = Tensor::from([1.0, -2.0]);
    assert_eq!(y.map(|x| x.dropout(0.0, 5)), y);
    assert_eq!(gradient(&y, |x| x.dropout(0.0, 5)), Tensor::ones([2]));
}

#[test]
#[should_panic(expected = "dropout: the rate 1.5 is not within 0 … 1")]
fn a_rate_that_is_no_probability() {
    let _ = Tensor::from([1.0]).map(|x| x.dropout(1.5, 0));
}

#[test]
#[should_panic(expected = "uniform: there are no numbers to choose from in 1.0..1.0")]
fn an_empty_range() {
    let _ = Tensor::<f64>::uniform([1], 1.0..1.0, 0);
}
