//! Tensors in other crates: ndarray, nalgebra, faer, serde and approx, behind features of these names. (For files, see
//! the module `files`, which comes with the features `npy` and `safetensors`.)
//!
//! # ndarray
//!
//! Feature `ndarray`, for ndarray 0.17. An owned array becomes a tensor without copying, whatever its layout, and a
//! borrowed one by a copy. `ArrayViewD::from(&tensor)` is a view of any tensor, without copying;
//! `ArrayD::from(tensor)` takes the elements over where no other tensor shares them.
//!
//! ```
//! # #[cfg(feature = "ndarray")] {
//! use ndarray::{ArrayD, ArrayViewD, Ix2, array};
//! use wengert_tensor::Tensor;
//!
//! let x = Tensor::from(array![[1.0, 2.0], [3.0, 4.0]]);
//! assert_eq!(x, Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
//! let y = x.transpose();
//! let view = ArrayViewD::from(&y).into_dimensionality::<Ix2>()?;
//! assert_eq!(view, array![[1.0, 3.0], [2.0, 4.0]]);
//! assert_eq!(ArrayD::from(y), array![[1.0, 3.0], [2.0, 4.0]].into_dyn());
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # nalgebra
//!
//! Feature `nalgebra`, for nalgebra 0.35. A `DMatrix` or `DVector` becomes a tensor without copying; the methods
//! `Tensor::to_dmatrix`, `as_dmatrix` (a view) and `to_dvector` lead back.
//!
//! ```
//! # #[cfg(feature = "nalgebra")] {
//! use nalgebra::dmatrix;
//! use wengert_tensor::Tensor;
//!
//! let x = Tensor::from(dmatrix![1.0, 2.0; 3.0, 4.0]);
//! assert_eq!(x, Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
//! assert_eq!(x.as_dmatrix().map(|x| x.trace()), Some(5.0));
//! assert_eq!(x.transpose().to_dmatrix(), dmatrix![1.0, 3.0; 2.0, 4.0]);
//! # }
//! ```
//!
//! # faer
//!
//! Feature `faer`, for faer 0.24. `Mat` and `MatRef` become tensors by a copy, because their columns are padded. The
//! methods `Tensor::to_faer` (a copy) and `as_faer` (a view, of a matrix whose rows or columns lie one after the other)
//! lead back.
//!
//! ```
//! # #[cfg(feature = "faer")] {
//! use faer::mat;
//! use wengert_tensor::Tensor;
//!
//! let x = Tensor::from(mat![[1.0, 2.0], [3.0, 4.0]].as_ref());
//! assert_eq!(x, Tensor::from([[1.0, 2.0], [3.0, 4.0]]));
//! assert_eq!(x.as_faer().map(|x| x.determinant()), Some(-2.0));
//! assert_eq!(x.transpose().to_faer(), mat![[1.0, 3.0], [2.0, 4.0]]);
//! # }
//! ```
//!
//! # serde
//!
//! Feature `serde`: a tensor is written as its shape and its elements in row-major order. A struct of tensors that
//! derives `Serialize` is written as every other one.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use wengert_tensor::Tensor;
//!
//! let x = Tensor::from([[1.0, 2.0]]);
//! let text = serde_json::to_string(&x)?;
//! assert_eq!(text, r#"{"shape":[1,2],"elements":[1.0,2.0]}"#);
//! assert_eq!(serde_json::from_str::<Tensor<f64>>(&text)?, x);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # approx
//!
//! Feature `approx`, for approx 0.5: approximate equality of tensors of one shape, of all elements. (Without it,
//! [`Tensor::is_close`](crate::Tensor::is_close).)
//!
//! ```
//! # #[cfg(feature = "approx")] {
//! use wengert_tensor::Tensor;
//!
//! let (x, y) = (Tensor::from([1.0, 2.0]), Tensor::from([1.0, 2.0 + 1e-9]));
//! approx::assert_abs_diff_eq!(x, y, epsilon = 1e-8);
//! approx::assert_relative_ne!(x, y, max_relative = 1e-10);
//! # }
//! ```

#[cfg(feature = "approx")]
mod approx;
#[cfg(feature = "faer")]
mod faer;
#[cfg(any(feature = "faer", feature = "nalgebra"))]
mod matrix_shape;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
#[cfg(feature = "serde")]
mod serde;
