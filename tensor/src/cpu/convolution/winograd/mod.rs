//! Convolutions with filters of 3 × 3 elements by fewer multiplications: 16 for four places instead of 36.
//!
//! For two by two places y, a filter g, and the four by four elements d that the windows at these places cover,
//! Σ y · (g ∗ d) = Σₖ (A y Aᵀ)ₖ (G g Gᵀ)ₖ (Bᵀ d B)ₖ with sixteen components k: Winograd's F(2 × 2, 3 × 3), after A. Lavin and S. Gray, *Fast
//! Algorithms for Convolutional Neural Networks*, 2016. So each part of the trilinear form is, for each component, a product
//! of matrices of the other two, whose inner extent are the channels (or the tiles, for filters).
//!
//! Components are sums and differences of a tile's elements, by factors of 1 and ½. Of elements of about one size these lose about as
//! many digits as the sums of a convolution do (errors measured: 0.7 to 2 times the root mean square); in general, an error is
//! relative to the largest products in a tile, and not to those that a result is the sum of. A place rests on the elements that its
//! window covers, and on no others; but a component of a filter's gradient rests on others, too, which cancel. So do infinities
//! and numbers near the largest where they should not. Whatever is not finite shows in a result; then there is none, and the
//! caller goes by the definition.

mod loops;
mod transforms;

use core::ops::Range;
use core::sync::atomic::AtomicBool;

use super::layers::Layers;
use crate::cpu::gemm::{Matrix, Product};
use crate::cpu::parallel;
use crate::cpu::vectors::multiply;
use crate::element::Element;
use crate::tensor::data::{recycle, scratch};
use loops::{Kind, components, components_of_filters, filters_of, places_of};
use transforms::{COMPONENTS, Strip};

/// See [`super::outputs`]; `None` if this way is not quicker, or if results are not finite.
pub(super) fn outputs<T: Element>(layers: &Layers, images: &[T], filters: &[T]) -> Option<Vec<T>> {
    Tiles::new(layers)?.convolve(images, filters, Direction::Forward)
}

/// See [`super::images`]: the convolution of outputs with filters that are turned around.
pub(super) fn images<T: Element>(layers: &Layers, filters: &[T], outputs: &[T]) -> Option<Vec<T>> {
    let padding = layers.windows.padding;
    let [Some(p), Some(q)] = padding.map(|padding| 2_usize.checked_sub(padding)) else {
        return None;
    };
    let tiles = Tiles::new(layers)?;
    let turned = Tiles {
        padding: [p, q],
        plane: tiles.places,
        places: tiles.plane,
        channels_in: tiles.channels_out,
        channels_out: tiles.channels_in,
        ..tiles
    };
    turned.convolve(outputs, filters, Direction::Turned)
}

/// See [`super::filters`].
pub(super) fn filters<T: Element>(layers: &Layers, images: &[T], outputs: &[T]) -> Option<Vec<T>> {
    Tiles::new(layers)?.filters(images, outputs)
}

/// About as many elements has each of sixteen components of a block, before products and after them,
const CACHED: usize = 1 << 14;
/// or more, if there are fewer tiles than these: with each product, the filters are read once.
const FEW: usize = 128;

/// How filters are applied.
#[derive(Clone, Copy)]
enum Direction {
    Forward,
    /// Last tap first, from filters to channels.
    Turned,
}

/// The extents of a convolution; channels are those of one group.
struct Tiles {
    groups: usize,
    batch: usize,
    channels_in: usize,
    channels_out: usize,
    plane: [usize; 2],
    padding: [usize; 2],
    places: [usize; 2],
    threads: bool,
}

/// Some images, and some rows of tiles of each.
struct Block {
    images: Range<usize>,
    rows: Range<usize>,
}

impl Tiles {
    /// `None` if this way is not quicker: sums over channels must outweigh the maps of planes that are not too small, and
    /// many tiles those of filters. (Limits as measured for extents of 4 to 28, 8 to 256 channels, and 1 to 32 images.)
    fn new(layers: &Layers) -> Option<Self> {
        let windows = layers.windows;
        let suited = (windows.kernel, windows.stride, windows.dilation) == ([3; 2], [1; 2], [1; 2]);
        let tiles = Tiles {
            groups: layers.groups,
            batch: layers.batch,
            channels_in: layers.channels_in,
            channels_out: layers.channels_out,
            plane: layers.plane,
            padding: windows.padding,
            places: layers.places,
            threads: layers.are_worth_threads(),
        };
        let [channels, plane] = [tiles.least_channels(), tiles.extent().iter().product()];
        let worth_it = channels >= 16 && channels * plane >= 768 && tiles.batch * plane >= 48;
        (suited && worth_it).then_some(tiles)
    }

    fn least_channels(&self) -> usize {
        self.channels_in.min(self.channels_out)
    }

    /// The numbers of tiles along each axis of places.
    fn extent(&self) -> [usize; 2] {
        self.places.map(|places| places.div_ceil(2))
    }

    /// Blocks whose components stay in the cache, and are enough for products.
    fn blocks(&self) -> Vec<Block> {
        let [rows, width] = self.extent();
        let tiles = (CACHED / self.channels_in.max(self.channels_out)).max(FEW);
        let block = |images: Range<usize>, rows: Range<usize>| Block { images, rows };
        if rows * width <= tiles {
            let images = parts(self.batch, tiles / (rows * width));
            return images.map(|images| block(images, 0..rows)).collect();
        }
        let of_image = |image: usize| {
            parts(rows, (tiles / width).max(1)).map(move |rows| block(image..image + 1, rows))
        };
        (0..self.batch).flat_map(of_image).collect()
    }

    fn strip(&self, plane: [usize; 2], padding: [usize; 2], block: &Block) -> Strip {
        Strip { plane, padding, rows: block.rows.clone(), width: self.extent()[1] }
    }

    /// The numbers of channels of all groups.
    fn channels(&self) -> [usize; 2] {
        [self.groups * self.channels_in, self.groups * self.channels_out]
    }

    /// The images of a block, of all.
    fn of_block<'a, T>(&self, images: &'a [T], block: &Block) -> &'a [T] {
        let size = images.len() / self.batch;
        &images[block.images.start * size..block.images.end * size]
    }

    fn convolve<T: Element>(
        &self,
        images: &[T],
        filters: &[T],
        direction: Direction,
    ) -> Option<Vec<T>> {
        let [channels_in, channels_out] = self.channels();
        // The filters' own channels, which are results where they are turned.
        let channels = match direction {
            Direction::Forward => self.channels_in,
            Direction::Turned => self.channels_out,
        };
        let weights = components_of_filters(filters, channels, self.threads);
        let output_size = channels_out * self.places[0] * self.places[1];
        let mut out = scratch(self.batch * output_size);
        let finite = AtomicBool::new(true);
        for block in self.blocks() {
            let strip = self.strip(self.plane, self.padding, &block);
            let n = block.images.len() * strip.tiles();
            let some = self.of_block(images, &block);
            let elements = components(&strip, some, channels_in, Kind::Elements, self.threads);
            let mut products = scratch(COMPONENTS * channels_out * n);
            let tasks = products.chunks_mut(self.channels_out * n).enumerate();
            parallel::for_each_if(self.threads, tasks, |(number, c): (usize, &mut [T])| {
                let (k, group) = (number / self.groups, number % self.groups);
                let a = self.filters_of_group(&weights, channels, (group, k), direction);
                let b = of_group(&elements, self.channels_in, n, (group, k));
                let (m, k) = (self.channels_out, self.channels_in);
                multiply(Product { m, k, n, a, b, c, c_stride: n, accumulate: false });
            });
            recycle(elements);
            let strip = self.strip(self.places, [0; 2], &block);
            let outputs =
                &mut out[block.images.start * output_size..block.images.end * output_size];
            places_of(&strip, &products, channels_out, outputs, &finite, self.threads);
            recycle(products);
        }
        recycle(weights);
        only_if(finite, out)
    }

    /// [channels out, channels in] of components [filter, component, channel].
    fn filters_of_group<'a, T>(
        &self,
        memory: &'a [T],
        channels: usize,
        (group, k): (usize, usize),
        direction: Direction,
    ) -> Matrix<'a, T> {
        let step = COMPONENTS * channels;
        let first = memory.len() / self.groups * group;
        match direction {
            Direction::Forward => {
                Matrix { memory, offset: first + k * channels, strides: [step as isize, 1] }
            }
            Direction::Turned => {
                let offset = first + turned(k) * channels;
                Matrix { memory, offset, strides: [1, step as isize] }
            }
        }
    }

    fn filters<T: Element>(&self, images: &[T], outputs: &[T]) -> Option<Vec<T>> {
        // (A line further apart than their length, lest all components fall on the same places of a cache.)
        const GAP: usize = 16;
        let [channels_in, channels_out] = self.channels();
        let group_size = self.channels_out * self.channels_in;
        let size = self.groups * group_size;
        let mut weights = scratch(COMPONENTS * (size + GAP));
        for (number, block) in self.blocks().iter().enumerate() {
            let strip = self.strip(self.plane, self.padding, block);
            let n = block.images.len() * strip.tiles();
            let images = self.of_block(images, block);
            let elements = components(&strip, images, channels_in, Kind::Elements, self.threads);
            let strip = self.strip(self.places, [0; 2], block);
            let outputs = self.of_block(outputs, block);
            let places = components(&strip, outputs, channels_out, Kind::Places, self.threads);
            let tasks = weights.chunks_mut(size + GAP).enumerate().flat_map(|(k, component)| {
                let by_group = component[..size].chunks_mut(group_size).enumerate();
                by_group.map(move |(group, c)| ((group, k), c))
            });
            parallel::for_each_if(self.threads, tasks, |(at, c): ((usize, usize), &mut [T])| {
                multiply(Product {
                    m: self.channels_out,
                    k: n,
                    n: self.channels_in,
                    a: of_group(&places, self.channels_out, n, at),
                    b: of_group(&elements, self.channels_in, n, at).transposed(),
                    c,
                    c_stride: self.channels_in,
                    accumulate: number > 0,
                });
            });
            recycle(elements);
            recycle(places);
        }
        let finite = AtomicBool::new(true);
        let out = filters_of(&weights, size, self.channels_in, &finite, self.threads);
        recycle(weights);
        only_if(finite, out)
    }
}

/// [channels, tiles] of components [channel, component, tile].
fn of_group<T>(
    memory: &[T],
    channels: usize,
    n: usize,
    (group, k): (usize, usize),
) -> Matrix<'_, T> {
    let step = COMPONENTS * n;
    Matrix { memory, offset: group * channels * step + k * n, strides: [step as isize, 1] }
}

/// The same component of a filter that is turned around: along each axis, the first and the last change places.
fn turned(k: usize) -> usize {
    let along = |j: usize| [3, 1, 2, 0][j];
    4 * along(k / 4) + along(k % 4)
}

/// 0..n in parts of at most this length, all of them about as long.
fn parts(n: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    let length = n.div_ceil(n.div_ceil(length));
    (0..n).step_by(length).map(move |start| start..(start + length).min(n))
}

fn only_if<T: Element>(finite: AtomicBool, results: Vec<T>) -> Option<Vec<T>> {
    if finite.into_inner() {
        return Some(results);
    }
    recycle(results);
    None
}
