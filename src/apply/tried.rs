//! What became of the changes that a run has tried, and what follows for those that it has not: whether the
//! run has any prospect, and whether people may be removed. Pure: this counts, and sends nothing.
//!
//! A failure is a doubt about the plan or the service while it is new. The same change that fails again in a
//! later apply is a known problem of one person or group, so it is not counted, and a failure keeps removals
//! back in one apply, not every night.

use std::collections::HashMap;

use crate::plan::Change;
use crate::receipt::HaltedBy;

use super::cause::cause;
use super::outcome::{Halt, Outcome, Repeating};
use super::task::Apply;

/// So many changes that fail for one cause, while none succeeds, end the run.
const FAILED_FOR_ONE_CAUSE: u64 = 10;
/// So many for each person whom the directory has, if that is more: a company always has a few bad records,
/// and on a quiet night there may be nothing else to do.
const FAILED_OF_PEOPLE: u64 = 20;
/// So many changes in a row that a failing service does not make end the run.
const UNWELL_IN_A_ROW: u64 = 5;
/// So many changes may always fail before people are removed.
const BORNE: u64 = 3;
/// One of so many changes may fail before people are removed.
const BORNE_ONE_OF: u64 = 20;
/// As many may fail as one of so many people whom the directory has, if that is more.
const BORNE_OF_PEOPLE: u64 = 100;

/// How many of some changes may go wrong without a doubt about the others: 5 %, and at least 3.
pub(super) fn borne(of: u64) -> u64 {
    BORNE.max(of / BORNE_ONE_OF)
}

/// Why a change failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// The change is at fault, or its resource: the directory refused it, or stored something else.
    Change,
    /// The directory may be at fault: it answered that it is broken, or not at all.
    Service,
}

/// What was tried, by what became of it.
#[derive(Debug, Default)]
pub(super) struct Tried {
    succeeded: u64,
    failed: u64,
    /// Whether this run has made a change.
    has_made_one: bool,
    /// How many failed for each cause, before one was made.
    causes: HashMap<String, u64>,
    unwell_in_a_row: u64,
    /// How many changes that failed before the directory did not make this time either, since it may be at
    /// fault.
    unwell_again: u64,
    /// How many people the directory had when the plan was made.
    people: u64,
}

impl Tried {
    /// What the check before the run settled of the changes that are no removals.
    pub(super) fn of(run: &Apply<'_>, outcomes: &[Option<Outcome>]) -> Self {
        let mut tried = Self {
            people: run.plan.header.snapshot.users,
            ..Self::default()
        };
        let failed_before = run.failed_before();
        let numbered = run.plan.changes.iter().zip(outcomes).enumerate();
        for (number, (_, outcome)) in numbered.filter(|(_, (change, _))| !change.action.is_removal()) {
            match outcome {
                Some(outcome) if outcome.is_met() => tried.find_done(),
                Some(Outcome::Failed { .. }) if failed_before.contains(&number) => {}
                Some(_) => tried.find_failed(),
                None => {}
            }
        }
        tried
    }

    /// Notes the outcome of a change that this run has tried.
    pub(super) fn note(&mut self, change: &Change, outcome: &Outcome) {
        match outcome {
            Outcome::AlreadyDone => self.find_done(),
            Outcome::Failed {
                reason, repeating, ..
            } => {
                let blame = match repeating {
                    Repeating::MayHelp => Blame::Service,
                    Repeating::DoesNot | Repeating::Look => Blame::Change,
                };
                self.fail(cause(change, reason), blame);
            }
            outcome if outcome.is_met() => self.make(),
            Outcome::Drifted(_) => self.find_failed(),
            _ => {}
        }
    }

    /// Notes that a change has failed again that failed in an earlier apply.
    pub(super) fn note_again(&mut self, outcome: &Outcome) {
        let is_unwell = matches!(
            outcome,
            Outcome::Failed {
                repeating: Repeating::MayHelp,
                ..
            }
        );
        self.unwell_again += u64::from(is_unwell);
    }

    /// Notes a change that was made by this run.
    fn make(&mut self) {
        self.succeeded += 1;
        self.has_made_one = true;
        self.unwell_in_a_row = 0;
    }

    /// Notes a change that was done before.
    fn find_done(&mut self) {
        self.succeeded += 1;
    }

    /// Notes a change that the directory is not as the plan read it for, or that an earlier run saw fail.
    fn find_failed(&mut self) {
        self.failed += 1;
    }

    /// Notes that the directory took a change, which is read back later.
    pub(super) fn take(&mut self) {
        self.has_made_one = true;
        self.unwell_in_a_row = 0;
    }

    /// Notes a change that failed.
    fn fail(&mut self, cause: String, blame: Blame) {
        self.failed += 1;
        self.unwell_in_a_row = match blame {
            Blame::Change => 0,
            Blame::Service => self.unwell_in_a_row + 1,
        };
        if !self.has_made_one {
            *self.causes.entry(cause).or_default() += 1;
        }
    }

    /// Why the run has no prospect, if it has none. What is under way may still give it one.
    pub(super) fn no_prospect(&self) -> Option<Halt> {
        // A few known failures say nothing of the service; many do, where nothing succeeds.
        let unwell = self.unwell_in_a_row + self.unwell_again;
        let is_unwell = !self.has_made_one && unwell >= UNWELL_IN_A_ROW.max(self.people / BORNE_OF_PEOPLE);
        if is_unwell || self.unwell_in_a_row >= UNWELL_IN_A_ROW {
            return Some(Halt {
                by: HaltedBy::Service,
                reason: format!("the directory failed at {unwell} changes in a row"),
            });
        }
        let most = FAILED_FOR_ONE_CAUSE.max(self.people / FAILED_OF_PEOPLE);
        let is_one_cause = self.causes.values().any(|count| *count >= most);
        (is_one_cause && !self.has_made_one).then(|| Halt {
            by: HaltedBy::OneCause,
            reason: format!("the first {most} changes that were tried all failed for one cause"),
        })
    }

    /// Why people are not removed, if too much failed before.
    pub(super) fn too_many(&self) -> Option<String> {
        let tried = self.succeeded + self.failed;
        let borne = borne(tried).max(self.people / BORNE_OF_PEOPLE);
        (self.failed > borne).then(|| {
            format!(
                "removals come last, and {} of the {tried} changes before them failed; they begin if at most \
                 {borne} do. The next plan does not wait for the same failures again; `wpsync plan \
                 --deactivate KEY` makes a plan of one removal now",
                self.failed
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_that_fail_for_one_cause_end_a_run_that_made_nothing() {
        let mut tried = Tried::default();
        for _ in 0..9 {
            tried.fail("403".into(), Blame::Change);
            tried.fail("400".into(), Blame::Change);
        }
        assert_eq!(tried.no_prospect(), None);
        tried.fail("403".into(), Blame::Change);
        assert_eq!(tried.no_prospect().expect("an end").by, HaltedBy::OneCause);
        tried.make();
        (0..100).for_each(|_| tried.fail("403".into(), Blame::Change));
        assert_eq!(tried.no_prospect(), None, "one was made after all");
    }

    #[test]
    fn a_service_that_fails_five_times_in_a_row_ends_a_run() {
        let mut tried = Tried::default();
        for _ in 0..3 {
            (0..4).for_each(|_| tried.fail("500".into(), Blame::Service));
            tried.make();
        }
        (0..4).for_each(|_| tried.fail("500".into(), Blame::Service));
        assert_eq!(tried.no_prospect(), None);
        tried.fail("500".into(), Blame::Service);
        assert_eq!(tried.no_prospect().expect("an end").by, HaltedBy::Service);
    }

    #[test]
    fn people_are_removed_where_at_most_one_in_twenty_or_three_failed() {
        for (made, failed, begin) in [
            (0, 3, true),
            (0, 4, false),
            (95, 5, true),
            (94, 6, false),
            (57, 3, true),
        ] {
            let mut tried = Tried::default();
            (0..made).for_each(|_| tried.make());
            for _ in 0..failed {
                tried.fail("403".into(), Blame::Change);
            }
            assert_eq!(tried.too_many().is_none(), begin, "{failed} failed, {made} made");
        }
    }

    #[test]
    fn a_few_of_a_large_company_are_no_reason_to_stop_or_to_keep_people() {
        for (people, failed, begin, goes_on) in [
            (0, 10, false, false),
            (1000, 10, true, true),
            (1000, 11, false, true),
            (1000, 50, false, false),
            (5000, 50, true, true),
        ] {
            let mut tried = Tried {
                people,
                ..Tried::default()
            };
            (0..failed).for_each(|_| tried.fail("403".into(), Blame::Change));
            assert_eq!(tried.too_many().is_none(), begin, "{failed} of {people}");
            assert_eq!(tried.no_prospect().is_none(), goes_on, "{failed} of {people}");
        }
    }
}
