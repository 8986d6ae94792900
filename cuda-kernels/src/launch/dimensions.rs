/// How many blocks, and how many threads in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    /// Blocks along x, y and z.
    pub grid: [u32; 3],
    /// Threads of a block along x, y and z.
    pub block: [u32; 3],
}

impl Dimensions {
    /// Blocks of 256 threads: one thread for each of `count` elements, but no more blocks than `most`. (At least one.)
    ///
    /// ```
    /// use wengert_cuda_kernels::launch::Dimensions;
    /// assert_eq!(Dimensions::of_elements(1000, 100).grid, [4, 1, 1]);
    /// assert_eq!(Dimensions::of_elements(1_000_000, 100).grid, [100, 1, 1]);
    /// ```
    pub fn of_elements(count: usize, most: usize) -> Self {
        let blocks = count.div_ceil(256).clamp(1, most.clamp(1, i32::MAX as usize));
        Dimensions { grid: [blocks as u32, 1, 1], block: [256, 1, 1] }
    }
}
