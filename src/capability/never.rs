//! What a service could never do of a plan. Each concerns the person or group of one change, and names the
//! way out.

use super::removable::{Removable, removable};
use crate::dialect::{DeleteRule, Dialect, Groups};
use crate::model::{Catalog, Kind, Snapshot};
use crate::plan::held::obstacles::{Obstacle, Subject};
use crate::plan::{Action, Change, Draft, HeldReason};

/// A deletion that the service would refuse, or would take for something else.
pub(super) struct Undeletable<'a> {
    pub(super) change: &'a Change,
    /// What the service can do instead.
    pub(super) instead: Removable,
    pub(super) obstacle: Obstacle,
}

/// The deletions that the service would refuse, or would take for something else.
pub(super) fn undeletable<'a>(
    draft: &'a Draft,
    snapshot: &Snapshot,
    dialect: &Dialect,
    catalog: &Catalog,
) -> Vec<Undeletable<'a>> {
    let of_change = |change: &'a Change| {
        let all = snapshot.of(change.kind);
        let place = all
            .binary_search_by(|live| Some(&live.id).cmp(&change.remote_id.as_ref()))
            .ok()?;
        let instead = removable(&all[place], dialect, catalog);
        let (why, next) = match instead {
            Removable::Deleted => return None,
            Removable::Stays => ("does not delete groups", "delete it there".to_owned()),
            Removable::Deactivated => {
                let why = if dialect.delete.users == DeleteRule::Unclaimed {
                    "deletes only accounts that nobody has ever used"
                } else {
                    "does not delete people"
                };
                (
                    why,
                    format!("`wpsync plan --deactivate {}` ends the access", change.key.id()),
                )
            }
        };
        let obstacle = in_the_way(change, format!("{} {why}", dialect.name), next);
        Some(Undeletable {
            change,
            instead,
            obstacle,
        })
    };
    let deletions = draft
        .changes
        .iter()
        .filter(|change| change.action == Action::Delete);
    deletions.filter_map(of_change).collect()
}

/// Why the service could never make a change; `None` if it could.
pub(super) fn impossible(change: &Change, dialect: &Dialect, catalog: &Catalog) -> Option<Obstacle> {
    let name = &dialect.name;
    if change.kind == Kind::Group && dialect.groups == Groups::Read {
        let next = "declare what is there, or change it there";
        return Some(in_the_way(
            change,
            format!("{name} does not change groups"),
            next.to_owned(),
        ));
    }
    if change.action != Action::Create {
        return None;
    }
    if change.kind == Kind::Group && dialect.groups != Groups::Full {
        return Some(in_the_way(
            change,
            format!("{name} does not create groups"),
            "make it there first".to_owned(),
        ));
    }
    let has = |name: &str| {
        let set = change.after.iter().filter(|(_, value)| value.is_some());
        set.filter_map(|(path, _)| catalog.find(change.kind, path).ok())
            .any(|attribute| attribute.is_under(name))
    };
    let missing: Vec<&str> = dialect
        .required
        .of(change.kind)
        .iter()
        .map(String::as_str)
        .filter(|name| !has(name))
        .collect();
    (!missing.is_empty()).then(|| {
        let missing = missing.join(", ");
        in_the_way(
            change,
            format!("{name} wants {missing} with a new {}", change.kind.word()),
            format!("declare {missing}"),
        )
    })
}

fn in_the_way(change: &Change, message: String, next: String) -> Obstacle {
    Obstacle {
        subject: Subject::of(change),
        reason: HeldReason::CannotHold,
        message,
        next,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Attributes, Key, Live, Value};
    use crate::plan::{Proposal, Values};

    #[test]
    fn f058_a_deletion_that_would_be_refused_is_refused_before_anything_is_sent() {
        let rows = "name: x\ndelete: { users: unclaimed }\nclaimed: claimed\nextensions:\n\
                    - id: urn:x:2.0:User\n  name: X\n  \
                    attributes: [{ name: claimed, type: boolean, mutability: readOnly }]";
        let dialect = Dialect::parse(rows).expect("a dialect");
        let catalog = dialect.catalog();
        let claimed = catalog.find(Kind::User, "claimed").expect("an attribute").id;
        let deletion = Change::new(Proposal {
            action: Action::Delete,
            after: Values::new(),
            before: Values::new(),
            key: Key::new(Kind::User, "b"),
            members: None,
            origin: Some("gone.csv:2:1".into()),
            origins: BTreeMap::new(),
            reason: "gone".into(),
            remote_id: Some("1".into()),
            version: None,
        });
        let draft = Draft {
            changes: vec![deletion],
            ..Draft::default()
        };
        let holding = |value: Value| {
            let mut attributes = Attributes::new();
            attributes.set(claimed, value);
            let live = Live {
                kind: Kind::User,
                id: "1".into(),
                version: None,
                attributes,
                members: None,
            };
            let snapshot = Snapshot {
                users: vec![live],
                ..Snapshot::default()
            };
            let found = undeletable(&draft, &snapshot, &dialect, &catalog);
            let said = found
                .into_iter()
                .map(|one| format!("{}; {}", one.obstacle.message, one.obstacle.next));
            said.collect::<Vec<_>>()
        };
        assert_eq!(holding(Value::Boolean(false)), Vec::<String>::new());
        let said = "x deletes only accounts that nobody has ever used; `wpsync plan --deactivate user:b` \
                    ends the access";
        assert_eq!(holding(Value::Boolean(true)), [said]);
    }
}
