//! `manage:`: what happens to live people and groups that no source declares, and to members that no source
//! lists.

use super::section::{Section, written};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::mapping::{Condition, ConditionError, ExpressionBasis};
use crate::model::{Kind, Live, ManagedAccounts};
use crate::yaml::Node;

/// What happens to undeclared people and groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manage {
    /// People.
    pub users: ManageUsers,
    /// Groups.
    pub groups: ManageGroups,
}

/// What happens to people whom no source declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManageUsers {
    /// The action for undeclared people.
    pub absent: Absent,
    /// Which undeclared people are managed; always set unless `absent` is [`Absent::Keep`].
    pub within: Option<Within>,
    /// What happens if people take each other's names.
    pub swaps: Swaps,
}

/// What happens to groups that no source declares, and to members that no source lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManageGroups {
    /// The action for undeclared groups.
    pub absent: Absent,
    /// Which undeclared groups are managed; always set unless `absent` is [`Absent::Keep`].
    pub within: Option<Within>,
    /// What happens to members of declared groups that no source lists.
    pub members: Members,
    /// What happens if groups take each other's names.
    pub swaps: Swaps,
}

/// The action for a resource that no source declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// Nothing.
    #[default]
    Keep,
    /// People lose access and keep their accounts.
    Deactivate,
    /// The resource is deleted.
    Delete,
}

/// What happens to members that no source lists, in groups whose members a source lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Members {
    /// They are removed, so that the group has exactly the listed members.
    #[default]
    Exact,
    /// They stay: members are only added.
    AddOnly,
}

/// What happens if people or groups take each other's names. A directory holds each name once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Swaps {
    /// No plan is made.
    #[default]
    Refuse,
    /// One of them takes a temporary name in between. People may see it and get mail about it.
    Temporary,
}

/// Which live resources are managed. There is no empty value, so none can be mistaken for *all*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// All of them.
    All,
    /// Those that an applied plan declared, as [`ManagedAccounts`] has them.
    Managed,
    /// Those for which a condition holds.
    Where(Condition),
}

impl Within {
    /// Whether a live resource is managed.
    ///
    /// # Errors
    /// [`ConditionError`] if the condition cannot be decided for its attributes.
    pub fn covers(&self, live: &Live, accounts: &ManagedAccounts) -> Result<bool, ConditionError> {
        match self {
            Self::All => Ok(true),
            Self::Managed => Ok(accounts.has(live.kind, &live.id)),
            Self::Where(condition) => condition.holds(&live.attributes),
        }
    }
}

pub(super) fn manage(
    node: Option<Node<'_>>,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Manage {
    let mut manage = Manage::default();
    let Some(mut section) = node.and_then(|node| Section::open(node, "`manage`", diagnostics)) else {
        return manage;
    };
    if let Some(mut users) = section
        .take("users")
        .and_then(|node| Section::open(node, "`manage.users`", diagnostics))
    {
        let (absent, within) = absent(&mut users, Kind::User, basis, diagnostics);
        manage.users = ManageUsers {
            absent,
            within,
            swaps: swaps(&mut users, diagnostics),
        };
        users.finish(diagnostics);
    }
    if let Some(mut groups) = section
        .take("groups")
        .and_then(|node| Section::open(node, "`manage.groups`", diagnostics))
    {
        let (absent, within) = absent(&mut groups, Kind::Group, basis, diagnostics);
        let members = match groups.take_word("members", &["exact", "add-only"], diagnostics) {
            Some((1, _)) => Members::AddOnly,
            _ => Members::Exact,
        };
        manage.groups = ManageGroups {
            absent,
            within,
            members,
            swaps: swaps(&mut groups, diagnostics),
        };
        groups.finish(diagnostics);
    }
    section.finish(diagnostics);
    manage
}

fn swaps(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Swaps {
    match section.take_word("swaps", &["refuse", "temporary"], diagnostics) {
        Some((1, _)) => Swaps::Temporary,
        _ => Swaps::Refuse,
    }
}

fn absent(
    section: &mut Section<'_>,
    kind: Kind,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> (Absent, Option<Within>) {
    let words: &[&str] = match kind {
        Kind::User => &["keep", "deactivate", "delete"],
        Kind::Group => &["keep", "delete"], // SCIM has no inactive group
    };
    let errors = diagnostics.count(Severity::Error);
    let found = section.take_word("absent", words, diagnostics);
    let within = section.take("within").and_then(|node| {
        let written = written(&node, "`within`", diagnostics)?;
        match written.text {
            "all" => return Some(Within::All),
            "managed" => return Some(Within::Managed),
            _ => {}
        }
        Condition::compile(&written, kind, basis)
            .map(Within::Where)
            .map_err(|problem| diagnostics.push(problem))
            .ok()
    });
    let (absent, origin) = match found.map(|(at, origin)| (words[at], origin)) {
        Some(("deactivate", origin)) => (Absent::Deactivate, origin),
        Some(("delete", origin)) => (Absent::Delete, origin),
        _ => return (Absent::Keep, within),
    };
    if within.is_none() && diagnostics.count(Severity::Error) == errors {
        let problem = Diagnostic::error(
            "missing-within",
            origin,
            "removal needs `within`: which of the live ones are ours",
        );
        diagnostics.push(problem.hint(
            "add `within: managed` for those whom an applied plan declared, `within: all`, or an expression \
             as `within: 'user.userName.endsWith(\"@example.com\")'`",
        ));
    }
    (absent, within)
}
