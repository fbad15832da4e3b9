//! A plan as Markdown for a pull request, of a limited size in bytes. Refusals, rights and removals come
//! first, then the differences that many changes share, then the rest, folded. What is left out is counted.

mod change;
pub(super) mod code;
mod head;
mod page;

use std::collections::BTreeMap;

use change::{details, lines_of, removal};
use code::{sentence, span};
use page::{ListPart, MarkdownPage};

use super::by_hand;
use super::figures;
use super::held::{HeldAlike, held_alike};
use super::pattern::{Pattern, patterns};
use super::rights::{by_risk, rights};
use super::words::{count_of, kinds, place, thousands};
use crate::model::Kind;
use crate::plan::{self, Action, Change, Plan, guard};

/// GitHub takes comments of 65,536 characters. This leaves room for the text that a bot adds.
pub const DEFAULT_BUDGET: usize = 60_000;

/// The bytes that the summary, the digests and the counts need.
pub const SMALLEST_BUDGET: usize = 8_000;

// The mark up to which each part may fill the page, in percent. A part leaves its unused room to the next.
const REFUSALS: ListPart = ListPart {
    item: "refusal",
    mark: 25,
};
const WAIVERS: ListPart = ListPart {
    item: "waiver",
    mark: 32,
};
const HELD: ListPart = ListPart {
    item: "reason to hold somebody",
    mark: 38,
};
const RIGHTS: ListPart = ListPart {
    item: "right",
    mark: 50,
};
const BY_HAND: ListPart = ListPart {
    item: "change by hand",
    mark: 55,
};
const REMOVED_GROUPS: ListPart = ListPart {
    item: "removed group",
    mark: 62,
};
const REMOVED_USERS: ListPart = ListPart {
    item: "removed user",
    mark: 76,
};
const PATTERNS: ListPart = ListPart {
    item: "pattern",
    mark: 84,
};

/// The changes that are folded: their title, and their part of the page.
const FOLDED: [(Action, &str, ListPart); 3] = [
    (
        Action::Reactivate,
        "Reactivate",
        ListPart {
            item: "reactivation",
            mark: 90,
        },
    ),
    (
        Action::Update,
        "Update",
        ListPart {
            item: "update",
            mark: 92,
        },
    ),
    (
        Action::Create,
        "Create",
        ListPart {
            item: "create",
            mark: 96,
        },
    ),
];

/// The plan as Markdown of at most `budget` bytes (at least [`SMALLEST_BUDGET`]). `notice` is our own text,
/// for example that names are redacted. It is shown below the mark.
pub fn markdown(plan: &Plan, budget: usize, notice: Option<&'static str>) -> String {
    let mut page = MarkdownPage::new(budget.max(SMALLEST_BUDGET));
    page.own(&head::head(plan, notice));
    refusals(&mut page, plan);
    waivers(&mut page, plan);
    held(&mut page, plan);
    given(&mut page, plan);
    overwritten(&mut page, plan);
    removals(&mut page, plan);
    let shared = patterns(plan);
    common(&mut page, &shared);
    rest(&mut page, plan, &shared);
    page.end()
}

fn refusals(page: &mut MarkdownPage, plan: &Plan) {
    let refusals = guard::refusals_said(plan);
    if !refusals.is_empty() {
        page.own("\n#### ⛔ Refused: this plan cannot be applied\n\n");
        page.list(
            REFUSALS,
            refusals.iter().map(|refusal| format!("- {}", sentence(refusal))),
        );
    }
}

/// The held people and groups, by reason and way out.
fn held(page: &mut MarkdownPage, plan: &Plan) {
    let alike = held_alike(&plan::standing(plan));
    if alike.is_empty() {
        return;
    }
    page.own("\n#### ✋ Held: nothing is planned for them\n\n");
    let row = |alike: &HeldAlike<'_>| {
        format!(
            "- {}: {}; {}",
            sentence(&alike.named()),
            sentence(alike.message),
            sentence(alike.next)
        )
    };
    page.list(HELD, alike.iter().map(row));
}

/// What the changes overwrite of what somebody changed by hand.
fn overwritten(page: &mut MarkdownPage, plan: &Plan) {
    let lines = by_hand::lines(plan);
    if !lines.is_empty() {
        page.own(&format!("\n#### 👐 {}\n\n", by_hand::TITLE));
        page.list(BY_HAND, lines.iter().map(|line| format!("- {}", span(line))));
    }
}

fn waivers(page: &mut MarkdownPage, plan: &Plan) {
    let waivers = &plan.header.waivers;
    if waivers.is_empty() {
        return;
    }
    page.own("\n#### 🚩 Exceptions to guards\n\n");
    let row = |waiver: &guard::Waiver| {
        let cases = figures::waived(plan, waiver).join("; ");
        let cases = if cases.is_empty() {
            String::new()
        } else {
            format!(": {}", sentence(&cases))
        };
        format!(
            "- {}: exactly {}, because {}{cases}",
            span(&waiver.guard),
            thousands(waiver.count),
            span(&waiver.reason)
        )
    };
    page.list(WAIVERS, waivers.iter().map(row));
}

/// The rights that people get.
fn given(page: &mut MarkdownPage, plan: &Plan) {
    let rights = rights(plan);
    if rights.is_empty() {
        return;
    }
    page.own("\n#### 🔑 Rights that people get\n");
    let lines = rights.iter().map(|right| {
        let mut lines = vec![format!("! {}", code::line(&right.heading()))];
        lines.extend(lines_of('+', &right.names()));
        lines
    });
    page.block(RIGHTS, lines);
}

/// Groups with their members, then people: deleted before deactivated.
fn removals(page: &mut MarkdownPage, plan: &Plan) {
    let of_kind = |kind| {
        let removals = [Action::Delete, Action::Deactivate].into_iter();
        let removals = removals.flat_map(|action| by_risk(plan, action));
        let of_kind = removals.filter(move |(_, change)| change.kind == kind);
        of_kind.map(|(_, change)| change).collect::<Vec<&Change>>()
    };
    let (groups, people) = (of_kind(Kind::Group), of_kind(Kind::User));
    let all = (groups.len() + people.len()) as u64;
    if all == 0 {
        return;
    }
    let whom = kinds(people.len() as u64, groups.len() as u64);
    page.own(&format!("\n#### 🔻 {}: {whom}\n", count_of(all, "removal")));
    let shared = shared_reason(groups.iter().chain(&people).copied());
    if let Some(reason) = &shared {
        page.own(&format!("\nWhere nothing else is said: {}.\n", span(reason)));
    }
    let removal = |change: &&Change| removal(change, shared.as_deref());
    page.block(REMOVED_GROUPS, groups.iter().map(removal));
    page.block(REMOVED_USERS, people.iter().map(removal));
}

/// The most frequent reason of removals that no source asks for. `None` if no two have the same.
fn shared_reason<'c>(removals: impl Iterator<Item = &'c Change>) -> Option<String> {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for change in removals.filter(|change| change.origin.is_none()) {
        *reasons.entry(place(change)).or_default() += 1;
    }
    let frequent = reasons.into_iter().filter(|(_, count)| *count > 1);
    frequent.max_by_key(|(_, count)| *count).map(|(reason, _)| reason)
}

fn common(page: &mut MarkdownPage, shared: &[Pattern]) {
    if shared.is_empty() {
        return;
    }
    page.own("\n#### The same for many\n\n");
    page.list(
        PATTERNS,
        shared.iter().map(|pattern| {
            let who = count_of(pattern.changes.len() as u64, pattern.kind.word());
            format!(
                "- {who}: {} {} → {}",
                span(pattern.path),
                span(&pattern.before),
                span(&pattern.after)
            )
        }),
    );
}

/// Everything else, folded. Changes outside all patterns come first, because nothing above shows them; of
/// these, the most dangerous.
fn rest(page: &mut MarkdownPage, plan: &Plan, shared: &[Pattern]) {
    let mut covered = vec![0; plan.changes.len()];
    for pattern in shared {
        for number in &pattern.changes {
            covered[*number] += 1;
        }
    }
    let is_covered = |number: usize, change: &Change| {
        change.members.is_none() && !change.after.is_empty() && covered[number] == change.after.len()
    };
    for (action, title, part) in FOLDED {
        let mut changes = by_risk(plan, action);
        if changes.is_empty() {
            continue;
        }
        changes.sort_by_key(|(number, change)| is_covered(*number, change));
        page.own(&format!(
            "\n<details><summary>{title}: {}</summary>\n",
            thousands(changes.len() as u64)
        ));
        page.block(part, changes.iter().map(|(_, change)| details(change)));
        page.own("\n</details>\n");
    }
}
