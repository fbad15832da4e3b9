//! Whether a directory works well enough to be asked again. Few requests are repeated, and a directory that
//! fails again and again is left alone for the rest of the run. Pure counting, shared by all requests to a
//! directory.
//!
//! A service may fail at one resource for ever while it is well. So however often a write to one resource
//! fails, that is one failure; a service that fails does so at one resource after the other.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::dialect::Method;
use crate::wire::Request;

/// After 5 failures in a row, nothing more is asked.
const IN_A_ROW: usize = 5;
/// The last 50 requests are remembered.
const WINDOW: usize = 50;
/// 5 of them may have failed. After the sixth failure, nothing more is asked.
const IN_WINDOW: usize = 5;
/// One request in 10 may be a repeat.
const REPEAT_ONE_OF: u64 = 10;
/// A run of fewer than 100 requests may have 10 repeats, because a tenth of few requests would be none.
const REPEATS_OF_A_SHORT_RUN: u64 = 10;

/// What the outcome of a request says about the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Answered,
    Failed,
}

/// The outcomes of the requests so far.
#[derive(Debug, Default)]
pub(crate) struct Health {
    requests: u64,
    repeats: u64,
    failures_in_a_row: usize,
    last: VecDeque<Sign>,
    /// What was to be written where it failed.
    failed_at: HashSet<WriteTarget>,
    given_up: Option<String>,
}

/// What a write is about: a resource, or what a new one was to be. A digest, to be compared and not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct WriteTarget(u64);

impl WriteTarget {
    /// `None` for a request that reads.
    fn by(request: &Request) -> Option<Self> {
        let mut hasher = DefaultHasher::new();
        request.path.hash(&mut hasher);
        match request.method {
            Method::Get => return None,
            Method::Post => request.body.hash(&mut hasher),
            Method::Put | Method::Patch | Method::Delete => {}
        }
        Some(Self(hasher.finish()))
    }
}

impl Health {
    /// Why nothing more may be asked; `None` while the directory may be asked.
    pub(crate) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Notes that an answer came, whatever it says.
    pub(crate) fn answered(&mut self) {
        self.failures_in_a_row = 0;
        self.note(Sign::Answered);
    }

    /// Notes a failed request: no answer came, or the answer says that the service is broken. `how` describes
    /// the failure.
    pub(crate) fn failed(&mut self, request: &Request, how: &str) {
        if WriteTarget::by(request).is_some_and(|written| !self.failed_at.insert(written)) {
            self.requests += 1;
            return;
        }
        self.failures_in_a_row += 1;
        self.note(Sign::Failed);
        let failed = self.last.iter().filter(|sign| **sign == Sign::Failed).count();
        if self.failures_in_a_row >= IN_A_ROW {
            self.give_up(&format!(
                "{IN_A_ROW} requests in a row failed, the last one so: {how}"
            ));
        } else if self.last.len() == WINDOW && failed > IN_WINDOW {
            self.give_up(&format!(
                "{failed} of the last {WINDOW} requests failed, the last one so: {how}"
            ));
        }
    }

    /// Whether a request may be repeated. If so, it is counted as a repeat.
    pub(crate) fn may_repeat(&mut self) -> bool {
        let may = self.given_up.is_none()
            && self.repeats < REPEATS_OF_A_SHORT_RUN.max(self.requests / REPEAT_ONE_OF);
        self.repeats += u64::from(may);
        may
    }

    fn note(&mut self, sign: Sign) {
        self.requests += 1;
        self.last.push_back(sign);
        if self.last.len() > WINDOW {
            self.last.pop_front();
        }
    }

    fn give_up(&mut self, reason: &str) {
        self.given_up.get_or_insert_with(|| reason.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Request {
        Request::new(Method::Get, &["Users"])
    }

    #[test]
    fn f101_one_resource_that_fails_for_ever_is_one_failure() {
        let mut health = Health::default();
        let patch = |number: usize| Request::new(Method::Patch, &["Users", &number.to_string()]);
        for number in 0..4 {
            (0..10).for_each(|_| health.failed(&patch(number), "500"));
        }
        assert_eq!(health.given_up(), None, "four people");
        let create = |name: &str| Request::new(Method::Post, &["Users"]).with_body(&serde_json::json!(name));
        health.failed(&create("ada"), "500");
        assert!(health.given_up().is_some(), "a fifth");
        let mut health = Health::default();
        ["a", "b", "c", "d", "e"]
            .into_iter()
            .for_each(|name| health.failed(&create(name), "500"));
        assert!(health.given_up().is_some(), "each newcomer is another");
    }

    #[test]
    fn f101_five_failures_in_a_row_are_enough() {
        let mut health = Health::default();
        for round in 0..3 {
            (0..4).for_each(|_| health.failed(&list(), "down"));
            assert_eq!(health.given_up(), None, "round {round}");
            (0..60).for_each(|_| health.answered());
        }
        (0..5).for_each(|_| health.failed(&list(), "down"));
        assert_eq!(
            health.given_up(),
            Some("5 requests in a row failed, the last one so: down")
        );
        health.answered();
        assert!(health.given_up().is_some() && !health.may_repeat(), "it stays so");
    }

    #[test]
    fn f101_a_tenth_of_the_last_fifty_is_borne_and_no_more() {
        for (every, given_up) in [(10, false), (9, true), (2, true)] {
            let mut health = Health::default();
            for request in 1..=1000 {
                if request % every == 0 {
                    health.failed(&list(), "500");
                } else {
                    health.answered();
                }
            }
            assert_eq!(health.given_up().is_some(), given_up, "one of {every}");
        }
        let mut short = Health::default();
        (0..20).for_each(|request| {
            if request % 2 == 0 {
                short.failed(&list(), "500");
            } else {
                short.answered();
            }
        });
        assert_eq!(short.given_up(), None, "twenty requests say little");
    }

    #[test]
    fn f101_one_request_in_ten_may_be_a_repeat() {
        let mut health = Health::default();
        assert_eq!((0..100).filter(|_| health.may_repeat()).count(), 10);
        (0..5000).for_each(|_| health.answered());
        assert_eq!((0..1000).filter(|_| health.may_repeat()).count(), 490);
    }
}
