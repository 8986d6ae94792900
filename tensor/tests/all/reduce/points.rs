//! Difficult points: zeros, ties, constants, infinities; and misuse.

use wengert_tensor::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

type Program<'a> = &'a dyn Fn(Var<f64>) -> Var<f64>;

/// The gradient, in reverse and, axis by axis, in forward mode.
#[track_caller]
fn gradient_is(f: impl Fn(Var<f64>) -> Var<f64>, x: &Tensor<f64>, expected: Tensor<f64>) {
    both_gradients_are(&f, x, expected);
}

#[track_caller]
fn both_gradients_are(f: Program<'_>, x: &Tensor<f64>, expected: Tensor<f64>) {
    let same = |a: &Tensor<f64>| {
        assert_eq!(a.shape(), expected.shape());
        let equal =
            |(a, b): (&f64, &f64)| a == b || (a - b).abs() < 1e-15 || (a.is_nan() && b.is_nan());
        assert!(a.to_vec().iter().zip(&expected.to_vec()).all(equal), "{a} {expected}");
    };
    same(&gradient(x, f));
    same(&Tensor::from_fn(x.shape(), |index| {
        let v = Tensor::from_fn(x.shape(), |i| if i == index { 1.0 } else { 0.0 });
        jvp(|x| f(x).sum(), x, &v).1.item()
    }));
}

fn second(f: impl Fn(Var<f64>) -> Var<f64>, x: &Tensor<f64>) -> Tensor<f64> {
    let f: Program<'_> = &f;
    gradient(x, |x| gradient(&x, f))
}

#[test]
fn products_with_zeros() {
    let x = Tensor::from([0.0, 2.0, 3.0]);
    gradient_is(|x| x.prod(), &x, Tensor::from([6.0, 0.0, 0.0]));
    gradient_is(|x| x.prod(), &Tensor::from([0.0, 0.0, 3.0]), Tensor::zeros([3]));
    // Rows of the Hessian of abc: (0, c, b), (c, 0, a), (b, a, 0).
    let hessian = |x: &Tensor<f64>| {
        let row = |i| Tensor::from_fn([3], |j| if i == j[0] { 1.0 } else { 0.0 });
        [0, 1, 2].map(|i| hvp(|x| x.prod(), x, &row(i)).to_vec())
    };
    assert_eq!(hessian(&x), [vec![0.0, 3.0, 2.0], vec![3.0, 0.0, 0.0], vec![2.0, 0.0, 0.0]]);
    let x = Tensor::from([0.0, 0.0, 3.0]);
    assert_eq!(hessian(&x), [vec![0.0, 3.0, 0.0], vec![3.0, 0.0, 0.0], vec![0.0, 0.0, 0.0]]);
    assert_eq!(second(|x| x.prod(), &x), Tensor::from([3.0, 3.0, 0.0]));
    // Third order: six permutations, two for each element.
    let third = |x| gradient(&x, |x| gradient(&x, |x: Var<f64>| x.prod()));
    assert_eq!(gradient(&Tensor::zeros([3]), third), Tensor::from([2.0, 2.0, 2.0]));
}

#[test]
fn running_products_with_zeros() {
    // a + ab + abc at (2, 0, 3), and at (0, 0, 3).
    gradient_is(|x| x.cumprod(0), &Tensor::from([2.0, 0.0, 3.0]), Tensor::from([1.0, 8.0, 0.0]));
    gradient_is(|x| x.cumprod(0), &Tensor::from([0.0, 0.0, 3.0]), Tensor::from([1.0, 0.0, 0.0]));
    // The Hessian times ones: (1 + c) + b, (1 + c) + a, a + b.
    let x = Tensor::from([0.0, 0.0, 3.0]);
    assert_eq!(second(|x| x.cumprod(0), &x), Tensor::from([4.0, 4.0, 0.0]));
    assert_eq!(hvp(|x| x.cumprod(0).sum(), &x, &Tensor::ones([3])), Tensor::from([4.0, 4.0, 0.0]));
}

#[test]
fn ties_share_evenly() {
    let x = Tensor::from([[2.0, 1.0], [2.0, 1.0], [2.0, 5.0]]);
    let third = 1.0 / 3.0;
    gradient_is(|x| x.amax_over(0), &x, Tensor::from([[third, 0.0], [third, 0.0], [third, 1.0]]));
    gradient_is(|x| x.amin_over(0), &x, Tensor::from([[third, 0.5], [third, 0.5], [third, 0.0]]));
    gradient_is(|x| x.amax_over(-1), &x, Tensor::from([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]));
    let x = Tensor::from([-3.0, 3.0, 1.0]);
    gradient_is(|x| x.lp_norm(INF), &x, Tensor::from([-0.5, 0.5, 0.0]));
    assert_eq!(second(|x| x.amax(), &x), Tensor::zeros([3]));
    // Infinities can be the largest, and NaN is never lost.
    let x = Tensor::from([1.0, INF, INF]);
    gradient_is(|x| x.amax(), &x, Tensor::from([0.0, 0.5, 0.5]));
    gradient_is(|x| x.amin(), &Tensor::from([-INF, 1.0]), Tensor::from([1.0, 0.0]));
    for x in [[NAN, 1.0], [1.0, NAN]].map(Tensor::from) {
        assert!(x.amax().item().is_nan() && x.amin().item().is_nan());
        gradient_is(|x| x.amax(), &x, Tensor::from([NAN, NAN]));
    }
}

#[test]
fn norms_at_zero() {
    let x = Tensor::from([[0.0, 0.0], [3.0, 4.0]]);
    gradient_is(|x| x.norm_over(-1), &x, Tensor::from([[0.0, 0.0], [0.6, 0.8]]));
    let zeros = Tensor::<f64>::zeros([3]);
    for p in [0.5, 1.0, 1.5, 2.0, 3.0, INF] {
        gradient_is(|x| x.lp_norm(p), &zeros, zeros.clone());
        assert_eq!(second(|x| x.lp_norm(p), &zeros), zeros);
        assert_eq!(hvp(|x| x.lp_norm(p), &zeros, &Tensor::ones([3])), zeros);
    }
    // One zero component.
    let x = Tensor::from([0.0, 2.0]);
    gradient_is(|x| x.lp_norm(0.5), &x, Tensor::from([0.0, 1.0]));
    gradient_is(|x| x.lp_norm(1.0), &x, Tensor::from([0.0, 1.0]));
    gradient_is(|x| x.lp_norm(1.5), &x, Tensor::from([0.0, 1.0]));
    // In a distance, and where nothing asks for the derivative.
    gradient_is(|x| (x - x.detach()).norm(), &x, Tensor::zeros([2]));
    gradient_is(|x| x.norm() * x.norm(), &zeros, zeros.clone());
}

#[test]
fn norms_do_not_overflow() {
    for scale in [1e300, 1e-300, 1e-310] {
        let x = Tensor::from([3.0 * scale, -4.0 * scale]);
        let (y, dy) = value_and_gradient(&x, |x| x.norm());
        assert!((y.item() / (5.0 * scale) - 1.0).abs() < 1e-12, "{y}");
        assert!(dy.is_close(&Tensor::from([0.6, -0.8]), 1e-12), "{dy}");
        let (y, dy) = value_and_gradient(&x, |x| x.lp_norm(3.0));
        assert!((y.item() / scale / 91.0_f64.cbrt() - 1.0).abs() < 1e-12, "{y}");
        let expected = [9.0, -16.0].map(|x| x / 91.0_f64.powf(2.0 / 3.0));
        assert!(dy.is_close(&Tensor::from(expected), 1e-12), "{dy}");
        let y = x.std(0);
        assert!((y.item() / scale - 3.5).abs() < 1e-12, "{y}");
    }
    let x = Tensor::from([3e30_f32, 4e30]);
    assert!((x.norm().item() / 5e30 - 1.0).abs() < 1e-6);
    assert_eq!(Tensor::from([1.0, INF]).norm().item(), INF);
    assert!(Tensor::from([1.0, INF, NAN]).norm().item().is_nan());
}

#[test]
fn deviations_of_constants() {
    for constant in [0.0, 0.1, 1e17, -3.3e-200] {
        let x = Tensor::full([3, 2], constant);
        gradient_is(|x| x.std_over(0, 1), &x, Tensor::zeros([3, 2]));
        gradient_is(|x| x.variance(0), &x, Tensor::zeros([3, 2]));
        assert_eq!(x.std(1).item(), 0.0);
        assert_eq!(second(|x| x.std(1), &x), Tensor::zeros([3, 2]));
    }
    // Too few elements.
    for x in [Tensor::from([[1.0], [2.0]]), Tensor::from([[1.0, 2.0]])] {
        let n = x.shape()[1];
        let undefined = Tensor::full(x.shape(), NAN);
        gradient_is(|x| x.variance_over(-1, n), &x, undefined.clone());
        gradient_is(|x| x.std_over(-1, n), &x, undefined.clone());
        gradient_is(|x| x.variance_keep(-1, n + 1), &x, undefined);
        assert_eq!(x.variance_over(-1, n).shape(), &[x.shape()[0]]);
    }
    // Large and almost equal.
    let x = Tensor::from([1e9, 1e9 + 1.0, 1e9 + 2.0]);
    let (y, dy) = value_and_gradient(&x, |x| x.variance(1));
    assert_eq!((y.item(), dy), (1.0, Tensor::from([-1.0, 0.0, 1.0])));
}

#[test]
fn sums_of_exponentials_of_infinities() {
    let x = Tensor::from([-INF, -INF]);
    assert_eq!(x.map(|x| x.log_sum_exp()).item(), -INF);
    gradient_is(|x| x.log_sum_exp(), &x, Tensor::zeros([2]));
    assert_eq!(second(|x| x.log_sum_exp(), &x), Tensor::zeros([2]));
    assert_eq!(x.map(|x| x.softmax(0)), Tensor::zeros([2]));
    assert_eq!(x.map(|x| x.log_softmax(0)), x);
    gradient_is(|x| x.log_cumsum_exp(0), &x, Tensor::zeros([2]));

    let x = Tensor::from([1.0, -INF]);
    gradient_is(|x| x.log_sum_exp(), &x, Tensor::from([1.0, 0.0]));
    gradient_is(|x| x.log_cumsum_exp(0), &x, Tensor::from([2.0, 0.0]));
    assert_eq!(x.map(|x| x.log_softmax(0)), Tensor::from([0.0, -INF]));
    let x = Tensor::from([-INF, 1.0]);
    gradient_is(|x| x.log_cumsum_exp(0), &x, Tensor::from([0.0, 1.0]));
    assert_eq!(second(|x| x.log_cumsum_exp(0), &x), Tensor::zeros([2]));

    let x = Tensor::from([INF, 1.0, INF]);
    assert_eq!(x.map(|x| x.log_sum_exp()).item(), INF);
    gradient_is(|x| x.log_sum_exp(), &x, Tensor::from([0.5, 0.0, 0.5]));
    assert_eq!(x.map(|x| x.softmax(0)), Tensor::from([0.5, 0.0, 0.5]));
    let half = -std::f64::consts::LN_2;
    assert_eq!(x.map(|x| x.log_softmax(0)), Tensor::from([half, -INF, half]));

    for x in [[NAN, 1.0], [1.0, NAN], [INF, NAN], [NAN, -INF]].map(Tensor::from) {
        assert!(x.map(|x| x.log_sum_exp()).item().is_nan());
        assert!(x.map(|x| x.softmax(0)).to_vec().iter().all(|x| x.is_nan()));
        assert!(x.map(|x| x.log_softmax(0)).to_vec().iter().all(|x| x.is_nan()));
    }
    // Equal numbers share evenly, however large.
    gradient_is(|x| x.log_sum_exp(), &Tensor::from([1e16, 1e16]), Tensor::from([0.5, 0.5]));
}

#[test]
fn small_losses_keep_their_digits() {
    // −ln(1/(1 + e⁻⁵⁰)) = e⁻⁵⁰ − …
    let loss = Tensor::from([[50.0, 0.0]]).map(|x| x.cross_entropy(&Tensor::from([0])));
    assert!((loss.item() / (-50.0_f64).exp() - 1.0).abs() < 1e-15, "{loss}");
    let y = Tensor::from([0.0, 1000.0]).map(|x| x.log_softmax(0));
    assert_eq!(y, Tensor::from([-1000.0, 0.0]));
}

#[test]
fn impossible_classes_that_do_not_occur_cost_nothing() {
    let truth = Tensor::from([1.0, 0.0]);
    let x = Tensor::from([1.0, -INF]);
    let f = |x: Var<f64>| x.cross_entropy_with_probabilities(&truth);
    assert_eq!(x.map(f).item(), 0.0);
    gradient_is(f, &x, Tensor::zeros([2]));
    assert_eq!(
        Tensor::from([[1.0, -INF]]).map(|x| x.cross_entropy(&Tensor::from([1]))).item(),
        INF
    );
}

#[test]
fn factors_that_are_infinite() {
    // 0 · ∞ is NaN in the value; derivatives multiply the other factors only.
    let x = Tensor::from([0.0, INF]);
    assert!(x.prod().item().is_nan());
    gradient_is(|x| x.prod(), &x, Tensor::from([INF, 0.0]));
    // A cotangent of zero is not harmed by what it does not ask for.
    let x = Tensor::from([2.0, INF, 3.0]);
    let weights = Tensor::from([1.0, 0.0, 0.0]);
    gradient_is(|x| x.cumprod(0).strong_mul((&weights).into()), &x, Tensor::from([1.0, 0.0, 0.0]));
}

#[test]
#[should_panic(expected = "amax: shape [0, 2] has no elements along the axes")]
fn nothing_has_no_largest() {
    let _ = Tensor::<f64>::zeros([0, 2]).amax_over(0);
}

#[test]
#[should_panic(expected = "argmin: shape [2, 0] has no elements")]
fn nothing_has_no_place() {
    let _ = Tensor::<f64>::zeros([2, 0]).argmin_over(-1);
}

#[test]
#[should_panic(expected = "norm: axis 2 is out of range for shape [2, 3]")]
fn axes_out_of_range_are_named() {
    let _ = Tensor::<f64>::zeros([2, 3]).norm_over(2);
}

#[test]
#[should_panic(expected = "prod: the axes [0, -2] name one twice")]
fn axes_are_named_once() {
    let _ = Tensor::<f64>::zeros([2, 3]).map(|x| x.prod_over([0, -2]));
}

#[test]
#[should_panic(expected = "lp_norm: the order 0 must be positive")]
fn orders_are_positive() {
    let _ = Tensor::<f64>::zeros([2]).map(|x| x.lp_norm(0.0));
}

#[test]
#[should_panic(
    expected = "cross_entropy: logits of shape [2, 3] need classes of shape [2], and these have [3]"
)]
fn classes_have_a_shape() {
    let _ = Tensor::<f64>::zeros([2, 3]).map(|x| x.cross_entropy(&Tensor::from([0, 1, 2])));
}

#[test]
#[should_panic(expected = "cross_entropy: class 3 is out of range for logits of shape [2, 3]")]
fn classes_are_in_range() {
    let _ = Tensor::<f64>::zeros([2, 3]).map(|x| x.cross_entropy(&Tensor::from([0, 3])));
}

#[test]
#[should_panic(
    expected = "cross_entropy_with_probabilities: logits of shape [2, 3] and probabilities of shape [3]"
)]
fn probabilities_have_a_shape() {
    let truth = Tensor::<f64>::zeros([3]);
    let _ = Tensor::zeros([2, 3]).map(|x| x.cross_entropy_with_probabilities(&truth));
}
