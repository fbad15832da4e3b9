//! The shape of functions and files: limits that are there to find the missing concept.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use syn::visit::{self, Visit};
use syn::{FnArg, GenericArgument, Pat, PathArguments, Type};

use crate::parsed::{Parsed, visit_macro};
use crate::repository::Texts;
use crate::rules::Violation;

const MOST_PARAMETERS: usize = 5;
const MOST_LINES_OF_A_FUNCTION: usize = 60;
const MOST_LINES_OF_A_FILE: usize = 400;
const MOST_COLUMNS: usize = 110;

/// Functions with tuples or switches for parameters, with too many parameters, or that fail with text.
pub fn functions(parsed: &Parsed) -> Vec<Violation> {
    let traits = own_traits(parsed);
    let mut found = Vec::new();
    for (file, parsed) in &parsed.0 {
        let mut visitor = Functions {
            file,
            traits: &traits,
            found: &mut found,
            is_source: file.starts_with("src/"),
            is_library: file.starts_with("src/") && !file.starts_with("src/cli/"),
            is_foreign: false,
        };
        visitor.visit_file(parsed);
    }
    found
}

struct Functions<'a> {
    file: &'a str,
    traits: &'a BTreeSet<String>,
    found: &'a mut Vec<Violation>,
    /// Whether the length of its functions counts. A test may be a long table.
    is_source: bool,
    is_library: bool,
    /// Whether the signature is decided by a trait that is not ours.
    is_foreign: bool,
}

impl Functions<'_> {
    fn report(&mut self, subject: &syn::Ident, why: String) {
        self.found.push(Violation {
            file: self.file.to_owned(),
            line: subject.span().start().line,
            subject: subject.to_string(),
            why,
        });
    }

    fn signature(&mut self, signature: &syn::Signature) {
        if self.is_foreign {
            return;
        }
        let parameters = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(parameter) => Some(parameter),
        });
        for parameter in parameters {
            self.parameter(&signature.ident, &parameter.ty);
        }
        let count = signature.inputs.len();
        if count > MOST_PARAMETERS {
            self.report(&signature.ident, format!("has {count} parameters"));
        }
    }

    fn parameter(&mut self, subject: &syn::Ident, ty: &Type) {
        match ty {
            Type::Reference(reference) => match &*reference.elem {
                // `serde` asks `skip_serializing_if` with a `&bool`.
                Type::Path(_) => {}
                inner => self.parameter(subject, inner),
            },
            Type::Paren(inner) => self.parameter(subject, &inner.elem),
            Type::Tuple(tuple) if !tuple.elems.is_empty() => {
                self.report(subject, "has a tuple for a parameter: give it a name".to_owned());
            }
            Type::Path(path) if path.path.is_ident("bool") => {
                self.report(
                    subject,
                    "has a bool for a parameter: give its two cases names".to_owned(),
                );
            }
            _ => {}
        }
    }

    fn body(&mut self, subject: &syn::Ident, block: &syn::Block) {
        let span = block.brace_token.span;
        if !self.is_source {
            return;
        }
        let lines = span.close().end().line - span.open().start().line + 1;
        if lines > MOST_LINES_OF_A_FUNCTION {
            self.report(subject, format!("has {lines} lines"));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let before = self.is_foreign;
        self.is_foreign = item.trait_.as_ref().is_some_and(|(path, _)| {
            let last = path.segments.last().expect("a path has an end");
            !self.traits.contains(&last.ident.to_string())
        });
        visit::visit_item_impl(self, item);
        self.is_foreign = before;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let before = std::mem::replace(&mut self.is_foreign, false);
        self.signature(&item.sig);
        self.body(&item.sig.ident, &item.block);
        visit::visit_item_fn(self, item);
        self.is_foreign = before;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.signature(&item.sig);
        self.body(&item.sig.ident, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.signature(&item.sig);
        if let Some(block) = &item.default {
            self.body(&item.sig.ident, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        if matches!(&*item.ty, Type::Tuple(_)) {
            self.report(
                &item.ident,
                "is another name for a tuple: make it a struct".to_owned(),
            );
        }
        visit::visit_item_type(self, item);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        for input in &closure.inputs {
            if let Pat::Type(parameter) = input {
                let subject = syn::Ident::new("closure", closure.inputs_begin.span);
                self.parameter(&subject, &parameter.ty);
            }
        }
        visit::visit_expr_closure(self, closure);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if self.is_library && is_result_of_text(path) {
            let subject = path.segments.last().expect("a path has an end").ident.clone();
            self.report(
                &subject,
                "has text for an error: give the error a type".to_owned(),
            );
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit_macro(self, call.tokens.clone());
    }
}

/// `Result<_, String>`, and with `&str`.
fn is_result_of_text(path: &syn::Path) -> bool {
    let last = path.segments.last().expect("a path has an end");
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return false;
    };
    let error = match arguments.args.iter().nth(1) {
        Some(GenericArgument::Type(Type::Reference(reference))) => &*reference.elem,
        Some(GenericArgument::Type(error)) => error,
        _ => return false,
    };
    let is_text = matches!(error, Type::Path(error) if is_text(&error.path));
    last.ident == "Result" && is_text
}

fn is_text(path: &syn::Path) -> bool {
    path.segments
        .last()
        .is_some_and(|last| last.ident == "String" || last.ident == "str")
}

/// The traits of these files; what another trait asks of a function is not for us to choose.
fn own_traits(parsed: &Parsed) -> BTreeSet<String> {
    struct Traits(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Traits {
        fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
            self.0.insert(item.ident.to_string());
            visit::visit_item_trait(self, item);
        }
    }
    // Whoever implements these chose the parameter's type.
    let mut traits = Traits(["From", "TryFrom"].map(str::to_owned).into());
    parsed.0.iter().for_each(|(_, file)| traits.visit_file(file));
    traits.0
}

/// Files with too many lines of code. Their tests, comments and empty lines are not counted.
pub fn long_files(texts: &Texts, parsed: &Parsed) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, parsed) in parsed.0.iter().filter(|(file, _)| file.starts_with("src/")) {
        let mut tests = Tests::default();
        tests.visit_file(parsed);
        let count = texts[file]
            .lines()
            .enumerate()
            .filter(|(at, line)| {
                let line = line.trim();
                let is_code = !line.is_empty() && !line.starts_with("//");
                is_code && !tests.lines.iter().any(|test| test.contains(&(at + 1)))
            })
            .count();
        if count > MOST_LINES_OF_A_FILE {
            found.push(Violation {
                file: file.clone(),
                line: 1,
                subject: file.clone(),
                why: format!("has {count} lines of code: look for the missing concept"),
            });
        }
    }
    found
}

/// The lines of modules that only tests are built with.
#[derive(Default)]
struct Tests {
    lines: Vec<RangeInclusive<usize>>,
}

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Path>()
                    .is_ok_and(|condition| condition.is_ident("test"))
        });
        if is_test && let Some((braces, _)) = &item.content {
            let start = item.attrs[0].pound_token.span.start().line;
            self.lines.push(start..=braces.span.close().end().line);
        }
        visit::visit_item_mod(self, item);
    }
}

/// Lines that do not fit.
pub fn wide_lines(texts: &Texts) -> Vec<Violation> {
    let mut found = Vec::new();
    for (file, text) in texts {
        for (at, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > MOST_COLUMNS {
                found.push(Violation {
                    file: file.clone(),
                    line: at + 1,
                    subject: file.clone(),
                    why: format!("has a line of {columns} columns"),
                });
            }
        }
    }
    found
}
