//! `wpsync apply`: verifies the plan before anything is connected, takes the lock, executes, reports what was
//! done.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use wpsync::apply::{Apply, Outcome, Report, Verdict, apply};
use wpsync::approval::Approver;
use wpsync::client::Tally;
use wpsync::digest::Digest;
use wpsync::plan::guard::{self, Account, History, Judged};
use wpsync::plan::{Action, Plan};
use wpsync::state::{Memory, Receipt, ReceiptLine, State};

use super::approvals::{self, ApprovalArgs};
use super::connect::Sending;
use super::context::Context;
use super::deadline::DeadlineArgs;
use super::exceptions::Exceptions;
use super::exit::{Exit, Failure};
use super::notify::Webhook;
use super::plan::Made;
use super::provisioning_log::ProvisioningLog;
use super::redact::{Names, RedactArgs};
use super::saved::{self, IdentityArgs};
use super::ui::Ui;
use super::{Global, binding, connect, plan, progress, remember, signals};

#[derive(Debug, clap::Args)]
pub(crate) struct ApplyArgs {
    /// The plan to execute; without one: plan, show, ask, apply
    #[arg(value_name = "PLAN", env = "WPSYNC_PLAN", conflicts_with_all = ["waivers", "adopt"])]
    file: Option<PathBuf>,
    /// The digest that the plan must have: of the file, or of its changes' meaning
    #[arg(long, value_name = "DIGEST", env = "WPSYNC_EXPECT", requires = "file")]
    expect: Option<String>,
    /// Do not ask before applying a plan that was made just now
    #[arg(long, env = "WPSYNC_AUTO_APPROVE", value_parser = clap::builder::FalseyValueParser::new())]
    auto_approve: bool,
    /// How many changes are made at once
    #[arg(long, value_name = "N", env = "WPSYNC_PARALLELISM", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=256))]
    parallelism: u16,
    /// Send writes together by Bulk requests, where the dialect says how many such a request may hold
    #[arg(long, env = "WPSYNC_BULK", value_parser = clap::builder::FalseyValueParser::new())]
    bulk: bool,
    /// Append one JSON line for each operation to this file, with the fields of Entra's provisioning log
    #[arg(long, value_name = "FILE", env = "WPSYNC_LOG")]
    log: Option<PathBuf>,
    /// Go on although the last applies to this directory have all failed; the reason stands in the receipt
    #[arg(long, value_name = "WHY", env = "WPSYNC_ACKNOWLEDGE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    acknowledge: Option<String>,
    #[command(flatten)]
    deadline: DeadlineArgs,
    #[command(flatten)]
    exceptions: Exceptions,
    #[command(flatten)]
    approvals: ApprovalArgs,
    #[command(flatten)]
    identity: IdentityArgs,
    #[command(flatten)]
    redact: RedactArgs,
}

/// A plan that may be applied, and those who agreed to it.
struct Trusted {
    plan: Plan,
    approvers: Vec<Approver>,
}

pub(crate) async fn run(global: &Global, args: &ApplyArgs, ui: &Ui) -> Result<Exit, Failure> {
    match &args.file {
        Some(file) => {
            let trusted = verified(global, file, args, ui)?;
            let context = Context::load_config(global, ui)?;
            execute(&context, &trusted, (global, args), ui).await
        }
        None => plan_and_apply(global, args, ui).await,
    }
}

/// Reads a plan and believes it only if its seal holds, it is the one that was expected, and those who must
/// approve it did.
fn verified(global: &Global, path: &Path, args: &ApplyArgs, ui: &Ui) -> Result<Trusted, Failure> {
    let plan = saved::plan(global, path, &args.identity)?;
    let approvers = match approvals::rules(global, &args.approvals, ui)? {
        Some(rules) => approvals::approvers(&rules, &global.folder.join(path), &plan)?,
        None => Vec::new(),
    };
    match &args.expect {
        Some(expected) => {
            let expected = Digest::parse(expected).ok_or_else(|| {
                Failure::with(
                    Exit::Usage,
                    "--expect takes a digest: sha256: and 64 hexadecimal digits",
                )
            })?;
            if expected != plan.digest && expected != plan.header.change_digest {
                return Err(Failure::with(
                    Exit::Seal,
                    format!(
                        "this is not the plan that was expected: its digest is {}",
                        plan.digest
                    ),
                )
                .hint(
                    "a digest inside a file does not prove who wrote it; apply the plan that was reviewed",
                ));
            }
        }
        None if connect::in_ci() && approvers.is_empty() => {
            return Err(Failure::with(
                Exit::Seal,
                "in CI, what was reviewed comes from outside the file: its digest (--expect or WPSYNC_EXPECT), or those who may approve it (--allowed-signers or WPSYNC_ALLOWED_SIGNERS)",
            )
            .hint("pass the digest that the reviewed plan printed"));
        }
        None => {}
    }
    Ok(Trusted { plan, approvers })
}

async fn plan_and_apply(global: &Global, args: &ApplyArgs, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load(global, ui)?;
    if approvals::are_asked(context.policy_file.as_ref()) {
        return Err(Failure::with(
            Exit::Seal,
            "the policy asks for approvals, and nobody can approve a plan that is made now; nothing was sent",
        )
        .hint("`wpsync plan`, `wpsync approve`, then `wpsync apply PLAN`"));
    }
    let reader = connect::reader(&context).await?;
    let Made {
        plan,
        history,
        refusals,
        ..
    } = plan::make(&context, &reader, (None, &args.exceptions), ui).await?;
    let requests = reader.tally();
    drop(reader); // the embedded directory is opened once at a time
    plan::show(&plan, args.redact.redaction(), ui);
    if plan.changes.is_empty() {
        let trusted = Trusted {
            plan,
            approvers: Vec::new(),
        };
        adopt(&context, &trusted, &history, requests)?;
        remember::unchanged(&context, &trusted.plan, ui);
        return Ok(Exit::Done);
    }
    if !refusals.is_empty() {
        return Err(plan::refused(&refusals));
    }
    if !args.auto_approve && !confirmed(&plan)? {
        return Err(Failure::error("not applied: nothing was sent")
            .hint("only `yes` applies; --auto-approve does not ask"));
    }
    execute(
        &context,
        &Trusted {
            plan,
            approvers: Vec::new(),
        },
        (global, args),
        ui,
    )
    .await
}

/// Asks for `yes`, on a terminal or from a pipe.
fn confirmed(plan: &Plan) -> Result<bool, Failure> {
    let removals: u64 = Action::BY_RISK
        .iter()
        .filter(|action| action.is_removal())
        .filter_map(|action| plan.header.summary.get(action))
        .sum();
    let warning = if removals > 0 {
        format!(" {removals} of them take access away.")
    } else {
        String::new()
    };
    let mut stderr = std::io::stderr();
    let _ = write!(
        stderr,
        "\nApply these {} changes?{warning} Only 'yes' is accepted: ",
        plan.changes.len()
    )
    .and_then(|()| stderr.flush());
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::error(format!("cannot read the answer: {error}")))?;
    if !std::io::stdin().is_terminal() {
        say!("");
    }
    Ok(answer.trim() == "yes")
}

async fn execute(
    context: &Context,
    trusted: &Trusted,
    (global, args): (&Global, &ApplyArgs),
    ui: &Ui,
) -> Result<Exit, Failure> {
    let Trusted { plan, approvers } = trusted;
    let state = State::of(&context.root);
    if let Some(exit) = finished_before(&state, plan, ui)? {
        return Ok(exit);
    }
    let now = jiff::Timestamp::now();
    binding::check(context, plan, now)?;
    judge(context, &state, plan, &Account::default())?;
    let acknowledged = quarantine(&state, plan, args.acknowledge.as_deref())?;
    let webhook = Webhook::of_environment()?;
    let log = args
        .log
        .as_ref()
        .map(|path| ProvisioningLog::open(&global.folder.join(path), plan))
        .transpose()?;
    state.prepare()?;
    let lock = state.lock()?.map_err(|held| {
        let by = wpsync::escape::Escaped(&held.by).to_string();
        Failure::with(
            Exit::Locked,
            format!("another run holds the lock ({by}); nothing was sent"),
        )
        .hint("wait until it has ended, then run the same apply again")
    })?;
    if !lock.excludes_others() {
        ui.warn(
            "the file system of .wpsync locks nobody out, as some network folders do: see to it yourself that one apply runs at a time",
        );
    }
    state.keep_plan(plan)?;
    for approver in approvers {
        ui.note(&format!("Approved by {}", signature_of(approver)));
    }
    args.deadline.warn(plan, ui);
    let (sending, parallelism) = if args.bulk {
        (
            Sending::Bulk,
            usize::from(args.parallelism).max(connect::bulk_operations(context)?),
        )
    } else {
        (Sending::Single, usize::from(args.parallelism))
    };
    let writer = connect::writer(context, sending).await?;
    connect::check_clock(writer.reader())?;
    // Under the lock, so that no other apply is counted too late; and with the account that would write.
    judge(context, &state, plan, &context.account(writer.reader()).await)?;
    let (journal, done_before) = state.journal(plan).await?;
    let names = Names::of(plan, args.redact.redaction());
    let observer = progress::Applying::new(ui, &names, log.as_ref(), plan.changes.len());
    let run = Apply {
        plan,
        catalog: Arc::clone(&context.catalog),
        writer,
        journal,
        progress: done_before,
        parallelism,
        stop: signals::stop(args.deadline.at()),
    };
    let report = apply(run, &observer).await?;
    observer.end();
    if let Some(error) = log
        .as_ref()
        .and_then(|log| log.end(plan, &report.outcomes, &names))
    {
        ui.warn(&format!(
            "the result below is true, but the log lost lines of it: {error}"
        ));
    }
    remember::after(&state, context, (plan, &report.outcomes), ui);
    tell(plan, &report, &names, ui);
    if let Err(error) = state.write_receipt(&Receipt {
        acknowledged,
        ..receipt(trusted, &report, now)
    }) {
        ui.warn(&format!(
            "the result above is true, but its receipt was not kept: {error}"
        ));
    }
    if let Some(webhook) = webhook {
        webhook.tell(plan, &report, ui).await;
    }
    Ok(report.verdict.into())
}

/// Refuses a directory whose last applies have all failed, unless somebody says why to go on; gives what they
/// say where it counts.
fn quarantine(state: &State, plan: &Plan, acknowledged: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(found) = state.quarantine(&plan.header.directory.origin, &plan.header.plan_id)? else {
        return Ok(None);
    };
    if let Some(why) = acknowledged {
        return Ok(Some(why.to_owned()));
    }
    let message = format!(
        "this directory is in quarantine: its last {} applies have failed, the newest at {}; nothing was sent",
        found.failures, found.since
    );
    let hint = format!(
        "read the receipt .wpsync/receipts/{}.json and remove the cause, then apply with --acknowledge \"why it will work now\"",
        found.plan_id
    );
    Err(Failure::with(Exit::Refused, message).hint(hint))
}

/// Judges the plan again, by the limits and the receipts of now.
fn judge(context: &Context, state: &State, plan: &Plan, account: &Account) -> Result<(), Failure> {
    let history = state.history(
        &plan.header.directory.origin,
        jiff::Timestamp::now(),
        Some(&plan.header.plan_id),
    )?;
    binding::check_order(plan, &history)?;
    let policy = context.policy();
    let judged = Judged {
        header: &plan.header,
        changes: &plan.changes,
        policy: &policy,
        history: &history,
        account,
    };
    let refusals = guard::refusals(&judged);
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(plan::refused(&refusals))
    }
}

/// A plan without changes leaves a receipt only if it manages something new: from then on, that may be
/// removed from.
fn adopt(context: &Context, trusted: &Trusted, history: &History, requests: Tally) -> Result<(), Failure> {
    if history
        .last
        .as_ref()
        .is_some_and(|last| last.managed == trusted.plan.header.managed)
    {
        return Ok(());
    }
    let state = State::of(&context.root);
    state.prepare()?;
    let report = Report {
        outcomes: Vec::new(),
        verdict: Verdict::NothingToDo,
        requests,
        unrecorded: Vec::new(),
    };
    Ok(state.write_receipt(&receipt(trusted, &report, trusted.plan.header.created))?)
}

/// A plan that was applied here to its end writes nothing a second time.
fn finished_before(state: &State, plan: &Plan, ui: &Ui) -> Result<Option<Exit>, Failure> {
    let receipt = state.read_receipt(&plan.header.plan_id)?;
    let done = receipt.filter(|receipt| {
        receipt.plan == plan.digest
            && [Verdict::Applied, Verdict::AlreadyApplied]
                .iter()
                .any(|verdict| verdict.word() == receipt.verdict)
    });
    Ok(done.map(|receipt| {
        ui.event(|| json!({ "type": "change_summary", "operation": "apply", "verdict": Verdict::AlreadyApplied.word() }));
        ui.result(&format!("Already applied at {}: nothing to do.\n", receipt.finished));
        Exit::Done
    }))
}

/// `ada (SHA256:…)`
fn signature_of(approver: &Approver) -> String {
    format!(
        "{} ({})",
        wpsync::escape::Escaped(&approver.name),
        approver.fingerprint
    )
}

fn receipt(trusted: &Trusted, report: &Report, started: jiff::Timestamp) -> Receipt {
    let plan = &trusted.plan;
    let now = jiff::Timestamp::now();
    let second = |time: jiff::Timestamp| time.round(jiff::Unit::Second).unwrap_or(time);
    let line = |(change, outcome): (&wpsync::plan::Change, &Outcome)| ReceiptLine {
        change: change.id.clone(),
        detail: outcome.detail(change),
        outcome: outcome.word().to_owned(),
    };
    Receipt {
        wpsync_receipt: 1,
        acknowledged: None,
        approved_by: trusted.approvers.iter().map(signature_of).collect(),
        change_digest: plan.header.change_digest,
        directory: plan.header.directory.origin.clone(),
        finished: second(now),
        memory: Some(Memory::of(plan, now)),
        outcomes: plan.changes.iter().zip(&report.outcomes).map(line).collect(),
        plan: plan.digest,
        plan_id: plan.header.plan_id.clone(),
        requests: report.requests,
        started: second(started),
        verdict: report.verdict.word().to_owned(),
    }
}

/// Says what was done, what was not, and what to do next.
fn tell(plan: &Plan, report: &Report, names: &Names, ui: &Ui) {
    // A push leaves something unverified of nearly everybody; that is one line.
    let is_push = plan.header.push.is_some();
    for (change, outcome) in plan.changes.iter().zip(&report.outcomes) {
        if let Some(detail) = names
            .detail(change, outcome)
            .filter(|_| !(ui.is_json() || is_push && outcome.is_done()))
        {
            say!(
                "{:<8} {} {}: {detail}",
                outcome.word(),
                change.action.word(),
                names.key(change)
            );
        }
    }
    for change in report
        .unrecorded
        .iter()
        .map(|number| &plan.changes[*number])
        .filter(|_| !ui.is_json())
    {
        say!(
            "done     {} {}: the journal could not be written, so only this line says so",
            change.action.word(),
            names.key(change)
        );
    }
    let counts: Vec<String> = [
        "done",
        "unverified",
        "already-done",
        "drifted",
        "failed",
        "skipped",
        "not-tried",
    ]
    .into_iter()
    .map(|word| (report.count(word), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {}", word.replace('-', " ")))
    .collect();
    let counts = counts.join(", ");
    let (headline, next) = match report.verdict {
        Verdict::Applied => (format!("Apply complete: {counts}."), None),
        Verdict::AlreadyApplied => (
            format!("Nothing to do, the plan is applied already: {counts}."),
            None,
        ),
        Verdict::NothingToDo => ("Nothing to do: the plan has no changes.".into(), None),
        Verdict::Partial => (
            format!("Stopped part-way: {counts}."),
            Some("run the same apply again to go on; what is done is recognised"),
        ),
        Verdict::Drifted => (
            format!("Nothing was written: {counts}."),
            Some("the directory changed since the plan was made; make a new plan"),
        ),
        Verdict::Failed => (
            format!("Nothing was written: {counts}."),
            Some("correct what the directory refused, then plan again"),
        ),
        Verdict::Interrupted => (
            format!("Interrupted: {counts}."),
            Some("run the same apply again to go on; what is done is recognised"),
        ),
        Verdict::OutOfTime => (
            format!("Stopped at the deadline: {counts}."),
            Some("run the same apply again to go on; what is done is recognised"),
        ),
    };
    ui.event(|| json!({ "type": "change_summary", "operation": "apply", "verdict": report.verdict.word(), "requests": report.requests }));
    ui.result(&format!("{headline}\n"));
    if is_push && report.count("unverified") > 0 {
        ui.note(
            "Unverified: sent and taken, and the directory does not show all of it. The receipt says what.",
        );
    }
    if let Some(next) = next {
        ui.note(&format!("  = hint: {next}"));
    }
}
