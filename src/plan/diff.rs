//! The difference between one desired and one live resource: only what the sources declare, attribute by
//! attribute, and members as a delta. A merge of two sorted lists; the special cases live in the codec that
//! made the lists flat.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::{MembersDelta, Values};
use crate::desired::{DesiredMember, DesiredResource, Wish};
use crate::diagnostics::Origin;
use crate::model::Live;
use crate::model::Member;
use crate::model::{Attributes, Catalog, Key, Reference, Value};
use crate::project::Members;

/// How references are resolved: keys to ids and back, over all live resources of both kinds.
#[derive(Debug)]
pub struct References<'a> {
    ids: HashMap<&'a Key, &'a str>,
    keys: HashMap<&'a str, &'a Key>,
}

impl<'a> References<'a> {
    /// Nothing known yet of so many resources.
    pub fn with_capacity(resources: usize) -> Self {
        Self {
            ids: HashMap::with_capacity(resources),
            keys: HashMap::with_capacity(resources),
        }
    }

    /// Makes a key known under an id. A desired resource is known by its own key and by the name that it has
    /// in the directory.
    pub fn learn(&mut self, key: &'a Key, id: &'a str) {
        self.keys.entry(id).or_insert(key);
        self.ids.insert(key, id);
    }

    /// Makes known whose id it is, and nothing of what the key means.
    pub fn learn_id(&mut self, key: &'a Key, id: &'a str) {
        self.keys.entry(id).or_insert(key);
    }

    /// Whether a key means somebody.
    pub fn knows(&self, key: &Key) -> bool {
        self.ids.contains_key(key)
    }

    /// The id of a key, where it is known.
    fn id_of(&self, key: &Key) -> Option<&'a str> {
        self.ids.get(key).copied()
    }

    /// The id that a reference means, where it is known.
    fn known_id<'r>(&'r self, reference: &'r Reference) -> Option<&'r str> {
        reference
            .id
            .as_deref()
            .or_else(|| reference.key.as_ref().and_then(|key| self.id_of(key)))
    }

    /// The reference with its id and key where they are known.
    pub fn resolve(&self, reference: &Reference) -> Reference {
        let id = reference.id.clone().or_else(|| {
            reference
                .key
                .as_ref()
                .and_then(|key| self.id_of(key))
                .map(Box::from)
        });
        let key = id
            .as_deref()
            .and_then(|id| self.keys.get(id).copied())
            .or(reference.key.as_ref())
            .cloned();
        Reference { id, key }
    }

    /// Whether two references mean one resource. Most are told apart by ids alone, without building anything.
    fn same(&self, one: &Reference, other: &Reference) -> bool {
        match (self.known_id(one), self.known_id(other)) {
            (Some(one), Some(other)) => one == other,
            _ => self.resolve(one).same_target(&self.resolve(other)),
        }
    }

    /// The value, with its reference resolved if it is one.
    pub fn resolve_value(&self, value: &Value) -> Value {
        match value {
            Value::Reference(reference) => Value::Reference(Box::new(self.resolve(reference))),
            other => other.clone(),
        }
    }
}

/// What differs.
#[derive(Debug, Default)]
pub struct Difference {
    /// Every declared attribute with the value that was read.
    pub before: Values,
    /// The attributes that change.
    pub after: Values,
    /// Where each changed value was declared.
    pub origins: BTreeMap<Box<str>, Origin>,
    /// Members that join and leave.
    pub members: Option<MembersDelta>,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.after.is_empty() && self.members.is_none()
    }
}

/// Compares without building anything: most resources do not differ.
fn same_attributes(
    catalog: &Catalog,
    references: &References<'_>,
    desired: &DesiredResource,
    live: &Attributes,
) -> bool {
    desired
        .attributes
        .iter()
        .filter(|asked| asked.wish.lasts())
        .all(|asked| match (&asked.wish, live.get(asked.attribute)) {
            (Wish::Clear, held) => held.is_none(),
            (Wish::Set(_) | Wish::Initially(_), None) => false,
            (Wish::Set(Value::Reference(wanted)), Some(Value::Reference(held))) => {
                references.same(wanted, held)
            }
            (Wish::Set(wanted) | Wish::Initially(wanted), Some(held)) => {
                catalog.attribute(asked.attribute).same(wanted, held)
            }
        })
}

/// What would make a live resource as the sources declare it. Without a live resource: everything that is
/// declared.
pub fn difference(
    catalog: &Catalog,
    references: &References<'_>,
    members: Members,
    desired: &DesiredResource,
    live: Option<&Live>,
) -> Difference {
    let mut found = Difference::default();
    let nothing = Attributes::new();
    let held_by = live.map_or(&nothing, |live| &live.attributes);
    if live.is_none() || !same_attributes(catalog, references, desired, held_by) {
        for asked in desired
            .attributes
            .iter()
            .filter(|asked| live.is_none() || asked.wish.lasts())
        {
            let attribute = catalog.attribute(asked.attribute);
            let held = held_by
                .get(asked.attribute)
                .map(|held| references.resolve_value(held));
            let wanted = asked.wish.value().map(|value| references.resolve_value(value));
            let same = match (&held, &wanted) {
                (Some(held), Some(wanted)) => attribute.same(held, wanted),
                (None, None) => true,
                _ => false,
            };
            if !same {
                found.after.insert(attribute.path.clone(), wanted);
                found.origins.insert(attribute.path.clone(), asked.origin);
            }
            if live.is_some() {
                found.before.insert(attribute.path.clone(), held);
            }
        }
    }
    found.members = desired.members.as_ref().and_then(|wanted| {
        member_delta(
            references,
            members,
            wanted,
            live.and_then(|live| live.members.as_deref()),
        )
    });
    if found.members.is_some() && found.before.is_empty() && live.is_some() {
        found.before = declared_values(catalog, references, desired, held_by);
    }
    found
}

/// Every declared attribute with the value that the directory holds.
fn declared_values(
    catalog: &Catalog,
    references: &References<'_>,
    desired: &DesiredResource,
    held: &Attributes,
) -> Values {
    let read = |attribute| held.get(attribute).map(|held| references.resolve_value(held));
    let lasting = desired.attributes.iter().filter(|asked| asked.wish.lasts());
    lasting
        .map(|asked| {
            (
                catalog.attribute(asked.attribute).path.clone(),
                read(asked.attribute),
            )
        })
        .collect()
}

/// Members that join and leave, or none where nothing differs. `live` is none for a group that is to be
/// created, and for a membership that the directory did not tell, from which nobody is removed.
fn member_delta(
    references: &References<'_>,
    policy: Members,
    wanted: &[DesiredMember],
    live: Option<&[Member]>,
) -> Option<MembersDelta> {
    let held = live.unwrap_or_default();
    let held_ids: HashSet<&str> = held
        .iter()
        .filter_map(|member| member.reference.id.as_deref())
        .collect();
    let wanted_ids: HashSet<&str> = wanted
        .iter()
        .filter_map(|member| references.id_of(&member.key))
        .collect();
    let joining = wanted.iter().filter(|member| {
        references
            .id_of(&member.key)
            .is_none_or(|id| !held_ids.contains(id))
    });
    let mut add: Vec<_> = joining
        .map(|member| references.resolve(&Reference::to_key(member.key.clone())))
        .collect();
    let mut remove: Vec<_> = match policy {
        Members::AddOnly => Vec::new(),
        Members::Exact => {
            let leaving = held.iter().filter(|member| {
                member
                    .reference
                    .id
                    .as_deref()
                    .is_some_and(|id| !wanted_ids.contains(id))
            });
            leaving
                .map(|member| references.resolve(&member.reference))
                .collect()
        }
    };
    if add.is_empty() && remove.is_empty() {
        return None;
    }
    let order = |one: &Reference, other: &Reference| (&one.key, &one.id).cmp(&(&other.key, &other.id));
    add.sort_by(order);
    add.dedup();
    remove.sort_by(order);
    remove.dedup();
    let before = held_ids.len() as u64;
    let after = before + add.len() as u64 - remove.len() as u64;
    Some(MembersDelta {
        add,
        after,
        before,
        remove,
    })
}
