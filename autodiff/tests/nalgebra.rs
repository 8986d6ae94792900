//! Matrices of numbers that carry derivatives, against differences of plain matrices and closed
//! forms.

use core::fmt::Display;

use approx::{assert_relative_eq, assert_ulps_eq};
use nalgebra::{
    Complex, ComplexField, DMatrix, DVector, Matrix2, Matrix3, RealField, Rotation3, Scalar,
    UnitQuaternion, Vector2, Vector3,
};
use wengert_autodiff::{
    Dual, HessianVar, Matrix, Number, Tape, Taylor, Var, derivatives, gradient, hessian, jacobian,
};

/// Deterministic numbers in [−1, 1].
fn numbers(n: usize, seed: u32) -> Vec<f64> {
    let mut state = seed.wrapping_mul(2_654_435_769).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

#[track_caller]
fn close(got: f64, want: f64, tolerance: f64) {
    let error = (got - want).abs();
    assert!(error <= tolerance * want.abs().max(1.0), "{got} is not {want}: off by {error:e}");
}

#[track_caller]
fn all_close(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).for_each(|(&got, &want)| close(got, want, tolerance));
}

/// d/dt f(x + t v) at 0 by central differences, extrapolated to a step of 0.
fn difference(f: impl Fn(&[f64]) -> Vec<f64>, x: &[f64], v: &[f64]) -> Vec<f64> {
    let at = |t: f64| f(&x.iter().zip(v).map(|(x, v)| x + t * v).collect::<Vec<_>>());
    let slope = |step: f64| -> Vec<f64> {
        at(step).iter().zip(at(-step)).map(|(a, b)| (a - b) / (2.0 * step)).collect()
    };
    let [coarse, middle, fine] = [4e-3, 2e-3, 1e-3].map(slope);
    let limit = |k: usize| (64.0 * fine[k] - 20.0 * middle[k] + coarse[k]) / 45.0;
    (0..fine.len()).map(limit).collect()
}

type Function<R> = fn(&[R]) -> Vec<R>;

/// The Jacobian against differences of the plain function, its derivative in one direction against
/// differences of the Jacobian, and the series along that direction against both.
#[track_caller]
fn agree(
    x: &[f64],
    plain: Function<f64>,
    reverse: Function<Var<Dual<f64>>>,
    series: Function<Taylor<f64, 2>>,
) {
    const TOLERANCE: f64 = 1e-7;
    let direction = numbers(x.len(), 99);
    let jacobian_at = |x: &[f64]| {
        let x: Vec<_> = x.iter().zip(&direction).map(|(&x, &v)| Dual::new(x, v)).collect();
        jacobian(reverse, &x)
    };
    let values = |m: &Matrix<Dual<f64>>| m.as_slice().iter().map(|x| x.value).collect::<Vec<_>>();
    let here = jacobian_at(x);
    for j in 0..x.len() {
        let axis: Vec<f64> = (0..x.len()).map(|k| if k == j { 1.0 } else { 0.0 }).collect();
        for (k, slope) in difference(plain, x, &axis).into_iter().enumerate() {
            close(here[(k, j)].value, slope, TOLERANCE);
        }
    }
    let curvatures = difference(|x| values(&jacobian_at(x)), x, &direction);
    for (got, want) in here.as_slice().iter().zip(curvatures) {
        close(got.tangent(), want, TOLERANCE);
    }
    let line: Vec<_> = x.iter().zip(&direction).map(|(&x, &v)| Taylor::line(x, v)).collect();
    for (k, (y, value)) in series(&line).iter().zip(plain(x)).enumerate() {
        let along: Dual<f64> = here.row(k).iter().zip(&direction).map(|(&dy, &v)| dy * v).sum();
        close(y[0], value, TOLERANCE);
        close(y.derivative(1), along.value, TOLERANCE);
        close(y.derivative(2), along.tangent(), TOLERANCE);
    }
}

/// A test for each function of numbers, `name(argument: length) { elements }`, in every mode.
macro_rules! agreement {
    ($($name:ident($x:ident: $n:literal) $body:block)*) => {$(
        #[test]
        fn $name() {
            fn f<R: RealField + Copy>($x: &[R]) -> Vec<R> $body
            agree(&numbers($n, 7), f, f, f);
        }
    )*};
}

fn square<R: Scalar + Copy>(x: &[R]) -> DMatrix<R> {
    DMatrix::from_row_slice(x.len().isqrt(), x.len().isqrt(), x)
}

/// M Mᵀ + 1: symmetric and positive definite.
fn definite<R: RealField + Copy>(x: &[R]) -> DMatrix<R> {
    let m = square(x);
    &m * m.transpose() + DMatrix::identity(m.nrows(), m.nrows())
}

/// The matrix and the right-hand side of three equations.
fn equations<R: RealField + Copy>(x: &[R]) -> (DMatrix<R>, DVector<R>) {
    (square(&x[..9]), DVector::from_column_slice(&x[9..]))
}

fn sorted<R: RealField + Copy>(x: impl IntoIterator<Item = R>) -> Vec<R> {
    let mut x: Vec<R> = x.into_iter().collect();
    x.sort_by(|a, b| a.partial_cmp(b).unwrap());
    x
}

agreement! {
    arithmetic(x: 8) {
        let (a, b) = (square(&x[..4]), square(&x[4..]));
        let c = (&a + &b * x[0] - &a / x[1]) * a.transpose() - b.component_mul(&a);
        vec![c.sum(), c.mean(), c.variance(), c.dot(&b), c.trace(), (a.row(0) * b.column(1))[0]]
    }
    products(x: 9) {
        let m = Matrix3::from_row_slice(x);
        let cross = m.column(0).cross(&m.column(1));
        let outer = m.column(2) * cross.transpose();
        let mut v = m.column(1) * x[2];
        v.gemv(x[3], &outer, &cross, x[4]);
        v.axpy(x[5], &cross, x[6]);
        v.as_slice().to_vec()
    }
    norms(x: 6) {
        let v = DVector::from_column_slice(x);
        let mut norms = vec![v.norm(), v.norm_squared(), v.lp_norm(3), v.amax(), v.amin()];
        norms.extend(v.normalize().iter());
        norms
    }
    determinants(x: 25) {
        let m = square(x);
        (1..=5).map(|n| m.view((0, 0), (n, n)).determinant()).collect()
    }
    inverse_of_fixed_size(x: 9) {
        Matrix3::from_row_slice(x).try_inverse().unwrap().as_slice().to_vec()
    }
    inverse(x: 25) {
        square(x).try_inverse().unwrap().as_slice().to_vec()
    }
    lu(x: 12) {
        let (a, b) = equations(x);
        a.lu().solve(&b).unwrap().as_slice().to_vec()
    }
    full_piv_lu(x: 12) {
        let (a, b) = equations(x);
        a.full_piv_lu().solve(&b).unwrap().as_slice().to_vec()
    }
    qr(x: 12) {
        let (a, b) = equations(x);
        a.qr().solve(&b).unwrap().as_slice().to_vec()
    }
    qr_factors(x: 12) {
        let (q, r) = DMatrix::from_row_slice(4, 3, x).qr().unpack();
        q.iter().chain(&r).copied().collect()
    }
    col_piv_qr(x: 12) {
        let (a, b) = equations(x);
        a.col_piv_qr().solve(&b).unwrap().as_slice().to_vec()
    }
    cholesky(x: 12) {
        let b = DVector::from_column_slice(&x[9..]);
        let cholesky = definite(&x[..9]).cholesky().unwrap();
        let mut y = cholesky.solve(&b).as_slice().to_vec();
        y.extend([cholesky.determinant(), cholesky.ln_determinant()]);
        y.extend(cholesky.l().iter().chain(&cholesky.inverse()));
        y
    }
    udu(x: 9) {
        let udu = definite(x).udu().unwrap();
        udu.u.iter().chain(&udu.d).copied().collect()
    }
    lblt(x: 12) {
        let (a, b) = equations(x);
        (&a + a.transpose() * R::pi()).lblt().solve(&b).unwrap().as_slice().to_vec()
    }
    singular_values(x: 12) {
        DMatrix::from_row_slice(4, 3, x).singular_values().as_slice().to_vec()
    }
    singular_values_of_2(x: 4) {
        Matrix2::from_row_slice(x).singular_values().as_slice().to_vec()
    }
    singular_values_of_3(x: 9) {
        Matrix3::from_row_slice(x).singular_values().as_slice().to_vec()
    }
    singular_vectors(x: 12) {
        let svd = DMatrix::from_row_slice(4, 3, x).svd(true, true);
        (svd.u.unwrap() * svd.v_t.unwrap()).as_slice().to_vec()
    }
    pseudo_inverse(x: 12) {
        let m = DMatrix::from_row_slice(4, 3, x);
        m.pseudo_inverse(R::default_epsilon()).unwrap().as_slice().to_vec()
    }
    polar(x: 9) {
        let (p, u) = square(x).polar();
        p.iter().chain(&u).copied().collect()
    }
    symmetric_eigenvalues(x: 16) {
        sorted(definite(x).symmetric_eigenvalues().iter().copied())
    }
    // The eigenvectors by a function of a matrix, which does not depend on their order and signs.
    symmetric_eigenvectors(x: 9) {
        let eigen = definite(x).symmetric_eigen();
        let logarithms = DMatrix::from_diagonal(&eigen.eigenvalues.map(ComplexField::ln));
        (&eigen.eigenvectors * logarithms * eigen.eigenvectors.transpose()).as_slice().to_vec()
    }
    eigenvalues(x: 9) {
        sorted(definite(x).eigenvalues().unwrap().iter().copied())
    }
    complex_eigenvalues(x: 16) {
        let eigenvalues = square(x).complex_eigenvalues();
        eigenvalues.iter().flat_map(|&Complex { re, im }| [re, im]).collect()
    }
    schur(x: 16) {
        let (q, t) = square(x).schur().unpack();
        q.iter().chain(&t).copied().collect()
    }
    hessenberg(x: 16) {
        let (q, h) = square(x).hessenberg().unpack();
        q.iter().chain(&h).copied().collect()
    }
    symmetric_tridiagonal(x: 9) {
        let (q, diagonal, off_diagonal) = definite(x).symmetric_tridiagonalize().unpack();
        q.iter().chain(&diagonal).chain(&off_diagonal).copied().collect()
    }
    bidiagonal(x: 9) {
        let (u, d, v_t) = square(x).bidiagonalize().unpack();
        u.iter().chain(&d).chain(&v_t).copied().collect()
    }
    exponential(x: 9) {
        square(x).exp().as_slice().to_vec()
    }
    power(x: 4) {
        square(x).pow(5).as_slice().to_vec()
    }
    rotations(x: 6) {
        let [axis, v] = [&x[..3], &x[3..]].map(Vector3::from_row_slice);
        let rotation = Rotation3::new(axis);
        let quaternion = UnitQuaternion::new(v);
        let (roll, pitch, yaw) = rotation.euler_angles();
        let mut y = vec![roll, pitch, yaw, axis.angle(&v), quaternion.angle()];
        y.extend((rotation * v).iter());
        y.extend((quaternion * axis).iter());
        y.extend((UnitQuaternion::new(axis) * quaternion).scaled_axis().iter());
        y.extend(quaternion.slerp(&UnitQuaternion::identity(), R::frac_1_pi()).coords.iter());
        y
    }
    // The methods of the traits themselves.
    functions(x: 2) {
        let [x, y] = [x[0].abs() * R::frac_2_pi() + R::frac_1_pi(), x[1].abs() + R::one()];
        vec![
            x.sin(), x.cos(), x.tan(), x.asin(), x.acos(), x.atan(), x.sin_cos().0, x.sin_cos().1,
            x.sinh(), x.cosh(), x.tanh(), x.asinh(), y.acosh(), x.atanh(), x.sinh_cosh().0,
            x.exp(), x.exp2(), x.exp_m1(), x.ln(), x.ln_1p(), x.log(y), x.log2(), x.log10(),
            x.sqrt(), x.try_sqrt().unwrap(), x.cbrt(), x.recip(), x.powi(3), x.powf(y), x.powc(y),
            x.hypot(y), x.mul_add(y, x), x.sinc(), x.sinhc(), x.atan2(y), x.copysign(-y),
            x.floor(), x.ceil(), x.round(), x.trunc(), x.fract(), x.max(y), x.min(y),
            y.clamp(x, R::one()), ComplexField::abs(-x), ComplexField::signum(-x), x.modulus(),
            (-x).norm1(), x.modulus_squared(), x.argument(), (-x).argument(), x.real(),
            x.imaginary(), x.conjugate(), x.scale(y), x.unscale(y), (-x).to_exp().0,
            (-x).to_exp().1, (-x).to_polar().0, R::from_real(x), x.select(true, y),
            x.select(false, y),
        ]
    }
}

#[test]
fn constants_are_those_of_plain_numbers() {
    fn constants<R: RealField>() -> [R; 18] {
        let (least, largest) = (R::min_value().unwrap(), R::max_value().unwrap());
        let [a, b, c] = [R::pi(), R::two_pi(), R::frac_pi_2()];
        let [d, e, f] = [R::frac_pi_3(), R::frac_pi_4(), R::frac_pi_6()];
        let [g, h, i] = [R::frac_pi_8(), R::frac_1_pi(), R::frac_2_pi()];
        let [j, k, l] = [R::frac_2_sqrt_pi(), R::e(), R::log2_e()];
        let [m, n, o] = [R::log10_e(), R::ln_2(), R::ln_10()];
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, least, largest, R::default_epsilon()]
    }
    let plain = constants::<f64>();
    assert_eq!(constants::<Dual<f64>>().map(|x| x.value), plain);
    assert_eq!(constants::<Taylor<f64, 2>>().map(|x| x[0]), plain);
    assert_eq!(constants::<Var<Dual<f64>>>().map(|x| x.primal()), plain);
    assert_eq!(constants::<Var<f32>>().map(|x| x.value()), constants::<f32>());
}

#[test]
fn questions_are_about_values() {
    fn answers<R: RealField>(x: R) -> [bool; 4] {
        [x.is_finite(), x.is_sign_positive(), x.is_sign_negative(), x.try_sqrt().is_some()]
    }
    for x in [2.0, -2.0, 0.0, -0.0, f64::INFINITY, f64::NAN] {
        assert_eq!(answers(Dual::new(x, 1.0)), answers(x), "{x}");
        assert_eq!(answers(Tape::new().var(x)), answers(x), "{x}");
    }
}

#[test]
fn variables_in_a_matrix() {
    let tape = Tape::new();
    let [x0, x1, x2, x3] = [1.0, 2.0, 3.0, 4.0].map(|x| tape.var(x));
    let m = Matrix2::new(x0, x1, x2, x3).determinant();
    let gradient = tape.gradient(m);
    assert_eq!(m.value(), -2.0);
    assert_eq!([x0, x1, x2, x3].map(|x| gradient.wrt(x)), [4.0, -3.0, -2.0, 1.0]);
}

/// d det A = det A · tr(A⁻¹ dA)
#[test]
fn gradient_of_the_determinant() {
    let x = numbers(36, 3);
    let a = square(&x);
    let adjugate = a.clone().try_inverse().unwrap() * a.determinant();
    all_close(&gradient(|x| square(x).determinant(), &x), adjugate.as_slice(), 1e-13);
}

/// d ln det A = tr(A⁻¹ dA), for A = M Mᵀ + 1: 2 A⁻¹ M.
#[test]
fn gradient_of_the_logarithm_of_the_determinant() {
    let x = numbers(25, 4);
    let want = definite(&x).try_inverse().unwrap() * square(&x) * 2.0;
    let got = gradient(|x| definite(x).cholesky().unwrap().ln_determinant(), &x);
    all_close(&got, want.transpose().as_slice(), 1e-13);
}

/// A A⁻¹ = 1 along a line: all higher coefficients vanish.
#[test]
fn inverse_to_high_order() {
    let x: Vec<Taylor<f64, 5>> = numbers(16, 5)
        .iter()
        .zip(numbers(16, 6))
        .map(|(&x, direction)| Taylor::line(x, direction))
        .collect();
    let a = square(&x);
    let identity = &a * a.clone().try_inverse().unwrap();
    for (position, y) in identity.iter().enumerate() {
        let diagonal = if position % 5 == 0 { 1.0 } else { 0.0 };
        close(y[0], diagonal, 1e-13);
        (1..=5).for_each(|k| close(y[k], 0.0, 1e-9));
    }
}

/// d(A⁻¹ b)/db = A⁻¹
#[test]
fn solution_of_equations() {
    let x = numbers(16, 8);
    let inverse = square(&x).try_inverse().unwrap();
    let j = jacobian(
        |b| {
            let a = square(&x).map(Var::from);
            a.lu().solve(&DVector::from_column_slice(b)).unwrap().as_slice().to_vec()
        },
        &numbers(4, 9),
    );
    all_close(j.as_slice(), inverse.transpose().as_slice(), 1e-12);
}

/// dλ = vᵀ dA v; dv = Σ u (uᵀ dA v) / (λ − μ), over the other eigenvectors u and their μ.
#[test]
fn perturbation_of_eigenvectors() {
    let [a, direction] = [numbers(16, 11), numbers(16, 12)].map(|x| definite(&x));
    let plain = a.clone().symmetric_eigen();
    let perturbed = a.zip_map(&direction, Dual::new).symmetric_eigen();
    for (k, v) in plain.eigenvectors.column_iter().enumerate() {
        let slope = v.dot(&(&direction * v));
        close(perturbed.eigenvalues[k].tangent(), slope, 1e-12);
        let mut want = DVector::zeros(4);
        for (u, mu) in plain.eigenvectors.column_iter().zip(&plain.eigenvalues) {
            if *mu != plain.eigenvalues[k] {
                want += u * (u.dot(&(&direction * v)) / (plain.eigenvalues[k] - mu));
            }
        }
        let got = perturbed.eigenvectors.column(k).map(|x| x.tangent());
        all_close(got.as_slice(), want.as_slice(), 1e-11);
    }
}

/// dσ = uᵀ dA v
#[test]
fn perturbation_of_singular_values() {
    let x = numbers(20, 13);
    let svd = DMatrix::from_row_slice(5, 4, &x).svd(true, true);
    let (u, v_t) = (svd.u.unwrap(), svd.v_t.unwrap());
    for k in 0..4 {
        let got = gradient(|x| DMatrix::from_row_slice(5, 4, x).singular_values()[k], &x);
        let want = (u.column(k) * v_t.row(k)).transpose();
        all_close(&got, want.as_slice(), 1e-12);
    }
}

/// d tr exp A = tr(exp A dA)
#[test]
fn gradient_of_the_trace_of_the_exponential() {
    let x = numbers(16, 14);
    let exponential = square(&x).exp();
    let got = gradient(|x| square(x).exp().trace(), &x);
    all_close(&got, exponential.as_slice(), 1e-12);
}

/// d/dt (exp(t ω) p) = ω × (exp(t ω) p), to every order.
#[test]
fn rotation_about_an_axis() {
    let axis = Vector3::new(2.0, -1.0, 2.0) / 3.0;
    let p = Vector3::new(0.5, 0.25, -1.0);
    let t = Taylor::<f64, 3>::variable(0.75);
    let turned = Rotation3::new(axis.map(Taylor::from) * t) * p.map(Taylor::from);
    let mut want = Rotation3::new(axis * 0.75) * p;
    for k in 0..=3 {
        all_close(turned.map(|x| x.derivative(k)).as_slice(), want.as_slice(), 1e-13);
        want = axis.cross(&want);
    }
}

#[test]
fn norm_at_zero() {
    assert_eq!(gradient(|x| Vector3::from_row_slice(x).norm(), &[0.0; 3]), [0.0; 3]);
}

/// The Jacobian of A⁻¹ b with respect to A at a 4 × 4 matrix, by every solver, and the gradient of
/// det A, from the plain inverse: d(A⁻¹ b) = −A⁻¹ dA A⁻¹ b.
#[track_caller]
fn check_solvers(x: &[f64]) {
    type Solver = fn(DMatrix<Var<f64>>, &DVector<Var<f64>>) -> Option<DVector<Var<f64>>>;
    let inverse = square(x).try_inverse().unwrap();
    let b = DVector::from_column_slice(&[1.0, -2.0, 3.0, 0.0]);
    let solution = &inverse * &b;
    let solvers: [Solver; 5] = [
        |a, b| a.lu().solve(b),
        |a, b| a.full_piv_lu().solve(b),
        |a, b| a.qr().solve(b),
        |a, b| a.col_piv_qr().solve(b),
        |a, b| Some(a.try_inverse()? * b),
    ];
    let want = Matrix::from_fn(4, 16, |k, at| -inverse[(k, at / 4)] * solution[at % 4]);
    for solver in solvers {
        let b = b.map(Var::from);
        let got = jacobian(|x| solver(square(x), &b).unwrap().as_slice().to_vec(), x);
        all_close(got.as_slice(), want.as_slice(), 1e-12);
    }
    let adjugate = &inverse * square(x).determinant();
    all_close(&gradient(|x| square(x).determinant(), x), adjugate.as_slice(), 1e-12);
}

#[test]
fn pivots_and_elements_of_value_zero() {
    // A first pivot of 0, then a second, which rows below replace.
    let mut x = numbers(16, 21);
    x[0] = 0.0;
    check_solvers(&x);
    (x[4], x[5], x[6]) = (0.0, x[1] * x[9], x[2] * x[9]);
    check_solvers(&x);
    check_solvers(DMatrix::<f64>::identity(4, 4).as_slice());
    check_solvers(
        DMatrix::from_diagonal(&DVector::from_column_slice(&[1.0, 2.0, -3.0, 4.0])).as_slice(),
    );
    check_solvers(&[
        0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0,
    ]);
    check_solvers(&[
        1.0, 2.0, 3.0, 4.0, 0.0, 2.0, 1.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 2.0,
    ]);
    check_solvers(&[
        1.0, 0.0, 0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 3.0, 1.0, 3.0, 0.0, 4.0, 2.0, 0.0, 2.0,
    ]);
}

#[test]
fn definite_matrices_with_elements_of_value_zero() {
    let diagonal = [1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0];
    let ones = || DVector::repeat(3, Var::from(1.0));
    let factored = |x: &[Var<f64>]| definite(x).cholesky().unwrap().solve(&ones());
    let got = jacobian(|x| factored(x).as_slice().to_vec(), &diagonal);
    let want =
        jacobian(|x| definite(x).lu().solve(&ones()).unwrap().as_slice().to_vec(), &diagonal);
    all_close(got.as_slice(), want.as_slice(), 1e-14);
    let recomposed = |x: &[Var<f64>]| {
        let udu = definite(x).udu().unwrap();
        &udu.u * udu.d_matrix() * udu.u.transpose()
    };
    let got = jacobian(|x| recomposed(x).as_slice().to_vec(), &diagonal);
    let want = jacobian(|x| definite(x).as_slice().to_vec(), &diagonal);
    all_close(got.as_slice(), want.as_slice(), 1e-14);
}

/// At a diagonal matrix, (d exp A)ᵢⱼ = (exp aᵢ − exp aⱼ) / (aᵢ − aⱼ) dAᵢⱼ.
#[test]
fn exponential_of_a_diagonal_matrix() {
    let a = [0.5, 1.0, -2.0];
    let x = DMatrix::from_diagonal(&DVector::from_column_slice(&a));
    let got = jacobian(|x| square(x).exp().transpose().as_slice().to_vec(), x.as_slice());
    let want = Matrix::from_fn(9, 9, |i, j| match (i / 3, i % 3) {
        _ if i != j => 0.0,
        (i, j) if i == j => a[i].exp(),
        (i, j) => (a[i].exp() - a[j].exp()) / (a[i] - a[j]),
    });
    all_close(got.as_slice(), want.as_slice(), 1e-13);
}

/// The cofactors of a matrix, row by row: its minors are plain determinants.
fn cofactors(x: &[f64]) -> Vec<f64> {
    let a = square(x);
    let n = a.nrows();
    let cofactor = |at| {
        let (i, j) = (at / n, at % n);
        let minor = a.clone().remove_row(i).remove_column(j).determinant();
        if (i + j) % 2 == 0 { minor } else { -minor }
    };
    (0..n * n).map(cofactor).collect()
}

#[test]
fn determinants_of_singular_matrices() {
    // Of up to 3 × 3, by a formula without a test.
    let mut x = numbers(9, 22);
    (x[0], x[3], x[6]) = (0.0, 0.0, 0.0);
    all_close(&gradient(|x| square(x).determinant(), &x), &cofactors(&x), 1e-15);
    // With equal rows, the pivot that vanishes is the last one.
    let mut x = numbers(16, 22);
    x.copy_within(0..4, 4);
    all_close(&gradient(|x| square(x).determinant(), &x), &cofactors(&x), 1e-12);
    // A zero column is not eliminated, so that derivatives are lost unless it is the last.
    let mut x = numbers(16, 22);
    (x[3], x[7], x[11], x[15]) = (0.0, 0.0, 0.0, 0.0);
    all_close(&gradient(|x| square(x).determinant(), &x), &cofactors(&x), 1e-12);
    let mut x = numbers(16, 22);
    (x[0], x[4], x[8], x[12]) = (0.0, 0.0, 0.0, 0.0);
    let got = gradient(|x| square(x).determinant(), &x);
    assert!(got.iter().zip(cofactors(&x)).any(|(got, want)| (got - want).abs() > 0.1));
}

/// What the documentation says that tests of values skip.
#[test]
fn derivatives_behind_tests_of_values() {
    // The vectors of a diagonal matrix are found without a look at its other elements.
    let diagonal = [1.0, 0.0, 0.0, 3.0];
    let eigen = |x: &[HessianVar<f64>]| square(x).symmetric_eigen();
    assert_eq!(gradient(|x| square(x).symmetric_eigen().eigenvalues[0], &diagonal)[0], 1.0);
    assert_eq!(hessian(|x| eigen(x).eigenvalues[0], &diagonal)[(1, 1)], 0.0);
    // A rotation by 0 is the identity.
    let turned = |x: &[Var<f64>]| (Rotation3::new(Vector3::from_row_slice(x)) * Vector3::z())[1];
    assert_eq!(gradient(turned, &[0.0; 3]), [0.0; 3]);
    assert!((gradient(turned, &[1e-9, 0.0, 0.0])[0] + 1.0).abs() < 1e-9);
    // A coefficient of 0 replaces what it would scale.
    let scaled = |beta: &[Var<f64>]| {
        let mut y = Vector2::repeat(Var::from(5.0));
        y.axpy(Var::from(1.0), &Vector2::repeat(Var::from(2.0)), beta[0]);
        y[0]
    };
    assert_eq!(gradient(scaled, &[0.0]), [0.0]);
    assert_eq!(gradient(scaled, &[1.0]), [5.0]);
}

#[test]
fn generic_over_the_inner_number() {
    fn inverse_of_sum<T: Number + Display>(x: Var<T>) -> Var<T> {
        let m = Matrix3::from_diagonal_element(x) + Matrix3::repeat(Var::constant(T::one()));
        m.try_inverse().unwrap().sum()
    }
    // 1ᵀ (x + 1 1ᵀ)⁻¹ 1 = 3 / (x + 3)
    let outer = Tape::new();
    let x = outer.var(3.0);
    let inner = Tape::new();
    let y = inner.var(x);
    let slope = inner.gradient(inverse_of_sum(y)).wrt(y);
    close(slope.value(), -1.0 / 12.0, 1e-15);
    close(outer.gradient(slope).wrt(x), 1.0 / 36.0, 1e-15);
    let curvature = hessian(|x| inverse_of_sum(x[0]), &[3.0])[(0, 0)];
    close(curvature, 1.0 / 36.0, 1e-15);
    assert!((gradient(|x| inverse_of_sum(x[0]), &[3.0_f32])[0] + 1.0 / 12.0).abs() < 1e-7);
}

#[test]
fn series_of_a_determinant() {
    // det (1 + t M) = 1 + t tr M + t² det M
    let d = derivatives::<3>(
        |t| {
            (Matrix2::new(1.0, 2.0, 3.0, 5.0).map(Taylor::from) * t + Matrix2::identity())
                .determinant()
        },
        0.0,
    );
    assert_eq!([0, 1, 2, 3].map(|k| d[k]), [1.0, 6.0, -2.0, 0.0]);
}

#[test]
fn complex_numbers_of_variables() {
    // |z²| = x² + y², and Re exp(i x) = cos x
    let g = gradient(|x| ComplexField::modulus(Complex::new(x[0], x[1]).powi(2)), &[3.0, 4.0]);
    all_close(&g, &[6.0, 8.0], 1e-14);
    let g = gradient(|x| ComplexField::exp(Complex::new(Var::from(0.0), x[0])).re, &[0.5]);
    close(g[0], -0.5_f64.sin(), 1e-15);
}

#[test]
fn plain_numbers_among_numbers() {
    let half: Var<Dual<f64>> = nalgebra::convert(0.5);
    assert_eq!((half.primal(), half.is_constant()), (0.5, true));
    assert_eq!(nalgebra::convert::<f32, Dual<f64>>(0.5).value, 0.5);
    assert_eq!(nalgebra::try_convert::<Dual<f64>, f64>(Dual::new(0.5, 1.0)), Some(0.5));
    let m = Matrix2::new(1.0, 2.0, 3.0, 4.0);
    let recorded: Matrix2<Var<f64>> = m.cast();
    assert_eq!(recorded.try_cast::<f64>(), Some(m));
    assert_eq!(recorded.try_cast::<f32>(), Some(m.cast()));
    assert_eq!(recorded.try_cast::<Var<f64>>(), Some(recorded));
    assert_eq!(recorded.map(|x| x.value()), m);
}

#[test]
fn approximate_equality_is_of_values() {
    let [a, b] = [Dual::new(1.0, 5.0), Dual::new(1.0 + 4.0 * f64::EPSILON, -5.0)];
    assert_ulps_eq!(a, b);
    assert_relative_eq!(Matrix2::repeat(a), Matrix2::repeat(b), max_relative = Dual::from(1e-15));
    assert!(!approx::relative_eq!(a, b) && approx::ulps_ne!(a, b, max_ulps = 3));
    assert!(approx::abs_diff_eq!(a, b, epsilon = Dual::from(1e-15)) && approx::abs_diff_ne!(a, b));
    // In the units of `f32`.
    let [a, b] = [1.0_f32, 1.0 + 4.0 * f32::EPSILON].map(Var::constant);
    assert!(approx::ulps_eq!(a, b) && approx::ulps_ne!(a, b, max_ulps = 3));
    assert!(
        approx::relative_eq!(a, Var::constant(1.0 + f32::EPSILON)) && approx::relative_ne!(a, b)
    );
    assert!(Matrix3::<Taylor<f64, 2>>::identity().is_identity(Taylor::from(1e-9)));
}
