//! One walk over a list: the rows that came, the service's total, and whether they agree.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use crate::model::Kind;
use crate::model::Live;
use crate::wire::failure::Failure;
use crate::wire::page::Page;

/// Ids as 128-bit hashes: a million of them fit into 40 MB. The keys are random, so that no service can
/// choose ids that collide.
#[derive(Debug, Default)]
pub(crate) struct Fingerprints(RandomState, RandomState);

impl Fingerprints {
    pub(crate) fn of(&self, id: &str) -> u128 {
        u128::from(self.0.hash_one(id)) << 64 | u128::from(self.1.hash_one(id))
    }
}

/// One pass over a list.
pub(crate) struct Pass {
    pub(crate) kind: Kind,
    pub(crate) seen: HashSet<u128>,
    pub(crate) rows: u64,
    pub(crate) pages: u32,
    pub(crate) total: Option<u64>,
    /// The first row.
    first: Option<u128>,
    /// The first inconsistency.
    pub(crate) doubt: Option<String>,
}

/// The result of a page.
pub(crate) enum Step {
    /// The page had new rows.
    More,
    /// The page had no new row.
    NoProgress,
    /// The page had no new row, and began with the list's first row.
    PageOneAgain,
}

impl Pass {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            seen: HashSet::new(),
            rows: 0,
            pages: 0,
            total: None,
            first: None,
            doubt: None,
        }
    }

    /// Counts a page. Calls `each` with the rows that are new to this pass and to all earlier ones.
    pub(crate) fn take(
        &mut self,
        page: Page,
        fingerprints: &Fingerprints,
        earlier: &HashSet<u128>,
        each: &mut (dyn FnMut(Live) + Send),
    ) -> Step {
        let mut fresh = 0;
        let past_end = self.is_complete();
        self.note_total(page.total);
        let rows = page.rows.len() as u64;
        let first = page.rows.first().map(|live| fingerprints.of(&live.id));
        for live in page.rows {
            let fingerprint = fingerprints.of(&live.id);
            if !self.seen.insert(fingerprint) {
                continue;
            }
            fresh += 1;
            if !earlier.contains(&fingerprint) {
                each(live);
            }
        }
        if fresh == 0 {
            return if first.is_some() && first == self.first {
                Step::PageOneAgain
            } else {
                Step::NoProgress
            };
        }
        self.first = self.first.or(first);
        self.rows += rows;
        if fresh < rows && !past_end {
            self.doubt_that("some rows came twice".to_owned());
        }
        Step::More
    }

    pub(crate) fn note_total(&mut self, total: Option<u64>) {
        if let (Some(before), Some(now)) = (self.total, total)
            && before != now
        {
            self.doubt_that("totalResults changed while the list was read".to_owned());
        }
        self.total = total.or(self.total);
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.rows >= total)
    }

    pub(crate) fn said(&self) -> String {
        self.total
            .map_or_else(|| "nothing".to_owned(), |total| total.to_string())
    }

    pub(crate) fn count_page(&mut self, cap: u32) -> Result<(), Failure> {
        self.pages += 1;
        if self.pages > cap {
            return Err(Failure::Inconsistent {
                reason: format!("it has not ended after {cap} pages"),
            });
        }
        Ok(())
    }

    /// Records an inconsistency. Only the first one is kept.
    pub(crate) fn doubt_that(&mut self, doubt: String) {
        self.doubt.get_or_insert(doubt);
    }

    /// The inconsistency of the pass, if there is one.
    pub(crate) fn verdict(&self) -> Option<String> {
        let walked = self.seen.len();
        let short = self.total.filter(|total| *total != walked as u64);
        self.doubt
            .clone()
            .or_else(|| short.map(|total| format!("totalResults says {total}, and {walked} were returned")))
    }
}
