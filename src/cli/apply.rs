//! `wpsync apply`: verifies, clears and executes a plan, and reports what was done.

use std::path::{Path, PathBuf};

use serde_json::json;
use wpsync::apply::{Stop, StopReason, Verdict};
use wpsync::operation::{
    self, Applied, ApplySettings, Claims, Problem, ProblemKind, Sending, Surroundings, Verification,
};
use wpsync::plan::{Action, Plan};
use wpsync::project::OnDrift;

use super::approvals::ApprovalArgs;
use super::deadline::DeadlineArgs;
use super::exceptions::Exceptions;
use super::exit::Exit;
use super::global::Global;
use super::notify::Webhook;
use super::planned;
use super::progress::Applying;
use super::provisioning_log::ProvisioningLog;
use super::redact::{Names, RedactArgs};
use super::result::Result;
use super::saved::{self, IdentityArgs};
use super::tell::tell;
use super::ui::Ui;
use super::watching::Watching;

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
    #[arg(
        long,
        value_name = "N",
        env = "WPSYNC_PARALLELISM",
        default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(1..=256),
    )]
    parallelism: u16,
    /// Send writes together by Bulk requests, where the dialect says how many such a request may hold
    #[arg(long, env = "WPSYNC_BULK", value_parser = clap::builder::FalseyValueParser::new())]
    bulk: bool,
    /// What to do about changes whose people or groups are not as the plan read them: write nothing, or do
    /// the rest; by default what the configuration's `on_drift` says
    #[arg(long, value_enum, value_name = "WHAT", env = "WPSYNC_ON_DRIFT")]
    on_drift: Option<OnDriftArg>,
    /// Append one JSON line for each operation to this file, with the fields of Entra's provisioning log
    #[arg(long, value_name = "FILE", env = "WPSYNC_LOG")]
    log: Option<PathBuf>,
    /// Go on although the directory failed in each of the last applies; the reason stands in the receipt
    #[arg(
        long,
        value_name = "WHY",
        env = "WPSYNC_ACKNOWLEDGE",
        value_parser = clap::builder::NonEmptyStringValueParser::new(),
    )]
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
    pub(crate) redact: RedactArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OnDriftArg {
    /// Write nothing
    Stop,
    /// Leave out what has drifted and what needs it, and do the rest
    Skip,
}

impl From<OnDriftArg> for OnDrift {
    fn from(word: OnDriftArg) -> Self {
        match word {
            OnDriftArg::Stop => Self::Stop,
            OnDriftArg::Skip => Self::Skip,
        }
    }
}

pub(crate) async fn run(global: &Global, args: &ApplyArgs, ui: &Ui) -> Result<Exit> {
    let command = ApplyCommand { global, args, ui };
    match &args.file {
        Some(file) => command.apply_saved(file).await,
        None => command.plan_and_apply().await,
    }
}

/// One run of `wpsync apply`.
struct ApplyCommand<'c> {
    global: &'c Global,
    args: &'c ApplyArgs,
    ui: &'c Ui,
}

impl ApplyCommand<'_> {
    async fn apply_saved(&self, file: &Path) -> Result<Exit> {
        let stop = self.global.outside.stop(self.args.deadline.at(), self.ui);
        let watching = Watching::new(self.ui);
        let around = self.global.outside.watched_by(&watching);
        let bytes = saved::read(self.global, file, &self.args.identity)?;
        let claims = Claims {
            expected: self.args.expect.clone(),
            approving: self.args.approvals.approving(self.global, file),
            acknowledged: self.args.acknowledge.clone(),
        };
        let verification = operation::verify(&bytes, &self.global.location(), &claims, &around)?;
        self.execute(verification, stop, &around).await
    }

    async fn plan_and_apply(&self) -> Result<Exit> {
        let Self { args, ui, .. } = self;
        let watching = Watching::new(ui);
        let around = self.global.outside.watched_by(&watching);
        let mut opened = operation::open(&self.global.location(), &around)?;
        operation::check_unapproved(&opened)?;
        let made = operation::plan(&mut opened, &args.exceptions.ask(), &around).await?;
        let drawing = "wpsync plan && wpsync show";
        planned::show(made.plan(), args.redact.redaction(), drawing, ui);
        if made.plan().changes.is_empty() {
            operation::finish_empty(&opened, &made, &around)?;
            return Ok(Exit::Done);
        }
        if !made.refusals().is_empty() {
            return Err(operation::refused(made.refusals()));
        }
        if !args.auto_approve && !confirmed(made.plan(), ui)? {
            return Err(Problem::error("not applied: nothing was sent")
                .hint("only `yes` applies; --auto-approve does not ask"));
        }
        let stop = self.global.outside.stop(args.deadline.at(), ui);
        let verification = operation::verify_made(opened, made, args.acknowledge.as_deref(), &around)?;
        self.execute(verification, stop, &around).await
    }

    /// Clears a plan and executes it. Reports the result.
    async fn execute(
        &self,
        verification: Verification,
        stop: Stop,
        around: &Surroundings<'_>,
    ) -> Result<Exit> {
        let Self { args, ui, .. } = self;
        let verified = match verification {
            Verification::Ready(verified) => verified,
            Verification::AppliedBefore(finished) => {
                self.tell_applied_before(finished);
                return Ok(Exit::Done);
            }
        };
        let webhook = Webhook::of(&self.global.outside.environment)?;
        let log = args
            .log
            .as_ref()
            .map(|path| ProvisioningLog::open(&self.global.folder.join(path), verified.plan()))
            .transpose()?;
        let names = Names::of(verified.plan(), args.redact.redaction());
        let cleared = tokio::select! {
            cleared = operation::clear(*verified, args.settings(), around) => cleared?,
            () = interrupted(stop.clone()) => return Err(Problem::new(
                ProblemKind::Interrupted,
                "interrupted before anything was sent",
            )),
        };
        let watching = Applying::new(ui, &names, log.as_ref(), cleared.plan().changes.len());
        let applied = operation::apply(cleared, stop, &self.global.outside.watched_by(&watching)).await;
        watching.end();
        let applied = applied?;
        self.report(&applied, &names, log.as_ref());
        let Applied { plan, report, .. } = &applied;
        if let Some(webhook) = webhook {
            webhook.tell(plan, report, ui).await;
        }
        Ok(report.verdict.into())
    }

    fn tell_applied_before(&self, finished: jiff::Timestamp) {
        let verdict = Verdict::AlreadyApplied.word();
        self.ui
            .event(|| json!({ "type": "change_summary", "operation": "apply", "verdict": verdict }));
        self.ui
            .result(&format!("Already applied at {finished}: nothing to do.\n"));
    }

    /// Reports what was done, and what could not be recorded.
    fn report(&self, applied: &Applied, names: &Names, log: Option<&ProvisioningLog>) {
        let ui = self.ui;
        let Applied { plan, report, .. } = applied;
        if let Some(error) = log.and_then(|log| log.end(plan, &report.outcomes, names)) {
            ui.warn(&format!(
                "the result below is true, but the log lost lines of it: {error}"
            ));
        }
        if let Some(error) = &applied.forgotten {
            ui.note(&operation::forgotten(error));
        }
        tell(plan, report, names, ui);
        if let Some(error) = &applied.unkept {
            ui.warn(&format!(
                "the result above is true, but its receipt was not kept: {error}"
            ));
        }
    }
}

/// Waits until a signal asks to stop.
async fn interrupted(mut stop: Stop) {
    let asked = stop
        .wait_for(|asked| *asked == Some(StopReason::Interrupted))
        .await;
    if asked.is_err() {
        std::future::pending().await // nobody is left who could ask
    }
}

impl ApplyArgs {
    fn settings(&self) -> ApplySettings {
        ApplySettings {
            parallelism: usize::from(self.parallelism),
            sending: if self.bulk { Sending::Bulk } else { Sending::Single },
            deadline: self.deadline.after(),
            on_drift: self.on_drift.map(OnDrift::from),
        }
    }
}

/// Asks for `yes`, on a terminal or from a pipe.
fn confirmed(plan: &Plan, ui: &Ui) -> Result<bool> {
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
    let answer = ui
        .ask(format_args!(
            "\nApply these {} changes?{warning} Only 'yes' is accepted: ",
            plan.changes.len()
        ))
        .map_err(|error| Problem::error(format!("cannot read the answer: {error}")))?;
    Ok(answer.trim() == "yes")
}
