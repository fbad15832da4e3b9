//! A change of which the directory refuses a part. The rest is done and read back, and the outcome names what
//! was refused. A create that is refused is looked up: it is never sent again as it was.

use crate::client::DirectoryError;
use crate::model::{Live, Reference};
use crate::plan::Action;
use crate::receipt::LeftUndone;

use super::broken::Broken;
use super::decide::{Decision, Work};
use super::execute::{Left, Making, Sent, Stage};
use super::looking::Sighting;
use super::outcome::{Outcome, Repeating};
use super::stored;

impl Making<'_> {
    /// What a write leads to that did not fail. `None` if the service may rewrite texts: they are to be sent
    /// again.
    pub(super) async fn taken(&mut self, answer: Option<Live>, work: &Work) -> Result<Option<Stage>, Broken> {
        if self.refusals.is_empty() {
            self.sent = Sent::Perhaps;
            return self.answered(answer).await;
        }
        Ok(self.refused_in_part(work).await?.map(Stage::Settled))
    }

    /// The outcome after a write of which the directory refused a part, or all. `None` if the service may
    /// rewrite texts: they are to be sent again.
    async fn refused_in_part(&mut self, work: &Work) -> Result<Option<Outcome>, Broken> {
        if self.refusals.took_some_of(work) {
            self.sent = Sent::Perhaps;
            return self.read_back().await;
        }
        // Services refuse what is done already in many different words, so the directory's state decides.
        let found = self.read().await?;
        let decision = self.looker.decide(self.change, &found);
        if matches!(&decision, Decision::Do(left) if left == work) {
            if self.refusals.are_only_of_unmade() {
                // The directory refused nothing here: what it refused are the creates of these members.
                let reason = self.refusals.in_words(self.change);
                return Ok(Some(Outcome::Skipped { reason }));
            }
            let words = self.refusals.in_words(self.change);
            return self.failed_because(words, Repeating::DoesNot).await.map(Some);
        }
        self.sent = Sent::Perhaps;
        self.judged(&found).await.map(Some)
    }

    /// Whether all that a decision leaves to do was refused.
    pub(super) fn is_left_refused(&self, decision: &Decision) -> bool {
        !self.refusals.is_empty() && matches!(decision, Decision::Do(left) if self.refusals.cover(left))
    }

    /// The outcome of a change that is done but for what was refused.
    pub(super) fn done_but_for_refused(&mut self) -> Outcome {
        self.left = Left::AsItWas;
        let reason = self.refusals.in_words(self.change);
        if self.refusals.attributes.is_none() {
            let left = LeftUndone {
                attributes: Vec::new(),
                members: self.refusals.members.left_out(),
            };
            return Outcome::InPart { reason, left };
        }
        Outcome::Failed {
            reason,
            may_have_written: true,
            repeating: Repeating::DoesNot,
        }
    }

    /// The outcome of a change whose attributes the directory holds, and that it accepted and did not do for
    /// these members. `None` if it did nothing of the change.
    pub(super) fn done_but_for_members(&mut self, left: &Work) -> Option<Outcome> {
        let asked = self.change.members.as_ref()?;
        let asked = asked.add.len() + asked.remove.len();
        let members: Vec<Reference> = left.add.iter().chain(&left.remove).cloned().collect();
        let did_some = members.len() < asked || !self.change.after.is_empty();
        (left.attributes.is_empty() && did_some).then(|| {
            self.left = Left::AsItWas;
            Outcome::InPart {
                reason: stored::accepted_and_not_done(self.change, left),
                left: LeftUndone {
                    attributes: Vec::new(),
                    members,
                },
            }
        })
    }

    /// An outcome whose reason begins with what was refused, if something was.
    pub(super) fn after_refusals(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Failed {
                reason,
                may_have_written,
                repeating,
            } if !self.refusals.is_empty() => Outcome::Failed {
                reason: format!("{}; {reason}", self.refusals.in_words(self.change)),
                may_have_written,
                repeating,
            },
            Outcome::InPart { reason, left } if !self.refusals.is_empty() => Outcome::InPart {
                reason: format!("{}; {reason}", self.refusals.in_words(self.change)),
                left,
            },
            outcome => outcome,
        }
    }

    /// Whether a create of what was not there is refused.
    pub(super) fn is_refused_create(&self, error: &DirectoryError, found: &Sighting) -> bool {
        self.change.action == Action::Create && found.live().is_none() && error.refuses_what_is_asked()
    }

    /// The outcome of a refused create, by what is there now. `None` if the change goes on: the directory has
    /// made a part of it, or a group was refused together with its members and is created without them.
    pub(super) async fn after_refused_create(
        &mut self,
        error: DirectoryError,
        work: &Work,
    ) -> Result<Option<Outcome>, Broken> {
        let found;
        (found, self.by) = self.looker.look_for_refused(self.change).await?;
        // A conflict may be with what an earlier request of our own has made.
        let may_be_ours = self.sent == Sent::Perhaps || error.status() == Some(409);
        match self.looker.decide(self.change, &found) {
            Decision::AlreadyDone => {
                self.sent = Sent::Perhaps;
                self.settle(Decision::AlreadyDone, &found, None).await.map(Some)
            }
            Decision::Do(_) if found.live().is_some() => {
                self.sent = Sent::Perhaps;
                Ok(None)
            }
            Decision::Do(_) if self.may_go_without_members(&error, work) => {
                self.refusals.with_members = Some(error);
                Ok(None)
            }
            settled @ (Decision::Drift(_) | Decision::Unknown(_)) if may_be_ours => {
                self.sent = Sent::Perhaps;
                self.settle(settled, &found, Some(&error)).await.map(Some)
            }
            _ => self.failed(Some(error)).await.map(Some),
        }
    }

    /// Whether a group that was refused may have been refused for its members.
    fn may_go_without_members(&self, error: &DirectoryError, work: &Work) -> bool {
        let had_members = !work.add.is_empty() && self.looker.reader.dialect().members_on_create() > 0;
        had_members && self.refusals.with_members.is_none() && !error.is_about_a_taken_value()
    }
}
