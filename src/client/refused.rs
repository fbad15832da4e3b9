//! Whom a service refuses, of the members that a change of a group asks for.

use crate::client::error::DirectoryError;
use crate::model::{Member, Reference};

/// What became of the members that a change of a group asked for, as far as some were refused.
#[derive(Debug, Default)]
pub struct MemberRefusals {
    /// Each member whom the service refused in a request of their own.
    pub refused: Vec<RefusedMember>,
    /// The members who were not asked for one by one: everybody before them was refused for one cause.
    pub untried: Vec<Member>,
    /// How many members were in requests that the service took.
    pub taken: usize,
}

/// A member whom the service refused.
#[derive(Debug)]
pub struct RefusedMember {
    /// The member.
    pub member: Member,
    /// The service's refusal of this member alone.
    pub error: DirectoryError,
}

impl MemberRefusals {
    /// Whether nobody was refused.
    pub const fn is_empty(&self) -> bool {
        self.refused.is_empty()
    }

    /// Whether a member was refused, or was not tried because of others who were.
    pub fn has(&self, member: &Member) -> bool {
        let refused = self.refused.iter().map(|refused| &refused.member);
        let is_it = |other: &Member| other.reference.same_target(&member.reference);
        refused.chain(&self.untried).any(is_it)
    }

    /// Everybody who was refused, or was not tried because of others who were.
    pub fn left_out(&self) -> Vec<Reference> {
        let refused = self.refused.iter().map(|refused| &refused.member);
        let all = refused.chain(&self.untried);
        all.map(|member| member.reference.clone()).collect()
    }

    /// These members without those who were refused.
    pub(crate) fn without(&self, members: &[Member]) -> Vec<Member> {
        let others = members.iter().filter(|member| !self.has(member));
        others.cloned().collect()
    }
}
