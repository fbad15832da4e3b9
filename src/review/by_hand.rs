//! What somebody changed by hand since the last apply and a plan overwrites, in words and for programs.

use super::shown::ShownDrift;
use super::words::{count_of, name, show_or_nothing};
use crate::escape::Escaped;
use crate::model::Reference;
use crate::plan::Plan;
use crate::plan::by_hand::{ByHand, Deed};

/// The heading above the lines.
pub(super) const TITLE: &str = "Changed by hand since the last apply, and overwritten";

/// The number of lines in a view that has room for a page.
const MOST_LINES: usize = 20;

/// The first lines, and how many more there are; escaped.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let all = &plan.header.by_hand;
    let mut lines: Vec<_> = all.iter().take(MOST_LINES).map(line).collect();
    let more = all.len().saturating_sub(MOST_LINES);
    if more > 0 {
        lines.push(format!("{} more", count_of(more as u64, "change by hand")));
    }
    lines
}

/// Who was changed, and what is overwritten; escaped.
fn line(found: &ByHand) -> String {
    format!("{}: {}", found.key, said(found))
}

fn said(found: &ByHand) -> String {
    let member = || found.member.as_ref().map(name).unwrap_or_default();
    match found.what {
        Deed::Edited => format!(
            "overwrites a change made by hand: {} {} (last applied {})",
            Escaped(found.path.as_deref().unwrap_or_default()),
            show_or_nothing(found.found.as_ref()),
            show_or_nothing(found.last.as_ref())
        ),
        Deed::Added => format!("takes out {}, whom somebody added by hand", member()),
        Deed::TakenOut => format!("adds {} again, whom somebody took out by hand", member()),
        Deed::Made => "removes what somebody made by hand".into(),
        Deed::Deleted => "makes again what somebody deleted by hand".into(),
    }
}

/// What a plan overwrites, with Terraform's names.
pub(super) fn shown(plan: &Plan) -> Vec<ShownDrift<'_>> {
    plan.header.by_hand.iter().map(shown_one).collect()
}

fn shown_one(found: &ByHand) -> ShownDrift<'_> {
    ShownDrift {
        address: &found.change,
        mode: "managed",
        kind: found.key.kind,
        name: &found.key.name,
        what: found.what,
        attribute: found.path.as_deref(),
        member: found.member.as_ref().map(Reference::shown),
        before: found.last.as_ref(),
        after: found.found.as_ref(),
        message: said(found),
    }
}
