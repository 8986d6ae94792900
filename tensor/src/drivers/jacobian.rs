//! Whole Jacobians and Hessians.

use super::gradient;
use crate::ops;
use crate::recording;
use crate::tree::Leaf;
use crate::var::Var;

/// All derivatives of an array-valued function of one array: ∂yᵢ/∂xⱼ at the index (i, j), so that the shape is that of
/// y followed by that of x. Found by rows in reverse mode or by columns in forward mode, whichever are fewer: all at once if
/// that takes no array larger than the result (or than 2²⁰ elements), and in parts otherwise. Where elements depend on few
/// others, most of the zeros are not computed: a band costs as many multiplications as it has elements.
///
/// ```
/// use wengert_tensor::{Tensor, jacobian};
/// let x = Tensor::from([2.0, 3.0]);
/// let j = jacobian(|x| x * x.sum(), &x);
/// assert_eq!(j, Tensor::from([[7.0, 2.0], [3.0, 8.0]]));
/// ```
#[track_caller]
pub fn jacobian<L: Leaf>(f: impl FnOnce(Var<L::Element>) -> Var<L::Element>, x: &L) -> L {
    let (_tape, variables, first) = L::enter(core::slice::from_ref(x));
    let variable = variables[0];
    let y = f(variable);
    let (rows, columns) = (y.shape(), variable.shape());
    if columns.size() < rows.size() {
        let along = |tangent: Var<L::Element>| {
            let tangents = recording::tangents(&[y], &[(variable, tangent)], first);
            ops::expand_to(tangents[0].unwrap_or(Var::from(0.0)), &rows)
        };
        let transposed = recording::beside(variable, || L::map_basis(&columns, y, along));
        // Columns came first.
        let order: Vec<usize> =
            (columns.rank()..columns.rank() + rows.rank()).chain(0..columns.rank()).collect();
        transposed.reordered(&order)
    } else {
        let against = |cotangent: Var<L::Element>| {
            let cotangents = recording::cotangents(y, cotangent, &[variable], first);
            ops::expand_to(cotangents[0].unwrap_or(Var::from(0.0)), &columns)
        };
        recording::beside(variable, || L::map_basis(&rows, y, against))
    }
}

/// All second derivatives of f, of which the sum is meant if it returns an array: the Jacobian of the gradient, of shape
/// that of x twice.
///
/// ```
/// use wengert_tensor::{Tensor, hessian};
/// let x = Tensor::from([2.0, 3.0]);
/// let h = hessian(|x| (x * x * x).sum() * 0.5, &x);
/// assert_eq!(h, Tensor::from([[6.0, 0.0], [0.0, 9.0]]));
/// ```
#[track_caller]
pub fn hessian<L: Leaf>(f: impl FnOnce(Var<L::Element>) -> Var<L::Element>, x: &L) -> L {
    jacobian(|x| gradient(&x, f), x)
}
