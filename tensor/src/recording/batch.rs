//! Batches: what was recorded for one member, for many at once.
//!
//! A batch of arrays is one array with an axis in front, along which are the members. A section of a recording that was
//! written for one member becomes a section for a batch by asking each operation what it makes of batches.

use std::rc::Rc;

use smallvec::SmallVec;

use super::members::{Image, Members};
use super::reverse::Section;
use super::sparse::Sparse;
use super::{Kind, Step, index, number_of, record, step};
use crate::element::Element;
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// The batches of the outputs, where the variables have the given ones of `count` members; nodes before `first` do not
/// depend on the variables.
#[track_caller]
pub(crate) fn batches<T: Element>(
    outputs: &[Var<T>],
    variables: &[(Var<T>, Var<T>)],
    count: usize,
    first: usize,
) -> Vec<Var<T>> {
    let number = number_of(variables.first().expect("there are variables").1);
    super::within::<T, _>(number, || {
        let many = |shape: &[usize]| [count].into_iter().chain(shape.to_vec()).collect::<Shape>();
        if count == 0 {
            let none = |y: &Var<T>| super::made(number, Tensor::zeros(many(&y.shape())));
            return outputs.iter().map(none).collect();
        }
        let pass = Pass::new(number, outputs, variables.iter().map(|(x, _)| *x), count, first);
        let given = variables.iter().map(|&(x, batch)| (x, Image::Batch(batch)));
        let images = pass.run(given, IfFull::GoOn).expect("it goes on to the end");
        outputs.iter().map(|y| images.of(*y).of_all(count)).collect()
    })
}

/// What a linear map, recorded for one array, makes of all basis vectors: one after the other along a new axis in front.
/// `None` if a batch on the way would not be mostly zero, and the pass is not to go on then.
#[track_caller]
pub(crate) fn of_basis<T: Element>(
    output: Var<T>,
    variable: Var<T>,
    if_full: IfFull,
) -> Option<Var<T>> {
    let (number, first) = (number_of(variable), index(variable.id()));
    super::within::<T, _>(number, || {
        let shape = variable.shape();
        let basis = Sparse::basis(number, &shape)?;
        let pass = Pass::new(number, &[output], [variable].into_iter(), shape.size(), first);
        let images = pass.run([(variable, Image::Sparse(Rc::new(basis)))].into_iter(), if_full)?;
        Some(images.of(output).of_all(shape.size()))
    })
}

/// What to do when a batch is no longer mostly zero.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfFull {
    GoOn,
    Stop,
}

/// How many elements the largest array has that depends on the variable and is needed for the output.
pub(crate) fn largest<T: Element>(output: Var<T>, variable: Var<T>) -> usize {
    let (number, first) = (number_of(variable), index(variable.id()));
    let pass = Pass::new(number, &[output], [variable].into_iter(), 1, first);
    let nodes = (0..pass.needed.len()).filter(|&place| pass.needed[place]);
    let size = |place| super::var::<T>(number, first + place).shape().size();
    nodes.map(size).max().unwrap_or(0)
}

struct Pass {
    number: u64,
    count: usize,
    first: usize,
    /// Which nodes of the section depend on the variables, and are needed for the outputs.
    needed: Vec<bool>,
}

struct Images<T: Element> {
    number: u64,
    first: usize,
    images: Vec<Option<Image<T>>>,
}

impl<T: Element> Images<T> {
    fn of(&self, x: Var<T>) -> Image<T> {
        if x.as_number().is_some() || number_of(x) != self.number {
            return Image::Shared(x);
        }
        let place = index(x.id()).checked_sub(self.first);
        let image = place.and_then(|place| self.images.get(place)?.clone());
        image.unwrap_or(Image::Shared(x))
    }
}

impl Pass {
    fn new<T: Element>(
        number: u64,
        outputs: &[Var<T>],
        variables: impl Iterator<Item = Var<T>> + Clone,
        count: usize,
        first: usize,
    ) -> Self {
        let recorded = |y: &&Var<T>| y.as_number().is_none() && number_of(**y) == number;
        let outputs = || outputs.iter().filter(recorded).map(|y| index(y.id()));
        let of_variables = variables.map(|x| index(x.id()));
        let last = outputs().chain(of_variables.clone()).max().unwrap_or(first);
        let section = Section::new::<T>(number, first, last, of_variables);
        let mut needed = vec![false; last + 1 - first];
        for place in outputs().filter_map(|node| node.checked_sub(first)) {
            needed[place] = true;
        }
        super::with::<T, _>(number << super::INDEX_BITS | last as u64, "vmap", |recording| {
            for place in (0..needed.len()).rev() {
                needed[place] &= section.depends_on(first + place);
                if needed[place] {
                    let inputs = &recording.nodes[first + place].inputs;
                    let inside =
                        inputs.iter().filter_map(|&input| (input as usize).checked_sub(first));
                    inside.for_each(|input| needed[input] = true);
                }
            }
        });
        Pass { number, count, first, needed }
    }

    #[track_caller]
    fn run<T: Element>(
        &self,
        variables: impl Iterator<Item = (Var<T>, Image<T>)>,
        if_full: IfFull,
    ) -> Option<Images<T>> {
        let images = vec![None; self.needed.len()];
        let mut images = Images { number: self.number, first: self.first, images };
        for (x, image) in variables {
            images.images[index(x.id()) - self.first] = Some(image);
        }
        for place in 0..self.needed.len() {
            if self.needed[place] && images.images[place].is_none() {
                let step = step::<T>(self.number, self.first + place);
                images.images[place] = Some(self.image(&step, &images, if_full)?);
            }
        }
        Some(images)
    }

    /// What a node is in the section for the batch.
    #[track_caller]
    fn image<T: Element>(
        &self,
        step: &Step<T>,
        images: &Images<T>,
        if_full: IfFull,
    ) -> Option<Image<T>> {
        let Step { kind, inputs, output } = step;
        let Some(operation) = kind.operation() else { return Some(Image::Shared(*output)) };
        let images: SmallVec<[Image<T>; 4]> = inputs.iter().map(|&x| images.of(x)).collect();
        let shared = |(image, &x): (&Image<T>, &Var<T>)| match image {
            Image::Shared(shared) => *shared,
            _ => x,
        };
        let inputs: SmallVec<[Var<T>; 4]> = images.iter().zip(inputs).map(shared).collect();
        let shape = output.shape();
        if images.iter().all(|image| matches!(image, Image::Shared(_))) {
            return Some(Image::Shared(record(kind.clone(), &inputs, shape)));
        }
        let members =
            Members { inputs: &inputs, images: &images, shape: &shape, count: self.count };
        let sparse: SmallVec<[Option<&Sparse<T>>; 4]> =
            (0..inputs.len()).map(|input| members.sparse(input)).collect();
        if sparse.iter().any(Option::is_some) {
            let is_none_full = !images.iter().any(|image| matches!(image, Image::Batch(_)));
            if is_none_full
                && operation.keeps_zeros(&inputs, &|input| sparse[input].is_some())
                && let Some(result) = Sparse::through(kind, &inputs, &sparse, &shape)
            {
                return Some(Image::Sparse(Rc::new(result)));
            }
            if if_full == IfFull::Stop {
                return None;
            }
        }
        let result = match kind {
            Kind::Elementwise(_) => {
                let result = operation.batched(&members);
                result.unwrap_or_else(|| members.broadcast(kind.clone()))
            }
            _ => operation.batched(&members).unwrap_or_else(|| members.one_by_one(kind)),
        };
        let is_shared = result.shape().rank() == shape.rank();
        Some(if is_shared { Image::Shared(result) } else { Image::Batch(result) })
    }
}
