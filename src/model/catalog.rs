//! Every attribute that a source can name, flattened from the SCIM schema documents: `title`,
//! `name.givenName`, `emails.work`, `addresses.work.locality`, `roles`, `manager`. A new attribute is a row
//! of `schemas/scim/`, not Rust.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::attribute::{Attribute, AttributeId};
use super::flatten::{FlatAttribute, flatten};
use super::schema::SchemaDocument;
use super::{Kind, well_known};

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
    /// The naming attribute of each kind. Kept here because every row asks for it.
    naming: [Option<AttributeId>; 2],
    /// `externalId` of each kind. Kept here because every row asks for it.
    external: [Option<AttributeId>; 2],
    /// The attributes that give a resource of each kind its key, in order.
    keys: [Vec<AttributeId>; 2],
    /// The attributes of people by which the configuration matches.
    matched_by: Vec<AttributeId>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Catalog of {} attributes", self.attributes.len())
    }
}

/// The documents in `schemas/scim/`, each parsed once.
static DOCUMENTS: LazyLock<[SchemaDocument; 4]> = LazyLock::new(|| {
    [
        include_str!("../../schemas/scim/Common.json"),
        include_str!("../../schemas/scim/User.json"),
        include_str!("../../schemas/scim/Group.json"),
        include_str!("../../schemas/scim/EnterpriseUser.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("a shipped schema document is valid"))
});

static BUILT_IN: LazyLock<Catalog> = LazyLock::new(|| Catalog::new(&*DOCUMENTS));

impl Catalog {
    /// The attributes of the documents in `schemas/scim/`.
    ///
    /// # Panics
    /// If a shipped document is not valid, which a test excludes.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// The attributes of the documents in `schemas/scim/` and of a service's own extensions.
    ///
    /// # Panics
    /// If a shipped document is not valid, which a test excludes.
    pub(crate) fn with(extensions: &[SchemaDocument]) -> Self {
        if extensions.is_empty() {
            return Self::built_in();
        }
        let mut documents = DOCUMENTS.to_vec();
        documents.extend_from_slice(extensions);
        Self::new(&documents)
    }

    /// A catalog with the same names, whose attributes `change` adapts to a service.
    #[must_use]
    pub(crate) fn adapted(&self, change: impl FnMut(&mut Attribute)) -> Self {
        let mut adapted = self.clone();
        adapted.attributes.iter_mut().for_each(change);
        adapted
    }

    /// The attributes of these documents. Where two documents have an attribute of the same name, the short
    /// name means that of the earlier document, and the later one is named with its URN.
    ///
    /// # Panics
    /// At the 65,536th attribute.
    pub(crate) fn new(documents: &[SchemaDocument]) -> Self {
        let mut found: Vec<FlatAttribute<'_>> = documents.iter().flat_map(flatten).collect();
        let mut taken = std::collections::HashSet::new();
        for flat in &mut found {
            if !taken.insert((flat.kind, flat.path().to_lowercase())) {
                flat.names.remove(0);
            }
        }
        found.sort_by(|left, right| (left.kind, left.path()).cmp(&(right.kind, right.path())));
        let mut catalog = Self {
            attributes: Vec::with_capacity(found.len()),
            names: HashMap::new(),
            naming: [None; 2],
            external: [None; 2],
            keys: [Vec::new(), Vec::new()],
            matched_by: Vec::new(),
        };
        for (number, flat) in found.into_iter().enumerate() {
            let id = AttributeId(u16::try_from(number).expect("fewer than 65,536 attributes"));
            for name in &flat.names {
                catalog
                    .names
                    .entry((flat.kind, name.to_lowercase()))
                    .or_insert(id);
            }
            catalog.attributes.push(flat.into_attribute(id));
        }
        let known = |kind: Kind, name: &str| catalog.find(kind, name).ok().map(|attribute| attribute.id);
        let naming = Kind::ALL.map(|kind| known(kind, kind.naming_attribute()));
        let external = Kind::ALL.map(|kind| known(kind, well_known::EXTERNAL_ID));
        Self {
            naming,
            external,
            keys: naming.map(|naming| naming.into_iter().collect()),
            ..catalog
        }
    }

    /// The attribute with an id of this catalog.
    pub fn attribute(&self, id: AttributeId) -> &Attribute {
        &self.attributes[id.number()]
    }

    /// All attributes of a kind, by path.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Attribute> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.kind == kind)
    }

    /// Finds an attribute by its path or by `URN:path`, of SCIM 2.0 or of SCIM 1.0. Upper and lower case are
    /// alike (RFC 7643, section 2.1).
    ///
    /// # Errors
    /// [`Unknown`] if no attribute of the kind has the name.
    pub fn find(&self, kind: Kind, name: &str) -> Result<&Attribute, Unknown> {
        self.get(kind, name).ok_or_else(|| Unknown {
            suggestion: self.suggest(kind, name),
        })
    }

    /// The attribute of a name, if there is one. Without a suggestion, which costs a comparison with every name.
    pub(crate) fn get(&self, kind: Kind, name: &str) -> Option<&Attribute> {
        let known = |name: &str| self.names.get(&(kind, name.to_lowercase()));
        let id = known(name).or_else(|| super::alias::of(kind, name).and_then(|name| known(&name)))?;
        Some(self.attribute(*id))
    }

    /// An attribute that the program rests on, as `well_known::USER_NAME`.
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

    /// The attributes that give a resource of a kind its key: the first of them that has a value. The naming
    /// attribute is the first. It is the only one, except for people where they may have no `userName`.
    pub(crate) fn keys(&self, kind: Kind) -> &[AttributeId] {
        &self.keys[place(kind)]
    }

    /// This catalog for a service that has people without a `userName`. Their key is their `externalId`.
    #[must_use]
    pub(crate) fn with_nameless_people(mut self) -> Self {
        self.keys[place(Kind::User)].push(self.external_id(Kind::User));
        self
    }

    /// This catalog for people who are matched in an order. Where they may have no `userName`, their key is
    /// the first other attribute of the order.
    #[must_use]
    pub(crate) fn matched_in(mut self, order: &[AttributeId]) -> Self {
        self.matched_by = order.to_vec();
        let naming = self.naming(Kind::User);
        let keys = &mut self.keys[place(Kind::User)];
        if keys.len() > 1 {
            keys.truncate(1);
            keys.extend(order.iter().filter(|attribute| **attribute != naming));
        }
        self
    }

    /// Whether an attribute may say who somebody is: a name, a key, `externalId`, or what `match:` names.
    pub(crate) fn identifies(&self, kind: Kind, attribute: AttributeId) -> bool {
        self.naming(kind) == attribute
            || self.external_id(kind) == attribute
            || self.keys(kind).contains(&attribute)
            || self.matched_by.contains(&attribute)
    }

    /// `externalId` of a kind.
    ///
    /// # Panics
    /// If the documents do not have it, which a test excludes.
    pub(crate) fn external_id(&self, kind: Kind) -> AttributeId {
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
            .max_by(|(left, _), (right, _)| left.total_cmp(right))
            .map(|(_, attribute)| attribute.path.to_string())
    }
}

const fn place(kind: Kind) -> usize {
    match kind {
        Kind::User => 0,
        Kind::Group => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DataType, Place, Value};

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
    fn names_of_scim_1_mean_what_they_are_called_now() {
        let catalog = Catalog::built_in();
        for (old, path) in [
            ("urn:scim:schemas:extension:enterprise:1.0.manager", "manager"),
            (
                "URN:SCIM:schemas:extension:enterprise:1.0:costCenter",
                "costCenter",
            ),
            ("urn:scim:schemas:core:1.0:title", "title"),
            (
                "urn:scim:schemas:core:1.0:emails[type eq \"work\"].value",
                "emails.work",
            ),
        ] {
            assert_eq!(
                catalog.find(Kind::User, old).map(|found| &*found.path),
                Ok(path),
                "{old}"
            );
        }
        assert_eq!(
            catalog
                .find(Kind::Group, "urn:scim:schemas:core:1.0:displayName")
                .map(|found| &*found.path),
            Ok("displayName")
        );
        assert!(catalog.find(Kind::User, "urn:scim:schemas:core:1.0").is_err());
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
    fn what_identifies_is_one_text_that_a_source_can_say_and_a_service_returns() {
        let catalog = Catalog::built_in();
        let unfit = |name: &str| catalog.find(Kind::User, name).expect("known").unfit_to_match();
        for name in [
            "userName",
            "externalId",
            "employeeNumber",
            "emails.work",
            "nickName",
        ] {
            assert_eq!(unfit(name), None, "{name}");
        }
        for (name, why) in [
            ("roles", "it holds several values"),
            ("manager", "it refers to another resource"),
            ("password", "no service returns it"),
            ("id", "no source can say it"),
            ("active", "it is not a text"),
        ] {
            assert_eq!(unfit(name), Some(why), "{name}");
        }
    }

    #[test]
    fn values_compare_as_their_attribute_says() {
        let catalog = Catalog::built_in();
        let same = |name: &str, left: &str, right: &str| {
            catalog
                .find(Kind::User, name)
                .expect("known")
                .same(&Value::text(left), &Value::text(right))
        };
        assert!(same("userName", "ADA@example.com", "ada@example.com"));
        assert!(same("emails.work", "Jos\u{e9}@X.example", "jos\u{c9}@x.example"));
        assert!(!same(
            "emails.work",
            "jos\u{e9}@x.example",
            "jose\u{301}@x.example"
        ));
        assert!(!same("externalId", "E1", "e1"));
        assert!(!same("title", "IT", "it") && !same("name.familyName", "Jos\u{e9}", "Jose\u{301}"));
        assert!(!same("emails.work.display", "Ada", "ADA"));
        let roles = catalog.find(Kind::User, "roles").expect("known");
        let set = |names: &[&str]| Value::set(names.iter().map(|name| Value::text(*name)).collect());
        assert!(
            roles.same(&set(&["a", "b"]), &set(&["b", "a"])) && !roles.same(&set(&["a"]), &set(&["a", "b"]))
        );
    }
}
