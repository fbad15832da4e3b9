//! People and groups as the program sees them: attributes known from the SCIM schema documents, values, keys,
//! resources.
//!
//! A resource is a flat, sorted list of attribute and value; SCIM's nesting lives in one codec
//! ([`crate::wire`]). Nothing here does I/O. The attributes are rows of `schemas/scim/`; only the few in
//! [`well_known`] are known here by name.

mod accounts;
mod alias;
mod attribute;
mod attribute_set;
mod attributes;
mod catalog;
mod flatten;
mod key;
mod kinds;
mod learnt;
mod live;
mod looks;
mod normalise;
mod schema;
mod value;
pub mod well_known;

pub use accounts::ManagedAccounts;
pub use attribute::{Attribute, AttributeId, Place};
pub(crate) use attribute_set::AttributeSet;
pub use attributes::Attributes;
pub use catalog::{Catalog, Unknown};
pub use key::{Key, uncased};
pub use kinds::Kinds;
pub use learnt::{Learnt, Rewritten, RuleShown};
pub use live::{Live, Member, Snapshot};
pub use looks::{Likeness, fold, looks};
pub use normalise::{Encoding, Normalisation, Rewriting, instant};
pub use schema::{AttributeDefinition, DataType, Mutability, Returned, SchemaDocument, Uniqueness};
pub use value::{Reference, Value};

use serde::{Deserialize, Serialize};

/// The two kinds of resource that a directory holds (RFC 7643, section 4). Users sort before groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Kind {
    /// A person.
    User,
    /// A group of people and groups.
    Group,
}

impl Kind {
    /// Both kinds, in the order in which they are created.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// The word in keys and messages: `user`, `group`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// The SCIM endpoint (RFC 7644, section 3.2).
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// The attribute whose value names a resource.
    pub const fn naming_attribute(self) -> &'static str {
        match self {
            Self::User => well_known::USER_NAME,
            Self::Group => well_known::DISPLAY_NAME,
        }
    }

    /// The word for several: `users`, `groups`.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
        }
    }
}
