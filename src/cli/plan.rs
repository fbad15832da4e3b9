//! `wpsync plan`: reads, compares, seals, saves, prints. It holds a reader, and so cannot write to a directory.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use wpsync::directory::Reader;
use wpsync::plan::guard::{self, Facts, History, Judged};
use wpsync::plan::header::{Circumstances, DirectoryFacts, FileFacts, Header, LIFETIME, SnapshotFacts, tool};
use wpsync::plan::ownership::{Managed, Ownership};
use wpsync::plan::{Draft, Inputs, Plan, draft};
use wpsync::review;
use wpsync::state::{State, write_private};
use wpsync::survey::{Snapshot, Survey};

use super::chance::random_hexadecimal;
use super::context::Context;
use super::exceptions::Exceptions;
use super::exit::{Exit, Failure};
use super::ui::Ui;
use super::{Global, connect};

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
    #[command(flatten)]
    exceptions: Exceptions,
}

pub(crate) async fn run(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load(global, ui)?;
    let reader = connect::reader(&context).await?;
    let Made { plan, refusals, .. } = make(&context, &reader, &args.exceptions, ui).await?;
    let out = global.folder.join(&args.out);
    write_private(&out, &plan.to_bytes())?;
    show(&plan, ui);
    if !refusals.is_empty() {
        return Err(refused(&refusals));
    }
    if !plan.changes.is_empty() {
        let shown = wpsync::escape::Escaped(&args.out.display().to_string()).to_string();
        ui.note(&format!("Saved the plan. To execute exactly these changes:\n  wpsync apply {shown} --expect {}", plan.digest));
    }
    Ok(if args.detailed_exitcode && !plan.changes.is_empty() { Exit::Changes } else { Exit::Done })
}

/// A refusal by guards, with every reason.
pub(crate) fn refused(refusals: &[String]) -> Failure {
    Failure::with(Exit::Refused, format!("refused, and nothing was sent:\n  - {}", refusals.join("\n  - ")))
}

/// Prints a plan.
pub(crate) fn show(plan: &Plan, ui: &Ui) {
    ui.result(&review::text(plan, ui.palette(), Ui::width()));
    for change in &plan.changes {
        ui.event(|| json!({ "type": "planned_change", "change": change }));
    }
    ui.event(|| json!({ "type": "change_summary", "operation": "plan", "changes": plan.header.summary, "digest": plan.digest, "change_digest": plan.header.change_digest }));
}

/// A plan that was made, and what guards say of it.
pub(crate) struct Made {
    pub(crate) plan: Plan,
    pub(crate) history: History,
    pub(crate) refusals: Vec<String>,
}

/// Reads the directory and makes the plan.
pub(crate) async fn make(context: &Context, reader: &Reader, exceptions: &Exceptions, ui: &Ui) -> Result<Made, Failure> {
    let policy = context.policy();
    let facts = connect::facts(context)?;
    connect::check_clock(reader)?;
    let history = State::of(&context.root).history(&facts.origin, jiff::Timestamp::now(), None)?;
    let adopted = exceptions.adoption(context)?;
    let account = context.account(reader).await;
    let progress = super::progress::Reading::new(ui);
    let survey = Survey { reader, catalog: &context.catalog, desired: &context.desired, policy: &policy };
    let snapshot = survey.read(&progress).await?;
    progress.end();
    let managed = history.last.as_ref().map(|last| last.managed.clone()).unwrap_or_default();
    let ownership = Ownership::Of { managed, adopted: adopted.clone() };
    let draft = compare(context, &snapshot, &ownership, ui)?;
    let header = header(context, facts, &circumstances()?);
    let judged_by = Facts {
        catalog: &context.catalog,
        changes: &draft.changes,
        snapshot: &snapshot,
        managed_users: draft.managed_users,
        sources: &header.sources,
        policy: &policy,
        history: &history,
        account: &account,
    };
    let guards = guard::figures(&judged_by);
    let header = Header {
        adopted: adopted.names().map(str::to_owned).collect(),
        guards,
        snapshot: snapshot_facts(&snapshot, &draft),
        waivers: exceptions.waivers.clone(),
        withheld: draft.withheld,
        ..header
    };
    let plan = Plan::seal(header, draft.changes);
    let refusals =
        guard::refusals(&Judged { header: &plan.header, changes: &plan.changes, policy: &policy, history: &history, account: &account });
    Ok(Made { plan, history, refusals })
}

/// Compares what is desired with what is live; says why that is not possible.
fn compare(context: &Context, snapshot: &Snapshot, ownership: &Ownership, ui: &Ui) -> Result<Draft, Failure> {
    let policy = context.policy();
    let inputs =
        Inputs { catalog: &context.catalog, desired: &context.desired, files: &context.files, snapshot, policy: &policy, ownership };
    draft(&inputs).map_err(|blocked| {
        ui.diagnostics(&blocked.0, &context.files);
        Failure::with(Exit::Error, "")
    })
}

fn snapshot_facts(snapshot: &Snapshot, draft: &Draft) -> SnapshotFacts {
    SnapshotFacts {
        fingerprint: snapshot.fingerprint(),
        groups: snapshot.groups.len() as u64,
        managed_users: draft.managed_users,
        unmanaged_groups: draft.unmanaged_groups,
        unmanaged_users: draft.unmanaged_users,
        users: snapshot.users.len() as u64,
    }
}

/// The clock, chance and the environment, read once.
fn circumstances() -> Result<Circumstances, Failure> {
    let now = jiff::Timestamp::now();
    let variable = |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty());
    Ok(Circumstances {
        now: now.round(jiff::Unit::Second).unwrap_or(now),
        plan_id: random_hexadecimal()?,
        author: variable(&["WPSYNC_AUTHOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"]),
        commit: variable(&["WPSYNC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"]),
    })
}

/// The header, without what the changes decide.
fn header(context: &Context, directory: DirectoryFacts, circumstances: &Circumstances) -> Header {
    let nothing = wpsync::digest::Digest::of_bytes(b"");
    Header {
        adopted: Vec::new(),
        author: circumstances.author.clone(),
        change_digest: nothing.clone(),
        commit: circumstances.commit.clone(),
        config: context.config_facts(),
        created: circumstances.now,
        directory,
        expires: circumstances.now + LIFETIME,
        guards: Vec::new(),
        managed: Managed::of(&context.desired, &context.catalog),
        plan_id: circumstances.plan_id.clone(),
        policy: context.policy_file.as_ref().map(|policy| policy.digest.clone()),
        snapshot: SnapshotFacts { fingerprint: nothing, groups: 0, managed_users: 0, unmanaged_groups: 0, unmanaged_users: 0, users: 0 },
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
        withheld: std::collections::BTreeMap::new(),
    }
}
