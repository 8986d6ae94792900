use super::{Float, View, long, run};
use crate::kernels::REDUCE;
use crate::launch::{Argument, Buffer, Device, Dimensions, Error};
use crate::layout::{AXES, Layout};

/// What becomes of several elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Their sum; 0 of none.
    Sum,
    /// Their product; 1 of none.
    Prod,
    /// The largest, or NaN if there is one; −∞ of none.
    Max,
    /// The smallest, or NaN if there is one; ∞ of none.
    Min,
}

/// The reduction along axes, in an order that depends on shapes and device only; the others are left, in
/// row-major order.
#[track_caller]
pub fn reduce<T: Float>(
    reduction: Reduction,
    x: View<'_, T>,
    axes: &[usize],
) -> Result<Buffer<T>, Error> {
    let of = |is_reduced: bool| x.axes(|axis| axes.contains(&axis) == is_reduced);
    let [kept, reduced] = [of(false), of(true)];
    if kept.len().max(reduced.len()) > AXES {
        // More axes than kernels know: in order, they are two.
        let mut order: Vec<usize> = (0..x.extents.len()).collect();
        order.sort_by_key(|axis| axes.contains(axis));
        let copy = x.reordered(&order)?;
        let terms = reduced.iter().map(|axis| axis.0).product();
        let (extents, steps) =
            ([x.size().checked_div(terms).unwrap_or(0), terms], [terms as isize, 1]);
        return reduce(reduction, View::new(&copy, 0, &extents, &steps), &[1]);
    }
    let layout =
        |axes: &[(usize, [isize; 1])]| Layout::new(axes.iter().map(|&(n, [step])| (n, step)));
    let (kept, reduced) = (layout(&kept), layout(&reduced));
    let (results, terms) = (kept.size(), reduced.size());
    let shape = Shape::of(x.device(), &kept, &reduced);
    let of_parts = by_parts(reduction, x, shape, &kept, &reduced)?;
    if shape.parts == 1 {
        return Ok(of_parts);
    }
    debug_assert!(terms > 0);
    let extents = [shape.parts, results];
    let steps = [results as isize, 1];
    reduce(reduction, View::new(&of_parts, 0, &extents, &steps), &[0])
}

/// How work is divided among threads.
#[derive(Clone, Copy)]
struct Shape {
    /// Results next to each other in a block, threads for each of them, and how many times as many results.
    block: [u32; 3],
    /// In how many parts terms are reduced on their own.
    parts: usize,
}

impl Shape {
    fn of(device: &Device, kept: &Layout, reduced: &Layout) -> Self {
        const THREADS: usize = 256;
        let (results, terms) = (kept.size(), reduced.size());
        let along_rows = match (reduced.innermost_step(), kept.innermost_step()) {
            (Some(of_term), Some(of_result)) => of_term.abs() <= of_result.abs(),
            (of_term, _) => of_term.is_some(),
        };
        // Neighbouring threads read neighbouring elements: of a row, at least 32 bytes; down columns, of a warp's, or of all.
        let block = match terms {
            ..16 => [THREADS, 1, 1],
            _ if along_rows => {
                let threads = terms.div_ceil(8).next_power_of_two().clamp(8, THREADS);
                [1, threads, THREADS / threads]
            }
            _ => {
                let columns = results.next_power_of_two().min(32);
                [columns, THREADS / columns, 1]
            }
        };
        let blocks = results.div_ceil(block[0] * block[2]).max(1);
        // A block should be worth its launch: at least 16 terms for each thread.
        let most = terms / (16 * block[1]);
        let wanted = (4 * device.multiprocessors()).div_ceil(blocks);
        let parts = if blocks >= 2 * device.multiprocessors() { 1 } else { wanted.min(most) };
        Shape { block: block.map(|n| n as u32), parts: parts.clamp(1, 4096) }
    }
}

fn by_parts<T: Float>(
    reduction: Reduction,
    x: View<'_, T>,
    shape: Shape,
    kept: &Layout,
    reduced: &Layout,
) -> Result<Buffer<T>, Error> {
    let (results, terms) = (kept.size(), reduced.size());
    let mut out = x.device().buffer(results * shape.parts)?;
    if out.is_empty() {
        return Ok(out);
    }
    let of_block = (shape.block[0] * shape.block[2]) as usize;
    let grid = [results.div_ceil(of_block) as u32, shape.parts as u32, 1];
    let dimensions = Dimensions { grid, block: shape.block };
    let arguments = [
        Argument::write(&mut out),
        x.argument(),
        long(results),
        long(terms),
        Argument::structure(kept),
        Argument::structure(reduced),
    ];
    let name = match reduction {
        Reduction::Sum => "sum",
        Reduction::Prod => "prod",
        Reduction::Max => "max",
        Reduction::Min => "min",
    };
    let name = format!("{name}_{}", T::KERNEL_SUFFIX);
    // SAFETY: both layouts together have the axes of the view, which is within its buffer; `out` has a place for each result
    // of each part.
    unsafe { run(x.device(), &REDUCE, &name, dimensions, &arguments) }?;
    Ok(out)
}
