//! The service's two resource types, read from the schema documents, and the lookup of attributes by name.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::model::{AttributeDefinition, Kind, SchemaDocument};

/// The documents that discovery returns unchanged.
pub(super) const DOCUMENTS: [&str; 3] = [
    include_str!("../../schemas/scim/User.json"),
    include_str!("../../schemas/scim/Group.json"),
    include_str!("../../schemas/scim/EnterpriseUser.json"),
];
const COMMON: &str = include_str!("../../schemas/scim/Common.json");
/// The common attributes, which RFC 7643, sections 3 and 3.1 describe in words.
const ENVELOPE: &str = r#"{"id": "", "attributes": [
    {"name": "schemas", "type": "reference", "multiValued": true, "caseExact": true,
        "mutability": "readOnly", "returned": "always"},
    {"name": "meta", "type": "complex", "mutability": "readOnly", "subAttributes": [
        {"name": "resourceType", "caseExact": true, "mutability": "readOnly"},
        {"name": "created", "type": "dateTime", "mutability": "readOnly"},
        {"name": "lastModified", "type": "dateTime", "mutability": "readOnly"},
        {"name": "location", "type": "reference", "caseExact": true, "mutability": "readOnly"},
        {"name": "version", "caseExact": true, "mutability": "readOnly"}]}]}"#;

/// A resource type: its core attributes, common ones included, and its extensions.
#[derive(Debug)]
pub(super) struct ResourceType {
    pub(super) kind: Kind,
    pub(super) urn: String,
    pub(super) name: String,
    pub(super) attributes: Vec<AttributeDefinition>,
    pub(super) extensions: Vec<SchemaDocument>,
}

/// The resource types of one service.
#[derive(Debug)]
pub(super) struct Schemas {
    user: ResourceType,
    group: ResourceType,
    /// How many extensions of a type RFC 7643 defines. The others are the service's own.
    shipped: [usize; 2],
}

static STANDARD: LazyLock<Schemas> = LazyLock::new(|| Schemas::load(&[]));

impl Schemas {
    /// The resource types of RFC 7643.
    pub(super) fn standard() -> &'static Self {
        &STANDARD
    }

    /// The resource types of RFC 7643 with a service's own extensions. They live as long as the process,
    /// because a service is opened once.
    pub(super) fn with(extensions: &[SchemaDocument]) -> &'static Self {
        if extensions.is_empty() {
            Self::standard()
        } else {
            Box::leak(Box::new(Self::load(extensions)))
        }
    }

    fn load(extensions: &[SchemaDocument]) -> Self {
        let mut user = ResourceType::load(Kind::User, DOCUMENTS[0], &DOCUMENTS[2..]);
        let mut group = ResourceType::load(Kind::Group, DOCUMENTS[1], &[]);
        let shipped = [user.extensions.len(), group.extensions.len()];
        for extension in extensions {
            let holder = if extension.id.ends_with(":Group") {
                &mut group
            } else {
                &mut user
            };
            holder.extensions.push(extension.clone());
        }
        Self { user, group, shipped }
    }

    pub(super) const fn of(&self, kind: Kind) -> &ResourceType {
        match kind {
            Kind::User => &self.user,
            Kind::Group => &self.group,
        }
    }

    /// The extensions that RFC 7643 does not define.
    pub(super) fn own(&self) -> impl Iterator<Item = &SchemaDocument> {
        self.user.extensions[self.shipped[0]..]
            .iter()
            .chain(&self.group.extensions[self.shipped[1]..])
    }
}

impl ResourceType {
    /// The resource type of RFC 7643, without further extensions.
    pub(super) fn of(kind: Kind) -> &'static Self {
        Schemas::standard().of(kind)
    }

    fn load(kind: Kind, core: &str, extensions: &[&str]) -> Self {
        let read = |text: &str| -> SchemaDocument {
            serde_json::from_str(text).expect("a shipped schema document is valid")
        };
        let core = read(core);
        let mut attributes = read(ENVELOPE).attributes;
        attributes.extend(read(COMMON).attributes);
        attributes.extend(core.attributes);
        Self {
            kind,
            urn: core.id,
            name: core.name,
            attributes,
            extensions: extensions.iter().map(|text| read(text)).collect(),
        }
    }

    /// The attribute whose value without capitals no other resource of the kind may have.
    pub(super) fn naming_attribute(&self) -> &'static str {
        match self.kind {
            Kind::User => "userName",
            Kind::Group => "displayName",
        }
    }

    pub(super) fn extension(&self, urn: &str) -> Option<&SchemaDocument> {
        self.extensions
            .iter()
            .find(|extension| extension.id.eq_ignore_ascii_case(urn))
    }

    /// Finds `title`, `name.givenName`, `urn:…:User:department`, `urn:…:User:manager.value`, without regard
    /// to case.
    pub(super) fn resolve(&'static self, text: &str) -> Option<Resolved> {
        let after = |urn: &str| -> Option<&str> {
            let head = text.get(..urn.len())?;
            text.get(urn.len()..)?
                .strip_prefix(':')
                .filter(|_| head.eq_ignore_ascii_case(urn))
        };
        if let Some(rest) = after(&self.urn) {
            return resolve_in(&self.attributes, rest, None);
        }
        match self
            .extensions
            .iter()
            .find_map(|extension| after(&extension.id).map(|rest| (extension, rest)))
        {
            Some((extension, rest)) => resolve_in(&extension.attributes, rest, Some(&extension.id)),
            None => resolve_in(&self.attributes, text, None),
        }
    }
}

/// An attribute, by its definition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolved {
    /// The URN of the extension that has it.
    pub(super) extension: Option<&'static str>,
    pub(super) attribute: &'static AttributeDefinition,
    pub(super) part: Option<&'static AttributeDefinition>,
}

impl Resolved {
    /// The attribute's whole value in a resource, without following the part.
    pub(super) fn value_in<'v>(&self, resource: &'v Map<String, Value>) -> Option<&'v Value> {
        let holder = match self.extension {
            Some(urn) => resource.get(urn)?.as_object()?,
            None => resource,
        };
        holder.get(&self.attribute.name)
    }
}

fn resolve_in(
    attributes: &'static [AttributeDefinition],
    text: &str,
    extension: Option<&'static str>,
) -> Option<Resolved> {
    let (name, part) = match text.split_once('.') {
        Some((name, part)) => (name, Some(part)),
        None => (text, None),
    };
    let attribute = named(attributes, name)?;
    let part = match part {
        Some(part) => Some(named(&attribute.sub_attributes, part)?),
        None => None,
    };
    Some(Resolved {
        extension,
        attribute,
        part,
    })
}

/// The attribute with a name. Names are compared without case (RFC 7643, section 2.1).
pub(super) fn named<'a>(
    attributes: &'a [AttributeDefinition],
    name: &str,
) -> Option<&'a AttributeDefinition> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
