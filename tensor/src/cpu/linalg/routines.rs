//! Factorisations of one matrix by `faer`, which is named here alone.
//!
//! Everything runs on the calling thread, so that no result depends on the number of threads.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::{cholesky, evd, householder, lu, qr, svd, triangular_solve};
use faer::traits::RealField;
use faer::{Conj, Mat, MatMut, MatRef, Par};

/// The half of a square matrix that is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// On and below the diagonal.
    Lower,
    /// On and above the diagonal.
    Upper,
}

/// What stands on the diagonal of a triangular matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diagonal {
    /// What is stored there.
    Stored,
    /// Ones, whatever is stored there.
    Ones,
}

/// The factorisations for one type of numbers. Matrices are row-major slices, none of them empty.
#[doc(hidden)]
#[derive(Debug)]
pub struct Routines<T> {
    /// The factors L (without its ones) and U of an n × n matrix in its place, with rows exchanged; `order[i]` is the
    /// row of the matrix that has come to be row i.
    pub(crate) lu: fn(matrix: &mut [T], order: &mut [usize]),
    /// The solution X of A X = B in the place of B, which has n rows, for an n × n triangular matrix.
    pub(crate) solve_triangular: fn(Triangle, Diagonal, matrix: &[T], n: usize, rhs: &mut [T]),
    /// The same for Aᵀ X = B; the triangle is that of A.
    pub(crate) solve_transposed: fn(Triangle, Diagonal, matrix: &[T], n: usize, rhs: &mut [T]),
    /// The factor L of L Lᵀ in the lower triangle, from the lower triangle; whether there is one.
    pub(crate) cholesky: fn(matrix: &mut [T], n: usize) -> bool,
    /// The factors Q (m × n) and R (n × n) of an m × n matrix, m ≥ n.
    pub(crate) qr: fn(matrix: &[T], n: usize, q: &mut [T], r: &mut [T]),
    /// U (m × k), the singular values in descending order, and Vᵀ (k × n), k = min(m, n); whether it converged.
    pub(crate) svd: fn(matrix: &[T], n: usize, parts: [&mut [T]; 3]) -> bool,
    /// The eigenvalues in ascending order, and the eigenvectors as columns, from the lower triangle; whether it converged.
    pub(crate) eigh: fn(matrix: &[T], values: &mut [T], vectors: &mut [T]) -> bool,
}

impl<T: RealField + Copy> Routines<T> {
    pub(crate) const ALL: Routines<T> = Routines {
        lu: lu_of,
        solve_triangular: |triangle, diagonal, matrix, n, rhs| {
            solve(triangle, diagonal, MatRef::from_row_major_slice(matrix, n, n), rhs);
        },
        solve_transposed: |triangle, diagonal, matrix, n, rhs| {
            solve(triangle.other(), diagonal, MatRef::from_column_major_slice(matrix, n, n), rhs);
        },
        cholesky: cholesky_of,
        qr: qr_of,
        svd: svd_of,
        eigh: eigh_of,
    };
}

impl Triangle {
    /// The one of the transposed matrix.
    pub(crate) fn other(self) -> Self {
        match self {
            Triangle::Lower => Triangle::Upper,
            Triangle::Upper => Triangle::Lower,
        }
    }
}

/// A copy in the order that `faer` works in, column by column.
fn read<T: Copy>(matrix: &[T], rows: usize, columns: usize) -> Mat<T> {
    Mat::from_fn(rows, columns, |i, j| matrix[i * columns + j])
}

fn write<T: Copy>(matrix: MatRef<'_, T>, out: &mut [T]) {
    let columns = matrix.ncols();
    for (i, row) in out.chunks_mut(columns).enumerate() {
        for (j, place) in row.iter_mut().enumerate() {
            *place = matrix[(i, j)];
        }
    }
}

fn lu_of<T: RealField + Copy>(matrix: &mut [T], order: &mut [usize]) {
    let n = order.len();
    let mut factors = read(matrix, n, n);
    let mut inverse = vec![0; n];
    let params = Default::default();
    let memory =
        lu::partial_pivoting::factor::lu_in_place_scratch::<usize, T>(n, n, Par::Seq, params);
    lu::partial_pivoting::factor::lu_in_place(
        factors.as_mut(),
        order,
        &mut inverse,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(memory)),
        params,
    );
    write(factors.as_ref(), matrix);
}

fn solve<T: RealField>(triangle: Triangle, diagonal: Diagonal, a: MatRef<'_, T>, rhs: &mut [T]) {
    let (n, columns) = (a.nrows(), rhs.len() / a.nrows());
    let rhs = MatMut::from_row_major_slice_mut(rhs, n, columns);
    match (triangle, diagonal) {
        (Triangle::Lower, Diagonal::Stored) => {
            triangular_solve::solve_lower_triangular_in_place(a, rhs, Par::Seq);
        }
        (Triangle::Upper, Diagonal::Stored) => {
            triangular_solve::solve_upper_triangular_in_place(a, rhs, Par::Seq);
        }
        (Triangle::Lower, Diagonal::Ones) => {
            triangular_solve::solve_unit_lower_triangular_in_place(a, rhs, Par::Seq);
        }
        (Triangle::Upper, Diagonal::Ones) => {
            triangular_solve::solve_unit_upper_triangular_in_place(a, rhs, Par::Seq);
        }
    }
}

fn cholesky_of<T: RealField + Copy>(matrix: &mut [T], n: usize) -> bool {
    let mut factor = read(matrix, n, n);
    let params = Default::default();
    let memory = cholesky::llt::factor::cholesky_in_place_scratch::<T>(n, Par::Seq, params);
    let done = cholesky::llt::factor::cholesky_in_place(
        factor.as_mut(),
        Default::default(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(memory)),
        params,
    );
    write(factor.as_ref(), matrix);
    done.is_ok()
}

fn qr_of<T: RealField + Copy>(matrix: &[T], n: usize, q: &mut [T], r: &mut [T]) {
    let m = matrix.len() / n;
    let mut factors = read(matrix, m, n);
    let block = qr::no_pivoting::factor::recommended_block_size::<T>(m, n);
    let mut coefficients = Mat::zeros(block, n);
    let params = Default::default();
    let memory = qr::no_pivoting::factor::qr_in_place_scratch::<T>(m, n, block, Par::Seq, params);
    qr::no_pivoting::factor::qr_in_place(
        factors.as_mut(),
        coefficients.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(memory)),
        params,
    );
    let mut basis = Mat::<T>::identity(m, n);
    let memory = householder::apply_block_householder_sequence_on_the_left_in_place_scratch::<T>(
        m, block, n,
    );
    householder::apply_block_householder_sequence_on_the_left_in_place_with_conj(
        factors.as_ref(),
        coefficients.as_ref(),
        Conj::No,
        basis.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(memory)),
    );
    write(basis.as_ref(), q);
    for (i, row) in r.chunks_mut(n).enumerate() {
        for (j, place) in row.iter_mut().enumerate() {
            *place = if i <= j { factors[(i, j)] } else { T::zero_impl() };
        }
    }
}

fn svd_of<T: RealField + Copy>(matrix: &[T], n: usize, [u, s, vt]: [&mut [T]; 3]) -> bool {
    let m = matrix.len() / n;
    let k = s.len();
    let (mut left, mut right) = (Mat::zeros(m, k), Mat::zeros(n, k));
    let params = Default::default();
    let thin = svd::ComputeSvdVectors::Thin;
    let memory = svd::svd_scratch::<T>(m, n, thin, thin, Par::Seq, params);
    let done = svd::svd(
        read(matrix, m, n).as_ref(),
        DiagMut::from_slice_mut(s),
        Some(left.as_mut()),
        Some(right.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(memory)),
        params,
    );
    write(left.as_ref(), u);
    write(right.transpose(), vt);
    done.is_ok()
}

fn eigh_of<T: RealField + Copy>(matrix: &[T], values: &mut [T], vectors: &mut [T]) -> bool {
    let n = values.len();
    let mut basis = Mat::zeros(n, n);
    let params = Default::default();
    let memory =
        evd::self_adjoint_evd_scratch::<T>(n, evd::ComputeEigenvectors::Yes, Par::Seq, params);
    let done = evd::self_adjoint_evd(
        read(matrix, n, n).as_ref(),
        DiagMut::from_slice_mut(values),
        Some(basis.as_mut()),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(memory)),
        params,
    );
    write(basis.as_ref(), vectors);
    done.is_ok()
}
