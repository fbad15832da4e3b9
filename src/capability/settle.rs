//! Adapts a draft to a service: removes changes that would have no effect there, and reports what the service
//! could never do.

use std::collections::{BTreeMap, HashSet};

use super::{never, whole};
use crate::dialect::{Deactivation, Dialect};
use crate::model::well_known::ACTIVE;
use crate::model::{Catalog, Value};
use crate::plan::held::obstacles::Obstacle;
use crate::plan::{Action, Change, Draft};

/// The result of adapting a draft to a service.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// What the service keeps as it is, in sentences. The rest can still be planned.
    pub(super) kept: Vec<String>,
    /// The changes that the service could never make.
    pub(super) impossible: Vec<Obstacle>,
}

/// Removes the changes that would have no effect at this service. Returns what the service keeps as it is and
/// what it could never do.
pub(super) fn settle(draft: &mut Draft, dialect: &Dialect, catalog: &Catalog) -> Settled {
    let mut kept = keep_as_made(draft, dialect, catalog);
    kept.extend(whole::note_on_leavers(draft, dialect));
    if dialect.deactivation == Deactivation::Hides {
        // The service hides inactive people, so a person who should be inactive and cannot be seen needs no
        // change.
        drop_unneeded(draft, |change| {
            change.action == Action::Create && change.after.get(ACTIVE) == Some(&Some(Value::Boolean(false)))
        });
    }
    let impossible = draft
        .changes
        .iter()
        .filter_map(|change| never::impossible(change, dialect, catalog))
        .collect();
    Settled { kept, impossible }
}

/// Drops the changes for which `has_nothing_to_do` holds, unless another change needs them.
fn drop_unneeded(draft: &mut Draft, has_nothing_to_do: impl Fn(&Change) -> bool) {
    let needed: HashSet<String> = draft
        .changes
        .iter()
        .flat_map(|change| change.needs.iter().cloned())
        .collect();
    draft
        .changes
        .retain(|change| !has_nothing_to_do(change) || needed.contains(&change.id));
}

/// Removes the attributes that the service does not change after creation. A change that asks for nothing
/// else is dropped, unless another change needs it.
fn keep_as_made(draft: &mut Draft, dialect: &Dialect, catalog: &Catalog) -> Vec<String> {
    let mut kept: BTreeMap<Box<str>, usize> = BTreeMap::new();
    for change in draft
        .changes
        .iter_mut()
        .filter(|change| !matches!(change.action, Action::Create | Action::Delete))
    {
        let is_fixed = |path: &str| {
            catalog
                .find(change.kind, path)
                .is_ok_and(|attribute| dialect.keeps_as_made(attribute))
        };
        let fixed: Vec<Box<str>> = change
            .after
            .keys()
            .filter(|path| is_fixed(path))
            .cloned()
            .collect();
        if fixed.is_empty() {
            continue;
        }
        change.reason = format!(
            "{}, of which the service keeps {} as made",
            change.reason,
            fixed.join(", ")
        );
        for path in fixed {
            change.take(&path);
            let name = format!("{}.{path}", change.kind.plural());
            draft.remainder.staying.entry(name).or_default().add(&change.key);
            *kept.entry(path).or_default() += 1;
        }
    }
    drop_unneeded(draft, |change| {
        change.action == Action::Update && change.after.is_empty() && change.members.is_none()
    });
    let said = |(path, count)| {
        format!(
            "{} does not change `{path}` of what exists: {count} differences stay",
            dialect.name
        )
    };
    kept.into_iter().map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Key, Kind};
    use crate::plan::{Proposal, Values};

    #[test]
    fn what_a_service_keeps_as_made_is_no_change() {
        let dialect = Dialect::parse("name: x\nfixed: { users: [userName, name] }").expect("a dialect");
        let name = |name: &str| Values::from([("userName".into(), Some(Value::text(name)))]);
        let renamed = Change::new(Proposal {
            action: Action::Update,
            after: name("b"),
            before: name("a"),
            key: Key::new(Kind::User, "b"),
            members: None,
            origin: None,
            origins: BTreeMap::new(),
            reason: "differ".into(),
            remote_id: Some("1".into()),
            version: None,
        });
        let mut both = renamed.clone();
        both.after.insert("title".into(), Some(Value::text("Dr")));
        let mut draft = Draft {
            changes: vec![renamed, both],
            ..Draft::default()
        };
        let settled = settle(&mut draft, &dialect, &dialect.catalog());
        assert_eq!(
            settled.kept,
            ["x does not change `userName` of what exists: 2 differences stay"]
        );
        assert_eq!((draft.changes.len(), draft.changes[0].after.len()), (1, 1));
    }
}
