//! One check of a program in all modes, up to third order.

use wengert_tensor::*;

/// Numbers without pattern, between −1.5 and 1.5.
pub fn numbers(shape: impl Into<Shape>, seed: usize) -> Tensor<f64> {
    let mut k = seed;
    Tensor::from_fn(shape, |_| {
        k = (k * 1_103_515_245 + 12_345) % (1 << 31);
        (k >> 8) as f64 / (1 << 23) as f64 * 3.0 - 1.5
    })
}

pub fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum()
}

#[track_caller]
fn close(what: &str, a: &Tensor<f64>, b: &Tensor<f64>, tolerance: f64) {
    let scale = b.to_vec().iter().fold(1.0_f64, |scale, x| scale.max(x.abs()));
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        assert!((a - b).abs() <= tolerance * scale, "{what}: {a} {b}");
    }
}

/// x + t v
fn moved(x: &Tensor<f64>, t: f64, v: &Tensor<f64>) -> Tensor<f64> {
    x + &(v * t)
}

/// The derivative of a function of t at 0, by central differences of fourth order.
fn slope(f: &dyn Fn(f64) -> Tensor<f64>) -> Tensor<f64> {
    let h = 1e-3;
    let central = |h: f64| &(&f(h) - &f(-h)) / (2.0 * h);
    &(&(&central(h) * 4.0) - &central(2.0 * h)) / 3.0
}

/// Checks a program on arrays at `x`, near which it is smooth.
#[track_caller]
pub fn check(f: fn(Var<f64>) -> Var<f64>, f32: fn(Var<f32>) -> Var<f32>, x: &Tensor<f64>) {
    let y = evaluate(x, f);
    let (w, v) = (numbers(y.shape(), 3), numbers(x.shape(), 5));
    let loss = |x: Var<f64>| (f(x) * &w).sum();
    let g = gradient(x, loss);
    assert_eq!(g.shape(), x.shape());

    // Against differences, along each axis and along v.
    let differences = Tensor::from_fn(x.shape(), |index| {
        let axis = Tensor::from_fn(x.shape(), |i| if i == index { 1.0 } else { 0.0 });
        slope(&|t| evaluate(&moved(x, t, &axis), loss)).item()
    });
    close("gradient", &g, &differences, 1e-9);
    let (_, jv) = jvp(f, x, &v);
    close("jvp", &jv, &slope(&|t| evaluate(&moved(x, t, &v), f)), 1e-9);
    let (wjv, gv) = (dot(&w, &jv), dot(&g, &v));
    assert!((wjv - gv).abs() <= 1e-12 * gv.abs().max(1.0), "⟨w, Jv⟩ = {wjv}, ⟨Jᵀw, v⟩ = {gv}");

    // Second order: forward over reverse, reverse over reverse, and differences.
    let hv = hvp(loss, x, &v);
    let reverse = gradient(x, |x| (gradient(&x, loss) * &v).sum());
    close("reverse over reverse", &reverse, &hv, 1e-10);
    close("hvp", &hv, &slope(&|t| gradient(&moved(x, t, &v), loss)), 1e-8);
    let forward = jvp(|x| jvp(f, &x, &constant(&v)).1, x, &v).1;
    let (wfv, hvv) = (dot(&w, &forward), dot(&hv, &v));
    assert!((wfv - hvv).abs() <= 1e-10 * hvv.abs().max(1.0), "vᵀHv: {wfv} {hvv}");

    // Third order.
    let third = jvp(|x| hvp(loss, &x, &constant(&v)), x, &v).1;
    let reverse = gradient(x, |x| (hvp(loss, &x, &constant(&v)) * &v).sum());
    close("reverse over forward over reverse", &reverse, &third, 1e-9);
    close("third order", &third, &slope(&|t| hvp(loss, &moved(x, t, &v), &v)), 1e-7);

    // The same numbers, laid out otherwise.
    let turned = x.transpose().contiguous().transpose();
    close("value of a transposed array", &evaluate(&turned, f), &y, 1e-14);
    close("gradient of a transposed array", &gradient(&turned, loss), &g, 1e-14);
    let turned = |x: Var<f64>| f(x.transpose().transpose());
    close("a transposed variable", &evaluate(x, turned), &y, 1e-14);

    // In single precision.
    let narrow = |x: &Tensor<f64>| {
        Tensor::from_vec(x.shape(), x.to_vec().iter().map(|&x| x as f32).collect())
    };
    let wide = |x: &Tensor<f32>| {
        Tensor::from_vec(x.shape(), x.to_vec().iter().map(|&x| f64::from(x)).collect())
    };
    let (value, slope) = {
        let (w, x) = (narrow(&w), narrow(x));
        (evaluate(&x, f32), gradient(&x, |x| (f32(x) * &w).sum()))
    };
    close("f32", &wide(&value), &y, 1e-5);
    close("f32 gradient", &wide(&slope), &g, 2e-5);
}
