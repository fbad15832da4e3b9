//! The rows of a dialect that would say what the service does, as YAML to paste.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::model::{Kind, Kinds};

/// Rows that a dialect should have.
#[derive(Debug, Default)]
pub(super) struct SuggestedRows {
    plain: BTreeMap<&'static str, String>,
    /// By which attributes a kind can be looked up, where that is not what the dialect says.
    lookup: Kinds<Option<Vec<String>>>,
    /// The attributes that cannot be relied on.
    not_held: Kinds<Vec<String>>,
}

impl SuggestedRows {
    /// Suggests a row of one value.
    pub(super) fn set(&mut self, row: &'static str, value: impl Into<String>) {
        self.plain.insert(row, value.into());
    }

    /// Suggests the attributes by which a kind is looked up.
    pub(super) fn look_up_by(&mut self, kind: Kind, names: Vec<String>) {
        *part(&mut self.lookup, kind) = Some(names);
    }

    /// Suggests that attributes of a kind are not held.
    pub(super) fn does_not_hold(&mut self, kind: Kind, names: impl IntoIterator<Item = String>) {
        part(&mut self.not_held, kind).extend(names);
    }

    /// The rows as lines of YAML. Rows that are lists hold what the dialect has already.
    pub(super) fn lines(&self, dialect: &Dialect) -> Vec<String> {
        let mut rows = self.plain.clone();
        if self.lookup.users.is_some() || self.lookup.groups.is_some() {
            let users = self.lookup.users.as_ref().unwrap_or(&dialect.lookup.users);
            let groups = self.lookup.groups.as_ref().unwrap_or(&dialect.lookup.groups);
            rows.insert("lookup", of_kinds(users, groups));
        }
        if !self.not_held.users.is_empty() || !self.not_held.groups.is_empty() {
            let all = |known: &[String], found: &[String]| [known, found].concat();
            let users = all(&dialect.not_held.users, &self.not_held.users);
            let groups = all(&dialect.not_held.groups, &self.not_held.groups);
            rows.insert("not_held", of_kinds(&users, &groups));
        }
        rows.into_iter()
            .map(|(row, value)| format!("{row}: {value}"))
            .collect()
    }
}

fn part<T>(kinds: &mut Kinds<T>, kind: Kind) -> &mut T {
    match kind {
        Kind::User => &mut kinds.users,
        Kind::Group => &mut kinds.groups,
    }
}

fn of_kinds(users: &[String], groups: &[String]) -> String {
    format!(
        "{{ users: [{}], groups: [{}] }}",
        users.join(", "),
        groups.join(", ")
    )
}
