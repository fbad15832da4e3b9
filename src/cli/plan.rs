//! `wpsync plan`: reads, compares, seals, saves, prints. It holds a reader, and so cannot write to a directory.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use wpsync::directory::Reader;
use wpsync::plan::guard::{self, Waiver};
use wpsync::plan::header::{Circumstances, FileFacts, Header, LIFETIME, SnapshotFacts, tool};
use wpsync::plan::{Change, Inputs, Plan, draft};
use wpsync::reach::Settled;
use wpsync::redaction::{Redaction, redacted};
use wpsync::review;
use wpsync::survey::{Snapshot, Survey};

use super::chance::random_hexadecimal;
use super::context::Context;
use super::exit::{Exit, Failure};
use super::redact::RedactArgs;
use super::ui::Ui;
use super::{Global, connect, saved};

/// Where a plan is saved.
pub(crate) const DEFAULT_PLAN: &str = "wpsync.plan.json";

#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    /// Save the plan here
    #[arg(long, value_name = "FILE", env = "WPSYNC_OUT", default_value = DEFAULT_PLAN)]
    out: PathBuf,
    /// Exit with 2 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,
    /// Allow exactly this many over a guard's limit, as 'remove=137: branch closed'
    #[arg(long = "waive", value_name = "GUARD=N: REASON", value_parser = parse_waiver)]
    waivers: Vec<Waiver>,
    /// Encrypt the saved plan to these age recipients (age1…), who alone can read it
    #[arg(long, value_name = "RECIPIENT", env = "WPSYNC_ENCRYPT_TO", value_delimiter = ',')]
    encrypt_to: Vec<String>,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) fn parse_waiver(text: &str) -> Result<Waiver, String> {
    Waiver::parse(text).ok_or_else(|| "expected GUARD=NUMBER: REASON, as 'remove=137: branch closed'".into())
}

pub(crate) async fn run(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load(global, ui)?;
    let reader = connect::reader(&context).await?;
    let (plan, snapshot) = make(&context, &reader, &args.waivers, ui).await?;
    // The process ends soon: to give millions of values back one by one would be work for nothing.
    let (context, _) = (ManuallyDrop::new(context), ManuallyDrop::new(snapshot));
    let out = global.folder.join(&args.out);
    saved::write(&out, &plan, &args.encrypt_to)?;
    show(&plan, args.redact.redaction(), ui);
    finish(&context, &plan, &args.out, ui)?;
    Ok(if args.detailed_exitcode && !plan.changes.is_empty() { Exit::Changes } else { Exit::Done })
}

/// Says whether a plan that was saved may be applied, and how.
pub(crate) fn finish(context: &Context, plan: &Plan, out: &Path, ui: &Ui) -> Result<(), Failure> {
    let refusals = guard::refusals(&plan.header, &plan.changes, &context.policy().protect);
    if !refusals.is_empty() {
        return Err(refused(&refusals));
    }
    if !plan.changes.is_empty() {
        let shown = wpsync::escape::Escaped(&out.display().to_string()).to_string();
        ui.note(&format!("Saved the plan. To execute exactly these changes:\n  wpsync apply {shown} --expect {}", plan.digest));
    }
    Ok(())
}

/// A refusal by guards, with every reason.
pub(crate) fn refused(refusals: &[String]) -> Failure {
    Failure::with(Exit::Refused, format!("refused, and nothing was sent:\n  - {}", refusals.join("\n  - ")))
}

/// Prints a plan.
pub(crate) fn show(plan: &Plan, redaction: Redaction, ui: &Ui) {
    let plan = redacted(plan, redaction);
    if let Some(notice) = redaction.notice() {
        ui.result(&format!("{notice}\n"));
    }
    ui.result(&review::text(&plan, ui.palette(), Ui::width()));
    for change in &plan.changes {
        ui.event(|| json!({ "type": "planned_change", "change": change }));
    }
    ui.event(|| json!({ "type": "change_summary", "operation": "plan", "changes": plan.header.summary, "digest": plan.digest, "change_digest": plan.header.change_digest }));
}

/// Reads the directory and makes the plan. The snapshot that it rests on is the caller's to drop.
pub(crate) async fn make(context: &Context, reader: &Reader, waivers: &[Waiver], ui: &Ui) -> Result<(Plan, Snapshot), Failure> {
    let policy = context.policy();
    for note in context.notes() {
        ui.note(&note);
    }
    let progress = super::progress::Reading::new(ui);
    let survey = Survey { reader, catalog: &context.catalog, desired: &context.desired, policy: &policy };
    let snapshot = survey.read(&progress).await?;
    progress.end();
    let inputs =
        Inputs { catalog: &context.catalog, desired: &context.desired, files: &context.files, snapshot: &snapshot, policy: &policy };
    let mut draft = draft(&inputs).map_err(|blocked| {
        ui.diagnostics(&blocked.0, &context.files);
        Failure::with(Exit::Error, "")
    })?;
    let Settled { kept, impossible } = wpsync::reach::settle(&mut draft, &context.dialect, &context.catalog);
    for note in &kept {
        ui.note(note);
    }
    if !impossible.is_empty() {
        return Err(Failure::error(format!("the directory cannot do what the sources ask:\n  - {}", impossible.join("\n  - "))));
    }
    let total = (snapshot.users.len() + snapshot.groups.len()) as u64;
    let guards = guard::figures(&policy.limits, &draft.changes, total);
    let facts = SnapshotFacts {
        fingerprint: snapshot.fingerprint(),
        groups: snapshot.groups.len() as u64,
        unmanaged_groups: draft.unmanaged_groups,
        unmanaged_users: draft.unmanaged_users,
        users: snapshot.users.len() as u64,
    };
    let header = header(context, facts, &circumstances()?)?;
    let cost = wpsync::plan::cost(&draft.changes, &context.dialect, &context.catalog);
    Ok((Plan::seal(Header { cost, guards, waivers: waivers.to_vec(), ..header }, draft.changes), snapshot))
}

/// Seals the reverse of an apply. It rests on that apply's plan, not on the sources.
pub(crate) fn seal_reverse(
    context: &Context,
    snapshot: &Snapshot,
    changes: Vec<Change>,
    reverses: &str,
    waivers: &[Waiver],
) -> Result<Plan, Failure> {
    let (users, groups) = (snapshot.users.len() as u64, snapshot.groups.len() as u64);
    let guards = guard::figures(&context.policy().limits, &changes, users + groups);
    // Whom the sources declare is not asked here, so nobody is counted as left alone.
    let facts = SnapshotFacts { fingerprint: snapshot.fingerprint(), groups, unmanaged_groups: 0, unmanaged_users: 0, users };
    let header = header(context, facts, &circumstances()?)?;
    let cost = wpsync::plan::cost(&changes, &context.dialect, &context.catalog);
    let header = Header { cost, guards, reverses: Some(reverses.to_owned()), sources: Vec::new(), waivers: waivers.to_vec(), ..header };
    Ok(Plan::seal(header, changes))
}

/// The clock, chance and the environment, read once.
fn circumstances() -> Result<Circumstances, Failure> {
    let now = jiff::Timestamp::now();
    let variable = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty());
    Ok(Circumstances {
        now: now.round(jiff::Unit::Second).unwrap_or(now),
        plan_id: random_hexadecimal()?,
        pseudonym_key: random_hexadecimal()?,
        author: variable(&["WPSYNC_AUTHOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"]),
        commit: variable(&["WPSYNC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"]),
    })
}

fn header(context: &Context, snapshot: SnapshotFacts, circumstances: &Circumstances) -> Result<Header, Failure> {
    let nothing = wpsync::digest::Digest::of_bytes(b"");
    Ok(Header {
        author: circumstances.author.clone(),
        change_digest: nothing,
        commit: circumstances.commit.clone(),
        config: context.config_facts(),
        cost: wpsync::plan::Cost::default(),
        created: circumstances.now,
        directory: connect::facts(context)?,
        expires: circumstances.now + LIFETIME,
        guards: Vec::new(),
        plan_id: circumstances.plan_id.clone(),
        pseudonym_key: circumstances.pseudonym_key.clone(),
        reverses: None,
        snapshot,
        sources: context
            .desired
            .sources
            .iter()
            .map(|source| FileFacts {
                bytes: source.bytes,
                path: Arc::clone(&source.path),
                rows: source.rows,
                sha256: source.sha256.clone(),
            })
            .collect(),
        summary: std::collections::BTreeMap::new(),
        tool: tool(),
        waivers: Vec::new(),
    })
}
