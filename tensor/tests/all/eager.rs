//! What tensors do at once.

use proptest::prelude::*;
use wengert_tensor::*;

use super::checks::panic_message;
use super::layouts::{layouts, numbers, operand, shapes};

proptest! {
    #[test]
    fn a_multiple_is_added_in_place(
        shape in shapes(0..4), layout in layouts(), own in layouts(), factor in -3.0..3.0_f64,
    ) {
        let (mut sum, other) = (operand(&shape, own, 1.0), operand(&shape, layout, 2.0));
        let before = sum.clone();
        sum.scaled_add(factor, &other);
        let expected: Vec<f64> =
            before.to_vec().into_iter().zip(other.to_vec()).map(|(a, b)| a + factor * b).collect();
        prop_assert_eq!(sum.to_vec(), expected);
        prop_assert_eq!(before.to_vec(), operand(&shape, own, 1.0).to_vec(), "the other name's elements stay");
    }
}

#[test]
fn large_multiples_are_added_by_threads() {
    let (mut sum, other) = (numbers(&[300, 1001], 1.0), numbers(&[300, 1001], 2.0));
    let expected = &sum + &(&other * -0.5);
    let memory = sum.as_slice().expect("in order").as_ptr();
    sum.scaled_add(-0.5, &other);
    assert_eq!(sum, expected);
    assert_eq!(sum.as_slice().expect("in order").as_ptr(), memory);
}

#[test]
fn multiples_of_other_shapes_are_refused() {
    let message = panic_message(|| Tensor::<f64>::zeros([2]).scaled_add(1.0, &Tensor::zeros([3])));
    assert_eq!(message, "scaled_add: shapes [2] and [3]; expand the second one, or reshape it");
}
