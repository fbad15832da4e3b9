//! `limits:`: how much a plan may change.

use super::group_limits::{GroupLimit, group_limits};
use super::limit::{Limit, limit};
use super::section::Section;
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// How much a plan may change. Each limit is `None` if it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Removals: people and groups that are deleted or deactivated, and people who lose their last group.
    pub remove: Option<Limit>,
    /// New people.
    pub create: Option<Limit>,
    /// Changed people.
    pub update: Option<Limit>,
    /// People whose name, address, identifier, activity or roles change.
    pub identity: Option<Limit>,
    /// People and groups that are held because of a problem of their own.
    pub held: Option<Limit>,
    /// Members who leave groups, by patterns of the groups' names. Of several that fit, the stricter holds.
    pub groups: Vec<GroupLimit>,
}

pub(super) fn limits(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> Limits {
    let Some(mut section) = node.and_then(|node| Section::open(node, "`limits`", diagnostics)) else {
        return Limits::default();
    };
    let groups = group_limits(section.take("groups"), diagnostics);
    let mut take = |key| section.take(key).and_then(|node| limit(&node, key, diagnostics));
    let limits = Limits {
        remove: take("remove"),
        create: take("create"),
        update: take("update"),
        identity: take("identity"),
        held: take("held"),
        groups,
    };
    section.finish(diagnostics);
    limits
}
