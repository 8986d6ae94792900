//! Every mode and nesting of modes, side by side.

use num_traits::Zero;
use wengert_autodiff::{
    Dual, DualVec, Number, Real, Tape, Taylor, Var, hessian, jacobian, jacobian_reverse,
    third_derivative,
};

use super::object::{At, Base, Everywhere};

/// What one mode says about a function with m results.
pub(super) struct Mode<T> {
    pub name: &'static str,
    /// The m results.
    pub values: Vec<T>,
    /// For each result, its derivatives.
    pub derivatives: Vec<Vec<T>>,
}

/// One if the two are the same.
fn delta<T: Number>(j: usize, k: usize) -> T {
    if j == k { T::one() } else { T::zero() }
}

/// Evaluates f at `count` seeded points; `read(k, y)` is derivative number k of result y.
fn seeded<T: Base, R: Real>(
    name: &'static str,
    f: &(impl At<R> + ?Sized),
    count: usize,
    point: impl Fn(usize) -> Vec<R>,
    value: impl Fn(&R) -> T,
    read: impl Fn(usize, &R) -> T,
) -> Mode<T> {
    let runs: Vec<Vec<R>> = (0..count.max(1)).map(|k| f.at(&point(k))).collect();
    let values: Vec<T> = runs[0].iter().map(value).collect();
    let derivatives = (0..values.len())
        .map(|output| (0..count).map(|k| read(k, &runs[k][output])).collect())
        .collect();
    Mode { name, values, derivatives }
}

/// Records f at `count` seeded points; `read(k, output, tape, x, y)` are derivatives of one result.
fn recorded<T: Base, S: Base, R: Real>(
    name: &'static str,
    f: &(impl At<R> + ?Sized),
    count: usize,
    point: impl Fn(usize) -> Vec<S>,
    lift: impl Fn(usize, &[Var<S>]) -> Vec<R>,
    value: impl Fn(&R) -> T,
    read: impl Fn(usize, &Tape<S>, &[Var<S>], &R) -> Vec<T>,
) -> Mode<T> {
    let mut mode = Mode { name, values: Vec::new(), derivatives: Vec::new() };
    for k in 0..count {
        let tape = Tape::new();
        let x = tape.vars(&point(k));
        let y = f.at(&lift(k, &x));
        mode.values = y.iter().map(&value).collect();
        mode.derivatives.resize_with(y.len(), Vec::new);
        for (derivatives, y) in mode.derivatives.iter_mut().zip(&y) {
            derivatives.extend(read(k, &tape, &x, y));
        }
    }
    mode
}

/// ∂yᵢ/∂xⱼ in every mode of first order.
pub(super) fn first_order<T: Base>(f: &dyn Everywhere<T>, x: &[T]) -> Vec<Mode<T>> {
    let n = x.len();
    let numbered = || x.iter().copied().enumerate();
    let dual = seeded(
        "Dual",
        f,
        n,
        |j| numbered().map(|(k, x)| Dual::new(x, delta(j, k))).collect(),
        |y| y.value,
        |_, y| y.tangent(),
    );
    let dual_vec = seeded(
        "DualVec<8>",
        f,
        n,
        |j| {
            let tangents = |k| core::array::from_fn(|lane| delta(j / 8 * 8 + lane, k));
            numbered().map(|(k, value)| DualVec::<T, 8> { value, tangents: tangents(k) }).collect()
        },
        |y| y.value,
        |j, y| y.tangents[j % 8],
    );
    let taylor = seeded(
        "Taylor<3>",
        f,
        n,
        |j| numbered().map(|(k, x)| Taylor::<T, 3>::line(x, delta(j, k))).collect(),
        |y| y[0],
        |_, y| y.derivative(1),
    );
    let var = recorded(
        "Var",
        f,
        1,
        |_| x.to_vec(),
        |_, x| x.to_vec(),
        |y| y.value(),
        |_, tape, x, &y| tape.gradient(y).wrt_slice(x),
    );
    let constants = seeded(
        "Var (of constants)",
        f,
        0,
        |_| x.iter().map(|&x| Var::constant(x)).collect(),
        |y| y.value(),
        |_, y| y.value(),
    );
    let values = constants.values;
    let rows = |m: &[T]| m.chunks(n.max(1)).map(<[T]>::to_vec).collect::<Vec<_>>();
    let mut modes = vec![dual, dual_vec, taylor, var];
    if n > 0 {
        let backward = jacobian_reverse(|x| f.at(x), x);
        modes.push(Mode {
            name: "Var (eight rows at once)",
            values: values.clone(),
            derivatives: rows(backward.as_slice()),
        });
        // So many copies of the results that sweeping forward is cheaper.
        let copies = |x: &[Var<T>]| {
            let y = f.at(x);
            let count = if y.is_empty() { 0 } else { n + y.len() };
            y.iter().cycle().take(count).copied().collect::<Vec<_>>()
        };
        let mut forward = rows(jacobian(copies, x).as_slice());
        forward.truncate(values.len());
        modes.push(Mode { name: "Var (swept forward)", values, derivatives: forward });
    }
    modes
}

/// ∂²yᵢ/∂xⱼ∂xₖ in every nesting of two.
pub(super) fn second_order<T: Base>(f: &dyn Everywhere<T>, x: &[T]) -> Vec<Mode<T>> {
    let n = x.len();
    let numbered = || x.iter().copied().enumerate();
    let axis =
        |j: usize| -> Vec<Dual<T>> { numbered().map(|(k, x)| Dual::new(x, delta(j, k))).collect() };
    let line = |j: usize, l: usize| -> Vec<Taylor<T, 2>> {
        let toward = |k| if j == l { delta(j, k) } else { delta::<T>(j, k) + delta::<T>(l, k) };
        numbered().map(|(k, x)| Taylor::line(x, toward(k))).collect()
    };
    let dual_dual = seeded(
        "Dual<Dual>",
        f,
        n * n,
        |jl| {
            let inner = axis(jl / n);
            let outer = |k| Dual::constant(delta(jl % n, k));
            inner.into_iter().enumerate().map(|(k, x)| Dual::new(x, outer(k))).collect()
        },
        |y| y.value.value,
        |_, y| y.tangent().tangent(),
    );
    let polarised = {
        let squares = seeded(
            "Taylor<2>",
            f,
            n * n,
            |jl| line(jl / n, jl % n),
            |y| y[0],
            |_, y| y.derivative(2),
        );
        // D²f[u, v] = (D²f[u + v, u + v] − D²f[u, u] − D²f[v, v]) / 2
        let polar = |d: Vec<T>| {
            let entry = |jl: usize| match (jl / n, jl % n) {
                (j, l) if j == l => d[jl],
                (j, l) => (d[jl] - d[j * n + j] - d[l * n + l]) * T::lit(0.5),
            };
            (0..n * n).map(entry).collect()
        };
        Mode { derivatives: squares.derivatives.into_iter().map(polar).collect(), ..squares }
    };
    let dual_var = recorded(
        "Dual<Var>",
        f,
        n,
        |_| x.to_vec(),
        |j, x| x.iter().enumerate().map(|(k, &x)| Dual::new(x, delta(j, k))).collect(),
        |y| y.value.value(),
        |_, tape, x, y| tape.gradient(y.tangent()).wrt_slice(x),
    );
    let taylor_var = recorded(
        "Taylor<Var, 1>",
        f,
        n,
        |_| x.to_vec(),
        |j, x| {
            let line = |(k, &x)| Taylor::<Var<T>, 1>::line(x, delta(j, k));
            x.iter().enumerate().map(line).collect()
        },
        |y| y[0].value(),
        |_, tape, x, y| tape.gradient(y.derivative(1)).wrt_slice(x),
    );
    let var_dual = recorded(
        "Var<Dual>",
        f,
        n,
        axis,
        |_, x| x.to_vec(),
        |y| y.value().value,
        |_, tape, x, &y| tape.gradient(y).wrt_slice(x).into_iter().map(Dual::tangent).collect(),
    );
    let var_taylor = recorded(
        "Var<Taylor<2>>",
        f,
        n,
        |j| line(j, j),
        |_, x| x.to_vec(),
        |y| y.value()[0],
        |_, tape, x, &y| {
            tape.gradient(y).wrt_slice(x).into_iter().map(|d| d.derivative(1)).collect()
        },
    );
    let var_var = {
        let outer = Tape::new();
        let at = outer.vars(x);
        recorded(
            "Var<Var>",
            f,
            1,
            |_| at.clone(),
            |_, x| x.to_vec(),
            |y| y.value().value(),
            |_, inner, x, &y| {
                let gradient = inner.gradient(y).wrt_slice(x);
                gradient.iter().flat_map(|&d| outer.gradient(d).wrt_slice(&at)).collect()
            },
        )
    };
    let driver = Mode {
        name: "Var<DualVec<8>>",
        values: var_var.values.clone(),
        derivatives: (0..var_var.values.len())
            .map(|output| hessian(|x| f.at(x)[output], x).into_vec())
            .collect(),
    };
    vec![dual_dual, polarised, dual_var, taylor_var, var_dual, var_taylor, var_var, driver]
}

/// D³yᵢ[v, v, v] along each direction, in every nesting of three.
pub(super) fn third_order<T: Base>(
    f: &dyn Everywhere<T>,
    x: &[T],
    directions: &[Vec<T>],
) -> Vec<Mode<T>> {
    let count = directions.len();
    let along = |d: usize| x.iter().copied().zip(directions[d].iter().copied());
    let dot = |derivatives: &[T], d: usize| {
        let terms = derivatives.iter().zip(&directions[d]);
        vec![terms.fold(T::zero(), |sum, (&derivative, &v)| sum + derivative * v)]
    };
    let taylor = seeded(
        "Taylor<3>",
        f,
        count,
        |d| along(d).map(|(x, v)| Taylor::<T, 3>::line(x, v)).collect(),
        |y| y[0],
        |_, y| y.derivative(3),
    );
    let dual_taylor = seeded(
        "Dual<Taylor<2>>",
        f,
        count,
        |d| {
            let at = |(x, v)| Dual::new(Taylor::<T, 2>::line(x, v), Taylor::constant(v));
            along(d).map(at).collect()
        },
        |y| y.value[0],
        |_, y| y.tangent().derivative(2),
    );
    let taylor_dual = seeded(
        "Taylor<Dual, 2>",
        f,
        count,
        |d| {
            let at = |(x, v)| Taylor::<_, 2>::line(Dual::new(x, v), Dual::constant(v));
            along(d).map(at).collect()
        },
        |y| y[0].value,
        |_, y| y.derivative(2).tangent(),
    );
    let var_taylor = recorded(
        "Var<Taylor<2>>",
        f,
        count,
        |d| along(d).map(|(x, v)| Taylor::<T, 2>::line(x, v)).collect(),
        |_, x| x.to_vec(),
        |y| y.value()[0],
        |d, tape, x, &y| {
            let gradient = tape.gradient(y).wrt_slice(x);
            dot(&gradient.iter().map(|g| g.derivative(2)).collect::<Vec<T>>(), d)
        },
    );
    let taylor_var = recorded(
        "Taylor<Var, 2>",
        f,
        count,
        |_| x.to_vec(),
        |d, x| {
            let line = |(&x, &v)| Taylor::<_, 2>::line(x, Var::constant(v));
            x.iter().zip(&directions[d]).map(line).collect()
        },
        |y| y[0].value(),
        |d, tape, x, y| dot(&tape.gradient(y.derivative(2)).wrt_slice(x), d),
    );
    let var_dual_dual = recorded(
        "Var<Dual<Dual>>",
        f,
        count,
        |d| {
            let at = |(x, v)| Dual::new(Dual::new(x, v), Dual::constant(v));
            along(d).map(at).collect()
        },
        |_, x| x.to_vec(),
        |y| y.value().value.value,
        |d, tape, x, &y| {
            let gradient = tape.gradient(y).wrt_slice(x);
            dot(&gradient.iter().map(|g| g.tangent().tangent()).collect::<Vec<T>>(), d)
        },
    );
    let var_var_var = {
        let (outer, middle) = (Tape::new(), Tape::new());
        let at = outer.vars(x);
        let at_middle = middle.vars(&at);
        // v · ∇ in each of the recordings, innermost first.
        let contract = |gradient: Vec<Var<Var<T>>>, d: usize| {
            let lift = |&v| Var::constant(Var::constant(v));
            let terms = gradient.iter().zip(directions[d].iter().map(lift));
            terms.fold(Var::zero(), |sum: Var<Var<T>>, (&g, v)| sum + g * v)
        };
        recorded(
            "Var<Var<Var>>",
            f,
            count,
            |_| at_middle.clone(),
            |_, x| x.to_vec(),
            |y| y.value().value().value(),
            |d, inner, x, &y| {
                let slope = contract(inner.gradient(y).wrt_slice(x), d);
                let gradient = middle.gradient(slope).wrt_slice(&at_middle);
                let terms = gradient.iter().zip(&directions[d]);
                let curvature =
                    terms.fold(Var::zero(), |sum: Var<T>, (&g, &v)| sum + g * Var::constant(v));
                dot(&outer.gradient(curvature).wrt_slice(&at), d)
            },
        )
    };
    let driver = Mode {
        name: "Dual<Dual<Dual>>",
        values: taylor.values.clone(),
        derivatives: (0..taylor.values.len())
            .map(|output| {
                let third = |v: &Vec<T>| third_derivative(|x| f.at(x)[output], x, v, v, v);
                directions.iter().map(third).collect()
            })
            .collect(),
    };
    vec![
        taylor,
        dual_taylor,
        taylor_dual,
        var_taylor,
        taylor_var,
        var_dual_dual,
        var_var_var,
        driver,
    ]
}
