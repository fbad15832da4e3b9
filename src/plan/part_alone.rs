//! Whom partial sources alone have named. They were never absent from the sources that name everybody. A mark
//! among what is managed says so, from the day of the partial file until another source names them too.

use std::collections::BTreeSet;

use crate::desired::{Coverage, Desired, DesiredResource};
use crate::diagnostics::{Files, Origin};
use crate::model::{Key, Kind};
use crate::policy::Policy;
use crate::project::Adoption;

/// How the marks begin of those whom partial sources alone have named.
const ALONE: &str = "partial alone:";

/// The mark of a person or group.
pub(super) fn mark(key: &Key) -> String {
    format!("{ALONE}{}:{}", key.kind.word(), key.uncased())
}

/// The mark of a membership.
pub(super) fn mark_of_member(group: &Key, member: &Key) -> String {
    format!("{} in {}", mark(member), Adoption::group(group))
}

/// The places of sources that name everybody whom they are about.
#[derive(Clone, Copy)]
pub(crate) struct WholeSources<'a> {
    pub(crate) desired: &'a Desired,
    pub(crate) files: &'a Files,
}

impl WholeSources<'_> {
    fn have(self, origin: Origin) -> bool {
        let name = self.files.name(origin.file);
        let mut sources = self.desired.sources.iter();
        sources.any(|source| source.coverage == Coverage::Whole && source.path == *name)
    }

    /// Whether one of them declares a person or group.
    fn declare(self, resource: &DesiredResource) -> bool {
        let mut attributes = resource.attributes.iter();
        self.have(resource.origin) || attributes.any(|asked| self.have(asked.origin))
    }

    /// Whether one of them lists members of a group.
    pub(super) fn list_members(self, group: &DesiredResource) -> bool {
        let mut members = group.members.iter().flatten();
        members.any(|member| self.have(member.origin)) || (group.empties_members && self.have(group.origin))
    }

    /// The marks after those of the last apply: whom today's partial files alone name gets one, and whom a
    /// source names that names everybody loses it.
    pub(super) fn marks<'n>(
        self,
        before: impl Iterator<Item = &'n str>,
        policy: &Policy,
    ) -> BTreeSet<String> {
        let before = before.filter(|name| name.starts_with(ALONE));
        let mut marks: BTreeSet<String> = before.map(str::to_owned).collect();
        let kinds = Kind::ALL.into_iter().filter(|kind| {
            let policy = policy.of(*kind);
            policy.is_partly_named && policy.is_named_by_whole
        });
        for resource in kinds.flat_map(|kind| self.desired.of(kind)) {
            if self.declare(resource) {
                marks.remove(&mark(&resource.key));
            } else {
                marks.insert(mark(&resource.key));
            }
        }
        if policy.are_members_partly_named && policy.are_members_named_by_whole {
            for group in &self.desired.groups {
                for member in group.members.iter().flatten() {
                    let mark = mark_of_member(&group.key, &member.key);
                    if self.have(member.origin) {
                        marks.remove(&mark);
                    } else {
                        marks.insert(mark);
                    }
                }
            }
        }
        marks
    }
}
