//! What becomes of a person or group that is to be removed: a service deletes, deactivates, or does neither.

use crate::dialect::{DeleteRule, Dialect};
use crate::model::{Catalog, Kind, Live, Value};

/// What a service can do to remove somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removable {
    /// It deletes them.
    Deleted,
    /// It deletes nobody like them: they can lose their access.
    Deactivated,
    /// It has no way: they stay.
    Stays,
}

/// What a service can do to remove a live resource.
pub(crate) fn removable(live: &Live, dialect: &Dialect, catalog: &Catalog) -> Removable {
    match live.kind {
        Kind::Group if deletes_groups(dialect) => Removable::Deleted,
        Kind::Group => Removable::Stays,
        Kind::User if !deletes_people(dialect) || is_claimed(live, dialect, catalog) => {
            Removable::Deactivated
        }
        Kind::User => Removable::Deleted,
    }
}

/// Whether DELETE removes people.
pub(super) const fn deletes_people(dialect: &Dialect) -> bool {
    !matches!(dialect.delete.users, DeleteRule::Soft | DeleteRule::None)
}

/// Whether DELETE removes groups.
pub(super) const fn deletes_groups(dialect: &Dialect) -> bool {
    !matches!(dialect.delete.groups, DeleteRule::None)
}

/// Whether somebody has used an account, at a service that then no longer deletes it.
fn is_claimed(live: &Live, dialect: &Dialect, catalog: &Catalog) -> bool {
    let claimed = dialect.claimed.as_deref();
    let claimed = claimed.and_then(|name| catalog.find(Kind::User, name).ok());
    dialect.delete.users == DeleteRule::Unclaimed
        && claimed.is_some_and(|claimed| live.attributes.get(claimed.id) == Some(&Value::Boolean(true)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Attributes;

    fn live(kind: Kind, attributes: Attributes) -> Live {
        Live {
            kind,
            id: "1".into(),
            version: None,
            attributes,
            members: None,
        }
    }

    #[test]
    fn each_rule_of_a_dialect_has_its_removal() {
        let of = |rule: &str, kind| {
            let dialect = Dialect::parse(&format!("name: x\ndelete: {rule}")).expect("a dialect");
            removable(&live(kind, Attributes::new()), &dialect, &dialect.catalog())
        };
        assert_eq!(of("{ users: hard }", Kind::User), Removable::Deleted);
        assert_eq!(of("{ users: soft }", Kind::User), Removable::Deactivated);
        assert_eq!(of("{ users: none }", Kind::User), Removable::Deactivated);
        assert_eq!(of("{ groups: hard }", Kind::Group), Removable::Deleted);
        assert_eq!(of("{ groups: none }", Kind::Group), Removable::Stays);
    }

    #[test]
    fn a_used_account_is_deactivated_where_only_unused_ones_are_deleted() {
        let rows = "name: x\ndelete: { users: unclaimed }\nclaimed: claimed\nextensions:\n\
                    - id: urn:x:2.0:User\n  name: X\n  \
                    attributes: [{ name: claimed, type: boolean, mutability: readOnly }]";
        let dialect = Dialect::parse(rows).expect("a dialect");
        let catalog = dialect.catalog();
        let claimed = catalog.find(Kind::User, "claimed").expect("an attribute").id;
        let of = |used: Value| {
            let mut attributes = Attributes::new();
            attributes.set(claimed, used);
            removable(&live(Kind::User, attributes), &dialect, &catalog)
        };
        assert_eq!(
            (of(Value::Boolean(true)), of(Value::Boolean(false))),
            (Removable::Deactivated, Removable::Deleted)
        );
    }
}
