//! How a service is written: by a request for each change, or by one request that holds everything. The form
//! of that one request (its address and its names) is data: the rows below `push` of a dialect's file. The
//! plan holds its content.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{Attribute, Catalog, Kind, Kinds};

/// How a service is written. `push` in a dialect's file means one request for everything, and gives its form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::large_enum_variant, reason = "there is one, in a dialect")]
pub enum Writes {
    /// By one or several requests for each change.
    #[default]
    Each,
    /// By one request that holds everybody and every group.
    Whole(PushForm),
}

impl<'de> Deserialize<'de> for Writes {
    fn deserialize<D: Deserializer<'de>>(file: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(file)?.map_or(Self::Each, Self::Whole))
    }
}

/// The form of such a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PushForm {
    /// The path, below the service's address.
    #[cfg_attr(test, schemars(regex(pattern = "^/")))]
    pub path: String,
    /// The header that holds the key; without it, `Authorization: Bearer`.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub key_header: Option<String>,
    /// Where the request goes, if not to the address that is read from. A key for it goes nowhere else.
    #[serde(default)]
    #[cfg_attr(test, schemars(regex(pattern = "^https://")))]
    pub origin: Option<String>,
    /// The names of the settings, where the request has them.
    #[serde(default)]
    pub settings: Option<SettingNames>,
    /// The names of the three lists.
    pub lists: ListNames,
    /// The fields of people and groups, by the attributes that they hold.
    #[cfg_attr(
        test,
        schemars(with = "Kinds<BTreeMap<String, crate::schemas::NonEmptyText>>")
    )]
    pub fields: Kinds<BTreeMap<String, String>>,
    /// The fields of people that can be read back. Those of groups all can.
    #[cfg_attr(test, schemars(inner(length(min = 1))))]
    pub told: Vec<String>,
    /// Attributes of people that follow from others there, so that nothing is lost where they are left out.
    #[serde(default)]
    #[cfg_attr(test, schemars(inner(length(min = 1))))]
    pub implied: Vec<String>,
    /// The fields of a mapping.
    pub mapping: MappingNames,
    /// The attribute of a person that lists the groups that they lead, by the groups' `externalId`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub leads: String,
}

/// The names of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each holds what its name says")]
pub struct SettingNames {
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub object: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub manager: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub invite: String,
}

/// The names of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each holds what its name says")]
pub struct ListNames {
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub users: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub groups: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub mappings: String,
}

/// The names in a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each holds what its name says")]
pub struct MappingNames {
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub group: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub user: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub subgroup: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub member: String,
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub manager: String,
}

impl PushForm {
    /// The field that holds an attribute.
    pub(crate) fn field(&self, attribute: &Attribute) -> Option<&str> {
        self.fields
            .of(attribute.kind)
            .get(&*attribute.path)
            .map(String::as_str)
    }

    /// Whether a request can hold an attribute.
    pub(crate) fn holds(&self, attribute: &Attribute) -> bool {
        self.field(attribute).is_some() || (attribute.kind == Kind::User && *attribute.path == *self.leads)
    }

    /// Whether the stored value of an attribute can be read back.
    pub(crate) fn tells(&self, attribute: &Attribute) -> bool {
        match (attribute.kind, self.field(attribute)) {
            (Kind::User, Some(field)) => self.tells_field(field),
            _ => true,
        }
    }

    /// Whether an attribute follows from others.
    pub(crate) fn implies(&self, attribute: &Attribute) -> bool {
        attribute.kind == Kind::User && self.implied.iter().any(|name| attribute.is_under(name))
    }

    /// Whether a field of people can be read back, by its name.
    pub(super) fn tells_field(&self, field: &str) -> bool {
        self.told.iter().any(|told| told == field)
    }

    /// The kind and the name of the first attribute in the form that the catalog does not have.
    pub(crate) fn unknown_name(&self, catalog: &Catalog) -> Option<(Kind, &str)> {
        let fields = |kind| self.fields.of(kind).keys().map(move |name| (kind, name.as_str()));
        let mut named = Kind::ALL
            .into_iter()
            .flat_map(fields)
            .chain([(Kind::User, &*self.leads)]);
        named.find(|(kind, name)| catalog.find(*kind, name).is_err())
    }
}
