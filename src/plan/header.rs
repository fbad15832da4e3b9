//! A plan's header: the directory, the sources, the configuration, the snapshot, the guards, the author and
//! the time.
//!
//! Fields are in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::by_hand::ByHand;
use super::change::{Action, Change};
use super::corrections::corrections;
use super::cost::Cost;
use super::facts::{Circumstances, DirectoryFacts, FileFacts, SnapshotFacts};
use super::guard::figure::{GuardFigure, Waiver};
use super::meaning::change_digest;
use super::ownership::Managed;
use super::privilege::Privileges;
use super::remainder::{
    Held, LeftReferences, NamedInPart, NotHeld, OutsideScope, Remainder, Staying, Unnamed, UnreadRows,
    Withheld, WithoutState,
};
use super::selection::Selection;
use crate::digest::Digest;
use crate::model::ManagedAccounts;
use crate::whole::content::Push;

/// The version of the file's form.
pub(crate) const FORMAT: u32 = 2;

/// How long a plan may be applied after it is made: 24 hours.
pub(crate) const LIFETIME: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Everything that a plan is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What was adopted by name: this plan may remove from it although it was not managed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adopted: Vec<String>,
    /// Who made it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// What somebody changed in the directory by hand since the last apply and the changes overwrite, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<ByHand>,
    /// The digest of the changes' meaning.
    pub change_digest: Digest,
    /// The commit of the sources, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The configuration file.
    pub config: FileFacts,
    /// How many changes only correct capitals, the form of accents, or spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrections: Option<NonZeroU64>,
    /// What an apply costs the service.
    pub cost: Cost,
    /// When it was made (RFC 3339, UTC).
    pub created: jiff::Timestamp,
    /// The directory that it is for.
    pub directory: DirectoryFacts,
    /// When it can no longer be applied.
    pub expires: jiff::Timestamp,
    /// The guards in force, with their figures.
    pub guards: Vec<GuardFigure>,
    /// Whom nothing is planned for, each because of a problem of theirs alone; sorted by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
    /// What it manages: the next plan may remove from that.
    pub managed: Managed,
    /// The live accounts that the sources declare and that were not managed before, each with its declared
    /// name. An apply of this plan makes them managed, whether it changes them or not.
    #[serde(default, skip_serializing_if = "ManagedAccounts::is_empty")]
    pub newly_managed: ManagedAccounts,
    /// Declared attributes that the service does not hold, with how many ask for each.
    #[serde(default, skip_serializing_if = "NotHeld::is_empty")]
    pub not_held: NotHeld,
    /// Of what partial sources name some, so that nothing of it is removed for absence.
    #[serde(default, skip_serializing_if = "NamedInPart::is_empty")]
    #[cfg_attr(test, schemars(extend("items" = { "enum": ["users", "groups", "members"] })))]
    pub partly_named: NamedInPart,
    /// 128 random bits as 32 hexadecimal digits.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub plan_id: String,
    /// The digest of the policy file, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Digest>,
    /// The groups and roles that the policy names and that it gives to somebody.
    #[serde(default, skip_serializing_if = "Privileges::is_empty")]
    pub privileges: Privileges,
    /// 128 random bits as 32 hexadecimal digits, of which redacted views make their pseudonyms. No redacted
    /// view shows it.
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub pseudonym_key: String,
    /// Everything that the directory shall hold, where it is written in one request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
    /// The id of the plan whose apply this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverses: Option<String>,
    /// References that stay as they are, because no source declares whom they name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<LeftReferences>,
    /// How many references are left out, by role, because they name what is outside of the scope and not in
    /// the directory.
    #[serde(default, skip_serializing_if = "OutsideScope::is_empty")]
    pub outside_scope: OutsideScope,
    /// What it is narrowed to, where it is not about everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// What was read of the directory.
    pub snapshot: SnapshotFacts,
    /// Every file that was read, by path.
    pub sources: Vec<FileFacts>,
    /// Declared attributes that the service holds, that differ and that cannot be written.
    #[serde(default, skip_serializing_if = "Staying::is_empty")]
    pub staying: Staying,
    /// How many changes of each action there are.
    #[cfg_attr(test, schemars(extend("propertyNames" = { "$ref": "#/$defs/Action" })))]
    pub summary: BTreeMap<Action, u64>,
    /// The tool that made it, as `wpsync 0.1.0`. Only the same version applies it.
    pub tool: String,
    /// Who would be removed for absence if no source were partial, by kind, and members by their group.
    #[serde(default, skip_serializing_if = "Unnamed::is_empty")]
    pub unnamed: Unnamed,
    /// The rows of which it cannot be read whom they declare, and whom they keep from being removed.
    #[serde(default, skip_serializing_if = "UnreadRows::is_empty")]
    pub unread: UnreadRows,
    /// The exceptions to guards that this plan asks for.
    pub waivers: Vec<Waiver>,
    /// What it does not remove because that comes under management only now.
    #[serde(default, skip_serializing_if = "Withheld::is_empty")]
    pub withheld: Withheld,
    /// Whom it leaves although they may have been ours, because no state says who is managed.
    #[serde(default, skip_serializing_if = "WithoutState::is_empty")]
    pub without_state: WithoutState,
}

/// The part of a header that is known before the changes are.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The time, random ids and the environment.
    pub circumstances: Circumstances,
    /// The configuration file.
    pub config: FileFacts,
    /// The digest of the policy file, if there is one.
    pub policy: Option<Digest>,
    /// The directory that the plan is for.
    pub directory: DirectoryFacts,
    /// Every file that was read, by path.
    pub sources: Vec<FileFacts>,
    /// What the plan manages.
    pub managed: Managed,
    /// What is adopted by name.
    pub adopted: Vec<String>,
    /// The exceptions to guards that the plan asks for.
    pub waivers: Vec<Waiver>,
    /// What the plan is narrowed to. `None` if the plan is about everything.
    pub selection: Option<Selection>,
    /// The id of the plan whose apply this plan undoes.
    pub reverses: Option<String>,
}

/// The part of a header that follows from the directory and the changes.
#[derive(Clone, Debug)]
pub struct Findings {
    /// What was read of the directory.
    pub snapshot: SnapshotFacts,
    /// What an apply costs the service.
    pub cost: Cost,
    /// The guards in force, with their figures.
    pub guards: Vec<GuardFigure>,
    /// The groups and roles that the policy names and that the plan gives to somebody.
    pub privileges: Privileges,
    /// The accounts that an apply of the plan makes managed, besides those that it creates.
    pub newly_managed: ManagedAccounts,
    /// What the plan leaves undone.
    pub remainder: Remainder,
    /// What was changed by hand since the last apply and the changes overwrite.
    pub by_hand: Vec<ByHand>,
    /// Everything that the directory shall hold, if it is written in one request.
    pub push: Option<Push>,
}

impl Header {
    /// The header of a plan with these changes.
    pub(super) fn new(frame: Frame, findings: Findings, changes: &[Change]) -> Self {
        let Circumstances {
            now,
            plan_id,
            pseudonym_key,
            author,
            commit,
        } = frame.circumstances;
        Self {
            adopted: frame.adopted,
            author,
            by_hand: findings.by_hand,
            change_digest: change_digest(&frame.directory.origin, changes, findings.push.as_ref()),
            commit,
            config: frame.config,
            corrections: corrections(changes),
            cost: findings.cost,
            created: now,
            directory: frame.directory,
            expires: now + LIFETIME,
            guards: findings.guards,
            held: findings.remainder.held,
            managed: frame.managed,
            newly_managed: findings.newly_managed,
            not_held: findings.remainder.not_held,
            partly_named: findings.remainder.partly_named,
            plan_id,
            policy: frame.policy,
            privileges: findings.privileges,
            pseudonym_key,
            push: findings.push,
            reverses: frame.reverses,
            references: findings.remainder.references,
            outside_scope: findings.remainder.outside_scope,
            selection: frame.selection,
            snapshot: findings.snapshot,
            sources: frame.sources,
            staying: findings.remainder.staying,
            summary: count(changes),
            tool: tool(),
            unnamed: findings.remainder.unnamed,
            unread: findings.remainder.unread,
            waivers: frame.waivers,
            withheld: findings.remainder.withheld,
            without_state: findings.remainder.without_state,
        }
    }
}

/// The tool's name and version, as in plans.
pub(crate) fn tool() -> String {
    format!("wpsync {}", env!("CARGO_PKG_VERSION"))
}

/// How many changes of each action there are.
pub fn count(changes: &[Change]) -> BTreeMap<Action, u64> {
    changes.iter().fold(BTreeMap::new(), |mut counts, change| {
        *counts.entry(change.action).or_default() += 1;
        counts
    })
}
