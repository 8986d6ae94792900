//! What a mapped function is not given.

use wengert_tensor::*;

#[test]
#[should_panic(expected = "vmap: the argument has no arrays")]
fn nothing_is_mapped_over() {
    let none: Vec<Tensor<f64>> = Vec::new();
    let _ = vmap(|_: Vec<Var<f64>>| Var::from(1.0), &none);
}

#[test]
#[should_panic(expected = "vmap: array `1` is a single number, without an axis for members")]
fn a_number_has_no_members() {
    let x = (Tensor::from([1.0, 2.0]), Tensor::from(3.0));
    let _ = vmap(|(x, y)| x * y, &x);
}

#[test]
#[should_panic(
    expected = "vmap: array `0` of shape [2] has 2 members along its first axis, and array `1` of shape [3] has 3"
)]
fn all_arrays_have_as_many_members() {
    let x = (Tensor::from([1.0, 2.0]), Tensor::from([3.0, 4.0, 5.0]));
    let _ = vmap(|(x, y)| x * y, &x);
}

#[test]
#[should_panic(expected = "or mapped by `vmap`, and is not known before")]
fn a_mapped_function_does_not_look_at_values() {
    let _ = vmap(|x: Var<f64>| if x.item() > 0.0 { x } else { -x }, &Tensor::from([1.0, -2.0]));
}
