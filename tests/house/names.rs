//! One name, one thing: no two types of the crate are called the same.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use crate::parsed::{Parsed, visit_macro};
use crate::rules::Violation;

pub fn violations(parsed: &Parsed) -> Vec<Violation> {
    let mut types = Types::default();
    for (file, parsed) in &parsed.0 {
        file.clone_into(&mut types.file);
        types.visit_file(parsed);
    }
    let mut found = Vec::new();
    for (name, places) in types.places.iter().filter(|(_, places)| places.len() > 1) {
        let others: Vec<String> = places
            .iter()
            .map(|(file, line)| format!("{file}:{line}"))
            .collect();
        for (file, line) in places {
            found.push(Violation {
                file: file.clone(),
                line: *line,
                subject: name.clone(),
                why: format!("is the name of {} types: {}", places.len(), others.join(", ")),
            });
        }
    }
    found
}

/// Where each type is defined.
#[derive(Default)]
struct Types {
    file: String,
    places: BTreeMap<String, Vec<(String, usize)>>,
}

impl Types {
    fn add(&mut self, name: &syn::Ident) {
        let place = (self.file.clone(), name.span().start().line);
        self.places.entry(name.to_string()).or_default().push(place);
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.add(&item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.add(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.add(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.add(&item.ident);
        visit::visit_item_type(self, item);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.add(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit_macro(self, call.tokens.clone());
    }
}
