//! Parsed files, and what of Rust stands in the arguments of macros.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::Visit;

use crate::repository::Texts;

/// Files that a visitor goes through.
pub struct Parsed(pub Vec<(String, syn::File)>);

impl Parsed {
    pub fn of(texts: &Texts) -> Self {
        let parse = |text: &str| syn::parse_file(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Self(
            texts
                .iter()
                .map(|(file, text)| (file.clone(), parse(text)))
                .collect(),
        )
    }
}

/// Visits a macro's arguments, read as whatever of Rust they are: items, expressions or statements, at any
/// depth.
pub fn visit_macro<V: for<'ast> Visit<'ast>>(visitor: &mut V, tokens: TokenStream) {
    let expressions = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    if let Ok(items) = syn::parse2::<syn::File>(tokens.clone()) {
        visitor.visit_file(&items);
    } else if let Ok(expressions) = expressions.parse2(tokens.clone()) {
        expressions
            .iter()
            .for_each(|expression| visitor.visit_expr(expression));
    } else if let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) {
        statements
            .iter()
            .for_each(|statement| visitor.visit_stmt(statement));
    } else {
        for token in tokens {
            if let TokenTree::Group(group) = token {
                visit_macro(visitor, group.stream());
            }
        }
    }
}
