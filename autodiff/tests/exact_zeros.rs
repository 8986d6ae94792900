//! Where an exact zero meets an infinity in a backward sweep, it wins; elsewhere infinities and NaN reach the variables.

use wengert_autodiff::rules::dot;
use wengert_autodiff::{Dual, Real, Tape, Var};

/// A program of some thousand nodes with a chain of them that begins with a square root at zero, multiplied by zero.
fn with_a_root_of_zero<R: Real>(x: &[R], nodes: usize) -> R {
    let root = x[0].sqrt() * 0.0;
    let mut y = x[1];
    for k in 0..nodes / 2 {
        y = y * x[2] + if k == nodes / 4 { root } else { x[1] };
    }
    // Nodes of more parents, too.
    y + dot(&[root; 12], &[x[1]; 12]) + [root, y, x[1]].into_iter().sum::<R>()
}

#[test]
fn exact_zeros_win_wherever_they_are() {
    let x = [0.0, 0.5, 0.9];
    for nodes in [10, 2000, 10_000] {
        let tape = Tape::new();
        let vars = tape.vars(&x);
        let gradient = tape.gradient(with_a_root_of_zero(&vars, nodes)).wrt_slice(&vars);
        // The tangents of forward mode never meet the infinite slope.
        for (k, &found) in gradient.iter().enumerate() {
            let seeded: [Dual<f64>; 3] =
                std::array::from_fn(|j| Dual::new(x[j], f64::from(u8::from(j == k))));
            let slope = with_a_root_of_zero(&seeded, nodes).tangent();
            assert!((found - slope).abs() <= 1e-12 * slope.abs(), "{nodes}, {k}");
        }
        assert_eq!(gradient[0], 0.0);
        // Several results in one sweep, of which one is regular.
        let ys = [with_a_root_of_zero(&vars, nodes), vars[0] + vars[1] * 2.0];
        let rows = tape.jacobian(&ys, &vars);
        assert_eq!(rows.row(0), &gradient[..]);
        assert_eq!(rows.row(1), [1.0, 2.0, 0.0]);
    }
}

#[test]
fn exact_zeros_win_in_components_of_dual_numbers() {
    // At zero, the slope of the first is infinite; that of the second is zero, with an infinite slope of its own.
    fn root<R: Real>(x: R) -> R {
        x.sqrt() * 0.0
    }
    fn power<R: Real>(x: R) -> R {
        x.powf(1.5) * 0.0
    }
    fn program<R: Real>(x: &[R], vanishing: impl Fn(R) -> R) -> R {
        let zero = vanishing(x[0]);
        let y = x[1] * x[1] * x[2] + zero;
        y * x[1] + dot(&[zero; 12], &[x[2]; 12])
    }
    fn check(
        forward: impl Fn(&[Dual<Dual<f64>>]) -> Dual<Dual<f64>>,
        f: impl Fn(&[Var<Dual<f64>>]) -> Var<Dual<f64>>,
    ) {
        let (x, direction) = ([0.0, 0.5, 0.9], [1.0, 0.3, -0.2]);
        let duals: [Dual<f64>; 3] = std::array::from_fn(|k| Dual::new(x[k], direction[k]));
        let tape = Tape::new();
        let vars = tape.vars(&duals);
        let gradient = tape.gradient(f(&vars)).wrt_slice(&vars);
        for (k, found) in gradient.iter().enumerate() {
            let seeded: [Dual<Dual<f64>>; 3] =
                std::array::from_fn(|j| Dual::new(duals[j], f64::from(u8::from(j == k)).into()));
            let slope = forward(&seeded).tangent();
            for (found, expected) in
                [(found.value, slope.value), (found.tangent(), slope.tangent())]
            {
                assert!((found - expected).abs() <= 1e-14, "{k}: {found} instead of {expected}");
            }
        }
        assert_eq!((gradient[0].value, gradient[0].tangent()), (0.0, 0.0));
    }
    check(|x| program(x, root), |x| program(x, root));
    check(|x| program(x, power), |x| program(x, power));
}

#[test]
fn exact_zeros_win_at_variables_that_come_late() {
    let tape = Tape::new();
    let x = tape.var(3.0);
    let square = x * x;
    // The only infinite slope is that of a variable after other nodes, with and without nodes after it.
    let late = tape.var(0.0);
    let y = late.sqrt() * 0.0 + square;
    let gradient = tape.gradient(y);
    assert_eq!((gradient.wrt(x), gradient.wrt(late)), (6.0, 0.0));
    let later = tape.var(1.0);
    let gradient = tape.gradient(y * later);
    assert_eq!((gradient.wrt(x), gradient.wrt(late), gradient.wrt(later)), (6.0, 0.0, 9.0));
    // Adjoints that end before the last variable.
    assert_eq!(tape.gradient(square).wrt(x), 6.0);
}

#[test]
fn infinite_and_undefined_slopes_reach_their_variables() {
    let tape = Tape::new();
    let (x, y) = (tape.var(0.0), tape.var(-1.0));
    let mut z = x.sqrt() + y * 3.0;
    for _ in 0..5000 {
        z += 1.0;
    }
    let gradient = tape.gradient(z);
    assert_eq!((gradient.wrt(x), gradient.wrt(y)), (f64::INFINITY, 3.0));
    let gradient = tape.pullback(&[x * y, y * 2.0], &[f64::NAN, 1.0]);
    // (The slope of the product by y is x, an exact zero.)
    assert!(gradient.wrt(x).is_nan() && gradient.wrt(y) == 2.0);
    let gradient = tape.pullback(&[x * 2.0, y * y], &[f64::NAN, 1.0]);
    assert!(gradient.wrt(x).is_nan() && gradient.wrt(y) == -2.0);
}
