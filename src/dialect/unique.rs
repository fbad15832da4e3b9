//! The attributes of which a service holds each value once: it refuses a value that another resource has.

use std::collections::BTreeMap;

use super::Dialect;
use crate::model::well_known::EMAILS;
use crate::model::{Attribute, Catalog, Kind, Kinds, Place, Uniqueness};

/// The attributes of which a service holds each value once, of all resources of a kind.
#[derive(Clone, Debug)]
pub struct UniqueAttributes {
    attributes: Kinds<BTreeMap<Box<str>, UniqueAttribute>>,
    /// Whether a person who is deactivated gives up what is theirs, as if the account were deleted.
    pub freed_by_deactivation: FreedBy,
}

/// What takes a unique value from an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FreedBy {
    /// Only the deletion of the account, or another value.
    #[default]
    Deletion,
    /// The deactivation too: the account can no longer be read.
    DeactivationToo,
}

/// An attribute of which a service holds each value once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UniqueAttribute {
    /// The attribute or the larger one that it is part of, as `emails` for `emails.work`. The values of all
    /// parts are unique together.
    pub root: Box<str>,
    /// How well that is known.
    pub known: UniquenessKnown,
}

/// How well it is known that a service holds each value once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UniquenessKnown {
    /// The RFC, the dialect or a schema says so.
    #[default]
    Said,
    /// Most services do, and nothing says that this one does not. An order that suits such a service harms no
    /// other.
    Presumed,
}

impl Default for UniqueAttributes {
    /// The names alone.
    fn default() -> Self {
        let mut unique = Self {
            attributes: Kinds::default(),
            freed_by_deactivation: FreedBy::default(),
        };
        for kind in Kind::ALL {
            let root: Box<str> = kind.naming_attribute().into();
            let known = UniquenessKnown::Said;
            unique
                .of_mut(kind)
                .insert(root.clone(), UniqueAttribute { root, known });
        }
        unique
    }
}

impl UniqueAttributes {
    /// The attributes of a kind, by their paths.
    pub fn of(&self, kind: Kind) -> &BTreeMap<Box<str>, UniqueAttribute> {
        self.attributes.of(kind)
    }

    fn of_mut(&mut self, kind: Kind) -> &mut BTreeMap<Box<str>, UniqueAttribute> {
        match kind {
            Kind::User => &mut self.attributes.users,
            Kind::Group => &mut self.attributes.groups,
        }
    }
}

impl Dialect {
    /// The attributes of which the service holds each value once: the names, those of the row `unique`, and
    /// those of which a schema says so. Where there is no row, e-mail addresses are presumed to be.
    pub fn unique_attributes(&self, catalog: &Catalog) -> UniqueAttributes {
        let mut unique = UniqueAttributes {
            freed_by_deactivation: self.freed_by(),
            ..UniqueAttributes::default()
        };
        for kind in Kind::ALL {
            let row = self.unique.of(kind).as_deref();
            let found = catalog.of(kind).filter_map(|attribute| {
                let said = row.into_iter().flatten().find(|name| attribute.is_under(name));
                let by_schema = attribute.uniqueness != Uniqueness::None;
                let (root, known) = match said {
                    Some(name) => (&**name, UniquenessKnown::Said),
                    None if by_schema => (&*attribute.path, UniquenessKnown::Said),
                    None if row.is_none() && *attribute.root == *EMAILS => {
                        (EMAILS, UniquenessKnown::Presumed)
                    }
                    None => return None,
                };
                let root: Box<str> = root.into();
                is_identifying(attribute).then(|| (attribute.path.clone(), UniqueAttribute { root, known }))
            });
            for (path, attribute) in found {
                unique.of_mut(kind).entry(path).or_insert(attribute);
            }
        }
        unique
    }

    fn freed_by(&self) -> FreedBy {
        match self.deactivation {
            super::Deactivation::Keeps => FreedBy::Deletion,
            super::Deactivation::Hides => FreedBy::DeactivationToo,
        }
    }
}

/// Whether an attribute holds the value itself and not a type, a label or a mark beside it.
fn is_identifying(attribute: &Attribute) -> bool {
    let holds_it = match &attribute.place {
        Place::Plain | Place::Part { .. } | Place::Set { .. } => true,
        Place::Element { sub, .. } => &**sub == "value",
        Place::Reference => false,
    };
    holds_it && attribute.is_writable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &str, kind: Kind) -> Vec<String> {
        let dialect = Dialect::parse(&format!("name: x\n{rows}")).expect("a dialect");
        let unique = dialect.unique_attributes(&dialect.catalog());
        let mut shown = Vec::new();
        for (path, attribute) in unique.of(kind) {
            shown.push(format!("{path} of {} {:?}", attribute.root, attribute.known));
        }
        shown
    }

    #[test]
    fn names_are_unique_and_addresses_are_presumed_to_be() {
        let people = of("", Kind::User);
        assert!(
            people.contains(&"userName of userName Said".to_owned()),
            "{people:?}"
        );
        assert!(
            people.contains(&"emails.work of emails Presumed".to_owned()),
            "{people:?}"
        );
        assert!(
            people.iter().all(|shown| !shown.contains("primary")),
            "{people:?}"
        );
        assert_eq!(of("", Kind::Group), ["displayName of displayName Said"]);
    }

    #[test]
    fn a_row_says_what_is_unique_and_what_is_not() {
        assert_eq!(
            of("unique: { users: [] }", Kind::User),
            ["userName of userName Said"]
        );
        let people = of("unique: { users: [emails, employeeNumber] }", Kind::User);
        assert!(
            people.contains(&"emails.home of emails Said".to_owned()),
            "{people:?}"
        );
        assert!(
            people.contains(&"employeeNumber of employeeNumber Said".to_owned()),
            "{people:?}"
        );
    }

    #[test]
    fn a_schema_of_the_service_says_so_too() {
        let rows = "extensions:\n  - id: urn:x:2.0:User\n    name: X\n    attributes: [{ name: badge, \
                    uniqueness: server }]\n";
        let people = of(rows, Kind::User);
        assert!(people.contains(&"badge of badge Said".to_owned()), "{people:?}");
    }
}
