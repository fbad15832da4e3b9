//! Reads the directory, compares, guards and seals. It holds a reader, and so cannot write to a directory.

use super::by_hand::{Ours, by_hand};
use super::opened::Opened;
use super::problem::Problem;
use super::sealing::{self, Sealed, Sealing};
use super::selection::{self, Selected};
use super::surroundings::Surroundings;
use super::{learning, reading};
use crate::capability::{self, Fitted};
use crate::client::{Reader, Tally};
use crate::escape::Escaped;
use crate::model::{Catalog, ManagedAccounts, Snapshot};
use crate::plan::access::AccessRecord;
use crate::plan::guard::{self, History, Waiver};
use crate::plan::ownership::Ownership;
use crate::plan::{Draft, DraftBasis, Frame, Plan, Selection, unknown_leavers};
use crate::project::Adoption;
use crate::survey::Survey;

/// The options of a plan, in addition to the project.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The people and groups that the plan is about.
    pub selected: Selected,
    /// The waivers for limits that the plan exceeds.
    pub waivers: Vec<Waiver>,
    /// What the plan may remove from although it comes under management only now: `users`, `groups`,
    /// `users.title`, `group:NAME` or `all`.
    pub adopt: Vec<String>,
}

/// A plan, what it rests on, and the verdict of the guards.
#[derive(Debug)]
pub struct Made {
    pub(super) plan: Plan,
    pub(super) history: History,
    refusals: Vec<String>,
    requests: Tally,
    snapshot: Snapshot,
    accounts: ManagedAccounts,
}

impl Made {
    /// The plan, sealed.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The reasons why guards refuse the plan. Reviewers see them, and a refused plan cannot be applied.
    pub fn refusals(&self) -> &[String] {
        &self.refusals
    }

    /// How many requests the plan took.
    pub const fn requests(&self) -> Tally {
        self.requests
    }

    /// Who was managed before.
    pub(super) const fn accounts(&self) -> &ManagedAccounts {
        &self.accounts
    }

    /// What the directory held.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

/// Makes a plan. The removals that a selection asks for are added to `opened.desired`.
///
/// # Errors
/// When no resource has a selected name, the directory cannot be read, the sources cannot be matched with it,
/// or its service cannot do what they ask.
pub async fn plan(opened: &mut Opened, ask: &Ask, around: &Surroundings<'_>) -> Result<Made, Problem> {
    let selection = ask.selected.selection(opened)?;
    let reader = reading::reader(opened, around).await?;
    for note in opened.notes() {
        around.watch.note(&note);
    }
    let adopted = adoption(opened, &ask.adopt)?;
    let sealing = Sealing::begin(opened, &reader, around).await?;
    let accounts = reading::accounts(opened)?;
    let snapshot = read(opened, &reader, &accounts, around).await?;
    let managed = sealing.managed_before();
    let ownership = Ownership::Of {
        managed: managed.clone(),
        adopted: adopted.clone(),
    };
    let comparison = Comparison {
        catalog: &learning::checked(opened, &snapshot),
        opened,
        snapshot: &snapshot,
        ownership: &ownership,
        access: &reading::access(opened, &snapshot)?,
        accounts: &accounts,
        waivers: &ask.waivers,
        selection: selection.as_ref(),
    };
    let mut draft = comparison.draft(around)?;
    let ours = Ours {
        ownership: &ownership,
        accounts: &accounts,
    };
    draft.by_hand = by_hand(opened, &snapshot, ours, &draft)?;
    for note in guard::left_behind(&draft, &snapshot, &opened.catalog) {
        around.watch.note(&note);
    }
    let unknown = unknown_leavers(&draft.unknown_leavers);
    unknown.iter().for_each(|warning| around.watch.warn(warning));
    around.watch.compared();
    let mut frame = Frame {
        adopted: adopted.names().map(str::to_owned).collect(),
        managed: sealing.managed(&adopted),
        waivers: ask.waivers.clone(),
        ..sealing.frame()
    };
    if let Some(selection) = selection {
        tell_absent(&draft, around);
        selection::check_leavers(opened, &snapshot, &selection, &draft, around.watch)?;
        // A plan about a selection does not change what is managed.
        frame.managed = managed;
        frame.selection = Some(selection);
    }
    let Sealed { plan, refusals } = sealing.seal(frame, &snapshot, draft)?;
    Ok(Made {
        plan,
        history: sealing.history,
        refusals,
        requests: reader.tally(),
        snapshot,
        accounts,
    })
}

/// Reads what a plan of this project needs from the directory.
pub(super) async fn read(
    opened: &Opened,
    reader: &Reader,
    accounts: &ManagedAccounts,
    around: &Surroundings<'_>,
) -> Result<Snapshot, Problem> {
    let remembered = reading::remembered(opened)?;
    let survey = Survey {
        reader,
        catalog: &opened.catalog,
        desired: &opened.desired,
        policy: &opened.policy(),
        remembered: &remembered,
        accounts,
    };
    around.watch.reading_begins();
    let snapshot = survey.read(around.watch).await;
    around.watch.reading_ends();
    Ok(snapshot?)
}

/// What the configuration and the command line adopt.
fn adoption(opened: &Opened, asked: &[String]) -> Result<Adoption, Problem> {
    let mut adoption = opened.project.adopt.clone();
    for name in asked {
        if !adoption.add(name, &opened.catalog) {
            let message = format!(
                "--adopt {}: this names nothing that can be managed",
                Escaped(name)
            );
            return Err(Problem::error(message).hint("write users, groups, users.title, group:Sales or all"));
        }
    }
    Ok(adoption)
}

/// Notes the reason of each removal that no file asks for.
fn tell_absent(draft: &Draft, around: &Surroundings<'_>) {
    let leaving = draft.changes.iter().filter(|change| change.action.is_removal());
    for change in leaving.filter(|change| change.origin.is_none()) {
        around
            .watch
            .note(&format!("{}: {}.", change.key, Escaped(&change.reason)));
    }
}

/// What a draft is made from.
pub(super) struct Comparison<'c> {
    /// The attributes, with what is learnt of the service.
    pub(super) catalog: &'c Catalog,
    pub(super) opened: &'c Opened,
    pub(super) snapshot: &'c Snapshot,
    pub(super) ownership: &'c Ownership,
    pub(super) access: &'c AccessRecord,
    pub(super) accounts: &'c ManagedAccounts,
    pub(super) waivers: &'c [Waiver],
    pub(super) selection: Option<&'c Selection>,
}

impl Comparison<'_> {
    /// Compares what is desired with what is live.
    pub(super) fn draft(&self, around: &Surroundings<'_>) -> Result<Draft, Problem> {
        let catalog = self.catalog;
        let Opened {
            dialect,
            files,
            desired,
            ..
        } = self.opened;
        let inputs = DraftBasis {
            catalog,
            desired,
            files,
            snapshot: self.snapshot,
            policy: &self.opened.policy(),
            ownership: self.ownership,
            access: self.access,
            accounts: self.accounts,
            unique: &dialect.unique_attributes(catalog),
            waivers: self.waivers,
            selection: self.selection,
        };
        let unsayable = |draft: &Draft| sealing::unsayable(self.opened, draft, self.snapshot);
        let fitted = capability::draft(&inputs, dialect, &unsayable);
        let Fitted { draft, notes } =
            fitted.map_err(|blocked| Problem::of_files(blocked.0, files.clone()))?;
        for note in &notes {
            around.watch.note(note);
        }
        Ok(draft)
    }
}
