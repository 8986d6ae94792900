//! The product of two matrices, by `matrixmultiply`.

/// c ← a · b + beta · c for m × n `c` with rows of neighbours, and m × k `a` and k × n `b` of any strides.
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
    /// 0 or 1: whether the product replaces c, or is added to it.
    pub(crate) beta: T,
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
            let Product { m, k, n, a, b, c, c_stride, beta } = product;
            if m == 0 || n == 0 {
                return;
            }
            assert!(
                c_stride >= n && c.len() >= (m - 1) * c_stride + n,
                "the result has {m} × {n} elements"
            );
            if k == 0 {
                if beta == 0.0 {
                    c.chunks_mut(c_stride).for_each(|row| row[..n].fill(0.0));
                }
                return;
            }
            assert!(a.holds(m, k) && b.holds(k, n), "the operands lie in their memory");
            // SAFETY: All elements of a and b that are read lie in their slices (asserted above), and c is a
            // mutable slice that holds m rows of n elements, `c_stride` apart (asserted, too), so that it overlaps neither.
            unsafe {
                matrixmultiply::$gemm(
                    m, k, n,
                    1.0,
                    a.memory.as_ptr().add(a.offset), a.strides[0], a.strides[1],
                    b.memory.as_ptr().add(b.offset), b.strides[0], b.strides[1],
                    beta,
                    c.as_mut_ptr(), c_stride as isize, 1,
                );
            }
        }
    )*};
}
gemms!(f32 sgemm f64 dgemm);
