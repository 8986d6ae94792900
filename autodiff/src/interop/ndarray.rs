//! `ndarray`: numbers as the right operand of an array.

use ndarray::ScalarOperand;

use crate::dual::DualVec;
use crate::number::Number;
use crate::taylor::Taylor;
use crate::var::Var;

impl<T: Number, const N: usize> ScalarOperand for DualVec<T, N> {}
impl<T: Number, const N: usize> ScalarOperand for Taylor<T, N> {}
impl<T: Number> ScalarOperand for Var<T> {}
