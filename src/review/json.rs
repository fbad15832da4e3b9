//! A plan as JSON with Terraform's names, so that policies and bots written for `terraform show -json` read
//! it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json as build};

use super::by_hand;
use super::pattern::patterns;
use super::shown::{
    ShownAddress, ShownChange, ShownCheck, ShownInstance, ShownPattern, ShownPlan, ShownProblem,
    ShownResource, ShownStatus, ShownSummary, ShownUnknown, TerraformAction,
};
use super::standing::shown_standing;
use super::steps::steps;
use crate::escape::is_unsafe_to_show;
use crate::plan::guard::{self, GuardFigure};
use crate::plan::{self, Action, Change, Plan};

/// The version of this form. Minor versions add properties; major versions change them.
const FORMAT_VERSION: &str = "1.3";

/// Optional parts beside a plan.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The requests that an apply would send.
    pub wire: Option<Json>,
    /// The word for the redaction of names.
    pub redacted: Option<&'static str>,
}

/// The plan as JSON.
pub fn json(plan: &Plan) -> Json {
    json_beside(plan, Beside::default())
}

/// The plan as JSON, with the optional parts.
pub fn json_beside(plan: &Plan, beside: Beside) -> Json {
    let refusals = guard::refusals_said(plan);
    let changes = plan.changes.iter().zip(steps(&plan.changes));
    build!(ShownPlan {
        format_version: FORMAT_VERSION,
        tool: &plan.header.tool,
        timestamp: plan.header.created,
        applyable: refusals.is_empty() && !plan.changes.is_empty(),
        complete: true,
        errored: false,
        digest: plan.digest,
        change_digest: plan.shown_change_digest(),
        header: header(plan),
        summary: summary(plan),
        standing: shown_standing(&plan::standing(plan)),
        withheld: &plan.header.withheld,
        refusals,
        checks: plan
            .header
            .guards
            .iter()
            .map(|figure| check(plan, figure))
            .collect(),
        resource_changes: changes
            .map(|(change, step)| resource_change(change, step))
            .collect(),
        resource_drift: by_hand::shown(plan),
        patterns: shared(plan),
        wire: beside.wire,
        redacted: beside.redacted,
    })
}

fn shared(plan: &Plan) -> Vec<ShownPattern<'_>> {
    let shown = patterns(plan).into_iter().map(|pattern| {
        let changes = pattern.changes.iter();
        ShownPattern {
            kind: pattern.kind,
            attribute: pattern.path,
            count: pattern.changes.len(),
            addresses: changes.map(|number| plan.changes[*number].id.as_str()).collect(),
        }
    });
    shown.collect()
}

/// The header. In it, withheld removals are numbers, as in the first version of this form; their names are
/// beside the header. A redacted one has no change digest.
fn header(plan: &Plan) -> Json {
    let mut header = build!(plan.header);
    if let (None, Some(rows)) = (plan.shown_change_digest(), header.as_object_mut()) {
        rows.remove("change_digest");
    }
    if !plan.header.withheld.is_empty() {
        let counts = plan.header.withheld.iter();
        let counts: BTreeMap<_, _> = counts.map(|(name, counted)| (name, counted.count)).collect();
        header["withheld"] = build!(counts);
    }
    // Lists as long as the directory may be large, for the apply alone.
    if let Some(rows) = header.as_object_mut() {
        rows.remove("newly_managed");
    }
    if let Some(snapshot) = header["snapshot"].as_object_mut() {
        snapshot.remove("undeclared");
    }
    header
}

/// JSON on many lines, with a line end. Characters that could control a terminal or be read as a command by a
/// CI system are written as `\u…`, which means the same in JSON.
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

/// The counts of all actions, including zeros, so that a policy need not check for missing ones.
fn summary(plan: &Plan) -> ShownSummary {
    let count = |action: Action| plan.header.summary.get(&action).copied().unwrap_or(0);
    let members = super::words::Moves::of(plan);
    ShownSummary {
        create: count(Action::Create),
        update: count(Action::Update),
        deactivate: count(Action::Deactivate),
        reactivate: count(Action::Reactivate),
        delete: count(Action::Delete),
        removals: count(Action::Deactivate) + count(Action::Delete),
        members_join: members.join,
        members_leave: members.leave,
    }
}

/// A guard as one of Terraform's checks. A waived guard passes, and names its waiver.
fn check<'p>(plan: &'p Plan, figure: &'p GuardFigure) -> ShownCheck<'p> {
    let GuardFigure {
        count,
        earlier,
        of,
        limit,
        ..
    } = *figure;
    let waivers = &plan.header.waivers;
    let waiver = waivers.iter().find(|waiver| waiver.guard == figure.guard);
    let passes = figure.holds(waivers);
    let status = if passes {
        ShownStatus::Pass
    } else {
        ShownStatus::Fail
    };
    let address = ShownAddress {
        kind: "guard",
        name: &figure.guard,
        to_display: format!("guard.{}", figure.guard),
    };
    let problem = (!passes).then(|| ShownProblem {
        message: if earlier > 0 {
            format!("{count} of {of}, with {earlier} of the last 7 days, and the limit is {limit}")
        } else {
            format!("{count} of {of}, and the limit is {limit}")
        },
    });
    ShownCheck {
        address: address.clone(),
        status,
        instances: [ShownInstance {
            address,
            status,
            problems: problem.into_iter().collect(),
        }],
        cases: &figure.cases,
        count,
        earlier,
        limit,
        of,
        waiver: waiver.filter(|_| figure.is_over()),
    }
}

fn resource_change(change: &Change, step: usize) -> ShownResource<'_> {
    ShownResource {
        address: &change.id,
        mode: "managed",
        kind: change.kind,
        name: &change.key.name,
        id: change.remote_id.as_deref(),
        action: change.action,
        action_reason: &change.reason,
        origin: change.origin.as_deref(),
        origins: &change.origins,
        depends_on: &change.needs,
        step: step + 1,
        change: ShownChange {
            actions: [terraform_action(change.action)],
            before: (change.action != Action::Create).then_some(&change.before),
            after: (change.action != Action::Delete).then(|| change.values_after()),
            after_unknown: ShownUnknown {},
            before_sensitive: false,
            after_sensitive: false,
            members: change.members.as_ref(),
        },
    }
}

const fn terraform_action(action: Action) -> TerraformAction {
    match action {
        Action::Create => TerraformAction::Create,
        Action::Update | Action::Deactivate | Action::Reactivate => TerraformAction::Update,
        Action::Delete => TerraformAction::Delete,
    }
}
