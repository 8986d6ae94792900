//! A mapped function, beside the same function of one member after the other.

use wengert_tensor::*;

pub type Program<'a> = dyn Fn(&[Var<f64>]) -> Var<f64> + 'a;

/// An operation, the shapes of its operands for one member, and what it is.
pub struct Operation {
    pub name: &'static str,
    pub shapes: Vec<Vec<usize>>,
    pub program: Box<Program<'static>>,
}

pub fn operation<const N: usize>(
    name: &'static str,
    shapes: [&[usize]; N],
    program: impl Fn([Var<f64>; N]) -> Var<f64> + 'static,
) -> Operation {
    let program = move |x: &[Var<f64>]| program(core::array::from_fn(|k| x[k]));
    let shapes = shapes.iter().map(|shape| shape.to_vec()).collect();
    Operation { name, shapes, program: Box::new(program) }
}

/// Numbers without pattern between −1 and 1, no two alike.
pub fn numbers(shape: &[usize], seed: f64) -> Tensor<f64> {
    let mut k = 10.0 * seed;
    Tensor::from_fn(shape.to_vec(), |_| {
        k += 1.0;
        (k * 12.9898 + 0.3).sin()
    })
}

/// Operands, of which some are batches of `count` members.
pub struct Case<'a> {
    pub count: usize,
    pub x: &'a [Tensor<f64>],
    pub is_batch: &'a [bool],
}

impl Case<'_> {
    fn batches(&self) -> Vec<Tensor<f64>> {
        let pairs = self.x.iter().zip(self.is_batch);
        pairs.filter(|(_, is_batch)| **is_batch).map(|(x, _)| x.clone()).collect()
    }

    /// All operands, those of which there is a batch taken from a list.
    fn operands(&self, mut batches: impl Iterator<Item = Var<f64>>) -> Vec<Var<f64>> {
        let operand = |(x, is_batch): (&Tensor<f64>, &bool)| match is_batch {
            true => batches.next().expect("as many as batches"),
            false => constant(x),
        };
        self.x.iter().zip(self.is_batch).map(operand).collect()
    }

    pub fn mapped(&self, f: &Program<'_>) -> Tensor<f64> {
        vmap(|members: Vec<Var<f64>>| f(&self.operands(members.into_iter())), &self.batches())
    }

    pub fn one_by_one(&self, f: &Program<'_>) -> Tensor<f64> {
        let batches = self.batches();
        let of_member = |member: usize| {
            let x: Vec<_> = batches.iter().map(|x| x.index(0, member)).collect();
            evaluate(&x, |x: Vec<Var<f64>>| f(&self.operands(x.into_iter())))
        };
        let all: Vec<Tensor<f64>> = (0..self.count).map(of_member).collect();
        Tensor::stack(&all, 0)
    }

    /// How many operations it takes to map the function.
    pub fn length(&self, f: &Program<'_>) -> usize {
        let tape = Tape::new();
        let batches: Vec<Var<f64>> = self.batches().iter().map(|x| tape.var(x)).collect();
        let _ = vmap(|members: Vec<Var<f64>>| f(&self.operands(members.into_iter())), &batches);
        tape.len()
    }
}

/// Calls `check` with each choice of the operands that are batches: all but that of none.
pub fn for_each_choice(shapes: &[Vec<usize>], count: usize, check: impl Fn(&Case<'_>)) {
    for choice in 1..1_usize << shapes.len() {
        let is_batch: Vec<bool> = (0..shapes.len()).map(|k| choice >> k & 1 == 1).collect();
        let operand = |k: usize| {
            let front = is_batch[k].then_some(count);
            let shape: Vec<usize> = front.into_iter().chain(shapes[k].iter().copied()).collect();
            numbers(&shape, k as f64 + 1.0)
        };
        let x: Vec<_> = (0..shapes.len()).map(operand).collect();
        check(&Case { count, x: &x, is_batch: &is_batch });
    }
}

/// All elements of several arrays as a vector.
pub fn flat(arrays: &[Var<f64>]) -> Var<f64> {
    let vectors: Vec<Var<f64>> = arrays.iter().map(|x| x.reshape([x.shape().size()])).collect();
    Var::concat(&vectors, 0)
}

/// Weights that make a number of an array, of which every element has its own.
fn weighted(y: Var<f64>) -> Var<f64> {
    (constant(&numbers(&y.shape(), 7.0)) * (y * 1.3).sin()).sum()
}

/// The gradient of a program for all operands, as a program.
pub fn slope<'a>(f: &'a Program<'a>) -> impl Fn(&[Var<f64>]) -> Var<f64> + 'a {
    move |x| flat(&gradient(&x.to_vec(), |x: Vec<Var<f64>>| weighted(f(&x))))
}

/// A Hessian–vector product, forward over reverse, as a program.
pub fn curvature<'a>(f: &'a Program<'a>) -> impl Fn(&[Var<f64>]) -> Var<f64> + 'a {
    move |x| {
        let along = |(k, x): (usize, &Var<f64>)| constant(&numbers(&x.shape(), k as f64 + 20.0));
        let v: Vec<Var<f64>> = x.iter().enumerate().map(along).collect();
        flat(&hvp(|x: Vec<Var<f64>>| weighted(f(&x)), &x.to_vec(), &v))
    }
}

#[track_caller]
pub fn assert_close(a: &Tensor<f64>, b: &Tensor<f64>, tolerance: f64, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        let near = (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0);
        assert!(near || a == b || (a.is_nan() && b.is_nan()), "{what}: {a} and {b}");
    }
}
