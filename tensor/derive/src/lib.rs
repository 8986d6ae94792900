//! `derive(Tree)` for wengert-tensor, which exports it beside the trait.

mod expand;

use proc_macro::TokenStream;

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
#[proc_macro_derive(Tree)]
pub fn derive_tree(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::tree(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
