//! A run whose changes go in one request that holds everything. All of it is read before; the request goes
//! only if the changes, laid over what is there, give what the plan holds, so that nobody is removed or
//! overwritten whom no change names. Then the intents are made durable, it is sent once, and everything is
//! read again: what became of each change is what is seen of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::client::DirectoryError;

use crate::wire::Failure;

use crate::model::Live;

use crate::model::Member;

use crate::dialect::PushForm;
use crate::journal::Event;
use crate::killpoint::reached;
use crate::model::Snapshot;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Key, Kind, Reference, Value};
use crate::plan::push::{Everything, Push, push};
use crate::plan::{Action, Change};
use crate::survey::Observer as Reading;

use super::decide::{Decision, Drift, decide};
use super::execute::stored_something_else;
use super::outcome::{Ending, History, Outcome, Report, StopReason, verdict};
use super::run::{Apply, ApplyError, Observer};
use super::values::Known;

/// How long to wait before each look at what was pushed, besides what the dialect says that it may take.
const LOOKS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
];

/// A push under way.
pub(super) struct Pushing<'a> {
    run: &'a Apply<'a>,
    catalog: Arc<Catalog>,
    form: &'a PushForm,
    push: &'a Push,
}

/// Reading for a push is not watched: it is two requests.
struct Unwatched;

impl Reading for Unwatched {}

/// What is taken for true of what cannot be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Untold {
    /// It is as the plan has it before.
    AsRead,
    /// It is as it was pushed.
    AsPushed,
}

/// What a change would find.
struct Looked {
    decision: Decision,
    /// What of it cannot be read.
    unread: Vec<Box<str>>,
}

impl<'a> Pushing<'a> {
    /// Prepares a push, where that is how the directory is written.
    pub(super) fn of(run: &'a Apply<'a>) -> Result<Option<Self>, ApplyError> {
        let reader = run.writer.reader();
        let Some(form) = reader.dialect().push.as_ref() else {
            return Ok(None);
        };
        match &run.plan.header.push {
            Some(push) => Ok(Some(Self {
                run,
                catalog: Arc::clone(reader.catalog()),
                form,
                push,
            })),
            None if run.plan.changes.is_empty() => Ok(None),
            None => Err(ApplyError::Plan(
                "this plan holds no push, and the directory is written by nothing else; make a new plan"
                    .into(),
            )),
        }
    }

    /// Makes all changes at once.
    pub(super) async fn run(self, history: History, observer: &dyn Observer) -> Result<Report, ApplyError> {
        let changes = &self.run.plan.changes;
        let now = self.read().await?;
        let looked = self.look(&now, self.untold_before(&now, history));
        observer.checked(changes.len(), changes.len());
        let mut outcomes: Vec<Option<Outcome>> = looked.iter().map(|one| settled(one, history)).collect();
        let (mut ending, mut unrecorded) = (Ending::RanOut, Vec::new());
        let is_open = outcomes.iter().any(Option::is_none);
        let mut drifted = outcomes
            .iter()
            .flatten()
            .any(|outcome| matches!(outcome, Outcome::Drifted(_)));
        if is_open && !drifted {
            let what = self.moved(&now);
            drifted = !what.is_empty();
            if let Some(first) = outcomes.iter_mut().find(|outcome| drifted && outcome.is_none()) {
                *first = Some(Outcome::Drifted(vec![Drift::Elsewhere { what }]));
            }
        }
        if drifted {
            let reason = || {
                "something in the directory is not as the plan read it, so nothing was sent; make a new plan"
                    .to_owned()
            };
            for outcome in &mut outcomes {
                outcome.get_or_insert_with(|| Outcome::Skipped { reason: reason() });
            }
        } else if let Some(reason) = self.asked_to_stop().filter(|_| is_open) {
            ending = Ending::Stopped(reason);
        } else if is_open {
            unrecorded = self.send(&mut outcomes, observer).await?;
        }
        let outcomes: Vec<Outcome> = outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Outcome::NotTried))
            .collect();
        let verdict = verdict(self.run.plan, &outcomes, history, ending);
        if outcomes.iter().all(Outcome::is_done) && !self.run.progress.is_finished() {
            let _ = self.run.journal.record(Event::Finished).await;
            reached("plan.finished");
        }
        Ok(Report {
            verdict,
            outcomes,
            requests: self.run.writer.reader().tally(),
            unrecorded,
        })
    }

    /// What an earlier run of this plan may have pushed: where all that can be read of it is there, it has
    /// arrived as a whole.
    fn untold_before(&self, now: &Snapshot, history: History) -> Untold {
        let is_done = |looked: &Looked| looked.decision == Decision::AlreadyDone;
        let arrived = history == History::Resumed
            && self.shows()
            && self.look(now, Untold::AsPushed).iter().all(is_done);
        if arrived { Untold::AsPushed } else { Untold::AsRead }
    }

    /// Whether anything of the changes can be read, so that it tells whether the push has arrived.
    fn shows(&self) -> bool {
        let is_told = |kind, path: &str| {
            self.catalog
                .find(kind, path)
                .is_ok_and(|attribute| self.form.tells(attribute))
        };
        let people = |change: &Change| {
            let moved = change
                .members
                .iter()
                .flat_map(|delta| delta.add.iter().chain(&delta.remove));
            moved
                .filter_map(|one| one.key.as_ref())
                .any(|key| key.kind == Kind::User)
        };
        self.run.plan.changes.iter().any(|change| {
            change.action != Action::Update
                || people(change)
                || change.after.keys().any(|path| is_told(change.kind, path))
        })
    }

    fn asked_to_stop(&self) -> Option<StopReason> {
        *self.run.stop.borrow()
    }

    async fn read(&self) -> Result<Snapshot, DirectoryError> {
        crate::survey::everything(self.run.writer.reader(), &Unwatched).await
    }

    fn moved(&self, now: &Snapshot) -> Vec<String> {
        let everything = Everything {
            catalog: &self.catalog,
            changes: &self.run.plan.changes,
            form: self.form,
            snapshot: now,
        };
        match push(&everything, self.push.settings.clone()) {
            Ok(would_be) => self.push.moved(&would_be, self.form),
            Err(problems) => problems,
        }
    }

    /// Makes the intents durable, sends the push once, and finds out what became of each change. Returns
    /// those that are done and could not be recorded.
    async fn send(
        &self,
        outcomes: &mut [Option<Outcome>],
        observer: &dyn Observer,
    ) -> Result<Vec<usize>, ApplyError> {
        let mut unrecorded = Vec::new();
        let changes = &self.run.plan.changes;
        let open: Vec<usize> = (0..changes.len())
            .filter(|number| outcomes[*number].is_none())
            .collect();
        let mut durable = JoinSet::new(); // together, so that they are synced together
        for number in &open {
            observer.started(&changes[*number]);
            let (journal, change) = (self.run.journal.clone(), changes[*number].id.clone());
            durable.spawn(async move { journal.record(Event::Intent { change }).await });
        }
        while let Some(recorded) = durable.join_next().await {
            recorded.map_err(|error| {
                ApplyError::Plan(format!("the journal's writer ended unexpectedly: {error}"))
            })??;
        }
        reached("push.intended");
        let sent = self.run.writer.push(self.push.request(self.form)).await;
        reached("push.answered");
        let refused = sent.err();
        if let Some(error) = refused.as_ref().filter(|error| !error.may_have_been_applied()) {
            for number in open {
                let reason = error.to_string();
                let _ = self
                    .run
                    .journal
                    .record(Event::Failed {
                        change: changes[number].id.clone(),
                        reason: reason.clone(),
                    })
                    .await;
                outcomes[number] = Some(Outcome::Failed {
                    reason,
                    may_have_written: false,
                });
            }
            return Ok(unrecorded);
        }
        let seen = self.read_back(&open, refused.as_ref()).await;
        for (number, outcome) in open.into_iter().zip(seen) {
            if outcome.is_done() {
                let event = Event::Done {
                    change: changes[number].id.clone(),
                    id: self.id_of(&changes[number]),
                };
                if self.run.journal.record(event).await.is_err() {
                    unrecorded.push(number); // what is done is done; a later run looks
                }
                reached("push.recorded");
            }
            observer.finished(&changes[number], &outcome);
            outcomes[number] = Some(outcome);
        }
        Ok(unrecorded)
    }

    /// What is seen of changes, looked at for as long as the service may take to show them.
    async fn read_back(&self, open: &[usize], refused: Option<&DirectoryError>) -> Vec<Outcome> {
        let lag =
            usize::try_from(self.run.writer.reader().dialect().visibility_lag).unwrap_or(usize::MAX) / 2;
        let pauses: Vec<Duration> = LOOKS
            .into_iter()
            .chain(std::iter::repeat_n(LOOKS[3], lag))
            .collect();
        let mut last: Result<Vec<Looked>, String> = Err("it was not looked at".into());
        for pause in pauses {
            tokio::time::sleep(pause).await;
            // Of a push that was taken, what cannot be read is as it was sent; of one whose answer was lost,
            // if the rest is.
            let is_told =
                refused.is_none_or(|error| matches!(error.failure, Failure::NoAnswer { .. }) && self.shows());
            let untold = if is_told { Untold::AsPushed } else { Untold::AsRead };
            last = self
                .read()
                .await
                .map(|now| self.look(&now, untold))
                .map_err(|error| error.to_string());
            let is_settled = |number: &usize| {
                last.as_ref()
                    .is_ok_and(|looked| looked[*number].decision == Decision::AlreadyDone)
            };
            if open.iter().all(is_settled) || self.asked_to_stop().is_some() {
                break;
            }
        }
        let judge = |number: &usize| match &last {
            Ok(looked) => self.judge(*number, &looked[*number], refused),
            Err(reason) => Outcome::Failed {
                reason: format!("it was sent, and cannot be read back: {reason}"),
                may_have_written: true,
            },
        };
        open.iter().map(judge).collect()
    }

    fn judge(&self, number: usize, looked: &Looked, refused: Option<&DirectoryError>) -> Outcome {
        match (&looked.decision, refused) {
            (Decision::AlreadyDone, _) if looked.unread.is_empty() => Outcome::Done,
            (Decision::AlreadyDone, _) => Outcome::Unverified(looked.unread.clone()),
            (Decision::Drift(drifts), None) => stored_something_else(&self.run.plan.changes[number], drifts.clone(), None),
            (_, Some(error)) => Outcome::Failed { reason: error.to_string(), may_have_written: true },
            (_, None) => Outcome::Failed {
                reason:
                    "the directory took the push and does not show this yet; it may still come, or wait there for an approval. Run the \
                         same apply again to find out"
                        .into(),
                may_have_written: true,
            },
        }
    }

    /// Decides on every change.
    fn look(&self, now: &Snapshot, untold: Untold) -> Vec<Looked> {
        let known = Known::default();
        let places = Places::new(now);
        let changes = &self.run.plan.changes;
        for change in changes {
            let there = places
                .find(change, self.id_of(change).as_deref())
                .map(|live| live.id.clone());
            if let Some(id) = there.or_else(|| self.id_of(change)) {
                known.learn(&change.key, &id);
            }
        }
        let one = |change: &Change| {
            let live = places
                .find(change, self.id_of(change).as_deref())
                .map(|live| self.completed(live, change, untold));
            Looked {
                decision: decide(&self.catalog, change, &known, live.as_ref()),
                unread: self.unread(change),
            }
        };
        changes.iter().map(one).collect()
    }

    /// What a change does that cannot be read.
    fn unread(&self, change: &Change) -> Vec<Box<str>> {
        if change.action == Action::Delete {
            return Vec::new();
        }
        let untold = |path: &str| {
            self.catalog
                .find(change.kind, path)
                .is_ok_and(|attribute| !self.form.tells(attribute))
        };
        let groups = change
            .members
            .iter()
            .flat_map(|delta| delta.add.iter().chain(&delta.remove));
        let nested = groups
            .filter_map(|one| one.key.as_ref())
            .any(|key| key.kind == Kind::Group)
            .then(|| "members (groups)".into());
        change
            .after
            .keys()
            .filter(|path| untold(path))
            .cloned()
            .chain(nested)
            .collect()
    }

    /// A resource as it was read, with what cannot be read of it.
    fn completed(&self, live: &Live, change: &Change, untold: Untold) -> Live {
        let mut live = live.clone();
        let pushed = change.after.iter().filter(|_| untold == Untold::AsPushed);
        for (path, value) in change.before.iter().chain(pushed) {
            match (self.catalog.find(change.kind, path), value) {
                (Ok(attribute), _) if self.form.tells(attribute) => {}
                (Ok(attribute), Some(value)) => live.attributes.set(attribute.id, value.clone()),
                (Ok(attribute), None) => drop(live.attributes.clear(attribute.id)),
                (Err(_), _) => {}
            }
        }
        if let (Some(delta), Some(members), Untold::AsPushed) = (&change.members, &mut live.members, untold) {
            let nested = |all: &[Reference]| {
                let groups = all
                    .iter()
                    .filter(|one| one.key.as_ref().is_some_and(|key| key.kind == Kind::Group));
                groups
                    .filter_map(|one| one.id.clone().or_else(|| self.group_id(one.key.as_ref()?)))
                    .collect::<Vec<Box<str>>>()
            };
            let gone = nested(&delta.remove);
            members.retain(|member| member.reference.id.as_ref().is_none_or(|id| !gone.contains(id)));
            let come = nested(&delta.add).into_iter();
            members.extend(come.map(|id| Member {
                reference: Reference::to_id(id),
                kind: Some(Kind::Group),
            }));
        }
        live
    }

    /// The id that the resource of a change has there.
    fn id_of(&self, change: &Change) -> Option<Box<str>> {
        match change.kind {
            Kind::User => change.remote_id.clone().or_else(|| Some(change.key.name.clone())),
            Kind::Group => self.group_id(&change.key).or_else(|| change.remote_id.clone()),
        }
    }

    /// The id of a group: what the sources call it, or what it has.
    fn group_id(&self, key: &Key) -> Option<Box<str>> {
        let change = self.run.plan.changes.iter().find(|change| change.key == *key)?;
        let wanted = change
            .after
            .get(EXTERNAL_ID)
            .and_then(Option::as_ref)
            .and_then(Value::as_text)
            .map(Into::into);
        wanted
            .or_else(|| change.remote_id.clone())
            .or_else(|| Some(change.key.name.clone()))
    }
}

/// Resources by their ids; those of people are addresses, however they are spelt.
struct Places<'s>(HashMap<Key, &'s Live>);

impl<'s> Places<'s> {
    fn new(snapshot: &'s Snapshot) -> Self {
        let all = snapshot.users.iter().chain(&snapshot.groups);
        Self(all.map(|live| (Key::new(live.kind, &live.id), live)).collect())
    }

    fn find(&self, change: &Change, id: Option<&str>) -> Option<&'s Live> {
        let mut ids = change.remote_id.as_deref().into_iter().chain(id);
        ids.find_map(|id| self.0.get(&Key::new(change.kind, id))).copied()
    }
}

fn settled(looked: &Looked, history: History) -> Option<Outcome> {
    match &looked.decision {
        Decision::AlreadyDone if history == History::Resumed && !looked.unread.is_empty() => {
            Some(Outcome::Unverified(looked.unread.clone()))
        }
        Decision::AlreadyDone => Some(Outcome::AlreadyDone),
        Decision::Drift(drifts) => Some(Outcome::Drifted(drifts.clone())),
        Decision::Do(_) => None,
    }
}
