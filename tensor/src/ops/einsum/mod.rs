//! Sums of products over named axes. Pair by pair they are products of stacks of matrices, so that their derivatives,
//! and speed, are those.

mod contract;
mod subscripts;

use contract::Named;
use subscripts::{Label, Subscripts};

use crate::element::Element;
use crate::recording::beside;
use crate::shape::Shape;
use crate::var::Var;

/// The sum of products that the subscripts describe, as NumPy's `einsum`: each operand's axes have letters, and the result
/// is the product of all, summed over the letters that it does not have.
///
/// - Without `->`, the result has those letters that appear once, in alphabetical order.
/// - A letter that one operand has twice means its diagonal.
/// - `...` stands for all other axes, which broadcast.
///
/// Several operands are multiplied pair by pair, always the pair first that takes the fewest multiplications.
///
/// # Panics
/// If the subscripts do not fit the operands, or axes of one name have different extents.
///
/// ```
/// use wengert_tensor::{Tensor, einsum, evaluate};
/// let a = Tensor::from([[1.0, 2.0], [3.0, 4.0]]);
/// let x = Tensor::from([1.0, 10.0]);
/// let of = |subscripts: &str| evaluate(&(a.clone(), x.clone()), |(a, x)| einsum(subscripts, [a, x]));
/// assert_eq!(of("ij,j->i"), Tensor::from([21.0, 43.0]));
/// assert_eq!(of("ij,i"), Tensor::from([31.0, 42.0]));
/// assert_eq!(of("ij,k->"), Tensor::from(110.0));
/// assert_eq!(of("...i,i->...i"), Tensor::from([[1.0, 20.0], [3.0, 40.0]]));
/// assert_eq!(a.map(|a| einsum("ii", [a])), Tensor::from(5.0));
/// assert_eq!(a.map(|a| einsum("ij->ji", [a])), a.transpose());
/// ```
#[track_caller]
pub fn einsum<T: Element>(subscripts: &str, operands: impl AsRef<[Var<T>]>) -> Var<T> {
    let operands = operands.as_ref();
    let shapes: Vec<Shape> = operands.iter().map(|x| x.shape()).collect();
    let Subscripts { operands: labels, result, extents } = Subscripts::new(subscripts, &shapes);
    let mut terms: Vec<Named<T>> =
        operands.iter().zip(labels).map(|(&x, labels)| Named::new(x, labels)).collect();
    for term in &mut terms {
        // An axis of extent 1 that is broadcast need not be there.
        term.drop_axes(|label, extent| {
            matches!(label, Label::Ellipsis(_)) && extent == 1 && extents[&label] != 1
        });
        term.take_diagonals();
    }
    loop {
        for place in 0..terms.len() {
            let used = |label: Label| {
                let mut others = terms.iter().enumerate().filter(|&(other, _)| other != place);
                result.contains(&label) || others.any(|(_, term)| term.has(label))
            };
            let summed: Vec<Label> =
                terms[place].labels().iter().copied().filter(|&label| !used(label)).collect();
            terms[place].sum_over(&summed);
        }
        if terms.len() == 1 {
            break;
        }
        let (first, second) = cheapest(&terms);
        let b = terms.remove(second);
        let a = terms.remove(first);
        let is_needed = |label| result.contains(&label) || terms.iter().any(|t| t.has(label));
        let product = contract::contract(a, b, is_needed);
        terms.insert(first, product);
    }
    let term = terms.remove(0);
    term.in_order(&result)
}

/// The pair whose product takes the fewest multiplications; the first of several.
fn cheapest<T: Element>(terms: &[Named<T>]) -> (usize, usize) {
    let pairs = (0..terms.len()).flat_map(|a| (a + 1..terms.len()).map(move |b| (a, b)));
    let cost = |&(a, b): &(usize, usize)| terms[a].multiplications(&terms[b]);
    pairs.min_by(|p, q| cost(p).total_cmp(&cost(q))).expect("there are two terms")
}

impl<T: Element> Var<T> {
    /// Σ of products over pairs of axes, one of each array: a matrix product where each side has several inner axes. The
    /// result has the other axes of this array, then those of the other.
    ///
    /// # Panics
    /// If an axis is out of range or named twice, or extents of a pair differ.
    ///
    /// ```
    /// use wengert_tensor::{Tensor, evaluate};
    /// let (a, b) = (Tensor::from([[1.0, 2.0], [3.0, 4.0]]), Tensor::from([[1.0, 0.0], [0.0, 10.0]]));
    /// let of = |axes: &[(isize, isize)]| {
    ///     evaluate(&(a.clone(), b.clone()), |(a, b)| a.tensordot(b, axes))
    /// };
    /// assert_eq!(of(&[(1, 0)]), Tensor::from([[1.0, 20.0], [3.0, 40.0]]));
    /// assert_eq!(of(&[(0, 0), (1, 1)]), Tensor::from(41.0));
    /// assert_eq!(of(&[]).shape(), &[2, 2, 2, 2]);
    /// ```
    #[track_caller]
    pub fn tensordot(self, other: impl Into<Var<T>>, axes: impl AsRef<[(isize, isize)]>) -> Self {
        let other = beside(self, || other.into());
        let (a, b) = (self.shape(), other.shape());
        let label = |axis: usize| Label::Ellipsis(axis);
        let of_a: Vec<Label> = (0..a.rank()).map(label).collect();
        let mut of_b: Vec<Label> = (a.rank()..a.rank() + b.rank()).map(label).collect();
        let mut summed = Vec::new();
        for &(p, q) in axes.as_ref() {
            let (p, q) = (a.axis(p, "tensordot"), b.axis(q, "tensordot"));
            assert!(
                a[p] == b[q],
                "tensordot: axis {p} of shape {a} and axis {q} of shape {b} have different extents"
            );
            assert!(
                !summed.contains(&label(p)) && of_b[q] == label(a.rank() + q),
                "tensordot: the pairs {:?} name an axis twice",
                axes.as_ref()
            );
            of_b[q] = label(p);
            summed.push(label(p));
        }
        let result: Vec<Label> =
            of_a.iter().chain(&of_b).copied().filter(|label| !summed.contains(label)).collect();
        let product =
            contract::contract(Named::new(self, of_a), Named::new(other, of_b), |label| {
                !summed.contains(&label)
            });
        product.in_order(&result)
    }
}
