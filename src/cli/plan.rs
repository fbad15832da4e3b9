//! `wpsync plan`: reads, compares, seals, saves, prints. It holds a reader, and so cannot write to a
//! directory.

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use serde_json::json;
use wpsync::capability::Settled;
use wpsync::client::Reader;
use wpsync::model::Snapshot;
use wpsync::plan::guard::History;
use wpsync::plan::ownership::Ownership;
use wpsync::plan::{Basis, Draft, Frame, Plan, Selection, draft};
use wpsync::redaction::{Redaction, redacted};
use wpsync::review;
use wpsync::survey::Survey;

use super::context::Context;
use super::exceptions::Exceptions;
use super::exit::{Exit, Failure};
use super::redact::RedactArgs;
use super::sealing::World;
use super::selection::{self, SelectionArgs};
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
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    exceptions: Exceptions,
    /// Encrypt the saved plan to these age recipients (age1…), who alone can read it
    #[arg(
        long,
        value_name = "RECIPIENT",
        env = "WPSYNC_ENCRYPT_TO",
        value_delimiter = ','
    )]
    encrypt_to: Vec<String>,
    #[command(flatten)]
    redact: RedactArgs,
}

pub(crate) async fn run(global: &Global, args: &PlanArgs, ui: &Ui) -> Result<Exit, Failure> {
    let mut context = Context::load(global, ui)?;
    let selection = args.selection.selection(&mut context)?;
    let reader = connect::reader(&context).await?;
    let Made {
        plan,
        snapshot,
        refusals,
        ..
    } = make(&context, &reader, (selection, &args.exceptions), ui).await?;
    // The process ends soon: to give millions of values back one by one would be work for nothing.
    let (_context, _snapshot) = (ManuallyDrop::new(context), ManuallyDrop::new(snapshot));
    let out = global.folder.join(&args.out);
    saved::write(&out, &plan, &args.encrypt_to)?;
    show(&plan, args.redact.redaction(), ui);
    finish(&plan, &refusals, &args.out, ui)?;
    Ok(if args.detailed_exitcode && !plan.changes.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}

/// Says whether a plan that was saved may be applied, and how.
pub(crate) fn finish(plan: &Plan, refusals: &[String], out: &Path, ui: &Ui) -> Result<(), Failure> {
    if !refusals.is_empty() {
        let shown = wpsync::escape::Escaped(&out.display().to_string()).to_string();
        return Err(refused(refusals).hint(format!(
            "the refused plan is in {shown} for whoever reviews it; apply refuses it too"
        )));
    }
    if !plan.changes.is_empty() {
        let shown = wpsync::escape::Escaped(&out.display().to_string()).to_string();
        ui.note(&format!(
            "Saved the plan. To execute exactly these changes:\n  wpsync apply {shown} --expect {}",
            plan.digest
        ));
    }
    Ok(())
}

/// A refusal by guards, with every reason.
pub(crate) fn refused(refusals: &[String]) -> Failure {
    Failure::with(
        Exit::Refused,
        format!("refused, and nothing was sent:\n  - {}", refusals.join("\n  - ")),
    )
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

/// A plan that was made, what it rests on, and what guards say of it. The snapshot is the caller's to drop.
pub(crate) struct Made {
    pub(crate) plan: Plan,
    pub(crate) snapshot: Snapshot,
    pub(crate) history: History,
    pub(crate) refusals: Vec<String>,
}

/// Reads the directory and makes the plan.
pub(crate) async fn make(
    context: &Context,
    reader: &Reader,
    (selection, exceptions): (Option<Selection>, &Exceptions),
    ui: &Ui,
) -> Result<Made, Failure> {
    let policy = context.policy();
    for note in context.notes() {
        ui.note(&note);
    }
    let adopted = exceptions.adoption(context)?;
    let world = World::read(context, reader).await?;
    let progress = super::progress::Reading::new(ui);
    let remembered = connect::remembered(context)?;
    let survey = Survey {
        reader,
        catalog: &context.catalog,
        desired: &context.desired,
        policy: &policy,
        remembered: &remembered,
    };
    let snapshot = survey.read(&progress).await?;
    progress.end();
    let managed = world
        .history
        .last
        .as_ref()
        .map(|last| last.managed.clone())
        .unwrap_or_default();
    let ownership = Ownership::Of {
        managed: managed.clone(),
        adopted: adopted.clone(),
    };
    let draft = compare(context, &snapshot, (&ownership, selection.as_ref()), ui)?;
    for change in draft
        .changes
        .iter()
        .filter(|change| change.action.is_removal() && change.origin.is_none() && selection.is_some())
    {
        ui.note(&format!(
            "{}: {}.",
            change.key,
            wpsync::escape::Escaped(&change.reason)
        ));
    }
    if let Some(selection) = &selection {
        selection::check_leavers(context, &snapshot, (selection, &draft), ui)?;
    }
    let frame = world.frame(context)?;
    let frame = Frame {
        // A plan about some says nothing of what is managed altogether.
        managed: if selection.is_some() {
            managed
        } else {
            frame.managed
        },
        selection,
        adopted: adopted.names().map(str::to_owned).collect(),
        waivers: exceptions.waivers.clone(),
        ..frame
    };
    let (plan, refusals) = world.seal(context, frame, &snapshot, draft)?;
    Ok(Made {
        plan,
        snapshot,
        history: world.history,
        refusals,
    })
}

/// Compares what is desired with what is live; says why that is not possible.
fn compare(
    context: &Context,
    snapshot: &Snapshot,
    (ownership, selection): (&Ownership, Option<&Selection>),
    ui: &Ui,
) -> Result<Draft, Failure> {
    let policy = context.policy();
    let inputs = Basis {
        catalog: &context.catalog,
        desired: &context.desired,
        files: &context.files,
        snapshot,
        policy: &policy,
        ownership,
        selection,
    };
    let mut draft = draft(&inputs).map_err(|blocked| {
        ui.diagnostics(&blocked.0, &context.files);
        Failure::with(Exit::Error, "")
    })?;
    let Settled { kept, mut impossible } =
        wpsync::capability::settle(&mut draft, &context.dialect, &context.catalog);
    impossible.extend(wpsync::capability::undeletable(
        &draft,
        snapshot,
        &context.dialect,
        &context.catalog,
    ));
    for note in &kept {
        ui.note(note);
    }
    if impossible.is_empty() {
        Ok(draft)
    } else {
        Err(Failure::error(format!(
            "the directory cannot do what the sources ask:\n  - {}",
            impossible.join("\n  - ")
        )))
    }
}
