//! Printing: rows in brackets, then shape, device and type.

use core::fmt;

use super::Tensor;
use super::data::Data;

/// Longer axes are abridged to this many elements at either end.
const EDGE: usize = 3;
const LONG: usize = 12;

impl<T: Data> fmt::Display for Tensor<T> {
    /// The elements in nested brackets, long axes abridged, and a line of shape, device and type. A precision
    /// given to the format applies to each element.
    ///
    /// ```
    /// use wengert_tensor::Tensor;
    /// let x = Tensor::from([[0.0, 1.5], [2.0, -3.0]]);
    /// assert_eq!(x.to_string(), "[[  0, 1.5],\n [  2,  -3]]\nshape [2, 2], cpu, f64");
    /// assert_eq!(format!("{:.1}", Tensor::from([1.0, 2.0])), "[1.0, 2.0]\nshape [2], cpu, f64");
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |x: &T| match f.precision() {
            Some(precision) => format!("{x:.precision$}"),
            None => x.to_string(),
        };
        let shown: Vec<Vec<usize>> = self.shape().iter().map(|&n| abridged(n)).collect();
        let mut cells = Vec::new();
        collect(&self.here(), &shown, &mut vec![], &mut |x| cells.push(text(x)));
        let width = cells.iter().map(String::len).max().unwrap_or(0);
        let width = if self.rank() >= 2 { width } else { 0 };
        let mut cells = cells.into_iter();
        write_axis(f, self.shape(), &shown, 0, width, &mut cells)?;
        write!(f, "\nshape {}, {}, {}", self.shape(), self.device(), T::NAME)
    }
}

impl<T: Data> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The indices that are printed; `usize::MAX` stands for the gap.
fn abridged(n: usize) -> Vec<usize> {
    if n <= LONG {
        (0..n).collect()
    } else {
        (0..EDGE).chain([usize::MAX]).chain(n - EDGE..n).collect()
    }
}

fn collect<T: Data>(
    tensor: &Tensor<T>,
    shown: &[Vec<usize>],
    index: &mut Vec<usize>,
    visit: &mut impl FnMut(&T),
) {
    let axis = index.len();
    if axis == shown.len() {
        let steps = index.iter().zip(tensor.strides()).map(|(&i, &s)| i as isize * s);
        let (memory, offset) = tensor.whole_memory();
        visit(&memory[(offset as isize + steps.sum::<isize>()) as usize]);
        return;
    }
    for &i in shown[axis].iter().filter(|&&i| i != usize::MAX) {
        index.push(i);
        collect(tensor, shown, index, visit);
        index.pop();
    }
}

fn write_axis(
    f: &mut fmt::Formatter<'_>,
    shape: &[usize],
    shown: &[Vec<usize>],
    axis: usize,
    width: usize,
    cells: &mut impl Iterator<Item = String>,
) -> fmt::Result {
    if axis == shape.len() {
        return write!(f, "{:>width$}", cells.next().unwrap_or_default());
    }
    write!(f, "[")?;
    for (place, &i) in shown[axis].iter().enumerate() {
        if place > 0 {
            match shape.len() - axis {
                1 => write!(f, ", ")?,
                inner => write!(f, ",{}{}", "\n".repeat(inner - 1), " ".repeat(axis + 1))?,
            }
        }
        if i == usize::MAX {
            write!(f, "…")?;
        } else {
            write_axis(f, shape, shown, axis + 1, width, cells)?;
        }
    }
    write!(f, "]")
}
