//! Linear algebra where it is difficult: singular, degenerate, ill-conditioned, indefinite and empty matrices, and misuse.

use wengert_tensor::*;

type T64 = Tensor<f64>;
type V = Var<f64>;

/// An orthogonal matrix without pattern.
fn orthogonal(n: usize, seed: f64) -> T64 {
    let a =
        Tensor::from_fn([n, n], |i| ((7 * i[0] * i[0] + 3 * i[1] + 1) as f64 * 1.3 + seed).sin());
    a.map(|a: V| a.qr().q)
}

/// Q diag(d) Qᵀ
fn symmetric(d: &[f64], seed: f64) -> T64 {
    let q = orthogonal(d.len(), seed);
    (&q * &Tensor::from(d)).matmul(&q.transpose()).map(Var::symmetrise)
}

/// Q diag(d) Pᵀ, m × n.
fn with_values(d: &[f64], m: usize, n: usize) -> T64 {
    let k = d.len();
    let columns = |q: T64, rows: usize| Tensor::from_fn([rows, k], |i| q[[i[0], i[1]]]);
    let (q, p) = (columns(orthogonal(m, 0.2), m), columns(orthogonal(n, 1.1), n));
    (&q * &Tensor::from(d)).matmul(&p.transpose())
}

fn direction(a: &T64, seed: f64) -> T64 {
    let elements = (0..a.size()).map(|i| ((i * i + 2 * i) as f64 * 0.91 + seed).cos());
    Tensor::from_vec(a.shape(), elements.collect())
}

fn dot(a: &T64, b: &T64) -> f64 {
    a.to_vec().iter().zip(b.to_vec()).map(|(a, b)| a * b).sum()
}

fn slope(f: impl Fn(f64) -> f64) -> f64 {
    let h = 1e-3;
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

/// The determinant as the sum over permutations that it is, without factorisation.
fn expanded_det(a: &T64) -> f64 {
    let n = a.shape()[0];
    let mut terms = vec![(vec![], 1.0)];
    for row in 0..n {
        terms = terms
            .iter()
            .flat_map(|(used, product): &(Vec<usize>, f64)| {
                (0..n).filter(|column| !used.contains(column)).map(move |column| {
                    let crossed = used.iter().filter(|&&other| other > column).count();
                    let sign = if crossed % 2 == 0 { 1.0 } else { -1.0 };
                    let used = used.iter().copied().chain([column]).collect();
                    (used, product * sign * a[[row, column]])
                })
            })
            .collect();
    }
    terms.iter().map(|(_, product)| product).sum()
}

fn at(a: &T64, v: &T64, h: f64) -> T64 {
    a + &(v * h)
}

#[test]
fn determinants_of_singular_matrices_of_every_rank() {
    // (A polynomial of degree 4 or less: these differences are exact but for rounding.)
    for values in [
        [3.0, 2.0, 1.5, 1.0],
        [3.0, 2.0, 1.5, 0.0],
        [3.0, 2.0, 0.0, 0.0],
        [3.0, 0.0, 0.0, 0.0],
        [0.0; 4],
        [1.0; 4],
    ] {
        for exact in [true, false] {
            let a = if exact {
                Tensor::from_fn([4, 4], |i| if i[0] == i[1] { values[i[0]] } else { 0.0 })
            } else {
                with_values(&values, 4, 4)
            };
            let v = [1.0, 2.0, 3.0, 4.0].map(|seed| direction(&a, seed));
            let close = |what: &str, x: f64, y: f64| {
                assert!((x - y).abs() < 1e-7, "{values:?} {what}: {x} {y}")
            };
            assert!((a.map(Var::det).item() - expanded_det(&a)).abs() < 1e-13);
            let first = |a: &T64| dot(&gradient(a, Var::det), &v[0]);
            close("first", first(&a), slope(|h| expanded_det(&at(&a, &v[0], h))));
            close("first, forward", jvp(Var::det, &a, &v[0]).1.item(), first(&a));
            let second = |a: &T64| dot(&hvp(Var::det, a, &v[0]), &v[1]);
            close("second", second(&a), slope(|h| first(&at(&a, &v[1], h))));
            let third = |a: &T64| {
                let hv = |a: V| hvp(Var::det, &a, &constant(&v[0]));
                dot(&jvp(hv, a, &v[1]).1, &v[2])
            };
            close("third", third(&a), slope(|h| second(&at(&a, &v[2], h))));
            let reverse = gradient(&a, |a: V| {
                let g = gradient(&a, |a: V| (gradient(&a, Var::det) * constant(&v[0])).sum());
                (g * constant(&v[1])).sum()
            });
            close("third, by reverse mode", dot(&reverse, &v[2]), third(&a));
            let fourth = gradient(&a, |a: V| {
                let g = gradient(&a, |a: V| {
                    let g = gradient(&a, |a: V| (gradient(&a, Var::det) * constant(&v[0])).sum());
                    (g * constant(&v[1])).sum()
                });
                (g * constant(&v[2])).sum()
            });
            close("fourth", dot(&fourth, &v[3]), slope(|h| third(&at(&a, &v[3], h))));
        }
    }
}

#[test]
fn the_gradient_of_a_determinant_of_rank_n_less_1_is_not_zero() {
    let a = T64::from([[1.0, 2.0], [2.0, 4.0]]);
    assert!(gradient(&a, Var::det).is_close(&Tensor::from([[4.0, -2.0], [-2.0, 1.0]]), 1e-14));
}

#[test]
fn logarithms_of_determinants() {
    let tiny = &T64::eye(400) * 1e-3;
    assert_eq!(tiny.map(Var::det).item(), 0.0);
    assert!((tiny.map(Var::log_det).item() - 400.0 * 1e-3_f64.ln()).abs() < 1e-9);
    let negative = T64::from([[0.0, 1.0], [2.0, 0.0]]);
    assert!(negative.map(Var::log_det).item().is_nan());
    assert!(gradient(&negative, Var::log_det)[[0, 1]].is_nan());
    assert_eq!(negative.map(|a: V| a.slog_det().sign).item(), -1.0);
    assert!((negative.map(|a: V| a.slog_det().log_abs).item() - 2.0_f64.ln()).abs() < 1e-15);
    let singular = T64::zeros([2, 2]);
    assert_eq!(singular.map(Var::log_det).item(), f64::NEG_INFINITY);
    assert_eq!(singular.map(|a: V| a.slog_det().sign).item(), 0.0);
}

#[test]
fn one_indefinite_matrix_spoils_no_other() {
    let a = T64::from_vec([2, 2, 2], vec![4.0, 0.0, 0.0, 9.0, 1.0, 2.0, 2.0, 1.0]);
    let l = a.map(Var::cholesky).to_vec();
    assert_eq!(l[..4], [2.0, 0.0, 0.0, 3.0]);
    assert!(l[4..].iter().all(|x| x.is_nan()));
    let g = gradient(&a, Var::cholesky).to_vec();
    assert!(g[..4].iter().all(|x| x.is_finite()) && g[4..].iter().all(|x| x.is_nan()));
    let infinite = T64::from([[f64::INFINITY, 0.0], [0.0, 1.0]]);
    assert!(infinite.map(Var::svdvals).to_vec().iter().all(|x| x.is_nan()));
    assert!(infinite.map(Var::eigvalsh).to_vec().iter().all(|x| x.is_nan()));
}

#[test]
fn gradients_of_symmetric_functions_are_symmetric() {
    let a = symmetric(&[1.0, 2.0, 5.0], 0.3);
    for f in [|a: V| a.cholesky(), |a: V| a.eigh().vectors, |a: V| a.eigvalsh()] {
        let g = gradient(&a, |a: V| (f(a) * 1.7).sin().sum());
        assert!(g.is_close(&g.transpose(), 1e-13));
    }
}

#[test]
fn signs_do_not_depend_on_rounding() {
    // Each vector has two numbers of the same magnitude: the first of them is positive.
    for scale in [1.0, 0.1, 0.7, 1e-3, 3e5] {
        let a = &T64::from([[2.0, 1.0], [1.0, 2.0]]) * scale;
        for vectors in [a.map(|a: V| a.eigh().vectors), a.map(|a: V| a.svd().u)] {
            assert!(vectors[[0, 0]] > 0.7 && vectors[[0, 1]] > 0.7, "{vectors}");
        }
    }
}

/// The projection onto the space of eigenvalues above 1.5.
fn projection(a: Var<f64>) -> Var<f64> {
    let Eigh { values, vectors } = a.eigh();
    let n = values.shape()[0];
    let above = Mask::constant(&Tensor::from_vec(
        [n],
        values.value().to_vec().iter().map(|x| *x > 1.5).collect(),
    ));
    let chosen = vectors * above.indicator();
    chosen.matmul(chosen.transpose())
}

#[test]
fn equal_eigenvalues() {
    for d in [[1.0, 1.0, 2.0, 2.0], [1.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 3.0]] {
        let a = symmetric(&d, 0.7);
        let v = direction(&a, 0.1).map(Var::symmetrise);
        let w = direction(&a, 0.9);
        let loss = |a: V| (projection(a) * constant(&w)).sum();
        let g = gradient(&a, loss);
        let difference = slope(|h| at(&a, &v, h).map(loss).item());
        assert!((dot(&g, &v) - difference).abs() < 1e-8, "{d:?} {} {difference}", dot(&g, &v));
        assert!((jvp(loss, &a, &v).1.item() - difference).abs() < 1e-8);
        // The second derivatives, also along changes that part the eigenvalues.
        let u = direction(&a, 2.3).map(Var::symmetrise);
        let second = dot(&hvp(loss, &a, &v), &u);
        let difference = slope(|h| dot(&gradient(&at(&a, &v, h), loss), &u));
        assert!((second - difference).abs() < 1e-7, "{d:?} second: {second} {difference}");
        let reverse = gradient(&a, |a| (gradient(&a, loss) * constant(&u)).sum());
        assert!((dot(&reverse, &v) - second).abs() < 1e-10);
        // The eigenvalues alone: sums over those that are equal.
        let trace = gradient(&a, |a: V| a.eigvalsh().exp().sum());
        assert!(trace.is_close(&a.map(Var::matrix_exp), 1e-11));
        for f in [
            |a: V| a.eigh().vectors.sin().sum(),
            |a: V| a.eigh().values.exp().sum(),
            |a: V| a.eigvalsh().exp().sum(),
        ] {
            assert!(gradient(&a, f).to_vec().iter().all(|x| x.is_finite()));
            assert!(hvp(f, &a, &v).to_vec().iter().all(|x| x.is_finite()));
        }
    }
    let eye = T64::eye(3);
    assert_eq!(gradient(&eye, |a: V| a.eigh().vectors.exp().sum()), T64::zeros([3, 3]));
    assert_eq!(gradient(&eye, |a: V| a.eigvalsh().sum()), eye);
}

#[test]
fn equal_singular_values() {
    for (m, n) in [(3, 3), (4, 3), (3, 4)] {
        let a = with_values(&[2.0, 2.0, 1.0], m, n);
        let v = direction(&a, 0.4);
        let w = direction(&a, 1.4);
        let polar = |a: V| (a.svd().u.matmul(a.svd().vt) * constant(&w)).sum();
        let check = |f: &dyn Fn(Var<f64>) -> Var<f64>| {
            let g = dot(&gradient(&a, f), &v);
            let difference = slope(|h| at(&a, &v, h).map(f).item());
            assert!((g - difference).abs() < 1e-8, "{m} {n}: {g} {difference}");
            assert!((jvp(f, &a, &v).1.item() - g).abs() < 1e-12);
            assert!(hvp(f, &a, &v).to_vec().iter().all(|x| x.is_finite()));
        };
        check(&polar);
        check(&|a: V| a.nuclear_norm());
        check(&|a: V| a.svdvals().ln().sum());
        check(&|a: V| (a.pinv().transpose() * constant(&w)).sum());
        // The space of the two equal ones.
        check(&|a: V| {
            let u = a.svd().u * constant(&Tensor::from([1.0, 1.0, 0.0]));
            (u.matmul(u.transpose()).matmul(constant(&w))).sin().sum()
        });
    }
}

#[test]
fn singular_values_that_are_zero() {
    let a = with_values(&[3.0, 1.0, 0.0], 4, 3);
    let svd = [a.map(|a: V| a.svd().u), a.map(|a: V| a.svd().vt)];
    let kept = Tensor::from([1.0, 1.0, 0.0]);
    assert!(
        gradient(&a, |a: V| a.nuclear_norm()).is_close(&(&svd[0] * &kept).matmul(&svd[1]), 1e-14)
    );
    let zero = T64::zeros([3, 2]);
    for f in [
        |a: V| a.nuclear_norm(),
        |a: V| a.spectral_norm(),
        |a: V| a.frobenius_norm(),
        |a: V| a.pinv().sum(),
        |a: V| a.svd().u.exp().sum(),
    ] {
        assert_eq!(gradient(&zero, f), T64::zeros([3, 2]));
    }
    for f in [|a: V| a.svd().u.sin().sum(), |a: V| a.svd().vt.sin().sum(), |a: V| a.svdvals().sum()]
    {
        assert!(gradient(&a, f).to_vec().iter().all(|x| x.is_finite()));
        assert!(hvp(f, &a, &direction(&a, 0.2)).to_vec().iter().all(|x| x.is_finite()));
    }
    // Along changes that keep the rank, (A + h E) with E = A F + G A.
    let (f, g) = (direction(&T64::zeros([3, 3]), 0.3), direction(&T64::zeros([4, 4]), 0.8));
    let v = &a.matmul(&f) + &g.matmul(&a);
    let eye = |n| T64::eye(n);
    let moved = |h: f64| (&eye(4) + &(&g * h)).matmul(&a).matmul(&(&eye(3) + &(&f * h)));
    let loss = |a: V| a.pinv().sin().sum();
    let difference = slope(|h| moved(h).map(loss).item());
    let slope = dot(&gradient(&a, loss), &v);
    assert!((slope - difference).abs() < 1e-8, "{slope} {difference}");
}

#[test]
fn equal_spectral_norms_share() {
    let a = T64::from([[2.0, 0.0], [0.0, 2.0]]);
    let g = gradient(&a, |a: V| a.spectral_norm());
    assert!(g.is_close(&Tensor::from([[0.5, 0.0], [0.0, 0.5]]), 1e-15));
}

#[test]
fn ill_conditioned_systems() {
    // The Hilbert matrix; the residual of a backward stable solution is small all the same.
    let n = 12;
    let a = Tensor::from_fn([n, n], |i| 1.0 / (i[0] + i[1] + 1) as f64);
    let b = direction(&T64::zeros([n]), 0.5);
    let x = evaluate(&[a.clone(), b.clone()], |[a, b]| a.solve(b));
    let size = x.to_vec().iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    let residual = &a.matmul(&x) - &b;
    assert!(size > 1e8 && residual.to_vec().iter().all(|r| r.abs() < 1e-15 * n as f64 * size));
    // Least squares through QR, not through AᵀA, whose condition is the square.
    let e = 1e-9;
    let a = T64::from([[1.0, 1.0], [e, 0.0], [0.0, e]]);
    let b = Tensor::from([2.0, e, e]);
    let x = evaluate(&[a, b], |[a, b]| a.lstsq(b));
    assert!(x.is_close(&Tensor::from([1.0, 1.0]), 1e-6), "{x}");
    // A row exchange is needed.
    let a = T64::from([[0.0, 1.0], [1.0, 0.0]]);
    assert_eq!(a.map(Var::inv), a);
    assert_eq!(a.map(Var::det).item(), -1.0);
}

#[test]
fn exactly_singular_systems_are_not_finite() {
    let a = T64::from([[1.0, 2.0], [2.0, 4.0]]);
    assert!(a.map(Var::inv).to_vec().iter().all(|x| !x.is_finite()));
}

#[test]
fn empty_matrices() {
    let none = T64::zeros([0, 0]);
    assert_eq!(none.map(Var::det).item(), 1.0);
    assert_eq!(none.map(Var::log_det).item(), 0.0);
    assert_eq!(none.map(Var::trace).item(), 0.0);
    assert_eq!(none.map(Var::nuclear_norm).item(), 0.0);
    for f in [
        Var::inv,
        Var::cholesky,
        Var::matrix_exp,
        |a: V| a.eigh().vectors,
        |a: V| a.qr().q,
        |a: V| a.svd().u,
    ] {
        assert_eq!(none.map(f), none);
    }
    for f in [
        Var::det,
        Var::log_det,
        Var::trace,
        Var::nuclear_norm,
        Var::inv,
        Var::cholesky,
        Var::matrix_exp,
        Var::eigvalsh,
        |a: V| a.eigh().vectors,
        |a: V| a.qr().q,
        |a: V| a.svd().u,
    ] {
        assert_eq!(gradient(&none, f), none);
        assert_eq!(jvp(f, &none, &none).1.shape(), none.map(f).shape());
    }
    for [m, n] in [[3, 0], [0, 3]] {
        let a = T64::zeros([m, n]);
        assert_eq!(a.map(|a: V| a.svd().u).shape(), &[m, 0]);
        assert_eq!(a.map(|a: V| a.svd().vt).shape(), &[0, n]);
        assert_eq!(a.map(Var::svdvals).shape(), &[0]);
        assert_eq!(a.map(Var::pinv).shape(), &[n, m]);
        assert_eq!(a.map(|a: V| a.qr().r).shape(), &[0, n]);
        assert_eq!(gradient(&a, |a: V| a.nuclear_norm()), a);
    }
    let no_stack = T64::zeros([0, 2, 2]);
    assert_eq!(no_stack.map(Var::inv).shape(), &[0, 2, 2]);
    assert_eq!(gradient(&no_stack, |a: V| a.det()).shape(), &[0, 2, 2]);
    let nothing = evaluate(&[T64::zeros([2, 2]), T64::zeros([2, 0])], |[a, b]| a.solve(b));
    assert_eq!(nothing.shape(), &[2, 0]);
}

#[test]
fn views_and_broadcast_operands() {
    let a = T64::from([[4.0, 1.0], [1.0, 3.0]]);
    let wide = a.expand([3, 2, 2]);
    let inverse = a.map(Var::inv);
    assert_eq!(wide.map(Var::inv), inverse.expand([3, 2, 2]).contiguous());
    let flipped = T64::from([[4.0, 7.0], [1.0, 3.0]]);
    let transposed = flipped.transpose();
    assert_eq!(transposed.map(Var::inv), transposed.contiguous().map(Var::inv));
    assert_eq!(transposed.map(Var::svdvals), transposed.contiguous().map(Var::svdvals));
}

#[test]
fn constants_belong_to_the_recording_of_the_matrix() {
    let first = Tape::new();
    let a = first.var(&T64::from([[2.0, 0.0], [0.0, 4.0]]));
    let _second = Tape::<f64>::new();
    assert_eq!(a.inv().value(), Tensor::from([[0.5, 0.0], [0.0, 0.25]]));
    assert_eq!(a.matrix_power(0).value(), Tensor::eye(2));
    assert_eq!(first.gradient(a.log_det()).wrt(a), Tensor::from([[0.5, 0.0], [0.0, 0.25]]));
}

#[test]
#[should_panic(expected = "inv: shape [2, 3] is not one of square matrices")]
fn an_inverse_is_of_a_square_matrix() {
    let _ = T64::zeros([2, 3]).map(Var::inv);
}

#[test]
#[should_panic(expected = "svd: shape [3] has 1 axes, and a matrix has two")]
fn a_vector_is_no_matrix() {
    let _ = T64::zeros([3]).map(|a: V| a.svd().s);
}

#[test]
#[should_panic(
    expected = "solve: shapes [2, 2] and [3]: the right-hand side must be a vector of 2 numbers"
)]
fn a_right_hand_side_fits() {
    let _ = evaluate(&[T64::eye(2), T64::zeros([3])], |[a, b]| a.solve(b));
}

#[test]
#[should_panic(
    expected = "solve: the leading axes of shapes [2, 2, 2] and [3, 2, 1] do not broadcast"
)]
fn stacks_broadcast() {
    let _ = evaluate(&[T64::zeros([2, 2, 2]), T64::zeros([3, 2, 1])], |[a, b]| a.solve(b));
}
