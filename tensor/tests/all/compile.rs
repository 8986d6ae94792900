//! Functions that are recorded once compute what they compute when they are recorded each time.

use wengert_tensor::*;

use super::checks::panic_message;

#[derive(Tree, Clone, Debug, PartialEq)]
struct Mlp<A> {
    w: Vec<A>,
    b: Vec<A>,
}

impl Mlp<Var<f64>> {
    fn loss(&self, x: Var<f64>, classes: &Tensor<usize>) -> Var<f64> {
        let hidden = (x.matmul(self.w[0]) + self.b[0]).tanh().dropout(0.25, 7);
        (hidden.matmul(self.w[1]) + self.b[1]).cross_entropy(classes)
    }
}

fn wave(shape: impl Into<Shape>, phase: f64) -> Tensor<f64> {
    let mut k = phase;
    Tensor::from_fn(shape, |_| {
        k += 0.7;
        k.sin()
    })
}

fn mlp(phase: f64) -> Mlp<Tensor<f64>> {
    Mlp {
        w: vec![wave([3, 5], phase), wave([5, 4], phase + 1.0)],
        b: vec![wave([5], phase + 2.0), wave([4], phase + 3.0)],
    }
}

#[test]
fn gradients_are_the_same_to_the_last_bit() {
    let classes = Tensor::from([0_usize, 3, 1, 2, 2, 0]);
    let mut step = compile(&(mlp(0.0), wave([6, 3], 0.0)), |(m, x)| {
        value_and_gradient(&m, |m| m.loss(x, &classes))
    });
    for phase in [0.0, 0.3, 5.0] {
        let (m, x) = (mlp(phase), wave([6, 3], phase + 4.0));
        let (value, slope) = step.call(&(m.clone(), x.clone()));
        let expected = value_and_gradient(&m, |m| m.loss(constant(&x), &classes));
        assert_eq!((value, slope), expected);
    }
}

#[test]
fn higher_orders_can_be_compiled() {
    let classes = Tensor::from([0_usize, 3, 1, 2, 2, 0]);
    let x = wave([6, 3], 0.0);
    let mut product = compile(&(mlp(0.0), mlp(1.0)), |(m, v)| {
        hvp(|m: Mlp<Var<f64>>| m.loss(constant(&x), &classes), &m, &v)
    });
    let (m, v) = (mlp(2.0), mlp(3.0));
    let expected = hvp(|m: Mlp<Var<f64>>| m.loss(constant(&x), &classes), &m, &v);
    assert_eq!(product.call(&(m, v)), expected);

    let cubes = |x: Var<f64>| (x * x * x).sum();
    let mut curvature = compile(&wave([3], 0.0), |x| hessian(cubes, &x));
    let expected = Tensor::from([[6.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 0.0, -18.0]]);
    assert_eq!(curvature.call(&Tensor::from([1.0, 2.0, -3.0])), expected);
}

#[test]
fn results_may_be_arguments_numbers_and_constants() {
    let mut f = compile(&[wave([2], 0.0), wave([3], 0.0)], |[x, _]| {
        [x, Var::from(2.5), constant(&Tensor::from([7.0])), x.transpose() + x]
    });
    for _ in 0..2 {
        let results = f.call(&[Tensor::from([1.0, 2.0]), wave([3], 1.0)]);
        let expected = [
            Tensor::from([1.0, 2.0]),
            Tensor::from(2.5),
            Tensor::from([7.0]),
            Tensor::from([2.0, 4.0]),
        ];
        assert_eq!(results, expected);
    }
}

#[test]
fn neither_arguments_nor_results_are_held() {
    let mut f = compile(&wave([100], 0.0), |x| (x * 2.0, x));
    let mut x = wave([100], 0.0);
    let memory = x.as_ptr();
    let (double, _) = f.call(&x);
    x.as_mut_slice()[0] = 10.0;
    assert_eq!(x.as_ptr(), memory);
    let (later, same) = f.call(&x);
    assert_eq!((double[[0]], later[[0]], same[[0]]), (2.0 * 0.7_f64.sin(), 20.0, 10.0));
}

#[test]
fn arguments_of_a_refused_call_are_not_held() {
    let mut f = compile(&(wave([4], 0.0), wave([3], 0.0)), |(x, y)| (x * 2.0, y));
    let mut arguments = (wave([4], 0.0), wave([5], 0.0));
    let memory = arguments.0.as_ptr();
    let message = panic_message(|| f.call(&arguments));
    assert!(message.contains("[5]"), "{message}");
    arguments.0.as_mut_slice()[0] = 10.0;
    assert_eq!(arguments.0.as_ptr(), memory);
}

#[test]
fn arguments_may_be_views() {
    let mut f = compile(&wave([3, 2], 0.0), |x| (x.exp().sum(), x.matmul(x.transpose())));
    let x = wave([2, 3], 1.0).transpose();
    let expected = evaluate(&x, |x| (x.exp().sum(), x.matmul(x.transpose())));
    assert_eq!(f.call(&x), expected);
}

#[test]
#[should_panic(
    expected = "call: array `b.1` has shape [3], and the function was compiled for shape [4]"
)]
fn other_shapes_are_refused() {
    let mut f = compile(&mlp(0.0), |m| m);
    let mut other = mlp(0.0);
    other.b[1] = wave([3], 0.0);
    f.call(&other);
}

#[test]
#[should_panic(expected = "call: there are 3 arrays, and the function was compiled for 2")]
fn other_numbers_of_arrays_are_refused() {
    let x = wave([2], 0.0);
    compile(&vec![x.clone(); 2], |x| x).call(&vec![x; 3]);
}

#[test]
#[should_panic(expected = "value: it rests on an argument of a function that is being compiled")]
fn values_are_not_known_before_the_call() {
    compile(&wave([2], 0.0), |x| if x.sum().value().item() > 0.0 { x } else { -x });
}

#[test]
fn a_recording_can_be_used_after_a_panic_inside() {
    let panics = || compile(&wave([2], 0.0), |x| x * x.sum().value().item());
    assert!(std::panic::catch_unwind(panics).is_err());
    assert_eq!(gradient(&Tensor::from([3.0]), |x| x * x), Tensor::from([6.0]));
}
