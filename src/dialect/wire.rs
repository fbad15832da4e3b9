//! The catalog as one service has it: where attributes stand, under which URN, and how their values are
//! rewritten. Attributes keep their ids, so that everything but the codec need not know.

use super::{Booleans, Dates, Dialect};
use crate::model::{Attribute, Catalog, DataType, Encoding, Kind, Normalisation, Place as Standing};

impl Dialect {
    /// The attributes that exist at the service: those of the schema documents and of its own extensions, as
    /// it has them.
    pub fn catalog(&self) -> Catalog {
        self.adapt(&Catalog::with(&self.extensions))
    }

    /// Attributes as the service has them. Doing it twice changes nothing more.
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
            if let Some(Ok(place)) = place.map(|(_, place)| Place::parse(place)) {
                place.take(attribute);
            }
            attribute.is_written_at_top = self
                .written_at_top
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
            || self.push.as_ref().is_some_and(|form| !form.holds(attribute))
    }

    /// Whether the service keeps an attribute as it was when the resource was made.
    pub fn keeps_as_made(&self, attribute: &Attribute) -> bool {
        self.fixed
            .of(attribute.kind)
            .iter()
            .any(|name| attribute.is_under(name))
    }

    /// The first name in the rows that no attribute has.
    pub(super) fn unknown_name(&self) -> Option<String> {
        let catalog = Catalog::with(&self.extensions);
        for kind in Kind::ALL {
            let lookup = match kind {
                Kind::User => &self.lookup.users,
                Kind::Group => &self.lookup.groups,
            };
            let whole = lookup.iter().chain(self.places.of(kind).keys());
            let unknown = whole
                .map(|name| ("lookup or places", name))
                .find(|(_, name)| catalog.find(kind, name).is_err());
            let partly = self
                .not_held
                .of(kind)
                .iter()
                .chain(self.fixed.of(kind))
                .chain(self.required.of(kind))
                .chain(self.written_at_top.of(kind))
                .chain(self.claimed.iter().filter(|_| kind == Kind::User))
                .chain(self.normalises.of(kind).keys());
            let covers = |name: &str| catalog.of(kind).any(|attribute| attribute.is_under(name));
            let unknown = unknown.or_else(|| {
                partly
                    .map(|name| {
                        (
                            "not_held, fixed, required, written_at_top, claimed or normalises",
                            name,
                        )
                    })
                    .find(|(_, name)| !covers(name))
            });
            if let Some((rows, name)) = unknown {
                return Some(format!("{rows}: a {} has no attribute `{name}`", kind.word()));
            }
        }
        None
    }
}

/// Where an attribute stands at a service, as a dialect writes it: `[URN:]root`, `[URN:]root.sub`, `root[type
/// eq "work"].sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) extension: Option<Box<str>>,
    pub(crate) root: Box<str>,
    pub(crate) element_type: Option<Box<str>>,
    pub(crate) sub: Option<Box<str>>,
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-$".contains(&byte))
        };
        let bad = || {
            format!("`{text}` is not a place: [URN:]name, [URN:]name.part, or name[type eq \"work\"].part")
        };
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

impl Place {
    /// Puts an attribute here. What kind of thing it is stays: a reference stays a reference.
    fn take(self, attribute: &mut Attribute) {
        let place = match (&attribute.place, self.element_type, self.sub) {
            (Standing::Reference, None, sub) => {
                attribute.reference_part = sub;
                Standing::Reference
            }
            (Standing::Set { .. }, None, sub) => Standing::Set { sub },
            (_, None, None) => Standing::Plain,
            (_, None, Some(sub)) => Standing::Part { sub },
            (_, element_type, Some(sub)) => Standing::Element { element_type, sub },
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
            Ok(Place {
                extension: extension.map(Into::into),
                root: root.into(),
                element_type: element_type.map(Into::into),
                sub: sub.map(Into::into),
            })
        };
        assert_eq!(
            Place::parse("external_id"),
            place(None, "external_id", None, None)
        );
        assert_eq!(
            Place::parse("urn:a:2.0:User:manager.managerId"),
            place(Some("urn:a:2.0:User"), "manager", None, Some("managerId"))
        );
        assert_eq!(
            Place::parse("emails[type eq \"office\"].value"),
            place(None, "emails", Some("office"), Some("value"))
        );
        for bad in ["", "a.b.c", "a.", ".a", "a[x].b", "emails[type eq \"w\"]", "a b"] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }
}
