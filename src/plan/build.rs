//! Builds a plan's changes from what is desired and what is live. A pure function: the same sources and
//! snapshot give the same changes, byte for byte, in whatever order they came.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::change::Change;
use super::comparison::Sides;
use super::draft::{Blocked, Draft, DraftBasis, MOST_UNDECLARED};
use super::leaving::Leaving;
use super::references::References;
use super::remainder::Remainder;
use super::selection::Selection;
use super::swap::Swapping;
use super::{doubts, names, order, selection};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::matching::{Matches, Pairing};
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live, ManagedAccounts};

/// Builds the changes.
///
/// # Errors
/// If a name is not free, or the changes cannot be put in order or narrowed to the selection. [`Blocked`]
/// holds every reason.
pub fn draft(basis: &DraftBasis<'_>) -> Result<Draft, Blocked> {
    let mut problems = Diagnostics::new();
    let mut pairing = basis.pair();
    let leaving = Leaving::find(basis);
    let (doubts, released) = doubts::settle(basis, &mut pairing, &leaving);
    let strangers = strangers(basis, &pairing);
    let references = references(basis, &pairing, &strangers);
    let undecided = Sides {
        basis,
        pairing: &pairing,
        references: &references,
        leaving: &leaving,
        doubts: &doubts,
        held_ids: HashSet::new(),
        active: basis.catalog.well_known(Kind::User, ACTIVE),
    };
    let comparison = Sides {
        held_ids: undecided.held_ids(),
        ..undecided
    };
    let mut draft = Draft {
        managed_users: comparison.managed_users(),
        released: Some(released),
        remainder: remainder(basis, &leaving),
        undeclared: ids(&strangers),
        ..Draft::default()
    };
    for kind in Kind::ALL {
        comparison.declared_changes(kind, &mut draft);
        let unmanaged = comparison.removals(kind, &mut draft);
        match kind {
            Kind::User => draft.unmanaged_users = unmanaged,
            Kind::Group => draft.unmanaged_groups = unmanaged,
        }
    }
    check_outside(basis, &references, &mut problems);
    let asked = comparison.asked_removals(&mut draft);
    draft
        .remainder
        .held
        .sort_by(|left, right| left.key.cmp(&right.key));
    order::sort(&mut draft.changes);
    if !problems.has_errors() {
        names::check(basis, &pairing, &draft.changes, &mut problems);
    }
    if !problems.has_errors()
        && let Err(problem) = arrange(basis, &mut draft.changes, &asked)
    {
        problems.push(problem);
    }
    if problems.has_errors() {
        return Err(Blocked(problems));
    }
    draft.newly_managed = newly_managed(basis, &pairing, &draft.changes);
    Ok(draft)
}

/// What the plan leaves undone, as far as the sources and the policy alone say.
fn remainder(basis: &DraftBasis<'_>, leaving: &Leaving) -> Remainder {
    Remainder {
        held: leaving.held(basis),
        not_held: basis.desired.not_held.clone(),
        partly_named: basis.policy.partly_named().map(str::to_owned).collect(),
        ..Remainder::default()
    }
}

impl Sides<'_> {
    /// How many active people are declared, or covered by `absent` and `within`.
    fn managed_users(&self) -> u64 {
        let Matches { desired_of, .. } = self.pairing.of(Kind::User);
        let of_each = self.basis.snapshot.users.iter().zip(desired_of);
        let managed = of_each.filter(|(live, desired)| {
            desired.is_some() || self.basis.policy.users.manages(live, self.basis.accounts)
        });
        managed.filter(|(live, _)| !live.is_inactive(self.active)).count() as u64
    }
}

/// The declared live accounts that are not known as managed. A narrowed plan has those that it is about.
fn newly_managed(basis: &DraftBasis<'_>, pairing: &Pairing, changes: &[Change]) -> ManagedAccounts {
    let changed: HashSet<(Kind, &str)> = changes
        .iter()
        .filter_map(|change| Some((change.kind, change.remote_id.as_deref()?)))
        .collect();
    let mut accounts = ManagedAccounts::default();
    for kind in Kind::ALL {
        let live = basis.snapshot.of(kind);
        for (wanted, place) in basis.desired.of(kind).iter().zip(&pairing.of(kind).live_of) {
            let Some(live) = place.map(|place| &live[place]) else {
                continue;
            };
            let is_meant = |selection: &Selection| {
                selection.compares(&wanted.key) || changed.contains(&(kind, &*live.id))
            };
            if basis.selection.is_none_or(is_meant) && !basis.accounts.has(kind, &live.id) {
                accounts.add(live.id.clone(), &wanted.key);
            }
        }
    }
    accounts
}

/// A live resource that no source declares.
struct Stranger<'a> {
    /// The resource's name in the directory.
    key: Key,
    id: &'a str,
}

fn strangers<'a>(basis: &DraftBasis<'a>, pairing: &Pairing) -> Vec<Stranger<'a>> {
    let snapshot = basis.snapshot;
    let of_kind = |kind| snapshot.of(kind).iter().zip(&pairing.of(kind).desired_of);
    let undeclared = Kind::ALL.into_iter().flat_map(of_kind);
    undeclared
        .filter(|(_, desired)| desired.is_none())
        .map(|(live, _)| Stranger {
            key: live.key(basis.catalog),
            id: &live.id,
        })
        .collect()
}

/// The ids of the strangers, sorted. `None` if there are too many to keep.
fn ids(strangers: &[Stranger<'_>]) -> Option<Vec<Box<str>>> {
    let mut ids: Vec<Box<str>> = strangers
        .iter()
        .take(MOST_UNDECLARED + 1)
        .map(|stranger| stranger.id.into())
        .collect();
    ids.sort_unstable();
    (ids.len() <= MOST_UNDECLARED).then_some(ids)
}

/// Every key and id that a reference can mean. A declared resource has its declared name.
fn references<'a>(
    basis: &DraftBasis<'a>,
    pairing: &Pairing,
    strangers: &'a [Stranger<'_>],
) -> References<'a> {
    let snapshot = basis.snapshot;
    let mut references = References::with_capacity(snapshot.users.len() + snapshot.groups.len());
    let mut created: HashSet<&Key> = HashSet::new();
    for kind in Kind::ALL {
        let live = snapshot.of(kind);
        for (wanted, place) in basis.desired.of(kind).iter().zip(&pairing.of(kind).live_of) {
            match place {
                Some(place) => references.learn(&wanted.key, &live[*place].id),
                None => {
                    created.insert(&wanted.key);
                }
            }
        }
    }
    for Stranger { key, id } in strangers {
        // If a stranger gives up a name, the name means the declared resource.
        if created.contains(key) || references.knows(key) {
            references.learn_id(key, id);
        } else {
            references.learn(key, id);
        }
    }
    references
}

/// Checks that the directory has each name that no source declares and that the sources refer to.
fn check_outside(basis: &DraftBasis<'_>, references: &References<'_>, problems: &mut Diagnostics) {
    for (key, origin) in &basis.desired.outside {
        if !references.knows(key) {
            let message = format!("neither a source nor the directory has {key}");
            problems.push(
                Diagnostic::error("unknown-name", *origin, message)
                    .hint("correct the name, or declare it in a source"),
            );
        }
    }
}

/// Puts the changes in order, and keeps only the selected ones and the removals that were asked for.
fn arrange(basis: &DraftBasis<'_>, changes: &mut Vec<Change>, asked: &[String]) -> Result<(), Diagnostic> {
    let names = OnceCell::new();
    // A temporary name must be neither a live name nor a declared one.
    let is_taken = |key: &Key| names.get_or_init(|| names_in_use(basis)).contains(key);
    let swapping = Swapping {
        allowed: &|kind| basis.policy.of(kind).swaps,
        is_taken: &is_taken,
        unique: basis.unique,
    };
    order::order(changes, &swapping).map_err(|error| Diagnostic::general("no-order", error.to_string()))?;
    if let Some(selection) = basis.selection {
        selection::narrow(changes, selection, asked).map_err(|error| {
            Diagnostic::general("not-selected", error.to_string())
                .hint("select that one too, or plan without --only")
        })?;
    }
    Ok(())
}

fn names_in_use(basis: &DraftBasis<'_>) -> HashSet<Key> {
    let of_kind = |kind| {
        let live = basis.snapshot.of(kind).iter();
        let desired = basis.desired.of(kind).iter();
        live.map(|live: &Live| live.key(basis.catalog))
            .chain(desired.map(|wanted| wanted.key.clone()))
    };
    Kind::ALL.into_iter().flat_map(of_kind).collect()
}
