//! Reports an apply in words: what was done, what was not, and what to do next.

use serde_json::json;
use wpsync::apply::{Next, Outcome, Report, Verdict};
use wpsync::escape::Escaped;
use wpsync::plan::Plan;
use wpsync::receipt::HaltedBy;
use wpsync::review::Done;

use super::causes::by_cause;
use super::redact::Names;
use super::ui::Ui;

/// The outcomes, in the order in which they are shown.
pub(super) const OUTCOMES: [&str; 7] = [
    "done",
    "unverified",
    "already-done",
    "drifted",
    "failed",
    "skipped",
    "not-tried",
];

/// How many of the changes that somebody must look at are named.
const SHOWN: usize = 5;

/// The last lines of an apply.
struct LastLines {
    headline: String,
    next: Option<String>,
}

/// The headline of a run that did everything, after which something is there twice or nobody knows.
fn done_with_duplicates(report: &Report, counts: &str) -> Option<String> {
    let is_done = report.verdict == Verdict::Partial && report.outcomes.iter().all(Outcome::is_done);
    let twice = match report.duplicates.found.len() {
        _ if !is_done => return None,
        0 => match &report.duplicates.unlooked {
            None => return None,
            Some(reason) => {
                let reason = Escaped(reason);
                return Some(format!(
                    "Applied, and nobody looked whether something is there twice ({reason}): {counts}."
                ));
            }
        },
        1 => "1 name is there twice".to_owned(),
        count => format!("{count} names are there twice"),
    };
    Some(format!("Applied, and {twice}: {counts}."))
}

/// Reports the result of an apply.
pub(crate) fn tell(plan: &Plan, report: &Report, names: &Names, ui: &Ui) {
    let is_push = plan.header.push.is_some();
    let concerned = by_cause(plan, report, names);
    if !ui.is_json() {
        concerned
            .iter()
            .for_each(|one| ui.say(format_args!("{}", one.line())));
        changes(plan, report, names, ui);
    }
    let LastLines { headline, next } = last_lines(plan, report, names);
    let found = &report.duplicates.found;
    let duplicates: Vec<_> = found.iter().map(|one| names.duplicate(plan, one)).collect();
    ui.event(|| {
        json!({
            "type": "change_summary",
            "operation": "apply",
            "verdict": report.verdict.word(),
            "done": done(plan, report),
            "requests": report.requests,
            "next": next,
            "causes": concerned,
            "halted": report.halt.as_ref().map(|halt| halt.by),
            "duplicates": duplicates,
        })
    });
    ui.result(&format!("{headline}\n"));
    if is_push && report.count("unverified") > 0 {
        ui.note(
            "Unverified: sent and taken, and the directory does not show that all of it is stored. \
             The receipt says what.",
        );
    }
    if let Some(next) = next {
        ui.note(&format!("  = hint: {next}"));
    }
}

/// Prints a line for each change that could not be recorded, and for what is there twice.
fn changes(plan: &Plan, report: &Report, names: &Names, ui: &Ui) {
    for change in report.unrecorded.iter().map(|number| &plan.changes[*number]) {
        ui.say(format_args!(
            "done     {} {}: the journal could not be written, so only this line says so",
            change.action.word(),
            names.key(change)
        ));
    }
    for duplicate in &report.duplicates.found {
        ui.say(format_args!("twice    {}", names.duplicate(plan, duplicate)));
    }
}

/// What the run did, by kind.
fn done(plan: &Plan, report: &Report) -> Done {
    let outcomes = plan.changes.iter().zip(&report.outcomes);
    let done = outcomes.filter(|(_, outcome)| outcome.word() == "done" || outcome.left_undone().is_some());
    let made: Vec<_> = done
        .filter_map(|(change, outcome)| outcome.made(change))
        .collect();
    Done::of(made.iter().map(|change| &**change))
}

fn last_lines(plan: &Plan, report: &Report, names: &Names) -> LastLines {
    // What was done is told by kind.
    let others = OUTCOMES.into_iter().filter(|word| *word != "done");
    let counts = others.map(|word| (report.count(word), word));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts = counts.map(|(count, word)| format!("{count} {}", word.replace('-', " ")));
    let counts: Vec<_> = done(plan, report).sentence().into_iter().chain(counts).collect();
    let counts = counts.join(", ");
    let with_duplicates = done_with_duplicates(report, &counts);
    let headline = match report.verdict {
        _ if with_duplicates.is_some() => with_duplicates.unwrap_or_default(),
        Verdict::Applied => format!("Apply complete: {counts}."),
        Verdict::AlreadyApplied => format!("Nothing to do, the plan is applied already: {counts}."),
        Verdict::NothingToDo => "Nothing to do: the plan has no changes.".into(),
        Verdict::Partial if report.halt.is_none() => format!("Applied in part: {counts}."),
        Verdict::Partial => format!("Stopped part-way: {counts}."),
        Verdict::Drifted | Verdict::Failed => format!("Nothing was written: {counts}."),
        Verdict::Interrupted => format!("Interrupted: {counts}."),
        Verdict::OutOfTime => format!("Stopped at the deadline: {counts}."),
    };
    LastLines {
        headline,
        next: report.next().map(|next| match next {
            Next::Look(unknown) => look_at(plan, &unknown, names),
            next => said(&next, report).to_owned(),
        }),
    }
}

/// The next step where it cannot be told whether the directory has what was to be created.
fn look_at(plan: &Plan, unknown: &[usize], names: &Names) -> String {
    let keys = unknown.iter().map(|number| names.key(&plan.changes[*number]));
    let shown: Vec<String> = keys.take(SHOWN).collect();
    let more = match unknown.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "look for {}{more} in the directory, and make a new plan when you know what is there",
        shown.join(", ")
    )
}

/// The next step, which helps after a run with this verdict.
fn said(next: &Next, report: &Report) -> &'static str {
    let halted_by = report.halt.as_ref().map(|halt| halt.by);
    match (next, report.verdict) {
        (Next::Duplicates, _) => {
            "look at all that have such a name in the directory, delete those that nobody uses, and then \
             make a new plan"
        }
        (Next::NewPlan, Verdict::Drifted) => "the directory changed since the plan was made; make a new plan",
        (Next::NewPlan, _) if halted_by == Some(HaltedBy::OneCause) => {
            "one cause is behind it: correct it in the sources, in the dialect or in the token's rights, \
             and then make a new plan; it has what is left"
        }
        (Next::NewPlan, _) if report.count("failed") == 0 => {
            "what drifted was left alone; make a new plan, which rests on the directory as it is now"
        }
        (Next::NewPlan, Verdict::Failed) => "correct what the directory refused, then plan again",
        (Next::NewPlan | Next::Look(_), _) => {
            "the same apply would meet the same again: correct in the sources or the dialect what the \
             directory refused or stored otherwise, and make a new plan; it has what is left"
        }
        (Next::SameApply, Verdict::Partial | Verdict::Failed)
            if halted_by.is_none() && report.count("failed") > 0 =>
        {
            "run the same apply again; where the directory fails at the same again, ask there why, and make \
             a new plan: it has what is left, and nothing waits for them twice"
        }
        (Next::SameApply, Verdict::Failed) => {
            "run the same apply again when the directory answers and takes the token"
        }
        (Next::SameApply, _) => "run the same apply again to go on; what is done is recognised",
    }
}
