//! What a service could never do of a plan. Each sentence names the way out.

use super::removable::{Removable, removable};
use crate::dialect::{DeleteRule, Dialect, Groups};
use crate::escape::Escaped;
use crate::model::{Catalog, Kind, Snapshot};
use crate::plan::{Action, Change, Draft};

/// The deletions that the service would refuse, or would take for something else.
pub(crate) fn undeletable(
    draft: &Draft,
    snapshot: &Snapshot,
    dialect: &Dialect,
    catalog: &Catalog,
) -> Vec<String> {
    let reason = |change: &Change| {
        let all = snapshot.of(change.kind);
        let place = all
            .binary_search_by(|live| Some(&live.id).cmp(&change.remote_id.as_ref()))
            .ok()?;
        let name = &dialect.name;
        let why = match removable(&all[place], dialect, catalog) {
            Removable::Deleted => return None,
            Removable::Stays => return Some(format!("{name} does not delete groups")),
            Removable::Deactivated if dialect.delete.users == DeleteRule::Unclaimed => {
                "deletes only accounts that nobody has ever used"
            }
            Removable::Deactivated => "does not delete people",
        };
        Some(format!(
            "{name} {why}; `wpsync plan --deactivate {}` ends the access",
            change.key
        ))
    };
    let deletions = draft
        .changes
        .iter()
        .filter(|change| change.action == Action::Delete);
    let refused = deletions.filter_map(|change| Some((change, reason(change)?)));
    refused
        .map(|(change, reason)| format!("{}{}: {reason}", change.key, place(change)))
        .collect()
}

/// Why the service could never make a change; `None` if it could.
pub(super) fn impossible(change: &Change, dialect: &Dialect, catalog: &Catalog) -> Option<String> {
    let (who, name) = (format!("{}{}", change.key, place(change)), &dialect.name);
    if change.kind == Kind::Group && dialect.groups == Groups::Read {
        return Some(format!("{who}: {name} does not change groups"));
    }
    if change.action != Action::Create {
        return None;
    }
    if change.kind == Kind::Group && dialect.groups != Groups::Full {
        return Some(format!(
            "{who}: {name} does not create groups; make it there first"
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
        format!(
            "{who}: {name} wants {} with a new {}",
            missing.join(", "),
            change.kind.word()
        )
    })
}

/// The place in a source that asks for a change, in parentheses; empty if there is none.
fn place(change: &Change) -> String {
    match &change.origin {
        None => String::new(),
        Some(origin) => format!(" ({})", Escaped(origin)),
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
            undeletable(
                &draft,
                &Snapshot {
                    users: vec![live],
                    ..Snapshot::default()
                },
                &dialect,
                &catalog,
            )
        };
        assert_eq!(holding(Value::Boolean(false)), Vec::<String>::new());
        let said = "user:b (gone.csv:2:1): x deletes only accounts that nobody has ever used; `wpsync plan \
                    --deactivate user:b` ends the access";
        assert_eq!(holding(Value::Boolean(true)), [said]);
    }
}
