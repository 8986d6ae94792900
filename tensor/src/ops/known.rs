//! Operations that the planner knows, by the places in memory of their names: no other operation has its name there, whatever
//! it is called.

use crate::element::Element;
use crate::recording::Operation;

static MATMUL: [u8; 6] = *b"matmul";
static RESHAPE: [u8; 7] = *b"reshape";

fn name(letters: &'static [u8]) -> &'static str {
    core::str::from_utf8(letters).expect("letters")
}

pub(super) fn matmul() -> &'static str {
    name(&MATMUL)
}

pub(super) fn reshape() -> &'static str {
    name(&RESHAPE)
}

/// Whether an operation is the product of matrices.
pub(crate) fn is_product<T: Element>(operation: &dyn Operation<T>) -> bool {
    core::ptr::eq(operation.name(), matmul())
}

/// Whether an operation gives the same elements another shape.
pub(crate) fn is_reshape<T: Element>(operation: &dyn Operation<T>) -> bool {
    core::ptr::eq(operation.name(), reshape())
}
