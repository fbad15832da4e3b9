//! The catalog as a service has it: the place of each attribute, its URN, and the rewriting of its values.
//! Attributes keep their ids, so only the codec needs to know the difference.

use super::{Booleans, Dates, Dialect, UserNames};
use crate::model::{Attribute, Catalog, DataType, Encoding, Kind, Normalisation, Place};
use crate::whole::form::Writes;

impl Dialect {
    /// The attributes of the schema documents and of the service's own extensions, as the service has them.
    pub fn catalog(&self) -> Catalog {
        let catalog = self.adapt(&Catalog::with(&self.extensions));
        match self.user_names {
            UserNames::Required => catalog,
            UserNames::Optional => catalog.with_nameless_people(),
        }
    }

    /// The attributes of a catalog as the service has them. Adapting a catalog a second time changes nothing.
    pub(crate) fn adapt(&self, catalog: &Catalog) -> Catalog {
        catalog.adapted(|attribute| {
            if let Some(theirs) = attribute
                .extension
                .as_deref()
                .and_then(|urn| self.extension_urns.get(urn))
            {
                attribute.extension = Some(theirs.as_str().into());
            }
            let place = self
                .places
                .of(attribute.kind)
                .iter()
                .find(|(path, _)| attribute.path.eq_ignore_ascii_case(path));
            if let Some(Ok(place)) = place.map(|(_, written)| WrittenPlace::parse(written)) {
                place.take(attribute);
            }
            attribute.is_written_at_top = self
                .written_at_top
                .of(attribute.kind)
                .iter()
                .any(|name| attribute.is_under(name));
            attribute.case_exact |= self
                .case_exact
                .of(attribute.kind)
                .iter()
                .any(|name| attribute.is_under(name));
            attribute.encoding = self.encoding_of(attribute.data_type);
            attribute.normalises = self.normalisations_of(attribute);
        })
    }

    fn encoding_of(&self, data_type: DataType) -> Encoding {
        match (data_type, self.booleans, self.dates) {
            (DataType::Boolean, Booleans::Text, _) => Encoding::BooleanText,
            (DataType::Boolean, Booleans::Capitalised, _) => Encoding::BooleanCapitalised,
            (DataType::DateTime, _, Dates::Epoch) => Encoding::Epoch,
            (DataType::DateTime, _, Dates::Day) => Encoding::Day,
            _ => Encoding::Json,
        }
    }

    fn normalisations_of(&self, attribute: &Attribute) -> Box<[Normalisation]> {
        let declared = self
            .normalises
            .of(attribute.kind)
            .iter()
            .filter(|(name, _)| attribute.is_under(name));
        let day = (attribute.encoding == Encoding::Day).then_some(Normalisation::Day);
        declared
            .flat_map(|(_, rules)| rules.iter().copied())
            .chain(day)
            .collect()
    }

    /// Whether the service does not hold an attribute.
    pub fn does_not_hold(&self, attribute: &Attribute) -> bool {
        self.not_held
            .of(attribute.kind)
            .iter()
            .any(|name| attribute.is_under(name))
            || matches!(&self.writes, Writes::Whole(form) if !form.holds(attribute))
    }

    /// Whether the service keeps an attribute as it was when the resource was created.
    pub fn keeps_as_made(&self, attribute: &Attribute) -> bool {
        self.fixed
            .of(attribute.kind)
            .iter()
            .any(|name| attribute.is_under(name))
    }

    /// The first name in the rows that is no attribute's name.
    pub(super) fn unknown_name(&self) -> Option<UnknownName> {
        let catalog = Catalog::with(&self.extensions);
        let unknown = |kind| {
            let rows = "lookup or places";
            let exact = self
                .names_of_attributes(kind)
                .find(|name| catalog.find(kind, name).is_err());
            let exact = exact.map(|name| UnknownName {
                rows,
                kind,
                name: name.clone(),
            });
            exact.or_else(|| {
                let covers = |name: &str| catalog.of(kind).any(|attribute| attribute.is_under(name));
                let rows =
                    "not_held, fixed, required, written_at_top, case_exact, unique, claimed or normalises";
                let name = self.names_of_parts_too(kind).find(|name| !covers(name))?;
                Some(UnknownName {
                    rows,
                    kind,
                    name: name.clone(),
                })
            })
        };
        Kind::ALL.into_iter().find_map(unknown)
    }

    /// The names in the rows `lookup` and `places`: each means exactly one attribute.
    fn names_of_attributes(&self, kind: Kind) -> impl Iterator<Item = &String> {
        let lookup = match kind {
            Kind::User => &self.lookup.users,
            Kind::Group => &self.lookup.groups,
        };
        lookup.iter().chain(self.places.of(kind).keys())
    }

    /// The names in the other rows: each means an attribute and all of its parts.
    fn names_of_parts_too(&self, kind: Kind) -> impl Iterator<Item = &String> {
        let claimed = self.claimed.iter().filter(move |_| kind == Kind::User);
        self.not_held
            .of(kind)
            .iter()
            .chain(self.fixed.of(kind))
            .chain(self.required.of(kind))
            .chain(self.written_at_top.of(kind))
            .chain(self.case_exact.of(kind))
            .chain(self.unique.of(kind).iter().flatten())
            .chain(claimed)
            .chain(self.normalises.of(kind).keys())
    }
}

/// A name in a row that is no attribute's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnknownName {
    /// The rows that may hold the name, in words.
    pub(super) rows: &'static str,
    pub(super) kind: Kind,
    pub(super) name: String,
}

/// The place of an attribute at a service, as a dialect writes it: `[URN:]root`, `[URN:]root.sub`, `root[type
/// eq "work"].sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenPlace {
    extension: Option<Box<str>>,
    root: Box<str>,
    element_type: Option<Box<str>>,
    sub: Option<Box<str>>,
}

/// The error for a text that is not a place of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a place: [URN:]name, [URN:]name.part, or name[type eq \"work\"].part")]
pub(super) struct WrittenPlaceError(Box<str>);

impl WrittenPlace {
    pub(super) fn parse(text: &str) -> Result<Self, WrittenPlaceError> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte))
        };
        let bad = || WrittenPlaceError(text.into());
        let (extension, path) = match text
            .to_ascii_lowercase()
            .starts_with("urn:")
            .then(|| text.rfind(':'))
            .flatten()
        {
            Some(at) => (Some(text[..at].into()), &text[at + 1..]),
            None => (None, text),
        };
        let (root, rest) = path.split_at(path.find(['[', '.']).unwrap_or(path.len()));
        let (element_type, rest) = match rest
            .strip_prefix("[type eq \"")
            .and_then(|rest| rest.split_once("\"]"))
        {
            Some((word, rest)) => (Some(word.into()), rest),
            None => (None, rest),
        };
        let sub = match rest {
            "" => None,
            rest => Some(
                rest.strip_prefix('.')
                    .filter(|sub| is_name(sub))
                    .ok_or_else(bad)?
                    .into(),
            ),
        };
        if !is_name(root) || (element_type.is_some() && sub.is_none()) {
            return Err(bad());
        }
        Ok(Self {
            extension,
            root: root.into(),
            element_type,
            sub,
        })
    }
}

impl WrittenPlace {
    /// Moves an attribute to this place. A reference stays a reference, and a set stays a set.
    fn take(self, attribute: &mut Attribute) {
        let place = match (&attribute.place, self.element_type, self.sub) {
            (Place::Reference, None, sub) => {
                attribute.reference_part = sub;
                Place::Reference
            }
            (Place::Set { .. }, None, sub) => Place::Set { sub },
            (_, None, None) => Place::Plain,
            (_, None, Some(sub)) => Place::Part { sub },
            (_, element_type, Some(sub)) => Place::Element { element_type, sub },
            (_, Some(_), None) => return, // parsing excludes it
        };
        attribute.place = place;
        attribute.extension = self.extension;
        attribute.root = self.root;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_scim_paths_are_written() {
        let place = |extension: Option<&str>, root: &str, element_type: Option<&str>, sub: Option<&str>| {
            Ok(WrittenPlace {
                extension: extension.map(Into::into),
                root: root.into(),
                element_type: element_type.map(Into::into),
                sub: sub.map(Into::into),
            })
        };
        assert_eq!(
            WrittenPlace::parse("external_id"),
            place(None, "external_id", None, None)
        );
        assert_eq!(
            WrittenPlace::parse("urn:a:2.0:User:manager.managerId"),
            place(Some("urn:a:2.0:User"), "manager", None, Some("managerId"))
        );
        assert_eq!(
            WrittenPlace::parse("emails[type eq \"office\"].value"),
            place(None, "emails", Some("office"), Some("value"))
        );
        for bad in ["", "a.b.c", "a.", ".a", "a[x].b", "emails[type eq \"w\"]", "a b"] {
            assert!(WrittenPlace::parse(bad).is_err(), "{bad}");
        }
    }
}
