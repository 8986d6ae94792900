//! Array derivatives against those of the same program on scalars.

use wengert_autodiff as scalar;
use wengert_tensor::*;

fn chain<R: Real>(x: R) -> R {
    x.tanh() * x.sigmoid() + (-x * x).exp() / (x.powi(2) + 1.0).sqrt() - x.sin().abs()
}

fn points() -> Vec<f64> {
    (0..1500).map(|i| f64::from(i - 700) / 231.0).collect()
}

#[test]
fn elementwise_programs_agree_with_scalars_to_third_order() {
    let x = Tensor::from(points());
    let order = |n: usize| -> Vec<f64> {
        points().iter().map(|&x| scalar::derivatives::<3>(chain, x)[n]).collect()
    };
    let close = |a: &Tensor<f64>, b: Vec<f64>, tolerance: f64| {
        for (a, b) in a.to_vec().iter().zip(&b) {
            assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} {b}");
        }
    };
    close(&evaluate(&x, chain), order(0), 1e-15);
    close(&gradient(&x, chain), order(1), 1e-14);
    close(&gradient(&x, |x| gradient(&x, chain)), order(2), 1e-12);
    close(&gradient(&x, |x| gradient(&x, |x| gradient(&x, chain))), order(3), 1e-11);
    let ones = Tensor::ones([1500]);
    close(&jvp(chain, &x, &ones).1, order(1), 1e-14);
    close(&hvp(chain, &x, &ones), order(2), 1e-12);
    let second = jvp(|x| jvp(chain, &x, &x.mul_ones()).1, &x, &ones).1;
    close(&second, order(2), 1e-12);
}

trait Ones {
    fn mul_ones(self) -> Self;
}
impl Ones for Var<f64> {
    fn mul_ones(self) -> Self {
        (self * 0.0).detach() + 1.0
    }
}

#[test]
fn a_network() {
    let w1 = Tensor::from_fn([3, 4], |i| ((i[0] * 4 + i[1]) as f64).sin());
    let b1 = Tensor::from([0.1, -0.2, 0.3, 0.05]);
    let w2 = Tensor::from_fn([4, 2], |i| ((i[0] * 2 + i[1]) as f64).cos());
    let data = Tensor::from_fn([5, 3], |i| ((i[0] * 3 + i[1]) as f64 * 0.7).sin());
    let parameters = (w1, b1, w2);
    let loss = |(w1, b1, w2): (Var<f64>, Var<f64>, Var<f64>)| {
        let h = (constant(&data).matmul(w1) + b1).tanh();
        let y = h.matmul(w2);
        (y * y).mean() + y.amax_over(-1).sum()
    };
    let (value, gradient) = value_and_gradient(&parameters, loss);
    let h = 1e-6;
    for (k, (p, g)) in parameters.leaves().iter().zip(gradient.leaves()).enumerate() {
        assert_eq!(p.shape(), g.shape());
        for i in 0..p.size() {
            let moved = |h: f64| {
                let mut q = (parameters.0.clone(), parameters.1.clone(), parameters.2.clone());
                q.leaves_mut()[k].as_mut_slice()[i] += h;
                evaluate(&q, loss).item()
            };
            let difference = (moved(h) - moved(-h)) / (2.0 * h);
            assert!((difference - g.to_vec()[i]).abs() < 1e-8, "{difference} {}", g.to_vec()[i]);
        }
    }
    assert!(value.item().is_finite());
    let v = (Tensor::ones([3, 4]), Tensor::ones([4]), Tensor::ones([4, 2]));
    let hv = hvp(loss, &parameters, &v);
    let rr = wengert_tensor::gradient(&parameters, |p| {
        let g = wengert_tensor::gradient(&p, loss);
        g.0.sum() + g.1.sum() + g.2.sum()
    });
    for (a, b) in hv.leaves().iter().zip(rr.leaves()) {
        assert!(a.is_close(b, 1e-12), "{a} {b}");
    }
}

#[test]
fn jacobians_both_ways_and_nested() {
    let x = Tensor::from([0.3, -0.8, 1.1]);
    let wide = |x: Var<f64>| (x * x.sum()).sin();
    let tall = |x: Var<f64>| Var::stack(&[wide(x), x.exp(), x * x], 0);
    let by_scalars = scalar::jacobian(
        |x: &[scalar::Var<f64>]| {
            let sum = x[0] + x[1] + x[2];
            let wide = x.iter().map(|&x| (x * sum).sin());
            let exp = x.iter().map(|&x| x.exp());
            wide.chain(exp).chain(x.iter().map(|&x| x * x)).collect::<Vec<_>>()
        },
        &[0.3, -0.8, 1.1],
    );
    let j = jacobian(tall, &x);
    assert_eq!(j.shape(), &[3, 3, 3]);
    let j = j.reshape([9, 3]);
    let expected = Tensor::from_fn([9, 3], |i| by_scalars[(i[0], i[1])]);
    assert!(j.is_close(&expected, 1e-14), "{j} {expected}");
    assert!(jacobian(wide, &x).is_close(&expected.map(|e| e.slice(0, 0..3)), 1e-14));
    // Third derivatives: the gradient of the sum of the Hessian.
    let f = |x: Var<f64>| (x * x * x.sum()).sum();
    let third = gradient(&x, |x| hessian(f, &x).sum());
    // Σᵢⱼ ∂ᵢ∂ⱼ (Σx²)(Σx) is 2n Σx + 4n Σx, whose derivatives are all 6n.
    assert!(third.is_close(&Tensor::full([3], 18.0), 1e-13), "{third}");
}

#[test]
fn an_elementwise_gradient_is_one_pass() {
    let x = Tensor::from(points());
    let (_, report) = measure_memory(|| value_and_gradient(&x, |x| chain(x).sum()));
    assert!(report.peak <= 8 * 1500 + 64, "{report}");
}

#[test]
fn a_loop_that_records_and_forgets_needs_no_memory() {
    let x = Tensor::from([1.0, 2.0]);
    let (_, report) = measure_memory(|| {
        for _ in 0..1_000_000 {
            let tape = Tape::new();
            let y = tape.var(&x);
            let _ = (y * y).sum();
        }
    });
    assert!(report.peak < 1000, "{report}");
}
