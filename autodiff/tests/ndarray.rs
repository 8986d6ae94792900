//! Arrays of numbers that carry derivatives.

use ndarray::linalg::{general_mat_mul, kron};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, LinalgScalar, ScalarOperand, array};
use wengert_autodiff::{
    Dual, DualVec, Real, Tape, Taylor, Var, derivatives, gradient, hessian, jacobian, jvp,
};

#[track_caller]
fn all_close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        assert!((got - want).abs() <= 1e-14 * want.abs().max(1.0), "{got} is not {want}");
    }
}

fn symmetric() -> Array2<f64> {
    array![[2.0, -1.0, 0.5], [-1.0, 3.0, 0.25], [0.5, 0.25, 1.0]]
}

/// xᵀ A x
fn quadratic_form<R: Real>(x: &[R]) -> R {
    let x = ArrayView1::from(x);
    x.dot(&symmetric().mapv(R::from).dot(&x))
}

/// Its gradient is 2 A x, its Hessian 2 A.
#[test]
fn dot_products() {
    let x = [1.0, -2.0, 3.0];
    let a = symmetric();
    assert_eq!(quadratic_form(&x), 27.0);
    all_close(
        &gradient(quadratic_form, &x),
        (2.0 * a.dot(&array![1.0, -2.0, 3.0])).as_slice().unwrap(),
    );
    all_close(hessian(quadratic_form, &x).as_slice(), (2.0 * a).as_slice().unwrap());
    // Along x itself, x + t x: (1 + t)² xᵀ A x.
    let d = derivatives::<3>(|t| quadratic_form(&x.map(|x| x + t * x)), 0.0);
    all_close(&[0, 1, 2, 3].map(|k| d[k]), &[27.0, 54.0, 54.0, 0.0]);
}

#[test]
fn elements_of_every_kind() {
    fn is_element<E: ScalarOperand + LinalgScalar>() {}
    is_element::<DualVec<f32, 3>>();
    is_element::<Taylor<f64, 4>>();
    is_element::<Var<f64>>();
    is_element::<Var<Dual<Var<f64>>>>();
}

/// ∂(A B)ᵢⱼ / ∂A = eᵢ (B eⱼ)ᵀ, in a product that is long enough for every path of `dot`.
#[test]
fn product_of_matrices() {
    let (n, m) = (3, 20);
    let x: Vec<f64> = (0..2 * n * m).map(|k| (k as f64).sin()).collect();
    let b = Array2::from_shape_vec((m, n), x[n * m..].to_vec()).unwrap();
    let got = jacobian(
        |x| {
            let (a, b) = x.split_at(n * m);
            let a = ArrayView2::from_shape((n, m), a).unwrap();
            a.dot(&ArrayView2::from_shape((m, n), b).unwrap()).into_raw_vec_and_offset().0
        },
        &x,
    );
    for (i, j, k, l) in ndarray::indices((n, n, n, m)) {
        let want = if i == k { b[(l, j)] } else { 0.0 };
        assert_eq!(got[(i * n + j, k * m + l)], want);
    }
}

#[test]
fn arithmetic_with_arrays_and_scalars() {
    let tape = Tape::new();
    let x = tape.vars(&[1.0, 2.0, 3.0]);
    let s = tape.var(0.5);
    let a = Array1::from(x.clone());
    let mut y = (&a * s + &a / s - s) * &a - &a * 2.0 + 1.0;
    y += &a;
    y *= s;
    y /= Var::from(4.0);
    // y = ((s + 1/s) a² − s a − a + 1) s / 4
    let gradient = tape.gradient(y.sum());
    all_close(&gradient.wrt_slice(&x), &[1.0, 2.0, 3.0].map(|a| (5.0 * a - 1.5) / 8.0));
    // ∂/∂s Σ ((s² + 1) a² − s² a − s a + s) / 4
    all_close(&[gradient.wrt(s)], &[(14.0 - 6.0 - 6.0 + 3.0) / 4.0]);
    let dual = array![Dual::new(1.0, 1.0), Dual::new(2.0, 0.0)] * Dual::new(3.0, 1.0);
    assert_eq!(dual.mapv(|x| x.tangent()), array![4.0, 2.0]);
}

#[test]
fn reductions_and_maps() {
    // The softmax of each row, and its mean over rows.
    fn f<R: Real>(x: &[R]) -> Vec<R> {
        let x = ArrayView2::from_shape((2, 3), x).unwrap().mapv(|x| x.exp());
        let total = x.sum_axis(Axis(1)).insert_axis(Axis(1));
        ((x / &total).sum_axis(Axis(0)) / 2.0).to_vec()
    }
    let x = [0.1, -0.2, 0.3, 1.0, 0.0, -1.0];
    let row = |x: &[f64]| {
        let total: f64 = x.iter().map(|x| x.exp()).sum();
        x.iter().map(|x| x.exp() / total).collect::<Vec<_>>()
    };
    let p = [row(&x[..3]), row(&x[3..])].concat();
    // ∂pᵢ/∂xⱼ = pᵢ (δᵢⱼ − pⱼ)
    let v = [1.0, -1.0, 2.0, 0.5, 3.0, -0.25];
    let want: Vec<f64> = (0..3)
        .map(|i| {
            let of_row = |row: usize| {
                let (p, v) = (&p[3 * row..][..3], &v[3 * row..][..3]);
                p[i] * (v[i] - p.iter().zip(v).map(|(p, v)| p * v).sum::<f64>())
            };
            (of_row(0) + of_row(1)) / 2.0
        })
        .collect();
    let (values, tangents) = jvp(f, &x, &v);
    all_close(&values, &f(&x));
    all_close(&tangents, &want);
    let reverse = jacobian(f, &x);
    let product: Vec<f64> =
        (0..3).map(|i| reverse.row(i).iter().zip(v).map(|(j, v)| j * v).sum()).collect();
    all_close(&product, &want);
}

/// Functions that ndarray bounds by `num_traits::Float`.
#[test]
fn statistics() {
    fn f<R: Real + num_traits::Float + num_traits::FromPrimitive>(x: &[R]) -> R {
        let x = ArrayView1::from(x);
        x.var(R::one()) + x.std(R::zero()) + x.sin().product()
    }
    // Of (x, −x): 2 x² + |x| − sin² x
    let d = derivatives::<2>(|x| f(&[x, -x]), 0.5);
    let (sin, cos) = 1.0_f64.sin_cos();
    all_close(&[d[1], d[2]], &[2.0 + 1.0 - sin, 4.0 - 2.0 * cos]);
}

#[test]
fn products_of_other_shapes() {
    let k =
        kron(&array![[Dual::new(1.0, 1.0)]], &array![[Dual::new(2.0, 0.0), Dual::new(3.0, 1.0)]]);
    assert_eq!(k.map(|x| x.tangent()), array![[2.0, 4.0]]);
    // A coefficient of value 0 replaces what it would scale, and so loses its derivative.
    let with_beta = |beta: Dual<f64>| {
        let mut c = array![[Dual::from(5.0)]];
        let one = array![[Dual::from(1.0)]];
        general_mat_mul(Dual::from(1.0), &one, &one, beta, &mut c);
        c[(0, 0)].tangent()
    };
    assert_eq!((with_beta(Dual::new(2.0, 1.0)), with_beta(Dual::new(0.0, 1.0))), (5.0, 0.0));
}

#[test]
fn nested_numbers() {
    // ∇ xᵀ x · v has the gradient 2 v.
    let g = gradient(
        |v: &[Var<f64>]| {
            let x = [Var::from(1.0), Var::from(2.0)];
            let inner =
                gradient(|x: &[Var<Var<f64>>]| ArrayView1::from(x).dot(&ArrayView1::from(x)), &x);
            Array1::from(inner).dot(&ArrayView1::from(v))
        },
        &[3.0, 4.0],
    );
    assert_eq!(g, [2.0, 4.0]);
    assert_eq!(Array1::<Var<Dual<f64>>>::zeros(2).sum().primal(), 0.0);
}
