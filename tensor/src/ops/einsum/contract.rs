//! The product of two arrays with named axes, summed over axes that both have.

use smallvec::SmallVec;

use super::super::matmul::product;
use super::subscripts::Label;
use crate::element::Element;
use crate::shape::Shape;
use crate::var::Var;

/// An array whose axes have names.
pub(super) struct Named<T> {
    x: Var<T>,
    labels: Vec<Label>,
}

impl<T: Element> Named<T> {
    pub(super) fn new(x: Var<T>, labels: Vec<Label>) -> Self {
        Named { x, labels }
    }

    pub(super) fn labels(&self) -> &[Label] {
        &self.labels
    }

    pub(super) fn has(&self, label: Label) -> bool {
        self.labels.contains(&label)
    }

    fn extents(&self, labels: &[Label]) -> SmallVec<[usize; 4]> {
        let shape = self.x.shape();
        labels.iter().map(|&label| shape[self.place(label)]).collect()
    }

    fn place(&self, label: Label) -> usize {
        self.labels.iter().position(|&l| l == label).expect("the array has this axis")
    }

    /// Removes axes of extent 1.
    #[track_caller]
    pub(super) fn drop_axes(&mut self, is_dropped: impl Fn(Label, usize) -> bool) {
        let shape = self.x.shape();
        let kept: Vec<usize> =
            (0..shape.rank()).filter(|&k| !is_dropped(self.labels[k], shape[k])).collect();
        self.x = self.x.reshape(kept.iter().map(|&axis| shape[axis]).collect::<Shape>());
        self.labels = kept.iter().map(|&axis| self.labels[axis]).collect();
    }

    /// Of axes of one name, the diagonal.
    #[track_caller]
    pub(super) fn take_diagonals(&mut self) {
        let twice = |labels: &[Label]| {
            (0..labels.len())
                .find_map(|k| Some((labels[..k].iter().position(|&l| l == labels[k])?, k)))
        };
        while let Some((first, second)) = twice(&self.labels) {
            let rank = self.labels.len();
            let others: Vec<usize> = (0..rank).filter(|&k| k != first && k != second).collect();
            let order = others.iter().copied().chain([first, second]).collect();
            self.x = self.x.permuted(order).diagonal(0);
            let labels = others.iter().chain([&first]).map(|&axis| self.labels[axis]).collect();
            self.labels = labels;
        }
    }

    #[track_caller]
    pub(super) fn sum_over(&mut self, labels: &[Label]) {
        if labels.is_empty() {
            return;
        }
        let axes: Vec<isize> = labels.iter().map(|&label| self.place(label) as isize).collect();
        self.x = self.x.sum_over(axes);
        self.labels.retain(|label| !labels.contains(label));
    }

    /// The array with its axes in the given order.
    #[track_caller]
    pub(super) fn in_order(&self, labels: &[Label]) -> Var<T> {
        if self.labels == labels {
            return self.x;
        }
        self.x.permuted(labels.iter().map(|&label| self.place(label)).collect())
    }

    /// What the product with another takes.
    pub(super) fn multiplications(&self, other: &Self) -> f64 {
        let new =
            other.labels.iter().copied().filter(|&label| !self.has(label)).collect::<Vec<_>>();
        let extents = self.x.shape().iter().copied().chain(other.extents(&new)).collect::<Vec<_>>();
        extents.into_iter().map(|extent| extent as f64).product()
    }
}

/// The product, summed over the axes that both have and nobody needs. Every other axis is needed.
#[track_caller]
pub(super) fn contract<T: Element>(
    a: Named<T>,
    b: Named<T>,
    is_needed: impl Fn(Label) -> bool,
) -> Named<T> {
    let common = || a.labels.iter().copied().filter(|&label| b.has(label));
    let stack: Vec<Label> = common().filter(|&label| is_needed(label)).collect();
    let inner: Vec<Label> = common().filter(|&label| !is_needed(label)).collect();
    let rows: Vec<Label> = a.labels.iter().copied().filter(|&label| !b.has(label)).collect();
    let columns: Vec<Label> = b.labels.iter().copied().filter(|&label| !a.has(label)).collect();
    let labels = [&stack[..], &rows, &columns].concat();

    if inner.is_empty() {
        // [stack, rows, 1 …] · [stack, 1 …, columns]
        let left = a.in_order(&[&stack[..], &rows].concat());
        let right = b.in_order(&[&stack[..], &columns].concat());
        let ones = |labels: &[Label]| SmallVec::<[usize; 4]>::from_elem(1, labels.len());
        let left = shaped(left, [&a.extents(&stack), &a.extents(&rows), &ones(&columns)]);
        let right = shaped(right, [&b.extents(&stack), &ones(&rows), &b.extents(&columns)]);
        return Named { x: left * right, labels };
    }
    if rows.is_empty() && columns.is_empty() {
        let order = [&stack[..], &inner].concat();
        let mut product = Named { x: a.in_order(&order) * b.in_order(&order), labels: order };
        product.sum_over(&inner);
        return product;
    }
    let extent = |x: &Named<T>, labels: &[Label]| x.extents(labels).iter().product::<usize>();
    let (m, k, n) = (extent(&a, &rows), extent(&a, &inner), extent(&b, &columns));
    let left = a.in_order(&[&stack[..], &rows, &inner].concat());
    let right = b.in_order(&[&stack[..], &inner, &columns].concat());
    let left = shaped(left, [&a.extents(&stack), &[m], &[k]]);
    let right = shaped(right, [&b.extents(&stack), &[k], &[n]]);
    let x =
        shaped(product(left, right), [&a.extents(&stack), &a.extents(&rows), &b.extents(&columns)]);
    Named { x, labels }
}

/// The array in a shape given in three parts. (A single number fits every shape as it is.)
#[track_caller]
fn shaped<T: Element>(x: Var<T>, parts: [&[usize]; 3]) -> Var<T> {
    if x.shape().rank() == 0 { x } else { x.reshape(parts.concat()) }
}
