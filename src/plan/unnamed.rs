//! Who would be removed for absence if no source were partial. The plan leaves them, and names them: whoever
//! is gone from the sources that name everybody may have left.

use super::comparison::Sides;
use super::part_alone::{WholeSources, mark, mark_of_member};
use super::remainder::Unnamed;
use crate::desired::DesiredResource;
use crate::model::Live;
use crate::project::Members;

impl Sides<'_> {
    /// Whether an undeclared resource that is ours may have left the sources that name everybody.
    pub(super) fn is_missed(&self, live: &Live) -> bool {
        let policy = self.basis.policy.of(live.kind);
        let key = live.key(self.basis.catalog);
        policy.is_named_by_whole
            && policy.manages(live, self.basis.accounts)
            && !self.basis.ownership.has(&mark(&key))
    }

    /// Counts the members whom no source lists, of a group of which a source lists everybody.
    pub(super) fn count_unnamed_members(&self, wanted: &DesiredResource, live: &Live, unnamed: &mut Unnamed) {
        let policy = self.basis.policy;
        let is_asked = policy.members == Members::Exact
            && policy.are_members_partly_named
            && policy.are_members_named_by_whole;
        let sources = WholeSources {
            desired: self.basis.desired,
            files: self.basis.files,
        };
        if !is_asked || self.basis.selection.is_some() || wanted.has_unread_members {
            return;
        }
        let Some(held) = live.members.as_deref().filter(|_| sources.list_members(wanted)) else {
            return;
        };
        for reference in self.leaving_members(wanted, held) {
            let name = wanted.key.id();
            match &reference.key {
                Some(member) if self.basis.ownership.has(&mark_of_member(&wanted.key, member)) => {}
                Some(member) => unnamed.entry(name).or_default().add(member),
                None => unnamed.entry(name).or_default().add_nameless(1),
            }
        }
    }
}
