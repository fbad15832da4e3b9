//! Turns changes into a sealed plan: adds the circumstances, the guards' figures, and their verdict.

use std::collections::HashSet;
use std::sync::Arc;

use super::opened::Opened;
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::{push, reading, target};
use crate::client::Reader;
use crate::desired::{Coverage, SourceFacts};
use crate::model::{Key, Snapshot};
use crate::plan::facts::{Circumstances, DirectoryFacts, FileFacts, SnapshotFacts};
use crate::plan::guard::{self, Account, Grounds, History, Trial};
use crate::plan::held::obstacles::Obstacle;
use crate::plan::ownership::{Managed, Ownership};
use crate::plan::part_alone::WholeSources;
use crate::plan::{Action, Draft, Findings, Frame, Plan, Privileges, Selection};
use crate::project::Adoption;
use crate::whole::compose::{CannotSay, Everything, compose};
use crate::whole::content::Push;
use crate::whole::form::Writes;

/// Seals the plans of a project. It holds what a plan rests on besides the sources and the directory's
/// content.
pub(super) struct Sealing<'o> {
    opened: &'o Opened,
    directory: DirectoryFacts,
    account: Account,
    circumstances: Circumstances,
    pub(super) history: History,
}

/// A sealed plan, and the verdict of the guards.
pub(super) struct Sealed {
    pub(super) plan: Plan,
    pub(super) refusals: Vec<String>,
}

impl<'o> Sealing<'o> {
    /// Reads from the receipts what was applied before, and asks the service for its time and the token's
    /// account.
    pub(super) async fn begin(
        opened: &'o Opened,
        reader: &Reader,
        around: &Surroundings<'_>,
    ) -> Result<Self, Problem> {
        let directory = target::facts(opened)?;
        let now = around.machine.now();
        reading::check_clock(reader, now)?;
        let history = opened.state.history(&directory.origin, now, None)?;
        Ok(Self {
            opened,
            directory,
            account: reading::account(opened, reader).await,
            circumstances: circumstances(opened.now, around)?,
            history,
        })
    }

    /// What was managed when the last plan was applied here.
    pub(super) fn managed_before(&self) -> Managed {
        let last = self.history.last.as_ref();
        last.map(|last| last.managed.clone()).unwrap_or_default()
    }

    /// What a plan about everything manages.
    pub(super) fn managed(&self, adopted: &Adoption) -> Managed {
        let opened = self.opened;
        let before = Ownership::Of {
            managed: self.managed_before(),
            adopted: adopted.clone(),
        };
        let managed = Managed::of(&opened.desired, &opened.catalog);
        let sources = WholeSources {
            desired: &opened.desired,
            files: &opened.files,
        };
        managed.partly_named(&before, &opened.policy(), sources)
    }

    /// The frame of a plan about everything.
    pub(super) fn frame(&self) -> Frame {
        let opened = self.opened;
        Frame {
            circumstances: self.circumstances.clone(),
            config: opened.config_facts(),
            policy: opened.policy_file.as_ref().map(|policy| policy.digest),
            directory: self.directory.clone(),
            sources: source_facts(opened),
            managed: self.managed(&Adoption::default()),
            adopted: Vec::new(),
            waivers: Vec::new(),
            selection: None,
            reverses: None,
        }
    }

    /// Seals a draft of changes.
    pub(super) fn seal(&self, frame: Frame, snapshot: &Snapshot, draft: Draft) -> Result<Sealed, Problem> {
        let opened = self.opened;
        let policy = opened.policy();
        let left_active = self.left_active(&draft)?;
        let guards = guard::figures(&Grounds {
            catalog: &opened.catalog,
            changes: &draft.changes,
            snapshot,
            managed_users: draft.managed_users,
            sources: &frame.sources,
            policy: &policy,
            history: &self.history,
            account: &self.account,
            left_active: &left_active,
            released: draft.released.as_ref(),
            remainder: frame.selection.is_none().then_some(&draft.remainder),
            declared: opened.desired.declared() as u64,
            compares_nobody: frame.selection.as_ref().is_some_and(Selection::compares_nobody),
        });
        let counts = snapshot.counts();
        let push = pushed(opened, &draft, snapshot);
        let push = push.map_err(|error| Problem::error(error.to_string()).caused_by(error))?;
        let findings = Findings {
            snapshot: SnapshotFacts::of(snapshot, &draft),
            cost: crate::plan::cost(&draft.changes, &counts, &opened.dialect, &opened.catalog),
            guards,
            privileges: Privileges::given(&draft.changes, &policy),
            push,
            newly_managed: draft.newly_managed,
            remainder: draft.remainder,
            by_hand: draft.by_hand,
        };
        let plan = Plan::seal(frame, findings, draft.changes);
        let judged = Trial {
            header: &plan.header,
            changes: &plan.changes,
            policy: &policy,
            history: &self.history,
            account: &self.account,
        };
        let refusals = guard::refusals(&judged);
        Ok(Sealed { plan, refusals })
    }

    /// The people whom the last apply left active. The record is as long as the directory is large, so it is
    /// read only for a plan that activates somebody.
    fn left_active(&self, draft: &Draft) -> Result<HashSet<Key>, Problem> {
        if draft
            .changes
            .iter()
            .all(|change| change.action != Action::Reactivate)
        {
            return Ok(HashSet::new());
        }
        let last = reading::last_applied(self.opened)?;
        Ok(last.iter().flat_map(|last| last.left_active().cloned()).collect())
    }
}

/// Everything that the directory shall hold. `None` if the directory is written change by change, or if there
/// are no changes.
fn pushed(opened: &Opened, draft: &Draft, snapshot: &Snapshot) -> Result<Option<Push>, CannotSay> {
    let Writes::Whole(form) = &opened.dialect.writes else {
        return Ok(None);
    };
    if draft.changes.is_empty() {
        return Ok(None);
    }
    let everything = Everything {
        catalog: &opened.catalog,
        changes: &draft.changes,
        form,
        snapshot,
    };
    compose(&everything, push::settings(&opened.project.directory)).map(Some)
}

/// Whose changes cannot be said where the directory is written in one request.
pub(super) fn unsayable(opened: &Opened, draft: &Draft, snapshot: &Snapshot) -> Vec<Obstacle> {
    pushed(opened, draft, snapshot).map_or_else(|cannot| cannot.of_one, |_| Vec::new())
}

/// The clock, random ids and the environment, read once.
fn circumstances(now: jiff::Timestamp, around: &Surroundings<'_>) -> Result<Circumstances, Problem> {
    Ok(Circumstances {
        now,
        plan_id: around.random_hexadecimal()?,
        pseudonym_key: around.random_hexadecimal()?,
        author: around.environment.author(),
        commit: around.environment.commit(),
    })
}

fn source_facts(opened: &Opened) -> Vec<FileFacts> {
    let facts = |source: &SourceFacts| FileFacts {
        bytes: source.bytes,
        partial: source.coverage == Coverage::Partial,
        path: Arc::clone(&source.path),
        pattern: source.pattern.clone(),
        rows: source.rows,
        sha256: source.sha256.clone(),
    };
    opened.desired.sources.iter().map(facts).collect()
}
