//! A project in memory: what it declares, and what becomes of whom it does not declare.

use serde_json::{Value as Json, json};
use wpsync::operation::Location;
use wpsync::project::{Absent, Swaps};

/// Where the directory of these projects is.
pub const ORIGIN: &str = "https://scim.example.com/v2";

/// A project at a SCIM service. Everything there is its own to remove.
#[derive(Clone, Debug)]
pub struct Project {
    /// The name of a dialect that comes with the program, or the rows of one.
    pub dialect: String,
    /// What becomes of undeclared people.
    pub users_absent: Absent,
    /// What becomes of undeclared groups.
    pub groups_absent: Absent,
    pub swaps: Swaps,
    /// People as a source says them.
    pub users: Vec<Json>,
    /// Groups as a source says them.
    pub groups: Vec<Json>,
}

impl Default for Project {
    fn default() -> Self {
        Self {
            dialect: "rfc7644".to_owned(),
            users_absent: Absent::Keep,
            groups_absent: Absent::Keep,
            swaps: Swaps::Refuse,
            users: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl Project {
    /// The same, with one more person.
    #[must_use]
    pub fn wants(mut self, user: Json) -> Self {
        self.users.push(user);
        self
    }

    /// Its files.
    pub fn location(&self) -> Location {
        // JSON is YAML.
        let people = json!({ "users": self.users, "groups": self.groups });
        self.with_source(&format!("{people}\n"))
    }

    /// Its files, with another source than it declares.
    pub fn with_source(&self, people: &str) -> Location {
        let is_file = self.dialect.contains('\n');
        let dialect = if is_file { "dialect.yaml" } else { &self.dialect };
        let swaps = match self.swaps {
            Swaps::Refuse => "refuse",
            Swaps::Temporary => "temporary",
        };
        let configuration = format!(
            "version: 1\n\
             directory: {{ scim: '{ORIGIN}', dialect: {dialect}, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\n\
             manage:\n  users: {{ absent: {}, within: all, swaps: {swaps} }}\n  \
             groups: {{ absent: {}, within: all, swaps: {swaps} }}\n\
             adopt: [all]\n",
            word(self.users_absent),
            word(self.groups_absent),
        );
        Location::in_memory([
            ("wpsync.yaml", &*configuration),
            ("dialect.yaml", &*self.dialect),
            ("people.yaml", people),
        ])
    }
}

const fn word(absent: Absent) -> &'static str {
    match absent {
        Absent::Keep => "keep",
        Absent::Deactivate => "deactivate",
        Absent::Delete => "delete",
    }
}

/// A group as a source says it.
pub fn group(name: &str, members: &[&str]) -> Json {
    json!({ "displayName": name, "members": members })
}
