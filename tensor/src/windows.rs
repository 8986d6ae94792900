//! What users say of windows that slide over signals and images.

use crate::cpu::windows::Windows;

/// A number for each of D axes. Made from a single one, which stands for all, or from an array.
///
/// ```
/// use wengert_tensor::PerAxis;
/// assert_eq!(PerAxis::<2>::from(3), PerAxis::from([3, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerAxis<const D: usize>([usize; D]);

impl<const D: usize> From<usize> for PerAxis<D> {
    fn from(number: usize) -> Self {
        PerAxis([number; D])
    }
}

impl<const D: usize> From<[usize; D]> for PerAxis<D> {
    fn from(numbers: [usize; D]) -> Self {
        PerAxis(numbers)
    }
}

/// How filters slide over D axes: see [`Var::conv2d`](crate::Var::conv2d). By default element by element, within the image,
/// all channels together.
///
/// ```
/// use wengert_tensor::Conv;
/// let conv = Conv::<2>::new().stride(2).padding([0, 1]);
/// assert_eq!(conv, Conv::default().padding([0, 1]).stride([2, 2]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv<const D: usize> {
    stride: [usize; D],
    padding: [usize; D],
    dilation: [usize; D],
    groups: usize,
}

impl<const D: usize> Default for Conv<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const D: usize> Conv<D> {
    /// The default.
    pub fn new() -> Self {
        Conv { stride: [1; D], padding: [0; D], dilation: [1; D], groups: 1 }
    }

    /// The step from one window to the next; 1 by default.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn stride(self, step: impl Into<PerAxis<D>>) -> Self {
        Conv { stride: positive(step, "Conv: the stride"), ..self }
    }

    /// How many zeros are put before the first and after the last element; 0 by default.
    #[must_use]
    pub fn padding(self, zeros: impl Into<PerAxis<D>>) -> Self {
        Conv { padding: zeros.into().0, ..self }
    }

    /// The step from one element of a window to the next; 1 by default.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn dilation(self, step: impl Into<PerAxis<D>>) -> Self {
        Conv { dilation: positive(step, "Conv: the dilation"), ..self }
    }

    /// The number of equal parts that the channels are split into, each with filters of its own; 1 by default.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn groups(self, groups: usize) -> Self {
        assert!(groups > 0, "Conv: the number of groups must not be 0");
        Conv { groups, ..self }
    }

    /// The number of groups, and windows of the given numbers of taps along the last two axes.
    pub(crate) fn parts(&self, kernel: [usize; 2]) -> (Windows, usize) {
        let windows = Windows {
            kernel,
            stride: last_two(self.stride, 1),
            padding: last_two(self.padding, 0),
            dilation: last_two(self.dilation, 1),
        };
        (windows, self.groups)
    }
}

/// Windows of D axes that are pooled: see [`Var::max_pool2d`](crate::Var::max_pool2d). By default they lie side by side,
/// within the image. A number, or an array of numbers, stands for windows of these extents.
///
/// ```
/// use wengert_tensor::Pool;
/// assert_eq!(Pool::<2>::from(3), Pool::new([3, 3]).stride(3).padding(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool<const D: usize> {
    kernel: [usize; D],
    stride: [usize; D],
    padding: [usize; D],
}

impl<const D: usize> Pool<D> {
    /// Windows of these extents, side by side.
    ///
    /// # Panics
    /// If one is 0.
    #[track_caller]
    pub fn new(kernel: impl Into<PerAxis<D>>) -> Self {
        let kernel = positive(kernel, "Pool: an extent of the windows");
        Pool { kernel, stride: kernel, padding: [0; D] }
    }

    /// The step from one window to the next; the extent of the windows by default.
    ///
    /// # Panics
    /// If it is 0.
    #[must_use]
    #[track_caller]
    pub fn stride(self, step: impl Into<PerAxis<D>>) -> Self {
        Pool { stride: positive(step, "Pool: the stride"), ..self }
    }

    /// How far windows may reach out of the image; 0 by default.
    ///
    /// # Panics
    /// If it is more than half of the windows' extent, so that windows could lie outside of the image.
    #[must_use]
    #[track_caller]
    pub fn padding(self, padding: impl Into<PerAxis<D>>) -> Self {
        let padding = padding.into().0;
        assert!(
            padding.iter().zip(&self.kernel).all(|(&padding, &extent)| 2 * padding <= extent),
            "Pool: a padding of {padding:?} is more than half of the windows' extents {:?}",
            self.kernel
        );
        Pool { padding, ..self }
    }

    /// The same along the last two axes.
    pub(crate) fn windows(&self) -> Windows {
        Windows {
            kernel: last_two(self.kernel, 1),
            stride: last_two(self.stride, 1),
            padding: last_two(self.padding, 0),
            dilation: [1, 1],
        }
    }
}

impl<const D: usize> From<usize> for Pool<D> {
    #[track_caller]
    fn from(kernel: usize) -> Self {
        Pool::new(kernel)
    }
}

impl<const D: usize> From<[usize; D]> for Pool<D> {
    #[track_caller]
    fn from(kernel: [usize; D]) -> Self {
        Pool::new(kernel)
    }
}

#[track_caller]
fn positive<const D: usize>(numbers: impl Into<PerAxis<D>>, what: &str) -> [usize; D] {
    let PerAxis(numbers) = numbers.into();
    assert!(!numbers.contains(&0), "{what} must not be 0: {numbers:?}");
    numbers
}

/// Numbers for one or two axes as those for two: a signal is an image of one row.
fn last_two<const D: usize>(numbers: [usize; D], missing: usize) -> [usize; 2] {
    match numbers[..] {
        [number] => [missing, number],
        [first, second] => [first, second],
        _ => unreachable!("windows have one or two axes"),
    }
}
