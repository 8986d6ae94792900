//! The laws of array operations: one table of rows, and one check of them all.
//!
//! A row is a name, the [`Inputs`] on which the operation is tried, the operation as a function that is generic over the
//! numbers, and, where there is one, its twin: the same program on single numbers. [`check`] does the rest.

pub mod conventions;
mod elementwise;
mod indexing;
mod inputs;
mod laws;
mod layout;
mod linalg;
pub mod on_device;
pub mod page;
mod products;
mod programs;
mod reductions;
mod twins;
mod windows;

use core::fmt;
use std::sync::{Arc, OnceLock};

pub use inputs::{Inputs, Layout};
pub use laws::{LAWS, Law, Report, check};
pub use twins::{Numbers, Scalar};
use wengert_tensor::Var;

type Program<T> = Arc<dyn Fn(&[Var<T>]) -> Var<T> + Send + Sync>;
type Twin = Arc<dyn Fn(&[Numbers]) -> Vec<Scalar> + Send + Sync>;

/// A row: an operation on arrays, and what it is tried on.
#[derive(Clone)]
pub struct Row {
    /// The operation's name.
    pub name: String,
    /// What it is tried on.
    pub inputs: Inputs,
    double: Program<f64>,
    single: Program<f32>,
    twin: Option<Twin>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.name, self.inputs)
    }
}

impl Row {
    /// An operation, once for each type of numbers.
    pub fn new(
        name: impl Into<String>,
        inputs: Inputs,
        double: impl Fn(&[Var<f64>]) -> Var<f64> + Send + Sync + 'static,
        single: impl Fn(&[Var<f32>]) -> Var<f32> + Send + Sync + 'static,
    ) -> Self {
        let (double, single) = (Arc::new(double), Arc::new(single));
        Self { name: name.into(), inputs, double, single, twin: None }
    }

    /// The operation with its twin, whose results are in row-major order.
    #[must_use]
    pub fn with_twin(
        self,
        twin: impl Fn(&[Numbers]) -> Vec<Scalar> + Send + Sync + 'static,
    ) -> Self {
        Self { twin: Some(Arc::new(twin)), ..self }
    }
}

/// Rows of operations that are generic over the numbers.
macro_rules! rows {
    ($( $name:literal, $inputs:expr, |$x:ident| $value:expr $(, twin |$y:ident| $twin:expr)?; )+) => {
        pub(super) fn rows() -> Vec<super::Row> {
            vec![$({
                fn program<T: wengert_tensor::Element>($x: &[Var<T>]) -> Var<T> {
                    $value
                }
                let row = super::Row::new($name, $inputs, program::<f64>, program::<f32>);
                $(
                    fn twin($y: &[super::Numbers]) -> Vec<super::Scalar> {
                        $twin
                    }
                    let row = row.with_twin(twin);
                )?
                row
            }),+]
        }
    };
}
use rows;

/// Every operation on arrays.
pub fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let families = [
            elementwise::rules(),
            elementwise::rows(),
            reductions::rows(),
            products::rows(),
            programs::rows(),
            linalg::rows(),
            layout::rows(),
            indexing::rows(),
            windows::rows(),
        ];
        families.into_iter().flatten().collect()
    })
}
