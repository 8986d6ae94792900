use super::movement::row_major;
use super::{Float, Reduction, View, counted, long, reduce, run, same_device, step};
use crate::launch::{Argument, Buffer, Error};
use crate::layout::{AXES, Pair, fewest};
use crate::matmul::{Operands, Product, matmul_kernel};

/// c\[s\] = Σ a\[s, t\] · b\[s, t\] over t: stacks of products of matrices, by the kernel that is thought to be the fastest for
/// this device.
///
/// The last two axes of both arrays are those of the matrices; before them both have the same axes, of which those in
/// `summed` are summed over, the others being those of the result.
///
/// # Panics
/// If extents do not fit.
#[track_caller]
pub fn matmul<T: Float>(
    operands: Operands,
    a: View<'_, T>,
    b: View<'_, T>,
    summed: &[usize],
) -> Result<Buffer<T>, Error> {
    let rank = a.extents.len();
    assert!(
        rank >= 2
            && b.extents.len() == rank
            && a.extents[..rank - 2] == b.extents[..rank - 2]
            && a.extents[rank - 1] == b.extents[rank - 2],
        "matmul: extents {:?} and {:?} do not fit",
        a.extents,
        b.extents
    );
    assert!(
        (operands == Operands::F64) == (size_of::<T>() == 8),
        "matmul: operands of {} are not {operands:?}",
        T::KERNEL_SUFFIX
    );
    same_device("matmul", a, b);
    let device = a.device();
    let axes = |is_summed: bool| {
        let axes = (0..rank - 2).filter(|axis| summed.contains(axis) == is_summed);
        fewest(axes.map(|axis| (a.extents[axis], [a.steps[axis], b.steps[axis]])))
    };
    let (stack, terms) = (axes(false), axes(true));
    if stack.len().max(terms.len()) > AXES {
        // More axes than kernels know: in order, they are two.
        let mut order: Vec<usize> = (0..rank).collect();
        order[..rank - 2].sort_by_key(|axis| summed.contains(axis));
        let [results, terms] =
            [&stack, &terms].map(|axes| axes.iter().map(|axis| axis.0).product());
        let (a_copy, b_copy) = (a.reordered(&order)?, b.reordered(&order)?);
        let extents = |x: View<'_, T>| [results, terms, x.extents[rank - 2], x.extents[rank - 1]];
        let (of_a, of_b) = (extents(a), extents(b));
        let (a_steps, b_steps) = (row_major(&of_a, 1), row_major(&of_b, 1));
        let a = View::new(&a_copy, 0, &of_a, &a_steps);
        return matmul(operands, a, View::new(&b_copy, 0, &of_b, &b_steps), &[1]);
    }
    let (stack, summed) = (Pair::new(stack), Pair::new(terms));
    let (m, k, n) = (a.extents[rank - 2], a.extents[rank - 1], b.extents[rank - 1]);
    let of_matrix = |x: View<'_, T>| [x.steps[rank - 2], x.steps[rank - 1]];
    let (of_a, of_b) = (of_matrix(a), of_matrix(b));
    let per_vector = (16 / size_of::<T>()) as isize;
    let is_aligned = |x: View<'_, T>| {
        (x.first as isize) % per_vector == 0
            && x.steps[..rank - 2].iter().all(|step| step % per_vector == 0)
    };
    let (results, terms) = (stack.size(), summed.size());
    let size = counted("matmul", &[results, m, n]);
    if size == 0 || k == 0 || terms == 0 {
        return device.zeros(size);
    }
    let aligned = is_aligned(a) && is_aligned(b);
    let product = Product { operands, m, n, k, a: of_a, b: of_b, results, terms, aligned };
    let choice = matmul_kernel(&product, device.target(), 64);
    let parts = choice.parts();
    let mut out = device.buffer(counted("matmul", &[parts, size]))?;
    let arguments = [
        Argument::write(&mut out),
        a.argument(),
        b.argument(),
        long(m),
        long(n),
        long(k),
        step(of_a[0]),
        step(of_a[1]),
        step(of_b[0]),
        step(of_b[1]),
        long(results),
        long(terms),
        // (Results replace what is there.)
        Argument::number(0_i32),
        Argument::structure(&stack),
        Argument::structure(&summed),
    ];
    // SAFETY: matrices and stacks together have the axes of the views, which are within their buffers; `out` has a place for
    // each element of each part.
    unsafe { run(device, choice.module, choice.name, choice.dimensions, &arguments) }?;
    if parts == 1 {
        return Ok(out);
    }
    let (extents, steps) = ([parts, size], [size as isize, 1]);
    reduce(Reduction::Sum, View::new(&out, 0, &extents, &steps), &[0])
}
