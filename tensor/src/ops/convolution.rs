//! Convolutions of signals and images, and their transposes.
//!
//! Σ outputs · filters · images, over all places where a filter is applied, is linear in each of the three. Given two,
//! the derivative with respect to the third is an operation: the convolution, its transpose, and what filters need to be
//! learnt. Each is the derivative of the others, so that one rule serves all orders.

use smallvec::SmallVec;

use super::structural;
use crate::cpu::convolution::{self as cpu, Convolution};
#[cfg(feature = "cuda")]
use crate::device::{Cuda, convolution};
use crate::element::Element;
use crate::recording::{Arguments, Members, Operation, beside};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;
use crate::windows::Conv;

/// The three parts of the trilinear form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Images,
    Filters,
    Outputs,
}
use Part::{Filters, Images, Outputs};

/// The part that is wanted, of the other two in the order above.
struct Convolve {
    convolution: Convolution,
    wanted: Part,
}

impl Part {
    /// The parts that this one is made of.
    fn others(self) -> [Part; 2] {
        match self {
            Images => [Filters, Outputs],
            Filters => [Images, Outputs],
            Outputs => [Images, Filters],
        }
    }
}

/// One part of the others, in its shape.
#[track_caller]
fn part<T: Element>(
    wanted: Part,
    convolution: Convolution,
    others: [Var<T>; 2],
    shape: Shape,
) -> Var<T> {
    structural(Convolve { convolution, wanted }, &others, shape)
}

impl<T: Element> Operation<T> for Convolve {
    fn name(&self) -> &'static str {
        match self.wanted {
            Outputs => "conv",
            Images => "conv_transpose",
            Filters => "conv filters",
        }
    }

    fn forward(&self, inputs: &[&Tensor<T>], shape: &Shape) -> Tensor<T> {
        let of = match self.wanted {
            Outputs => cpu::outputs,
            Images => cpu::images,
            Filters => cpu::filters,
        };
        of(self.convolution, inputs[0], inputs[1], shape)
    }

    #[cfg(feature = "cuda")]
    fn forward_on(&self, _: &Cuda, inputs: &[&Tensor<T>], shape: &Shape) -> Option<Tensor<T>> {
        let of = match self.wanted {
            Outputs => convolution::outputs,
            Images => convolution::images,
            Filters => convolution::filters,
        };
        Some(of(&self.convolution, inputs[0], inputs[1], shape))
    }

    fn vjp(&self, at: &Arguments<'_, T>, argument: usize, cotangent: Var<T>) -> Option<Var<T>> {
        let others = self.wanted.others();
        let wanted = others[argument];
        let given = wanted.others().map(|part| match part {
            part if part == self.wanted => cotangent,
            _ => at.inputs[1 - argument],
        });
        Some(part(wanted, self.convolution, given, at.inputs[argument].shape()))
    }

    fn jvp(&self, at: &Arguments<'_, T>, tangents: &[Option<Var<T>>]) -> Option<Var<T>> {
        let along = |argument: usize, tangent: Var<T>| {
            let mut others = [at.inputs[0], at.inputs[1]];
            others[argument] = tangent;
            part(self.wanted, self.convolution, others, at.output.shape())
        };
        let terms = tangents.iter().enumerate();
        terms
            .filter_map(|(argument, tangent)| Some(along(argument, (*tangent)?)))
            .reduce(|sum, term| sum + term)
    }

    fn batched(&self, members: &Members<'_, T>) -> Option<Var<T>> {
        let (shape, count) = (members.shape(), members.count());
        let filters = self.wanted.others().iter().position(|&part| part == Filters);
        if let Some(filters) = filters
            && members.batch(filters).is_none()
        {
            // Members of one layer are more images.
            let images = members.all(1 - filters);
            let merged = |shape: &[usize]| [&[shape[0] * shape[1]], &shape[2..]].concat();
            let mut others = [images.reshape(merged(&images.shape())); 2];
            others[filters] = members.shared(filters);
            let to = merged(&members.many(shape)).into();
            let results = part(self.wanted, self.convolution, others, to);
            return Some(results.reshape(members.many(shape)));
        }
        // Layers beside each other are groups of channels.
        let groups = self.convolution.groups * count;
        let convolution = Convolution { groups, ..self.convolution };
        let kinds = self.wanted.others();
        let others = [0, 1].map(|input| beside_each_other(kinds[input], members.all(input)));
        let results = members.many(shape);
        let to = match self.wanted {
            Filters => [&[count * shape[0]], &shape[1..]].concat(),
            _ => [&[shape[0], count * shape[1]], &shape[2..]].concat(),
        };
        let y = part(self.wanted, convolution, others, to.into());
        Some(match self.wanted {
            Filters => y.reshape(results),
            _ => {
                let split = [&[shape[0], count], &shape[1..]].concat();
                y.reshape(split).permute([1, 0, 2, 3, 4])
            }
        })
    }
}

/// Members of a batch as channels (or filters) of one layer.
#[track_caller]
fn beside_each_other<T: Element>(kind: Part, x: Var<T>) -> Var<T> {
    let shape = x.shape();
    match kind {
        Filters => x.reshape([&[shape[0] * shape[1]], &shape[2..]].concat()),
        _ => {
            let merged = [&[shape[1], shape[0] * shape[2]], &shape[3..]].concat();
            x.permute([1, 0, 2, 3, 4]).reshape(merged)
        }
    }
}

/// A stack of images [N, C, H, W] from a shape […, C, H, W], or […, C, W] of signals, and the extents before the last D + 1.
fn stacked<const D: usize>(shape: &Shape) -> (Shape, SmallVec<[usize; 4]>) {
    let (stack, image) = shape.split_at(shape.rank() - D - 1);
    let rows = (D == 1).then_some(1);
    let count = stack.iter().product();
    let extents = core::iter::once(count).chain([image[0]]).chain(rows).chain(image[1..].to_vec());
    (extents.collect(), stack.into())
}

/// The inverse of [`stacked`].
fn unstacked<const D: usize>(stack: &[usize], shape: &Shape) -> Shape {
    let skipped = if D == 1 { 2 } else { 1 };
    let plane = shape.iter().skip(1 + skipped).copied();
    stack.iter().copied().chain([shape[1]]).chain(plane).collect()
}

/// Filters [O, C, K] of signals as those of images [O, C, 1, K].
fn planar<const D: usize>(filters: &Shape) -> Shape {
    let rows = (D == 1).then_some(1);
    filters[..2].iter().copied().chain(rows).chain(filters[2..].iter().copied()).collect()
}

fn kernel(filters: &Shape) -> [usize; 2] {
    [filters[2], filters[3]]
}

/// The convolution of a stack of images, checked, and the shapes of images and filters.
#[track_caller]
fn check<const D: usize>(name: &str, x: &Shape, w: &Shape, conv: &Conv<D>) -> Convolution {
    let (image, filter) = match D {
        1 => ("[…, channels, length]", "[filters, channels / groups, kernel]"),
        _ => ("[…, channels, height, width]", "[filters, channels / groups, height, width]"),
    };
    assert!(x.rank() > D, "{name}: shape {x} is not {image}; `reshape` inserts axes of extent 1");
    assert!(w.rank() == D + 2, "{name}: the filters' shape {w} is not {filter}");
    assert!(!w[2..].contains(&0), "{name}: the filters' shape {w} leaves no elements to a window");
    let (windows, groups) = conv.parts(kernel(&planar::<D>(w)));
    assert!(
        w[0].is_multiple_of(groups),
        "{name}: the filters of shape {w} cannot be split into {groups} groups"
    );
    Convolution { windows, groups }
}

#[track_caller]
fn convolve<T: Element, const D: usize>(
    name: &str,
    images: Var<T>,
    filters: impl Into<Var<T>>,
    conv: Conv<D>,
) -> Var<T> {
    let filters = beside(images, || filters.into());
    let (x, w) = (images.shape(), filters.shape());
    let convolution = check(name, &x, &w, &conv);
    let channels = x[x.rank() - D - 1];
    assert!(
        channels == w[1] * convolution.groups,
        "{name}: images of shape {x} have {channels} channels, and filters of shape {w} in {} groups take {}",
        convolution.groups,
        w[1] * convolution.groups
    );
    let (x_stacked, stack) = stacked::<D>(&x);
    let places = convolution.windows.places([x_stacked[2], x_stacked[3]]);
    assert!(
        !places.contains(&0),
        "{name}: windows of filters of shape {w} with {conv:?} do not fit into images of shape {x}"
    );
    let shape = Shape::from([x_stacked[0], w[0], places[0], places[1]]);
    let result = unstacked::<D>(&stack, &shape);
    let others = [images.reshape(x_stacked), filters.reshape(planar::<D>(&w))];
    part(Outputs, convolution, others, shape).reshape(result)
}

#[track_caller]
fn convolve_transposed<T: Element, const D: usize>(
    name: &str,
    outputs: Var<T>,
    filters: impl Into<Var<T>>,
    conv: Conv<D>,
    extents: Option<[usize; D]>,
) -> Var<T> {
    let filters = beside(outputs, || filters.into());
    let (y, w) = (outputs.shape(), filters.shape());
    let convolution = check(name, &y, &w, &conv);
    let channels = y[y.rank() - D - 1];
    assert!(
        channels == w[0],
        "{name}: shape {y} has {channels} channels, and there are {} filters of shape {w}",
        w[0]
    );
    let (y_stacked, stack) = stacked::<D>(&y);
    let places = [y_stacked[2], y_stacked[3]];
    let plane = match extents {
        Some(extents) => {
            let mut plane = [1; 2];
            plane[2 - D..].copy_from_slice(&extents);
            plane
        }
        None => convolution.windows.plane(places),
    };
    assert!(
        !plane.contains(&0) && convolution.windows.places(plane) == places,
        "{name}: filters of shape {w} with {conv:?} do not make shape {y} of images of extents {:?}",
        &plane[2 - D..]
    );
    let shape = Shape::from([y_stacked[0], w[1] * convolution.groups, plane[0], plane[1]]);
    let result = unstacked::<D>(&stack, &shape);
    let others = [filters.reshape(planar::<D>(&w)), outputs.reshape(y_stacked)];
    part(Images, convolution, others, shape).reshape(result)
}

impl<T: Element> Var<T> {
    /// The convolution of images with filters (without reflection, as usual in learning):
    ///
    /// y\[…, o, p, q\] = Σ w\[o, c, i, j\] · x\[…, c, stride·p + dilation·i − padding, stride·q + dilation·j − padding\]
    ///
    /// over c, i, j, where x is 0 outside of the image. Images […, C, H, W] and filters [O, C/groups, K, L] make
    /// […, O, P, Q], where P = ⌊(H + 2·padding − dilation·(K − 1) − 1)/stride⌋ + 1, and Q likewise. With groups, channels
    /// and filters are split into as many equal parts, each its own convolution.
    ///
    /// A bias of shape [O, 1, 1] is added with `+`.
    ///
    /// # Panics
    /// If channels do not agree, or windows do not fit.
    ///
    /// ```
    /// use wengert_tensor::{Conv, Tensor, evaluate};
    /// let x = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).reshape([1, 2, 3]);
    /// let w = Tensor::from([[1.0, 10.0], [100.0, 1000.0]]).reshape([1, 1, 2, 2]);
    /// let y = evaluate(&(x.clone(), w.clone()), |(x, w)| x.conv2d(w, Conv::new()));
    /// assert_eq!(y, Tensor::from([[5421.0, 6532.0]]).reshape([1, 1, 2]));
    /// let y = evaluate(&(x, w), |(x, w)| x.conv2d(w, Conv::new().stride(2).padding(1)));
    /// assert_eq!(y, Tensor::from([[1000.0, 3200.0], [40.0, 65.0]]).reshape([1, 2, 2]));
    /// ```
    #[track_caller]
    pub fn conv2d(self, filters: impl Into<Var<T>>, conv: Conv<2>) -> Self {
        convolve("conv2d", self, filters, conv)
    }

    /// The convolution of signals […, C, N] with filters [O, C/groups, K]: see [`Var::conv2d`].
    ///
    /// # Panics
    /// If channels do not agree, or windows do not fit.
    ///
    /// ```
    /// use wengert_tensor::{Conv, Tensor, evaluate};
    /// let x = Tensor::from([[1.0, 2.0, 4.0, 7.0]]);
    /// let w = Tensor::from([-1.0, 1.0]).reshape([1, 1, 2]);
    /// let y = evaluate(&(x, w), |(x, w)| x.conv1d(w, Conv::new()));
    /// assert_eq!(y, Tensor::from([[1.0, 2.0, 3.0]]));
    /// ```
    #[track_caller]
    pub fn conv1d(self, filters: impl Into<Var<T>>, conv: Conv<1>) -> Self {
        convolve("conv1d", self, filters, conv)
    }

    /// The transpose of [`Var::conv2d`], as a function of the images: […, O, P, Q] and the same filters [O, C/groups, K, L]
    /// make […, C, H, W], where H = stride·(P − 1) + dilation·(K − 1) + 1 − 2·padding, and W likewise. ("Transposed",
    /// or "fractionally strided" convolution.)
    ///
    /// # Panics
    /// If channels do not agree.
    ///
    /// ```
    /// use wengert_tensor::{Conv, Tensor, evaluate};
    /// let y = Tensor::from([1.0, 2.0]).reshape([1, 1, 2]);
    /// let w = Tensor::from([[1.0, 10.0], [100.0, 1000.0]]).reshape([1, 1, 2, 2]);
    /// let x = evaluate(&(y, w), |(y, w)| y.conv_transpose2d(w, Conv::new()));
    /// assert_eq!(x, Tensor::from([[1.0, 12.0, 20.0], [100.0, 1200.0, 2000.0]]).reshape([1, 2, 3]));
    /// ```
    #[track_caller]
    pub fn conv_transpose2d(self, filters: impl Into<Var<T>>, conv: Conv<2>) -> Self {
        convolve_transposed("conv_transpose2d", self, filters, conv, None)
    }

    /// [`Var::conv_transpose2d`] to images of the given height and width: with a stride, some extents lead to
    /// the same number of windows.
    ///
    /// # Panics
    /// If channels do not agree, or images of these extents have other numbers of windows.
    ///
    /// ```
    /// use wengert_tensor::{Conv, Tensor, evaluate};
    /// let (y, w) = (Tensor::ones([1, 2, 2]), Tensor::<f64>::ones([1, 1, 1, 1]));
    /// let conv = Conv::new().stride(2);
    /// let x = evaluate(&(y, w), |(y, w)| y.conv_transpose2d_to(w, conv, [3, 4]));
    /// let row = [1.0, 0.0, 1.0, 0.0];
    /// assert_eq!(x, Tensor::from([row, [0.0; 4], row]).reshape([1, 3, 4]));
    /// ```
    #[track_caller]
    pub fn conv_transpose2d_to(
        self,
        filters: impl Into<Var<T>>,
        conv: Conv<2>,
        extents: [usize; 2],
    ) -> Self {
        convolve_transposed("conv_transpose2d_to", self, filters, conv, Some(extents))
    }

    /// The transpose of [`Var::conv1d`]: see [`Var::conv_transpose2d`].
    ///
    /// # Panics
    /// If channels do not agree.
    ///
    /// ```
    /// use wengert_tensor::{Conv, Tensor, evaluate};
    /// let (y, w) = (Tensor::from([[1.0, 2.0]]), Tensor::from([1.0, 10.0]).reshape([1, 1, 2]));
    /// let x = evaluate(&(y, w), |(y, w)| y.conv_transpose1d(w, Conv::new()));
    /// assert_eq!(x, Tensor::from([[1.0, 12.0, 20.0]]));
    /// ```
    #[track_caller]
    pub fn conv_transpose1d(self, filters: impl Into<Var<T>>, conv: Conv<1>) -> Self {
        convolve_transposed("conv_transpose1d", self, filters, conv, None)
    }

    /// [`Var::conv_transpose1d`] to signals of the given length.
    ///
    /// # Panics
    /// If channels do not agree, or signals of this length have another number of windows.
    ///
    /// ```
    /// use wengert_tensor::{Conv, Tensor, evaluate};
    /// let (y, w) = (Tensor::ones([1, 2]), Tensor::<f64>::ones([1, 1, 1]));
    /// let x = evaluate(&(y, w), |(y, w)| y.conv_transpose1d_to(w, Conv::new().stride(2), 4));
    /// assert_eq!(x, Tensor::from([[1.0, 0.0, 1.0, 0.0]]));
    /// ```
    #[track_caller]
    pub fn conv_transpose1d_to(
        self,
        filters: impl Into<Var<T>>,
        conv: Conv<1>,
        length: usize,
    ) -> Self {
        convolve_transposed("conv_transpose1d_to", self, filters, conv, Some([length]))
    }
}
