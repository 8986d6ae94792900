//! A function of one array, for many at once.

use super::{ElementOf, leaves_of, with_leaves};
use crate::arrange::Arrange;
use crate::execute::Keep;
use crate::recording;
use crate::shape::Shape;
use crate::tree::Tree;
use crate::tree::private::Place;
use crate::var::Var;

/// f of each member of a batch: all arrays of `x` have an axis in front, along which are the members, and so have
/// the results. What f uses beside its argument is shared by all members. f is called once, with arrays that stand for those
/// of any member, and the operations that it records are applied to all members together. (Members along another axis are
/// brought to the front by `move_axis`.) With no members, there are none of the results.
///
/// ```
/// use wengert_tensor::{Tensor, constant, vmap};
/// let a = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
/// let x = Tensor::from([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
/// // One product of matrices.
/// let y = vmap(|x| constant(&a).matmul(x), &x);
/// assert_eq!(y, Tensor::from([[1.0, 3.0], [2.0, 4.0], [3.0, 7.0]]));
/// ```
///
/// It nests with the other drivers, and with itself. The gradients of single examples of a data set:
///
/// ```
/// use wengert_tensor::{Tensor, constant, gradient, vmap};
/// // Squared errors (w·x − y)², with the gradients 2 (w·x − y) x.
/// let w = Tensor::from([1.0, 2.0]);
/// let (x, y) = (Tensor::from([[1.0, 1.0], [2.0, 0.0]]), Tensor::from([0.0, 3.0]));
/// let slopes = vmap(
///     |(x, y)| {
///         gradient(&constant(&w), |w| {
///             let error = w.dot(x) - y;
///             error * error
///         })
///     },
///     &(x, y),
/// );
/// assert_eq!(slopes, Tensor::from([[6.0, 6.0], [-4.0, 0.0]]));
/// ```
///
/// Values inside of f are known only when all of it is recorded: f cannot branch on them, and cannot sort by them. An operation
/// of one's own ([`custom`](crate::custom), [`opaque`](crate::opaque)) is applied to each member by itself. What a
/// [`checkpoint`](crate::checkpoint) within f would compute again is kept.
///
/// # Panics
/// If there are no arrays, one has no axis, or their first extents differ.
#[track_caller]
pub fn vmap<P: Tree, Q: Tree<Leaf = Var<ElementOf<P>>>>(
    f: impl FnOnce(P::With<Var<ElementOf<P>>>) -> Q,
    x: &P,
) -> Q::With<P::Leaf> {
    let leaves = leaves_of(x);
    let shapes: Vec<Shape> = leaves.iter().map(|leaf| leaf.extents()).collect();
    let count = members(&shapes, &x.names());
    let (_tape, batches, _) = P::Leaf::enter(&leaves);
    let first = recording::len::<ElementOf<P>>(recording::number_of(batches[0]));
    let variables: Vec<_> = batches.iter().map(|&batch| recording::member(batch)).collect();
    let result = f(with_leaves(x, &variables));
    let pairs: Vec<_> = variables.into_iter().zip(batches).collect();
    let outputs = leaves_of(&result);
    let results = recording::batches(&outputs, &pairs, count, first);
    with_leaves(&result, &P::Leaf::leave(&results, Keep::Roots))
}

/// The number of members that arrays of these shapes have.
#[track_caller]
fn members(shapes: &[Shape], names: &[String]) -> usize {
    let Some(first) = shapes.first() else {
        panic!(
            "vmap: the argument has no arrays, and so no members; what is shared needs no argument"
        )
    };
    for (shape, name) in shapes.iter().zip(names) {
        assert!(
            shape.rank() > 0,
            "vmap: array `{name}` is a single number, without an axis for members; `expand` repeats it, and what all \
             members share needs no argument"
        );
        assert!(
            shape[0] == first[0],
            "vmap: array `{}` of shape {first} has {} members along its first axis, and array `{name}` of shape {shape} \
             has {}; they must have as many",
            names[0],
            first[0],
            shape[0]
        );
    }
    first[0]
}
