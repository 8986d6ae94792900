//! `derive(Tree)` for wengert-tensor, which exports it beside the trait.

mod expand;

use proc_macro::TokenStream;

/// See `wengert_tensor::Tree`, where it is documented: its examples need that package, which needs this one.
#[proc_macro_derive(Tree)]
pub fn derive_tree(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::tree(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
