//! The models, each written once for every number type.
//!
//! The same text predicts on `f64` and is differentiated on numbers that carry derivatives. Constants stand to
//! the right of an operator because that is where a generic number accepts an `f64`.

use std::f64::consts::{PI, TAU};

use wengert_autodiff::Real;

/// `Model` has a variant for each function, under the function's name, and knows the data sets that the
/// function is fitted to. (A function pointer would have to decide for one number type.)
macro_rules! models {
    ($($function:ident: $($data_set:literal)|+;)+) => {
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy)]
        pub enum Model {
            $($function),+
        }

        impl Model {
            /// The model that the collection fits to a data set.
            pub fn of(data_set: &str) -> Option<Model> {
                match data_set {
                    $($($data_set)|+ => Some(Model::$function),)+
                    _ => None,
                }
            }

            /// The prediction at the predictors `x` under the parameters `b`.
            pub fn predict<R: Real>(self, b: &[R], x: &[f64]) -> R {
                match self {
                    $(Model::$function => $function(all(b), all(x))),+
                }
            }
        }
    };
}

models! {
    saturation: "Misra1a" | "BoxBOD";
    misra1b: "Misra1b";
    misra1c: "Misra1c";
    hyperbola: "Misra1d";
    chwirut: "Chwirut1" | "Chwirut2";
    three_decays: "Lanczos1" | "Lanczos2" | "Lanczos3";
    two_bells: "Gauss1" | "Gauss2" | "Gauss3";
    power: "DanWood";
    quadratic_ratio: "Kirby2";
    cubic_ratio: "Hahn1" | "Thurber";
    breakdown: "Nelson";
    two_decays: "MGH17";
    quantum_defect: "Roszman1";
    cycles: "ENSO";
    mgh09: "MGH09";
    logistic: "Rat42";
    general_logistic: "Rat43";
    mgh10: "MGH10";
    bell: "Eckerle4";
    bennett: "Bennett5";
}

impl Model {
    /// The observation `y` on the scale of the prediction: one model predicts log(y).
    pub fn response(self, y: f64) -> f64 {
        match self {
            Model::breakdown => y.ln(),
            _ => y,
        }
    }
}

/// A slice as an array of the length that the model's signature asks for.
fn all<T: Copy, const N: usize>(slice: &[T]) -> [T; N] {
    slice.try_into().unwrap_or_else(|_| panic!("the model takes {N} numbers, not {}", slice.len()))
}

fn saturation<R: Real>([b1, b2]: [R; 2], [x]: [f64; 1]) -> R {
    b1 * (-(-b2 * x).exp() + 1.0)
}

fn misra1b<R: Real>([b1, b2]: [R; 2], [x]: [f64; 1]) -> R {
    b1 * (-(b2 * x / 2.0 + 1.0).powi(-2) + 1.0)
}

fn misra1c<R: Real>([b1, b2]: [R; 2], [x]: [f64; 1]) -> R {
    b1 * (-(b2 * (2.0 * x) + 1.0).powf(-0.5) + 1.0)
}

fn hyperbola<R: Real>([b1, b2]: [R; 2], [x]: [f64; 1]) -> R {
    b1 * b2 * x / (b2 * x + 1.0)
}

fn chwirut<R: Real>([b1, b2, b3]: [R; 3], [x]: [f64; 1]) -> R {
    (-b1 * x).exp() / (b2 + b3 * x)
}

fn three_decays<R: Real>([b1, b2, b3, b4, b5, b6]: [R; 6], [x]: [f64; 1]) -> R {
    b1 * (-b2 * x).exp() + b3 * (-b4 * x).exp() + b5 * (-b6 * x).exp()
}

fn two_bells<R: Real>([b1, b2, b3, b4, b5, b6, b7, b8]: [R; 8], [x]: [f64; 1]) -> R {
    let bell = |centre: R, width: R| (-((centre - x) / width).powi(2)).exp();
    b1 * (-b2 * x).exp() + b3 * bell(b4, b5) + b6 * bell(b7, b8)
}

fn power<R: Real>([b1, b2]: [R; 2], [x]: [f64; 1]) -> R {
    b1 * R::from(x).powf(b2)
}

fn quadratic_ratio<R: Real>([b1, b2, b3, b4, b5]: [R; 5], [x]: [f64; 1]) -> R {
    polynomial([b1, b2, b3], x) / polynomial([R::one(), b4, b5], x)
}

fn cubic_ratio<R: Real>([b1, b2, b3, b4, b5, b6, b7]: [R; 7], [x]: [f64; 1]) -> R {
    polynomial([b1, b2, b3, b4], x) / polynomial([R::one(), b5, b6, b7], x)
}

fn breakdown<R: Real>([b1, b2, b3]: [R; 3], [time, temperature]: [f64; 2]) -> R {
    b1 - b2 * time * (-b3 * temperature).exp()
}

fn two_decays<R: Real>([b1, b2, b3, b4, b5]: [R; 5], [x]: [f64; 1]) -> R {
    b1 + b2 * (-b4 * x).exp() + b3 * (-b5 * x).exp()
}

fn quantum_defect<R: Real>([b1, b2, b3, b4]: [R; 4], [x]: [f64; 1]) -> R {
    b1 - b2 * x + (b3 / (b4 - x)).atan() / PI
}

fn cycles<R: Real>([b1, b2, b3, b4, b5, b6, b7, b8, b9]: [R; 9], [month]: [f64; 1]) -> R {
    let wave = |period: R, cos: R, sin: R| {
        let angle = period.recip() * (TAU * month);
        cos * angle.cos() + sin * angle.sin()
    };
    b1 + wave(R::from(12.0), b2, b3) + wave(b4, b5, b6) + wave(b7, b8, b9)
}

fn mgh09<R: Real>([b1, b2, b3, b4]: [R; 4], [x]: [f64; 1]) -> R {
    b1 * (b2 * x + x * x) / (b3 * x + b4 + x * x)
}

fn logistic<R: Real>([b1, b2, b3]: [R; 3], [x]: [f64; 1]) -> R {
    b1 / ((b2 - b3 * x).exp() + 1.0)
}

fn general_logistic<R: Real>([b1, b2, b3, b4]: [R; 4], [x]: [f64; 1]) -> R {
    b1 / ((b2 - b3 * x).exp() + 1.0).powf(b4.recip())
}

fn mgh10<R: Real>([b1, b2, b3]: [R; 3], [x]: [f64; 1]) -> R {
    b1 * (b2 / (b3 + x)).exp()
}

fn bell<R: Real>([b1, b2, b3]: [R; 3], [x]: [f64; 1]) -> R {
    b1 / b2 * (((b3 - x) / b2).powi(2) * -0.5).exp()
}

fn bennett<R: Real>([b1, b2, b3]: [R; 3], [x]: [f64; 1]) -> R {
    b1 * (b2 + x).powf(-b3.recip())
}

/// c₀ + c₁ x + c₂ x² + …
fn polynomial<R: Real, const N: usize>(coefficients: [R; N], x: f64) -> R {
    coefficients.into_iter().rev().reduce(|sum, c| sum * x + c).expect("at least c₀")
}
