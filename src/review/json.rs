//! A plan as JSON with Terraform's names, so that policies and bots written for `terraform show -json` read it.

use serde_json::{Value as Json, json as build};

use crate::plan::{Action, Change, Plan};

/// The version of this form. Minor versions add; major versions change.
const FORMAT_VERSION: &str = "1.0";

/// The plan as JSON.
pub fn json(plan: &Plan) -> Json {
    build!({
        "format_version": FORMAT_VERSION,
        "tool": plan.header.tool,
        "digest": plan.digest,
        "change_digest": plan.header.change_digest,
        "header": plan.header,
        "resource_changes": plan.changes.iter().map(resource_change).collect::<Vec<_>>(),
    })
}

fn resource_change(change: &Change) -> Json {
    let (before, after) = match change.action {
        Action::Create => (Json::Null, build!(change.values_after())),
        Action::Delete => (build!(change.before), Json::Null),
        _ => (build!(change.before), build!(change.values_after())),
    };
    build!({
        "address": change.id,
        "type": change.kind,
        "name": change.key.name,
        "id": change.remote_id,
        "action": change.action,
        "action_reason": change.reason,
        "origin": change.origin,
        "origins": change.origins,
        "depends_on": change.needs,
        "change": { "actions": actions(change.action), "before": before, "after": after, "members": change.members },
    })
}

/// Terraform's words; deactivating and reactivating are updates there.
const fn actions(action: Action) -> [&'static str; 1] {
    match action {
        Action::Create => ["create"],
        Action::Update | Action::Deactivate | Action::Reactivate => ["update"],
        Action::Delete => ["delete"],
    }
}
