//! Which kernel makes a product of matrices, on which device.

use crate::kernels::{MATMUL, MATMUL_HOPPER, MATMUL_TENSOR};
use crate::launch::Dimensions;
use crate::signature::Module;

/// What operands of a product may be rounded to. Products and sums have the precision of the elements in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operands {
    /// f64, as they are.
    F64,
    /// f32, as they are.
    F32,
    /// f32 in memory, rounded to the 11 significant bits of TF32 where that is faster.
    Tf32,
    /// f32 in memory, rounded to the 8 significant bits of bf16 where that is faster.
    Bf16,
}

/// A product of stacks of matrices, c\[s\] = Σ a\[s, t\] · b\[s, t\] over t, with m × k and k × n matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// What the elements are.
    pub operands: Operands,
    /// Rows of a and c.
    pub m: usize,
    /// Columns of b and c.
    pub n: usize,
    /// Columns of a, and rows of b.
    pub k: usize,
    /// Steps in a from row to row, and from column to column, in elements.
    pub a: [isize; 2],
    /// The same in b.
    pub b: [isize; 2],
    /// How many products there are: numbers s.
    pub results: usize,
    /// How many are added up: numbers t.
    pub terms: usize,
    /// Whether all matrices of the operands begin at multiples of 16 bytes.
    pub aligned: bool,
}

/// A device, as far as the choice of a kernel depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its compute capability, such as (9, 0).
    pub capability: (i32, i32),
    /// The version of CUDA that its driver knows, such as (12, 0).
    pub driver: (i32, i32),
    /// How many multiprocessors it has.
    pub multiprocessors: usize,
}

/// A kernel, and the blocks in which it makes a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The module with the kernel.
    pub module: &'static Module,
    /// The name of the kernel there.
    pub name: &'static str,
    /// One block for each tile of each result; and along y, the parts into which the sums are divided.
    pub dimensions: Dimensions,
}

impl Choice {
    /// How many parts of sums the kernel writes: an array \[parts, results, m, n\], to be added up along the first axis.
    pub fn parts(&self) -> usize {
        self.dimensions.grid[1] as usize
    }
}

struct Kernel {
    module: &'static Module,
    name: &'static str,
    operands: Operands,
    /// The side of a block's tile, and how deep the slices are that pass through shared memory.
    tile: usize,
    depth: usize,
    threads: u32,
    /// Multiply-adds in a clock of a multiprocessor: estimated of what devices can do at most, not measured.
    speed: f64,
    needs: Needs,
}

/// What a kernel needs of device and operands.
#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    /// Compute capability 8.0, or later.
    Ampere,
    /// Compute capability 9.0, and operands that can be read in whole slices, 16 bytes at a time.
    Hopper,
}

const fn plain(
    name: &'static str,
    operands: Operands,
    tile: usize,
    depth: usize,
    speed: f64,
) -> Kernel {
    Kernel {
        module: &MATMUL,
        name,
        operands,
        tile,
        depth,
        threads: 256,
        speed,
        needs: Needs::Nothing,
    }
}

const fn tensor(
    name: &'static str,
    operands: Operands,
    tile: usize,
    depth: usize,
    speed: f64,
) -> Kernel {
    let (module, needs) = (&MATMUL_TENSOR, Needs::Ampere);
    Kernel { module, needs, ..plain(name, operands, tile, depth, speed) }
}

const fn hopper(name: &'static str, operands: Operands, depth: usize, speed: f64) -> Kernel {
    let (module, needs, threads) = (&MATMUL_HOPPER, Needs::Hopper, 384);
    Kernel { module, needs, threads, ..plain(name, operands, 128, depth, speed) }
}

static KERNELS: [Kernel; 10] = [
    plain("matmul_128_f32", Operands::F32, 128, 16, 90.0),
    plain("matmul_32_f32", Operands::F32, 32, 16, 40.0),
    plain("matmul_64_f64", Operands::F64, 64, 8, 25.0),
    plain("matmul_32_f64", Operands::F64, 32, 16, 20.0),
    tensor("matmul_tf32", Operands::Tf32, 128, 16, 250.0),
    tensor("matmul_bf16", Operands::Bf16, 128, 16, 350.0),
    tensor("matmul_tensor_128_f64", Operands::F64, 128, 8, 60.0),
    tensor("matmul_tensor_64_f64", Operands::F64, 64, 16, 50.0),
    hopper("matmul_sm90a_tf32", Operands::Tf32, 32, 500.0),
    hopper("matmul_sm90a_bf16", Operands::Bf16, 64, 700.0),
];

impl Kernel {
    fn serves(&self, product: &Product, target: Target) -> bool {
        let Target { capability, driver, .. } = target;
        let precise = self.operands == product.operands
            || (self.operands == Operands::F32 && product.operands != Operands::F64);
        precise
            && match self.needs {
                Needs::Nothing => true,
                Needs::Ampere => capability >= (8, 0),
                Needs::Hopper => {
                    // (Its PTX is of version 8.0.)
                    capability == (9, 0) && driver >= (12, 0) && self.is_favourable(product)
                }
            }
    }

    fn is_favourable(&self, product: &Product) -> bool {
        let Product { m, n, k, a, b, aligned, .. } = *product;
        let is_whole = m % self.tile == 0 && n % self.tile == 0 && k % self.depth == 0;
        let in_fours = |[row, column]: [isize; 2]| {
            (row == 1 && column % 4 == 0) || (column == 1 && row % 4 == 0)
        };
        // (The kernel counts slices by 32 bits.)
        let is_small = self.slices(product) < 1 << 31;
        is_whole && is_small && aligned && in_fours(a) && in_fours(b)
    }

    fn tiles(&self, product: &Product) -> usize {
        product.m.div_ceil(self.tile) * product.n.div_ceil(self.tile) * product.results
    }

    fn slices(&self, product: &Product) -> usize {
        product.k.div_ceil(self.depth) * product.terms
    }

    /// About how many clocks it takes: those of the multiprocessor with the most blocks, and of adding up the parts.
    fn clocks(&self, product: &Product, parts: usize, multiprocessors: usize) -> f64 {
        let rounds = (self.tiles(product) * parts).div_ceil(multiprocessors);
        let of_block = self.tile * self.tile * self.slices(product).div_ceil(parts) * self.depth;
        let of_sums = if parts == 1 {
            0.0
        } else {
            // One more launch, and memory that is written and read.
            let elements = parts * product.results * product.m * product.n;
            8000.0 + 0.6 * elements as f64 / multiprocessors as f64
        };
        rounds as f64 * of_block as f64 / self.speed + of_sums
    }
}

/// The kernel that takes the least time, by an estimate; its sums in at most `most_parts` parts.
///
/// Which kernels there are is in [`kernels`](crate::kernels); all take the same arguments. Larger tiles read less memory
/// for a product, smaller ones keep more multiprocessors busy, as do parts where sums are long and results small: up to two
/// blocks for each multiprocessor.
///
/// ```
/// use wengert_cuda_kernels::matmul::{Operands, Product, Target, matmul_kernel};
/// let product = Product {
///     operands: Operands::F32,
///     m: 4096, n: 4096, k: 4096,
///     a: [4096, 1], b: [4096, 1],
///     results: 1, terms: 1,
///     aligned: true,
/// };
/// let target = Target { capability: (8, 6), driver: (11, 4), multiprocessors: 84 };
/// let choice = matmul_kernel(&product, target, 1);
/// assert_eq!((choice.name, choice.dimensions.grid), ("matmul_128_f32", [32 * 32, 1, 1]));
/// let small = Product { m: 64, n: 64, ..product };
/// assert_eq!(matmul_kernel(&small, target, 1).name, "matmul_32_f32");
/// assert!(matmul_kernel(&small, target, 64).parts() > 1);
/// ```
///
/// # Panics
/// If the device has no multiprocessors, `most_parts` is 0, or there are 2³¹ tiles or more.
#[track_caller]
pub fn matmul_kernel(product: &Product, target: Target, most_parts: usize) -> Choice {
    let multiprocessors = target.multiprocessors;
    assert!(
        multiprocessors > 0 && most_parts > 0,
        "matmul_kernel: {multiprocessors} multiprocessors and at most {most_parts} parts; both are at least 1"
    );
    let ways = KERNELS.iter().filter(|kernel| kernel.serves(product, target)).flat_map(|kernel| {
        // (More parts than keep the device busy would only take memory.)
        let useful = 2 * multiprocessors / kernel.tiles(product).max(1);
        let most = most_parts.min(kernel.slices(product)).min(useful).max(1);
        let parts = core::iter::successors(Some(1), |parts| Some(2 * parts));
        parts.take_while(move |&parts| parts <= most).map(move |parts| (kernel, parts))
    });
    let clocks =
        |&(kernel, parts): &(&Kernel, usize)| kernel.clocks(product, parts, multiprocessors);
    let (kernel, parts) = ways
        .min_by(|x, y| clocks(x).total_cmp(&clocks(y)))
        .expect("those that need nothing serve all operands");
    let tiles = kernel.tiles(product);
    assert!(
        tiles <= i32::MAX as usize,
        "matmul_kernel: {tiles} tiles of {product:?} are too many for one launch; divide the stack"
    );
    let dimensions =
        Dimensions { grid: [tiles as u32, parts as u32, 1], block: [kernel.threads, 1, 1] };
    Choice { module: kernel.module, name: kernel.name, dimensions }
}
