//! A chain of elementwise operations as one kernel, written at run time.

use core::error::Error;
use core::fmt;

#[cfg(feature = "cuda")]
use crate::signature::{Parameter, Type};
use crate::symbol::{Function, Graph};

use super::body::Precision;
use super::writer::Writer;

/// How an input is read.
///
/// ```
/// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
/// // A matrix plus its transpose: the second has strides.
/// let graph = Graph::record(2, |x| vec![x[0] + x[1]]);
/// let (inputs, outputs) = (&[Access::InOrder, Access::Strided], &[Output::Array]);
/// let precision = Precision::Single;
/// let kernel =
///     Kernel { graph: &graph, precision, inputs, outputs, rank: 2, wide: false, aligned: true };
/// // n, two inputs, one output, two extents, two strides
/// assert_eq!(kernel.parameters(), 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// An array of as many elements as the result, in its order.
    InOrder,
    /// One number in memory, the same everywhere.
    Uniform,
    /// One number, passed by its bits.
    Number,
    /// An array with a stride for each axis of the result; 0 where it is spread.
    Strided,
    /// The same, where what is next to each other along the last axis is so in memory, and rows begin at multiples of 16 bytes.
    StridedRows,
    /// The same, where it is spread along the last axis: a row is one element.
    StridedOnce,
}

impl Access {
    /// Whether there is a stride for each axis.
    ///
    /// ```
    /// use wengert_cuda_kernels::Access;
    /// assert!(Access::StridedOnce.is_strided() && !Access::Uniform.is_strided());
    /// ```
    pub fn is_strided(self) -> bool {
        matches!(self, Access::Strided | Access::StridedRows | Access::StridedOnce)
    }
}

/// What becomes of a result.
///
/// ```
/// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
/// // Σ x², and the gradient 2x, in one pass
/// let graph = Graph::record(1, |x| vec![x[0] * x[0], x[0] * 2.0]);
/// let (inputs, outputs) = (&[Access::InOrder], &[Output::Total, Output::Array]);
/// let precision = Precision::Double;
/// let kernel =
///     Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: true };
/// assert!(kernel.ptx().unwrap().contains("shfl.sync.down"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// Its elements, in order.
    Array,
    /// The sum of its elements within each block of threads.
    Total,
}

/// An elementwise computation as a kernel: the results of an expression for each element of arrays, in one pass.
///
/// The kernel is called [`ENTRY`](Kernel::ENTRY). Its parameters are numbers of 64 bits: the number n of elements; the
/// address of each input (or its bits, if it is a [number](Access::Number)); of each output; and, if an input is strided, the extents of the `rank` axes, and for each
/// strided input its strides in elements. It may be launched with any number of blocks, of a multiple of 32 threads; each
/// thread takes every so many elements. A [total](Output::Total) leaves one number for each block, always the same for
/// the same launch.
///
/// The text is a whole module: what it needs of the committed one is in it. So the driver can compile it without linking.
/// It asks for PTX 6.3 and a device of compute capability 7.5: the committed module does, because the compiler knows no
/// older devices, and PTX 6.3 was the first for these.
///
/// Products and sums are rounded one by one, as on the host, and subnormal numbers are kept.
///
/// Equal kernels have equal texts, whatever the extents and strides: what a cache can go by.
///
/// ```
/// use wengert_autodiff::rules::Hyperbolic;
/// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
///
/// // tanh x · y, where y is one number
/// let graph = Graph::record(2, |x| vec![x[0].tanh() * x[1]]);
/// let kernel = Kernel {
///     graph: &graph,
///     precision: Precision::Single,
///     inputs: &[Access::InOrder, Access::Uniform],
///     outputs: &[Output::Array],
///     rank: 1,
///     wide: false,
///     aligned: false,
/// };
/// let ptx = kernel.ptx().unwrap();
/// assert!(ptx.contains(".visible .entry wengert_elementwise("));
/// assert_eq!(kernel.parameters(), 4); // n, x, y, the result
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel<'a> {
    /// The computation, with one input for each array.
    pub graph: &'a Graph,
    /// The type of the numbers.
    pub precision: Precision,
    /// How each input is read.
    pub inputs: &'a [Access],
    /// What becomes of each result.
    pub outputs: &'a [Output],
    /// The number of axes that strides are for.
    pub rank: usize,
    /// Whether there may be 2³² elements or more, where an input is strided.
    pub wide: bool,
    /// Whether several elements can be computed at once, as many as 16 bytes hold: all arrays in order begin at multiples of 16
    /// bytes, and, if an input is strided, the last of the `rank` axes has a multiple of as many.
    pub aligned: bool,
}

/// A function whose value does not exist as device code: a row of a user's own.
///
/// ```
/// use wengert_autodiff::{Number, Rule, Primitive};
/// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
/// wengert_autodiff::rules! {
///     /// Functions of our own.
///     pub trait Ours;
///     /// x + x
///     twice(x) = Twice { value: x + x, partials: [R::lit(2.0)], smooth: true, }
/// }
/// let graph = Graph::record(1, |x| vec![x[0].twice()]);
/// let (inputs, outputs) = (&[Access::InOrder], &[Output::Array]);
/// let precision = Precision::Double;
/// let kernel =
///     Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: false };
/// assert!(kernel.ptx().unwrap_err().to_string().starts_with("twice: "));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFunction(pub Function);

impl fmt::Display for UnknownFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: a rule of one's own has no value as device code; for a device, write the function over `Real`, from \
             functions of the library's table",
            self.0
        )
    }
}

impl Error for UnknownFunction {}

impl Kernel<'_> {
    /// The name of the kernel in its module.
    ///
    /// ```
    /// assert_eq!(wengert_cuda_kernels::Kernel::ENTRY, "wengert_elementwise");
    /// ```
    pub const ENTRY: &'static str = "wengert_elementwise";

    /// How many parameters the kernel has, of 64 bits each.
    ///
    /// ```
    /// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
    /// let graph = Graph::record(1, |x| vec![-x[0]]);
    /// let (inputs, outputs) = (&[Access::InOrder], &[Output::Array]);
    /// let precision = Precision::Single;
    /// let kernel =
    ///     Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: true };
    /// assert_eq!(kernel.parameters(), 3); // n, the input, the output
    /// ```
    pub fn parameters(&self) -> usize {
        let strided = self.inputs.iter().filter(|access| access.is_strided()).count();
        let layout = if strided > 0 { (1 + strided) * self.rank } else { 0 };
        1 + self.inputs.len() + self.outputs.len() + layout
    }

    /// The types of the parameters, for numbers of type `of`.
    #[cfg(feature = "cuda")]
    pub(crate) fn signature(&self, of: Type) -> Vec<Parameter> {
        let input = |access: &Access| match access {
            Access::Number => Parameter::Value(Type::U64),
            _ => Parameter::Read(of),
        };
        let mut parameters = vec![Parameter::Value(Type::U64)];
        parameters.extend(self.inputs.iter().map(input));
        parameters.extend(self.outputs.iter().map(|_| Parameter::Write(of)));
        parameters.resize(self.parameters(), Parameter::Value(Type::U64));
        parameters
    }

    /// The module.
    ///
    /// # Errors
    /// If the expression calls a function whose value does not exist as device code.
    ///
    /// # Panics
    /// If there are not as many ways to read inputs, or uses of results, as the expression has of them, or more
    /// parameters than a kernel may have.
    ///
    /// ```
    /// use wengert_cuda_kernels::{Access, Graph, Kernel, Output, Precision};
    /// let graph = Graph::record(1, |x| vec![x[0] * 0.5]);
    /// let (inputs, outputs) = (&[Access::InOrder], &[Output::Array]);
    /// let precision = Precision::Single;
    /// let kernel =
    ///     Kernel { graph: &graph, precision, inputs, outputs, rank: 1, wide: false, aligned: true };
    /// // 0.5 by its bits, and four elements at once
    /// let ptx = kernel.ptx().unwrap();
    /// assert!(ptx.contains("0f3F000000") && ptx.contains("ld.global.v4.f32"));
    /// ```
    pub fn ptx(&self) -> Result<String, UnknownFunction> {
        let (inputs, outputs) = (self.graph.inputs(), self.graph.outputs().len());
        assert!(
            self.inputs.len() == inputs && self.outputs.len() == outputs,
            "kernel: {} inputs and {} outputs are described, but the expression has {inputs} and {outputs}; describe \
             each of them",
            self.inputs.len(),
            self.outputs.len()
        );
        // 4 KB, the limit of all devices.
        assert!(
            self.parameters() <= 512,
            "kernel: {} parameters, of at most 512; split the expression",
            self.parameters()
        );
        match self.graph.unknown_function() {
            Some(function) => Err(UnknownFunction(function)),
            None => Ok(Writer::new(self).module()),
        }
    }
}
