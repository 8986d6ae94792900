//! Convolutions with filters of 3 × 3 elements for many channels, which have a way of their own: against their definition, also at
//! numbers that are not finite, and independent of threads.

use crate::checks::some;
use wengert_tensor::*;

/// A convolution by 3 × 3 filters; channels are those of one group.
#[derive(Clone, Copy, Debug)]
struct Layer {
    batch: usize,
    groups: usize,
    channels: usize,
    filters: usize,
    image: [usize; 2],
    padding: [usize; 2],
}

const LAYER: Layer =
    Layer { batch: 2, groups: 1, channels: 16, filters: 19, image: [14, 13], padding: [1, 1] };

/// Extents that the way is taken for, at its limits and beyond them.
fn layers() -> Vec<Layer> {
    vec![
        LAYER,
        Layer { padding: [0, 0], image: [16, 15], ..LAYER },
        Layer { padding: [2, 0], ..LAYER },
        Layer { padding: [0, 2], ..LAYER },
        // The transpose has a padding of less than none.
        Layer { padding: [3, 1], ..LAYER },
        Layer { groups: 2, channels: 18, filters: 16, ..LAYER },
        // Few tiles in a row, or only one.
        Layer { batch: 1, image: [97, 2], ..LAYER },
        Layer { batch: 1, image: [3, 96], padding: [0, 1], ..LAYER },
        // A tile and rows of tiles that are cut off.
        Layer { batch: 5, channels: 48, filters: 49, image: [7, 7], ..LAYER },
        // Several blocks of rows of an image, and of images, the last of which is shorter.
        Layer { batch: 1, channels: 16, filters: 17, image: [99, 97], ..LAYER },
        Layer { batch: 7, channels: 128, filters: 130, image: [11, 11], ..LAYER },
        // Just outside.
        Layer { channels: 15, ..LAYER },
        Layer { filters: 15, ..LAYER },
        Layer { batch: 1, image: [12, 12], ..LAYER },
    ]
}

impl Layer {
    fn conv(&self) -> Conv<2> {
        Conv::new().padding(self.padding).groups(self.groups)
    }

    fn places(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.image[axis] + 2 * self.padding[axis] - 2)
    }

    /// Images, filters, and a cotangent of outputs.
    fn operands(&self) -> [Tensor<f64>; 3] {
        let [p, q] = self.places();
        let all = self.groups * self.filters;
        [
            some([self.batch, self.groups * self.channels, self.image[0], self.image[1]], 1),
            some([all, self.channels, 3, 3], 2),
            some([self.batch, all, p, q], 3),
        ]
    }

    /// The parts of Σ outputs · filters · images that belong to outputs, images and filters, given the other two. Images are 0 around
    /// themselves (so that there infinite numbers make NaN).
    fn definition(&self, [x, w, y]: &[Tensor<f64>; 3]) -> [Tensor<f64>; 3] {
        let mut parts = [y, x, w].map(|part| Tensor::zeros(part.shape()));
        let [to_y, to_x, to_w] = parts.each_mut().map(|part| part.as_mut_slice());
        let [x, w, y] = [x, w, y].map(|part| part.as_slice().expect("in order"));
        let ([rows, columns], [places_down, places_along]) = (self.image, self.places());
        for n in 0..self.batch {
            for o in 0..self.groups * self.filters {
                for c in 0..self.channels {
                    let channel = o / self.filters * self.channels + c;
                    let plane = (n * self.groups * self.channels + channel) * rows * columns;
                    let out = (n * self.groups * self.filters + o) * places_down * places_along;
                    for (i, j) in (0..9).map(|tap| (tap / 3, tap % 3)) {
                        let at_w = (o * self.channels + c) * 9 + 3 * i + j;
                        for p in 0..places_down {
                            let row = (p + i).checked_sub(self.padding[0]);
                            let row = row.filter(|&row| row < rows);
                            for q in 0..places_along {
                                let column = (q + j).checked_sub(self.padding[1]);
                                let column = column.filter(|&column| column < columns);
                                let at_y = out + p * places_along + q;
                                let at_x = row
                                    .zip(column)
                                    .map(|(row, column)| plane + row * columns + column);
                                let element = at_x.map_or(0.0, |at| x[at]);
                                to_y[at_y] += w[at_w] * element;
                                to_w[at_w] += element * y[at_y];
                                if let Some(at_x) = at_x {
                                    to_x[at_x] += w[at_w] * y[at_y];
                                }
                            }
                        }
                    }
                }
            }
        }
        parts
    }

    /// The same by the library.
    fn parts<T: Element>(&self, [x, w, y]: &[Tensor<T>; 3]) -> [Tensor<T>; 3] {
        let outputs = evaluate(&[x.clone(), w.clone()], |[x, w]| x.conv2d(w, self.conv()));
        let images = evaluate(&[y.clone(), w.clone()], |[y, w]| {
            y.conv_transpose2d_to(w, self.conv(), self.image)
        });
        let filters = gradient(w, |w| (constant(x).conv2d(w, self.conv()) * y).sum());
        [outputs, images, filters]
    }
}

/// The largest difference, by the root of the mean square of what is expected.
fn error<T: Element>(found: &Tensor<T>, expected: &Tensor<f64>) -> f64 {
    assert_eq!(found.shape(), expected.shape());
    let (found, expected) = (found.to_vec(), expected.to_vec());
    let square = expected.iter().map(|x| x * x).sum::<f64>() / expected.len() as f64;
    let differences = found.iter().zip(&expected).map(|(a, b)| (a.widen() - b).abs());
    differences.fold(0.0, |most, x| if x <= most { most } else { x }) / square.sqrt()
}

fn rounded(x: &Tensor<f64>) -> Tensor<f32> {
    Tensor::from_fn(x.shape(), |i| x[[i[0], i[1], i[2], i[3]]] as f32)
}

fn widened(x: &Tensor<f32>) -> Tensor<f64> {
    Tensor::from_fn(x.shape(), |i| f64::from(x[[i[0], i[1], i[2], i[3]]]))
}

#[test]
fn layers_are_what_their_definition_says() {
    for layer in layers() {
        let operands = layer.operands();
        let expected = layer.definition(&operands);
        for (part, (found, expected)) in layer.parts(&operands).iter().zip(&expected).enumerate() {
            let error = error(found, expected);
            assert!(error < 3e-14, "{layer:?}: part {part} is off by {error:e}");
        }
        let narrow = operands.each_ref().map(rounded);
        let expected = layer.definition(&narrow.each_ref().map(widened));
        for (part, (found, expected)) in layer.parts(&narrow).iter().zip(&expected).enumerate() {
            let error = error(found, expected);
            assert!(error < 1e-5, "{layer:?} in f32: part {part} is off by {error:e}");
        }
    }
}

#[test]
fn operands_may_lie_in_any_order() {
    let operands = LAYER.operands();
    let turned = |x: &Tensor<f64>| x.permute([3, 2, 1, 0]).contiguous().permute([3, 2, 1, 0]);
    assert_eq!(LAYER.parts(&operands), LAYER.parts(&operands.each_ref().map(turned)));
}

#[test]
fn small_integers_are_exact() {
    let operands = LAYER
        .operands()
        .map(|x| Tensor::from_fn(x.shape(), |i| (4.0 * x[[i[0], i[1], i[2], i[3]]]).round()));
    assert_eq!(LAYER.parts(&operands), LAYER.definition(&operands));
}

/// Where windows cover zeros alone, results are exactly zero, whatever is beside them.
#[test]
fn zeros_stay_zero() {
    let columns = |x: &Tensor<f64>, from: usize| {
        Tensor::from_fn(x.shape(), |i| if i[3] < from { 0.0 } else { x[[i[0], i[1], i[2], i[3]]] })
    };
    for from in 4..8 {
        let [images, filters, cotangent] = LAYER.operands();
        let zeros =
            |x: &Tensor<f64>, at: usize| x.slice(3, ..at).to_vec().iter().all(|&x| x == 0.0);
        let operands = [columns(&images, from), filters, columns(&cotangent, from)];
        let found = LAYER.parts(&operands);
        // (With a padding of 1, a window covers one column more on each side.)
        let are_images = |x: &&Tensor<f64>| x.shape() == images.shape();
        let are_outputs = |x: &&Tensor<f64>| x.shape() == cotangent.shape();
        let (back, out) = (found.iter().find(are_images), found.iter().find(are_outputs));
        for x in [back.expect("of images"), out.expect("of outputs")] {
            assert!(zeros(x, from - 1) && !zeros(x, from), "{from}");
        }
    }
}

/// One element that is not finite, or two that have no sum, in each operand: what they do not meet is as without them.
#[test]
fn what_is_not_finite_stays_where_it_belongs() {
    for value in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.5e308] {
        for operand in 0..3 {
            let mut operands = LAYER.operands();
            let elements = operands[operand].as_mut_slice();
            let middle = elements.len() / 2;
            elements[middle] = value;
            elements[middle + 2] = -value;
            let expected = LAYER.definition(&operands);
            let finite =
                |x: &[f64]| x.iter().filter(|x| x.abs() < 1e300).count() as f64 / x.len() as f64;
            for (part, (found, expected)) in
                LAYER.parts(&operands).iter().zip(&expected).enumerate()
            {
                let (found, expected) = (found.to_vec(), expected.to_vec());
                for (a, b) in found.iter().zip(&expected) {
                    let same = a == b || a.is_nan() && b.is_nan();
                    let close = (a - b).abs() <= 1e-12 * b.abs().max(1.0);
                    assert!(same || close, "{value} in {operand}, part {part}: {a} for {b}");
                }
                assert!(finite(&expected) > 0.3, "{value} in {operand}, part {part}");
            }
        }
    }
}

#[test]
fn derivatives_of_layers() {
    let [x, w, y] = LAYER.operands();
    let point = [x.clone(), w.clone()];
    let direction = [some(x.shape(), 4), some(w.shape(), 5)];
    let dot = |a: &[Tensor<f64>], b: &[Tensor<f64>]| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| evaluate(&[a.clone(), b.clone()], |[a, b]| (a * b).sum()).item()).sum()
    };
    let f = |[x, w]: [Var<f64>; 2]| x.conv2d(w, LAYER.conv());
    let (_, slope) = jvp(f, &point, &direction);
    let back = gradient(&point, |point| (f(point) * &y).sum());
    let (forward, reverse) = (dot(&[slope], core::slice::from_ref(&y)), dot(&back, &direction));
    assert!((forward - reverse).abs() < 1e-11 * forward.abs(), "{forward} and {reverse}");

    let curved = |point: [Var<f64>; 2]| {
        let out = f(point);
        (out * out * &y).sum()
    };
    let found = hvp(curved, &point, &direction);
    let twice = gradient(&point, |point| {
        let [a, b] = gradient(&point, curved);
        (a * &direction[0]).sum() + (b * &direction[1]).sum()
    });
    for (found, twice) in found.iter().zip(&twice) {
        assert!(error(found, twice) < 1e-12);
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let layers = [
        Layer { batch: 3, channels: 64, filters: 64, image: [30, 31], ..LAYER },
        Layer { batch: 6, channels: 128, filters: 128, image: [7, 7], ..LAYER },
    ];
    for layer in layers {
        let operands = layer.operands().each_ref().map(rounded);
        let [one, many] = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| layer.parts(&operands))
        });
        assert_eq!(one, many);
    }
}
