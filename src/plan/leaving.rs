//! The live accounts of resources that a file or the command line asks to remove by name. Absence from the
//! sources removes only what `within` covers; a removal by name removes any resource.

use std::collections::BTreeMap;

use super::draft::DraftBasis;
use crate::desired::Removal;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::matching::Index;
use crate::model::{Kind, Live};

/// The live resources to remove, by kind and place in the snapshot, each with the number of its removal.
pub(super) struct Leaving(BTreeMap<(Kind, usize), usize>);

/// A live resource to remove.
pub(super) struct Leaver<'a> {
    pub(super) live: &'a Live,
    pub(super) removal: &'a Removal,
}

impl Leaving {
    /// Finds the live account of each removal. A removal without an account is already done.
    pub(super) fn find(basis: &DraftBasis<'_>, problems: &mut Diagnostics) -> Self {
        let mut leaving = Self(BTreeMap::new());
        let removals = &basis.desired.removals;
        let mut indexes = BTreeMap::new();
        for removal in removals {
            let kind = removal.key.kind;
            indexes
                .entry((kind, removal.by))
                .or_insert_with(|| Index::new(basis.catalog, removal.by, basis.snapshot.of(kind)));
        }
        for (number, removal) in removals.iter().enumerate() {
            let kind = removal.key.kind;
            match indexes[&(kind, removal.by)].find(&removal.key.name) {
                [] => {}
                [place] => {
                    leaving.0.insert((kind, *place as usize), number);
                }
                several => problems.push(ambiguous(removal, several.len())),
            }
        }
        leaving
    }

    /// Whether the resource at a place is to be removed.
    pub(super) fn has(&self, kind: Kind, place: usize) -> bool {
        self.0.contains_key(&(kind, place))
    }

    /// All resources to remove.
    pub(super) fn all<'a>(&'a self, basis: &'a DraftBasis<'_>) -> impl Iterator<Item = Leaver<'a>> {
        self.0.iter().map(|((kind, place), number)| Leaver {
            live: &basis.snapshot.of(*kind)[*place],
            removal: &basis.desired.removals[*number],
        })
    }
}

fn ambiguous(removal: &Removal, count: usize) -> Diagnostic {
    let message = format!(
        "{} could be {count} resources in the directory, and one is to be removed",
        removal.key
    );
    let problem = match removal.origin {
        Some(origin) => Diagnostic::error("ambiguous-match", origin, message),
        None => Diagnostic::general("ambiguous-match", message),
    };
    problem.hint("make them distinct in the directory first; wpsync never guesses which one is meant")
}
