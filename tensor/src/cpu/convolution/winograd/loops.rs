//! The maps to and from components, applied to many planes and filters at a time, by tasks, on several threads if that is worth it.

use core::sync::atomic::{AtomicBool, Ordering};

use super::transforms::{COMPONENTS, Strip, are_finite, of_filters, to_filters};
use crate::cpu::dispatch::{Loop, dispatch};
use crate::cpu::parallel;
use crate::element::Element;
use crate::tensor::data::{recycle, scratch};

/// Work is divided into about as many tasks.
const TASKS: usize = 16;

/// What of a tile is mapped.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Elements,
    Places,
}

/// Components of a strip of each of the images [images, channels, plane], as [channel, component, tile].
pub(super) fn components<T: Element>(
    strip: &Strip,
    images: &[T],
    channels: usize,
    kind: Kind,
    threads: bool,
) -> Vec<T> {
    let n = images.len() / (channels * strip.plane_size()) * strip.tiles();
    let mut components = scratch(channels * COMPONENTS * n);
    let some = channels.div_ceil(TASKS);
    let tasks = components.chunks_mut(some * COMPONENTS * n).enumerate();
    parallel::for_each_if(threads, tasks, |(task, components): (usize, &mut [T])| {
        let first = task * some;
        dispatch(OfPlanes { strip, images, channels, first, kind, components });
    });
    components
}

struct OfPlanes<'a, T> {
    strip: &'a Strip,
    images: &'a [T],
    channels: usize,
    /// The channel whose components are the first.
    first: usize,
    kind: Kind,
    components: &'a mut [T],
}

impl<T: Element> Loop for OfPlanes<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let OfPlanes { strip, images, channels, first, kind, components } = self;
        let (size, tiles) = (strip.plane_size(), strip.tiles());
        let n = images.len() / (channels * size) * tiles;
        let mut memory = scratch(strip.memory());
        for (channel, to) in components.chunks_mut(COMPONENTS * n).enumerate() {
            for (image, planes) in images.chunks(channels * size).enumerate() {
                let plane = &planes[(first + channel) * size..][..size];
                let at = [image * tiles, n];
                match kind {
                    Kind::Elements => strip.of_elements(plane, &mut memory, to, at),
                    Kind::Places => strip.of_places(plane, &mut memory, to, at),
                }
            }
        }
        recycle(memory);
    }
}

/// The strip's places in outputs [images, channels, plane] from components [component, channel, tile]. `finite` stays as it is only if
/// they are.
pub(super) fn places_of<T: Element>(
    strip: &Strip,
    components: &[T],
    channels: usize,
    outputs: &mut [T],
    finite: &AtomicBool,
    threads: bool,
) {
    let some = channels.div_ceil(TASKS);
    let tasks = outputs.chunks_mut(some * strip.plane_size()).enumerate();
    parallel::for_each_if(threads, tasks, |(task, planes): (usize, &mut [T])| {
        dispatch(ToPlaces { strip, components, channels, first: task * some, planes, finite });
    });
}

struct ToPlaces<'a, T> {
    strip: &'a Strip,
    components: &'a [T],
    channels: usize,
    /// The number of the first plane.
    first: usize,
    planes: &'a mut [T],
    finite: &'a AtomicBool,
}

impl<T: Element> Loop for ToPlaces<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let ToPlaces { strip, components, channels, first, planes, finite } = self;
        let step = components.len() / COMPONENTS;
        let n = step / channels;
        let mut memory = scratch(strip.memory());
        let mut all = true;
        for (number, plane) in planes.chunks_mut(strip.plane_size()).enumerate() {
            let (image, channel) = ((first + number) / channels, (first + number) % channels);
            let at = [channel * n + image * strip.tiles(), step];
            all &= strip.to_places(components, at, &mut memory, plane);
        }
        recycle(memory);
        note(finite, all);
    }
}

/// Components of filters [filters, channels, 3, 3], as [filter, component, channel].
pub(super) fn components_of_filters<T: Element>(
    filters: &[T],
    channels: usize,
    threads: bool,
) -> Vec<T> {
    let count = filters.len() / (9 * channels);
    let mut components = scratch(count * COMPONENTS * channels);
    let some = count.div_ceil(TASKS);
    let tasks = components
        .chunks_mut(some * COMPONENTS * channels)
        .zip(filters.chunks(some * 9 * channels));
    parallel::for_each_if(threads, tasks, |(components, filters): (&mut [T], &[T])| {
        dispatch(OfFilters { channels, filters, components });
    });
    components
}

struct OfFilters<'a, T> {
    channels: usize,
    filters: &'a [T],
    components: &'a mut [T],
}

impl<T: Element> Loop for OfFilters<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let filters = self.filters.chunks(9 * self.channels);
        for (filter, to) in filters.zip(self.components.chunks_mut(COMPONENTS * self.channels)) {
            of_filters(filter, to);
        }
    }
}

/// Filters [filters, channels, 3, 3] from components [component, filter, channel], each of which has `size` elements, and possibly more
/// that do not count.
pub(super) fn filters_of<T: Element>(
    components: &[T],
    size: usize,
    channels: usize,
    finite: &AtomicBool,
    threads: bool,
) -> Vec<T> {
    let mut filters = scratch(9 * size);
    let some = (size / channels).div_ceil(TASKS);
    let tasks = filters.chunks_mut(some * 9 * channels).enumerate();
    parallel::for_each_if(threads, tasks, |(task, filters): (usize, &mut [T])| {
        dispatch(ToFilters { components, first: task * some * channels, filters, finite });
    });
    filters
}

struct ToFilters<'a, T> {
    components: &'a [T],
    /// The first element of each component.
    first: usize,
    filters: &'a mut [T],
    finite: &'a AtomicBool,
}

impl<T: Element> Loop for ToFilters<'_, T> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let step = self.components.len() / COMPONENTS;
        let from = core::array::from_fn(|k| &self.components[k * step + self.first..]);
        to_filters(from, self.filters);
        note(self.finite, are_finite(self.filters));
    }
}

/// What is not finite is never forgotten. (The order does not matter: this is read when all tasks have ended.)
fn note(finite: &AtomicBool, all: bool) {
    if !all {
        finite.store(false, Ordering::Relaxed);
    }
}
