//! SCIM schema documents (RFC 7643, section 7), as they stand in `schemas/scim/` and as a service returns
//! them.

use serde::{Deserialize, Serialize};

/// A schema document: the attributes of a resource or of an extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SchemaDocument {
    /// The schema's URN.
    #[cfg_attr(test, schemars(regex(pattern = "^urn:.*:(User|Group)$")))]
    pub id: String,
    /// Its name, as `User`.
    #[serde(default)]
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<AttributeDefinition>,
}

/// One attribute's characteristics. Defaults are those of RFC 7643, section 2.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttributeDefinition {
    /// The name as the RFC spells it.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type", default)]
    pub data_type: DataType,
    /// Whether it holds several values.
    #[serde(default)]
    pub multi_valued: bool,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether upper and lower case differ.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When a service returns it.
    #[serde(default)]
    pub returned: Returned,
    /// Whether two resources may hold one value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// Suggested values, as `work` and `home` for a type.
    #[serde(default)]
    pub canonical_values: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(default)]
    pub sub_attributes: Vec<AttributeDefinition>,
}

/// RFC 7643, section 2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum DataType {
    #[default]
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Reference,
    Binary,
    Complex,
}

/// RFC 7643, section 7: who may write an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Mutability {
    ReadOnly,
    #[default]
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// RFC 7643, section 7: when an attribute is returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Returned {
    Always,
    Never,
    #[default]
    Default,
    Request,
}

/// RFC 7643, section 7: who else may hold an attribute's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Uniqueness {
    #[default]
    None,
    Server,
    Global,
}
