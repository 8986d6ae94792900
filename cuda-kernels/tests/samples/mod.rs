//! A sample of the kernels that are written at run time.

use wengert_autodiff::rules::{Sigmoid, Tanh};
use wengert_autodiff::{Number, Real, Rule, RuleVisitor, rules};
use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision, Symbol};

/// A kernel with what it borrows.
pub struct Sample {
    pub name: String,
    pub graph: Graph,
    pub precision: Precision,
    pub inputs: Vec<Access>,
    pub outputs: Vec<Output>,
    pub rank: usize,
    pub wide: bool,
    pub aligned: bool,
}

impl Sample {
    pub fn kernel(&self) -> Kernel<'_> {
        Kernel {
            graph: &self.graph,
            precision: self.precision,
            inputs: &self.inputs,
            outputs: &self.outputs,
            rank: self.rank,
            wide: self.wide,
            aligned: self.aligned,
        }
    }

    #[allow(dead_code, reason = "not every program that takes this file uses all of it")]
    #[track_caller]
    pub fn ptx(&self) -> String {
        self.kernel().ptx().unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Arrays in order only.
    #[allow(dead_code, reason = "not every program that takes this file uses all of it")]
    fn plain(name: String, graph: Graph, precision: Precision) -> Self {
        let inputs = vec![Access::InOrder; graph.inputs()];
        let outputs = vec![Output::Array; graph.outputs().len()];
        Self { name, graph, precision, inputs, outputs, rank: 1, wide: false, aligned: false }
    }
}

pub const PRECISIONS: [Precision; 2] = [Precision::Single, Precision::Double];

/// A row as a forward and a reverse pass see it: from the arguments and a cotangent, the value and, for each argument, the
/// cotangent times the partial derivative.
pub fn row<const A: usize, K: Rule<A>>(rule: K) -> Graph {
    Graph::record(A + 1, |x| {
        let arguments: [Symbol; A] = core::array::from_fn(|k| x[k]);
        let value = Number::apply(rule, arguments);
        let partials = (0..A).map(|k| x[A].strong_mul(rule.partial(k, arguments, value)));
        core::iter::once(value).chain(partials).collect()
    })
}

/// Each row of the table, in both precisions.
#[allow(dead_code, reason = "not every program that takes this file uses all of it")]
pub fn rows() -> Vec<Sample> {
    struct Rows(Vec<Sample>);
    impl RuleVisitor for Rows {
        fn visit<const A: usize, K: Rule<A>>(&mut self, rule: K) {
            for precision in PRECISIONS {
                self.0.push(Sample::plain(K::NAME.into(), row(rule), precision));
            }
        }
    }
    let mut rows = Rows(Vec::new());
    rules::visit_all(&mut rows);
    rows.0
}

/// tanh x · sigmoid y + exp(−x²)
pub fn chain<R: Real>(x: R, y: R) -> R {
    x.tanh() * y.sigmoid() + (-(x * x)).exp()
}

fn partial<K: Rule<1>>(rule: K, x: Symbol) -> Symbol {
    rule.partial(0, [x], Number::apply(rule, [x]))
}

/// The chain and a product of two partials, from arrays of every kind; the last result is summed.
pub fn layouts() -> Vec<Sample> {
    use Access::{InOrder, Strided, StridedOnce, StridedRows, Uniform};
    let graph = || {
        Graph::record(2, |x| {
            let (x, y) = (x[0], x[1]);
            let [tanh, sigmoid] = [partial(Tanh {}, x), partial(Sigmoid {}, y)];
            vec![chain(x, y), tanh * sigmoid, chain(y, x)]
        })
    };
    let mut samples = Vec::new();
    for precision in PRECISIONS {
        for (inputs, rank, wide, aligned) in [
            ([InOrder, InOrder], 1, false, false),
            ([InOrder, InOrder], 1, false, true),
            ([InOrder, Uniform], 1, false, true),
            ([InOrder, Strided], 3, false, false),
            ([InOrder, Strided], 3, false, true),
            ([StridedRows, StridedOnce], 2, false, true),
            ([StridedOnce, StridedRows], 3, true, true),
            ([Strided, StridedOnce], 4, false, true),
            ([StridedRows, StridedOnce], 3, false, false),
            ([Strided, Strided], 4, true, false),
            ([Uniform, Strided], 2, false, false),
        ] {
            samples.push(Sample {
                name: format!("{inputs:?}, rank {rank}, wide {wide}, aligned {aligned}"),
                graph: graph(),
                precision,
                inputs: inputs.to_vec(),
                outputs: vec![Output::Array, Output::Array, Output::Total],
                rank,
                wide,
                aligned,
            });
        }
    }
    samples
}
