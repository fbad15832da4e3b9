//! `wpsync undo`: the reverse plan of an apply, to be reviewed and applied like any other. It holds a reader,
//! and so cannot write to a directory.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use wpsync::escape::Escaped;
use wpsync::plan::ownership::Managed;
use wpsync::plan::{Draft, Frame, Plan, SealError};
use wpsync::state::{FileError, Receipt, State};
use wpsync::undo::{Created, Reversal, Undoing, reverse};

use super::context::Context;
use super::exit::{Exit, Failure};
use super::redact::RedactArgs;
use super::sealing::World;
use super::ui::Ui;
use super::{Global, connect, exceptions, plan, progress, saved};

#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    /// The receipt of the apply, as .wpsync/receipts/ID.json, or its ID
    #[arg(value_name = "RECEIPT")]
    receipt: PathBuf,
    /// Save the reverse plan here
    #[arg(
        long,
        value_name = "FILE",
        env = "WPSYNC_OUT",
        default_value = "wpsync.undo.plan.json"
    )]
    out: PathBuf,
    /// What becomes of people whom the apply created
    #[arg(long, value_enum, default_value = "delete")]
    created: CreatedChoice,
    /// Allow exactly this many over a guard's limit, as 'remove=137: branch closed'
    #[arg(long = "waive", value_name = "GUARD=N: REASON", value_parser = exceptions::parse_waiver)]
    waivers: Vec<wpsync::plan::guard::Waiver>,
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

/// What becomes of people whom the apply created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CreatedChoice {
    /// They are deleted
    Delete,
    /// They keep their account and can no longer sign in
    Deactivate,
}

pub(crate) async fn run(global: &Global, args: &UndoArgs, ui: &Ui) -> Result<Exit, Failure> {
    let context = Context::load_config(global, ui)?;
    let state = State::of(&context.root);
    let (receipt, applied) = applied(&state, &global.folder.join(&args.receipt), &args.receipt)?;
    let here = connect::facts(&context)?.origin;
    if here != applied.header.directory.origin {
        let there = Escaped(&applied.header.directory.origin).to_string();
        return Err(Failure::with(
            Exit::Drift,
            format!("the apply was to {there}, and the configuration names {here}"),
        ));
    }
    let reader = connect::reader(&context).await?;
    let progress = progress::Reading::new(ui);
    let snapshot = wpsync::survey::everything(&reader, &progress).await?;
    progress.end();
    let created = match args.created {
        CreatedChoice::Delete => Created::Delete,
        CreatedChoice::Deactivate => Created::Deactivate,
    };
    let ids = state.ids(&applied.header.plan_id);
    let policy = context.policy();
    let swaps = |kind| policy.of(kind).swaps;
    let (catalog, plan, receipt, swaps) = (&*context.catalog, &applied, &receipt, &swaps);
    let inputs = Undoing {
        catalog,
        plan,
        receipt,
        ids: &ids,
        snapshot: &snapshot,
        created,
        swaps,
    };
    let Reversal {
        changes,
        left_out,
        caveats,
    } = reverse(&inputs).map_err(|error| Failure::error(error.to_string()))?;
    let world = World::read(&context, &reader).await?;
    let frame = Frame {
        managed: managed(&world),
        reverses: Some(applied.header.plan_id.clone()),
        sources: world
            .history
            .last
            .as_ref()
            .map(|last| last.sources.clone())
            .unwrap_or_default(),
        waivers: args.waivers.clone(),
        ..world.frame(&context)?
    };
    // Whom the sources declare is not asked here: nobody is counted as left alone, and everybody as managed.
    let draft = Draft {
        changes,
        managed_users: snapshot.users.len() as u64,
        ..Draft::default()
    };
    let (plan, refusals) = world.seal(&context, frame, &snapshot, draft)?;
    saved::write(&global.folder.join(&args.out), &plan, &args.encrypt_to)?;
    ui.result(&format!("Reverses the apply of {}.\n", receipt.finished));
    plan::show(&plan, args.redact.redaction(), ui);
    let told = if args.redact.shows_people() {
        &left_out[..]
    } else {
        &[]
    };
    for one in told {
        ui.event(|| json!({ "type": "not_reversed", "key": one.key, "reason": one.reason }));
    }
    ui.event(|| json!({ "type": "reversal", "reverses": plan.header.reverses, "caveats": caveats }));
    if !left_out.is_empty() {
        let lines = told
            .iter()
            .map(|one| format!("  {}: {}", one.key, Escaped(&one.reason)))
            .collect::<Vec<_>>();
        ui.result(&format!(
            "\nNot reversed ({})\n{}\n",
            left_out.len(),
            lines.join("\n")
        ));
    }
    for caveat in &caveats {
        ui.result(&format!("\nNote: {}.\n", Escaped(caveat)));
    }
    plan::finish(&plan, &refusals, &args.out, ui)?;
    Ok(Exit::Done)
}

/// An undo changes nothing of what is managed: it rests on an apply, not on the sources.
fn managed(world: &World) -> Managed {
    world
        .history
        .last
        .as_ref()
        .map(|last| last.managed.clone())
        .unwrap_or_default()
}

/// The receipts that there are, newest first.
fn known_receipts(state: &State) -> String {
    let mut receipts = state.receipts().unwrap_or_default();
    receipts.sort_by_key(|receipt| std::cmp::Reverse(receipt.finished));
    if receipts.is_empty() {
        return "no receipt is here: receipts and their plans are in .wpsync/receipts where the apply ran"
            .to_owned();
    }
    let line = |receipt: &Receipt| {
        format!(
            "\n    {}  {}, {}",
            Escaped(&receipt.plan_id),
            receipt.finished,
            Escaped(&receipt.verdict)
        )
    };
    format!(
        "the newest applies are{}",
        receipts.iter().take(5).map(line).collect::<String>()
    )
}

/// The receipt and the plan that it is of, which stands beside it.
fn applied(state: &State, path: &Path, said: &Path) -> Result<(Receipt, Plan), Failure> {
    let named = said.to_string_lossy();
    let path = if path.is_file() {
        path.to_owned()
    } else {
        state.receipt_path(named.strip_suffix(".json").unwrap_or(&named))
    };
    let bytes = std::fs::read(&path)
        .map_err(FileError::at("read", &path))
        .map_err(|error| Failure::from(error).hint(known_receipts(state)))?;
    let wrong = |what: String| Failure::error(format!("{}: {what}", Escaped(&path.display().to_string())));
    let receipt: Receipt =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("this is not a receipt: {error}")))?;
    if receipt.plan_id.len() != 32 || !receipt.plan_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong("its plan id is none".into()));
    }
    let beside = path.with_file_name(format!("{}.plan.json", receipt.plan_id));
    let plan_path = if beside.is_file() {
        beside
    } else {
        state.plan_path(&receipt.plan_id)
    };
    let kept = std::fs::read(&plan_path)
        .map_err(FileError::at("read", &plan_path))
        .map_err(|error| {
            Failure::from(error).hint(
                "an apply keeps its plan beside its receipt; without it nobody knows what was there before",
            )
        })?;
    let plan = Plan::from_bytes(&kept)?;
    if plan.digest != receipt.plan {
        return Err(SealError::NotCanonical("it is not the plan that the receipt is of".into()).into());
    }
    Ok((receipt, plan))
}
