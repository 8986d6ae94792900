//! The same programs on single numbers.

use wengert_autodiff::{Dual, Tape, Var};
use wengert_tensor::Tensor;

/// A number that knows its tangent, on a recording: value, jvp, gradient and hvp in one evaluation.
pub type Scalar = Var<Dual<f64>>;

/// An array of single numbers, in row-major order.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// The extents.
    pub shape: Vec<usize>,
    /// The elements.
    pub elements: Vec<Scalar>,
}

impl Numbers {
    /// The rows along the last axis.
    pub fn rows(&self) -> impl Iterator<Item = &[Scalar]> {
        let n = self.shape.last().copied().unwrap_or(1);
        let count = self.elements.len().checked_div(n).unwrap_or(0);
        (0..count).map(move |k| &self.elements[k * n..(k + 1) * n])
    }

    /// The element that is there after broadcasting to `shape`.
    fn broadcast(&self, shape: &[usize], mut place: usize) -> Scalar {
        let (mut at, mut stride) = (0, 1);
        for axis in 0..shape.len() {
            let from_the_end = shape[shape.len() - 1 - axis];
            let index = place % from_the_end;
            place /= from_the_end;
            if let Some(own) = self.shape.len().checked_sub(axis + 1) {
                at += if self.shape[own] == 1 { 0 } else { index * stride };
                stride *= self.shape[own];
            }
        }
        self.elements[at]
    }
}

/// f at each place, after broadcasting.
pub fn elementwise(x: &[Numbers], f: impl Fn(&[Scalar]) -> Scalar) -> Vec<Scalar> {
    let rank = x.iter().map(|x| x.shape.len()).max().unwrap_or(0);
    let extent = |axis: usize| {
        let of = |x: &Numbers| x.shape.len().checked_sub(axis + 1).map_or(1, |own| x.shape[own]);
        x.iter().map(of).find(|&n| n != 1).unwrap_or(1)
    };
    let shape: Vec<usize> = (0..rank).rev().map(extent).collect();
    let at = |place| x.iter().map(|x| x.broadcast(&shape, place)).collect::<Vec<_>>();
    (0..shape.iter().product()).map(|place| f(&at(place))).collect()
}

/// All that the derivatives of Σ wy + ½ Σ uy² say, and those of y.
pub(super) struct Derivatives {
    pub value: Vec<f64>,
    pub tangent: Vec<f64>,
    pub gradient: Vec<Vec<f64>>,
    pub hvp: Vec<Vec<f64>>,
}

/// At x, along v.
pub(super) fn derivatives(
    twin: &dyn Fn(&[Numbers]) -> Vec<Scalar>,
    x: &[Tensor<f64>],
    v: &[Tensor<f64>],
    [w, u]: [&[f64]; 2],
) -> Derivatives {
    let tape = Tape::new();
    let variables = |(x, v): (&Tensor<f64>, &Tensor<f64>)| {
        let pairs = x.to_vec().into_iter().zip(v.to_vec());
        let elements = pairs.map(|(x, v)| tape.var(Dual::new(x, v))).collect();
        Numbers { shape: x.shape().to_vec(), elements }
    };
    let x: Vec<Numbers> = x.iter().zip(v).map(variables).collect();
    let y = twin(&x);
    assert_eq!(y.len(), w.len(), "the twin has another number of results");
    let constant = |number: f64| Scalar::constant(Dual::constant(number));
    let term = |(k, &y): (usize, &Scalar)| constant(w[k]) * y + constant(0.5 * u[k]) * y * y;
    let loss = y.iter().enumerate().map(term).fold(constant(0.0), |sum, term| sum + term);
    let gradient = tape.gradient(loss);
    let found: Vec<Vec<Dual<f64>>> = x.iter().map(|x| gradient.wrt_slice(&x.elements)).collect();
    let each =
        |of: fn(&Dual<f64>) -> f64| found.iter().map(|g| g.iter().map(of).collect()).collect();
    Derivatives {
        value: y.iter().map(|y| y.value().value).collect(),
        tangent: y.iter().map(|y| y.value().tangent()).collect(),
        gradient: each(|g| g.value),
        hvp: each(|g| g.tangent()),
    }
}
