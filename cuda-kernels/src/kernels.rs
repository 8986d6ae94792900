//! The kernels that are written by hand: their PTX, and what they take. What they do is stated in `kernels/*.cu`.
//!
//! They are compiled and assembled, and checked against the CPU under an emulation of blocks, threads and barriers. Not yet run on a
//! GPU.

use crate::layout::{Layout, Pair, Steps, Windows};
use crate::signature::{Kernel, Module, Parameter, Type};

/// `$module "source" { names: parameters; … }`: kernels that take the same share a line. After the source, the bytes of shared memory
/// that launches of its kernels ask for, if any.
macro_rules! modules {
    ($($(#[$doc:meta])* $module:ident $source:literal $(, $bytes:literal)? {
        $($($name:ident)+: $parameters:expr;)*
    })*) => {
        $(
            $(#[$doc])*
            pub static $module: Module = Module {
                source: concat!("kernels/", $source, ".cu"),
                ptx: include_str!(concat!("../ptx/", $source, ".ptx")),
                kernels: &[$($(
                    Kernel { name: stringify!($name), parameters: &$parameters },
                )+)*],
                shared_bytes: 0 $(+ $bytes)?,
            };
        )*

        /// All of them.
        pub static MODULES: &[&Module] = &[$(&$module),*];
    };
}

const fn read(scalar: Type) -> Parameter {
    Parameter::Read(scalar)
}

const fn write(scalar: Type) -> Parameter {
    Parameter::Write(scalar)
}

const fn number(scalar: Type) -> Parameter {
    Parameter::Value(scalar)
}

const fn structure<T>() -> Parameter {
    Parameter::Structure(size_of::<T>())
}

const F32: Type = Type::F32;
const F64: Type = Type::F64;
const U32: Type = Type::U32;
const U64: Type = Type::U64;
const INT: Parameter = number(Type::I32);
const LONG: Parameter = number(Type::I64);
const LAYOUT: Parameter = structure::<Layout>();
const PAIR: Parameter = structure::<Pair>();
const STEPS: Parameter = structure::<Steps>();
const WINDOWS: Parameter = structure::<Windows>();

modules! {
    /// Moving elements between layouts, and adding them up where they arrive.
    COPY "copy" {
        copy_4: [write(U32), read(U32), LONG, PAIR];
        copy_8: [write(U64), read(U64), LONG, PAIR];
        add_f32: [write(F32), read(F32), LONG, PAIR];
        add_f64: [write(F64), read(F64), LONG, PAIR];
        transpose_4: [write(U32), read(U32), LONG, LONG, LONG, LONG, PAIR];
        transpose_8: [write(U64), read(U64), LONG, LONG, LONG, LONG, PAIR];
        fill_4: [write(U32), LONG, number(U32)];
        fill_8: [write(U64), LONG, number(U64)];
    }
    /// Reductions over any axes.
    REDUCE "reduce" {
        sum_f32 prod_f32 max_f32 min_f32: [write(F32), read(F32), LONG, LONG, LAYOUT, LAYOUT];
        sum_f64 prod_f64 max_f64 min_f64: [write(F64), read(F64), LONG, LONG, LAYOUT, LAYOUT];
    }
    /// Products of stacks of matrices.
    MATMUL "matmul" {
        matmul_128_f32 matmul_32_f32: [write(F32), read(F32), read(F32), LONG, LONG, LONG, LONG,
            LONG, LONG, LONG, LONG, LONG, INT, PAIR, PAIR];
        matmul_64_f64 matmul_32_f64: [write(F64), read(F64), read(F64), LONG, LONG, LONG, LONG,
            LONG, LONG, LONG, LONG, LONG, INT, PAIR, PAIR];
    }
    /// The same by tensor cores, of f64, and of f32 rounded to TF32 or bf16; for compute capability 8.0.
    MATMUL_TENSOR "matmul_tensor_sm80" {
        matmul_tf32 matmul_bf16: [write(F32), read(F32), read(F32), LONG, LONG, LONG, LONG, LONG, LONG, LONG,
            LONG, LONG, INT, PAIR, PAIR];
        matmul_tensor_128_f64 matmul_tensor_64_f64: [write(F64), read(F64), read(F64), LONG, LONG, LONG, LONG, LONG, LONG,
            LONG, LONG, LONG, INT, PAIR, PAIR];
    }
    /// The same by tensor cores, of f32 rounded to TF32 or bf16, in the favourable case; for compute capability 9.0 alone, and drivers
    /// from CUDA 12.0 on.
    MATMUL_HOPPER "matmul_tensor_sm90a", 132_160 {
        matmul_sm90a_tf32 matmul_sm90a_bf16: [write(F32), read(F32), read(F32), LONG, LONG, LONG,
            LONG, LONG, LONG, LONG, LONG, LONG, INT, PAIR, PAIR];
    }
    /// Elements taken from, and added at, listed places.
    INDEXING "indexing" {
        gather_4: [write(U32), read(U32), read(U64), LONG, LONG, LONG, LONG, STEPS];
        gather_8: [write(U64), read(U64), read(U64), LONG, LONG, LONG, LONG, STEPS];
        segment_sums_f32: [write(F32), read(F32), read(U64), read(U64), LONG, LONG, LONG, LONG];
        segment_sums_f64: [write(F64), read(F64), read(U64), read(U64), LONG, LONG, LONG, LONG];
    }
    /// What windows cover as columns of a matrix, and back: convolutions are products with it.
    CONVOLUTION "convolution" {
        unfold_f32 fold_f32: [write(F32), read(F32), LONG, WINDOWS];
        unfold_f64 fold_f64: [write(F64), read(F64), LONG, WINDOWS];
    }
    /// Windows on planes: their largest elements, and their sums.
    POOLING "pooling" {
        winners_f32 window_sums_f32 spread_f32: [write(F32), read(F32), LONG, WINDOWS];
        winners_f64 window_sums_f64 spread_f64: [write(F64), read(F64), LONG, WINDOWS];
        pick_f32 put_f32: [write(F32), read(F32), read(F32), LONG, WINDOWS];
        pick_f64 put_f64: [write(F64), read(F64), read(F64), LONG, WINDOWS];
    }
    /// Random numbers of the stream that the CPU has.
    RANDOM "random" {
        uniform_f32 normal_f32: [write(F32), LONG, number(U64), number(F64), number(F64)];
        uniform_f64 normal_f64: [write(F64), LONG, number(U64), number(F64), number(F64)];
        coins_f32: [write(F32), LONG, number(U64), number(F64)];
        coins_f64: [write(F64), LONG, number(U64), number(F64)];
    }
    /// Functions of the elements along one axis.
    LANES "lanes" {
        softmax_f32 log_softmax_f32 log_sum_exp_f32: [write(F32), read(F32), LONG, LONG, LONG];
        softmax_f64 log_softmax_f64 log_sum_exp_f64: [write(F64), read(F64), LONG, LONG, LONG];
        layer_norm_f32: [write(F32), read(F32), LONG, LONG, LONG, number(F64)];
        layer_norm_f64: [write(F64), read(F64), LONG, LONG, LONG, number(F64)];
        layer_norm_jacobian_f32: [write(F32), read(F32), read(F32), LONG, LONG, LONG, number(F64)];
        layer_norm_jacobian_f64: [write(F64), read(F64), read(F64), LONG, LONG, LONG, number(F64)];
    }
    /// Each result from the one before it along an axis.
    SCAN "scan" {
        cumulative_sum_f32 cumulative_prod_f32:
            [write(F32), read(F32), LONG, LONG, LONG, INT];
        cumulative_sum_f64 cumulative_prod_f64:
            [write(F64), read(F64), LONG, LONG, LONG, INT];
        part_totals_sum_f32 part_totals_prod_f32: [write(F32), read(F32), LONG, LONG, LONG, INT];
        part_totals_sum_f64 part_totals_prod_f64: [write(F64), read(F64), LONG, LONG, LONG, INT];
        long_sum_f32 long_prod_f32: [write(F32), read(F32), read(F32), LONG, LONG, LONG, INT];
        long_sum_f64 long_prod_f64: [write(F64), read(F64), read(F64), LONG, LONG, LONG, INT];
        recurrence_f32: [write(F32), read(F32), read(F32), LONG, LONG, LONG, INT];
        recurrence_f64: [write(F64), read(F64), read(F64), LONG, LONG, LONG, INT];
    }
}
