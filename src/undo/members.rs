//! The reverse of a members' delta: who left comes back, who joined leaves, as far as that is still so.

use super::world::World;
use crate::model::Live;
use crate::model::Reference;
use crate::plan::{Change, MembersDelta};

/// The reverse delta, and what of it cannot be.
pub(super) fn reversed(
    world: &World<'_>,
    change: &Change,
    live: &Live,
) -> (Option<MembersDelta>, Vec<String>) {
    let Some(delta) = &change.members else {
        return (None, Vec::new());
    };
    let Some(held) = &live.members else {
        return (
            None,
            vec!["the directory does not tell who is in it, so its members are left as they are".into()],
        );
    };
    let is_held =
        |one: &Reference| one.id.is_some() && held.iter().any(|member| member.reference.id == one.id);
    let mut reasons = Vec::new();
    let mut add: Vec<Reference> = Vec::new();
    for left in &delta.remove {
        match world.reference(left) {
            Some(one) if is_held(&one) => {}
            Some(one) => add.push(one),
            None => reasons.push(format!("{} was a member and is gone", left.shown())),
        }
    }
    let joined = delta.add.iter().filter_map(|one| world.reference(one));
    let remove: Vec<Reference> = joined.filter(is_held).collect();
    (MembersDelta::of(held.len(), add, remove), reasons)
}

/// All members of a group that is deleted.
pub(super) fn all_leaving(world: &World<'_>, live: &Live) -> Option<MembersDelta> {
    let held = live.members.as_ref()?;
    let known = |reference: &Reference| world.reference(reference).unwrap_or_else(|| reference.clone());
    MembersDelta::of_deleted(held.iter().map(|member| known(&member.reference)).collect())
}

/// The members of a group that is created again, and who of them is gone.
pub(super) fn all_returning(world: &World<'_>, change: &Change) -> (Option<MembersDelta>, Vec<String>) {
    let Some(delta) = &change.members else {
        return (None, Vec::new());
    };
    let (mut add, mut reasons) = (Vec::new(), Vec::new());
    for left in &delta.remove {
        match world.reference(left) {
            Some(one) => add.push(one),
            None => reasons.push(format!("{} was a member and is gone", left.shown())),
        }
    }
    (MembersDelta::of(0, add, Vec::new()), reasons)
}
