//! What a directory holds now.

use std::collections::HashSet;

use super::{AttributeId, Attributes, Catalog, Key, Kind, Kinds, Reference, Value};
use crate::digest::Digest;

/// A resource as the directory holds it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// Person or group.
    pub kind: Kind,
    /// The id that the directory gave the resource; opaque.
    pub id: Box<str>,
    /// `meta.version`, if the service has it (RFC 7644, section 3.14).
    pub version: Option<Box<str>>,
    /// The attributes that the catalog knows, without `id`. References hold ids.
    pub attributes: Attributes,
    /// A group's members as the service returned them, sorted by id; references hold ids. `None` for a
    /// person, and for a group whose members the service did not return: such members are unknown, not empty.
    pub members: Option<Vec<Member>>,
}

impl Live {
    /// The resource's name. Where it has none: what else identifies it, or its id.
    pub(crate) fn key(&self, catalog: &Catalog) -> Key {
        Key::new(self.kind, self.name(catalog).unwrap_or(&self.id))
    }

    /// The text by which sources name the resource; `None` if it has none.
    pub(crate) fn name(&self, catalog: &Catalog) -> Option<&str> {
        let mut keys = catalog.keys(self.kind).iter();
        keys.find_map(|attribute| self.attributes.get(*attribute)?.as_text())
    }

    /// The names that a source may refer to the resource by: its key and its `externalId`.
    pub(crate) fn names(&self, catalog: &Catalog) -> impl Iterator<Item = Key> {
        let external = self.attributes.get(catalog.external_id(self.kind));
        let external = external.and_then(Value::as_text);
        let external = external.map(|id| Key::new(self.kind, id));
        std::iter::once(self.key(catalog)).chain(external)
    }

    /// Whether `active`, whose id is given, is false: the person cannot sign in.
    pub(crate) fn is_inactive(&self, active: AttributeId) -> bool {
        self.attributes.get(active) == Some(&Value::Boolean(false))
    }
}

/// A member of a group, in the directory's words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The member's id, and its key if that is known.
    pub reference: Reference,
    /// Person or group, if that is known.
    pub kind: Option<Kind>,
}

/// A complete reading of the directory.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The people, sorted by id.
    pub users: Vec<Live>,
    /// The groups, sorted by id.
    pub groups: Vec<Live>,
    /// The ids of the groups whose members the directory never returns. The `members` of these groups are
    /// what the last apply left.
    pub remembered: HashSet<Box<str>>,
}

impl Snapshot {
    /// The resources of a kind.
    pub fn of(&self, kind: Kind) -> &[Live] {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    /// The resources of a kind, to be changed.
    pub(crate) fn of_mut(&mut self, kind: Kind) -> &mut Vec<Live> {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
        }
    }

    /// How many resources of each kind there are.
    pub(crate) fn counts(&self) -> Kinds<u64> {
        Kinds {
            users: self.users.len() as u64,
            groups: self.groups.len() as u64,
        }
    }

    /// The digest of every id and version.
    pub(crate) fn fingerprint(&self) -> Digest {
        fn of(live: &[Live]) -> Vec<(&str, Option<&str>)> {
            live.iter()
                .map(|resource| (&*resource.id, resource.version.as_deref()))
                .collect()
        }
        Digest::of(&(of(&self.users), of(&self.groups)))
    }
}
