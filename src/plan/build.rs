//! Builds a plan's changes from what is desired and what is live. A pure function: the same sources and
//! snapshot give the same changes, byte for byte, in whatever order they came.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::change::Change;
use super::comparison::Sides;
use super::draft::{Blocked, Draft, DraftBasis, MOST_UNDECLARED};
use super::held::BeforeHolding;
use super::held::obstacles::{Obstacle, Obstacles, Subject};
use super::leaving::Leaving;
use super::lost::LostTargets;
use super::names::UniqueCheck;
use super::order::{OrderError, Unbroken};
use super::references::References;
use super::remainder::{HeldReason, Remainder, UnreadRow, UnreadRows};
use super::selection::Selection;
use super::swap::Swapping;
use super::{held, names, order, selection};
use crate::desired::Unreadable;
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::matching::{Matches, Pairing};
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live, ManagedAccounts};

/// Builds the changes.
///
/// # Errors
/// If a reference is to nobody. [`Blocked`] holds every reason.
pub fn draft(basis: &DraftBasis<'_>) -> Result<Draft, Blocked> {
    draft_around(basis, &mut Obstacles::default())
}

/// Builds the changes without those that something stands in the way of. What is found adds to it, and the
/// draft is made again: nothing in it rests on the change of somebody who is held.
///
/// # Errors
/// As [`draft`].
pub(crate) fn draft_around(basis: &DraftBasis<'_>, obstacles: &mut Obstacles) -> Result<Draft, Blocked> {
    loop {
        match draft_once(basis, obstacles)? {
            Drafted::Whole(draft) => return Ok(*draft),
            Drafted::Obstructed(found) => {
                let described = || found.iter().map(|one| one.message.as_str()).collect::<Vec<_>>();
                let described = described().join("; ");
                if !obstacles.add(found) {
                    let mut problems = Diagnostics::new();
                    problems.push(Diagnostic::general("no-order", described));
                    return Err(Blocked(problems));
                }
            }
        }
    }
}

/// A draft, or what stands in the way of some of its changes.
enum Drafted {
    Whole(Box<Draft>),
    Obstructed(Vec<Obstacle>),
}

fn draft_once(basis: &DraftBasis<'_>, obstacles: &Obstacles) -> Result<Drafted, Blocked> {
    let mut pairing = basis.pair();
    let leaving = Leaving::find(basis);
    let known = BeforeHolding {
        leaving: &leaving,
        obstacles,
    };
    let (back, released) = held::settle(basis, &mut pairing, &known);
    let strangers = strangers(basis, &pairing);
    let references = references(basis, &pairing, &strangers);
    let mut problems = Diagnostics::new();
    check_outside(basis, &references, &mut problems);
    let lost = LostTargets::find(basis, &references, perhaps_declared(basis, &pairing, &leaving));
    let left = lost.left(basis, &pairing, &mut problems);
    if problems.has_errors() {
        return Err(Blocked(problems));
    }
    let undecided = Sides {
        basis,
        pairing: &pairing,
        references: &references,
        leaving: &leaving,
        back: &back,
        obstacles,
        lost: &lost,
        held_ids: HashSet::new(),
        active: basis.catalog.well_known(Kind::User, ACTIVE),
    };
    let comparison = Sides {
        held_ids: undecided.held_ids(),
        ..undecided
    };
    let mut draft = Draft {
        released: Some(released),
        unknown_leavers: leaving.unknown(basis),
        undeclared: ids(&strangers),
        ..comparison.draft()
    };
    draft.remainder.references = left;
    draft.remainder.outside_scope = lost.outside_scope(basis);
    order::sort(&mut draft.changes);
    let taken = names::taken_by_others(&UniqueCheck {
        basis,
        pairing: &pairing,
        changes: &draft.changes,
    });
    if !taken.is_empty() {
        return Ok(Drafted::Obstructed(taken));
    }
    let obstacles = arrange(basis, &mut draft.changes)?;
    if !obstacles.is_empty() {
        return Ok(Drafted::Obstructed(obstacles));
    }
    draft.newly_managed = newly_managed(basis, &pairing, &draft.changes);
    Ok(Drafted::Whole(Box::new(draft)))
}

impl Sides<'_> {
    /// The changes in no order, and what is left undone.
    fn draft(&self) -> Draft {
        let basis = self.basis;
        let mut draft = Draft {
            managed_users: self.managed_users(),
            remainder: Remainder {
                held: self.leaving.held(basis),
                not_held: basis.desired.not_held.clone(),
                unread: unread(basis),
                partly_named: basis.policy.partly_named().map(str::to_owned).collect(),
                ..Remainder::default()
            },
            ..Draft::default()
        };
        for kind in Kind::ALL {
            self.declared_changes(kind, &mut draft);
            let unmanaged = self.removals(kind, &mut draft);
            match kind {
                Kind::User => draft.unmanaged_users = unmanaged,
                Kind::Group => draft.unmanaged_groups = unmanaged,
            }
        }
        self.asked_removals(&mut draft);
        draft
            .remainder
            .held
            .sort_by(|left, right| left.key.cmp(&right.key));
        draft
    }

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

/// The rows of which it cannot be read whom they declare. A narrowed plan is not about them.
fn unread(basis: &DraftBasis<'_>) -> UnreadRows {
    let rows = basis.desired.unreadable.iter();
    let mut rows: Vec<&Unreadable> = rows.filter(|_| basis.selection.is_none()).collect();
    // By path: the files' numbers are in the order in which they were read.
    rows.sort_by_key(|row| {
        let Origin { file, line, column } = row.problem.origin;
        (basis.files.name(file), line, column)
    });
    let row = |row: &Unreadable| UnreadRow {
        kind: row.kind,
        message: row.problem.message.clone(),
        next: row.problem.next.clone(),
        origin: basis.files.place(row.problem.origin).to_string(),
        is_held: row.named.is_some(),
    };
    UnreadRows {
        rows: rows.into_iter().map(row).collect(),
        ..UnreadRows::default()
    }
}

/// The ids of the undeclared live resources that a row may mean of which it cannot be read whom it declares.
/// Whoever is removed by name is certain.
fn perhaps_declared<'a>(basis: &DraftBasis<'a>, pairing: &Pairing, leaving: &Leaving) -> HashSet<&'a str> {
    let rows = &basis.desired.unreadable;
    let unread = Kind::ALL
        .into_iter()
        .filter(|kind| rows.iter().any(|row| row.kind == *kind));
    let of_kind = |kind: Kind| {
        let live = basis.snapshot.of(kind).iter().zip(&pairing.of(kind).desired_of);
        let undeclared = live.enumerate().filter(|(_, (_, desired))| desired.is_none());
        undeclared.filter(move |(place, _)| !leaving.has(kind, *place))
    };
    unread.flat_map(of_kind).map(|(_, (live, _))| &*live.id).collect()
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

/// Puts the changes in order, and keeps only the selected ones and the removals that were asked for. Returns
/// what stands in the way.
fn arrange(basis: &DraftBasis<'_>, changes: &mut Vec<Change>) -> Result<Vec<Obstacle>, Blocked> {
    let names = OnceCell::new();
    // A temporary name must be neither a live name nor a declared one.
    let is_taken = |key: &Key| names.get_or_init(|| names_in_use(basis)).contains(key);
    let swapping = Swapping {
        allowed: &|kind| basis.policy.of(kind).swaps,
        is_taken: &is_taken,
        unique: basis.unique,
    };
    let unbroken = order::order_around(changes, &swapping).map_err(|error| no_order(&error))?;
    let waiting = unbroken.iter().flat_map(|unbroken| of_circle(unbroken, changes));
    let waiting: Vec<Obstacle> = waiting.collect();
    let obstacles = match basis.selection {
        Some(selection) if waiting.is_empty() => selection::narrow(changes, selection),
        _ => waiting,
    };
    if obstacles.is_empty() {
        // What is not selected is not waited for.
        order::settle_deletions(changes).map_err(|error| no_order(&error))?;
    }
    Ok(obstacles)
}

fn no_order(error: &OrderError) -> Blocked {
    let mut problems = Diagnostics::new();
    problems.push(Diagnostic::general("no-order", error.to_string()));
    Blocked(problems)
}

/// Whoever waits in a circle that nothing breaks. Who is removed goes on, as long as somebody else can wait.
fn of_circle<'a>(unbroken: &'a Unbroken, changes: &'a [Change]) -> impl Iterator<Item = Obstacle> + 'a {
    let of_circle = || unbroken.changes.iter().map(|number| &changes[*number]);
    let only_removals = of_circle().all(|change| change.action.is_removal());
    let waiting = of_circle().filter(move |change| only_removals || !change.action.is_removal());
    waiting.map(|change| Obstacle {
        subject: Subject::of(change),
        reason: HeldReason::Order,
        message: unbroken.circle.message(),
        next: unbroken.circle.next(),
    })
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
