//! What every differentiable function of arrays must satisfy.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wengert_tensor::*;

/// Numbers without pattern, of one size, all different.
pub fn some(shape: impl Into<Shape>, seed: u64) -> Tensor<f64> {
    Tensor::uniform(shape, -1.0..1.0, seed)
}

fn dot(a: &[Tensor<f64>], b: &[Tensor<f64>]) -> f64 {
    let term = |(a, b): (&Tensor<f64>, &Tensor<f64>)| {
        assert_eq!(a.shape(), b.shape());
        a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum::<f64>()
    };
    a.iter().zip(b).map(term).sum()
}

fn close(what: &str, a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0), "{what}: {a} and {b}");
}

/// Checks the derivatives of an array-valued function at a point around which it is smooth: the Jacobian and its
/// transpose against each other and against differences, and so with the second derivatives.
pub fn check(x: &[Tensor<f64>], f: impl Fn(&[Var<f64>]) -> Var<f64>) {
    let x = x.to_vec();
    let random = |seed: u64| -> Vec<Tensor<f64>> {
        x.iter().enumerate().map(|(k, x)| some(x.shape(), seed + k as u64)).collect()
    };
    let moved = |h: f64, v: &[Tensor<f64>]| -> Vec<Tensor<f64>> {
        x.iter().zip(v).map(|(x, v)| x + &(v * h)).collect()
    };
    let (v, u) = (random(100), random(200));
    let (y, dy) = jvp(|x: Vec<Var<f64>>| f(&x), &x, &v);
    let w = some(y.shape(), 300);

    // ⟨w, Jv⟩ = ⟨Jᵀw, v⟩
    let weighted = |x: Vec<Var<f64>>| (f(&x) * &w).sum();
    let jtw = gradient(&x, weighted);
    close("⟨w, Jv⟩ and ⟨Jᵀw, v⟩", dot(core::slice::from_ref(&w), &[dy]), dot(&jtw, &v), 1e-12);

    // Each element of the gradient against central differences.
    let value = |x: &Vec<Tensor<f64>>| evaluate(x, weighted).item();
    let h = 1e-5;
    for (k, jtw) in jtw.iter().enumerate() {
        for (i, derivative) in jtw.to_vec().into_iter().enumerate() {
            let at = |h: f64| {
                let mut x = x.clone();
                x[k].as_mut_slice()[i] += h;
                value(&x)
            };
            close("a partial derivative", (at(h) - at(-h)) / (2.0 * h), derivative, 1e-8);
        }
    }

    // The Hessian of a function with curvature: forward over reverse, reverse over reverse, differences.
    let curved = |x: Vec<Var<f64>>| {
        let y = f(&x);
        (y * &w + y * y * y).sum()
    };
    let hv = hvp(curved, &x, &v);
    let slope = |x: Vec<Var<f64>>| {
        let g = gradient(&x, curved);
        let terms = g.iter().zip(&v).map(|(&g, v)| (g * v).sum());
        terms.reduce(|sum, term| sum + term).expect("there are inputs")
    };
    for (a, b) in hv.iter().zip(gradient(&x, slope)) {
        assert!(a.is_close(&b, 1e-10), "forward over reverse {a}, reverse over reverse {b}");
    }
    let (ahead, behind) = (moved(h, &v), moved(-h, &v));
    let (ahead, behind) = (gradient(&ahead, curved), gradient(&behind, curved));
    let difference = (dot(&ahead, &u) - dot(&behind, &u)) / (2.0 * h);
    close("⟨u, Hv⟩", dot(&hv, &u), difference, 1e-7);
}

/// The message that a program panics with.
#[track_caller]
pub fn panic_message<Y>(f: impl FnOnce() -> Y) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).err().expect("this must panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast::<&str>().expect("a message").to_string(),
    }
}
