//! From changes to a sealed plan: what the world says at this moment, the guards' figures, and their verdict.

use std::collections::HashSet;
use std::sync::Arc;

use wpsync::client::Reader;
use wpsync::desired::SourceFacts;
use wpsync::model::Key;
use wpsync::model::Snapshot;
use wpsync::plan::facts::{Circumstances, DirectoryFacts, FileFacts, SnapshotFacts};
use wpsync::plan::guard::{self, Account, Grounds, History, Judged};
use wpsync::plan::ownership::Managed;
use wpsync::plan::push::{self, Everything, Push};
use wpsync::plan::{Action, Draft, Findings, Frame, Plan};
use wpsync::state::State;

use super::chance::random_hexadecimal;
use super::connect;
use super::context::Context;
use super::exit::Failure;

/// What a plan is judged by besides the sources and the directory.
pub(crate) struct World {
    directory: DirectoryFacts,
    account: Account,
    pub(crate) history: History,
}

impl World {
    /// Asks the receipts what was applied before, and the service whose token this is and what time it is.
    pub(crate) async fn read(context: &Context, reader: &Reader) -> Result<Self, Failure> {
        let directory = connect::facts(context)?;
        connect::check_clock(reader)?;
        let history = State::of(&context.root).history(&directory.origin, jiff::Timestamp::now(), None)?;
        Ok(Self {
            directory,
            account: context.account(reader).await,
            history,
        })
    }

    /// What a plan of everything is made in.
    pub(crate) fn frame(&self, context: &Context) -> Result<Frame, Failure> {
        Ok(Frame {
            circumstances: circumstances(context.now)?,
            config: context.config_facts(),
            policy: context.policy_file.as_ref().map(|policy| policy.digest),
            directory: self.directory.clone(),
            sources: source_facts(context),
            managed: Managed::of(&context.desired, &context.catalog),
            adopted: Vec::new(),
            waivers: Vec::new(),
            selection: None,
            reverses: None,
        })
    }

    /// Seals changes, and says what guards refuse.
    ///
    /// # Errors
    /// When there is a record of the last apply that cannot be read.
    pub(crate) fn seal(
        &self,
        context: &Context,
        frame: Frame,
        snapshot: &Snapshot,
        draft: Draft,
    ) -> Result<(Plan, Vec<String>), Failure> {
        let policy = context.policy();
        let left_active = self.left_active(context, &draft)?;
        let guards = guard::figures(&Grounds {
            catalog: &context.catalog,
            changes: &draft.changes,
            snapshot,
            managed_users: draft.managed_users,
            sources: &frame.sources,
            policy: &policy,
            history: &self.history,
            account: &self.account,
            left_active: &left_active,
        });
        let findings = Findings {
            snapshot: SnapshotFacts::of(snapshot, &draft),
            cost: wpsync::plan::cost(&draft.changes, &context.dialect, &context.catalog),
            guards,
            push: pushed(context, &draft, snapshot)?,
            withheld: draft.withheld,
        };
        let plan = Plan::seal(frame, findings, draft.changes);
        let judged = Judged {
            header: &plan.header,
            changes: &plan.changes,
            policy: &policy,
            history: &self.history,
            account: &self.account,
        };
        let refusals = guard::refusals(&judged);
        Ok((plan, refusals))
    }

    /// The people whom the last apply left active. The record is as long as the directory is large, so it is
    /// read only for a plan that activates somebody.
    fn left_active(&self, context: &Context, draft: &Draft) -> Result<HashSet<Key>, Failure> {
        if draft
            .changes
            .iter()
            .all(|change| change.action != Action::Reactivate)
        {
            return Ok(HashSet::new());
        }
        let last = State::of(&context.root)
            .read_last_applied()?
            .filter(|last| last.directory == self.directory.origin);
        Ok(last.iter().flat_map(|last| last.left_active().cloned()).collect())
    }
}

/// Everything that the directory shall hold, where it is written in one request. A plan without changes sends
/// nothing.
fn pushed(context: &Context, draft: &Draft, snapshot: &Snapshot) -> Result<Option<Push>, Failure> {
    let Some(form) = context
        .dialect
        .push
        .as_ref()
        .filter(|_| !draft.changes.is_empty())
    else {
        return Ok(None);
    };
    let everything = Everything {
        catalog: &context.catalog,
        changes: &draft.changes,
        form,
        snapshot,
    };
    let pushed = push::push(
        &everything,
        super::officevibe::settings(&context.project.directory),
    );
    pushed.map(Some).map_err(|problems| {
        Failure::error(format!(
            "a push cannot say what the sources ask:\n  - {}",
            problems.join("\n  - ")
        ))
    })
}

/// The clock, chance and the environment, read once.
fn circumstances(now: jiff::Timestamp) -> Result<Circumstances, Failure> {
    let variable = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| std::env::var(name).ok())
            .filter(|value| !value.is_empty())
    };
    Ok(Circumstances {
        now,
        plan_id: random_hexadecimal()?,
        pseudonym_key: random_hexadecimal()?,
        author: variable(&["WPSYNC_AUTHOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"]),
        commit: variable(&["WPSYNC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"]),
    })
}

fn source_facts(context: &Context) -> Vec<FileFacts> {
    let facts = |source: &SourceFacts| FileFacts {
        bytes: source.bytes,
        path: Arc::clone(&source.path),
        rows: source.rows,
        sha256: source.sha256.clone(),
    };
    context.desired.sources.iter().map(facts).collect()
}
