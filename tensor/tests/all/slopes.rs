//! Values and slopes that one pass finds together are those that it finds apart, bit for bit.

use wengert_tensor::*;

/// Numbers of both signs and of all sizes that matter, and the ends; some blocks of them.
fn places<T: Element>() -> Tensor<T> {
    let ends = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-30, -1e-30, 1e30, -1e30];
    let spread = (0..5000).map(|k| (f64::from(k) * 0.7).sin() * 1.003_f64.powi(k - 2500));
    Tensor::from(ends.into_iter().chain(spread).map(T::nearest).collect::<Vec<T>>())
}

/// What slopes are multiplied by.
fn factors<T: Element>(x: &Tensor<T>) -> Tensor<T> {
    let mut k = 0;
    Tensor::from_fn(x.shape().clone(), |_| {
        k += 1;
        T::nearest(if k % 7 == 0 { 0.0 } else { 1.5 * f64::from(k).cos() })
    })
}

fn bits<T: Element>(x: &Tensor<T>) -> Vec<u64> {
    // (Of NaNs there are many.)
    let bits = |x: T| if x.is_nan() { 1 } else { x.widen().to_bits() };
    x.to_vec().into_iter().map(bits).collect()
}

/// Forward mode asks for a value and a slope at once; the pullback for the slope, when the value has been found.
fn are_the_same<T: Element>(name: &str, f: fn(Var<T>) -> Var<T>) {
    let x = places::<T>();
    let v = factors(&x);
    let (value, tangent) = jvp(f, &x, &v);
    let (alone, pullback) = vjp(f, &x);
    let name = format!("{name}, {}", T::NAME);
    assert_eq!(bits(&value), bits(&alone), "{name}: value");
    assert_eq!(bits(&tangent), bits(&pullback.call(&v)), "{name}: slope");
    // (The slope's register serves several products, and is not taken for anything else before.)
    let twice = |x: Var<T>| {
        let y = f(x);
        y * x + y * y
    };
    let (value, gradient) = value_and_gradient(&x, |x| twice(x) * &v);
    let (alone, pullback) = vjp(twice, &x);
    assert_eq!(bits(&value), bits(&(&alone * &v)), "{name}: value of a product");
    assert_eq!(bits(&gradient), bits(&pullback.call(&v)), "{name}: slope of a product");
}

#[test]
fn slopes_beside_values_are_those_alone() {
    macro_rules! rows {
        ($($row:ident)*) => {$(
            are_the_same::<f64>(stringify!($row), |x| x.$row());
            are_the_same::<f32>(stringify!($row), |x| x.$row());
        )*};
    }
    rows! { tanh sigmoid silu softplus ln_sigmoid gelu sin cos sinh cosh exp erf }
}

/// A sum of slopes of several functions at one place, and of one function at several places.
#[test]
fn each_product_takes_the_slope_of_its_own_row_and_place() {
    let x = Tensor::from([0.3, -2.0, 0.0]);
    let (_, slope) =
        value_and_gradient(&x, |x| x.tanh() * x.sigmoid() + (x * 2.0).tanh() + x.tanh());
    let numbers = x.to_vec().into_iter();
    let expected = numbers.map(|x| {
        let sech = |x: f64| 1.0 / x.cosh().powi(2);
        let sigmoid = 1.0 / (1.0 + (-x).exp());
        sech(x) * sigmoid + x.tanh() * sigmoid * (1.0 - sigmoid) + 2.0 * sech(2.0 * x) + sech(x)
    });
    for (found, expected) in slope.to_vec().into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-15 * 4.0, "{found}, not {expected}");
    }
}

/// Where 1 − tanh² x has no digits.
#[test]
fn tails_keep_their_digits() {
    let x = Tensor::from([20.0, -20.0, 300.0]);
    let (_, slope) = value_and_gradient(&x, |x| x.tanh());
    for (found, x) in slope.to_vec().into_iter().zip([20.0_f64, 20.0, 300.0]) {
        let expected = 4.0 * (-2.0 * x).exp();
        assert!((found / expected - 1.0).abs() < 1e-14, "{found:e}, not {expected:e}");
    }
    let x = Tensor::from([700.0, -700.0]);
    let (_, slope) = value_and_gradient(&x, |x| x.sigmoid());
    for found in slope.to_vec() {
        assert!((found / 9.859_676_543_759_77e-305 - 1.0).abs() < 1e-14, "{found:e}");
    }
}
