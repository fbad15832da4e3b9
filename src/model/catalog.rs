//! Every attribute that a source can name, flattened from the SCIM schema documents: `title`,
//! `name.givenName`, `emails.work`, `addresses.work.locality`, `roles`, `manager`. A new attribute is a row
//! of `schemas/scim/`, not Rust.

use std::collections::HashMap;
use std::fmt;

use super::schema::{AttributeDefinition, DataType, Mutability, Returned, SchemaDocument, Uniqueness};
use super::{Encoding, Kind, Normalisation, well_known};

/// An attribute of the [`Catalog`]. Ids order as the attributes' paths do within one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeId(u16);

impl AttributeId {
    pub(super) fn number(self) -> usize {
        usize::from(self.0)
    }
}

/// One attribute of the flat resource.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its id.
    pub id: AttributeId,
    /// Whose attribute it is.
    pub kind: Kind,
    /// How sources and plans name it, as `emails.work`.
    pub path: Box<str>,
    /// The extension's URN, or none for a core attribute.
    pub extension: Option<Box<str>>,
    /// Whether it is written beside the core attributes although it is read in its extension.
    pub is_written_at_top: bool,
    /// The SCIM attribute that holds it, as `emails`.
    pub root: Box<str>,
    /// Where inside that attribute it stands.
    pub place: Place,
    /// The type of its values.
    pub data_type: DataType,
    /// Whether upper and lower case differ.
    pub case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When a service returns it.
    pub returned: Returned,
    /// Whether two resources may hold one value.
    pub uniqueness: Uniqueness,
    /// Whether a resource must have it.
    pub required: bool,
    /// The part of a reference that holds the id; none where the id stands by itself.
    pub reference_part: Option<Box<str>>,
    /// How the service writes its values.
    pub encoding: Encoding,
    /// How the service rewrites its values.
    pub normalises: Box<[Normalisation]>,
}

/// Where a flat attribute stands in SCIM's nesting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The attribute itself: `title`.
    Plain,
    /// A part of a complex attribute: `name.givenName`.
    Part {
        /// `givenName`
        sub: Box<str>,
    },
    /// A part of the element of a type: `emails.work` is `value` of the element whose `type` is `work`;
    /// without a type, of the element that has none.
    Element {
        /// `work`
        element_type: Option<Box<str>>,
        /// `value`, `locality`, …
        sub: Box<str>,
    },
    /// All elements as a set: `roles` by their `value`; a multi-valued plain attribute has no part.
    Set {
        /// `value`
        sub: Option<Box<str>>,
    },
    /// Another resource by its id: `manager`. The id stands in the part `value`, unless
    /// [`Attribute::reference_part`] says otherwise.
    Reference,
}

/// An attribute name that no schema document has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name that was probably meant.
    pub suggestion: Option<String>,
}

/// All attributes of both kinds.
#[derive(Clone)]
pub struct Catalog {
    attributes: Vec<Attribute>,
    names: HashMap<(Kind, String), AttributeId>,
    /// Of each kind, the attribute that names and the one that identifies: asked for with every row, so not
    /// looked up each time.
    naming: [Option<AttributeId>; 2],
    external: [Option<AttributeId>; 2],
}

impl fmt::Debug for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Catalog of {} attributes", self.attributes.len())
    }
}

const BUILT_IN: [&str; 4] = [
    include_str!("../../schemas/scim/Common.json"),
    include_str!("../../schemas/scim/User.json"),
    include_str!("../../schemas/scim/Group.json"),
    include_str!("../../schemas/scim/EnterpriseUser.json"),
];
const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0";

impl Catalog {
    /// The attributes of the documents in `schemas/scim/`.
    ///
    /// # Panics
    /// If a shipped document is not valid, which a test excludes.
    pub fn built_in() -> Self {
        Self::with(&[])
    }

    /// The attributes of the documents in `schemas/scim/` and of a service's own extensions.
    ///
    /// # Panics
    /// If a shipped document is not valid, which a test excludes.
    pub fn with(extensions: &[SchemaDocument]) -> Self {
        let mut documents = BUILT_IN
            .map(|text| serde_json::from_str(text).expect("a shipped schema document is valid"))
            .to_vec();
        documents.extend_from_slice(extensions);
        Self::new(&documents)
    }

    /// The same attributes under the same names, as one service has them.
    #[must_use]
    pub fn adapted(&self, change: impl FnMut(&mut Attribute)) -> Self {
        let mut adapted = self.clone();
        adapted.attributes.iter_mut().for_each(change);
        adapted
    }

    /// The attributes of these documents. Where two documents have an attribute of one name, the short name
    /// means that of the earlier document, and the later one is named with its URN.
    ///
    /// # Panics
    /// At the 65,536th attribute.
    pub fn new(documents: &[SchemaDocument]) -> Self {
        let mut found: Vec<(Attribute, Vec<String>)> = Vec::new();
        for document in documents {
            for kind in kinds_of(document) {
                for definition in &document.attributes {
                    flatten(kind, document, definition, &mut found);
                }
            }
        }
        let mut taken = std::collections::HashSet::new();
        for (attribute, names) in &mut found {
            if !taken.insert((attribute.kind, names[0].to_lowercase())) {
                names.remove(0);
                attribute.path = names[0].clone().into();
            }
        }
        found.sort_by(|(one, _), (other, _)| (one.kind, &one.path).cmp(&(other.kind, &other.path)));
        let mut catalog = Self {
            attributes: Vec::with_capacity(found.len()),
            names: HashMap::new(),
            naming: [None; 2],
            external: [None; 2],
        };
        for (number, (mut attribute, names)) in found.into_iter().enumerate() {
            attribute.id = AttributeId(u16::try_from(number).expect("fewer than 65,536 attributes"));
            for name in names {
                catalog
                    .names
                    .entry((attribute.kind, name.to_lowercase()))
                    .or_insert(attribute.id);
            }
            catalog.attributes.push(attribute);
        }
        let known = |kind: Kind, name: &str| catalog.find(kind, name).ok().map(|attribute| attribute.id);
        let naming = Kind::ALL.map(|kind| known(kind, kind.naming_attribute()));
        let external = Kind::ALL.map(|kind| known(kind, well_known::EXTERNAL_ID));
        Self {
            naming,
            external,
            ..catalog
        }
    }

    /// The attribute with an id of this catalog.
    pub fn attribute(&self, id: AttributeId) -> &Attribute {
        &self.attributes[usize::from(id.0)]
    }

    /// All attributes of a kind, by path.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.kind == kind)
    }

    /// Finds an attribute by its path or by `URN:path`, of SCIM 2.0 or of SCIM 1.0, without regard to case
    /// (RFC 7643, section 2.1).
    pub fn find(&self, kind: Kind, name: &str) -> Result<&Attribute, Unknown> {
        let known = |name: &str| self.names.get(&(kind, name.to_lowercase()));
        match known(name).or_else(|| super::alias::of(kind, name).and_then(|name| known(&name))) {
            Some(id) => Ok(self.attribute(*id)),
            None => Err(Unknown {
                suggestion: self.suggest(kind, name),
            }),
        }
    }

    /// An attribute that the program rests on, as [`well_known::USER_NAME`].
    ///
    /// # Panics
    /// If the documents do not have it, which a test excludes.
    pub fn well_known(&self, kind: Kind, name: &str) -> AttributeId {
        self.find(kind, name)
            .expect("the schema documents have the well-known attributes")
            .id
    }

    /// The attribute whose value names a resource of a kind: `userName`, `displayName`.
    ///
    /// # Panics
    /// If the documents do not have it, which a test excludes.
    pub fn naming(&self, kind: Kind) -> AttributeId {
        self.naming[place(kind)].expect("the schema documents have the naming attributes")
    }

    /// `externalId` of a kind.
    ///
    /// # Panics
    /// If the documents do not have it, which a test excludes.
    pub fn external_id(&self, kind: Kind) -> AttributeId {
        self.external[place(kind)].expect("the schema documents have externalId")
    }

    fn suggest(&self, kind: Kind, name: &str) -> Option<String> {
        let wanted = name.to_lowercase();
        let closeness = |path: &str| {
            let path = path.to_lowercase();
            let last = path.rsplit('.').next().unwrap_or(&path).to_owned();
            strsim::jaro_winkler(&wanted, &path).max(strsim::jaro_winkler(&wanted, &last) - 0.02)
        };
        self.of(kind)
            .map(|attribute| (closeness(&attribute.path), attribute))
            .filter(|(close, _)| *close >= 0.8)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, attribute)| attribute.path.to_string())
    }
}

const fn place(kind: Kind) -> usize {
    match kind {
        Kind::User => 0,
        Kind::Group => 1,
    }
}

fn kinds_of(document: &SchemaDocument) -> Vec<Kind> {
    match document.id.rsplit(':').next() {
        Some("User") => vec![Kind::User],
        Some("Group") => vec![Kind::Group],
        Some("Common") => Kind::ALL.to_vec(),
        _ => Vec::new(),
    }
}

/// Adds the flat attributes of one definition, each with the names it answers to, the path first.
fn flatten(
    kind: Kind,
    document: &SchemaDocument,
    definition: &AttributeDefinition,
    found: &mut Vec<(Attribute, Vec<String>)>,
) {
    if definition.name == well_known::MEMBERS || (definition.name == well_known::GROUPS && kind == Kind::User)
    {
        return; // membership is a delta on the group, never an attribute
    }
    let mut add = |path: String, place: Place, holder: &AttributeDefinition, mut names: Vec<String>| {
        let extension = (!document.id.starts_with(CORE) && !document.id.ends_with(":Common"))
            .then(|| document.id.clone().into());
        names.insert(0, path.clone());
        let qualified: Vec<String> = names
            .iter()
            .map(|name| format!("{}:{name}", document.id))
            .collect();
        names.extend(qualified);
        let attribute = Attribute {
            id: AttributeId(0),
            kind,
            path: path.into(),
            extension,
            is_written_at_top: false,
            root: definition.name.clone().into(),
            place,
            data_type: holder.data_type,
            case_exact: holder.case_exact,
            mutability: if definition.mutability == Mutability::ReadWrite {
                holder.mutability
            } else {
                definition.mutability
            },
            returned: definition.returned,
            uniqueness: definition.uniqueness,
            required: definition.required && holder.name == definition.name,
            reference_part: Some("value".into()),
            encoding: Encoding::Json,
            normalises: Box::default(),
        };
        found.push((attribute, names));
    };
    let name = &definition.name;
    let parts = &definition.sub_attributes;
    let part = |wanted: &str| parts.iter().find(|part| part.name == wanted);
    match (definition.data_type, definition.multi_valued) {
        (DataType::Complex, false) => match (part("$ref"), part("value")) {
            (Some(_), Some(value)) => add(
                name.clone(),
                Place::Reference,
                value,
                vec![format!("{name}.value")],
            ),
            _ => parts.iter().for_each(|part| {
                add(
                    format!("{name}.{}", part.name),
                    Place::Part {
                        sub: part.name.clone().into(),
                    },
                    part,
                    vec![],
                )
            }),
        },
        (DataType::Complex, true) => {
            let types = part("type").map_or(&[][..], |part| &part.canonical_values);
            match part("value") {
                Some(value) if types.is_empty() => {
                    add(
                        name.clone(),
                        Place::Set {
                            sub: Some("value".into()),
                        },
                        value,
                        vec![format!("{name}.value")],
                    );
                }
                _ => flatten_elements(name, types, parts, &mut add),
            }
        }
        (_, false) => add(name.clone(), Place::Plain, definition, vec![]),
        (_, true) => add(name.clone(), Place::Set { sub: None }, definition, vec![]),
    }
}

/// `emails`, `emails.work`, `emails.work.display`, …; `addresses.work.locality`, …
fn flatten_elements(
    name: &str,
    types: &[String],
    parts: &[AttributeDefinition],
    add: &mut impl FnMut(String, Place, &AttributeDefinition, Vec<String>),
) {
    for element_type in std::iter::once(None).chain(types.iter().map(Some)) {
        let prefix = element_type.map_or_else(|| name.to_owned(), |word| format!("{name}.{word}"));
        for part in parts
            .iter()
            .filter(|part| part.name != "type" && part.mutability != Mutability::ReadOnly)
        {
            let place = Place::Element {
                element_type: element_type.map(|word| word.clone().into()),
                sub: part.name.clone().into(),
            };
            let filter = element_type.map(|word| format!("{name}[type eq \"{word}\"].{}", part.name));
            let long = format!("{prefix}.{}", part.name);
            if part.name == "value" {
                add(
                    prefix.clone(),
                    place,
                    part,
                    std::iter::once(long).chain(filter).collect(),
                );
            } else {
                add(long, place, part, filter.into_iter().collect());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    #[test]
    fn every_way_to_write_a_name_finds_its_attribute() {
        let catalog = Catalog::built_in();
        for (written, path) in [
            ("USERNAME", "userName"),
            ("name.givenname", "name.givenName"),
            ("emails.work", "emails.work"),
            ("emails.work.value", "emails.work"),
            ("emails[type eq \"work\"].value", "emails.work"),
            ("addresses.work.locality", "addresses.work.locality"),
            ("department", "department"),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                "department",
            ),
            ("urn:ietf:params:scim:schemas:core:2.0:User:title", "title"),
            ("manager.value", "manager"),
            ("roles", "roles"),
            ("externalId", "externalId"),
        ] {
            assert_eq!(
                catalog.find(Kind::User, written).map(|found| &*found.path),
                Ok(path),
                "{written}"
            );
        }
        assert_eq!(
            catalog.find(Kind::Group, "displayname").map(|found| &*found.path),
            Ok("displayName")
        );
    }

    #[test]
    fn a_name_nearly_right_gets_a_suggestion() {
        let catalog = Catalog::built_in();
        let suggestion = |name: &str| catalog.find(Kind::User, name).expect_err("unknown").suggestion;
        assert_eq!(suggestion("usrName").as_deref(), Some("userName"));
        assert_eq!(suggestion("departement").as_deref(), Some("department"));
        assert_eq!(suggestion("givenName").as_deref(), Some("name.givenName"));
        assert_eq!(suggestion("zzzzzz"), None);
    }

    #[test]
    fn characteristics_come_from_the_document() {
        let catalog = Catalog::built_in();
        let find = |name: &str| catalog.find(Kind::User, name).expect("known");
        assert!(!find("userName").case_exact && find("externalId").case_exact && find("userName").required);
        assert_eq!(find("active").data_type, DataType::Boolean);
        assert!(!find("password").is_writable() && !find("id").is_writable());
        assert_eq!(find("manager").place, Place::Reference);
    }

    #[test]
    fn values_compare_as_their_attribute_says() {
        let catalog = Catalog::built_in();
        let same = |name: &str, one: &str, other: &str| {
            catalog
                .find(Kind::User, name)
                .expect("known")
                .same(&Value::text(one), &Value::text(other))
        };
        assert!(same("userName", "ADA@example.com", "ada@example.com"));
        assert!(!same("externalId", "E1", "e1"));
        let roles = catalog.find(Kind::User, "roles").expect("known");
        let set = |names: &[&str]| Value::set(names.iter().map(|name| Value::text(*name)).collect());
        assert!(
            roles.same(&set(&["a", "b"]), &set(&["b", "a"])) && !roles.same(&set(&["a"]), &set(&["a", "b"]))
        );
    }
}
