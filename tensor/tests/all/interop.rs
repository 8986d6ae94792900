//! Tensors from and to ndarray, nalgebra, serde and approx.

use crate::checks::panic_message;
use approx::{AbsDiffEq, RelativeEq, UlpsEq};
use nalgebra::{DMatrix, DVector};
use ndarray::{
    Array0, Array1, Array2, Array3, ArrayD, ArrayViewD, Axis, Ix3, ShapeBuilder, array, s,
};
use wengert_tensor::*;

/// 0, 1, 2, … in a shape.
fn counted<const N: usize>(shape: [usize; N]) -> Tensor<f64> {
    Tensor::arange(shape.iter().product()).reshape(shape)
}

#[test]
fn owned_arrays_are_taken_over_in_any_layout() {
    let standard = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (100 * i + 10 * j + k) as f64);
    let column_major =
        Array3::from_shape_fn((2, 3, 4).f(), |(i, j, k)| (100 * i + 10 * j + k) as f64);
    let mut reversed = standard.clone();
    reversed.invert_axis(Axis(1));
    let sliced = standard.clone().slice_move(s![1.., ..;2, 1..;-1]);
    let permuted = standard.clone().permuted_axes([2, 0, 1]);
    for array in [standard, column_major, reversed, sliced, permuted] {
        let expected = array.clone();
        let address = array.as_ptr();
        let tensor = Tensor::from(array);
        assert_eq!(tensor.shape(), expected.shape());
        assert_eq!(tensor.to_vec(), expected.iter().copied().collect::<Vec<_>>());
        assert_eq!(tensor.as_ptr(), address, "copied");
        // It is a tensor like every other one: 2 Σ x² has the gradient 4x.
        let gradient = gradient(&tensor, |x| (x * x * 2.0).sum());
        assert_eq!(gradient, &tensor * 4.0);
        // And back, as a view.
        assert_eq!(ArrayViewD::from(&tensor), expected.view().into_dyn());
        assert_eq!(ArrayD::from(&tensor), expected.clone().into_dyn());
        assert_eq!(ArrayD::from(tensor), expected.into_dyn());
    }
}

#[test]
fn all_ranks_and_empty_arrays_pass() {
    assert_eq!(Tensor::from(Array0::from_elem((), 7)).item(), 7);
    assert_eq!(ArrayD::from(Tensor::from(7)), ndarray::arr0(7).into_dyn());
    assert_eq!(Tensor::from(array![true, false]).to_vec(), [true, false]);
    let nothing = Tensor::from(Array2::<f32>::zeros((3, 0)));
    assert_eq!((nothing.shape(), nothing.to_vec().len()), (&Shape::from([3, 0]), 0));
    assert_eq!(ArrayViewD::from(&nothing).shape(), [3, 0]);
    assert_eq!(ArrayD::from(nothing).shape(), [3, 0]);
}

#[test]
fn borrowed_arrays_are_copied() {
    let array = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let column = Tensor::from(&array.slice(s![.., 1]));
    assert_eq!(column, Tensor::from([2.0, 5.0]));
    let whole = Tensor::from(&array);
    assert_ne!(whole.as_ptr(), array.as_ptr());
    assert_eq!(whole, Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
}

#[test]
fn views_of_views_share_memory() {
    let x = counted([2, 3, 4]);
    let permuted = x.permute([1, 2, 0]);
    let view = ArrayViewD::from(&permuted).into_dimensionality::<Ix3>().expect("three axes");
    assert_eq!(view.as_ptr(), x.as_ptr());
    for ((j, k, i), &element) in view.indexed_iter() {
        assert_eq!(element, x[[i, j, k]]);
    }
    let row = Tensor::from([1.0, 2.0]);
    let expanded = row.expand([3, 2]);
    let view = ArrayViewD::from(&expanded);
    assert_eq!(view, array![[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]].into_dyn());
    assert_eq!(view.as_ptr(), row.as_ptr());
}

#[test]
fn elements_are_handed_over_unless_shared() {
    let x = Tensor::from(vec![1.0, 2.0, 3.0]);
    let address = x.as_ptr();
    let shared = x.clone();
    let copy = ArrayD::from(x);
    assert_ne!(copy.as_ptr(), address);
    let taken = ArrayD::from(shared);
    assert_eq!(taken.as_ptr(), address);
    // A part of a larger buffer, and another order, are copied.
    let part = Tensor::from(Array1::from(vec![1.0, 2.0, 3.0]).slice_move(s![1..]));
    assert_eq!(part.into_vec(), [2.0, 3.0]);
    assert_eq!(counted([2, 2]).transpose().into_vec(), [0.0, 2.0, 1.0, 3.0]);
}

#[test]
fn matrices_of_nalgebra() {
    let matrix = DMatrix::from_fn(3, 2, |i, j| (10 * i + j) as f64);
    let address = matrix.as_ptr();
    let tensor = Tensor::from(matrix.clone());
    assert_eq!(tensor, Tensor::from([[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]]));
    assert_eq!(tensor.to_dmatrix(), matrix);
    assert_eq!(Tensor::from(matrix).as_ptr(), address, "copied");

    // Views of all layouts but expanded and reversed ones.
    let x = counted([2, 3]);
    let of_extent_one = Tensor::from(7.0).expand([1, 1]);
    let row = Tensor::from([1.0, 2.0]).expand([1, 2]);
    let column = row.transpose();
    for x in [x.clone(), x.transpose(), of_extent_one, row, column] {
        let view = x.as_dmatrix().expect("steps on");
        assert_eq!((view.nrows(), view.ncols()), (x.shape()[0], x.shape()[1]));
        assert_eq!(view, x.to_dmatrix());
        assert_eq!(view.iter().sum::<f64>(), x.sum().item());
        for i in 0..view.nrows() {
            for j in 0..view.ncols() {
                assert_eq!(view[(i, j)], x[[i, j]]);
            }
        }
    }
    let expanded = Tensor::from([1.0, 2.0]).expand([3, 2]);
    assert!(expanded.as_dmatrix().is_none());
    assert_eq!(expanded.to_dmatrix(), nalgebra::dmatrix![1.0, 2.0; 1.0, 2.0; 1.0, 2.0]);
    let mut reversed = array![[1.0, 2.0], [3.0, 4.0]];
    reversed.invert_axis(Axis(0));
    let reversed = Tensor::from(reversed);
    assert!(reversed.as_dmatrix().is_none());
    assert_eq!(reversed.to_dmatrix(), nalgebra::dmatrix![3.0, 4.0; 1.0, 2.0]);

    let empty = Tensor::from(DMatrix::<f64>::zeros(0, 3));
    assert_eq!(empty.shape(), &[0, 3]);
    assert_eq!(empty.as_dmatrix().map(|view| view.shape()), Some((0, 3)));
    assert_eq!(empty.to_dmatrix().shape(), (0, 3));
}

#[test]
fn matrices_of_faer() {
    let matrix = faer::Mat::from_fn(3, 2, |i, j| (10 * i + j) as f64);
    let tensor = Tensor::from(&matrix);
    assert_eq!(tensor, Tensor::from([[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]]));
    assert_eq!(tensor.to_faer(), matrix);
    assert_eq!(Tensor::from(matrix.transpose()), tensor.transpose());
    for x in [tensor.clone(), tensor.transpose(), counted([0, 3]), counted([3, 0])] {
        let view = x.as_faer().expect("dense");
        assert_eq!(view, x.to_faer());
        assert_eq!((view.nrows(), view.ncols()), (x.shape()[0], x.shape()[1]));
        if x.size() > 0 {
            assert_eq!(&raw const view[(0, 0)], x.as_ptr());
        }
    }
    let expanded = Tensor::from([1.0, 2.0]).expand([3, 2]);
    assert!(expanded.as_faer().is_none());
    assert_eq!(expanded.to_faer(), faer::mat![[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]);
    let text = panic_message(|| counted([2, 2, 2]).to_faer());
    assert!(text.starts_with("to_faer: shape [2, 2, 2] has 3 axes, and a matrix has two"));
}

#[test]
fn vectors_of_nalgebra() {
    let vector = DVector::from_vec(vec![3.0, 4.0]);
    let address = vector.as_ptr();
    let tensor = Tensor::from(vector.clone());
    assert_eq!((tensor.shape(), tensor.as_ptr()), (&Shape::from([2]), tensor.as_ptr()));
    assert_eq!(Tensor::from(vector).as_ptr(), address, "copied");
    assert_eq!(tensor.to_dvector().norm(), 5.0);
}

#[test]
fn wrong_ranks_are_named() {
    let text = panic_message(|| counted([2, 2, 2]).to_dmatrix());
    assert!(text.starts_with("to_dmatrix: shape [2, 2, 2] has 3 axes, and a matrix has two"));
    let text = panic_message(|| counted([2, 2]).to_dvector());
    assert!(text.starts_with("to_dvector: shape [2, 2] has 2 axes, and a vector has one"));
}

/// A program that mixes them: the gradient of ½‖A x − b‖² against AᵀA x − Aᵀb of nalgebra.
#[test]
fn least_squares_against_nalgebra() {
    let a = DMatrix::from_fn(4, 3, |i, j| ((3 * i + j) as f64 * 0.7).sin());
    let (b, x) = (DVector::from_fn(4, |i, _| i as f64), DVector::from_vec(vec![0.5, -1.0, 2.0]));
    let expected = a.tr_mul(&(&a * &x - &b));
    let (a, b) = (Tensor::from(a), Tensor::from(b));
    let gradient = gradient(&Tensor::from(x), |x| {
        let residual = constant(&a).matmul(x) - constant(&b);
        residual.dot(residual) / 2.0
    });
    assert!(gradient.is_close(&Tensor::from(expected), 1e-14));
}

#[test]
fn serde_round_trips() {
    let x = counted([2, 3]).transpose();
    let text = serde_json::to_string(&x).expect("written");
    assert_eq!(text, r#"{"shape":[3,2],"elements":[0.0,3.0,1.0,4.0,2.0,5.0]}"#);
    assert_eq!(serde_json::from_str::<Tensor<f64>>(&text).expect("read"), x);
    let number = serde_json::to_string(&Tensor::from(2_u8)).expect("written");
    assert_eq!(number, r#"{"shape":[],"elements":[2]}"#);
    let wrong = r#"{"shape":[3,2],"elements":[1.0]}"#;
    let why = serde_json::from_str::<Tensor<f64>>(wrong).expect_err("one element is too few");
    assert!(why.to_string().contains("expected the elements of a tensor of shape [3, 2]"), "{why}");
    // (The product of these extents would be 0 if it wrapped around.)
    let wrong = r#"{"shape":[9223372036854775808,2],"elements":[]}"#;
    assert!(serde_json::from_str::<Tensor<f64>>(wrong).is_err());
}

#[test]
fn approximate_equality_is_of_all_elements() {
    let x = counted([2, 3]);
    let mut y = x.transpose().contiguous().transpose();
    assert!(x.ulps_eq(&y, 0.0, 0));
    *y.as_mut_slice().last_mut().expect("an element") += 1e-6;
    assert!(!x.abs_diff_eq(&y, 1e-7) && x.abs_diff_eq(&y, 1e-5));
    assert!(!x.relative_eq(&y, 0.0, 1e-8) && x.relative_eq(&y, 0.0, 1e-6));
    assert!(!x.ulps_eq(&y, 0.0, 4));
    assert!(!x.abs_diff_eq(&x.reshape([3, 2]), 100.0));
}
