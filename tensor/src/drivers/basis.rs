//! What a linear map makes of all basis vectors of a shape: many of them at once.

use crate::arrange::Arrange;
use crate::element::Element;
use crate::recording::{self, IfFull};
use crate::shape::Shape;
use crate::tensor::Tensor;
use crate::var::Var;

/// Basis vectors are mapped all at once if that makes no array of more elements than these, or than the result has, up to
/// `MOST_ELEMENTS`; otherwise in parts that make none of more than these (or than one vector needs).
const FEW_ELEMENTS: usize = 1 << 20;
const MOST_ELEMENTS: usize = 1 << 24;

/// A linear map of arrays of a shape, recorded for one.
pub(crate) struct Basis<T> {
    shape: Shape,
    number: u64,
    seed: Var<T>,
    image: Var<T>,
    /// How many vectors are mapped at once.
    together: usize,
}

impl<T: Element> Basis<T> {
    #[track_caller]
    pub(crate) fn new(shape: &Shape, map: impl FnOnce(Var<T>) -> Var<T>) -> Self {
        let number = recording::newest::<T>("jacobian");
        let seed = recording::made(number, Tensor::zeros(shape));
        let image = map(seed);
        let (size, largest) = (shape.size().max(1), recording::largest(image, seed).max(1));
        let result = shape.size() * image.shape().size();
        let together = if size * largest <= FEW_ELEMENTS.max(result.min(MOST_ELEMENTS)) {
            size
        } else {
            (FEW_ELEMENTS / largest).clamp(1, size)
        };
        // (Parts are of equal length.)
        let together = shape.size().div_ceil(size.div_ceil(together));
        Basis { shape: shape.clone(), number, seed, image, together }
    }

    /// The images of all vectors as one array, whose first axes are those of the basis: `None` if they are to be found in
    /// parts.
    #[track_caller]
    pub(crate) fn whole(&self) -> Option<Var<T>> {
        let size = self.shape.size();
        let if_full = if self.together == size { IfFull::GoOn } else { IfFull::Stop };
        let images = (size > 0).then(|| recording::of_basis(self.image, self.seed, if_full));
        Some(images??.reshape(self.in_front(&self.image.shape())))
    }

    /// Where the parts of the basis begin.
    pub(crate) fn parts(&self) -> impl Iterator<Item = usize> + use<T> {
        (0..self.shape.size()).step_by(self.together.max(1))
    }

    /// The basis vectors of a part that begins at a place, one after the other; zeros behind the last one.
    pub(crate) fn part(&self, start: usize) -> Tensor<T> {
        let size = self.shape.size();
        let mut vectors = Tensor::zeros([self.together, size]).contiguous();
        let diagonal = vectors.as_mut_slice()[start..].iter_mut().step_by(size + 1);
        diagonal.take(size - start).for_each(|place| *place = T::one());
        vectors.reshape(self.batch_of(&self.shape))
    }

    /// The batch of vectors with this value, and the images of all of them.
    #[track_caller]
    pub(crate) fn map(&self, vectors: Tensor<T>) -> (Var<T>, Var<T>) {
        let seeds = recording::made(self.number, vectors);
        let (outputs, variables) = ([self.image], [(self.seed, seeds)]);
        let first = recording::index(self.seed.id());
        (seeds, recording::batches(&outputs, &variables, self.together, first).swap_remove(0))
    }

    fn batch_of(&self, shape: &Shape) -> Shape {
        [self.together].into_iter().chain(shape.iter().copied()).collect()
    }

    fn in_front(&self, image: &Shape) -> Shape {
        self.shape.iter().chain(image.iter()).copied().collect()
    }

    /// The images of all parts as one array, whose first axes are those of the basis.
    #[track_caller]
    pub(crate) fn together<A: Arrange>(&self, mut parts: Vec<A>) -> A {
        let image = self.image.shape();
        let size = self.shape.size();
        let all = if parts.len() == 1 {
            parts.swap_remove(0)
        } else {
            let count = parts.len() * self.together;
            let many = [count].into_iter().chain(image.iter().copied()).collect();
            A::joined(&parts, 0, &vec![self.together; parts.len()], many).part(0, 0, size, 1)
        };
        all.reshaped(self.in_front(&image))
    }
}
