//! The model functions, each written once for every number type.
//!
//! A model takes its parameters as an array, so that its signature says how
//! many there are and its body reads like the printed formula. The same text
//! runs on plain `f64` to predict and on differentiable numbers to
//! differentiate. Constants stand to the right of an operator because that is
//! where a generic number accepts an `f64`.

use std::f64::consts::{PI, TAU};
use wengert_autodiff::Real;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    Saturation,
    Misra1b,
    Misra1c,
    Hyperbola,
    Chwirut,
    ThreeDecays,
    TwoBells,
    Power,
    QuadraticRatio,
    CubicRatio,
    Breakdown,
    TwoDecays,
    QuantumDefect,
    Cycles,
    Mgh09,
    Logistic,
    GeneralLogistic,
    Mgh10,
    Bell,
    Bennett,
}

impl Model {
    /// The model that the collection fits to the data set `name`.
    pub fn of(name: &str) -> Option<Model> {
        use Model::*;
        Some(match name {
            "Misra1a" | "BoxBOD" => Saturation,
            "Misra1b" => Misra1b,
            "Misra1c" => Misra1c,
            "Misra1d" => Hyperbola,
            "Chwirut1" | "Chwirut2" => Chwirut,
            "Lanczos1" | "Lanczos2" | "Lanczos3" => ThreeDecays,
            "Gauss1" | "Gauss2" | "Gauss3" => TwoBells,
            "DanWood" => Power,
            "Kirby2" => QuadraticRatio,
            "Hahn1" | "Thurber" => CubicRatio,
            "Nelson" => Breakdown,
            "MGH17" => TwoDecays,
            "Roszman1" => QuantumDefect,
            "ENSO" => Cycles,
            "MGH09" => Mgh09,
            "Rat42" => Logistic,
            "Rat43" => GeneralLogistic,
            "MGH10" => Mgh10,
            "Eckerle4" => Bell,
            "Bennett5" => Bennett,
            _ => return None,
        })
    }

    /// The prediction at the predictors `x` under the parameters `b`.
    pub fn predict<R: Real>(self, b: &[R], x: &[f64]) -> R {
        match self {
            Model::Saturation => saturation(all(b), x[0]),
            Model::Misra1b => misra1b(all(b), x[0]),
            Model::Misra1c => misra1c(all(b), x[0]),
            Model::Hyperbola => hyperbola(all(b), x[0]),
            Model::Chwirut => chwirut(all(b), x[0]),
            Model::ThreeDecays => three_decays(all(b), x[0]),
            Model::TwoBells => two_bells(all(b), x[0]),
            Model::Power => power(all(b), x[0]),
            Model::QuadraticRatio => quadratic_ratio(all(b), x[0]),
            Model::CubicRatio => cubic_ratio(all(b), x[0]),
            Model::Breakdown => breakdown(all(b), x[0], x[1]),
            Model::TwoDecays => two_decays(all(b), x[0]),
            Model::QuantumDefect => quantum_defect(all(b), x[0]),
            Model::Cycles => cycles(all(b), x[0]),
            Model::Mgh09 => mgh09(all(b), x[0]),
            Model::Logistic => logistic(all(b), x[0]),
            Model::GeneralLogistic => general_logistic(all(b), x[0]),
            Model::Mgh10 => mgh10(all(b), x[0]),
            Model::Bell => bell(all(b), x[0]),
            Model::Bennett => bennett(all(b), x[0]),
        }
    }

    /// The scale on which residuals are taken: one model predicts log(y).
    pub fn response(self, y: f64) -> f64 {
        match self {
            Model::Breakdown => y.ln(),
            _ => y,
        }
    }
}

/// The parameters as an array of the length the model asks for.
fn all<R: Copy, const N: usize>(b: &[R]) -> [R; N] {
    assert_eq!(b.len(), N, "the model has {N} parameters");
    std::array::from_fn(|i| b[i])
}

fn saturation<R: Real>([b1, b2]: [R; 2], x: f64) -> R {
    b1 * (-(-b2 * x).exp() + 1.0)
}

fn misra1b<R: Real>([b1, b2]: [R; 2], x: f64) -> R {
    b1 * (-(b2 * x / 2.0 + 1.0).powi(-2) + 1.0)
}

fn misra1c<R: Real>([b1, b2]: [R; 2], x: f64) -> R {
    b1 * (-(b2 * (2.0 * x) + 1.0).powf(-0.5) + 1.0)
}

fn hyperbola<R: Real>([b1, b2]: [R; 2], x: f64) -> R {
    b1 * b2 * x / (b2 * x + 1.0)
}

fn chwirut<R: Real>([b1, b2, b3]: [R; 3], x: f64) -> R {
    (-b1 * x).exp() / (b2 + b3 * x)
}

fn three_decays<R: Real>([b1, b2, b3, b4, b5, b6]: [R; 6], x: f64) -> R {
    b1 * (-b2 * x).exp() + b3 * (-b4 * x).exp() + b5 * (-b6 * x).exp()
}

fn two_bells<R: Real>([b1, b2, b3, b4, b5, b6, b7, b8]: [R; 8], x: f64) -> R {
    let bell = |centre: R, width: R| (-((centre - x) / width).powi(2)).exp();
    b1 * (-b2 * x).exp() + b3 * bell(b4, b5) + b6 * bell(b7, b8)
}

fn power<R: Real>([b1, b2]: [R; 2], x: f64) -> R {
    b1 * R::from(x).powf(b2)
}

fn quadratic_ratio<R: Real>([b1, b2, b3, b4, b5]: [R; 5], x: f64) -> R {
    (b1 + (b2 + b3 * x) * x) / ((b4 + b5 * x) * x + 1.0)
}

fn cubic_ratio<R: Real>([b1, b2, b3, b4, b5, b6, b7]: [R; 7], x: f64) -> R {
    (b1 + (b2 + (b3 + b4 * x) * x) * x) / ((b5 + (b6 + b7 * x) * x) * x + 1.0)
}

fn breakdown<R: Real>([b1, b2, b3]: [R; 3], time: f64, temperature: f64) -> R {
    b1 - b2 * time * (-b3 * temperature).exp()
}

fn two_decays<R: Real>([b1, b2, b3, b4, b5]: [R; 5], x: f64) -> R {
    b1 + b2 * (-b4 * x).exp() + b3 * (-b5 * x).exp()
}

fn quantum_defect<R: Real>([b1, b2, b3, b4]: [R; 4], x: f64) -> R {
    b1 - b2 * x + (b3 / (b4 - x)).atan() / PI
}

fn cycles<R: Real>([b1, b2, b3, b4, b5, b6, b7, b8, b9]: [R; 9], month: f64) -> R {
    let year = TAU * month / 12.0;
    let angle = |period: R| period.recip() * (TAU * month);
    b1 + b2 * year.cos()
        + b3 * year.sin()
        + b5 * angle(b4).cos()
        + b6 * angle(b4).sin()
        + b8 * angle(b7).cos()
        + b9 * angle(b7).sin()
}

fn mgh09<R: Real>([b1, b2, b3, b4]: [R; 4], x: f64) -> R {
    b1 * (b2 * x + x * x) / (b3 * x + b4 + x * x)
}

fn logistic<R: Real>([b1, b2, b3]: [R; 3], x: f64) -> R {
    b1 / ((b2 - b3 * x).exp() + 1.0)
}

fn general_logistic<R: Real>([b1, b2, b3, b4]: [R; 4], x: f64) -> R {
    b1 / ((b2 - b3 * x).exp() + 1.0).powf(b4.recip())
}

fn mgh10<R: Real>([b1, b2, b3]: [R; 3], x: f64) -> R {
    b1 * (b2 / (b3 + x)).exp()
}

fn bell<R: Real>([b1, b2, b3]: [R; 3], x: f64) -> R {
    b1 / b2 * (((b3 - x) / b2).powi(2) * -0.5).exp()
}

fn bennett<R: Real>([b1, b2, b3]: [R; 3], x: f64) -> R {
    b1 * (b2 + x).powf(-b3.recip())
}
