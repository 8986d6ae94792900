//! Automatic differentiation of array programs: gradients, Jacobian products and every higher order.
//!
//! Array programs are written on [`Var`], a handle that is `Copy`: no `.clone()`, no `&`, no `?` between operations. A
//! model is a struct of your own, written once, for evaluation, training, and every derivative:
//!
//! ```
//! use wengert_tensor::*;
//!
//! /// Two layers; `A` is `Tensor` where the model is stored, and `Var` where it is used.
//! #[derive(Tree, Clone)]
//! struct Mlp<A> {
//!     w1: A,
//!     b1: A,
//!     w2: A,
//!     b2: A,
//! }
//!
//! impl Mlp<Var<f64>> {
//!     fn logits(&self, x: Var<f64>) -> Var<f64> {
//!         (x.matmul(self.w1) + self.b1).tanh().matmul(self.w2) + self.b2
//!     }
//! }
//!
//! // Points in a square; those within a circle are of class 1.
//! let points = Tensor::uniform([200, 2], -1.0..1.0, 1);
//! let radius = points.map(|p| p.norm_over(-1));
//! let classes = Tensor::from_fn([200], |i| usize::from(radius[[i[0]]] < 0.7));
//!
//! let mut model = Mlp {
//!     w1: Tensor::normal([2, 16], 0.0, 1.0, 2),
//!     b1: Tensor::zeros([16]),
//!     w2: Tensor::normal([16, 2], 0.0, 0.25, 3),
//!     b2: Tensor::zeros([2]),
//! };
//! for _ in 0..300 {
//!     let (_, gradient) =
//!         value_and_gradient(&model, |m| m.logits(constant(&points)).cross_entropy(&classes));
//!     for (parameter, slope) in model.leaves_mut().into_iter().zip(gradient.leaves()) {
//!         *parameter = &*parameter - &(slope * 1.0);
//!     }
//! }
//!
//! let predicted = evaluate(&model, |m| m.logits(constant(&points))).argmax_over(-1);
//! let right = predicted.to_vec().iter().zip(classes.to_vec()).filter(|(p, c)| **p == *c).count();
//! assert!(right >= 190, "{right} of 200");
//! ```
//!
//! # Derivatives
//!
//! | | |
//! |---|---|
//! | [`value_and_gradient`], [`gradient`] | of a function of any [`Tree`] of arrays, in the same structure |
//! | [`jvp`], [`vjp`], [`hvp`] | products with Jacobians and Hessians |
//! | [`jacobian`], [`hessian`] | whole ones |
//! | [`vmap`] | a function of one member, for a whole batch |
//! | [`evaluate`] | the value alone |
//! | [`checkpoint`] | less memory for more time |
//! | [`compile`] | a function of arrays that is recorded once, and called many times |
//! | [`Tape`] | recording by hand, line by line |
//!
//! They nest to any order: inside of a recording the same drivers take and return [`Var`]s.
//!
//! ```
//! use wengert_tensor::*;
//! let x = Tensor::from([1.0, 2.0]);
//! // The gradient of ‖∇f‖², f = Σx³: 36x³.
//! let g = gradient(&x, |x| {
//!     let slope = gradient(&x, |x| (x * x * x).sum());
//!     (slope * slope).sum()
//! });
//! assert_eq!(g, Tensor::from([36.0, 288.0]));
//! ```
//!
//! A function that is generic over [`Real`] works on numbers and on arrays alike, elementwise; all functions of the rule
//! table of `wengert-autodiff` are methods of [`Var`], and functions that you add to it by [`rules!`](wengert_autodiff::rules!), too.
//! What derivatives are where there is none (kinks, ties, boundaries) is what that crate says.
//!
//! # How it runs
//!
//! Operations are recorded when they are written, and run when a value is needed. Elementwise operations of one shape
//! run as one pass over memory, block by block in the innermost cache, forward and backward together, with the vector
//! instructions of the machine at hand. Large work is split among Rayon's threads by rules that look at shapes only:
//! results do not depend on the number of threads. Values are those of the functions of `wengert-autodiff` within a few
//! units in the last place. A value that is read in the middle of a recording keeps what it was computed from.
//!
//! Recording, sweeping and planning take some microseconds for each call of a driver. Where arrays are small, [`compile`]
//! does them once.
//!
//! # Devices
//!
//! Arrays may be on an NVIDIA GPU, with the feature `cuda`: [`Tensor::to`] takes them there and back, and a program runs
//! where its arrays are ([`Device`]). It has not yet run on a GPU: its tests run on an emulated one.
//!
//! # Coming from PyTorch or JAX
//!
//! | PyTorch | JAX | here |
//! |---|---|---|
//! | `torch.tensor([1., 2.])` | `jnp.array([1., 2.])` | `Tensor::from([1.0, 2.0])` |
//! | `torch.zeros(2, 3)`, `torch.arange(4.)` | `jnp.zeros((2, 3))`, `jnp.arange(4.)` | `Tensor::zeros([2, 3])`, `Tensor::arange(4)` |
//! | `torch.randn(n)` with a global seed | `random.normal(key, (n,))` | `Tensor::normal([n], 0.0, 1.0, seed)` |
//! | `x.requires_grad_()`, `y.backward()`, `x.grad` | `jax.grad(f)(x)` | `gradient(&x, f)`, or `tape.var(&x)`, `tape.gradient(y).wrt(x)` |
//! | `torch.func.grad_and_value` | `jax.value_and_grad` | [`value_and_gradient`] |
//! | `torch.func.jvp`, `vjp`, `jacrev`, `hessian` | `jax.jvp`, `vjp`, `jacrev`, `hessian` | [`jvp`], [`vjp`], [`jacobian`], [`hessian`] |
//! | `torch.func.vmap(f)(x)` | `jax.vmap(f)(x)` | [`vmap`]`(f, &x)` |
//! | `x.detach()` | `lax.stop_gradient(x)` | `x.detach()` |
//! | `torch.compile(f)` | `jax.jit(f)` | [`compile`]`(&example, f)` |
//! | `x.to("cuda")` | `jax.device_put(x, device)` | `x.to(&Device::cuda(0)?)` |
//! | `torch.backends.cuda.matmul.allow_tf32` | `jax.default_matmul_precision("tensorfloat32")` | [`MatmulPrecision`]`::Tf32.within(…)` |
//! | `torch.utils.checkpoint` | `jax.checkpoint` | [`checkpoint`] |
//! | `torch.autograd.Function` | `jax.custom_vjp`, `custom_jvp` | [`CustomOperation`] |
//! | `nn.Module` and its parameters | a pytree | `#[derive(Tree)]` |
//! | `with torch.no_grad():` | (calling f) | [`evaluate`] |
//! | `a @ b` | `a @ b` | `a.matmul(b)` |
//! | `x.sum(dim=0)`, `keepdim=True` | `x.sum(axis=0)`, `keepdims=True` | `x.sum_over(0)`, `x.sum_keep(0)` |
//! | `x.amax(1)`, `x.argmax(1)` | `x.max(1)`, `x.argmax(1)` | `x.amax_over(1)`, `x.argmax_over(1)` |
//! | `torch.logsumexp`, `F.log_softmax` | `logsumexp`, `log_softmax` | `x.log_sum_exp_over(-1)`, `x.log_softmax(-1)` |
//! | `F.cross_entropy(x, y)` | `optax.softmax_cross_entropy…` | `x.cross_entropy(&y)` |
//! | `x.view`, `x.permute`, `x.T` | `x.reshape`, `x.transpose` | `x.reshape([…])`, `x.permute([…])`, `x.transpose()` |
//! | `x[:, 1:3]` | `x[:, 1:3]` | `x.at((.., 1..3))` |
//! | `torch.cat`, `torch.stack` | `jnp.concatenate`, `jnp.stack` | `Var::concat(&[a, b], 0)`, `Var::stack(&[a, b], 0)` |
//! | `torch.where(x > 0, a, b)` | `jnp.where(x > 0, a, b)` | `x.greater(0.0).select(a, b)` |
//! | `F.relu`, `torch.erf`, `torch.lgamma` | `jax.nn.relu`, `lax.erf`, `lax.lgamma` | `x.relu()`, `x.erf()`, `x.ln_gamma()` |
//! | `F.conv2d(x, w, padding=1)` | `lax.conv` | `x.conv2d(w, Conv::default().padding(1))` |
//! | `F.max_pool2d(x, 2)` | `lax.reduce_window` | `x.max_pool2d(2)` |
//! | `F.dropout(x, 0.5)` | `nn.Dropout` with a key | `x.dropout(0.5, seed)` |
//! | `torch.randn`, `torch.randperm` | `random.normal`, `permutation` | `Tensor::normal(…)`, `Tensor::permutation(…)` |
//! | `torch.einsum("ij,jk->ik", a, b)` | `jnp.einsum` | [`einsum`]`("ij,jk->ik", [a, b])` |
//! | `F.scaled_dot_product_attention` | `nn.dot_product_attention` | `q.attention(k, v, mask)` |
//! | `x.item()`, `x.numpy()` | `x.item()`, `np.asarray(x)` | `x.item()`, `x.value()` |

mod arrange;
pub mod collector;
mod cpu;
mod device;
mod drivers;
mod element;
mod execute;
#[cfg(any(feature = "npy", feature = "safetensors"))]
pub mod files;
pub mod interop;
mod memory;
mod ops;
mod recording;
mod shape;
mod tape;
mod tensor;
mod tree;
mod var;
mod windows;

pub use arrange::{Place, Places, Slice};
pub use collector::{GradientCollector, Parameter};
pub use device::{Device, DeviceError, MatmulPrecision};
pub use drivers::*;
pub use element::Element;
pub use memory::{Made, MemoryReport, measure_memory};
#[cfg(feature = "linalg")]
pub use ops::linalg::{Eigh, Qr, SlogDet, Svd};
pub use ops::{CustomOperation, Mask, custom, einsum, opaque};
pub use shape::{Axes, Shape};
pub use tape::{Gradient, Tape, constant};
pub use tensor::Tensor;
pub use tensor::data::{Data, release_memory};
#[doc(hidden)]
pub use tree::Path;
pub use tree::{Leaf, Tree};
pub use var::Var;
pub use wengert_autodiff::rules::{
    Activations, Exponential, Hyperbolic, LogCombinations, Piecewise, Powers, SpecialFunctions,
    Trigonometric,
};
pub use wengert_autodiff::{Number, Primitive, Real, Rule, rules};
/// Implements `Tree` for a struct or enum of arrays: gradients and tangents then come in the same struct.
///
/// The type is generic, and its first type parameter stands for the arrays: `Mlp<Tensor<f64>>` holds parameters, and
/// a function that is differentiated sees `Mlp<Var<f64>>`. Fields whose type mentions the parameter are trees of
/// arrays; all others are plain data, and cloned. `Tree::names` are the fields on the way
/// to each leaf: `layers.0.weight`. (The variant of an enum is no part of them.)
///
/// ```
/// use wengert_tensor::{Element, Tensor, Tree, Var, constant, value_and_gradient};
///
/// #[derive(Tree, Clone, Debug, PartialEq)]
/// struct Linear<A> {
///     weight: A,
///     bias: Option<A>,
///     /// By which outputs are multiplied: no array, and not differentiated.
///     scale: f64,
/// }
///
/// impl<T: Element> Linear<Var<T>> {
///     fn forward(&self, x: Var<T>) -> Var<T> {
///         let y = x.matmul(self.weight) * self.scale;
///         self.bias.map_or(y, |bias| y + bias)
///     }
/// }
///
/// let model = Linear {
///     weight: Tensor::from([[1.0], [2.0]]),
///     bias: Some(Tensor::from([0.5])),
///     scale: 10.0,
/// };
/// let batch = Tensor::from([[1.0, 1.0], [3.0, 4.0]]);
/// let (loss, gradient) = value_and_gradient(&model, |m| m.forward(constant(&batch)).sum());
/// assert_eq!(loss.item(), 141.0);
/// assert_eq!(gradient.weight, Tensor::from([[40.0], [50.0]]));
/// assert_eq!(gradient.bias, Some(Tensor::from([2.0])));
/// assert_eq!(gradient.scale, 10.0);
/// assert_eq!(model.names(), ["weight", "bias"]);
/// ```
///
/// The parameter may also stand for a whole part of a model: `Residual<Mlp<Tensor<f64>>>` is a tree if the
/// parameter of `struct Residual<P> { inner: P }` is. Other type parameters and constants are plain data.
///
/// # Errors
/// A type without a type parameter, and a union, cannot be trees:
///
/// ```compile_fail
/// #[derive(wengert_tensor::Tree)]
/// struct Fixed {
///     weight: wengert_tensor::Tensor<f64>,
/// }
/// ```
///
/// Neither can a type with a field that mentions the parameter and is no tree:
///
/// ```compile_fail
/// #[derive(wengert_tensor::Tree)]
/// struct Shared<A> {
///     weight: std::rc::Rc<A>,
/// }
/// ```
pub use wengert_tensor_derive::Tree;
pub use windows::{Conv, PerAxis, Pool};
