//! What the sources ask for, merged and validated: people, groups and memberships, each value with its place.
//!
//! A plan compares this with the directory. Nothing here knows the directory.

mod build;
mod cycles;
mod former;
mod join;
mod lost;
mod named;
mod names;
mod position;
mod problems;
mod removals;
mod resolve;
mod scope;

pub(crate) use build::build;
pub use lost::{LostReference, ReferenceRole};
pub(crate) use scope::keep_in_scope;

use std::collections::{BTreeMap, HashSet};

pub use crate::declared::{
    Coverage, DesiredAttribute, NameBeside, Removal, Removing, RowProblem, SourceFacts, Unreadable, Wish,
};
use crate::diagnostics::Origin;
use crate::model::{AttributeId, Key, Kind, Value};

/// Everything that the sources ask for. Users and groups are sorted by key, so the order of the sources does
/// not matter.
#[derive(Debug, Default)]
pub struct Desired {
    /// The people.
    pub users: Vec<DesiredResource>,
    /// The groups.
    pub groups: Vec<DesiredResource>,
    /// The people and groups that the sources declare and the configuration's `scope` excludes. They are not
    /// planned; `why` answers from them.
    pub out_of_scope: Vec<DesiredResource>,
    /// The names that people and groups had before and that nobody has now, sorted by name; each once.
    pub former_names: Vec<FormerName>,
    /// The people who should not be in the directory, sorted by key.
    pub removals: Vec<Removal>,
    /// The leaders of groups. SCIM has no attribute for them.
    pub leaders: Vec<Leader>,
    /// Whether the sources list the leaders. Then a person they do not list leads no group.
    pub tells_leaders: bool,
    /// The names that no source declares and that the directory may have, each with the place that uses it
    /// first.
    pub outside: Vec<(Key, Origin)>,
    /// The references that no source resolves, sorted by their holder.
    pub lost: Vec<LostReference>,
    /// The attributes that are left out because the service does not hold them, as `users.nickName`. The
    /// number says how often the sources ask for the attribute.
    pub not_held: BTreeMap<String, u64>,
    /// The rows of which it cannot be read whom they declare. While a kind has one, an account of that kind
    /// that no source declares may be the one that the row means.
    pub unreadable: Vec<Unreadable>,
    /// The source files, sorted by path.
    pub sources: Vec<SourceFacts>,
}

/// A name that a declared resource had before. The live resource of that name is this one.
#[derive(Clone, Debug)]
pub struct FormerName {
    /// The old name.
    pub name: Key,
    /// The resource, by the name that it has now.
    pub now: Key,
    /// The place that says so.
    pub origin: Origin,
}

/// A person who leads a group. A leader need not be a member.
#[derive(Clone, Debug)]
pub struct Leader {
    /// The group.
    pub group: Key,
    /// The person who leads it.
    pub leader: Key,
    /// The place that says so.
    pub origin: Origin,
}

/// One person or group that should exist.
#[derive(Clone, Debug)]
pub struct DesiredResource {
    /// The kind and the name.
    pub key: Key,
    /// The row or node that declares the resource. If there are several, the first in the order of the files.
    pub origin: Origin,
    /// The wishes for its attributes, sorted by attribute. An attribute that is not in the list is not
    /// managed.
    pub attributes: Vec<DesiredAttribute>,
    /// A group's members, sorted by key. `None` for a person, and for a group whose members no source
    /// mentions.
    pub members: Option<Vec<DesiredMember>>,
    /// Whether a membership of the group stands in a row that cannot be read. Nobody is removed from it then.
    pub has_unread_members: bool,
    /// Whether a source writes that a group has no members, as `members: []`. That is an explicit statement;
    /// an empty list without it is only absence.
    pub empties_members: bool,
    /// An error of one of its rows. Nothing is planned for it then. Boxed, since few have one.
    pub problem: Option<Box<RowProblem>>,
}

impl Desired {
    /// How many people and groups a plan holds because of an error in a source. A row of which it cannot be
    /// read whom it declares counts as one.
    pub fn held_by_rows(&self) -> usize {
        let declared = self.users.iter().chain(&self.groups);
        let nameless = self.unreadable.iter().filter(|row| row.named.is_none());
        declared.filter(|resource| resource.problem.is_some()).count() + nameless.count()
    }

    /// How many references and memberships name somebody whom the `scope` leaves out. A plan leaves them out
    /// where the directory does not have whom they name.
    pub fn references_outside_scope(&self) -> usize {
        let outside: HashSet<&Key> = self.out_of_scope.iter().map(|resource| &resource.key).collect();
        let all = self.users.iter().chain(&self.groups);
        let referred = all.flat_map(DesiredResource::referred);
        referred.filter(|key| outside.contains(key)).count()
    }

    /// How many people and groups the sources declare, with the rows of which it cannot be read whom.
    pub fn declared(&self) -> usize {
        let nameless = self.unreadable.iter().filter(|row| row.named.is_none());
        self.users.len() + self.groups.len() + nameless.count()
    }

    /// The people or the groups.
    pub fn of(&self, kind: Kind) -> &[DesiredResource] {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// The former names of people or of groups.
    pub(crate) fn former_names_of(&self, kind: Kind) -> &[FormerName] {
        let groups_from = self
            .former_names
            .partition_point(|former| former.name.kind == Kind::User);
        let (users, groups) = self.former_names.split_at(groups_from);
        match kind {
            Kind::User => users,
            Kind::Group => groups,
        }
    }

    /// The references of a person or group that no source resolves.
    pub(crate) fn lost_of(&self, holder: &Key) -> impl Iterator<Item = &LostReference> {
        let from = self.lost.partition_point(|lost| lost.holder < *holder);
        self.lost[from..]
            .iter()
            .take_while(move |lost| lost.holder == *holder)
    }

    /// The resource of a key, if it is declared and in scope.
    pub(crate) fn find(&self, key: &Key) -> Option<&DesiredResource> {
        let all = self.of(key.kind);
        all.binary_search_by(|resource| resource.key.cmp(key))
            .ok()
            .map(|at| &all[at])
    }
}

impl DesiredResource {
    /// The wish for an attribute; `None` if the attribute is not managed.
    pub fn get(&self, attribute: AttributeId) -> Option<&DesiredAttribute> {
        self.attributes
            .binary_search_by_key(&attribute, |desired| desired.attribute)
            .ok()
            .map(|at| &self.attributes[at])
    }

    /// Whether it has a resource for a member, or names it in an attribute.
    pub(crate) fn refers_to(&self, key: &Key) -> bool {
        self.referred().any(|referred| referred == key)
    }

    /// The keys of what it refers to: in attributes, and as members.
    pub(crate) fn referred(&self) -> impl Iterator<Item = &Key> {
        let values = self.attributes.iter().filter_map(|asked| asked.wish.value());
        let references = values.filter_map(|value| match value {
            Value::Reference(reference) => reference.key.as_ref(),
            _ => None,
        });
        let members = self.members.iter().flatten();
        references.chain(members.map(|member| &member.key))
    }

    /// The value that an attribute should have.
    pub fn value(&self, attribute: AttributeId) -> Option<&Value> {
        self.get(attribute).and_then(|desired| desired.wish.value())
    }
}

/// A member that a group should have.
#[derive(Clone, Debug)]
pub struct DesiredMember {
    /// The person or group.
    pub key: Key,
    /// The place that says so.
    pub origin: Origin,
}
