use super::{View, by_size, fits, for_elements, long, run};
use crate::kernels::COPY;
use crate::launch::{Argument, Buffer, Device, Error};
use crate::layout::{AXES, Pair, fewest};
use crate::signature::Scalar;

/// The elements in row-major order.
pub fn contiguous<T: Scalar>(x: View<'_, T>) -> Result<Buffer<T>, Error> {
    if x.is_contiguous() && x.size() == x.buffer.len() {
        return x.buffer.copy();
    }
    let mut out = x.device().buffer(x.size())?;
    let rank = x.extents.len();
    // Where columns are neighbours in memory, and rows are far apart, tiles are read and written along memory.
    if let [.., rows, columns] = *x.extents
        && rank - 2 <= AXES
        && x.steps[rank - 2] == 1
        && x.steps[rank - 1] != 1
        && rows >= 16
        && columns >= 16
    {
        let stack = row_major(&x.extents[..rank - 2], rows * columns);
        let axes = x.extents[..rank - 2].iter().zip(stack.iter().zip(x.steps));
        let stack = Pair::new(axes.map(|(&n, (&to, &from))| (n, [to, from])));
        let tiles = rows.div_ceil(32) * columns.div_ceil(32) * stack.size();
        let dimensions =
            crate::launch::Dimensions { grid: [tiles as u32, 1, 1], block: [32, 8, 1] };
        let arguments = [
            Argument::write_bits(&mut out),
            x.bits(),
            long(rows),
            long(columns),
            long(columns),
            super::step(x.steps[rank - 1]),
            Argument::structure(&stack),
        ];
        let name = by_size::<T>(["transpose_4", "transpose_8"]);
        // SAFETY: `out` has as many elements as the view, which is within its buffer.
        unsafe { run(x.device(), &COPY, name, dimensions, &arguments) }?;
        return Ok(out);
    }
    let steps = row_major(x.extents, 1);
    copy_into(x, &mut out, 0, &steps)?;
    Ok(out)
}

/// The steps of neighbouring elements in row-major order, of `inner` elements each.
pub(super) fn row_major(extents: &[usize], inner: usize) -> Vec<isize> {
    let mut step = inner as isize;
    let mut steps = vec![0; extents.len()];
    for (place, &n) in steps.iter_mut().zip(extents).rev() {
        *place = step;
        step *= n as isize;
    }
    steps
}

/// The axes that a part of an array and its place in another share, and the first element of each part in either: one part, unless
/// there are more axes than kernels know.
#[track_caller]
fn parts<T: Scalar>(
    x: View<'_, T>,
    out: &Buffer<T>,
    first: usize,
    steps: &[isize],
) -> (Pair, Vec<[usize; 2]>) {
    assert!(
        steps.len() == x.extents.len() && fits(out.len(), first, x.extents, steps),
        "copy: extents {:?} with steps {steps:?} from element {first} on are not within {out:?}",
        x.extents
    );
    if x.size() == 0 {
        return (Pair::default(), Vec::new());
    }
    let axes = x.extents.iter().zip(steps.iter().zip(x.steps));
    let axes = fewest(axes.map(|(&n, (&to, &from))| (n, [to, from])));
    let (outer, inner) = axes.split_at(axes.len().saturating_sub(AXES));
    let mut firsts = vec![[first, x.first]];
    for &(extent, steps) in outer {
        let moved =
            |first: usize, k: usize, step: isize| first.wrapping_add_signed(k as isize * step);
        let along = |&[to, from]: &[usize; 2]| {
            (0..extent).map(move |k| [moved(to, k, steps[0]), moved(from, k, steps[1])])
        };
        firsts = firsts.iter().flat_map(along).collect();
    }
    (Pair::new(inner.iter().copied()), firsts)
}

/// Puts the elements where `steps` lead to, from element number `first` of `out` on.
#[track_caller]
pub fn copy_into<T: Scalar>(
    x: View<'_, T>,
    out: &mut Buffer<T>,
    first: usize,
    steps: &[isize],
) -> Result<(), Error> {
    let (axes, firsts) = parts(x, out, first, steps);
    let dimensions = for_elements(x.device(), axes.size());
    let name = by_size::<T>(["copy_4", "copy_8"]);
    for [to, from] in firsts {
        let to = Argument::write_bits(out).from_element(to);
        let from = Argument::read_bits(x.buffer).from_element(from);
        let arguments = [to, from, long(axes.size()), Argument::structure(&axes)];
        // SAFETY: both arrays were seen to be within their buffers, by these extents and steps.
        unsafe { run(x.device(), &COPY, name, dimensions, &arguments) }?;
    }
    Ok(())
}

/// Adds the elements to what is where `steps` lead to, no two of them in one place.
#[track_caller]
pub fn add_into<T: super::Float>(
    x: View<'_, T>,
    out: &mut Buffer<T>,
    first: usize,
    steps: &[isize],
) -> Result<(), Error> {
    let (axes, firsts) = parts(x, out, first, steps);
    let dimensions = for_elements(x.device(), axes.size());
    let name = by_size::<T>(["add_f32", "add_f64"]);
    for [to, from] in firsts {
        let to = Argument::write(out).from_element(to);
        let from = Argument::read(x.buffer).from_element(from);
        let arguments = [to, from, long(axes.size()), Argument::structure(&axes)];
        // SAFETY: both arrays were seen to be within their buffers, by these extents and steps.
        unsafe { run(x.device(), &COPY, name, dimensions, &arguments) }?;
    }
    Ok(())
}

/// `len` times the same number.
pub fn fill<T: super::Float>(device: &Device, len: usize, number: T) -> Result<Buffer<T>, Error> {
    if number.kernel_bits() == 0 {
        return device.zeros(len);
    }
    let mut out = device.buffer(len)?;
    if len == 0 {
        return Ok(out);
    }
    let bits = match size_of::<T>() {
        4 => Argument::number(number.kernel_bits() as u32),
        _ => Argument::number(number.kernel_bits()),
    };
    let arguments = [Argument::write_bits(&mut out), long(len), bits];
    let dimensions = for_elements(device, len);
    let name = by_size::<T>(["fill_4", "fill_8"]);
    // SAFETY: `out` has `len` elements.
    unsafe { run(device, &COPY, name, dimensions, &arguments) }?;
    Ok(out)
}
