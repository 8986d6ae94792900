//! Functions that are no rows of the rule table: operators, and functions of slices.

use super::{Function, Row};
use wengert_autodiff::{Number, Primitive, rules};

macro_rules! functions {
    ($( $name:literal $Name:ident($arguments:literal) |$x:ident| $value:expr, smooth $smooth:expr; )+) => {
        $(
            #[doc = concat!("The function ", $name, ".")]
            #[derive(Clone, Copy, Debug)]
            pub struct $Name;

            impl Function for $Name {
                fn evaluate<R: Number>(self, $x: &[R]) -> R {
                    $value
                }
                fn arguments(self) -> usize {
                    $arguments
                }
                #[allow(unused)]
                fn smooth(self, $x: &[f64]) -> bool {
                    $smooth
                }
            }
        )+

        /// The rows of all functions of this file.
        pub(super) fn rows() -> Vec<Row> {
            vec![$( Row::of($name, $Name) ),+]
        }
    };
}

/// Weights that tell the components of a vector apart.
fn weighted<R: Number>(components: Vec<R>) -> R {
    let weight = |k: usize| R::Primitive::nearest((k + 1) as f64);
    let terms = components.iter().enumerate().map(|(k, &y)| y.mul_constant(weight(k)));
    terms.fold(R::zero(), |sum, term| sum + term)
}

fn spread(x: &[f64]) -> bool {
    x.iter().any(|&other| other != x[0])
}

functions! {
    "-x" Neg(1) |x| -x[0], smooth true;
    "x + y" Add(2) |x| x[0] + x[1], smooth true;
    "x - y" Sub(2) |x| x[0] - x[1], smooth true;
    "x * y" Mul(2) |x| x[0] * x[1], smooth true;
    "x / y" Div(2) |x| x[0] / x[1], smooth x[1] != 0.0;
    "x % y" Rem(2) |x| x[0] % x[1], smooth x[1] != 0.0 && (x[0] / x[1]).fract() != 0.0;
    "sum" Sum(4) |x| rules::sum(x), smooth true;
    "dot" Dot(6) |x| rules::dot(&x[..3], &x[3..]), smooth true;
    "norm" Norm(4) |x| rules::norm(x), smooth x.iter().any(|&x| x != 0.0);
    "prod" Prod(5) |x| rules::prod(x), smooth true;
    "log_sum_exp" LogSumExp(4) |x| rules::log_sum_exp(x), smooth true;
    "softmax" Softmax(3) |x| weighted(rules::softmax(x)), smooth true;
    "mean" Mean(5) |x| rules::mean(x), smooth true;
    "variance" Variance(4) |x| rules::variance(x, 1), smooth true;
    "standard deviation" Deviation(4) |x| rules::variance(x, 0).sqrt(), smooth spread(x);
    "product of one number with itself" Square(1) |x| x[0] * x[0], smooth true;
}
