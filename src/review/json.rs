//! A plan as JSON with Terraform's names, so that policies and bots written for `terraform show -json` read
//! it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json as build};

use super::pattern::patterns;
use super::standing::standing_json;
use super::steps::steps;
use crate::escape::is_unsafe_to_show;
use crate::plan::guard::{self, GuardFigure};
use crate::plan::{self, Action, Change, Plan};

/// The version of this form. Minor versions add; major versions change.
const FORMAT_VERSION: &str = "1.2";

/// The plan as JSON.
pub fn json(plan: &Plan) -> Json {
    let refusals = guard::refusals_said(plan);
    let steps = steps(&plan.changes);
    let changes: Vec<_> = plan
        .changes
        .iter()
        .zip(steps)
        .map(|(change, step)| resource_change(change, step))
        .collect();
    let shared: Vec<_> = patterns(plan)
        .into_iter()
        .map(|pattern| {
            let addresses: Vec<_> = pattern.changes.iter().map(|number| &plan.changes[*number].id).collect();
            build!({ "type": pattern.kind, "attribute": pattern.path, "count": addresses.len(), "addresses": addresses })
        })
        .collect();
    build!({
        "format_version": FORMAT_VERSION,
        "tool": plan.header.tool,
        "timestamp": plan.header.created,
        "applyable": refusals.is_empty() && !plan.changes.is_empty(),
        "complete": true,
        "errored": false,
        "digest": plan.digest,
        "change_digest": plan.header.change_digest,
        "header": header(plan),
        "summary": summary(plan),
        "standing": standing_json(&plan::standing(plan)),
        "withheld": plan.header.withheld,
        "refusals": refusals,
        "checks": plan.header.guards.iter().map(|figure| check(plan, figure)).collect::<Vec<_>>(),
        "resource_changes": changes,
        // A plan holds what the sources ask for and nothing else; what others changed is what `wpsync drift`
        // is for.
        "resource_drift": [],
        "patterns": shared,
    })
}

/// The header. What is withheld is a number in it, as in the first version of this form; the names stand
/// beside the header.
fn header(plan: &Plan) -> Json {
    let mut header = build!(plan.header);
    if !plan.header.withheld.is_empty() {
        let counts = plan.header.withheld.iter();
        let counts: BTreeMap<_, _> = counts.map(|(name, counted)| (name, counted.count)).collect();
        header["withheld"] = build!(counts);
    }
    header
}

/// JSON on many lines, and a line end. Characters that could act on a terminal or be read as a command by a
/// CI system are written as `\u…`, which means the same to whoever reads the JSON.
pub fn json_text(json: &Json) -> String {
    let pretty = format!("{json:#}");
    let mut out = String::with_capacity(pretty.len() + 1);
    let mut before = '\n';
    for character in pretty.chars() {
        let is_layout = character == '\n';
        if !is_layout && (is_unsafe_to_show(character) || (before == '#' && character == '#')) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
        before = character;
    }
    out.push('\n');
    out
}

/// Counts of every action, also of those that do not occur, so that a policy need not ask whether they are
/// there.
fn summary(plan: &Plan) -> Json {
    let count = |action: Action| plan.header.summary.get(&action).copied().unwrap_or(0);
    let members = super::words::Moves::of(plan);
    build!({
        "create": count(Action::Create),
        "update": count(Action::Update),
        "deactivate": count(Action::Deactivate),
        "reactivate": count(Action::Reactivate),
        "delete": count(Action::Delete),
        "removals": count(Action::Deactivate) + count(Action::Delete),
        "members_join": members.join,
        "members_leave": members.leave,
    })
}

/// A guard as one of Terraform's checks. A waived guard passes, and says by which waiver.
fn check(plan: &Plan, figure: &GuardFigure) -> Json {
    let waiver = plan
        .header
        .waivers
        .iter()
        .find(|waiver| waiver.guard == figure.guard);
    let passes = figure.count <= figure.limit || waiver.is_some_and(|waiver| waiver.count == figure.count);
    let status = if passes { "pass" } else { "fail" };
    let address =
        build!({ "kind": "guard", "name": figure.guard, "to_display": format!("guard.{}", figure.guard) });
    let problems = if passes {
        build!([])
    } else {
        build!([{ "message": format!("{} of {}, and the limit is {}", figure.count, figure.of, figure.limit) }])
    };
    build!({
        "address": address,
        "status": status,
        "instances": [{ "address": address, "status": status, "problems": problems }],
        "count": figure.count,
        "limit": figure.limit,
        "of": figure.of,
        "waiver": if figure.count > figure.limit { build!(waiver) } else { Json::Null },
    })
}

fn resource_change(change: &Change, step: usize) -> Json {
    let (before, after) = match change.action {
        Action::Create => (Json::Null, build!(change.values_after())),
        Action::Delete => (build!(change.before), Json::Null),
        _ => (build!(change.before), build!(change.values_after())),
    };
    build!({
        "address": change.id,
        "mode": "managed",
        "type": change.kind,
        "name": change.key.name,
        "id": change.remote_id,
        "action": change.action,
        "action_reason": change.reason,
        "origin": change.origin,
        "origins": change.origins,
        "depends_on": change.needs,
        "step": step + 1,
        "change": {
            "actions": actions(change.action),
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": false,
            "after_sensitive": false,
            "members": change.members,
        },
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
