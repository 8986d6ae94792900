//! The product of two matrices: by `faer` where that is there (measured 1.1 to 3 times as fast on x86-64), and by
//! `matrixmultiply` everywhere else.

/// c ← a · b, or c + a · b, for m × n `c` with rows of neighbours, and m × k `a` and k × n `b` of any strides.
#[doc(hidden)]
#[derive(Debug)]
pub struct Product<'a, T> {
    pub(crate) m: usize,
    pub(crate) k: usize,
    pub(crate) n: usize,
    pub(crate) a: Matrix<'a, T>,
    pub(crate) b: Matrix<'a, T>,
    /// From the first element to the last.
    pub(crate) c: &'a mut [T],
    /// The step to the next row of c.
    pub(crate) c_stride: usize,
    /// Whether the product is added to c instead of replacing it.
    pub(crate) accumulate: bool,
}

/// A matrix somewhere in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) memory: &'a [T],
    pub(crate) offset: usize,
    /// The steps to the next row and to the next column.
    pub(crate) strides: [isize; 2],
}

impl<T> Matrix<'_, T> {
    pub(crate) fn transposed(self) -> Self {
        let [row, column] = self.strides;
        Matrix { strides: [column, row], ..self }
    }

    /// Whether all elements of an extent lie in the memory.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        let (mut first, mut last) = (self.offset as isize, self.offset as isize);
        for (n, stride) in [rows, columns].into_iter().zip(self.strides) {
            let reach = (n as isize - 1) * stride;
            first += reach.min(0);
            last += reach.max(0);
        }
        first >= 0 && last < self.memory.len() as isize
    }
}

macro_rules! gemms {
    ($($T:ident $gemm:ident)*) => {$(
        pub(crate) fn $gemm(product: Product<'_, $T>) {
            let Product { m, k, n, a, b, c, c_stride, accumulate } = product;
            if m == 0 || n == 0 {
                return;
            }
            assert!(
                c_stride >= n && c.len() >= (m - 1) * c_stride + n,
                "the result has {m} × {n} elements"
            );
            if k == 0 {
                if !accumulate {
                    c.chunks_mut(c_stride).for_each(|row| row[..n].fill(0.0));
                }
                return;
            }
            assert!(a.holds(m, k) && b.holds(k, n), "the operands lie in their memory");
            let (c, c_stride) = (c.as_mut_ptr(), c_stride as isize);
            // SAFETY: All elements of a and b that are read lie in their slices (asserted above), and c is a
            // mutable slice that holds m rows of n elements, `c_stride` apart (asserted, too), so that it overlaps neither.
            #[cfg(all(feature = "linalg", target_arch = "x86_64"))]
            unsafe {
                faer::linalg::matmul::matmul(
                    faer::MatMut::from_raw_parts_mut(c, m, n, c_stride, 1),
                    if accumulate { faer::Accum::Add } else { faer::Accum::Replace },
                    faer::MatRef::from_raw_parts(
                        a.memory.as_ptr().add(a.offset), m, k, a.strides[0], a.strides[1],
                    ),
                    faer::MatRef::from_raw_parts(
                        b.memory.as_ptr().add(b.offset), k, n, b.strides[0], b.strides[1],
                    ),
                    1.0,
                    faer::Par::Seq,
                );
            }
            // SAFETY: As above.
            #[cfg(not(all(feature = "linalg", target_arch = "x86_64")))]
            unsafe {
                matrixmultiply::$gemm(
                    m, k, n,
                    1.0,
                    a.memory.as_ptr().add(a.offset), a.strides[0], a.strides[1],
                    b.memory.as_ptr().add(b.offset), b.strides[0], b.strides[1],
                    if accumulate { 1.0 } else { 0.0 },
                    c, c_stride, 1,
                );
            }
        }
    )*};
}
gemms!(f32 sgemm f64 dgemm);
