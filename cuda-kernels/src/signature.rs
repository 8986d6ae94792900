//! What a kernel takes: the name, and the types of the parameters in their order.

use core::fmt;

/// The type of an element, or of a number that is passed by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u32`
    U32,
    /// `u64`
    U64,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::U32 => "u32",
            Type::U64 => "u64",
        })
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A type of which kernels know the numbers: bits that mean the same there as here.
pub trait Scalar: Copy + Send + Sync + 'static + sealed::Sealed {
    /// Its name.
    const TYPE: Type;
}

macro_rules! scalars {
    ($($T:ident $TYPE:ident,)*) => {$(
        impl sealed::Sealed for $T {}
        impl Scalar for $T {
            const TYPE: Type = Type::$TYPE;
        }
    )*};
}
scalars! { f32 F32, f64 F64, i32 I32, i64 I64, u32 U32, u64 U64, }

/// The type of a parameter of a kernel.
///
/// ```
/// use wengert_cuda_kernels::signature::{Parameter, Type};
/// assert_eq!(Parameter::Read(Type::F32).to_string(), "*const f32");
/// assert_eq!(Parameter::Structure(136).to_string(), "struct 136");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Parameter {
    /// Memory that the kernel reads.
    Read(Type),
    /// Memory that the kernel writes, and may read.
    Write(Type),
    /// A number.
    Value(Type),
    /// A structure of this many bytes.
    Structure(usize),
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parameter::Read(scalar) => write!(f, "*const {scalar}"),
            Parameter::Write(scalar) => write!(f, "*mut {scalar}"),
            Parameter::Value(scalar) => write!(f, "{scalar}"),
            Parameter::Structure(bytes) => write!(f, "struct {bytes}"),
        }
    }
}

/// A kernel of a module: what its source declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// Its name in the module.
    pub name: &'static str,
    /// Its parameters, in their order.
    pub parameters: &'static [Parameter],
}

/// A PTX text, and the kernels in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Module {
    /// The source, by its path in this package.
    pub source: &'static str,
    /// PTX, which the driver compiles for the device that it finds.
    pub ptx: &'static str,
    /// The kernels.
    pub kernels: &'static [Kernel],
    /// The shared memory that a launch of them asks for, beside what the source declares.
    pub shared_bytes: u32,
}

impl Module {
    /// The name of its source, without folder and ending.
    pub fn name(&self) -> &'static str {
        let file = self.source.rsplit('/').next().unwrap_or_default();
        file.strip_suffix(".cu").unwrap_or(file)
    }

    /// The kernel with this name.
    pub fn kernel(&self, name: &str) -> Option<&'static Kernel> {
        self.kernels.iter().find(|kernel| kernel.name == name)
    }
}
