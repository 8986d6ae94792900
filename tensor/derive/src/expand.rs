//! From a type to its implementation of `Tree`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Fields, GenericParam, Generics, Member, Result, Type, TypeParamBound,
    parse_quote,
};

/// What a struct consists of, or one variant of an enum.
struct Variant<'a> {
    /// `Type`, or `Type::Variant`, for any leaves.
    path: TokenStream,
    fields: Vec<Field<'a>>,
}

struct Field<'a> {
    member: Member,
    /// The name that patterns bind it to.
    name: Ident,
    ty: &'a Type,
    /// Whether it holds arrays, or is plain data.
    is_tree: bool,
}

impl Variant<'_> {
    /// `pattern => { statement for each tree }`
    fn arm(&self, statement: impl Fn(&Field<'_>) -> TokenStream) -> TokenStream {
        let path = &self.path;
        let trees = || self.fields.iter().filter(|field| field.is_tree);
        let bindings = trees().map(Field::binding);
        let statements = trees().map(statement);
        quote! { #path { #(#bindings,)* .. } => { #(#statements)* } }
    }

    /// `pattern => the same with other leaves`
    fn map_arm(&self) -> TokenStream {
        let path = &self.path;
        let bindings = self.fields.iter().map(Field::binding);
        let values = self.fields.iter().map(|Field { member, name, ty, is_tree }| {
            let value = if *is_tree {
                quote_spanned! { ty.span() => <#ty as ::wengert_tensor::Tree>::map(#name, f) }
            } else {
                quote_spanned! { ty.span() => <#ty as ::core::clone::Clone>::clone(#name) }
            };
            quote! { #member: #value }
        });
        quote! { #path { #(#bindings,)* } => #path { #(#values,)* } }
    }
}

impl Field<'_> {
    fn binding(&self) -> TokenStream {
        let (member, name) = (&self.member, &self.name);
        quote! { #member: #name }
    }

    /// `<Type as Tree>::method(field, …, f);`
    fn call(&self, method: &str, path: TokenStream) -> TokenStream {
        let (ty, name, method) = (self.ty, &self.name, format_ident!("{method}"));
        quote_spanned! { ty.span() => <#ty as ::wengert_tensor::Tree>::#method(#name, #path f); }
    }
}

/// The implementation, or why there is none.
pub(crate) fn tree(input: &DeriveInput) -> Result<TokenStream> {
    let DeriveInput { ident, generics, .. } = input;
    let Some(parameter) = generics.type_params().next() else {
        return Err(Error::new(
            ident.span(),
            format!(
                "derive(Tree): `{ident}` needs a type parameter that stands for its arrays, as in `struct \
                 {ident}<A> {{ weight: A }}`: `{ident}<Tensor<f64>>` holds parameters, and `{ident}<Var<f64>>` is \
                 what a function that is differentiated sees"
            ),
        ));
    };
    let leaves = &parameter.ident;
    let new_leaf = format_ident!("__{leaves}New");
    let with = with_leaves(ident, generics, leaves, &new_leaf);
    let variants = variants(input, leaves)?;

    let map = variants.iter().map(Variant::map_arm);
    let for_each = variants.iter().map(|v| v.arm(|field| field.call("for_each", quote!())));
    let for_each_mut = variants.iter().map(|v| v.arm(|field| field.call("for_each_mut", quote!())));
    let for_each_name = variants.iter().map(|variant| {
        variant.arm(|field| {
            let step = match &field.member {
                Member::Named(name) => name.to_string().trim_start_matches("r#").to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            };
            field.call("for_each_name", quote! { path.then(&#step), })
        })
    });

    let generics = bounded(generics, leaves, &variants);
    let (impl_generics, type_generics, conditions) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics ::wengert_tensor::Tree for #ident #type_generics #conditions {
            type Leaf = <#leaves as ::wengert_tensor::Tree>::Leaf;
            type With<#new_leaf: ::wengert_tensor::Leaf> = #with;
            fn map<#new_leaf: ::wengert_tensor::Leaf>(
                &self,
                f: &mut impl ::core::ops::FnMut(&Self::Leaf) -> #new_leaf,
            ) -> Self::With<#new_leaf> {
                match self { #(#map,)* }
            }
            fn for_each<'__a>(&'__a self, f: &mut impl ::core::ops::FnMut(&'__a Self::Leaf)) {
                match self { #(#for_each)* }
            }
            fn for_each_mut<'__a>(
                &'__a mut self,
                f: &mut impl ::core::ops::FnMut(&'__a mut Self::Leaf),
            ) {
                match self { #(#for_each_mut)* }
            }
            fn for_each_name(
                &self,
                path: ::wengert_tensor::Path<'_>,
                f: &mut impl ::core::ops::FnMut(::std::string::String),
            ) {
                match self { #(#for_each_name)* }
            }
        }
    })
}

/// The type with the parameter `leaves` replaced by what it is with new leaves.
fn with_leaves(ident: &Ident, generics: &Generics, leaves: &Ident, new_leaf: &Ident) -> Type {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(parameter) => parameter.lifetime.to_token_stream(),
        GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Type(parameter) if parameter.ident == *leaves => {
            quote! { <#leaves as ::wengert_tensor::Tree>::With<#new_leaf> }
        }
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
    });
    parse_quote! { #ident<#(#arguments),*> }
}

fn variants<'a>(input: &'a DeriveInput, leaves: &Ident) -> Result<Vec<Variant<'a>>> {
    let ident = &input.ident;
    match &input.data {
        Data::Struct(data) => {
            Ok(vec![Variant { path: quote! { #ident }, fields: fields(&data.fields, leaves) }])
        }
        Data::Enum(data) => {
            let variant = |variant: &'a syn::Variant| {
                let name = &variant.ident;
                let fields = fields(&variant.fields, leaves);
                Variant { path: quote! { #ident::#name }, fields }
            };
            Ok(data.variants.iter().map(variant).collect())
        }
        Data::Union(data) => Err(Error::new(
            data.union_token.span(),
            "derive(Tree): of a union it is not known which field it holds; an enum says so",
        )),
    }
}

fn fields<'a>(fields: &'a Fields, leaves: &Ident) -> Vec<Field<'a>> {
    let members = fields.members().zip(fields.iter()).enumerate();
    members
        .map(|(place, (member, field))| Field {
            member,
            name: format_ident!("field_{place}"),
            ty: &field.ty,
            is_tree: mentions(field.ty.to_token_stream(), leaves),
        })
        .collect()
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The parameters of the type, with what the implementation asks of them.
fn bounded(generics: &Generics, leaves: &Ident, variants: &[Variant<'_>]) -> Generics {
    let mut bounded = generics.clone();
    // (A leaf is a tree anyway, and that it is its own `With` would be forgotten.)
    let is_leaf = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|segment| segment.ident == "Leaf")
        }
        _ => false,
    };
    let parameter = generics.type_params().find(|parameter| parameter.ident == *leaves);
    let conditions = bounded.make_where_clause();
    if !parameter.is_some_and(|parameter| parameter.bounds.iter().any(is_leaf)) {
        conditions.predicates.push(parse_quote! { #leaves: ::wengert_tensor::Tree });
    }
    let others = || generics.type_params().filter(|parameter| parameter.ident != *leaves);
    for field in variants.iter().flat_map(|variant| &variant.fields) {
        let ty = field.ty;
        if !field.is_tree && others().any(|other| mentions(ty.to_token_stream(), &other.ident)) {
            conditions.predicates.push(parse_quote! { #ty: ::core::clone::Clone });
        }
    }
    bounded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: TokenStream) -> String {
        let input: DeriveInput = syn::parse2(input).expect("a type");
        tree(&input).expect_err("no tree").to_string()
    }

    #[test]
    fn a_type_without_a_parameter_is_told_what_to_do() {
        let message =
            refusal(quote! { struct Mlp<'a, const N: usize> { weight: &'a Tensor<f64> } });
        assert!(message.starts_with("derive(Tree): `Mlp` needs a type parameter"), "{message}");
        assert!(message.contains("`struct Mlp<A> { weight: A }`"), "{message}");
    }

    #[test]
    fn a_union_is_told_to_be_an_enum() {
        let message = refusal(quote! { union Either<A: Copy> { a: A, b: u64 } });
        assert!(message.contains("union") && message.contains("an enum says so"), "{message}");
    }

    #[test]
    fn mentioning_is_of_whole_names() {
        let leaves = format_ident!("A");
        assert!(mentions(quote! { Vec<[(usize, Layer<A>); 3]> }, &leaves));
        assert!(!mentions(quote! { Vec<Activation> }, &leaves));
    }
}
