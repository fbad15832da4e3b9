//! The head of the page: a mark, the summary and the digests.

use super::code::{sentence, span};
use crate::digest::Digest;
use crate::plan::{self, Plan};
use crate::review::figures;
use crate::review::standing::{self, headline};
use crate::review::words::{Moves, clip, count_of, invited, kinds, pushed};

/// How many characters of a selection are shown.
const LONGEST_SELECTION: usize = 200;

/// The head. The mark is the same for every plan of a directory, so that a bot can find its comment and edit
/// it.
pub(super) fn head(plan: &Plan, notice: Option<&'static str>) -> String {
    let header = &plan.header;
    let mut rows = vec![
        format!(
            "<!-- wpsync:plan:{} -->",
            Digest::of_bytes(header.directory.origin.as_bytes()).short()
        ),
        format!("### {}\n", headline(&plan::standing(plan))),
    ];
    rows.extend(notice.map(|notice| format!("**{notice}**\n")));
    rows.extend(figures::by_kind(plan).into_iter().map(|kind| format!("- {kind}")));
    rows.extend(
        Moves::of(plan)
            .sentence()
            .map(|moves| format!("- members: {moves}")),
    );
    rows.push(format!(
        "- directory {}: {}, {}",
        span(&header.directory.origin),
        count_of(header.snapshot.users, "user"),
        count_of(header.snapshot.groups, "group")
    ));
    rows.extend(standing::about(plan).map(|row| format!("- {}: {}", row.name, span(&row.text))));
    rows.extend(facts(plan));
    rows.push(format!("- digest `{}`", plan.digest));
    rows.extend(
        plan.shown_change_digest()
            .map(|digest| format!("- change digest `{digest}`")),
    );
    rows.push(made(plan));
    rows.join("\n")
}

/// What the plan is about, what it leaves alone, and what a reviewer must know of the guards.
fn facts(plan: &Plan) -> Vec<String> {
    let header = &plan.header;
    let snapshot = &header.snapshot;
    let mut rows = Vec::new();
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
    let standing = plan::standing(plan);
    let said = standing::rows(&standing).chain(figures::rows(plan));
    rows.extend(said.map(|row| format!("- {}: {}", row.name, sentence(&row.text))));
    rows.extend(pushed(plan).map(|push| format!("- push: {push}")));
    rows.extend(invited(plan).map(|invited| format!("- invited: {invited}")));
    rows
}

/// When the plan was made, by whom, and from which commit.
fn made(plan: &Plan) -> String {
    let header = &plan.header;
    let said = |lead: &str, text: Option<&str>| {
        text.map_or_else(String::new, |text| format!(" {lead} {}", span(text)))
    };
    let author = said("by", header.author.as_deref());
    let commit = said("from", header.commit.as_deref());
    format!(
        "- made `{}`{author}{commit}, expires `{}`\n",
        header.created, header.expires
    )
}
