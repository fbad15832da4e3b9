//! What the sources ask for, after reading, merging and validation: people, groups and memberships, each
//! value with the place that asked for it. This is what the plan compares with the directory; nothing here
//! knows the directory.

mod build;
mod cycles;
mod join;
mod names;
mod removals;
mod scope;

pub(crate) use build::build;
pub(crate) use scope::keep_in_scope;

pub use crate::declared::{DesiredAttribute, Removal, Removing, SourceFacts, Wish};
use crate::diagnostics::Origin;
use crate::model::{AttributeId, Key, Kind, Value};

/// Everything that the sources ask for. Users and groups are sorted by key, whatever order the sources came
/// in.
#[derive(Debug, Default)]
pub struct Desired {
    /// The people.
    pub users: Vec<DesiredResource>,
    /// The groups.
    pub groups: Vec<DesiredResource>,
    /// Those that the sources declare and the configuration's `scope` leaves out. Nothing plans from them;
    /// they answer questions.
    pub out_of_scope: Vec<DesiredResource>,
    /// Who should not be there, sorted by key.
    pub removals: Vec<Removal>,
    /// Who leads which group. SCIM has no place for it.
    pub leaders: Vec<Leader>,
    /// Whether the sources say so, so that whom they do not name leads none.
    pub tells_leaders: bool,
    /// The names that no source declares and that may be the directory's, each with the place that uses it
    /// first.
    pub outside: Vec<(Key, Origin)>,
    /// The files that this was read from, sorted by path.
    pub sources: Vec<SourceFacts>,
}

/// Somebody who leads a group, member or not.
#[derive(Clone, Debug)]
pub struct Leader {
    /// The group.
    pub group: Key,
    /// Who leads it.
    pub leader: Key,
    /// The place that says so.
    pub origin: Origin,
}

/// One person or group that should exist.
#[derive(Clone, Debug)]
pub struct DesiredResource {
    /// Its name among its kind.
    pub key: Key,
    /// The row or node that declares it (the first, in the order of the files, where several complete it).
    pub origin: Origin,
    /// What is asked of its attributes, sorted by attribute. An attribute that is not here is not ours and is
    /// left alone.
    pub attributes: Vec<DesiredAttribute>,
    /// A group's members, sorted by key; none where no source says anything about its members. Always none on
    /// a person.
    pub members: Option<Vec<DesiredMember>>,
}

impl Desired {
    /// The people or the groups.
    pub fn of(&self, kind: Kind) -> &[DesiredResource] {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// The resource of a key, if it is declared and in scope.
    pub fn find(&self, key: &Key) -> Option<&DesiredResource> {
        let all = self.of(key.kind);
        all.binary_search_by(|one| one.key.cmp(key))
            .ok()
            .map(|at| &all[at])
    }
}

impl DesiredResource {
    /// What is asked of an attribute.
    pub fn get(&self, attribute: AttributeId) -> Option<&DesiredAttribute> {
        self.attributes
            .binary_search_by_key(&attribute, |one| one.attribute)
            .ok()
            .map(|at| &self.attributes[at])
    }

    /// The value that an attribute should have.
    pub fn value(&self, attribute: AttributeId) -> Option<&Value> {
        self.get(attribute).and_then(|one| one.wish.value())
    }
}

/// One member that a group should have.
#[derive(Clone, Debug)]
pub struct DesiredMember {
    /// The person or group.
    pub key: Key,
    /// The place that says so.
    pub origin: Origin,
}
