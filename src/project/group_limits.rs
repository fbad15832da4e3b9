//! `limits: { groups: … }`: how many members the groups of a pattern may lose.

use super::limit::{Limit, limit};
use super::section::Section;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::model::{Key, uncased};
use crate::yaml::{MapEntry, Node};

/// How many members the groups of a pattern may lose. Each limit is `None` if it is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLimit {
    /// The pattern of the groups' names, such as `release-*`, without case.
    pattern: glob::Pattern,
    /// How many members may leave.
    pub shrink: Option<Limit>,
    /// How many more members may leave than join.
    pub net: Option<Limit>,
}

impl GroupLimit {
    /// Whether the limit is about a group.
    pub(crate) fn covers(&self, group: &Key) -> bool {
        self.pattern.matches(group.uncased())
    }
}

/// Reads a map of patterns.
pub(super) fn group_limits(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> Vec<GroupLimit> {
    let section = node.and_then(|node| Section::open(node, "`limits.groups`", diagnostics));
    let entries = section.map_or_else(Vec::new, Section::into_entries);
    let read = |entry| group_limit(entry, diagnostics);
    entries.into_iter().filter_map(read).collect()
}

fn group_limit(entry: MapEntry<'_>, diagnostics: &mut Diagnostics) -> Option<GroupLimit> {
    let pattern = match glob::Pattern::new(&uncased(&entry.key)) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let problem = Diagnostic::error(
                "bad-pattern",
                entry.key_origin,
                format!("`{}` is not a pattern: {}", entry.key, error.msg),
            );
            diagnostics.push(problem.hint("write the name of a group, or a pattern as `release-*`"));
            None
        }
    };
    let mut section = Section::open(entry.value, "the limit of a group", diagnostics)?;
    let mut take = |key| section.take(key).and_then(|node| limit(&node, key, diagnostics));
    let (shrink, net) = (take("shrink"), take("net"));
    section.finish(diagnostics);
    Some(GroupLimit {
        pattern: pattern?,
        shrink,
        net,
    })
}
