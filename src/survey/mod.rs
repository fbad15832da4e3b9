//! Reads the live directory for a plan, and settles what a listing cannot prove.
//!
//! A listing never proves absence: before a person is created, they are looked up by each of their identifiers; before anyone is removed,
//! they are read once more by id. Holds a [`Reader`] and so cannot write.



use crate::desired::{Desired, DesiredResource};
use crate::directory::{DirectoryError, Live};
use crate::matching::Index;
use crate::model::{AttributeId, Catalog, Kind, Value};
use crate::digest::Digest;
use crate::policy::Policy;

/// A reading of the directory.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The people, sorted by id.
    pub users: Vec<Live>,
    /// The groups, sorted by id.
    pub groups: Vec<Live>,
}

impl Snapshot {
    /// The resources of a kind.
    pub fn of(&self, kind: Kind) -> &[Live] {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// The digest of every id and version.
    pub fn fingerprint(&self) -> Digest {
        let of = |live: &[Live]| live.iter().map(|one| (one.id.clone(), one.version.clone())).collect::<Vec<_>>();
        Digest::of(&(of(&self.users), of(&self.groups)))
    }
}
