//! Convolutions and pooling against their definitions, and their derivatives.

use crate::checks::{check, panic_message, some};
use wengert_tensor::*;

/// A convolution in numbers.
#[derive(Clone, Copy, Debug)]
struct Case {
    batch: usize,
    channels: usize,
    filters: usize,
    groups: usize,
    image: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
}

const PLAIN: Case = Case {
    batch: 2,
    channels: 2,
    filters: 3,
    groups: 1,
    image: [5, 4],
    kernel: [3, 2],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
};

fn cases() -> Vec<Case> {
    vec![
        PLAIN,
        Case { padding: [2, 1], ..PLAIN },
        Case { stride: [2, 3], ..PLAIN },
        Case { stride: [2, 1], padding: [1, 1], dilation: [1, 2], ..PLAIN },
        Case { dilation: [2, 3], ..PLAIN },
        Case { channels: 4, filters: 6, groups: 2, padding: [1, 0], ..PLAIN },
        Case { channels: 3, filters: 3, groups: 3, stride: [2, 2], padding: [1, 1], ..PLAIN },
        Case { kernel: [1, 1], ..PLAIN },
        Case { kernel: [1, 1], stride: [2, 2], groups: 1, ..PLAIN },
        Case { kernel: [5, 4], ..PLAIN },
        Case { batch: 1, image: [1, 1], kernel: [3, 3], padding: [1, 1], ..PLAIN },
        Case {
            channels: 1,
            filters: 1,
            image: [7, 6],
            kernel: [4, 4],
            stride: [3, 3],
            padding: [3, 3],
            ..PLAIN
        },
    ]
}

impl Case {
    fn conv(&self) -> Conv<2> {
        let Case { stride, padding, dilation, groups, .. } = *self;
        Conv::new().stride(stride).padding(padding).dilation(dilation).groups(groups)
    }

    fn images(&self) -> Tensor<f64> {
        some([self.batch, self.channels, self.image[0], self.image[1]], 1)
    }

    fn weights(&self) -> Tensor<f64> {
        some([self.filters, self.channels / self.groups, self.kernel[0], self.kernel[1]], 2)
    }

    fn places(&self) -> [usize; 2] {
        [0, 1].map(|k| {
            let reach = self.dilation[k] * (self.kernel[k] - 1) + 1;
            (self.image[k] + 2 * self.padding[k] - reach) / self.stride[k] + 1
        })
    }

    /// The element of an image under a tap; none in the padding.
    fn position(&self, axis: usize, place: usize, tap: usize) -> Option<usize> {
        (self.stride[axis] * place + self.dilation[axis] * tap)
            .checked_sub(self.padding[axis])
            .filter(|&at| at < self.image[axis])
    }

    /// All (output, filter, image) indices that meet in the trilinear form.
    fn terms(&self, mut f: impl FnMut([usize; 4], [usize; 4], [usize; 4])) {
        let places = self.places();
        let of_group = self.channels / self.groups;
        for n in 0..self.batch {
            for o in 0..self.filters {
                for c in 0..of_group {
                    let channel = o / (self.filters / self.groups) * of_group + c;
                    for (p, i) in pairs(places[0], self.kernel[0]) {
                        for (q, j) in pairs(places[1], self.kernel[1]) {
                            let at = (self.position(0, p, i), self.position(1, q, j));
                            if let (Some(y), Some(x)) = at {
                                f([n, o, p, q], [o, c, i, j], [n, channel, y, x]);
                            }
                        }
                    }
                }
            }
        }
    }
}

fn pairs(m: usize, n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..m).flat_map(move |i| (0..n).map(move |j| (i, j)))
}

fn add(x: &mut Tensor<f64>, index: [usize; 4], value: f64) {
    let place = index.iter().zip(x.shape().iter()).fold(0, |place, (i, n)| place * n + i);
    x.as_mut_slice()[place] += value;
}

#[test]
fn convolutions_are_what_their_definition_says() {
    for case in cases() {
        let (x, w) = (case.images(), case.weights());
        let [p, q] = case.places();
        let mut y = Tensor::zeros([case.batch, case.filters, p, q]);
        case.terms(|at_y, at_w, at_x| add(&mut y, at_y, w[at_w] * x[at_x]));
        let of = |x: &Tensor<f64>, w: &Tensor<f64>| {
            evaluate(&[x.clone(), w.clone()], |[x, w]| x.conv2d(w, case.conv()))
        };
        assert!(of(&x, &w).is_close(&y, 1e-14), "{case:?}");

        // Operands that do not lie in memory in order.
        let turned = |x: &Tensor<f64>| x.permute([3, 2, 1, 0]).contiguous().permute([3, 2, 1, 0]);
        assert_eq!(of(&turned(&x), &turned(&w)), of(&x, &w));

        let mut transposed = Tensor::zeros(x.shape());
        case.terms(|at_y, at_w, at_x| add(&mut transposed, at_x, w[at_w] * y[at_y]));
        let found = evaluate(&[y.clone(), w.clone()], |[y, w]| {
            y.conv_transpose2d_to(w, case.conv(), case.image)
        });
        assert!(found.is_close(&transposed, 1e-13), "{case:?}");

        let mut for_filters = Tensor::zeros(w.shape());
        case.terms(|at_y, at_w, at_x| add(&mut for_filters, at_w, x[at_x] * y[at_y]));
        let found = gradient(&w, |w| (constant(&x).conv2d(w, case.conv()) * &y).sum());
        assert!(found.is_close(&for_filters, 1e-13), "{case:?}");
    }
}

#[test]
fn derivatives_of_convolutions() {
    for case in cases() {
        let (x, w) = (case.images(), case.weights());
        check(&[x.clone(), w.clone()], |x| x[0].conv2d(x[1], case.conv()));
        let [p, q] = case.places();
        let y = some([case.batch, case.filters, p, q], 3);
        check(&[y, w.clone()], |x| x[0].conv_transpose2d_to(x[1], case.conv(), case.image));
    }
}

#[test]
fn large_convolutions_by_parts_and_threads() {
    // Columns of more elements than are filled at a time, more multiplications than one task is given, and sums over
    // parts of the batch.
    let case = Case {
        batch: 9,
        channels: 6,
        filters: 4,
        image: [31, 64],
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        groups: 2,
        ..PLAIN
    };
    agrees_with_its_definition(case);
}

#[test]
fn filters_that_are_read_once_for_several_images() {
    // Filters too long for a cache, images with few windows, and one or two images left over.
    let case =
        Case { batch: 3, channels: 64, filters: 114, image: [5, 6], kernel: [3, 3], ..PLAIN };
    agrees_with_its_definition(Case { stride: [2, 2], padding: [1, 0], ..case });
    agrees_with_its_definition(Case { batch: 5, dilation: [2, 2], ..case });
    let beside = Case { channels: 128, filters: 228, groups: 2, image: [4, 4], ..case };
    agrees_with_its_definition(beside);
    let points = Case { channels: 257, filters: 256, image: [3, 4], kernel: [1, 1], ..case };
    agrees_with_its_definition(points);
    agrees_with_its_definition(Case { batch: 8, ..points });
}

fn agrees_with_its_definition(case: Case) {
    let (x, w) = (case.images(), case.weights());
    let [p, q] = case.places();
    let y = some([case.batch, case.filters, p, q], 3);
    let mut expected =
        [Tensor::zeros(y.shape()), Tensor::zeros(x.shape()), Tensor::zeros(w.shape())];
    case.terms(|at_y, at_w, at_x| {
        add(&mut expected[0], at_y, w[at_w] * x[at_x]);
        add(&mut expected[1], at_x, w[at_w] * y[at_y]);
        add(&mut expected[2], at_w, x[at_x] * y[at_y]);
    });
    let found = evaluate(&[x.clone(), w.clone()], |[x, w]| x.conv2d(w, case.conv()));
    assert!(found.is_close(&expected[0], 1e-13), "{case:?}");
    let found = gradient(&[x, w], |[x, w]| (x.conv2d(w, case.conv()) * &y).sum());
    assert!(found[0].is_close(&expected[1], 1e-13), "{case:?}");
    assert!(found[1].is_close(&expected[2], 1e-12), "{case:?}");
}

#[test]
fn signals_are_images_of_one_row() {
    let conv = || Conv::<1>::new().stride(2).padding(1).dilation(2).groups(2);
    let flat = Conv::<2>::new().stride([1, 2]).padding([0, 1]).dilation([1, 2]).groups(2);
    let (x, w) = (some([3, 4, 9], 1), some([6, 2, 3], 2));
    let pair = [x.clone(), w.clone()];
    let y = evaluate(&pair, |[x, w]| x.conv1d(w, conv()));
    let wide =
        evaluate(&pair, |[x, w]| x.reshape([3, 4, 1, 9]).conv2d(w.reshape([6, 2, 1, 3]), flat));
    assert_eq!(y, wide.reshape([3, 6, 4]));
    check(&[x, w.clone()], |x| x[0].conv1d(x[1], conv()));
    check(&[y.clone(), w.clone()], |x| x[0].conv_transpose1d(x[1], conv()));
    check(&[y, w], |x| x[0].conv_transpose1d_to(x[1], conv(), 10));
}

#[test]
fn any_number_of_axes_may_lead() {
    let (x, w) = (some([2, 3, 2, 4, 4], 1), some([3, 2, 2, 2], 2));
    let of = |x: &Tensor<f64>| x.map(|x| x.conv2d(&w, Conv::new()).max_pool2d(2));
    let all = of(&x);
    assert_eq!(all.shape(), &[2, 3, 3, 1, 1]);
    assert_eq!(all.reshape([6, 3, 1, 1]), of(&x.reshape([6, 2, 4, 4])));
    let first = Tensor::from_fn([2, 4, 4], |i| x[[0, 0, i[0], i[1], i[2]]]);
    assert_eq!(of(&first).to_vec(), all.to_vec()[..3]);
    let none = Tensor::<f64>::zeros([0, 2, 4, 4]);
    assert_eq!(of(&none).shape(), &[0, 3, 1, 1]);
    let gradient = gradient(&w, |w| constant(&none).conv2d(w, Conv::new()));
    assert_eq!(gradient, Tensor::zeros([3, 2, 2, 2]));
}

#[test]
fn single_precision() {
    let round =
        |x: &Tensor<f64>| Tensor::from_fn(x.shape(), |i| x[[i[0], i[1], i[2], i[3]]] as f32);
    let (x, w) = (some([2, 3, 6, 6], 1), some([4, 3, 3, 3], 2));
    let program = || Conv::new().padding(1).stride(2);
    let wide =
        gradient(&[x.clone(), w.clone()], |[x, w]| x.conv2d(w, program()).max_pool2d(2).tanh());
    let narrow =
        gradient(&[round(&x), round(&w)], |[x, w]| x.conv2d(w, program()).max_pool2d(2).tanh());
    for (wide, narrow) in wide.iter().zip(&narrow) {
        assert!(round(wide).is_close(narrow, 1e-5));
    }
}

#[test]
fn pools_are_what_their_definition_says() {
    let x = some([2, 3, 7, 6], 5);
    for (kernel, stride, padding) in [
        ([2, 2], [2, 2], [0, 0]),
        ([3, 2], [2, 1], [1, 1]),
        ([2, 3], [3, 2], [0, 1]),
        ([7, 6], [1, 1], [0, 0]),
        ([1, 1], [2, 3], [0, 0]),
    ] {
        let pool = Pool::<2>::new(kernel).stride(stride).padding(padding);
        let case = Case { image: [7, 6], kernel, stride, padding, ..PLAIN };
        let [p, q] = case.places();
        let window = |i: &[usize]| -> Vec<f64> {
            pairs(kernel[0], kernel[1])
                .filter_map(|(k, l)| {
                    Some([i[0], i[1], case.position(0, i[2], k)?, case.position(1, i[3], l)?])
                })
                .map(|at| x[at])
                .collect()
        };
        let shape = [2, 3, p, q];
        let max =
            Tensor::from_fn(shape, |i| window(i).into_iter().fold(f64::NEG_INFINITY, f64::max));
        let area = (kernel[0] * kernel[1]) as f64;
        let mean = Tensor::from_fn(shape, |i| window(i).iter().sum::<f64>() / area);
        assert_eq!(x.map(|x| x.max_pool2d(pool)), max, "{pool:?}");
        assert!(x.map(|x| x.avg_pool2d(pool)).is_close(&mean, 1e-15), "{pool:?}");
        check(core::slice::from_ref(&x), |x| x[0].max_pool2d(pool));
        check(core::slice::from_ref(&x), |x| x[0].avg_pool2d(pool));
        let turned = x.permute([0, 1, 3, 2]).contiguous().permute([0, 1, 3, 2]);
        assert_eq!(turned.map(|x| x.max_pool2d(pool)), max);
    }
    let x = some([2, 9], 6);
    check(core::slice::from_ref(&x), |x| x[0].max_pool1d(Pool::new(3).stride(2).padding(1)));
    check(&[x], |x| x[0].avg_pool1d(Pool::new(3).stride(2).padding(1)));
}

#[test]
fn pools_of_large_batches() {
    let x = some([64, 3, 20, 20], 1);
    let pooled = x.map(|x| x.max_pool2d(2));
    let (max, sum) = (
        x.map(|x| x.reshape([64, 3, 10, 2, 10, 2]).amax_over([3, 5])),
        x.map(|x| x.reshape([64, 3, 10, 2, 10, 2]).mean_over([3, 5])),
    );
    assert_eq!(pooled, max);
    assert!(x.map(|x| x.avg_pool2d(2)).is_close(&sum, 1e-15));
    let of = |pool: fn(Var<f64>) -> Var<f64>| gradient(&x, |x| pool(x).exp());
    let (found, expected) =
        (of(|x| x.max_pool2d(2)), of(|x| x.reshape([64, 3, 10, 2, 10, 2]).amax_over([3, 5])));
    assert!(found.is_close(&expected, 1e-15));
}

/// The full gradient goes to one element, whatever the size of the window, and whether or not it is alone.
#[test]
fn the_derivative_of_a_largest_element_goes_to_the_first() {
    let gradient_of = |x: [[f64; 3]; 2]| gradient(&Tensor::from(x), |x| x.max_pool2d([2, 3]) * 5.0);
    let at = |row: usize, column: usize| {
        Tensor::from_fn([2, 3], |i| if i == [row, column] { 5.0 } else { 0.0 })
    };
    assert_eq!(gradient_of([[1.0, 2.0, 0.0], [0.0, 1.0, 9.0]]), at(1, 2));
    assert_eq!(gradient_of([[1.0, 2.0, 0.0], [2.0, 1.0, 2.0]]), at(0, 1));
    assert_eq!(gradient_of([[0.0; 3]; 2]), at(0, 0));
    assert_eq!(gradient_of([[f64::NEG_INFINITY; 3]; 2]), at(0, 0));
    assert_eq!(gradient_of([[1.0, 3.0, 0.0], [f64::NAN, 9.0, f64::NAN]]), at(1, 0));
    let x = Tensor::from([[1.0, f64::NAN], [3.0, 4.0]]);
    assert!(x.map(|x| x.max_pool2d(2)).to_vec()[0].is_nan());
    // Padding is no element, also where all others are −∞ or negative.
    let pool = Pool::new(3).padding(1);
    let x = Tensor::full([3, 3], -2.0);
    assert_eq!(x.map(|x| x.max_pool2d(pool)), Tensor::from([[-2.0]]));
    // Windows that overlap: what is largest in several receives the sum.
    let x = Tensor::from([0.0, 1.0, 0.0]);
    let overlapping = Pool::new(2).stride(1);
    assert_eq!(gradient(&x, |x| x.max_pool1d(overlapping)), Tensor::from([0.0, 2.0, 0.0]));
}

#[test]
fn mistakes_are_named() {
    let message = |x: Vec<usize>, w: Vec<usize>, conv: Conv<2>| {
        panic_message(move || {
            let (x, w) = (Tensor::<f64>::zeros(x), Tensor::zeros(w));
            let _ = evaluate(&[x, w], |[x, w]| x.conv2d(w, conv));
        })
    };
    let conv = Conv::new();
    assert_eq!(
        message(vec![1, 3, 5, 5], vec![2, 4, 3, 3], conv),
        "conv2d: images of shape [1, 3, 5, 5] have 3 channels, and filters of shape [2, 4, 3, 3] in 1 groups take 4"
    );
    assert!(message(vec![1, 3, 2, 5], vec![2, 3, 3, 3], conv).contains("do not fit into images"));
    assert!(message(vec![5, 5], vec![2, 1, 3, 3], conv).contains("conv2d: shape [5, 5] is not"));
    assert!(
        message(vec![1, 5, 5], vec![2, 3, 3], conv).contains("the filters' shape [2, 3, 3] is not")
    );
    assert!(message(vec![1, 3, 5, 5], vec![2, 1, 3, 3], conv.groups(3)).contains("3 groups"));
    assert!(panic_message(|| _ = Conv::<2>::new().stride(0)).contains("the stride must not be 0"));
    assert!(panic_message(|| _ = Pool::<2>::new(2).padding(2)).contains("more than half"));
    let pool = || _ = Tensor::<f64>::zeros([1, 2]).map(|x| x.max_pool2d(2));
    assert!(panic_message(pool).contains("max_pool2d: the windows of"));
    let extents = || {
        let y = Tensor::<f64>::zeros([1, 2, 2]);
        let w = Tensor::<f64>::zeros([1, 1, 1, 1]);
        let _ = y.map(|y| y.conv_transpose2d_to(&w, Conv::new(), [3, 2]));
    };
    assert!(
        panic_message(extents).contains("do not make shape [1, 2, 2] of images of extents [3, 2]")
    );
}
