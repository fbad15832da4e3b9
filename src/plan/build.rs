//! Builds a plan's changes from what is desired and what is live. A pure function: the same sources and
//! snapshot give the same changes, byte for byte, in whatever order they came.

use std::cell::OnceCell;
use std::collections::HashSet;

use crate::desired::{Desired, DesiredResource};
use crate::diagnostics::{Diagnostic, Diagnostics, Files};
use crate::matching::{Matcher, Matches};
use crate::model::Live;
use crate::model::Snapshot;
use crate::model::well_known::ACTIVE;
use crate::model::{Catalog, Key, Kind, Value};

use super::change::{Action, Change, Precondition, Values};
use super::diff::{Difference, References, difference};
use super::leaving::Leaving;
use super::ownership::{Ownership, Withheld};
use super::{MembersDelta, Selection, Swapping, meaning, order, selection};
use crate::policy::Policy;
use crate::project::Absent;

/// The changes, before they are sealed.
#[derive(Debug, Default)]
pub struct Draft {
    /// By key.
    pub changes: Vec<Change>,
    /// How many live people are neither declared nor ours to remove.
    pub unmanaged_users: u64,
    /// How many live groups are neither declared nor ours to remove.
    pub unmanaged_groups: u64,
    /// How many active people are declared or ours to remove.
    pub managed_users: u64,
    /// What would be removed, had it been managed before.
    pub withheld: Withheld,
}

/// Why no plan could be made of valid sources.
#[derive(Debug)]
pub struct Blocked(pub Diagnostics);

/// What a draft is made from.
pub struct Inputs<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// What the sources ask for.
    pub desired: &'a Desired,
    /// The files, for the origins.
    pub files: &'a Files,
    /// What the directory holds.
    pub snapshot: &'a Snapshot,
    /// What the configuration allows.
    pub policy: &'a Policy,
    /// What may be removed from.
    pub ownership: &'a Ownership,
    /// What the plan is narrowed to; everything where nothing is said.
    pub selection: Option<&'a Selection>,
}

/// Builds the changes.
///
/// # Errors
/// Every reason why a desired resource cannot be matched or its name cannot be had.
pub fn draft(inputs: &Inputs<'_>) -> Result<Draft, Blocked> {
    let mut problems = Diagnostics::new();
    let matches = Kind::ALL.map(|kind| {
        let matcher = Matcher {
            catalog: inputs.catalog,
            kind,
            order: &inputs.policy.of(kind).matched_by,
        };
        matcher.pair(inputs.desired_of(kind), inputs.snapshot.of(kind), &mut problems)
    });
    let strangers = inputs.strangers(&matches);
    let leaving = inputs.leaving(&mut problems);
    let references = inputs.references(&matches, &strangers);
    let mut draft = Draft {
        managed_users: inputs.managed_users(&matches[0]),
        ..Draft::default()
    };
    for (kind, matches) in Kind::ALL.into_iter().zip(&matches) {
        inputs.declared_changes((kind, matches), (&references, &leaving), &mut draft);
        let unmanaged = inputs.removals((kind, matches), (&references, &leaving), &mut draft);
        match kind {
            Kind::User => draft.unmanaged_users = unmanaged,
            Kind::Group => draft.unmanaged_groups = unmanaged,
        }
    }
    inputs.check_outside(&references, &mut problems);
    let asked = inputs.asked_removals(&leaving, &references, &mut draft);
    let changes = &mut draft.changes;
    changes.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
    if !problems.has_errors() {
        inputs.check_names(&matches, changes, &mut problems);
    }
    if !problems.has_errors()
        && let Err(reason) = inputs.order(changes)
    {
        problems.push(Diagnostic::general("no-order", reason));
    }
    if let Some(narrowed) = inputs.selection
        && !problems.has_errors()
        && let Err(reason) = selection::narrow(changes, narrowed, &asked)
    {
        problems.push(
            Diagnostic::general("not-selected", reason).hint("select that one too, or plan without --only"),
        );
    }
    if problems.has_errors() {
        return Err(Blocked(problems));
    }
    Ok(draft)
}

impl Inputs<'_> {
    pub(super) fn desired_of(&self, kind: Kind) -> &[DesiredResource] {
        match kind {
            Kind::User => &self.desired.users,
            Kind::Group => &self.desired.groups,
        }
    }

    /// The live resources that no source declares, by the names that they have in the directory.
    fn strangers(&self, matches: &[Matches; 2]) -> Vec<(Key, &Live)> {
        let of_kind = |(kind, matches): (Kind, &Matches)| {
            let unmatched = self
                .snapshot
                .of(kind)
                .iter()
                .zip(&matches.desired_of)
                .filter(|(_, desired)| desired.is_none());
            unmatched
                .map(|(live, _)| (self.live_key(live), live))
                .collect::<Vec<_>>()
        };
        Kind::ALL.into_iter().zip(matches).flat_map(of_kind).collect()
    }

    /// Every key and id that a reference can mean. A declared resource goes by its declared name.
    fn references<'b>(&'b self, matches: &[Matches; 2], strangers: &'b [(Key, &Live)]) -> References<'b> {
        let mut references =
            References::with_capacity(self.snapshot.users.len() + self.snapshot.groups.len());
        let mut created: HashSet<&Key> = HashSet::new();
        for (kind, matches) in Kind::ALL.into_iter().zip(matches) {
            let live = self.snapshot.of(kind);
            for (wanted, place) in self.desired_of(kind).iter().zip(&matches.live_of) {
                match place {
                    Some(place) => references.learn(&wanted.key, &live[*place].id),
                    None => drop(created.insert(&wanted.key)),
                }
            }
        }
        for (key, resource) in strangers {
            // A name that a stranger gives up means whoever is declared by it.
            let is_declared = created.contains(key) || references.knows(key);
            if is_declared {
                references.learn_id(key, &resource.id)
            } else {
                references.learn(key, &resource.id)
            }
        }
        references
    }

    /// How many active people are declared or ours to remove.
    fn managed_users(&self, matches: &Matches) -> u64 {
        let active = self.catalog.well_known(Kind::User, ACTIVE);
        let of_each = self.snapshot.users.iter().zip(&matches.desired_of);
        let managed = of_each.filter(|(live, desired)| desired.is_some() || self.policy.users.removes(live));
        managed
            .filter(|(live, _)| live.attributes.get(active) != Some(&Value::Boolean(false)))
            .count() as u64
    }

    /// Puts the changes in order. A name in between is nobody's: neither a live one nor a declared one.
    fn order(&self, changes: &mut Vec<Change>) -> Result<(), String> {
        let names: OnceCell<HashSet<(Kind, String)>> = OnceCell::new();
        let taken = || {
            let live = Kind::ALL
                .into_iter()
                .flat_map(|kind| self.snapshot.of(kind))
                .map(|live| self.live_key(live));
            let desired = Kind::ALL
                .into_iter()
                .flat_map(|kind| self.desired_of(kind))
                .map(|wanted| wanted.key.clone());
            live.chain(desired)
                .map(|key| (key.kind, key.folded().to_owned()))
                .collect()
        };
        let is_taken = |kind: Kind, name: &str| names.get_or_init(taken).contains(&(kind, name.to_owned()));
        order::order(
            changes,
            &Swapping {
                allowed: &|kind| self.policy.of(kind).swaps,
                is_taken: &is_taken,
            },
        )
    }

    pub(super) fn live_key(&self, live: &Live) -> Key {
        let name = live
            .attributes
            .get(self.catalog.naming(live.kind))
            .and_then(Value::as_text);
        Key::new(live.kind, name.unwrap_or(&live.id))
    }

    fn declared_changes(
        &self,
        (kind, matches): (Kind, &Matches),
        (references, leaving): (&References<'_>, &Leaving),
        draft: &mut Draft,
    ) {
        let live = self.snapshot.of(kind);
        for (wanted, place) in self.desired_of(kind).iter().zip(&matches.live_of) {
            if place.is_some_and(|place| leaving.has(kind, place)) {
                continue;
            }
            let live = place.map(|place| &live[place]);
            let mut found = difference(self.catalog, references, self.policy.members, wanted, live);
            if let Some(live) = live {
                let mut unselected = Withheld::new(); // what is not in the plan is not told either
                let is_selected = self
                    .selection
                    .is_none_or(|selection| selection.compares(&wanted.key));
                let withheld = if is_selected {
                    &mut draft.withheld
                } else {
                    &mut unselected
                };
                self.ownership
                    .withhold(&[&wanted.key, &self.live_key(live)], &mut found, withheld);
            }
            if live.is_some() && found.is_empty() {
                continue;
            }
            if live.is_none() {
                found.after.retain(|_, value| value.is_some()); // what is not there is clear already
            }
            draft.changes.push(self.declared_change(wanted, live, found));
        }
    }

    fn declared_change(&self, wanted: &DesiredResource, live: Option<&Live>, found: Difference) -> Change {
        let action = action_of(live.is_some(), &found);
        let row = self.files.place(wanted.origin);
        let origins = found
            .origins
            .iter()
            .filter(|(path, origin)| {
                found.after.contains_key(*path)
                    && (origin.file, origin.line) != (wanted.origin.file, wanted.origin.line)
            })
            .map(|(path, origin)| (path.clone(), self.files.place(*origin).to_string()))
            .collect();
        let mut change = Change {
            action,
            reason: self.reason(action, &found, live),
            after: found.after,
            before: found.before,
            id: wanted.key.id(),
            key: wanted.key.clone(),
            members: found.members,
            needs: Vec::new(),
            origin: Some(row.to_string()),
            origins,
            postcondition: meaning::of_state(None, &Values::new()),
            precondition: Precondition {
                digest: meaning::of_state(None, &Values::new()),
                version: live.and_then(|live| live.version.clone()),
            },
            remote_id: live.map(|live| live.id.clone()),
            kind: wanted.key.kind,
        };
        change.seal();
        change
    }

    /// Why, and what is not known of it.
    fn reason(&self, action: Action, found: &Difference, live: Option<&Live>) -> String {
        let reason = reason_of(action, found);
        match live.filter(|_| found.members.is_some()) {
            Some(live) if self.snapshot.remembered.contains(&live.id) => {
                format!(
                    "{reason}; the directory does not tell who is in it, and what the last apply left is taken for it"
                )
            }
            Some(live) if live.members.is_none() => {
                format!(
                    "{reason}; the directory does not tell who is in it, so that everybody declared is added and nobody removed"
                )
            }
            _ => reason,
        }
    }

    /// Adds the removals of undeclared resources that are ours, and counts the rest.
    fn removals(
        &self,
        (kind, matches): (Kind, &Matches),
        (references, leaving): (&References<'_>, &Leaving),
        draft: &mut Draft,
    ) -> u64 {
        let policy = self.policy.of(kind);
        let mut unmanaged = 0;
        let active = self.catalog.well_known(Kind::User, ACTIVE);
        for (place, (live, desired)) in self.snapshot.of(kind).iter().zip(&matches.desired_of).enumerate() {
            if desired.is_some() || leaving.has(kind, place) {
                continue;
            }
            let inactive = live.attributes.get(active) == Some(&Value::Boolean(false));
            let action = match policy.absent {
                _ if self.selection.is_some() || !policy.removes(live) => None,
                Absent::Delete => Some(Action::Delete),
                Absent::Deactivate if kind == Kind::User && !inactive => Some(Action::Deactivate),
                _ => None,
            };
            match action {
                Some(_) if !self.ownership.may_remove(kind) => {
                    *draft.withheld.entry(kind.plural().to_owned()).or_default() += 1;
                    unmanaged += 1;
                }
                Some(action) => draft.changes.push(self.removal(live, action, references)),
                None => unmanaged += 1,
            }
        }
        unmanaged
    }

    pub(super) fn removal(&self, live: &Live, action: Action, references: &References<'_>) -> Change {
        let key = self.live_key(live);
        let read = |value: &Value| match value {
            Value::Reference(reference) => Value::Reference(Box::new(references.resolve(reference))),
            other => other.clone(),
        };
        let writable = live
            .attributes
            .iter()
            .filter(|(id, _)| self.catalog.attribute(*id).is_writable());
        let before = writable
            .map(|(id, value)| (self.catalog.attribute(id).path.clone(), Some(read(value))))
            .collect();
        let leaving = live.members.as_ref().filter(|_| action == Action::Delete);
        let members = leaving.filter(|members| !members.is_empty()).map(|members| {
            let mut remove: Vec<_> = members
                .iter()
                .map(|member| references.resolve(&member.reference))
                .collect();
            remove.sort();
            MembersDelta {
                add: Vec::new(),
                after: 0,
                before: remove.len() as u64,
                remove,
            }
        });
        let mut change = Change {
            action,
            after: if action == Action::Deactivate {
                [(ACTIVE.into(), Some(Value::Boolean(false)))].into()
            } else {
                Values::new()
            },
            before,
            id: key.id(),
            key,
            members,
            needs: Vec::new(),
            origin: None,
            origins: std::collections::BTreeMap::new(),
            postcondition: meaning::of_state(None, &Values::new()),
            precondition: Precondition {
                digest: meaning::of_state(None, &Values::new()),
                version: live.version.clone(),
            },
            reason: "no source declares it, and `within` says that it is ours".into(),
            remote_id: Some(live.id.clone()),
            kind: live.kind,
        };
        change.seal();
        change
    }
}

fn action_of(exists: bool, found: &Difference) -> Action {
    match found.after.get(ACTIVE) {
        _ if !exists => Action::Create,
        Some(Some(Value::Boolean(false))) => Action::Deactivate,
        Some(Some(Value::Boolean(true)))
            if found.before.get(ACTIVE) == Some(&Some(Value::Boolean(false))) =>
        {
            Action::Reactivate
        }
        _ => Action::Update,
    }
}

fn reason_of(action: Action, found: &Difference) -> String {
    let differing = found
        .after
        .keys()
        .map(|path| &**path)
        .chain(found.members.iter().map(|_| "members"))
        .collect::<Vec<_>>()
        .join(", ");
    match action {
        Action::Create => "a source declares it, and the directory does not have it".into(),
        Action::Deactivate => "a source declares it inactive".into(),
        Action::Reactivate => "a source declares it active, and it is inactive".into(),
        _ => format!("the sources and the directory differ in {differing}"),
    }
}

impl Change {
    /// Computes the digests of the pre- and the postcondition from the values.
    pub(crate) fn seal(&mut self) {
        self.precondition.digest = meaning::of_state(self.remote_id.as_deref(), &self.before);
        self.postcondition = meaning::of_state(self.remote_id.as_deref(), &self.values_after());
    }
}
