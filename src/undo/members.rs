//! The reverse of a members' delta: those who left come back, and those who joined leave, unless that has
//! changed since.

use super::live::LiveNow;
use crate::model::{Live, Reference};
use crate::plan::{Change, MembersDelta};

/// A reverse delta, and the parts that are not possible.
#[derive(Default)]
pub(super) struct ReversedMembers {
    pub(super) delta: Option<MembersDelta>,
    /// The parts that are left out, each in a sentence.
    pub(super) left_out: Vec<String>,
}

/// The reverse of a change to the members of a group.
pub(super) fn reversed(now: &LiveNow<'_>, change: &Change, live: &Live) -> ReversedMembers {
    let Some(delta) = &change.members else {
        return ReversedMembers::default();
    };
    let Some(held) = &live.members else {
        return ReversedMembers {
            delta: None,
            left_out: vec![
                "the directory does not tell who is in it, so its members are left as they are".into(),
            ],
        };
    };
    let is_held = |reference: &Reference| {
        reference.id.is_some() && held.iter().any(|member| member.reference.id == reference.id)
    };
    let Returning { references, gone } = returning(now, delta);
    let add = references.into_iter().filter(|member| !is_held(member));
    let joined = delta.add.iter().filter_map(|member| now.reference(member));
    ReversedMembers {
        delta: MembersDelta::of(Some(held.len()), add.collect(), joined.filter(is_held).collect()),
        left_out: gone,
    }
}

/// All members of a group that is deleted.
pub(super) fn all_leaving(now: &LiveNow<'_>, live: &Live) -> Option<MembersDelta> {
    let held = live.members.iter().flatten().map(|member| &member.reference);
    let known = |reference: &Reference| now.reference(reference).unwrap_or_else(|| reference.clone());
    MembersDelta::of_deleted(held.map(known).collect())
}

/// The members of a group that is created again.
pub(super) fn all_returning(now: &LiveNow<'_>, change: &Change) -> ReversedMembers {
    let Some(delta) = &change.members else {
        return ReversedMembers::default();
    };
    let Returning { references, gone } = returning(now, delta);
    ReversedMembers {
        delta: MembersDelta::of(Some(0), references, Vec::new()),
        left_out: gone,
    }
}

/// The members who left a group.
struct Returning {
    /// The members who can come back.
    references: Vec<Reference>,
    /// The members who are gone, each in a sentence.
    gone: Vec<String>,
}

fn returning(now: &LiveNow<'_>, delta: &MembersDelta) -> Returning {
    let mut returning = Returning {
        references: Vec::new(),
        gone: Vec::new(),
    };
    for left in &delta.remove {
        match now.reference(left) {
            Some(reference) => returning.references.push(reference),
            None => returning
                .gone
                .push(format!("{} was a member and is gone", left.shown())),
        }
    }
    returning
}
