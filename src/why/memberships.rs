//! The groups that hold a person or group in the directory: directly, and through groups that are members of
//! groups.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::Serialize;

use crate::model::{Catalog, Key, Live};

/// The groups that hold a resource.
#[derive(Debug, Serialize)]
pub struct Memberships {
    /// The groups, nearest first.
    pub groups: Vec<LiveMembership>,
    /// How many groups of the directory do not tell their members. The resource may be in them.
    pub untold: usize,
}

/// A group that holds a resource.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct LiveMembership {
    /// The group.
    pub group: Key,
    /// The groups between the resource and the group, the resource's own first. Empty if it is a member
    /// itself.
    pub through: Vec<Key>,
}

impl Memberships {
    /// The groups that hold the resource with an id. `groups` are all groups of the directory.
    pub(crate) fn of(id: &str, groups: &[Live], catalog: &Catalog) -> Self {
        let mut holders: HashMap<&str, Vec<&Live>> = HashMap::new();
        for group in groups {
            let members = group.members.iter().flatten();
            for member in members.filter_map(|member| member.reference.id.as_deref()) {
                holders.entry(member).or_default().push(group);
            }
        }
        let mut found = Vec::new();
        let mut seen: HashSet<&str> = HashSet::from([id]);
        let mut next: VecDeque<(&str, Vec<Key>)> = VecDeque::from([(id, Vec::new())]);
        while let Some((member, through)) = next.pop_front() {
            for group in holders.get(member).into_iter().flatten() {
                if !seen.insert(&group.id) {
                    continue;
                }
                let key = group.key(catalog);
                let further = through.iter().cloned().chain([key.clone()]).collect();
                next.push_back((&group.id, further));
                found.push(LiveMembership {
                    group: key,
                    through: through.clone(),
                });
            }
        }
        Self {
            groups: found,
            untold: groups.iter().filter(|group| group.members.is_none()).count(),
        }
    }

    /// `group:Sales, group:All (through group:Sales)`
    pub(super) fn sentence(&self) -> String {
        let said = self.groups.iter().map(|one| {
            let through: Vec<_> = one.through.iter().map(ToString::to_string).collect();
            if through.is_empty() {
                one.group.to_string()
            } else {
                format!("{} (through {})", one.group, through.join(", "))
            }
        });
        let said: Vec<_> = said.collect();
        let untold = match self.untold {
            0 => String::new(),
            1 => "; 1 group does not tell its members".into(),
            count => format!("; {count} groups do not tell their members"),
        };
        let groups = if said.is_empty() {
            "no group".into()
        } else {
            said.join(", ")
        };
        format!("{groups}{untold}")
    }
}
