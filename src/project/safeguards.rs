//! `protect:`, `self:` and `min_admins:`: the people and groups that no plan may touch. `adopt:`: what a plan
//! may remove from although it is new to wpsync.

use std::collections::BTreeSet;

use super::section::{Section, list, text};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::model::{Catalog, Key, Kind};
use crate::yaml::{Node, NodeContent};

/// A person or a group that no plan may touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protected {
    /// `user:NAME` or `group:NAME`.
    Key(Key),
    /// A name without a kind: it protects a person and a group of that name.
    Name(String),
}

impl Protected {
    /// Whether a resource is protected. A name in another spelling stays protected.
    pub(crate) fn covers(&self, key: &Key) -> bool {
        match self {
            Self::Key(protected) => protected.may_mean(key),
            Self::Name(name) => Key::new(key.kind, name).may_mean(key),
        }
    }
}

/// How many active administrators a plan must leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinAdmins {
    /// The administrators.
    pub admins: Admins,
    /// How many must stay.
    pub count: u64,
}

/// How administrators are recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admins {
    /// The members of a group.
    Group(Key),
    /// The people with a role.
    Role(String),
}

/// What a plan may remove from although no apply managed it before. The names are `users`, `groups`,
/// `users.title`, `group:Sales` and the like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adoption(BTreeSet<String>);

impl Adoption {
    /// The name that adopts everything.
    const ALL: &str = "all";

    /// Reads a name and adds it in its canonical spelling. Returns false if nothing that can be managed has
    /// that name.
    pub(crate) fn add(&mut self, name: &str, catalog: &Catalog) -> bool {
        let normal = Self::normal(name, catalog);
        normal.is_some_and(|name| {
            self.0.insert(name);
            true
        })
    }

    fn normal(name: &str, catalog: &Catalog) -> Option<String> {
        if let Some(key) = Key::parse(name).filter(|key| key.kind == Kind::Group) {
            return Some(Self::group(&key));
        }
        if name == Self::ALL || Kind::ALL.iter().any(|kind| kind.plural() == name) {
            return Some(name.to_owned());
        }
        let (kind, path) = name.split_once('.')?;
        let kind = Kind::ALL.into_iter().find(|known| known.plural() == kind)?;
        catalog
            .find(kind, path)
            .ok()
            .map(|attribute| format!("{}.{}", kind.plural(), attribute.path))
    }

    /// The canonical spelling of a group's name.
    pub(crate) fn group(key: &Key) -> String {
        format!("{}:{}", Kind::Group.word(), key.uncased())
    }

    /// Whether a name in its canonical spelling is adopted.
    pub(crate) fn covers(&self, name: &str) -> bool {
        self.0.contains(Self::ALL) || self.0.contains(name)
    }

    /// The names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

pub(super) fn protect(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> Vec<Protected> {
    let Some(node) = node else { return Vec::new() };
    let items = list(node, "`protect`", diagnostics);
    let names = items
        .iter()
        .filter_map(|item| text(item, "a protected name", diagnostics));
    names
        .map(|name| Key::parse(name).map_or_else(|| Protected::Name(name.to_owned()), Protected::Key))
        .collect()
}

pub(super) fn own_account(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Option<Key> {
    let (name, _) = section.take_text("self", diagnostics)?;
    Some(
        Key::parse(&name)
            .filter(|key| key.kind == Kind::User)
            .unwrap_or_else(|| Key::new(Kind::User, &name)),
    )
}

/// `{group: NAME, count: N}` or `{role: NAME, count: N}`.
pub(super) fn min_admins(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> Option<MinAdmins> {
    let mut section = Section::open(node?, "`min_admins`", diagnostics)?;
    let (group, role) = (
        section.take_text("group", diagnostics),
        section.take_text("role", diagnostics),
    );
    let count = section
        .require("count", "count: 2", diagnostics)
        .and_then(|node| number(&node, "`count`", diagnostics));
    let admins = match (group, role) {
        (Some((name, _)), None) => Some(Admins::Group(
            Key::parse(&name)
                .filter(|key| key.kind == Kind::Group)
                .unwrap_or_else(|| Key::new(Kind::Group, &name)),
        )),
        (None, Some((name, _))) => Some(Admins::Role(name)),
        _ => {
            let problem = Diagnostic::error(
                "missing-key",
                section.origin,
                "`min_admins` takes one of `group` and `role`",
            );
            diagnostics.push(problem.hint("write `min_admins: { group: Admins, count: 2 }`"));
            None
        }
    };
    section.finish(diagnostics);
    Some(MinAdmins {
        admins: admins?,
        count: count?,
    })
}

/// A whole number.
pub(super) fn number(node: &Node<'_>, name: &str, diagnostics: &mut Diagnostics) -> Option<u64> {
    let written = text(node, name, diagnostics)?;
    let found = written
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| written.parse().ok())
        .flatten();
    if found.is_none() {
        let problem = Diagnostic::error(
            "not-a-number",
            node.origin,
            format!("{name} takes a whole number, not `{written}`"),
        );
        diagnostics.push(problem.hint("write it as `2`"));
    }
    found
}

/// `all`, or a list of names.
pub(super) fn adoption(node: Option<Node<'_>>, catalog: &Catalog, diagnostics: &mut Diagnostics) -> Adoption {
    let mut adoption = Adoption::default();
    let Some(node) = node else { return adoption };
    let names = if matches!(node.content, NodeContent::Scalar(_)) {
        vec![node]
    } else {
        list(node, "`adopt`", diagnostics)
    };
    for node in names {
        let Some(name) = text(&node, "an adopted name", diagnostics) else {
            continue;
        };
        if !adoption.add(name, catalog) {
            let problem = Diagnostic::error(
                "not-adoptable",
                node.origin,
                format!("`{name}` names nothing that can be managed"),
            );
            diagnostics.push(problem.hint("write `users`, `groups`, `users.title`, `group:Sales` or `all`"));
        }
    }
    adoption
}
