use smallvec::SmallVec;

use super::movement::{contiguous, row_major};
use super::{Expression, Float, Reduction, View, counted, reduce};
use crate::emit::{Access, Kernel, Output};
use crate::launch::{Argument, Buffer, Device, Dimensions, Error};

/// What an input of an expression is.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a, T: Float> {
    /// An array, with the axes of the results; steps of 0 broadcast.
    Array(View<'a, T>),
    /// The same number everywhere.
    Number(T),
}

/// How many numbers a kernel takes, as addresses, extents or steps: 4 KB of them.
const MOST_PARAMETERS: usize = 500;

/// How many operands and results [`elementwise`] takes together.
pub const MOST_ARRAYS: usize = MOST_PARAMETERS - 1;

/// The results of an expression for each element of arrays with these extents, in one pass: as arrays, or as their totals.
///
/// # Panics
/// If the expression calls a function that has no value as device code ([`Graph::unknown_function`]), operands are not as many as its
/// inputs, or have other extents; or if they and the results are more than [`MOST_ARRAYS`].
#[track_caller]
pub fn elementwise<T: Float>(
    device: &Device,
    expression: &Expression,
    extents: &[usize],
    operands: &[Operand<'_, T>],
    outputs: &[Output],
) -> Result<Vec<Buffer<T>>, Error> {
    let size = counted("elementwise", extents);
    assert!(
        operands.len() + outputs.len() <= MOST_ARRAYS,
        "elementwise: {} operands and {} results; a kernel has parameters for {MOST_ARRAYS} of both",
        operands.len(),
        outputs.len()
    );
    for operand in operands {
        if let Operand::Array(x) = operand {
            assert!(
                x.extents == extents && x.device() == device,
                "elementwise: an operand has extents {:?} on {}, and the results {extents:?} on {device}",
                x.extents,
                x.device()
            );
        }
    }
    let mut inputs: SmallVec<[Access; 8]> = operands.iter().map(access).collect();
    let axes = shared_axes(extents, operands, &inputs);
    let strided = inputs.iter().filter(|access| access.is_strided()).count();
    if 1 + operands.len() + outputs.len() + axes.len() * (1 + strided) > MOST_PARAMETERS {
        return in_order(device, expression, extents, operands, outputs);
    }
    let per_vector = 16 / size_of::<T>();
    let in_order = operands.iter().zip(&inputs).all(|(operand, access)| match operand {
        Operand::Array(x) => *access != Access::InOrder || x.first.is_multiple_of(per_vector),
        Operand::Number(_) => true,
    });
    let aligned = in_order && axes.last().is_none_or(|row| row.extent.is_multiple_of(per_vector));
    if aligned {
        rows_of_vectors(&mut inputs, operands, &axes, per_vector);
    }
    let kernel = Kernel {
        graph: expression.graph(),
        precision: T::KERNEL_PRECISION,
        inputs: &inputs,
        outputs,
        rank: axes.len(),
        wide: size > u32::MAX as usize,
        aligned,
    };
    let per_thread = if aligned { per_vector } else { 1 };
    let dimensions =
        Dimensions::of_elements(size.div_ceil(per_thread), 8 * device.multiprocessors());
    let blocks = dimensions.grid[0] as usize;
    let mut results: Vec<Buffer<T>> = outputs
        .iter()
        .map(|output| device.buffer(if *output == Output::Array { size } else { blocks }))
        .collect::<Result<_, _>>()?;
    if size == 0 {
        let empty =
            outputs.iter().map(|output| device.zeros(usize::from(*output == Output::Total)));
        return empty.collect();
    }
    let mut arguments: SmallVec<[Argument<'_>; 16]> = SmallVec::new();
    arguments.push(Argument::number(size as u64));
    for operand in operands {
        arguments.push(match operand {
            Operand::Array(x) => x.argument(),
            Operand::Number(number) => Argument::number(number.kernel_bits()),
        });
    }
    arguments.extend(results.iter_mut().map(Argument::write));
    arguments.extend(axes.iter().map(|axis| Argument::number(axis.extent as u64)));
    for operand in 0..strided {
        arguments.extend(axes.iter().map(|axis| Argument::number(axis.steps[operand] as u64)));
    }
    let function = expression.kernel::<T>(device, &kernel)?;
    // SAFETY: the arrays are within their buffers by the extents and steps that are passed, and results have as many elements,
    // or one for each block.
    unsafe { function.launch(dimensions, &arguments) }?;
    drop(arguments);
    for (result, output) in results.iter_mut().zip(outputs) {
        if *output == Output::Total && blocks > 1 {
            *result = reduce(Reduction::Sum, View::new(result, 0, &[blocks], &[1]), &[0])?;
        }
    }
    Ok(results)
}

/// The same, with copies of the arrays that are not in order.
fn in_order<T: Float>(
    device: &Device,
    expression: &Expression,
    extents: &[usize],
    operands: &[Operand<'_, T>],
    outputs: &[Output],
) -> Result<Vec<Buffer<T>>, Error> {
    let copy = |operand: &Operand<'_, T>| match operand {
        Operand::Array(x) if access(operand) == Access::Strided => contiguous(*x).map(Some),
        _ => Ok(None),
    };
    let copies: Vec<Option<Buffer<T>>> = operands.iter().map(copy).collect::<Result<_, _>>()?;
    let steps = row_major(extents, 1);
    let mut given = operands.to_vec();
    for (operand, copy) in given.iter_mut().zip(&copies) {
        if let Some(copy) = copy {
            *operand = Operand::Array(View::new(copy, 0, extents, &steps));
        }
    }
    elementwise(device, expression, extents, &given, outputs)
}

fn access<T: Float>(operand: &Operand<'_, T>) -> Access {
    match operand {
        Operand::Number(_) => Access::Number,
        Operand::Array(x) if x.is_contiguous() => Access::InOrder,
        Operand::Array(x)
            if x.extents.iter().zip(x.steps).all(|(&n, &step)| n == 1 || step == 0) =>
        {
            Access::Uniform
        }
        Operand::Array(_) => Access::Strided,
    }
}

/// Tells strided inputs apart, where rows are whole vectors: by what these find there.
fn rows_of_vectors<T: Float>(
    inputs: &mut [Access],
    operands: &[Operand<'_, T>],
    axes: &[Axis],
    per_vector: usize,
) {
    let Some((row, outer)) = axes.split_last() else { return };
    let strided = inputs.iter_mut().zip(operands).filter(|(access, _)| access.is_strided());
    for (number, (access, operand)) in strided.enumerate() {
        let Operand::Array(x) = operand else { continue };
        let is_whole = |step: isize| step.unsigned_abs().is_multiple_of(per_vector);
        let begins_whole = x.first.is_multiple_of(per_vector)
            && outer.iter().all(|axis| is_whole(axis.steps[number]));
        *access = match row.steps[number] {
            0 => Access::StridedOnce,
            1 if begins_whole => Access::StridedRows,
            _ => Access::Strided,
        };
    }
}

struct Axis {
    extent: usize,
    /// In each of the operands that are not in order.
    steps: SmallVec<[isize; 4]>,
}

/// The axes along which operands that are not in order have steps: neighbours are one where one lies in the other in all of them.
fn shared_axes<T: Float>(
    extents: &[usize],
    operands: &[Operand<'_, T>],
    inputs: &[Access],
) -> SmallVec<[Axis; 4]> {
    let strided: SmallVec<[View<'_, T>; 4]> = (operands.iter().zip(inputs))
        .filter_map(|(operand, access)| match operand {
            Operand::Array(x) if *access == Access::Strided => Some(*x),
            _ => None,
        })
        .collect();
    let mut axes: SmallVec<[Axis; 4]> = SmallVec::new();
    if strided.is_empty() {
        return axes;
    }
    for (k, &extent) in extents.iter().enumerate().filter(|(_, extent)| **extent != 1) {
        let steps: SmallVec<[isize; 4]> = strided.iter().map(|x| x.steps[k]).collect();
        match axes.last_mut() {
            Some(outer)
                if outer.steps.iter().zip(&steps).all(|(o, s)| *o == s * extent as isize) =>
            {
                outer.extent *= extent;
                outer.steps = steps;
            }
            _ => axes.push(Axis { extent, steps }),
        }
    }
    axes
}
