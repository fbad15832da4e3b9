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
    let mut remove: Vec<Reference> = joined.filter(is_held).collect();
    if add.is_empty() && remove.is_empty() {
        return (None, reasons);
    }
    add.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
    remove.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
    let before = held.len() as u64;
    let after = before + add.len() as u64 - remove.len() as u64;
    (
        Some(MembersDelta {
            add,
            after,
            before,
            remove,
        }),
        reasons,
    )
}

/// All members of a group that is deleted.
pub(super) fn all_leaving(world: &World<'_>, live: &Live) -> Option<MembersDelta> {
    let held = live.members.as_ref().filter(|held| !held.is_empty())?;
    let known = |reference: &Reference| world.reference(reference).unwrap_or_else(|| reference.clone());
    let mut remove: Vec<Reference> = held.iter().map(|member| known(&member.reference)).collect();
    remove.sort();
    Some(MembersDelta {
        add: Vec::new(),
        after: 0,
        before: remove.len() as u64,
        remove,
    })
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
    add.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
    let after = add.len() as u64;
    (
        (after > 0).then_some(MembersDelta {
            add,
            after,
            before: 0,
            remove: Vec::new(),
        }),
        reasons,
    )
}
