//! What a reviewer must know of the guards although none refuses: how much of the week's limit is used, who
//! loses the last group, and whom a waiver is about.

use super::standing::Row;
use super::words::thousands;
use crate::escape::Escaped;
use crate::model::Kind;
use crate::plan::guard::{GuardFigure, Removed, Waiver, cases_of};
use crate::plan::{Action, Plan};

/// The rows about guards.
pub(super) fn rows(plan: &Plan) -> impl Iterator<Item = Row> {
    let rows = [
        ("this week", week(plan)),
        (
            "no group",
            Removed::of(&plan.header, &plan.changes).without_group(),
        ),
    ];
    rows.into_iter()
        .filter_map(|(name, text)| Some(Row { name, text: text? }))
}

/// `create 40 of 100 (30 by earlier applies)`: the limits that this plan uses, and of which applies of the
/// last 7 days used a part. `None` without such limits.
fn week(plan: &Plan) -> Option<String> {
    let figures = plan.header.guards.iter();
    let used = figures.filter(|figure| figure.count > 0 && figure.earlier > 0);
    let said: Vec<_> = used.map(said_of_week).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

fn said_of_week(figure: &GuardFigure) -> String {
    format!(
        "{} {} of {} ({} by earlier applies)",
        Escaped(&figure.guard),
        thousands(figure.count + figure.earlier),
        thousands(figure.limit),
        thousands(figure.earlier)
    )
}

/// Whom or what a waiver is about, escaped. Empty if its guard counts without names.
pub(super) fn waived(plan: &Plan, waiver: &Waiver) -> Vec<String> {
    cases_of(&waiver.guard, &plan.header, &plan.changes)
}

/// The changes of each kind: `people: 1 to create, 3 to update`, `groups: 1 to update`. Empty without
/// changes.
pub(super) fn by_kind(plan: &Plan) -> Vec<String> {
    let said = |kind: Kind, word: &str| {
        let counts = Action::BY_RISK.into_iter().rev().filter_map(|action| {
            let of_kind = plan.changes.iter().filter(|change| change.kind == kind);
            let count = of_kind.filter(|change| change.action == action).count() as u64;
            (count > 0).then(|| format!("{} to {}", thousands(count), action.word()))
        });
        let counts: Vec<_> = counts.collect();
        (!counts.is_empty()).then(|| format!("{word}: {}", counts.join(", ")))
    };
    let kinds = [said(Kind::User, "people"), said(Kind::Group, "groups")];
    kinds.into_iter().flatten().collect()
}
