//! What a directory refused of a change while it took the rest: attributes, or members of a group. What was
//! refused is not asked for again in the run, and keeps nothing else of the change from being done.

use std::collections::BTreeMap;

use crate::client::{DirectoryError, MemberRefusals, RefusedMember};
use crate::escape::Escaped;
use crate::model::{Member, Reference};
use crate::plan::Change;
use crate::wire::Failure;

use super::decide::Work;
use super::values;

/// The most members that are named of those who were refused for one cause.
const MOST_NAMES: usize = 3;

/// What was refused of a change.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// The refusal of the attributes, where members are changed by requests of their own.
    pub(super) attributes: Option<DirectoryError>,
    /// The members who were refused.
    pub(super) members: MemberRefusals,
    /// How many of them were not asked for, since they are not in the directory.
    unmade: usize,
    /// The refusal of a group together with its members. It is created without any, and they are added.
    pub(super) with_members: Option<DirectoryError>,
}

impl Refusals {
    /// Whether nothing is refused for good.
    pub(super) const fn is_empty(&self) -> bool {
        self.attributes.is_none() && self.members.is_empty()
    }

    /// Leaves out members who are not in the directory, since their own creation failed.
    pub(super) fn leave_out(&mut self, members: Vec<Member>) {
        self.unmade += members.len();
        let missing = members.into_iter().map(|member| RefusedMember {
            member,
            error: DirectoryError::not_sent("changing members", "it is not in the directory"),
        });
        self.members.refused.extend(missing);
    }

    /// Whether nothing was refused but members who are not in the directory.
    pub(super) fn are_only_of_unmade(&self) -> bool {
        let is_of_attributes = self.attributes.is_some() || self.with_members.is_some();
        !is_of_attributes && self.unmade > 0 && self.unmade == self.members.refused.len()
    }

    /// Whether the directory took a part of what a change asked for.
    pub(super) fn took_some_of(&self, asked: &Work) -> bool {
        self.members.taken > 0 || self.attributes.is_none() && !asked.attributes.is_empty()
    }

    /// Whether everything that is left to do was refused.
    pub(super) fn cover(&self, left: &Work) -> bool {
        let members = [&left.add, &left.remove]
            .into_iter()
            .flat_map(|some| values::members(some));
        let mut members = members;
        (left.attributes.is_empty() || self.attributes.is_some())
            && members.all(|member| self.members.has(&member))
    }

    /// What was refused, in words: by cause, the first names, and how many.
    pub(super) fn in_words(&self, change: &Change) -> String {
        let attributes = self.attributes.iter().map(ToString::to_string);
        let members = (!self.members.is_empty()).then(|| self.members_in_words(change));
        attributes.chain(members).collect::<Vec<_>>().join("; ")
    }

    fn members_in_words(&self, change: &Change) -> String {
        let mut causes: BTreeMap<String, Vec<&Member>> = BTreeMap::new();
        for RefusedMember { member, error } in &self.members.refused {
            let cause = match &error.failure {
                Failure::NotSent { reason } => reason.clone(),
                failure => failure.to_string(),
            };
            causes.entry(cause).or_default().push(member);
        }
        let mut causes: Vec<(String, Vec<&Member>)> = causes.into_iter().collect();
        causes.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
        let others = causes.len().saturating_sub(MOST_NAMES);
        let mut said: Vec<String> = causes
            .iter()
            .take(MOST_NAMES)
            .map(|(cause, members)| {
                let members = members.iter().map(|member| &member.reference);
                format!("{}: {cause}", named(members))
            })
            .collect();
        if others > 0 {
            said.push(format!("and {others} other causes"));
        }
        let delta = change.members.as_ref();
        let asked = delta.map_or(0, |delta| delta.add.len() + delta.remove.len());
        let untried = match self.members.untried.len() {
            0 => String::new(),
            count => format!(
                "; {count} more were not tried one by one, since everybody who was tried was refused for one \
                 cause"
            ),
        };
        format!(
            "left as they are: {} of {asked} members: {}{untried}",
            self.members.refused.len() + self.members.untried.len(),
            said.join("; "),
        )
    }
}

/// The first of some members by name, and how many the others are.
pub(super) fn named<'m>(members: impl ExactSizeIterator<Item = &'m Reference>) -> String {
    let name = |member: &Reference| match (&member.key, &member.id) {
        (Some(key), _) => key.to_string(),
        (None, Some(id)) => format!("the member with the id {}", Escaped(id)),
        (None, None) => "somebody".to_owned(),
    };
    let count = members.len();
    let first: Vec<String> = members.take(MOST_NAMES).map(name).collect();
    match count.saturating_sub(MOST_NAMES) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
