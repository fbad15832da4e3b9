//! The live directory: reading it, writing to it, and what can go wrong.
//!
//! [`Reader`] has no method that writes; `plan`, `drift`, `why` and `doctor` hold nothing else. Only `apply`
//! opens a [`Writer`]. Both speak SCIM 2.0 through one codec, whether the [`transport`] is HTTPS or a call
//! into the embedded service; where a dialect has a [`PushForm`], the reader asks Officevibe's calls instead
//! (`officevibe.rs`), and the writer has one request that holds everything.

mod bulk;
mod clock;
mod dialect;
mod discovery;
mod elements;
mod envelope;
mod error;
mod filter;
mod health;
pub mod http;
mod in_process;
mod lift;
mod limiter;
mod listing;
mod lower;
mod members;
mod membership;
mod officevibe;
mod origin;
mod pace;
mod page;
mod parts;
mod pass;
mod patch;
mod put;
mod reader;
mod redact;
mod retry;
#[cfg(test)]
mod round_trip;
mod scalar;
mod session;
mod shape;
mod style;
pub mod transport;
mod writer;

pub use bulk::BulkTransport;
pub use dialect::{
    AbsentMembers, AbsentRemoval, Ask, Booleans, BulkLimits, Changed, Checked, Clearing, Dates, Deactivation,
    DeleteRule, Dialect, DialectError, ElementRemoval, FilterCase, Filterable, FilteredPaths, Filters,
    Groups, Ids, Kinds, List, ListNames, Lookup, MappingNames, MemberAddition, MemberRemoval, Membership,
    Methods, Nesting, Nulls, OperationNames, Otherwise, Paging, PastTheEnd, PatchForm, PushForm, Put, Rate,
    Reactivation, Replacing, SettingNames, Source, Throttling, Totals, UpdateBy, Verb, Versions,
};
pub use discovery::Capabilities;
pub use error::{DirectoryError, Failure};
pub use in_process::InProcessTransport;
pub use listing::{ListProgress, Listed};
pub use officevibe::Remembered;
pub use origin::{Origin, OriginError};
pub use patch::Edit;
pub use reader::{Facts, Reader};
pub use retry::Tries;
pub use session::{Connection, Tally};
pub use writer::Writer;

use crate::model::{Attributes, Kind, Reference};

/// A resource as the directory holds it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Person or group.
    pub kind: Kind,
    /// The directory's id for it; opaque.
    pub id: Box<str>,
    /// Its version where the service has one (`meta.version`, RFC 7644, section 3.14).
    pub version: Option<Box<str>>,
    /// The attributes that the catalog knows, without `id`. References hold ids.
    pub attributes: Attributes,
    /// A group's members as the service returned them, sorted by id; references hold ids. None on a person,
    /// and where the service does not say (which is never read as empty).
    pub members: Option<Vec<Member>>,
}

/// A member of a group, in the directory's words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its id, and its key where it is known.
    pub reference: Reference,
    /// Person or group, where it is known.
    pub kind: Option<Kind>,
}
