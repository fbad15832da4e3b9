//! What shows that a change was done: a reading of the directory, made after the write. The write's own
//! answer is never believed, because a service may repeat the request without storing anything.

use crate::escape::Escaped;
use crate::killpoint::reached;
use crate::model::Live;
use crate::model::well_known::MEMBERS;
use crate::plan::Action;
use crate::receipt::Evidence;

use super::broken::Broken;
use super::came_back;
use super::decide::Decision;
use super::execute::{FirstLook, Making, ReadBack, Stage, WritesGoOn};
use super::looking::Sighting;
use super::outcome::{Outcome, Repeating};
use super::stored;

impl Making<'_> {
    /// What the answer to a write leads to: the change is read back now, or it waits to be read with others.
    /// `None` if the service may rewrite texts: they are to be sent again.
    pub(super) async fn answered(&mut self, answer: Option<Live>) -> Result<Option<Stage>, Broken> {
        reached("change.answered");
        if let Some(reason) = self.answer_of_another(answer.as_ref()) {
            return Err(Broken::SomebodyElse(reason));
        }
        let is_doubted = || {
            let answered = answer.clone().map(Box::new);
            answered.is_some_and(|live| self.decided_on(live) != Decision::AlreadyDone)
        };
        if self.read_back == ReadBack::Now || is_doubted() {
            return Ok(self.read_back().await?.map(Stage::Settled));
        }
        self.record_taken().await?;
        Ok(Some(Stage::Taken))
    }

    /// An answer whose id is somebody else's: the directory may have written to them.
    fn answer_of_another(&self, answer: Option<&Live>) -> Option<String> {
        let live = answer.filter(|_| self.change.action == Action::Create)?;
        let owner = self.looker.known.whose(&live.id, &self.change.key)?;
        Some(format!(
            "the directory answered with the id {}, which is {owner}: look at both there, \
             and then make a new plan",
            Escaped(&live.id)
        ))
    }

    /// Compares what the directory holds with what was asked. A service that shows a write late is read again
    /// until its visibility lag has passed. `None` if the service may rewrite texts: they are to be sent
    /// again.
    pub(super) async fn read_back(&mut self) -> Result<Option<Outcome>, Broken> {
        let change = self.change;
        // A group without members says nothing about a change of members.
        let is_silent = |live: &Live| change.members.is_some() && live.members.is_none();
        let mut found = self.read().await?;
        for pause in self.looker.looks() {
            let decision = self.looker.decide(change, &found);
            if decision == Decision::AlreadyDone || self.is_left_refused(&decision) {
                break;
            }
            // The service hides inactive people, so a missing person is what the change asked for.
            let is_deactivation = change.action == Action::Deactivate;
            if is_deactivation && found.live().is_none() && self.looker.hides_inactive() {
                return self.settle(Decision::AlreadyDone, &found, None).await.map(Some);
            }
            if self.shows_another(&found) {
                break; // no later look is needed
            }
            // The dialect says that the service never tells the members of a group.
            let no_attribute_is_left =
                matches!(decision, Decision::Do(ref work) if work.attributes.is_empty());
            let tells_nobody = self.looker.reader.dialect().hides_members();
            if tells_nobody && found.live().is_some_and(is_silent) && no_attribute_is_left {
                if !self.refusals.is_empty() {
                    return Ok(Some(self.done_but_for_refused()));
                }
                self.settle(Decision::AlreadyDone, &found, None).await?;
                return Ok(Some(Outcome::Unverified(vec![MEMBERS.into()])));
            }
            tokio::time::sleep(pause).await;
            found = self.read().await?;
        }
        if self.is_rewritten_as_known(&found) {
            return self.settle_rewritten(&found).await.map(Some);
        }
        let rewritten = self.looker.rewritten(change, &found);
        if !rewritten.is_empty() && self.came_back.is_empty() {
            self.came_back = rewritten;
            return Ok(None);
        }
        self.judged(&found).await.map(Some)
    }

    /// The outcome of a change by the last reading after its write.
    pub(super) async fn judged(&mut self, found: &Sighting) -> Result<Outcome, Broken> {
        let change = self.change;
        self.left = self.left_by(found);
        let is_silent = |live: &Live| change.members.is_some() && live.members.is_none();
        let outcome = match self.looker.decide(change, found) {
            decision if self.is_left_refused(&decision) => return Ok(self.done_but_for_refused()),
            Decision::Do(_) | Decision::Drift(_)
                if change.action == Action::Create && matches!(found, Sighting::Nothing) =>
            {
                let id = self.looker.id_of(change);
                let id = id.map(|id| format!(" (id {})", Escaped(&id))).unwrap_or_default();
                contradicted(format!(
                    "the directory accepted it, and has no such {} when it is asked{id}",
                    change.kind.word()
                ))
            }
            Decision::Do(work) if work.attributes.is_empty() && found.live().is_some_and(is_silent) => {
                contradicted(
                    "the directory accepted it, and does not tell who is in the group; if it never does, its \
                     dialect says `absent_members: hidden`"
                        .to_owned(),
                )
            }
            Decision::Do(work) => self
                .done_but_for_members(&work)
                .unwrap_or_else(|| contradicted(stored::accepted_and_not_done(change, &work))),
            settled => self.settle(settled, found, None).await?,
        };
        Ok(self.after_refusals(outcome))
    }

    /// Whether the write shows, and its texts are stored in another way: so they are not what was there
    /// before, or they have come back so once, or the service is known for it.
    fn shows_another(&self, found: &Sighting) -> bool {
        let rewritten = self.looker.rewritten(self.change, found);
        !rewritten.is_empty()
            && (rewritten == self.came_back
                || self.looker.known.rewrites.know(&rewritten)
                || !rewritten.iter().any(|one| came_back::was_there(self.change, one)))
    }

    /// Whether the write shows, and its texts are stored as the service is known to rewrite them. What has
    /// come back twice is known from then on.
    fn is_rewritten_as_known(&self, found: &Sighting) -> bool {
        let rewritten = self.looker.rewritten(self.change, found);
        if rewritten.is_empty() {
            return false;
        }
        let rewrites = &self.looker.known.rewrites;
        let is_known = rewritten == self.came_back || rewrites.know(&rewritten);
        if is_known {
            rewrites.add(rewritten);
        }
        is_known
    }

    /// The outcome of a change whose texts are stored as the service is known to rewrite them. A text that is
    /// as it was before the write does not show that the service took anything.
    async fn settle_rewritten(&self, found: &Sighting) -> Result<Outcome, Broken> {
        let rewritten = self.looker.rewritten(self.change, found);
        let unmoved = rewritten
            .iter()
            .filter(|one| came_back::was_there(self.change, one));
        let unmoved: Vec<Box<str>> = unmoved.map(|one| one.attribute.clone()).collect();
        let outcome = self.settle(Decision::AlreadyDone, found, None).await?;
        Ok(if unmoved.is_empty() {
            outcome
        } else {
            Outcome::Unmoved(unmoved)
        })
    }

    /// Takes the row of a list for evidence, if it shows the change; otherwise the resource is read by its
    /// id.
    pub(super) async fn confirm(&mut self, row: Option<Live>, writes: WritesGoOn) -> Result<Stage, Broken> {
        if let Some(row) = row {
            let found = Sighting::One(Box::new(row));
            self.by = Evidence::Listed;
            if self.looker.decide(self.change, &found) == Decision::AlreadyDone {
                return self
                    .settle(Decision::AlreadyDone, &found, None)
                    .await
                    .map(Stage::Settled);
            }
            if self.is_rewritten_as_known(&found) {
                return self.settle_rewritten(&found).await.map(Stage::Settled);
            }
        }
        match self.read_back().await? {
            Some(outcome) => Ok(Stage::Settled(outcome)),
            None if writes == WritesGoOn::Yes => self.run(FirstLook::Needed).await,
            None => Ok(Stage::Settled(Outcome::Failed {
                reason: "its texts came back in another way, and the run ended before they were sent again"
                    .to_owned(),
                may_have_written: true,
                repeating: Repeating::MayHelp,
            })),
        }
    }
}

/// The outcome of a change that the directory took and does not show. To apply it again does not help.
fn contradicted(reason: String) -> Outcome {
    Outcome::Failed {
        reason,
        may_have_written: true,
        repeating: Repeating::DoesNot,
    }
}
