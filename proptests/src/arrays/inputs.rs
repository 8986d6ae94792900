//! What array operations are tried on: shapes, values, and layouts in memory.

use core::fmt;
use std::sync::Arc;

use wengert_tensor::{Element, Tensor};

use crate::points::Random;

/// The extents of all operands.
pub type Shapes = Vec<Vec<usize>>;

type Values = Arc<dyn Fn(&mut Random, &[Vec<usize>]) -> Vec<Vec<f64>> + Send + Sync>;

/// Where an operation is tried.
#[derive(Clone)]
pub struct Inputs {
    /// Small shapes, some of them without elements or axes where the operation allows it.
    cases: Vec<Shapes>,
    /// Shapes that are worth more than one thread.
    large: Shapes,
    values: Values,
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs").field("cases", &self.cases).field("large", &self.large).finish()
    }
}

/// How many shapes are drawn beside the corners.
const DRAWN: usize = 3;

/// Extents from 1 to 3.
fn drawn(random: &mut Random, ranks: &[usize]) -> Vec<usize> {
    let rank = random.choose(ranks);
    (0..rank).map(|_| random.choose(&[1, 2, 3])).collect()
}

impl Inputs {
    /// Exactly these shapes of all operands, and values between −2 and 2.
    pub fn of<const C: usize, const N: usize>(
        cases: [[&[usize]; N]; C],
        large: [&[usize]; N],
    ) -> Self {
        let owned = |shapes: &[&[usize]]| shapes.iter().map(|shape| shape.to_vec()).collect();
        let cases = cases.iter().map(|shapes| owned(shapes)).collect();
        Self { cases, large: owned(&large), values: independent(|r| r.uniform(-2.0, 2.0)) }
    }

    /// One operand; the given shapes, and some that are drawn.
    fn one(corners: &[&[usize]], ranks: &[usize], large: &[usize]) -> Self {
        let mut random = Random::named("shapes of one operand");
        let corners = corners.iter().map(|shape| vec![shape.to_vec()]);
        let drawn = (0..DRAWN).map(|_| vec![drawn(&mut random, ranks)]);
        let mut inputs = Self::of([], [large]);
        inputs.cases = corners.chain(drawn).collect();
        inputs
    }

    /// One operand of any shape: a single number, no number, up to three axes.
    pub fn any() -> Self {
        Self::one(&[&[], &[0, 3], &[2, 3]], &[1, 2, 3], &[67, 33, 65])
    }

    /// One operand with at least one axis; the first may be empty, if there are two.
    pub fn lanes() -> Self {
        Self::one(&[&[4], &[0, 3], &[1], &[2, 3]], &[1, 2, 3], &[67, 33, 65])
    }

    /// One operand with elements, and at least one axis.
    pub fn filled() -> Self {
        Self::one(&[&[1], &[5], &[2, 3]], &[1, 2, 3], &[67, 33, 65])
    }

    /// One operand with two axes or more; either may be empty.
    pub fn matrices() -> Self {
        Self::one(&[&[0, 2], &[3, 0], &[2, 3], &[3, 3]], &[2, 3], &[67, 33, 65])
    }

    /// Two operands whose shapes broadcast.
    pub fn pairs() -> Self {
        let cases: [[&[usize]; 2]; 9] = [
            [&[], &[]],
            [&[], &[2, 3]],
            [&[2, 3], &[]],
            [&[3], &[2, 3]],
            [&[2, 1], &[1, 3]],
            [&[2, 3], &[2, 3]],
            [&[2, 1, 2], &[3, 1]],
            [&[0, 3], &[1, 3]],
            [&[1], &[1, 1]],
        ];
        Self::of(cases, [&[67, 1, 65], &[33, 65]])
    }

    /// Operands of one shape, whose elements at the same place make a point of the domain.
    pub fn points(
        arguments: usize,
        allowed: impl Fn(&[f64]) -> bool + Send + Sync + 'static,
    ) -> Self {
        let mut inputs = Self::any();
        inputs.cases.iter_mut().for_each(|shapes| *shapes = vec![shapes[0].clone(); arguments]);
        inputs.large = vec![inputs.large[0].clone(); arguments];
        inputs.values = Arc::new(move |random, shapes| {
            let count = shapes[0].iter().product();
            let mut columns = vec![Vec::with_capacity(count); arguments];
            let mut tries = 0;
            while columns[0].len() < count {
                tries += 1;
                assert!(tries < 10_000 * count, "too few points are in the domain");
                let x: Vec<f64> = (0..arguments).map(|_| random.ordinary()).collect();
                if allowed(&x) {
                    columns.iter_mut().zip(x).for_each(|(column, x)| column.push(x));
                }
            }
            columns
        });
        inputs
    }

    /// The same shapes, with values from `low` to `high`.
    #[must_use]
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { values: independent(move |random| random.uniform(low, high)), ..self }
    }

    /// The same shapes, with values of which no two are equal, or nearly so.
    #[must_use]
    pub fn apart(self) -> Self {
        let values: Values = Arc::new(|random, shapes| {
            let one = |shape: &Vec<usize>| {
                let count: usize = shape.iter().product();
                let step = 4.0 / (count + 1) as f64;
                let mut values: Vec<f64> = (0..count)
                    .map(|k| (k as f64 + random.uniform(0.8, 1.2)) * step - 2.0)
                    .collect();
                for k in (1..count).rev() {
                    values.swap(k, (random.bits() % (k as u64 + 1)) as usize);
                }
                values
            };
            shapes.iter().map(one).collect()
        });
        Self { values, ..self }
    }

    /// The arrays of all small cases.
    pub(super) fn small(&self, random: &mut Random) -> Vec<Vec<Tensor<f64>>> {
        self.cases.iter().map(|shapes| self.arrays(random, shapes)).collect()
    }

    /// The arrays of the large case.
    pub(super) fn large(&self, random: &mut Random) -> Vec<Tensor<f64>> {
        self.arrays(random, &self.large)
    }

    /// The arrays of a case between the small ones and the large one: worth more than one block of threads.
    pub(super) fn medium(&self, random: &mut Random) -> Vec<Tensor<f64>> {
        // (Equal extents stay equal, and even ones even.)
        let fewer = |n: usize| match n {
            ..17 => n,
            17..=1000 => 2 * n.div_ceil(8),
            _ => 130,
        };
        let shapes = self.large.iter().map(|shape| shape.iter().map(|&n| fewer(n)).collect());
        self.arrays(random, &shapes.collect::<Vec<Vec<usize>>>())
    }

    fn arrays(&self, random: &mut Random, shapes: &[Vec<usize>]) -> Vec<Tensor<f64>> {
        let values = (self.values)(random, shapes);
        let array = |(shape, values): (&Vec<usize>, Vec<f64>)| Tensor::from_vec(&shape[..], values);
        shapes.iter().zip(values).map(array).collect()
    }
}

/// Each element drawn for itself.
fn independent(draw: impl Fn(&mut Random) -> f64 + Send + Sync + 'static) -> Values {
    Arc::new(move |random, shapes| {
        let one = |shape: &Vec<usize>| {
            let count = shape.iter().product();
            core::iter::repeat_with(|| draw(random)).take(count).collect()
        };
        shapes.iter().map(one).collect()
    })
}

/// How the elements of an operand lie in memory.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    /// The first and the last axis exchanged.
    Transposed,
    /// All axes backwards.
    Reversed,
    /// With other elements between.
    EverySecond,
    /// The first place of the first axis at all of its places, in the same memory.
    Expanded,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Transposed, Self::Reversed, Self::EverySecond, Self::Expanded];

    /// The same elements in this layout. (Expanded, the first ones repeated.)
    pub(super) fn of<T: Element>(self, x: &Tensor<T>) -> Tensor<T> {
        let shape = x.shape();
        if shape.rank() == 0 || shape.size() == 0 {
            return x.clone();
        }
        match self {
            Self::Transposed => x.swap_axes(0, -1).contiguous().swap_axes(0, -1),
            Self::Reversed => {
                let axes: Vec<isize> = (0..shape.rank() as isize).collect();
                x.flip(&axes[..]).contiguous().flip(&axes[..])
            }
            Self::EverySecond => {
                let between = Tensor::full(shape, T::nan()).to(&x.device());
                let both = Tensor::stack(&[between, x.clone()], -1);
                both.index(-1, 1)
            }
            Self::Expanded => x.slice(0, 0..1).expand(shape),
        }
    }
}
