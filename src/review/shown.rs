//! The form of a plan as JSON. It has names that policies and bots for `terraform show -json` know, and
//! wpsync's own beside them. `schemas/show.schema.json` is made from these types.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::digest::Digest;
use crate::model::{Kind, Value};
use crate::plan::by_hand::Deed;
use crate::plan::guard::Waiver;
use crate::plan::remainder::Withheld;
use crate::plan::{Action, MembersDelta, Values};

/// A plan.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ShownPlan<'p> {
    /// The version of this form. Minor versions add properties; major versions change them.
    #[cfg_attr(test, schemars(regex(pattern = r"^1\.[0-9]+$")))]
    pub(super) format_version: &'static str,
    /// The tool that made the plan, as `wpsync 0.1.0`.
    pub(super) tool: &'p str,
    /// When the plan was made.
    pub(super) timestamp: jiff::Timestamp,
    /// There is something to do, and no guard refuses it.
    pub(super) applyable: bool,
    /// A plan that could not be completed is not saved.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    pub(super) complete: bool,
    /// A plan that failed is not saved.
    #[cfg_attr(test, schemars(extend("const" = false)))]
    pub(super) errored: bool,
    /// The digest of the plan's file.
    pub(super) digest: Digest,
    /// The digest of the changes' meaning. A redacted view does not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change_digest: Option<Digest>,
    /// What the plan rests on.
    #[cfg_attr(test, schemars(schema_with = "crate::schemas::shown_header"))]
    pub(super) header: Json,
    /// How many changes of each action there are, also of those that do not occur.
    pub(super) summary: ShownSummary,
    /// How far the directory is from what the sources say.
    pub(super) standing: ShownStanding,
    /// What follows from absence and is not removed, because it is managed for the first time, with the first
    /// names.
    pub(super) withheld: &'p Withheld,
    /// Why the plan cannot be applied, in sentences.
    pub(super) refusals: Vec<String>,
    /// The guards.
    pub(super) checks: Vec<ShownCheck<'p>>,
    /// The changes, by key.
    pub(super) resource_changes: Vec<ShownResource<'p>>,
    /// What somebody changed in the directory by hand since the last apply and this plan overwrites, by key.
    /// Everything else that others changed, `wpsync drift` tells.
    pub(super) resource_drift: Vec<ShownDrift<'p>>,
    /// The same attribute going from the same value to the same value in several changes.
    pub(super) patterns: Vec<ShownPattern<'p>>,
    /// With `--wire`: the requests that an apply would send, in order. An id that the directory will give
    /// reads `id-of-KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<Vec<crate::apply::ShownRequest>>"))]
    pub(super) wire: Option<Json>,
    /// How names are redacted, where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(extend("enum" = ["masked", "ids"])))]
    pub(super) redacted: Option<&'static str>,
}

/// How many changes of each action there are.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownSummary {
    /// Resources that are made.
    pub(super) create: u64,
    /// Resources of which attributes or members change.
    pub(super) update: u64,
    /// People who can no longer sign in.
    pub(super) deactivate: u64,
    /// People who can sign in again.
    pub(super) reactivate: u64,
    /// Resources that are deleted.
    pub(super) delete: u64,
    /// Those that are deactivated or deleted.
    pub(super) removals: u64,
    /// How many members join groups.
    pub(super) members_join: u64,
    /// How many members leave groups.
    pub(super) members_leave: u64,
}

/// How far the directory is from what the sources say. It names nobody.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownStanding {
    /// The first line of every view.
    pub(super) headline: String,
    /// There is nothing to apply, nothing is withheld, held or stays, nobody stays for want of state or
    /// because of a partial source, and every row says whom it declares.
    pub(super) as_declared: bool,
    /// How many removals are withheld.
    pub(super) withheld: u64,
    /// How many stay because no state says who is managed.
    pub(super) without_state: u64,
    /// How many rows do not say whom they declare, so that nobody of their kind is removed for absence.
    pub(super) unread: u64,
    /// How many people and groups are held.
    pub(super) held: u64,
    /// How many changes only correct capitals, the form of accents, or spaces.
    pub(super) corrections: u64,
    /// How many references stay as they are because no source declares whom they name.
    pub(super) left_alone: u64,
    /// How many references are left out because the scope leaves out whom they name.
    pub(super) outside_scope: u64,
    /// Of what partial sources name some, so that nothing of it is removed for absence: `users`, `groups`,
    /// `members`.
    pub(super) partly_named: Vec<String>,
    /// How many people, groups and members stay because partial sources name some only.
    pub(super) unnamed: u64,
    /// How many differences stay because the service does not change them.
    pub(super) staying: u64,
    /// How many declared values the service does not hold.
    pub(super) not_held: u64,
}

/// A guard, as one of Terraform's checks.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownCheck<'p> {
    /// Which guard.
    pub(super) address: ShownAddress<'p>,
    /// Whether the plan is within its limit. A guard that is waived passes.
    pub(super) status: ShownStatus,
    /// The one instance that a guard has.
    pub(super) instances: [ShownInstance<'p>; 1],
    /// Whom or what it counts, where a number alone says too little: at most twenty.
    pub(super) cases: &'p [String],
    /// How many of what the guard counts the plan has.
    pub(super) count: u64,
    /// How many of these were applied in the last 7 days. They count towards the limit.
    pub(super) earlier: u64,
    /// How many are allowed.
    pub(super) limit: u64,
    /// How many there are altogether.
    pub(super) of: u64,
    /// The exception by which the guard passes, where it needs one.
    pub(super) waiver: Option<&'p Waiver>,
}

/// An instance of a check.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownInstance<'p> {
    /// Which guard.
    pub(super) address: ShownAddress<'p>,
    /// Whether it passes.
    pub(super) status: ShownStatus,
    /// What is wrong, where it does not pass.
    pub(super) problems: Vec<ShownProblem>,
}

/// What is wrong.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownProblem {
    /// In a sentence without an end.
    pub(super) message: String,
}

/// Whether a check passes.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum ShownStatus {
    /// It does.
    Pass,
    /// It does not: the plan is refused.
    Fail,
}

/// The name of a guard, as Terraform's checks are named.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownAddress<'p> {
    /// What is checked.
    #[cfg_attr(test, schemars(extend("const" = "guard")))]
    pub(super) kind: &'static str,
    /// The guard's name, as `remove`.
    pub(super) name: &'p str,
    /// The name for people, as `guard.remove`.
    pub(super) to_display: String,
}

/// What happens to one resource, and why.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownResource<'p> {
    /// The change's name in this plan.
    pub(super) address: &'p str,
    /// Terraform's word for what is not only read.
    #[cfg_attr(test, schemars(extend("const" = "managed")))]
    pub(super) mode: &'static str,
    /// Person or group.
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    /// The resource's name among its kind.
    pub(super) name: &'p str,
    /// The directory's id of the resource; none for a create.
    pub(super) id: Option<&'p str>,
    /// What happens, in wpsync's words.
    pub(super) action: Action,
    /// Why, in one sentence for people.
    pub(super) action_reason: &'p str,
    /// Where the sources declare the resource, as `file:line:column`.
    pub(super) origin: Option<&'p str>,
    /// Where each changed attribute's value was declared, if not on the line of `origin`.
    pub(super) origins: &'p BTreeMap<Box<str>, String>,
    /// The changes that must be done before this one, by their addresses.
    pub(super) depends_on: &'p [String],
    /// In which step of an apply it is done.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub(super) step: usize,
    /// From what to what.
    pub(super) change: ShownChange<'p>,
}

/// From what to what a resource changes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownChange<'p> {
    /// What happens, in Terraform's words.
    #[cfg_attr(test, schemars(with = "Vec<TerraformAction>", length(min = 1)))]
    pub(super) actions: [TerraformAction; 1],
    /// Attributes with the values that were read; none for a create.
    pub(super) before: Option<&'p Values>,
    /// Attributes with the values that they shall have; none for a delete.
    pub(super) after: Option<Values>,
    /// Always empty: a plan knows every value.
    pub(super) after_unknown: ShownUnknown,
    /// wpsync knows no values that may not be shown.
    #[cfg_attr(test, schemars(extend("const" = false)))]
    pub(super) before_sensitive: bool,
    /// wpsync knows no values that may not be shown.
    #[cfg_attr(test, schemars(extend("const" = false)))]
    pub(super) after_sensitive: bool,
    /// Members that join and leave a group.
    pub(super) members: Option<&'p MembersDelta>,
}

/// Something that somebody changed by hand and the plan overwrites.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownDrift<'p> {
    /// The change that overwrites it, by its name in this plan.
    pub(super) address: &'p str,
    /// Terraform's word for what is not only read.
    #[cfg_attr(test, schemars(extend("const" = "managed")))]
    pub(super) mode: &'static str,
    /// Person or group.
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    /// The resource's name among its kind.
    pub(super) name: &'p str,
    /// What somebody did.
    pub(super) what: Deed,
    /// The attribute that was changed; none where a member or the whole resource was.
    pub(super) attribute: Option<&'p str>,
    /// The member who was added or taken out.
    pub(super) member: Option<String>,
    /// The value that the last apply left.
    pub(super) before: Option<&'p Value>,
    /// The value that is there now.
    pub(super) after: Option<&'p Value>,
    /// What the plan does about it, in a sentence without an end.
    pub(super) message: String,
}

/// What a plan does not know.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownUnknown {}

/// Terraform's words; deactivating and reactivating are updates there.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum TerraformAction {
    /// The resource is made.
    Create,
    /// It changes; it may be deactivated or reactivated.
    Update,
    /// It is deleted.
    Delete,
}

/// The same attribute going from the same value to the same value in several changes.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownPattern<'p> {
    /// People or groups.
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    /// The attribute.
    pub(super) attribute: &'p str,
    /// In how many changes.
    #[cfg_attr(test, schemars(range(min = 2)))]
    pub(super) count: usize,
    /// In which changes.
    pub(super) addresses: Vec<&'p str>,
}
