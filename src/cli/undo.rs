//! `wpsync undo`: the reverse plan of an apply, to be reviewed and applied like any other.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;
use wpsync::escape::Escaped;
use wpsync::operation::{self, Opened, ReceiptAt, UndoAsk, Undone};
use wpsync::undo::Created;

use super::exit::Exit;
use super::global::Global;
use super::redact::RedactArgs;
use super::result::Result;
use super::ui::Ui;
use super::watching::Watching;
use super::{exceptions, planned, saved};

#[derive(Debug, clap::Args)]
pub(crate) struct UndoArgs {
    /// The receipt of the apply, as .wpsync/receipts/ID.json, or its ID; `last` is the newest apply
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
    pub(crate) redact: RedactArgs,
}

/// What becomes of people whom the apply created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CreatedChoice {
    /// They are deleted
    Delete,
    /// They keep their account and can no longer sign in
    Deactivate,
}

pub(crate) async fn run(global: &Global, args: &UndoArgs, ui: &Ui) -> Result<Exit> {
    let watching = Watching::new(ui);
    let around = global.outside.watched_by(&watching);
    let opened = operation::open_configuration(&global.location(), &around)?;
    let ask = UndoAsk {
        receipt: place(&args.receipt, &opened, global)?,
        created: match args.created {
            CreatedChoice::Delete => Created::Delete,
            CreatedChoice::Deactivate => Created::Deactivate,
        },
        waivers: args.waivers.clone(),
    };
    let undone = operation::undo(&opened, ask, &around).await?;
    saved::write(&global.folder.join(&args.out), &undone.plan, &args.encrypt_to)?;
    ui.result(&format!("Reverses the apply of {}.\n", undone.receipt.finished));
    let drawing = planned::drawing(&args.out);
    planned::show(&undone.plan, args.redact.redaction(), &drawing, ui);
    tell(&undone, args.redact, ui);
    planned::finish(&undone.plan, &undone.refusals, &args.out, ui)?;
    Ok(Exit::Done)
}

/// A receipt by its path, or else by its id; or the newest one.
fn place(said: &Path, opened: &Opened, global: &Global) -> Result<ReceiptAt> {
    if said == Path::new("last") {
        return Ok(ReceiptAt::State(operation::last_apply(opened)?.plan_id));
    }
    let path = global.folder.join(said);
    if path.is_file() {
        return Ok(ReceiptAt::File(path));
    }
    let named = said.to_string_lossy();
    let id = named.strip_suffix(".json").unwrap_or(&named);
    Ok(ReceiptAt::State(id.to_owned()))
}

/// Says what is not reversed, and what reviewers should know.
fn tell(undone: &Undone, redact: RedactArgs, ui: &Ui) {
    let Undone {
        left_out, caveats, ..
    } = undone;
    let told = if redact.shows_people() { &left_out[..] } else { &[] };
    for left in told {
        ui.event(|| json!({ "type": "not_reversed", "key": left.key, "reason": left.reason }));
    }
    let reverses = &undone.plan.header.reverses;
    ui.event(|| json!({ "type": "reversal", "reverses": reverses, "caveats": caveats }));
    if !left_out.is_empty() {
        let lines = told
            .iter()
            .map(|left| format!("  {}: {}", left.key, Escaped(&left.reason)))
            .collect::<Vec<_>>();
        ui.result(&format!(
            "\nNot reversed ({})\n{}\n",
            left_out.len(),
            lines.join("\n")
        ));
    }
    for caveat in caveats {
        ui.result(&format!("\nNote: {}.\n", Escaped(caveat)));
    }
}
