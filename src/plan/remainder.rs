//! What a plan leaves undone although the sources and the directory differ.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Key, Kind};

/// The largest number of names that are kept of a count.
pub(crate) const MOST_NAMES: usize = 20;

/// A number of people, groups or members, and the first of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many there are.
    pub count: u64,
    /// The first twenty of them that have a name, sorted.
    #[cfg_attr(test, schemars(length(max = MOST_NAMES)))]
    pub first: Vec<Key>,
}

impl Counted {
    /// Counts a resource, and keeps its name if it is among the first.
    pub fn add(&mut self, key: &Key) {
        self.add_nameless(1);
        let Err(place) = self.first.binary_search(key) else {
            return;
        };
        if place < MOST_NAMES {
            self.first.insert(place, key.clone());
            self.first.truncate(MOST_NAMES);
        }
    }

    /// Counts `count` resources without names.
    pub(crate) fn add_nameless(&mut self, count: u64) {
        self.count += count;
    }
}

/// What is only absent from the sources and is not removed because it is newly managed, by the name that
/// `--adopt` takes: `users`, `groups`, `users.title`, `group:Sales`.
pub(crate) type Withheld = BTreeMap<String, Counted>;

/// Who is undeclared and would be removed if they were ours, where only a record tells who is and there is
/// none, by kind: `users`, `groups`.
pub(crate) type WithoutState = BTreeMap<String, Counted>;

/// Declared attributes that the service holds, that differ and that cannot be written, as `users.userName`,
/// with the people or groups that have them.
pub(crate) type Staying = BTreeMap<String, Counted>;

/// Declared attributes that the service does not hold, as `users.nickName`, with how many ask for each.
pub(crate) type NotHeld = BTreeMap<String, u64>;

/// Who would be removed for absence if no source were partial: `users`, `groups`, and members by their group,
/// as `group:Sales`.
pub(crate) type Unnamed = BTreeMap<String, Counted>;

/// Of what partial sources name some, so that nothing of it is removed for absence: `users`, `groups`,
/// `members`.
pub(crate) type NamedInPart = BTreeSet<String>;

/// A person or group that nothing is planned for, because of a named problem of theirs alone: no change, and
/// their memberships are left alone in both directions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Who is held.
    pub key: Key,
    /// What the problem is, in a sentence without an end.
    pub message: String,
    /// What ends it, in a sentence without an end.
    pub next: String,
    /// Where a source declares it, as `file:line:column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The kind of problem.
    pub reason: HeldReason,
}

/// A row of which it cannot be read for certain whom it declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnreadRow {
    /// What the problem is, in a sentence without an end.
    pub message: String,
    /// What ends it, in a sentence without an end.
    pub next: String,
    /// Where it is, as `file:line:column`.
    pub origin: String,
    /// Whether it declares a person or a group.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether the row has a name, and something else in it that identifies cannot be read. Who has the name
    /// is held, and counted there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_held: bool,
}

/// The rows of which it cannot be read whom they declare, and whom they keep: an account that no source
/// declares may be the one that such a row means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnreadRows {
    /// Who is not removed for absence as long as there is such a row of the kind, by kind: `users`, `groups`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, Counted>,
    /// The rows, in the order of their places.
    pub rows: Vec<UnreadRow>,
}

impl UnreadRows {
    /// Whether every row says whom it declares.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a row of a kind does not say whom it declares.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.rows.iter().any(|row| row.kind == kind)
    }

    /// The rows that are not told as a held person or group.
    pub(crate) fn nameless(&self) -> impl Iterator<Item = &UnreadRow> {
        self.rows.iter().filter(|row| !row.is_held)
    }

    /// Keeps somebody who would be removed for absence.
    pub(crate) fn keep(&mut self, key: &Key) {
        let kind = key.kind.plural().to_owned();
        self.kept.entry(kind).or_default().add(key);
    }
}

/// References that the plan leaves as they are, because no source declares whom they name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LeftReferences {
    /// Who knows the name.
    pub known: NameKnown,
    /// Whom they name, as the sources write it.
    pub name: String,
    /// What refers: an attribute, as `manager`, or `members` or `leaders`.
    pub role: String,
    /// Who refers: people with the attribute, or groups with the member or leader.
    pub who: Counted,
}

/// Who knows a name that no source declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NameKnown {
    /// The directory has it, the record of applies has it, or a source says that it is to be removed.
    ByDirectoryOrRecord,
    /// A source declares it, the scope leaves it out, and the directory does not have it.
    OutsideScope,
    /// Nobody does: it may be mistyped.
    ByNobody,
}

/// Why a person or group is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HeldReason {
    /// The account is inactive, no source says `active`, and no record says who deactivated it.
    Inactive,
    /// The account is inactive because somebody deactivated it in the directory.
    DeactivatedBySomebody,
    /// A name that it would get looks like somebody else's, and is not it.
    Lookalike,
    /// The account of its name has another value of a stronger identifier.
    AnotherIdentity,
    /// The account of its name is not the one that is managed under that name, and both are there.
    AnotherAccount,
    /// Several accounts could be it.
    AmbiguousMatch,
    /// Another declared person or group is the same account.
    ClaimedTwice,
    /// A row of a source that declares it has an error.
    Row,
    /// The service cannot hold or do what is asked for it.
    CannotHold,
    /// A name or another value that it would get belongs to somebody else.
    NameTaken,
    /// Its change and others wait for each other.
    Order,
}

impl HeldReason {
    /// Whether it is not certain which account is theirs.
    pub(crate) const fn is_doubt(self) -> bool {
        matches!(
            self,
            Self::Lookalike
                | Self::AnotherIdentity
                | Self::AnotherAccount
                | Self::AmbiguousMatch
                | Self::ClaimedTwice
        )
    }

    /// Whether somebody has to put something right. A person whose account is inactive is in a state that may
    /// be meant.
    pub(crate) const fn is_problem(self) -> bool {
        !matches!(self, Self::Inactive | Self::DeactivatedBySomebody)
    }

    /// The reason in a sentence without names.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Inactive => {
                "the account is inactive, no source says `active`, and no record says who deactivated it"
            }
            Self::DeactivatedBySomebody => {
                "somebody deactivated the account in the directory, and no source says `active`"
            }
            Self::Lookalike => "a name that it would get looks like another name and is not it",
            Self::AnotherIdentity => "the account of its name has another identity in the directory",
            Self::AnotherAccount => "the account of its name is not the one that was applied before",
            Self::AmbiguousMatch => "it could be several accounts in the directory",
            Self::ClaimedTwice => "another declaration is the same account in the directory",
            Self::Row => "a row that declares it has an error",
            Self::CannotHold => "the service cannot hold or do what is asked",
            Self::NameTaken => "a name or another value that it would get belongs to somebody else",
            Self::Order => "its change and others wait for each other",
        }
    }
}

/// What a plan leaves undone although the sources and the directory differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remainder {
    /// The held people and groups, sorted by key.
    pub held: Vec<Held>,
    /// What would be removed if it had been managed before.
    pub withheld: Withheld,
    /// What differs and cannot be written.
    pub staying: Staying,
    /// The declared attributes that the service does not hold.
    pub not_held: NotHeld,
    /// Who may have been ours, where no state says who is managed.
    pub without_state: WithoutState,
    /// The rows of which it cannot be read whom they declare.
    pub unread: UnreadRows,
    /// The references that stay as they are, because no source declares whom they name.
    pub references: Vec<LeftReferences>,
    /// How many references are left out, by role, because the directory does not have whom they name and the
    /// scope leaves them out.
    pub outside_scope: OutsideScope,
    /// Of what partial sources name some.
    pub partly_named: NamedInPart,
    /// Who would be removed for absence if no source were partial.
    pub unnamed: Unnamed,
}

/// How many references are left out because of the scope, by role: `members`, `manager`.
pub(crate) type OutsideScope = BTreeMap<String, u64>;

/// How many people, groups, rows and references are held because of a problem of their own.
pub(crate) fn problems(held: &[Held], unread: &UnreadRows, references: &[LeftReferences]) -> u64 {
    let held = held.iter().filter(|held| held.reason.is_problem()).count();
    let unknown = references.iter().filter(|left| left.known == NameKnown::ByNobody);
    (held + unread.nameless().count()) as u64 + unknown.map(|left| left.who.count).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_kept_in_whatever_order_they_come() {
        let key = |number: usize| Key::new(Kind::User, &format!("p{number:03}"));
        let (mut forwards, mut backwards) = (Counted::default(), Counted::default());
        for number in 0..50 {
            forwards.add(&key(number));
            backwards.add(&key(49 - number));
        }
        forwards.add_nameless(3);
        backwards.add_nameless(3);
        assert_eq!(forwards, backwards);
        assert_eq!((forwards.count, forwards.first.len()), (53, MOST_NAMES));
        assert_eq!(forwards.first[19], key(19));
    }
}
