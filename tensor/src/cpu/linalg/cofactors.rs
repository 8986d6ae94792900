//! Derivatives of determinants of diagonal matrices, of any order.

use num_traits::Float;

use super::for_each;
use super::routines::Routines;
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// For the diagonal matrix S of singular values of U S Vᵀ: the derivative of its cofactors along each of the given
/// matrices in turn (of no matrix: the cofactors), times det U · det V.
///
/// det(S + Σ tₗ Mₗ) is a sum over permutations; its derivative for t₁ … tₘ and for the number in row a, column b, at
/// t = 0, is the sum over m more rows k₁ … kₘ, all different and different from a, and over the permutations π of these
/// m + 1 rows that lead from a to b, of
///
/// sign π · ∏ₗ Mₗ[kₗ, π(kₗ)] · ∏ s over all other rows.
///
/// Nothing is divided by, so that singular matrices of any rank are no special case.
pub(crate) fn of_diagonal<T: Element>(
    [u, s, vt]: [&Tensor<T>; 3],
    along: &[Tensor<T>],
    shape: &Shape,
) -> Tensor<T> {
    let n = shape[shape.rank() - 1];
    let stack = &shape[..shape.rank() - 2];
    // (The number of matrices is the order of the derivative less one: they are joined for `for_each`.)
    let joined = join(along, stack, n);
    let permutations = permutations(along.len() + 1);
    for_each(stack, [u, s, vt, &joined], shape, n.pow(3), |[u, s, vt, along], out| {
        let routines = T::routines();
        let orientation = sign(routines, u, n) * sign(routines, vt, n);
        let products = Products::new(s);
        out.fill(T::zero());
        let along: Vec<&[T]> = along.chunks(n * n).collect();
        for_each_choice(n, along.len() + 1, &mut Vec::new(), &mut |rows| {
            let rest = orientation * products.without(rows);
            for (permutation, sign) in &permutations {
                let mut term = if *sign { rest } else { -rest };
                for (l, matrix) in along.iter().enumerate() {
                    term *= matrix[rows[l] * n + rows[permutation[l]]];
                }
                let last = along.len();
                out[rows[last] * n + rows[permutation[last]]] += term;
            }
        });
    })
}

fn join<T: Element>(matrices: &[Tensor<T>], stack: &[usize], n: usize) -> Tensor<T> {
    let count: usize = stack.iter().product();
    let matrices: Vec<Vec<T>> = matrices.iter().map(Tensor::to_vec).collect();
    let item = |i: usize| matrices.iter().flat_map(move |m| &m[i * n * n..(i + 1) * n * n]);
    let joined: Vec<T> = (0..count).flat_map(item).copied().collect();
    Tensor::from_vec([joined.len()], joined)
}

/// det of an orthogonal matrix.
fn sign<T: Element>(routines: &Routines<T>, matrix: &[T], n: usize) -> T {
    let mut factors = matrix.to_vec();
    let mut order = vec![0; n];
    (routines.lu)(&mut factors, &mut order);
    let order: Vec<T> = order.into_iter().map(|i| T::nearest(i as f64)).collect();
    let pivots = (0..n).map(|i| Float::signum(factors[i * n + i]));
    pivots.fold(super::factors::sign_of(&order), |sign, pivot| sign * pivot)
}

/// Products of consecutive numbers.
struct Products<T> {
    n: usize,
    /// ∏ s[i..j] at i · (n + 1) + j.
    table: Vec<T>,
}

impl<T: Element> Products<T> {
    fn new(s: &[T]) -> Self {
        let n = s.len();
        let mut table = vec![T::one(); (n + 1) * (n + 1)];
        for i in 0..n {
            for j in i..n {
                table[i * (n + 1) + j + 1] = table[i * (n + 1) + j] * s[j];
            }
        }
        Products { n, table }
    }

    /// ∏ s over all rows but the given ones.
    fn without(&self, rows: &[usize]) -> T {
        let mut sorted: smallvec::SmallVec<[usize; 4]> = rows.iter().copied().collect();
        sorted.sort_unstable();
        let (mut product, mut start) = (T::one(), 0);
        for row in sorted.into_iter().chain([self.n]) {
            product *= self.table[start * (self.n + 1) + row];
            start = row + 1;
        }
        product
    }
}

/// Calls `visit` with all choices of `count` different rows of n, in every order.
fn for_each_choice(
    n: usize,
    count: usize,
    chosen: &mut Vec<usize>,
    visit: &mut dyn FnMut(&[usize]),
) {
    if chosen.len() == count {
        return visit(chosen);
    }
    for row in 0..n {
        if !chosen.contains(&row) {
            chosen.push(row);
            for_each_choice(n, count, chosen, visit);
            chosen.pop();
        }
    }
}

/// All permutations of `count` things, and whether each is even.
fn permutations(count: usize) -> Vec<(Vec<usize>, bool)> {
    let mut all = vec![(Vec::new(), true)];
    for next in 0..count {
        let inserted = |(permutation, even): &(Vec<usize>, bool)| {
            let (permutation, even) = (permutation.clone(), *even);
            // (Each place that the new thing moves to the left changes the sign.)
            (0..=next).map(move |place| {
                let mut permutation = permutation.clone();
                permutation.insert(place, next);
                (permutation, even == ((next - place) % 2 == 0))
            })
        };
        all = all.iter().flat_map(inserted).collect();
    }
    all
}
