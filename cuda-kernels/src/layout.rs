//! Structures that kernels take by value; their fields are those of `kernels/*.cuh`.

/// The most axes that kernels know. (Neighbouring axes that lie one in the other are one.)
pub const AXES: usize = 8;

/// The axes of an array, the innermost first: extents, and the steps along them, counted in elements.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    rank: i64,
    extent: [i64; AXES],
    step: [i64; AXES],
}

impl Layout {
    /// Axes as (extent, step), the outermost first. Those of extent 1 are left out, and neighbours merged where one lies
    /// in the other.
    ///
    /// # Panics
    /// If more than [`AXES`] axes remain.
    ///
    /// ```
    /// use wengert_cuda_kernels::layout::Layout;
    /// assert_eq!(Layout::new([(2, 12), (3, 4), (1, 9), (4, 1)]), Layout::new([(24, 1)]));
    /// assert_eq!(Layout::new([(2, 1), (3, 2)]).rank(), 2);
    /// ```
    #[track_caller]
    pub fn new(axes: impl IntoIterator<Item = (usize, isize)>) -> Self {
        let axes = axes.into_iter().map(|(extent, step)| (extent, [step]));
        let (rank, extent, [step]) = merged(axes.collect());
        Layout { rank, extent, step }
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// How many elements there are.
    pub fn size(&self) -> usize {
        size(self.rank, &self.extent)
    }

    /// The step along the innermost axis, if there is an axis.
    pub fn innermost_step(&self) -> Option<i64> {
        (self.rank > 0).then(|| self.step[0])
    }
}

/// The axes that two arrays share, the innermost first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    rank: i64,
    extent: [i64; AXES],
    first: [i64; AXES],
    second: [i64; AXES],
}

impl Pair {
    /// Axes as (extent, [step in the first, step in the second]), the outermost first. Those of extent 1 are left out, and
    /// neighbours merged where one lies in the other in both arrays.
    ///
    /// # Panics
    /// If more than [`AXES`] axes remain.
    #[track_caller]
    pub fn new(axes: impl IntoIterator<Item = (usize, [isize; 2])>) -> Self {
        let (rank, extent, [first, second]) = merged(axes.into_iter().collect());
        Pair { rank, extent, first, second }
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// How many elements there are.
    pub fn size(&self) -> usize {
        size(self.rank, &self.extent)
    }
}

/// As few axes as there can be with the same elements in the same order, the outermost first: those of extent 1 are left out, and
/// neighbours merged where one lies in the other.
///
/// ```
/// use wengert_cuda_kernels::layout::fewest;
/// assert_eq!(fewest([(2, [12]), (3, [4]), (1, [9]), (4, [1])]), [(24, [1])]);
/// ```
pub fn fewest<const N: usize>(
    axes: impl IntoIterator<Item = (usize, [isize; N])>,
) -> Vec<(usize, [isize; N])> {
    let mut fewer: Vec<(usize, [isize; N])> = Vec::new();
    for (extent, steps) in axes.into_iter().filter(|&(extent, _)| extent != 1) {
        match fewer.last_mut() {
            Some((outer, outer_steps))
                if *outer_steps == steps.map(|step| step * extent as isize) =>
            {
                *outer *= extent;
                *outer_steps = steps;
            }
            _ => fewer.push((extent, steps)),
        }
    }
    fewer
}

fn size(rank: i64, extent: &[i64; AXES]) -> usize {
    extent[..rank as usize].iter().product::<i64>() as usize
}

/// The rank, extents and steps of as few axes as there can be, the innermost first.
#[track_caller]
fn merged<const N: usize>(axes: Vec<(usize, [isize; N])>) -> (i64, [i64; AXES], [[i64; AXES]; N]) {
    let fewer = fewest(axes);
    assert!(
        fewer.len() <= AXES,
        "layout: {} axes that cannot be merged, and kernels know {AXES}; copy the array first",
        fewer.len()
    );
    let (mut extents, mut all_steps) = ([1; AXES], [[0; AXES]; N]);
    for (axis, (extent, steps)) in fewer.iter().rev().enumerate() {
        extents[axis] = *extent as i64;
        for (all, &step) in all_steps.iter_mut().zip(steps) {
            all[axis] = step as i64;
        }
    }
    (fewer.len() as i64, extents, all_steps)
}

/// Steps in an array of indices: from block to block, from row to row, and from element to element.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// From block to block.
    pub outer: i64,
    /// From row to row.
    pub row: i64,
    /// From element to element of a row.
    pub inner: i64,
}

/// Windows that slide over planes. The one at place (p, q) covers with tap (i, j) the element (stride·p + dilation·i −
/// padding, stride·q + dilation·j − padding), or nothing, if the plane has no such element. Each field for rows and for
/// columns.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The extents of a plane.
    pub plane: [i64; 2],
    /// The numbers of places.
    pub places: [i64; 2],
    /// The numbers of taps.
    pub kernel: [i64; 2],
    /// From place to place.
    pub stride: [i64; 2],
    /// Rows and columns around a plane that it has not.
    pub padding: [i64; 2],
    /// From tap to tap.
    pub dilation: [i64; 2],
}

mod sealed {
    pub trait Sealed {}
}

/// A structure that kernels take by value: as C lays it out, without padding.
pub trait Structure: Copy + sealed::Sealed {}

macro_rules! structures {
    ($($T:ident)*) => {$(
        impl sealed::Sealed for $T {}
        impl Structure for $T {}
    )*};
}
structures! { Layout Pair Steps Windows }
