//! A plan as Markdown for a pull request, of a limited size in bytes. Refusals and removals come first, then
//! the differences that many changes share, then the rest, folded. Everything left out is counted.

pub(super) mod code;
mod page;

use code::{line, span};
use page::{ListPart, MarkdownPage};

use super::by_hand;
use super::pattern::{Pattern, patterns};
use super::standing::{self, headline};
use super::words::{
    Moves, clip, count_of, heading, invited, kinds, member_counts, name, place, pushed, show, show_both,
    thousands,
};
use crate::digest::Digest;
use crate::model::Reference;
use crate::plan::{self, Action, Change, Plan, guard};

/// GitHub takes comments of 65,536 characters. This leaves room for the text that a bot adds.
pub const DEFAULT_BUDGET: usize = 60_000;

/// The bytes that the summary, the digests and the counts need.
pub const SMALLEST_BUDGET: usize = 8_000;

// The mark up to which each part may fill the page, in percent. A part leaves its unused room to the next.
const REFUSALS: ListPart = ListPart {
    item: "refusal",
    mark: 30,
};
const WAIVERS: ListPart = ListPart {
    item: "waiver",
    mark: 40,
};
const HELD: ListPart = ListPart {
    item: "reason to hold somebody",
    mark: 50,
};
const BY_HAND: ListPart = ListPart {
    item: "change by hand",
    mark: 55,
};
const REMOVALS: ListPart = ListPart {
    item: "removal",
    mark: 70,
};
const PATTERNS: ListPart = ListPart {
    item: "pattern",
    mark: 80,
};
const REST: usize = 96;

/// How many characters of a selection are shown.
const LONGEST_SELECTION: usize = 200;

/// The number of members of a group that are named on each side.
const NAMED_MEMBERS: usize = 40;

/// The number of lines for the values of one change, so that one change cannot push out all others.
const VALUE_LINES: usize = 60;

/// The plan as Markdown of at most `budget` bytes (at least [`SMALLEST_BUDGET`]). `notice` is our own text,
/// for example that names are redacted. It is shown below the mark.
pub fn markdown(plan: &Plan, budget: usize, notice: Option<&'static str>) -> String {
    let mut page = MarkdownPage::new(budget.max(SMALLEST_BUDGET));
    page.own(&head(plan, notice));
    refusals(&mut page, plan);
    waivers(&mut page, plan);
    held(&mut page, plan);
    overwritten(&mut page, plan);
    removals(&mut page, plan);
    let shared = patterns(plan);
    common(&mut page, &shared);
    rest(&mut page, plan, &shared);
    page.end()
}

/// The head of the page: a mark, the summary and the digests. The mark is the same for every plan of a
/// directory, so that a bot can find its comment and edit it.
fn head(plan: &Plan, notice: Option<&'static str>) -> String {
    let header = &plan.header;
    let snapshot = &header.snapshot;
    let mut rows = vec![
        format!(
            "<!-- wpsync:plan:{} -->",
            Digest::of_bytes(header.directory.origin.as_bytes()).short()
        ),
        format!("### {}\n", headline(&plan::standing(plan))),
    ];
    rows.extend(notice.map(|notice| format!("**{notice}**\n")));
    if let Some(moves) = Moves::of(plan).sentence() {
        rows.push(format!("{moves}.\n"));
    }
    rows.push(format!(
        "- directory {}: {}, {}",
        span(&header.directory.origin),
        count_of(snapshot.users, "user"),
        count_of(snapshot.groups, "group")
    ));
    rows.extend(standing::about(plan).map(|row| format!("- {}: {}", row.name, span(&row.text))));
    if let Some(selection) = &header.selection {
        rows.push(format!(
            "- only {}; nobody else is in this plan",
            span(&clip(&selection.said(), LONGEST_SELECTION))
        ));
    }
    if snapshot.unmanaged_users + snapshot.unmanaged_groups > 0 {
        rows.push(format!(
            "- left alone: {} that no source declares",
            kinds(snapshot.unmanaged_users, snapshot.unmanaged_groups)
        ));
    }
    rows.extend(
        standing::rows(&plan::standing(plan)).map(|row| format!("- {}: {}", row.name, span(&row.text))),
    );
    rows.extend(pushed(plan).map(|push| format!("- push: {push}")));
    rows.extend(invited(plan).map(|invited| format!("- invited: {invited}")));
    rows.push(format!("- digest `{}`", plan.digest));
    rows.push(format!("- change digest `{}`", header.change_digest));
    let author = header
        .author
        .as_deref()
        .map_or_else(String::new, |author| format!(" by {}", span(author)));
    let commit = header
        .commit
        .as_deref()
        .map_or_else(String::new, |commit| format!(" from {}", span(commit)));
    rows.push(format!(
        "- made `{}`{author}{commit}, expires `{}`\n",
        header.created, header.expires
    ));
    rows.join("\n")
}

fn refusals(page: &mut MarkdownPage, plan: &Plan) {
    let refusals = guard::refusals_said(plan);
    if !refusals.is_empty() {
        page.own("\n#### ⛔ Refused: this plan cannot be applied\n\n");
        page.list(
            REFUSALS,
            refusals.iter().map(|refusal| format!("- {}", span(refusal))),
        );
    }
}

/// The held people and groups, by reason and way out.
fn held(page: &mut MarkdownPage, plan: &Plan) {
    if plan.header.held.is_empty() {
        return;
    }
    page.own("\n#### ✋ Held: nothing is planned for them\n\n");
    let alike = standing::held_alike(&plan.header.held);
    let row = |alike: &standing::HeldAlike<'_>| {
        format!(
            "- {}: {}; {}",
            span(&alike.named()),
            span(alike.message),
            span(alike.next)
        )
    };
    page.list(HELD, alike.iter().map(row));
}

/// What the changes overwrite of what somebody changed by hand.
fn overwritten(page: &mut MarkdownPage, plan: &Plan) {
    let lines = by_hand::lines(plan);
    if !lines.is_empty() {
        page.own(&format!("\n#### ✍️ {}\n\n", by_hand::TITLE));
        page.list(BY_HAND, lines.iter().map(|line| format!("- {}", span(line))));
    }
}

fn waivers(page: &mut MarkdownPage, plan: &Plan) {
    let waivers = &plan.header.waivers;
    if !waivers.is_empty() {
        page.own("\n#### ⚠️ Exceptions to guards\n\n");
        let row = |waiver: &guard::Waiver| {
            format!(
                "- {}: exactly {}, because {}",
                span(&waiver.guard),
                thousands(waiver.count),
                span(&waiver.reason)
            )
        };
        page.list(WAIVERS, waivers.iter().map(row));
    }
}

fn removals(page: &mut MarkdownPage, plan: &Plan) {
    let removals: Vec<_> = [Action::Delete, Action::Deactivate]
        .into_iter()
        .flat_map(|action| plan.changes.iter().filter(move |change| change.action == action))
        .collect();
    if removals.is_empty() {
        return;
    }
    page.own(&format!(
        "\n#### 🔻 {}\n",
        count_of(removals.len() as u64, "removal")
    ));
    page.block(
        REMOVALS,
        removals.iter().map(|change| {
            let mut lines = vec![format!(
                "- {} {}  {}",
                change.action.word(),
                line(&heading(change)),
                line(&place(change))
            )];
            // A deactivation lists its other changes. A delete takes everything.
            if change.action == Action::Deactivate && change.after.len() > 1 {
                lines.extend(values(change));
            }
            lines
        }),
    );
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

/// Everything else, folded. Changes outside all patterns come first, because nothing above shows them.
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
    for (action, title, part) in [
        (
            Action::Reactivate,
            "Reactivate",
            ListPart {
                item: "reactivation",
                mark: REST - 6,
            },
        ),
        (
            Action::Update,
            "Update",
            ListPart {
                item: "update",
                mark: REST - 4,
            },
        ),
        (
            Action::Create,
            "Create",
            ListPart {
                item: "create",
                mark: REST,
            },
        ),
    ] {
        let mut changes: Vec<_> = plan
            .changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.action == action)
            .collect();
        if changes.is_empty() {
            continue;
        }
        changes.sort_by_key(|(number, change)| (is_covered(*number, change), *number));
        page.own(&format!(
            "\n<details><summary>{title}: {}</summary>\n",
            thousands(changes.len() as u64)
        ));
        page.block(part, changes.iter().map(|(_, change)| details(change)));
        page.own("\n</details>\n");
    }
}

/// A change as lines of a block.
fn details(change: &Change) -> Vec<String> {
    let sign = if change.action == Action::Create { '+' } else { '!' };
    let mut lines = vec![format!(
        "{sign} {}  {}",
        line(&heading(change)),
        line(&place(change))
    )];
    lines.extend(values(change));
    if let Some(members) = &change.members {
        lines.push(format!("      {}", member_counts(members)));
        lines.extend(named(&members.remove, '-', "leaves"));
        lines.extend(named(&members.add, '+', "joins"));
    }
    lines
}

fn values(change: &Change) -> Vec<String> {
    let row = |sign: char, path: &str, value: String| format!("{sign}     {}  {}", line(path), line(&value));
    let mut lines = Vec::new();
    for (path, value) in &change.after {
        if change.action == Action::Create {
            // The heading shows the name.
            if **path == *change.kind.naming_attribute() {
                continue;
            }
            lines.extend(value.as_ref().map(|value| row('+', path, show(value))));
        } else {
            let read = change.before.get(path).and_then(Option::as_ref);
            let [before, after] = show_both(read, value.as_ref());
            lines.extend([row('-', path, before), row('+', path, after)]);
        }
    }
    let hidden = lines.len().saturating_sub(VALUE_LINES);
    if hidden > 0 {
        lines.truncate(VALUE_LINES);
        lines.push(format!(
            "      {} more of values",
            count_of(hidden as u64, "line")
        ));
    }
    lines
}

fn named(references: &[Reference], sign: char, verb: &str) -> Vec<String> {
    let mut lines: Vec<_> = references
        .iter()
        .take(NAMED_MEMBERS)
        .map(|one| format!("{sign}     {verb}  {}", line(&name(one))))
        .collect();
    if references.len() > NAMED_MEMBERS {
        lines.push(format!(
            "{sign}     {} more",
            thousands((references.len() - NAMED_MEMBERS) as u64)
        ));
    }
    lines
}
