//! The reverse plan of an apply, to be reviewed and applied like any other. It holds a reader, and so cannot
//! write to a directory.

use std::path::PathBuf;

use super::everything::everything;
use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::sealing::{Sealed, Sealing};
use super::surroundings::Surroundings;
use super::{learning, reading, target};
use crate::capability::{self, Removable};
use crate::escape::Escaped;
use crate::model::{Kind, Live};
use crate::plan::guard::Waiver;
use crate::plan::{Draft, Frame, Plan, SealError};
use crate::receipt::Receipt;
use crate::state::{FileError, State};
use crate::undo::{Created, LaterApply, LeftOut, Reversal, Undoing, reverse};

/// Where a receipt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptAt {
    /// In this file, with its plan beside it.
    File(PathBuf),
    /// In the project's state, by the id of the plan that was applied.
    State(String),
}

/// The options of an undo.
#[derive(Clone, Debug)]
pub struct UndoAsk {
    /// The receipt of the apply to reverse.
    pub receipt: ReceiptAt,
    /// What happens to people whom the apply created.
    pub created: Created,
    /// The waivers for limits that the plan exceeds.
    pub waivers: Vec<Waiver>,
}

/// A reverse plan, and the verdict of the guards.
#[derive(Debug)]
pub struct Undone {
    /// The plan, sealed.
    pub plan: Plan,
    /// The reasons why guards refuse the plan.
    pub refusals: Vec<String>,
    /// What the plan does not reverse.
    pub left_out: Vec<LeftOut>,
    /// Notes for the plan's reviewers.
    pub caveats: Vec<String>,
    /// The receipt of the apply that the plan reverses.
    pub receipt: Receipt,
}

/// Makes the plan that reverses an apply.
///
/// # Errors
/// When there is no such receipt, its plan is not kept, it is for another directory, the directory cannot be
/// read, or the apply cannot be reversed.
pub async fn undo(opened: &Opened, ask: UndoAsk, around: &Surroundings<'_>) -> Result<Undone, Problem> {
    let state = &opened.state;
    let (receipt, applied) = applied(state, &ask.receipt)?;
    check_directory(opened, &applied)?;
    let reader = reading::reader(opened, around).await?;
    let snapshot = everything(&reader, around).await?;
    let policy = opened.policy();
    let Reversal {
        changes,
        left_out,
        caveats,
    } = reverse(&Undoing {
        catalog: &learning::checked(opened, &snapshot),
        plan: &applied,
        receipt: &receipt,
        ids: &state.ids(&applied.header.plan_id),
        snapshot: &snapshot,
        created: &|live| created(opened, ask.created, live),
        later: &later(state, &receipt),
        unique: &opened.dialect.unique_attributes(&opened.catalog),
        swaps: &|kind| policy.of(kind).swaps,
    })
    .map_err(|error| Problem::error(error.to_string()).caused_by(error))?;
    let sealing = Sealing::begin(opened, &reader, around).await?;
    let last = sealing.history.last.as_ref();
    // An undo does not change what is managed, because it rests on an apply and not on the sources.
    let frame = Frame {
        managed: sealing.managed_before(),
        reverses: Some(applied.header.plan_id.clone()),
        sources: last.map(|last| last.sources.clone()).unwrap_or_default(),
        waivers: ask.waivers,
        ..sealing.frame()
    };
    // An undo does not read what the sources declare: it counts nobody as unmanaged, and everybody as
    // managed.
    let draft = Draft {
        changes,
        managed_users: snapshot.users.len() as u64,
        ..Draft::default()
    };
    let Sealed { plan, refusals } = sealing.seal(frame, &snapshot, draft)?;
    Ok(Undone {
        plan,
        refusals,
        left_out,
        caveats,
        receipt,
    })
}

/// What happens to a live person or group that the apply created: what is asked for, as far as the service
/// can do it.
fn created(opened: &Opened, asked: Created, live: &Live) -> Created {
    match capability::removable(live, &opened.dialect, &opened.catalog) {
        Removable::Deleted if live.kind == Kind::Group => Created::Delete,
        Removable::Deleted => asked,
        Removable::Deactivated if asked == Created::Deactivate => asked,
        Removable::Deactivated => Created::OnlyDeactivate,
        Removable::Stays => Created::Stay,
    }
}

/// The applies to the same directory that came after a receipt and whose plans are kept, oldest first.
fn later(state: &State, undone: &Receipt) -> Vec<LaterApply> {
    let receipts = state.receipts().unwrap_or_default().into_iter();
    let is_later = |receipt: &Receipt| {
        receipt.directory == undone.directory
            && receipt.plan_id != undone.plan_id
            && receipt.finished >= undone.finished
    };
    let mut receipts: Vec<Receipt> = receipts.filter(is_later).collect();
    receipts.sort_by_key(|receipt| {
        receipt
            .memory
            .as_ref()
            .map_or(receipt.finished, |memory| memory.at)
    });
    let kept = receipts.into_iter().filter_map(|receipt| {
        let bytes = state.read_plan(&receipt.plan_id).ok()?;
        let plan = Plan::from_bytes(&bytes).ok()?;
        (plan.digest == receipt.plan).then_some(LaterApply { plan, receipt })
    });
    kept.collect()
}

fn check_directory(opened: &Opened, applied: &Plan) -> Result<(), Problem> {
    let here = target::facts(opened)?.origin;
    if here == applied.header.directory.origin {
        return Ok(());
    }
    let there = Escaped(&applied.header.directory.origin).to_string();
    let message = format!("the apply was to {there}, and the configuration names {here}");
    Err(Problem::new(ProblemKind::Stale, message))
}
/// The list of receipts, newest first.
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

/// The receipt, and the plan that was applied.
fn applied(state: &State, receipt: &ReceiptAt) -> Result<(Receipt, Plan), Problem> {
    let place = match receipt {
        ReceiptAt::File(path) => path.clone(),
        ReceiptAt::State(id) => state.receipt_place(id),
    };
    let bytes = match receipt {
        ReceiptAt::File(path) => std::fs::read(path).map_err(FileError::at("read", path)),
        ReceiptAt::State(id) => state.read_receipt_bytes(id),
    };
    let bytes = bytes.map_err(|error| Problem::from(error).hint(known_receipts(state)))?;
    let wrong = |what: String| Problem::error(format!("{}: {what}", Escaped(&place.display().to_string())));
    let receipt: Receipt =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("this is not a receipt: {error}")))?;
    if receipt.plan_id.len() != 32 || !receipt.plan_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong("its plan id is none".into()));
    }
    let beside = place.with_file_name(format!("{}.plan.json", receipt.plan_id));
    let kept = if beside.is_file() {
        std::fs::read(&beside).map_err(FileError::at("read", &beside))
    } else {
        state.read_plan(&receipt.plan_id)
    };
    let kept = kept.map_err(|error| {
        Problem::from(error)
            .hint("an apply keeps its plan beside its receipt; without it nobody knows what was there before")
    })?;
    let plan = Plan::from_bytes(&kept)?;
    if plan.digest != receipt.plan {
        return Err(SealError::NotCanonical("it is not the plan that the receipt is of".into()).into());
    }
    Ok((receipt, plan))
}
