use core::ffi::c_void;
use core::marker::PhantomData;

use super::buffer::Buffer;
use super::device::Device;
use crate::layout::Structure;
use crate::signature::{Parameter, Scalar, Type};

/// What is passed for a parameter of a kernel, with its type.
#[derive(Clone, Debug)]
pub struct Argument<'a> {
    pub(super) kind: Parameter,
    /// An address, or the bits of a number.
    bits: u64,
    /// A structure.
    place: *const c_void,
    /// For memory: where it is, how many elements are left, and how many bytes one has.
    pub(super) device: Option<&'a Device>,
    left: usize,
    element: usize,
    borrowed: PhantomData<&'a ()>,
}

impl<'a> Argument<'a> {
    fn new(kind: Parameter) -> Self {
        let (bits, place, device) = (0, core::ptr::null(), None);
        Argument { kind, bits, place, device, left: 0, element: 0, borrowed: PhantomData }
    }

    /// Memory that the kernel reads.
    pub fn read<T: Scalar>(buffer: &'a Buffer<T>) -> Self {
        Argument::memory(Parameter::Read(T::TYPE), buffer)
    }

    /// Memory that the kernel writes, and may read.
    pub fn write<T: Scalar>(buffer: &'a mut Buffer<T>) -> Self {
        Argument::memory(Parameter::Write(T::TYPE), buffer)
    }

    /// Memory that the kernel reads without knowing the type of its elements: `u32` or `u64`, by their size.
    pub fn read_bits<T: Scalar>(buffer: &'a Buffer<T>) -> Self {
        Argument::memory(Parameter::Read(bits_of::<T>()), buffer)
    }

    /// Memory that the kernel writes without knowing the type of its elements.
    pub fn write_bits<T: Scalar>(buffer: &'a mut Buffer<T>) -> Self {
        Argument::memory(Parameter::Write(bits_of::<T>()), buffer)
    }

    fn memory<T: Scalar>(kind: Parameter, buffer: &'a Buffer<T>) -> Self {
        Argument {
            bits: buffer.address(),
            device: Some(buffer.device()),
            left: buffer.len(),
            element: size_of::<T>(),
            ..Argument::new(kind)
        }
    }

    /// The same memory, from this element on.
    ///
    /// # Panics
    /// If it is past the end, or the argument is no memory.
    #[track_caller]
    pub fn from_element(mut self, first: usize) -> Self {
        assert!(
            self.device.is_some() && first <= self.left,
            "from_element: element {first} of an argument {} of {}",
            self.kind,
            self.left
        );
        self.bits += (first * self.element) as u64;
        self.left -= first;
        self
    }

    /// A structure.
    pub fn structure<S: Structure>(structure: &'a S) -> Self {
        let place = core::ptr::from_ref(structure).cast();
        Argument { place, ..Argument::new(Parameter::Structure(size_of::<S>())) }
    }

    /// A number.
    pub fn number(number: impl Into<Number>) -> Self {
        let Number { scalar, bits } = number.into();
        Argument { bits, ..Argument::new(Parameter::Value(scalar)) }
    }

    /// Where the driver finds it; as long as `self` stays where it is.
    pub(super) fn pointer(&self) -> *mut c_void {
        match self.kind {
            Parameter::Structure(_) => self.place.cast_mut(),
            // (Little-endian, as all machines with these devices: the first bytes are those of a shorter number.)
            _ => core::ptr::from_ref(&self.bits).cast_mut().cast(),
        }
    }
}

fn bits_of<T: Scalar>() -> Type {
    if size_of::<T>() == 4 { Type::U32 } else { Type::U64 }
}

/// A number of one of the types that kernels know.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    scalar: Type,
    bits: u64,
}

macro_rules! numbers {
    ($($T:ident: $bits:expr;)*) => {$(
        impl From<$T> for Number {
            fn from(x: $T) -> Self {
                let bits: fn($T) -> u64 = $bits;
                Number { scalar: <$T as Scalar>::TYPE, bits: bits(x) }
            }
        }
    )*};
}
numbers! {
    f32: |x| u64::from(x.to_bits());
    f64: f64::to_bits;
    i32: |x| u64::from(x.cast_unsigned());
    i64: i64::cast_unsigned;
    u32: u64::from;
    u64: |x| x;
}
