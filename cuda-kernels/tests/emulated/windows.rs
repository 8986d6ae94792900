//! Convolutions and pooling: against the CPU, against the definition of windows, and transposes by ⟨w, Av⟩ = ⟨Aᵀw, v⟩.

use wengert_cuda_kernels::kernels::{CONVOLUTION, MATMUL, POOLING};
use wengert_cuda_kernels::launch::{Argument, Dimensions};
use wengert_cuda_kernels::layout::{Pair, Windows};
use wengert_cuda_kernels::signature::Module;
use wengert_tensor::{Conv, Tensor, constant};

use super::{Draw, Emulated, Float, Out, assert_close, read};

#[derive(Clone, Copy)]
struct Case {
    plane: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    padding: usize,
    dilation: usize,
}

const CASES: [Case; 7] = [
    Case { plane: [1, 1], kernel: [1, 1], stride: 1, padding: 0, dilation: 1 },
    Case { plane: [8, 9], kernel: [3, 3], stride: 1, padding: 1, dilation: 1 },
    Case { plane: [7, 10], kernel: [2, 2], stride: 2, padding: 0, dilation: 1 },
    Case { plane: [9, 8], kernel: [3, 2], stride: 2, padding: 1, dilation: 1 },
    Case { plane: [9, 11], kernel: [2, 3], stride: 1, padding: 2, dilation: 2 },
    Case { plane: [12, 5], kernel: [3, 1], stride: 3, padding: 0, dilation: 2 },
    // Windows that leave gaps.
    Case { plane: [10, 10], kernel: [2, 2], stride: 4, padding: 0, dilation: 1 },
];

impl Case {
    fn places(self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let reach = self.dilation * (self.kernel[axis] - 1) + 1;
            (self.plane[axis] + 2 * self.padding - reach) / self.stride + 1
        })
    }

    fn windows(self) -> Windows {
        let long = |x: [usize; 2]| x.map(|x| x as i64);
        Windows {
            plane: long(self.plane),
            places: long(self.places()),
            kernel: long(self.kernel),
            stride: long([self.stride; 2]),
            padding: long([self.padding; 2]),
            dilation: long([self.dilation; 2]),
        }
    }

    /// (place, tap, element) of all that windows cover on a plane, in the order of places and then of taps.
    fn covers(self) -> Vec<(usize, usize, usize)> {
        let (places, mut covers) = (self.places(), Vec::new());
        for p in 0..places[0] {
            for q in 0..places[1] {
                for i in 0..self.kernel[0] {
                    for j in 0..self.kernel[1] {
                        let at = |place: usize, tap: usize, axis: usize| {
                            (self.stride * place + self.dilation * tap)
                                .checked_sub(self.padding)
                                .filter(|&at| at < self.plane[axis])
                        };
                        if let (Some(row), Some(column)) = (at(p, i, 0), at(q, j, 1)) {
                            let place = p * places[1] + q;
                            let element = row * self.plane[1] + column;
                            covers.push((place, i * self.kernel[1] + j, element));
                        }
                    }
                }
            }
        }
        covers
    }

    fn area(self) -> usize {
        self.plane[0] * self.plane[1]
    }

    fn count(self) -> usize {
        self.places()[0] * self.places()[1]
    }

    fn taps(self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}

/// A kernel that makes `len` elements of planes.
fn run<T: Float>(
    emulated: &Emulated,
    module: &'static Module,
    name: &str,
    case: Case,
    inputs: &[&[T]],
    len: usize,
) -> Vec<T> {
    let buffers: Vec<_> = inputs.iter().map(|x| emulated.upload(x)).collect();
    let windows = case.windows();
    let mut arguments: Vec<_> = buffers.iter().map(read).collect();
    arguments.push(Argument::number(len as i64));
    arguments.push(Argument::structure(&windows));
    let name = format!("{name}_{}", T::SUFFIX);
    let dimensions = Dimensions::of_elements(len, 3);
    emulated.run(module, &name, dimensions, Out::Anything(len), &arguments)
}

fn dot<T: Float>(x: &[T], y: &[T]) -> f64 {
    x.iter().zip(y).map(|(&x, &y)| x.into() * y.into()).sum()
}

fn pooling<T: Float>() {
    let emulated = Emulated::new();
    let mut draw = Draw(8);
    const PLANES: usize = 3;
    for case in CASES {
        let (area, count, covers) = (case.area(), case.count(), case.covers());
        // Integers, so that some are equal, and sums exact.
        let mut integers = |len: usize| -> Vec<T> {
            draw.numbers::<T>(len).iter().map(|&x| T::of((x.into() * 4.0).round())).collect()
        };
        let (mut x, y) = (integers(PLANES * area), integers(PLANES * count));
        let sums = run(&emulated, &POOLING, "window_sums", case, &[&x], PLANES * count);
        let mut expected = vec![0.0; PLANES * count];
        for plane in 0..PLANES {
            for &(place, _, element) in &covers {
                expected[plane * count + place] += Into::<f64>::into(x[plane * area + element]);
            }
        }
        assert_close(&sums, &expected, |_| 0.0);
        let spread = run(&emulated, &POOLING, "spread", case, &[&y], PLANES * area);
        assert_eq!(dot(&y, &sums), dot(&spread, &x));

        for has_nan in [false, true] {
            if has_nan {
                x[area / 2] = T::of(f64::NAN);
            }
            let taps = run(&emulated, &POOLING, "winners", case, &[&x], PLANES * count);
            let picked = run(&emulated, &POOLING, "pick", case, &[&x, &taps], PLANES * count);
            for plane in 0..PLANES {
                for place in 0..count {
                    let of_place = covers.iter().filter(|cover| cover.0 == place);
                    let elements: Vec<(usize, f64)> =
                        of_place.map(|&(_, tap, k)| (tap, x[plane * area + k].into())).collect();
                    if elements.is_empty() {
                        continue;
                    }
                    let first_nan = elements.iter().find(|(_, x)| x.is_nan());
                    let largest = elements.iter().fold(f64::NEG_INFINITY, |a, &(_, x)| a.max(x));
                    let first = elements.iter().find(|&&(_, x)| x == largest);
                    let &(tap, value) = first_nan.or(first).expect("one of them");
                    let at = plane * count + place;
                    assert_eq!(taps[at], T::of(tap as f64));
                    assert!(picked[at] == T::of(value) || (has_nan && value.is_nan()));
                }
            }
            let put = run(&emulated, &POOLING, "put", case, &[&y, &taps], PLANES * area);
            if !has_nan {
                assert_eq!(dot(&y, &picked), dot(&put, &x));
            }
        }
    }
}

#[test]
fn pooling_of_single_precision() {
    pooling::<f32>();
}

#[test]
fn pooling_of_double_precision() {
    pooling::<f64>();
}

/// c[s] = Σ a[s, t] · b[s, t] over t, by the small tiles.
struct Product<'a> {
    sizes: [usize; 3],
    a_steps: [usize; 2],
    b_steps: [usize; 2],
    stack: &'a [(usize, [isize; 2])],
    summed: &'a [(usize, [isize; 2])],
}

fn product<T: Float>(emulated: &Emulated, product: &Product<'_>, a: &[T], b: &[T]) -> Vec<T> {
    let stack = Pair::new(product.stack.iter().copied());
    let summed = Pair::new(product.summed.iter().copied());
    let buffers = [a, b].map(|x| emulated.upload(x));
    let [m, n, _] = product.sizes;
    let results = stack.size();
    let numbers =
        [&product.sizes[..], &product.a_steps, &product.b_steps, &[results, summed.size()]];
    let mut arguments: Vec<_> = buffers.iter().map(read).collect();
    arguments.extend(numbers.concat().iter().map(|&n| Argument::number(n as i64)));
    arguments.push(Argument::number(0_i32));
    arguments.extend([Argument::structure(&stack), Argument::structure(&summed)]);
    let tiles = m.div_ceil(32) * n.div_ceil(32) * results;
    let dimensions = Dimensions { grid: [tiles as u32, 1, 1], block: [256, 1, 1] };
    let name = format!("matmul_32_{}", T::SUFFIX);
    emulated.run(&MATMUL, &name, dimensions, Out::Anything(results * m * n), &arguments)
}

fn convolutions<T: Float>() {
    let emulated = Emulated::new();
    let mut draw = Draw(9);
    for case in CASES {
        for [batch, groups, channels, filters] in [[1, 1, 1, 1], [2, 1, 3, 4], [2, 2, 2, 3]] {
            let (area, count, taps) = (case.area(), case.count(), case.taps());
            // Channels and filters are those of one group.
            let window = channels * taps;
            let images: Vec<T> = draw.numbers(batch * groups * channels * area);
            let weights: Vec<T> = draw.numbers(groups * filters * window);
            let outputs: Vec<T> = draw.numbers(batch * groups * filters * count);
            let planes = batch * groups * channels;
            let columns =
                run(&emulated, &CONVOLUTION, "unfold", case, &[&images], planes * taps * count);
            let of_group = [filters * window, window * count].map(|size| size as isize);
            let of_output = (filters * count) as isize;

            let forward = Product {
                sizes: [filters, count, window],
                a_steps: [window, 1],
                b_steps: [count, 1],
                stack: &[(batch, [0, groups as isize * of_group[1]]), (groups, of_group)],
                summed: &[],
            };
            let found = product(&emulated, &forward, &weights, &columns);
            let wide = |x: &[T]| x.iter().map(|&x| x.into()).collect::<Vec<f64>>();
            let image = Tensor::from_vec(
                [batch, groups * channels, case.plane[0], case.plane[1]],
                wide(&images),
            );
            let filter = Tensor::from_vec(
                [groups * filters, channels, case.kernel[0], case.kernel[1]],
                wide(&weights),
            );
            let options = Conv::new()
                .stride(case.stride)
                .padding(case.padding)
                .dilation(case.dilation)
                .groups(groups);
            let expected = image.map(|x| x.conv2d(constant(&filter), options)).to_vec();
            let bound = |_| (window + 2) as f64 * T::EPSILON;
            assert_close(&found, &expected, bound);

            // Both transposes: three times the same trilinear form.
            let form = dot(&outputs, &found);
            let backward = Product {
                sizes: [window, count, filters],
                a_steps: [1, window],
                b_steps: [count, 1],
                stack: &[
                    (batch, [0, groups as isize * of_output]),
                    (groups, [of_group[0], of_output]),
                ],
                summed: &[],
            };
            let back = product(&emulated, &backward, &weights, &outputs);
            let folded = run(&emulated, &CONVOLUTION, "fold", case, &[&back], images.len());
            let size = (batch * groups * filters * count * window) as f64;
            let bound = size * T::EPSILON * 4.0;
            assert!((dot(&folded, &images) - form).abs() <= bound);
            let to_filters = Product {
                sizes: [filters, window, count],
                a_steps: [count, 1],
                b_steps: [1, count],
                stack: &[(groups, [of_output, of_group[1]])],
                summed: &[(batch, [groups as isize * of_output, groups as isize * of_group[1]])],
            };
            let found = product(&emulated, &to_filters, &outputs, &columns);
            assert!((dot(&found, &weights) - form).abs() <= bound);
        }
    }
}

#[test]
fn convolutions_of_single_precision() {
    convolutions::<f32>();
}

#[test]
fn convolutions_of_double_precision() {
    convolutions::<f64>();
}
