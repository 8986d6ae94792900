//! Which kernels are chosen for products of matrices.

use wengert_cuda_kernels::matmul::{Choice, Operands, Product, Target, matmul_kernel};

const fn target(capability: (i32, i32), multiprocessors: usize) -> Target {
    Target { capability, driver: (12, 0), multiprocessors }
}

const TURING: Target = target((7, 5), 68);
const AMPERE: Target = target((8, 0), 108);
const ADA: Target = target((8, 9), 128);
const HOPPER: Target = target((9, 0), 132);
const BLACKWELL: Target = target((10, 0), 148);
const DEVICES: [Target; 5] = [TURING, AMPERE, ADA, HOPPER, BLACKWELL];

fn square(operands: Operands, n: usize) -> Product {
    let steps = [n as isize, 1];
    let (m, k) = (n, n);
    Product { operands, m, n, k, a: steps, b: steps, results: 1, terms: 1, aligned: true }
}

fn choice(product: &Product, device: Target, most_parts: usize) -> Choice {
    let choice = matmul_kernel(product, device, most_parts);
    assert!(choice.module.kernel(choice.name).is_some(), "{choice:?}");
    assert!(choice.parts() <= most_parts);
    choice
}

fn names(product: &Product) -> [&'static str; 5] {
    DEVICES.map(|device| choice(product, device, 1).name)
}

#[test]
fn large_products() {
    use Operands::*;
    assert_eq!(names(&square(F32, 4096)), ["matmul_128_f32"; 5]);
    let [turing, later @ ..] = names(&square(F64, 4096));
    assert_eq!((turing, later), ("matmul_64_f64", ["matmul_tensor_128_f64"; 4]));
    for (operands, name, of_hopper) in
        [(Tf32, "matmul_tf32", "matmul_sm90a_tf32"), (Bf16, "matmul_bf16", "matmul_sm90a_bf16")]
    {
        let plain = "matmul_128_f32";
        // (4000 is no multiple of a tile.)
        assert_eq!(names(&square(operands, 4000)), [plain, name, name, name, name]);
        assert_eq!(names(&square(operands, 4096)), [plain, name, name, of_hopper, name]);
    }
}

/// A driver that does not know the PTX of Hopper's kernels.
#[test]
fn older_drivers() {
    let older = Target { driver: (11, 8), ..HOPPER };
    assert_eq!(choice(&square(Operands::Tf32, 4096), older, 1).name, "matmul_tf32");
    assert_eq!(choice(&square(Operands::Bf16, 4096), older, 1).name, "matmul_bf16");
}

/// What Hopper's kernels ask of operands.
#[test]
fn unfavourable_products() {
    let good = square(Operands::Tf32, 1024);
    let name = |product: Product| choice(&product, HOPPER, 1).name;
    for steps in [[1024, 1], [1, 1024], [1028, 1], [1, -4], [0, 1]] {
        assert_eq!(name(Product { a: steps, b: steps, ..good }), "matmul_sm90a_tf32", "{steps:?}");
    }
    for product in [
        Product { m: 1000, ..good },
        Product { n: 1000, ..good },
        Product { k: 1000, ..good },
        Product { aligned: false, ..good },
        Product { a: [1025, 1], ..good },
        Product { b: [1, 1023], ..good },
        Product { a: [2048, 2], ..good },
    ] {
        assert_eq!(name(product), "matmul_tf32", "{product:?}");
    }
    // Slices of bf16 are deeper.
    let k = 1024 + 32;
    assert_eq!(name(Product { k, ..good }), "matmul_sm90a_tf32");
    assert_eq!(name(Product { k, operands: Operands::Bf16, ..good }), "matmul_bf16");
}

/// What cannot occupy a device by large tiles is made of small ones.
#[test]
fn small_products() {
    use Operands::*;
    for device in DEVICES {
        assert_eq!(choice(&square(F32, 256), device, 1).name, "matmul_32_f32");
        let stack = Product { results: 1000, ..square(F32, 256) };
        assert_eq!(choice(&stack, device, 1).name, "matmul_128_f32");
        // (Most of a large tile would be outside.)
        let stack = Product { results: 1000, ..square(F32, 32) };
        assert_eq!(choice(&stack, device, 1).name, "matmul_32_f32");
    }
    assert_eq!(choice(&square(F64, 64), TURING, 1).name, "matmul_32_f64");
}

#[test]
fn long_sums_are_divided() {
    for device in DEVICES {
        for operands in [Operands::F32, Operands::F64, Operands::Tf32, Operands::Bf16] {
            let product = Product { k: 1 << 20, ..square(operands, 64) };
            let [one, many] = [1, 64].map(|most| choice(&product, device, most));
            assert_eq!(one.parts(), 1);
            assert!(many.parts() >= 16, "{device:?}, {operands:?}: {}", many.parts());
            // Nothing to be gained.
            assert_eq!(choice(&square(operands, 4096), device, 64).parts(), 1);
            // Nothing to be divided.
            assert_eq!(choice(&Product { k: 0, ..product }, device, 64).parts(), 1);
        }
    }
}

/// As many blocks as there are tiles, whatever the kernel is.
#[test]
fn blocks_cover_the_results() {
    let product = Product { m: 1000, n: 70, results: 3, ..square(Operands::F32, 100) };
    let choice = choice(&product, AMPERE, 1);
    let tile = if choice.name == "matmul_32_f32" { 32 } else { 128_usize };
    let tiles = 1000_usize.div_ceil(tile) * 70_usize.div_ceil(tile) * 3;
    assert_eq!(choice.dimensions.grid, [tiles as u32, 1, 1]);
    let empty = matmul_kernel(&Product { m: 0, ..product }, AMPERE, 1);
    assert_eq!(empty.dimensions.grid[0], 0);
}

#[test]
#[should_panic(expected = "divide the stack")]
fn too_many_tiles() {
    matmul_kernel(&Product { results: 1 << 33, ..square(Operands::F32, 1) }, AMPERE, 1);
}
