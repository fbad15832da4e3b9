//! The differences between a desired and a live resource. Only declared attributes count, one by one, and
//! members count as those who join and leave. Both sides are flat lists, because the codec unfolds SCIM's
//! nesting.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use super::change::{MembersDelta, Values};
use super::comparison::Sides;
use crate::desired::{DesiredAttribute, DesiredMember, DesiredResource, Wish};
use crate::diagnostics::Origin;
use crate::model::{Attributes, Live, Member, Reference, Value};

/// The differences that make a live resource as the sources declare it.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// Every declared attribute with the value that was read.
    pub(super) before: Values,
    /// The attributes that change.
    pub(super) after: Values,
    /// Where each changed value was declared.
    pub(super) origins: BTreeMap<Box<str>, Origin>,
    /// The attributes that are cleared because their place in the source is empty.
    pub(super) emptied: BTreeSet<Box<str>>,
    /// Whether a source explicitly says that the group has no members.
    pub(super) empties_members: bool,
    /// Members that join and leave.
    pub(super) members: Option<MembersDelta>,
}

impl Delta {
    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        self.after.is_empty() && self.members.is_none()
    }
}

impl Sides<'_> {
    /// The differences that make a live resource as the sources declare it. Without a live resource:
    /// everything that is declared.
    pub(super) fn delta(&self, desired: &DesiredResource, live: Option<&Live>) -> Delta {
        let nothing = Attributes::new();
        let held = live.map_or(&nothing, |live| &live.attributes);
        let mut delta = match live {
            None => self.everything_declared(desired),
            Some(_) if self.has_same_attributes(desired, held) => Delta::default(),
            Some(_) => self.attributes_delta(desired, held),
        };
        delta.empties_members =
            desired.empties_members && desired.members.as_ref().is_some_and(Vec::is_empty);
        let live_members = live.map_or(Some(&[][..]), |live| live.members.as_deref());
        delta.members = self.members_delta(desired, live_members);
        if live.is_some() && delta.members.is_some() && delta.before.is_empty() {
            delta.before = self.declared_values(desired, held);
        }
        delta
    }

    /// Compares without allocation, because most resources do not differ.
    fn has_same_attributes(&self, desired: &DesiredResource, live: &Attributes) -> bool {
        let mut lasting = desired
            .attributes
            .iter()
            .filter(|asked| asked.wish.lasts() && !self.refers_to_held(asked));
        lasting.all(|asked| match (&asked.wish, live.get(asked.attribute)) {
            (Wish::Clear | Wish::Empty, held) => held.is_none(),
            (Wish::Set(_) | Wish::Initially(_), None) => false,
            (Wish::Set(Value::Reference(wanted)), Some(Value::Reference(held))) => {
                self.references.same(wanted, held)
            }
            (Wish::Set(wanted) | Wish::Initially(wanted), Some(held)) => {
                self.basis.catalog.attribute(asked.attribute).same(wanted, held)
            }
        })
    }

    /// Whether a wish refers to somebody of whom it is not certain who they are, or whom the directory does
    /// not have and this plan does not create. The reference stays as it is.
    fn refers_to_held(&self, asked: &DesiredAttribute) -> bool {
        match asked.wish.value() {
            Some(Value::Reference(reference)) => reference
                .key
                .as_ref()
                .is_some_and(|key| self.back.are_about(key) || self.lost.are_out_of_reach(key)),
            _ => false,
        }
    }

    /// The delta of a create.
    fn everything_declared(&self, desired: &DesiredResource) -> Delta {
        let mut delta = Delta::default();
        for asked in &desired.attributes {
            if let Some(wanted) = asked.wish.value().filter(|_| !self.refers_to_held(asked)) {
                let path = &self.basis.catalog.attribute(asked.attribute).path;
                let wanted = self.references.resolve_value(wanted);
                delta.after.insert(path.clone(), Some(wanted));
                delta.origins.insert(path.clone(), asked.origin);
            }
        }
        delta
    }

    fn attributes_delta(&self, desired: &DesiredResource, live: &Attributes) -> Delta {
        let mut delta = Delta::default();
        for asked in desired.attributes.iter().filter(|asked| asked.wish.lasts()) {
            let attribute = self.basis.catalog.attribute(asked.attribute);
            let resolved = |value| self.references.resolve_value(value);
            let held = live.get(asked.attribute).map(resolved);
            let wanted = asked.wish.value().map(resolved);
            let is_same = match (&held, &wanted) {
                (Some(held), Some(wanted)) => attribute.same(wanted, held),
                (None, None) => true,
                _ => false,
            };
            if !is_same && !self.refers_to_held(asked) {
                delta.after.insert(attribute.path.clone(), wanted);
                delta.origins.insert(attribute.path.clone(), asked.origin);
                if asked.wish == Wish::Empty {
                    delta.emptied.insert(attribute.path.clone());
                }
            }
            delta.before.insert(attribute.path.clone(), held);
        }
        delta
    }

    /// Every declared attribute with the value that the directory holds.
    pub(super) fn declared_values(&self, desired: &DesiredResource, live: &Attributes) -> Values {
        let lasting = desired.attributes.iter().filter(|asked| asked.wish.lasts());
        lasting
            .map(|asked| {
                let path = self.basis.catalog.attribute(asked.attribute).path.clone();
                let held = live.get(asked.attribute);
                (path, held.map(|held| self.references.resolve_value(held)))
            })
            .collect()
    }

    /// Members that join and leave. `None` if nothing differs. `live` is `None` for a group whose members the
    /// directory does not tell; nobody is removed from it.
    fn members_delta(&self, desired: &DesiredResource, live: Option<&[Member]>) -> Option<MembersDelta> {
        let wanted = desired.members.as_deref()?;
        let held = live.unwrap_or_default();
        let held_ids: HashSet<&str> = held
            .iter()
            .filter_map(|member| member.reference.id.as_deref())
            .collect();
        let id_of = |member: &DesiredMember| self.references.id_of(&member.key);
        let is_held = |member: &&DesiredMember| id_of(member).is_some_and(|id| held_ids.contains(id));
        let add: Vec<Reference> = wanted
            .iter()
            .filter(|member| !is_held(member) && !self.back.are_about(&member.key))
            .filter(|member| !self.lost.are_out_of_reach(&member.key))
            .filter(|member| !id_of(member).is_some_and(|id| self.held_ids.contains(id)))
            .map(|member| self.references.resolve(&Reference::to_key(member.key.clone())))
            .collect();
        let remove = if self.basis.policy.takes_members_out() && !desired.has_unread_members {
            self.leaving_members(desired, held)
        } else {
            Vec::new()
        };
        MembersDelta::of(live.map(|_| held_ids.len()), add, remove)
    }

    /// The members that no source lists.
    pub(super) fn leaving_members(&self, desired: &DesiredResource, held: &[Member]) -> Vec<Reference> {
        if self.lost.has_misspelt_member(self.basis, &desired.key) {
            return Vec::new();
        }
        let wanted = desired.members.iter().flatten();
        let named = self.lost.members(self.basis, &desired.key);
        let wanted_ids: HashSet<&str> = wanted
            .filter_map(|member| self.references.id_of(&member.key))
            .collect();
        // Whoever is outside of the scope may be a member whom the directory does not list.
        let wanted = desired.members.iter().flatten();
        let may_be_unlisted = wanted
            .into_iter()
            .any(|member| self.lost.are_out_of_reach(&member.key));
        let leaves = |reference: &&Reference| {
            if may_be_unlisted && self.references.resolve(reference).key.is_none() {
                return false;
            }
            let id = reference.id.as_deref();
            id.is_some_and(|id| {
                !wanted_ids.contains(id)
                    && !named.contains(id)
                    && !self.held_ids.contains(id)
                    && !self.lost.stays_a_member(id)
            })
        };
        let references = held.iter().map(|member| &member.reference);
        references
            .filter(leaves)
            .map(|reference| self.references.resolve(reference))
            .collect()
    }
}
