//! Operations, with the shapes of their operands for one member.

use wengert_tensor::*;

use super::members::{Operation, operation};

type V = Var<f64>;

pub fn all() -> Vec<Operation> {
    let mut all = elementwise();
    all.extend(reductions());
    all.extend(layout());
    all.extend(indexing());
    all.extend(products());
    all.extend(along_axes());
    all.extend(windows());
    #[cfg(feature = "linalg")]
    all.extend(linalg());
    all.extend(others());
    all
}

/// Elementwise operations, in shapes that have to be aligned.
pub fn elementwise() -> Vec<Operation> {
    vec![
        operation("add", [&[3], &[2, 3]], |[x, y]: [V; 2]| x + y),
        operation("sub", [&[2, 3], &[]], |[x, y]: [V; 2]| x - y),
        operation("mul", [&[2, 1], &[1, 3]], |[x, y]: [V; 2]| x * y),
        operation("div", [&[], &[4]], |[x, y]: [V; 2]| x / (y + 2.0)),
        operation("neg", [&[2, 3]], |[x]: [V; 1]| -x),
        operation("tanh", [&[5]], |[x]: [V; 1]| x.tanh()),
        operation("exp of a number", [&[]], |[x]: [V; 1]| x.exp()),
        operation("powf", [&[2], &[3, 1]], |[x, y]: [V; 2]| (x + 2.0).powf(y)),
        operation("atan2", [&[1], &[2, 1, 3]], |[x, y]: [V; 2]| x.atan2(y)),
        operation("select", [&[3], &[2, 1], &[]], |[x, y, z]: [V; 3]| x.less(y).select(x * z, y)),
        operation("equal", [&[3], &[2, 3]], |[x, y]: [V; 2]| x.equal(y).select(x, y)),
        operation("detach", [&[3]], |[x]: [V; 1]| x.detach() * x),
        operation("slices", [&[3], &[2, 1]], |[x, y]: [V; 2]| {
            wengert_autodiff::rules::norm(&[x, y, x * y])
        }),
    ]
}

fn reductions() -> Vec<Operation> {
    vec![
        operation("sum", [&[2, 3]], |[x]: [V; 1]| x.sum()),
        operation("sum_over", [&[2, 3, 4]], |[x]: [V; 1]| x.sum_over([0, 2])),
        operation("sum_keep", [&[2, 3]], |[x]: [V; 1]| x.sum_keep(0)),
        operation("mean of rows", [&[2, 3]], |[x]: [V; 1]| x.mean_over(-1)),
        operation("prod", [&[4]], |[x]: [V; 1]| x.prod()),
        operation("prod_over", [&[2, 3, 2]], |[x]: [V; 1]| x.prod_over(1)),
        operation("amax", [&[2, 3]], |[x]: [V; 1]| x.amax_over(0)),
        operation("amin", [&[2, 3]], |[x]: [V; 1]| x.amin_keep(-1)),
        operation("norm", [&[2, 3]], |[x]: [V; 1]| x.norm_over(0)),
        operation("lp_norm", [&[2, 3]], |[x]: [V; 1]| x.lp_norm_over(3.0, [0, 1])),
        operation("log_sum_exp", [&[3, 2]], |[x]: [V; 1]| x.log_sum_exp_over(0)),
        operation("variance", [&[3, 2]], |[x]: [V; 1]| x.variance_over(0, 1)),
        operation("std", [&[2, 3]], |[x]: [V; 1]| x.std_over(-1, 0)),
    ]
}

fn layout() -> Vec<Operation> {
    vec![
        operation("reshape", [&[2, 3]], |[x]: [V; 1]| x.reshape([3, 1, 2])),
        operation("permute", [&[2, 3, 4]], |[x]: [V; 1]| x.permute([2, 0, 1])),
        operation("expand", [&[2, 1]], |[x]: [V; 1]| x.expand([4, 2, 3])),
        operation("expand of a number", [&[]], |[x]: [V; 1]| x.expand([2, 2])),
        operation("slice", [&[5, 2]], |[x]: [V; 1]| x.at(1..4) * x.slice_step(0, .., -2)),
        operation("flip", [&[2, 3]], |[x]: [V; 1]| x.flip([0, 1])),
        operation("roll", [&[5]], |[x]: [V; 1]| x.roll(0, 2)),
        operation("pad", [&[2, 2]], |[x]: [V; 1]| x.pad([(1, 0), (0, 2)], 0.5)),
        operation("concat", [&[2, 3], &[1, 3]], |[x, y]: [V; 2]| V::concat(&[x, y, x], 0)),
        operation("stack", [&[2], &[2]], |[x, y]: [V; 2]| V::stack(&[x, y], -1)),
        operation("tile", [&[2, 1]], |[x]: [V; 1]| x.tile([2, 3])),
        operation("diag", [&[3]], |[x]: [V; 1]| x.diag()),
        operation("diagonal", [&[3, 4]], |[x]: [V; 1]| x.diagonal(1)),
        operation("tril", [&[3, 3]], |[x]: [V; 1]| x.tril(0)),
        operation("outer", [&[2], &[3]], |[x, y]: [V; 2]| x.outer(y)),
    ]
}

fn indexing() -> Vec<Operation> {
    vec![
        operation("index_select", [&[3, 2]], |[x]: [V; 1]| x.index_select(0, [2, 0, 2, 1])),
        operation("take", [&[2, 3]], |[x]: [V; 1]| x.take([5, 0, 5])),
        operation("gather", [&[2, 3]], |[x]: [V; 1]| x.gather(1, [[2, 2, 0, 1], [0, 1, 1, 1]])),
        operation("gather in columns", [&[2, 3, 2]], |[x]: [V; 1]| {
            x.gather(1, Tensor::from_vec([2, 2, 2], vec![2, 0, 0, 1, 1, 1, 2, 2]))
        }),
        operation("index_add", [&[4, 2], &[3, 2]], |[x, y]: [V; 2]| x.index_add(0, [1, 3, 1], y)),
        operation("scatter_add", [&[2, 3], &[2, 2]], |[x, y]: [V; 2]| {
            x.scatter_add(1, [[2, 2], [0, 1]], y)
        }),
        operation("scatter", [&[3, 2], &[2, 2]], |[x, y]: [V; 2]| {
            x.scatter(0, [[2, 0], [2, 1]], y)
        }),
        operation("masked_fill", [&[2, 2], &[]], |[x, y]: [V; 2]| {
            x.masked_fill(&Tensor::from([true, false]), y)
        }),
    ]
}

fn products() -> Vec<Operation> {
    vec![
        operation("matmul", [&[2, 3], &[3, 4]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("matrix · vector", [&[2, 3], &[3]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("vector · matrix", [&[3], &[3, 2]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("vector · vector", [&[3], &[3]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("stack · matrix", [&[2, 2, 3], &[3, 2]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("matrix · stack", [&[2, 3], &[4, 3, 2]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("matrix · stack of columns", [&[2, 3], &[4, 3, 1]], |[a, b]: [V; 2]| {
            a.matmul(b)
        }),
        operation("stack · vector", [&[2, 2, 3], &[3]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("stack · stack", [&[2, 1, 2, 3], &[3, 3, 2]], |[a, b]: [V; 2]| a.matmul(b)),
        operation("dot", [&[3], &[3]], |[a, b]: [V; 2]| a.dot(b)),
        operation("einsum", [&[2, 3], &[3, 4, 2]], |[a, b]: [V; 2]| einsum("ij,jki->ki", [a, b])),
        operation("attention", [&[3, 2], &[4, 2], &[4, 3]], |[q, k, v]: [V; 3]| {
            q.attention(k, v, None)
        }),
    ]
}

fn along_axes() -> Vec<Operation> {
    vec![
        operation("softmax", [&[2, 3]], |[x]: [V; 1]| x.softmax(0)),
        operation("log_softmax", [&[2, 3]], |[x]: [V; 1]| x.log_softmax(-1)),
        operation("cross_entropy", [&[2, 3]], |[x]: [V; 1]| x.cross_entropy(&Tensor::from([2, 0]))),
        operation("layer_norm", [&[2, 3]], |[x]: [V; 1]| x.layer_norm(-1, 1e-3)),
        operation("dropout", [&[2, 3]], |[x]: [V; 1]| x.dropout(0.5, 3)),
        operation("cumsum", [&[3, 2]], |[x]: [V; 1]| x.cumsum(0)),
        operation("cumprod", [&[2, 3]], |[x]: [V; 1]| x.cumprod(-1)),
        operation("log_cumsum_exp", [&[3, 2]], |[x]: [V; 1]| x.log_cumsum_exp(0)),
    ]
}

fn windows() -> Vec<Operation> {
    vec![
        operation("conv1d", [&[2, 6], &[3, 2, 2]], |[x, w]: [V; 2]| x.conv1d(w, Conv::new())),
        operation("conv2d", [&[2, 2, 4, 5], &[3, 2, 2, 3]], |[x, w]: [V; 2]| {
            x.conv2d(w, Conv::new().stride(2).padding(1))
        }),
        operation("conv2d in groups", [&[4, 3, 3], &[2, 2, 2, 2]], |[x, w]: [V; 2]| {
            x.conv2d(w, Conv::new().groups(2))
        }),
        operation("conv_transpose2d", [&[2, 2, 2], &[2, 3, 2, 2]], |[x, w]: [V; 2]| {
            x.conv_transpose2d(w, Conv::new().stride(2))
        }),
        operation("max_pool1d", [&[2, 6]], |[x]: [V; 1]| x.max_pool1d(2)),
        operation("max_pool2d", [&[2, 4, 5]], |[x]: [V; 1]| x.max_pool2d(Pool::new(2).stride(1))),
        operation("avg_pool2d", [&[4, 4]], |[x]: [V; 1]| x.avg_pool2d(2)),
    ]
}

/// A matrix that is far from singular, with singular values that are far from each other.
#[cfg(feature = "linalg")]
fn good(x: V) -> V {
    let n = x.shape()[x.shape().rank() - 1];
    x * 0.5
        + constant(&Tensor::from_fn([n, n], |i| {
            if i[0] == i[1] { 2.0 * (i[0] + 1) as f64 } else { 0.0 }
        }))
}

#[cfg(feature = "linalg")]
fn linalg() -> Vec<Operation> {
    let symmetric = |x: V| good(x).symmetrise();
    vec![
        operation("solve", [&[3, 3], &[3]], |[a, b]: [V; 2]| good(a).solve(b)),
        operation("solve for matrices", [&[2, 3, 3], &[3, 2]], |[a, b]: [V; 2]| good(a).solve(b)),
        operation("solve for stacks", [&[3, 3], &[2, 3, 2]], |[a, b]: [V; 2]| good(a).solve(b)),
        operation("inv", [&[2, 2, 2]], |[a]: [V; 1]| good(a).inv()),
        operation("triangular", [&[3, 3], &[2, 3, 1]], |[a, b]: [V; 2]| {
            good(a).solve_lower_triangular(b)
        }),
        operation("upper triangular", [&[3, 3], &[3]], |[a, b]: [V; 2]| {
            good(a).solve_upper_triangular(b)
        }),
        operation("det", [&[3, 3]], |[a]: [V; 1]| a.det()),
        operation("slog_det", [&[2, 3, 3]], |[a]: [V; 1]| {
            let det = good(a).slog_det();
            det.sign * det.log_abs
        }),
        operation("cholesky", [&[3, 3]], move |[a]: [V; 1]| symmetric(a).cholesky()),
        operation("qr", [&[3, 2]], |[a]: [V; 1]| {
            let qr = a.qr();
            qr.q.matmul(qr.r.sin())
        }),
        operation("eigh", [&[3, 3]], move |[a]: [V; 1]| {
            let eigh = symmetric(a).eigh();
            (eigh.vectors * eigh.vectors).matmul(eigh.values)
        }),
        operation("eigvalsh", [&[2, 3, 3]], move |[a]: [V; 1]| symmetric(a).eigvalsh()),
        operation("svd", [&[3, 3]], |[a]: [V; 1]| {
            let svd = good(a).svd();
            (svd.u * svd.s.sin()).matmul(svd.vt)
        }),
        operation("svdvals", [&[3, 2]], |[a]: [V; 1]| a.svdvals()),
        operation("pinv", [&[3, 2]], |[a]: [V; 1]| a.pinv()),
        operation("lstsq", [&[4, 2], &[4]], |[a, b]: [V; 2]| a.lstsq(b)),
        operation("matrix_exp", [&[2, 2]], |[a]: [V; 1]| a.matrix_exp()),
        operation("matrix_power", [&[2, 2]], |[a]: [V; 1]| a.matrix_power(3)),
    ]
}

/// x · tanh Σx, with rules of its own.
struct Scaled;

impl CustomOperation<f64> for Scaled {
    fn name(&self) -> &'static str {
        "scaled"
    }
    fn shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0].clone()
    }
    fn forward(&self, inputs: &[&Tensor<f64>]) -> Tensor<f64> {
        let scale = inputs[0].to_vec().iter().sum::<f64>().tanh();
        inputs[0] * scale
    }
    fn vjp(&self, inputs: &[V], _: V, cotangent: V) -> Vec<V> {
        let scale = inputs[0].sum().tanh();
        let slope = (inputs[0] * cotangent).sum() * (1.0 - scale * scale);
        vec![cotangent * scale + slope]
    }
    fn jvp(&self, inputs: &[V], _: V, tangents: &[V]) -> V {
        let scale = inputs[0].sum().tanh();
        tangents[0] * scale + inputs[0] * (1.0 - scale * scale) * tangents[0].sum()
    }
}

fn others() -> Vec<Operation> {
    vec![
        operation("checkpoint", [&[3], &[]], |[x, y]: [V; 2]| {
            checkpoint(&(x * y), move |x| (x.sin() * x).exp())
        }),
        operation("jacobian", [&[3], &[2, 3]], |[x, w]: [V; 2]| {
            jacobian(|x| w.matmul(x).tanh(), &x)
        }),
        operation("mapped", [&[4, 3], &[3]], |[x, w]: [V; 2]| vmap(|row| (row * w).cumsum(0), &x)),
        operation("custom", [&[3]], |[x]: [V; 1]| custom(Scaled, &[x])),
        operation("opaque", [&[3]], |[x]: [V; 1]| opaque("backwards", [3], &[x], |x| x[0].flip(0))),
    ]
}
