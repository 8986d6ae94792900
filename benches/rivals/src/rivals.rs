//! How each crate finds a gradient: as its documentation says.

use echidna::BytecodeTape;
use wengert_autodiff::gradient_into;

use crate::adr::Adr;
use crate::numbers::Num;
use crate::programs::Program;

/// A way to find gradients.
pub trait Rival<P: Program> {
    /// Writes the first derivatives at x, as many as there is room for.
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]);
}

/// The program itself, without derivatives.
pub struct Plain;

impl<P: Program> Rival<P> for Plain {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        gradient[0] = P::run(x);
    }
}

pub struct Wengert;

impl<P: Program> Rival<P> for Wengert {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        gradient_into(P::run, x, gradient);
    }
}

/// `Tape`, `Var`; the tape is kept, and cleared.
#[derive(Default)]
pub struct Reverse(reverse::Tape);

impl<P: Program> Rival<P> for Reverse {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        use reverse::Gradient;
        self.0.clear();
        let x = self.0.add_vars(x);
        gradient.copy_from_slice(&P::run(&x).grad().wrt(&x));
    }
}

/// `grad`
pub struct Echidna;

impl<P: Program> Rival<P> for Echidna {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        gradient.copy_from_slice(&echidna::grad(P::run, x));
    }
}

/// `record`, once, and `BytecodeTape::gradient` each time.
#[derive(Default)]
pub struct EchidnaReplay(Option<BytecodeTape<f64>>);

impl<P: Program> Rival<P> for EchidnaReplay {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        let tape = self.0.get_or_insert_with(|| echidna::record(P::run, x).0);
        gradient.copy_from_slice(&tape.gradient(x));
    }
}

/// `Tape`, `Variable`
pub struct Aad;

impl<P: Program> Rival<P> for Aad {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        let tape = aad::Tape::new();
        let x: Vec<_> = tape.create_variables_iter(x).collect();
        let gradients = P::run(&x).compute_gradients().expect("a variable of the tape");
        for (derivative, x) in gradient.iter_mut().zip(&x) {
            *derivative = gradients.get_gradient(x).expect("a variable of the tape");
        }
    }
}

/// `Graph`, `Variable`; the graph is kept, and cleared.
#[derive(Default)]
pub struct RustQuant(RustQuant_autodiff::Graph);

impl<P: Program> Rival<P> for RustQuant {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        use RustQuant_autodiff::{Accumulate, Gradient};
        self.0.clear();
        let x = self.0.vars(x);
        gradient.copy_from_slice(&P::run(&x).accumulate().wrt(&x));
    }
}

/// `adr` in its one graph
pub struct AdTrait;

impl<P: Program> Rival<P> for AdTrait {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        use ad_trait::reverse_ad::adr::{GlobalComputationGraph, adr};
        GlobalComputationGraph::get().reset();
        let x: Vec<Adr> = x.iter().map(|&x| Adr(adr::new_variable(x, false))).collect();
        let adjoints = P::run(&x).0.get_backwards_mode_grad();
        gradient.iter_mut().zip(&x).for_each(|(derivative, x)| *derivative = adjoints.wrt(&x.0));
    }
}

/// `WengertList`, `Record`
#[derive(Default)]
pub struct EasyMl(easy_ml::differentiation::WengertList<f64>);

impl<P: Program> Rival<P> for EasyMl {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        use easy_ml::differentiation::Record;
        self.0.clear();
        let x: Vec<_> = x.iter().map(|&x| Record::variable(x, &self.0)).collect();
        let derivatives = P::run(&x).derivatives();
        gradient.iter_mut().zip(&x).for_each(|(derivative, x)| *derivative = derivatives[x]);
    }
}

/// Forward mode: an evaluation for each chunk of variables.
fn forward<P: Program, N: Num>(
    x: &[f64],
    gradient: &mut [f64],
    chunk: usize,
    constant: impl Fn(f64) -> N,
    variable: impl Fn(f64, usize) -> N,
    tangent: impl Fn(N, usize) -> f64,
) {
    let mut point: Vec<N> = x.iter().map(|&x| constant(x)).collect();
    for (number, gradient) in gradient.chunks_mut(chunk).enumerate() {
        let first = number * chunk;
        (0..gradient.len()).for_each(|k| point[first + k] = variable(x[first + k], k));
        let y = P::run(&point);
        (0..gradient.len()).for_each(|k| {
            gradient[k] = tangent(y, k);
            point[first + k] = constant(x[first + k]);
        });
    }
}

/// `Dual64`, a variable at a time
pub struct NumDual;

impl<P: Program> Rival<P> for NumDual {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        use num_dual::Dual64;
        let variable = |x, _| Dual64::from(x).derivative();
        forward::<P, _>(x, gradient, 1, Dual64::from, variable, |y, _| y.eps);
    }
}

/// `F1`, a variable at a time, as `grad` does
pub struct Autodiff;

impl<P: Program> Rival<P> for Autodiff {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        use autodiff::F1;
        forward::<P, F1>(x, gradient, 1, F1::cst, |x, _| F1::var(x), |y, _| y.deriv());
    }
}

/// `Hyperdual`, eight variables at a time
pub struct Hyperdual;

impl<P: Program> Rival<P> for Hyperdual {
    fn gradient(&mut self, x: &[f64], gradient: &mut [f64]) {
        type Number = hyperdual::Hyperdual<f64, 9>;
        let variable = |x, direction| {
            let mut number = Number::from_real(x);
            number[1 + direction] = 1.0;
            number
        };
        forward::<P, Number>(x, gradient, 8, Number::from_real, variable, |y, k| y[1 + k]);
    }
}
