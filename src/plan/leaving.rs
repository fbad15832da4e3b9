//! Who is asked to leave by name, in a file or on the command line: the live account of each, and what
//! happens to it. Unlike absence, which removes only what is ours, a name is meant.

use std::collections::BTreeMap;

use super::build::{Draft, Inputs};
use super::change::Action;
use super::diff::References;
use crate::desired::{DesiredResource, Removing, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::escape::Escaped;
use crate::matching::Index;
use crate::model::Live;
use crate::model::well_known::ACTIVE;
use crate::model::{Kind, Value};

/// The live resources that leave, by kind and place in the snapshot, each with the number of its removal.
pub(super) struct Leaving(BTreeMap<(Kind, usize), usize>);

impl Leaving {
    /// Whether the resource at a place leaves.
    pub(super) fn has(&self, kind: Kind, place: usize) -> bool {
        self.0.contains_key(&(kind, place))
    }
}

impl Inputs<'_> {
    /// Finds the account of each who is asked to leave. Who has none has left.
    pub(super) fn leaving(&self, problems: &mut Diagnostics) -> Leaving {
        let mut leaving = Leaving(BTreeMap::new());
        let removals = &self.desired.removals;
        let mut indexes = BTreeMap::new();
        for removal in removals {
            let kind = removal.key.kind;
            indexes
                .entry((kind, removal.by))
                .or_insert_with(|| Index::new(self.catalog, kind, removal.by, self.snapshot.of(kind)));
        }
        for (number, removal) in removals.iter().enumerate() {
            let kind = removal.key.kind;
            match indexes[&(kind, removal.by)].find(&removal.key.name) {
                [] => {}
                [place] => drop(leaving.0.insert((kind, *place as usize), number)),
                several => {
                    let message = format!(
                        "{} could be {} resources in the directory, and one is to be removed",
                        removal.key,
                        several.len()
                    );
                    let problem = match removal.origin {
                        Some(origin) => Diagnostic::error("ambiguous-match", origin, message),
                        None => Diagnostic::general("ambiguous-match", message),
                    };
                    problems.push(problem.hint(
                        "make them distinct in the directory first; wpsync never guesses which one is meant",
                    ));
                }
            }
        }
        leaving
    }

    /// Adds the removal of each who is asked to leave and has not left. Gives the ids of those that the
    /// command line asks for.
    pub(super) fn asked_removals(
        &self,
        leaving: &Leaving,
        references: &References<'_>,
        draft: &mut Draft,
    ) -> Vec<String> {
        let mut asked = Vec::new();
        let active = self.catalog.well_known(Kind::User, ACTIVE);
        for ((kind, place), number) in &leaving.0 {
            let (live, removal) = (&self.snapshot.of(*kind)[*place], &self.desired.removals[*number]);
            let action = match removal.removing {
                Removing::Delete => Action::Delete,
                Removing::Deactivate if live.attributes.get(active) == Some(&Value::Boolean(false)) => {
                    continue;
                }
                Removing::Deactivate => Action::Deactivate,
            };
            let mut change = self.removal(live, action, references);
            change.origin = removal.origin.map(|origin| self.files.place(origin).to_string());
            change.reason = match removal.origin {
                Some(_) => format!("a source says that it is to be {}d", action.word()),
                None => format!(
                    "the command line asks to {} it; {}",
                    action.word(),
                    self.afterwards(live, action)
                ),
            };
            if removal.origin.is_none() {
                asked.push(change.id.clone());
            }
            draft.changes.push(change);
        }
        asked
    }

    /// What the next plan will make of somebody whom the command line removes.
    fn afterwards(&self, live: &Live, action: Action) -> String {
        let name = self.live_key(live);
        let external = live.attributes.get(self.catalog.external_id(live.kind));
        let is_them = |one: &&DesiredResource| {
            one.key == name
                || (external.is_some() && one.value(self.catalog.external_id(live.kind)) == external)
        };
        let Some(declared) = self.desired_of(live.kind).iter().find(is_them) else {
            return "no source declares it".into();
        };
        let place = |origin| Escaped(&self.files.place(origin).to_string()).to_string();
        let active = declared
            .get(self.catalog.well_known(Kind::User, ACTIVE))
            .filter(|_| live.kind == Kind::User);
        match (action, active.map(|asked| (&asked.wish, asked.origin))) {
            (Action::Delete, _) => format!(
                "{} declares it, so the next plan would create it again",
                place(declared.origin)
            ),
            (_, Some((Wish::Set(Value::Boolean(true)), origin))) => {
                format!(
                    "{} declares it active, so the next plan would give the access back",
                    place(origin)
                )
            }
            _ => format!(
                "{} does not say that it is active, so no plan gives the access back",
                place(declared.origin)
            ),
        }
    }

    /// Names that no source declares and that the directory should have.
    pub(super) fn check_outside(&self, references: &References<'_>, problems: &mut Diagnostics) {
        for (key, origin) in &self.desired.outside {
            if !references.knows(key) {
                let message = format!("neither a source nor the directory has {key}");
                problems.push(
                    Diagnostic::error("unknown-name", *origin, message)
                        .hint("correct the name, or declare it in a source"),
                );
            }
        }
    }
}
