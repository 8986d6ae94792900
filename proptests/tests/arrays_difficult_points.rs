//! Arrays at difficult points, in reverse mode, in forward mode, and to second order.
//!
//! The tests of rows that numbers have, too, show what arrays add to them: the same convention when elements of
//! all kinds lie side by side, ties within an array, and operands that broadcast.

use wengert_tensor::*;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

type Program<'a> = &'a dyn Fn(Var<f64>) -> Var<f64>;

#[track_caller]
fn same(what: &str, got: &Tensor<f64>, want: &Tensor<f64>) {
    assert_eq!(got.shape(), want.shape(), "{what}");
    let equal = |(a, b): (&f64, &f64)| {
        a == b || (a - b).abs() <= 1e-14 * b.abs().max(1.0) || (a.is_nan() && b.is_nan())
    };
    assert!(got.to_vec().iter().zip(&want.to_vec()).all(equal), "{what}: {got}, expected {want}");
}

fn axis(shape: &[usize], place: &[usize]) -> Tensor<f64> {
    Tensor::from_fn(shape, |i| if i == place { 1.0 } else { 0.0 })
}

/// The gradient of the sum of the results, in reverse mode and, axis by axis, in forward mode.
#[track_caller]
fn slope_is(f: impl Fn(Var<f64>) -> Var<f64>, x: &Tensor<f64>, want: impl Into<Tensor<f64>>) {
    let (f, want): (Program<'_>, _) = (&f, want.into());
    same("reverse", &gradient(x, f), &want);
    let along = |place: &[usize]| jvp(|x| f(x).sum(), x, &axis(x.shape(), place)).1.item();
    same("forward", &Tensor::from_fn(x.shape(), along), &want);
}

/// The Hessian of the sum of the results times ones, in three ways.
#[track_caller]
fn curvature_is(f: impl Fn(Var<f64>) -> Var<f64>, x: &Tensor<f64>, want: impl Into<Tensor<f64>>) {
    let (f, want): (Program<'_>, _) = (&f, want.into());
    let ones = Tensor::ones(x.shape());
    same("reverse over reverse", &gradient(x, |x| gradient(&x, f)), &want);
    same("forward over reverse", &hvp(|x| f(x).sum(), x, &ones), &want);
    let twice =
        |x: Var<f64>| jvp(|x| jvp(|x| f(x).sum(), &x, &constant(&ones)).1, &x, &constant(&ones)).1;
    same("forward over forward", &evaluate(x, twice), &want.sum());
}

#[test]
fn row_03_norms_of_zeros() {
    let x = Tensor::from([[0.0, -0.0], [3.0, 4.0]]);
    slope_is(|x| x.norm_over(-1), &x, [[0.0, 0.0], [0.6, 0.8]]);
    slope_is(|x| x.norm(), &Tensor::zeros([2, 2]), [[0.0; 2]; 2]);
    curvature_is(|x| x.norm(), &Tensor::zeros([3]), [0.0; 3]);
    slope_is(|x| x.norm(), &Tensor::from(-3.0), -1.0);
    assert_eq!(gradient(&Tensor::zeros([0]), |x: Var<f64>| x.norm()), Tensor::zeros([0]));
}

/// The distances of all pairs of points.
fn distances(x: Var<f64>, norm: impl Fn(Var<f64>) -> Var<f64>) -> Var<f64> {
    norm(x.unsqueeze(0) - x.unsqueeze(1))
}

#[test]
fn row_06_distances_of_pairs() {
    // The first two points coincide; the third is (3, 4) away from both.
    let x = Tensor::from([[1.0, 1.0], [1.0, 1.0], [4.0, 5.0]]);
    let each = [[-1.2, -1.6], [-1.2, -1.6], [2.4, 3.2]];
    slope_is(|x| distances(x, |d| d.norm_over(-1)), &x, each);
    for p in [0.5, 1.0, 1.5, 3.0, INF] {
        let of = |x: Var<f64>| distances(x, |d| d.lp_norm_over(p, -1));
        let slopes = gradient(&x, of);
        assert!(slopes.to_vec().iter().all(|slope| slope.is_finite()), "p = {p}: {slopes}");
        same("points together", &slopes.index(0, 0), &slopes.index(0, 1));
        same("nothing moves them all", &slopes.sum_over(0), &Tensor::zeros([2]));
    }
    // p < 1, and one component is zero.
    slope_is(|x| x.lp_norm(0.5), &Tensor::from([0.0, 2.0]), [0.0, 1.0]);
    slope_is(|x| x.lp_norm(0.5), &Tensor::zeros([2]), [0.0, 0.0]);
}

#[test]
fn row_07_deviations_of_constants() {
    let x = Tensor::from([[2.5, 2.5, 2.5], [1.0, 2.0, 3.0]]);
    let spread = 1.0 / 6.0_f64.sqrt();
    slope_is(|x| x.std_over(-1, 0), &x, [[0.0; 3], [-spread, 0.0, spread]]);
    slope_is(|x| x.std(1), &Tensor::full([2, 2], -0.1), [[0.0; 2]; 2]);
    curvature_is(|x| x.std(0), &Tensor::full([3], 7.0), [0.0; 3]);
}

#[test]
fn row_08_variances_without_freedom() {
    let x = Tensor::<f64>::from([[1.0], [2.0]]);
    let y = x.variance_over(-1, 1);
    assert!(y.shape() == &[2] && y.to_vec().iter().all(|y| y.is_nan()));
    slope_is(|x| x.variance_over(-1, 1), &x, [[NAN], [NAN]]);
    slope_is(|x| x.std_over(0, 2), &x, [[NAN], [NAN]]);
}

#[test]
fn row_10_relu_at_zero() {
    let x = Tensor::from([-1.0, -0.0, 0.0, 1e-300, 2.0]);
    slope_is(|x| x.relu(), &x, [0.0, 0.0, 0.0, 1.0, 1.0]);
    curvature_is(|x| x.relu(), &x, [0.0; 5]);
}

#[test]
fn row_12_ties_of_two_arrays() {
    let (a, b) = (Tensor::from([1.0, 2.0, 3.0]), Tensor::from([[3.0], [2.0]]));
    // Rows: [3, 3, 3 and 3] and [2, 2 and 2, 3].
    let (of_a, of_b) = gradient(&(a.clone(), b.clone()), |(a, b)| a.max(b));
    same("a", &of_a, &Tensor::from([0.0, 0.5, 1.5]));
    same("b", &of_b, &Tensor::from([[2.5], [1.5]]));
    slope_is(|a| a.max(constant(&b)), &a, [0.0, 0.5, 1.5]);
    slope_is(|a| a.min(constant(&b)), &a, [2.0, 1.5, 0.5]);
    slope_is(|a| a.max(a), &a, [1.0; 3]);
}

#[test]
fn row_13_ties_within_an_array() {
    let third = 1.0 / 3.0;
    let x = Tensor::from([[2.0, 1.0, 5.0], [2.0, 4.0, 5.0], [2.0, 4.0, 1.0]]);
    slope_is(|x| x.amax_over(0), &x, [[third, 0.0, 0.5], [third, 0.5, 0.5], [third, 0.5, 0.0]]);
    slope_is(|x| x.amin(), &x, [[0.0, 0.5, 0.0], [0.0; 3], [0.0, 0.0, 0.5]]);
    slope_is(|x| x.amax(), &Tensor::from([0.0, -0.0]), [0.5, 0.5]);
    curvature_is(|x| x.amax(), &Tensor::ones([4]), [0.0; 4]);
}

#[test]
fn row_34_elements_that_are_not_chosen() {
    let x = Tensor::from([4.0, 0.0, -1.0, INF]);
    // √x, where it is smooth.
    let guarded = |x: Var<f64>| (x.greater(0.0) & x.less(1e300)).select(x.sqrt(), 0.0);
    slope_is(guarded, &x, [0.25, 0.0, 0.0, 0.0]);
    curvature_is(guarded, &x, [-0.03125, 0.0, 0.0, 0.0]);
    let mask = Tensor::from([false, true, true, true]);
    slope_is(|x| x.ln().masked_fill(&mask, -1.0), &x, [0.25, 0.0, 0.0, 0.0]);
    // The value of a branch may be NaN without harm, too.
    let filled = evaluate(&x, |x| x.ln().masked_fill(&mask, -1.0));
    same("value", &filled, &Tensor::from([4f64.ln(), -1.0, -1.0, -1.0]));
}

#[test]
fn row_35_log_sum_exp_at_its_corners() {
    let x = Tensor::from([[-INF, -INF], [-INF, 1.0], [3.0, 3.0]]);
    let shares = [[0.0, 0.0], [0.0, 1.0], [0.5, 0.5]];
    slope_is(|x| x.log_sum_exp_over(-1), &x, shares);
    same("softmax", &x.map(|x| x.softmax(-1)), &Tensor::from(shares));
    curvature_is(|x| x.log_sum_exp_over(-1), &x, [[0.0; 2]; 3]);
    slope_is(|x| x.softplus(), &Tensor::from([0.0]), [0.5]);
    // All mass on what cannot be: −∞ and ∞ are too large to subtract.
    slope_is(|x| x.log_sum_exp(), &Tensor::from([1000.0, 1000.0, -1000.0]), [0.5, 0.5, 0.0]);
}

#[test]
fn row_36_entropy_of_zeros() {
    let p = Tensor::from([0.0, 1.0, 0.5]);
    let value = evaluate(&p, |p| p.xlogy(p.detach()));
    same("x ln x", &value, &Tensor::from([0.0, 0.0, -0.5 * 2f64.ln()]));
    let q = Tensor::from([0.0, 0.0, 2.0]);
    // ∂/∂y x ln y = x/y, which is 0 where x is an exact 0.
    slope_is(|y| constant(&Tensor::from([0.0, 0.0, 3.0])).xlogy(y), &q, [0.0, 0.0, 1.5]);
    // Classes that are impossible and do not occur cost nothing.
    let scores = Tensor::from([-INF, 0.0, 0.0]);
    let probabilities = Tensor::from([0.0, 0.5, 0.5]);
    slope_is(|x| x.cross_entropy_with_probabilities(&probabilities), &scores, [0.0; 3]);
}

#[test]
fn row_37_products_with_zeros() {
    let x = Tensor::from([[0.0, 2.0, 3.0], [0.0, 0.0, 5.0], [1.0, 2.0, 4.0]]);
    slope_is(|x| x.prod_over(-1), &x, [[6.0, 0.0, 0.0], [0.0; 3], [8.0, 4.0, 2.0]]);
    // Sums of the rows of the Hessians: (b + c, a + c, a + b).
    curvature_is(|x| x.prod_over(-1), &x, [[5.0, 3.0, 2.0], [5.0, 5.0, 0.0], [6.0, 5.0, 3.0]]);
    // a + ab + abc
    slope_is(|x| x.cumprod(-1), &x, [[9.0, 0.0, 0.0], [1.0, 0.0, 0.0], [11.0, 5.0, 2.0]]);
    slope_is(|x| x.prod(), &Tensor::from([0.0, INF]), [INF, 0.0]);
}

#[test]
fn row_38_determinants_of_singular_matrices() {
    let rank_one = Tensor::from([[1.0, 2.0], [2.0, 4.0]]);
    slope_is(|x| x.det(), &rank_one, [[4.0, -2.0], [-2.0, 1.0]]);
    curvature_is(|x| x.det(), &rank_one, [[1.0, -1.0], [-1.0, 1.0]]);
    slope_is(|x| x.det(), &Tensor::zeros([2, 2]), [[0.0; 2]; 2]);
    curvature_is(|x| x.det(), &Tensor::zeros([2, 2]), [[1.0, -1.0], [-1.0, 1.0]]);
    slope_is(|x| x.det(), &Tensor::zeros([3, 3]), [[0.0; 3]; 3]);
    // Rank 2 of 3: the cofactors of diag(2, 3, 0).
    let x = Tensor::from([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]]);
    slope_is(|x| x.det(), &x, [[0.0; 3], [0.0; 3], [0.0, 0.0, 6.0]]);
}

#[test]
fn row_39_equal_eigenvalues_and_singular_values() {
    let x = &Tensor::<f64>::eye(3) * 2.0;
    slope_is(|x| x.eigvalsh(), &x, Tensor::eye(3));
    slope_is(|x| x.nuclear_norm(), &x, Tensor::eye(3));
    // The projection P onto the space of two equal eigenvalues: dPᵢ₃ = dAᵢ₃/(2 − 5).
    let x = Tensor::from([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 5.0]]);
    let weights = Tensor::from([[1.0, 2.0, 6.0], [2.0, -1.0, 3.0], [6.0, 3.0, 4.0]]);
    let projection = |x: Var<f64>| {
        let space = x.eigh().vectors.slice(-1, 0..2);
        space.matmul(space.transpose()) * &weights
    };
    slope_is(projection, &x, [[0.0, 0.0, -2.0], [0.0, 0.0, -1.0], [-2.0, -1.0, 0.0]]);
    // What the cotangents do not say (V Λ² Vᵀ within that space) is not made up, and finite.
    let squared = |x: Var<f64>| {
        let Eigh { values, vectors } = x.eigh();
        (vectors * (values * values).unsqueeze(0)).matmul(vectors.transpose()) * &weights
    };
    assert!(gradient(&x, squared).to_vec().iter().all(|slope| slope.is_finite()));
    let itself = |x: Var<f64>| {
        let Svd { u, s, vt } = x.svd();
        (u * s.unsqueeze(0)).matmul(vt) * &weights
    };
    assert!(gradient(&x, itself).to_vec().iter().all(|slope| slope.is_finite()));
}

#[test]
fn row_42_scatter_and_its_sum() {
    let x = Tensor::from([[1.0, 2.0, 3.0]]);
    let put = Tensor::from([[7.0, 8.0]]);
    let places = Tensor::from([[2usize, 0]]);
    // What is overwritten has no influence; what is added to, all.
    slope_is(|x| x.scatter(1, &places, &put) * 2.0, &x, [[0.0, 2.0, 0.0]]);
    slope_is(|x| x.scatter_add(1, &places, &put) * 2.0, &x, [[2.0; 3]]);
    let weights = Tensor::from([[1.0, 10.0, 100.0]]);
    slope_is(|v| constant(&x).scatter(1, &places, v) * &weights, &put, [[100.0, 1.0]]);
    slope_is(|v| constant(&x).scatter_add(1, &places, v) * &weights, &put, [[100.0, 1.0]]);
    // Of two values for one place, the last one is there.
    let twice = Tensor::from([[1usize, 1]]);
    slope_is(|v| constant(&x).scatter(1, &twice, v) * &weights, &put, [[0.0, 10.0]]);
    slope_is(|v| constant(&x).scatter_add(1, &twice, v) * &weights, &put, [[10.0, 10.0]]);
}

#[test]
fn row_43_pooling_of_largest_elements() {
    let x = Tensor::from([[1.0, 2.0, 0.0, 3.0], [0.0, 1.0, 3.0, 3.0]]);
    // The whole derivative goes to one element, whatever the size of the window; of equals, to the first.
    slope_is(|x| x.max_pool2d(2) * 5.0, &x, [[0.0, 5.0, 0.0, 5.0], [0.0; 4]]);
    slope_is(|x| x.avg_pool2d(2) * 4.0, &x, [[1.0; 4], [1.0; 4]]);
    let overlapping = Pool::new(2).stride(1);
    slope_is(|x| x.max_pool1d(overlapping), &Tensor::from([0.0, 1.0, 0.0]), [0.0, 2.0, 0.0]);
}

#[test]
fn row_44_arrays_used_twice() {
    let x = Tensor::from([1.0, 2.0]);
    slope_is(|x| x * x, &x, [2.0, 4.0]);
    slope_is(|x| Var::concat(&[x, x, x * 2.0], 0), &x, [4.0, 4.0]);
    slope_is(|x| x.index_select(0, [0, 0, 1, 0]), &x, [3.0, 1.0]);
    slope_is(|x| x.matmul(x), &x, [2.0, 4.0]);
    // Once as it is, once through another shape, once through a part.
    slope_is(|x| x.sum() + x.reshape([2, 1]).sum() + x.slice(0, 1..).sum(), &x, [2.0, 3.0]);
    curvature_is(|x| x * x * x, &x, [6.0, 12.0]);
}

#[test]
fn row_45_operands_that_broadcast() {
    let matrix = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let product = |y: Var<f64>| constant(&matrix) * y;
    slope_is(product, &Tensor::from(7.0), 21.0);
    slope_is(product, &Tensor::from([7.0]), [21.0]);
    slope_is(product, &Tensor::from([1.0, 2.0, 3.0]), [5.0, 7.0, 9.0]);
    slope_is(product, &Tensor::from([[1.0], [2.0]]), [[6.0], [15.0]]);
    slope_is(product, &Tensor::full([1, 1, 1], 1.0), Tensor::full([1, 1, 1], 21.0));
    slope_is(|y| y.expand([2, 4]), &Tensor::from([[1.0], [2.0]]), [[4.0], [4.0]]);
    // With nothing, too.
    let nothing = Tensor::<f64>::zeros([0, 3]);
    slope_is(|y| constant(&nothing) + y, &Tensor::from([1.0, 2.0, 3.0]), [0.0; 3]);
    slope_is(|y| constant(&nothing) * y, &Tensor::from(2.0), 0.0);
    // Stacks of matrices share one.
    let stack = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).unsqueeze(1);
    slope_is(|m| constant(&stack).matmul(m), &Tensor::from([[1.0], [1.0]]), [[4.0], [6.0]]);
}

#[test]
fn row_46_constant_results() {
    let x = Tensor::from([[0.0, 2.0], [-1.0, NAN]]);
    let zeros = [[0.0; 2]; 2];
    slope_is(|x| x.powi(0), &x, zeros);
    slope_is(|_| Var::from(3.0), &x, zeros);
    slope_is(|x| x.detach(), &x, zeros);
    slope_is(|x| x.slice(0, 0..0), &x, zeros);
    slope_is(|x| x * 0.0, &Tensor::from([1.0, 2.0]), [0.0; 2]);
    curvature_is(|x| x * 3.0, &Tensor::from([1.0, 2.0]), [0.0; 2]);
    // One of two arguments.
    let (_, of_other) = gradient(&(x.clone(), Tensor::from([1.0])), |(x, _)| x.sum());
    assert_eq!(of_other, Tensor::from([0.0]));
}

#[test]
fn row_56_cholesky_factors() {
    // [[4, 2], [2, 3]] = L Lᵀ for L = [[2, 0], [1, √2]], and l₂₂ = √(a₂₂ − a₁₂ a₂₁/a₁₁).
    let x = Tensor::from([[4.0, 2.0], [2.0, 3.0]]);
    let root = 2f64.sqrt();
    let slopes = [[0.125 / root, -0.25 / root], [-0.25 / root, 0.5 / root]];
    slope_is(|x| x.cholesky().at((1, 1)), &x, slopes);
    // l₂₁ = a₂₁/√a₁₁, half of it from each of the two.
    slope_is(|x| x.cholesky().at((1, 0)), &x, [[-0.125, 0.25], [0.25, 0.0]]);
}
