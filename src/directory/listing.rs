//! Whole lists, walked page by page and believed only when they add up. Pages are stepped by the rows that came; what a service
//! says of its own pages is compared, never followed.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use super::dialect::Paging;
use super::page::Page;
use super::reader::Reader;
use super::transport::{Method, Request};
use super::{DirectoryError, Failure, Live};
use crate::model::Kind;

/// How often a list is walked before it is taken for one that never holds still.
const MOST_PASSES: u32 = 4;

/// How far a walk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListProgress {
    /// What is listed.
    pub kind: Kind,
    /// The rows so far, in this pass.
    pub rows: u64,
    /// How many there are, as the service says.
    pub total: Option<u64>,
    /// The pass, from 1.
    pub pass: u32,
}

/// A walk that added up.
#[derive(Debug)]
pub struct Listed {
    /// How many resources the last pass had.
    pub rows: u64,
    /// How many passes it took. After more than one, see [`Self::vanished`].
    pub passes: u32,
    last: Option<(Fingerprints, HashSet<u128>)>,
}

impl Listed {
    /// Whether a resource was handed out in an earlier pass and is not in the last one: it was removed while the list was read.
    pub fn vanished(&self, id: &str) -> bool {
        self.last.as_ref().is_some_and(|(fingerprints, seen)| !seen.contains(&fingerprints.of(id)))
    }
}

/// Ids as 128 bits each: a million of them fit into 40 MB. The keys are random, so that no service can choose ids that meet.
#[derive(Debug, Default)]
struct Fingerprints(RandomState, RandomState);

impl Fingerprints {
    fn of(&self, id: &str) -> u128 {
        u128::from(self.0.hash_one(id)) << 64 | u128::from(self.1.hash_one(id))
    }
}

/// Who gets the rows and the progress of a walk.
struct Receiver<'r> {
    each: &'r mut (dyn FnMut(Live) + Send),
    progress: &'r (dyn Fn(ListProgress) + Send + Sync),
}

/// One pass over a list.
struct Pass {
    kind: Kind,

    seen: HashSet<u128>,
    rows: u64,
    pages: u32,
    total: Option<u64>,
    /// What does not add up.
    doubt: Option<String>,
}

/// How a pass went on after a page.
enum Step {
    More,
    NoProgress,
}

impl Reader {
    /// Hands out every resource of a kind, each id once, in the service's order.
    ///
    /// A pass whose rows do not add up is repeated, since a directory may move while it is read; one that repeats its own
    /// contradiction, or four that do not add up, are [`Failure::Inconsistent`]. What was handed out before such an error is not a list.
    pub async fn list(
        &self,
        kind: Kind,
        each: &mut (dyn FnMut(Live) + Send),
        progress: &(dyn Fn(ListProgress) + Send + Sync),
    ) -> Result<Listed, DirectoryError> {
        let operation = format!("listing {}", kind.plural());
        let receiver = Receiver { each, progress };
        self.passes(kind, receiver).await.map_err(|failure| self.failed(&operation, failure))
    }

    async fn passes(&self, kind: Kind, receiver: Receiver<'_>) -> Result<Listed, Failure> {
        let fingerprints = Fingerprints::default();
        let mut earlier: HashSet<u128> = HashSet::new();
        let mut before: Option<Pass> = None;
        for number in 1..=MOST_PASSES {
            let mut pass = Pass { kind, seen: HashSet::new(), rows: 0, pages: 0, total: None, doubt: None };
            let mut keep = |pass: &mut Pass, page: Page| {
                let step = pass.take(page, &fingerprints, &earlier, &mut *receiver.each);
                (receiver.progress)(ListProgress { kind, rows: pass.rows, total: pass.total, pass: number });
                step
            };
            self.walk(&mut pass, &mut keep).await?;
            let Some(doubt) = pass.verdict() else {
                let last = (number > 1).then_some((fingerprints, pass.seen));
                return Ok(Listed { rows: pass.rows, passes: number, last });
            };
            if number == MOST_PASSES
                || before.as_ref().is_some_and(|before| before.doubt == Some(doubt.clone()) && before.seen == pass.seen)
            {
                return Err(Failure::Inconsistent { reason: format!("{doubt} (after {number} readings)") });
            }
            pass.doubt = Some(doubt);
            earlier.extend(&pass.seen);
            before = Some(pass);
        }
        Err(Failure::Inconsistent { reason: "it never adds up".to_owned() })
    }

    async fn walk(&self, pass: &mut Pass, keep: &mut (dyn FnMut(&mut Pass, Page) -> Step + Send)) -> Result<(), Failure> {
        let by_cursor = match self.session.dialect.paging {
            Paging::Cursor => true,
            Paging::Index => false,
            Paging::Auto => self.capabilities.wants_cursor(),
        };
        if by_cursor { self.walk_cursor(pass, String::new(), keep).await } else { self.walk_index(pass, keep).await }
    }

    /// By `startIndex`. One page past the end is asked for, unless listings are known to be complete: a service that caps
    /// `totalResults` at its page size would otherwise look as if it had no more. Some answer it with page one again, some with 400.
    async fn walk_index(&self, pass: &mut Pass, keep: &mut (dyn FnMut(&mut Pass, Page) -> Step + Send)) -> Result<(), Failure> {
        loop {
            let past_end = pass.is_complete();
            if past_end && (pass.total == Some(0) || self.session.dialect.complete_listings) {
                return Ok(());
            }
            pass.count_page(self.session.dialect.page_cap)?;
            let start = pass.rows + 1;
            let request = self.page_request(pass.kind).with_query("startIndex", &start.to_string());
            let page = match self.page(pass.kind, request).await {
                Err(Failure::Refused { status: 400 | 404 | 416 | 422, .. }) if past_end => return Ok(()),
                other => other?,
            };
            if let Some(cursor) = page.next_cursor.clone() {
                keep(pass, page);
                return self.walk_cursor(pass, cursor, keep).await;
            }
            let total = pass.total;
            if page.rows.is_empty() {
                pass.note_total(page.total);
                if !pass.is_complete() && pass.total.is_some() {
                    pass.doubt_that(format!("the page at {start} is empty, and totalResults says {}", pass.said()));
                }
                return Ok(());
            }
            match keep(pass, page) {
                Step::NoProgress if past_end || (total.is_none() && pass.pages > 2) => return Ok(()),
                Step::NoProgress => {
                    pass.doubt_that(format!("the page at {start} repeats rows that came before"));
                    return Ok(());
                }
                Step::More if past_end => {
                    let said = total.map_or_else(|| "no number".to_owned(), |total| total.to_string());
                    pass.doubt_that(format!("totalResults said {said}, and there are more rows"));
                    return Ok(());
                }
                Step::More => {}
            }
        }
    }

    /// By cursor (RFC 9865): the absence of `nextCursor` alone ends the walk.
    async fn walk_cursor(
        &self,
        pass: &mut Pass,
        mut cursor: String,
        keep: &mut (dyn FnMut(&mut Pass, Page) -> Step + Send),
    ) -> Result<(), Failure> {
        let mut used = HashSet::new();
        loop {
            pass.count_page(self.session.dialect.page_cap)?;
            let request = self.page_request(pass.kind).with_query("cursor", &cursor);
            let page = match self.page(pass.kind, request).await {
                Err(Failure::Refused { scim_type: Some(word), .. }) if word.eq_ignore_ascii_case("expiredCursor") => {
                    pass.doubt_that("the cursor expired".to_owned());
                    return Ok(());
                }
                other => other?,
            };
            let next = page.next_cursor.clone();
            keep(pass, page);
            let Some(next) = next else { return Ok(()) };
            if !used.insert(next.clone()) || next == cursor {
                pass.doubt_that("a cursor came back a second time".to_owned());
                return Ok(());
            }
            cursor = next;
        }
    }

    fn page_request(&self, kind: Kind) -> Request {
        Request::new(Method::Get, &[kind.endpoint()]).with_query("count", &self.session.dialect.page_size.to_string())
    }
}

impl Pass {
    fn take(&mut self, page: Page, fingerprints: &Fingerprints, earlier: &HashSet<u128>, each: &mut (dyn FnMut(Live) + Send)) -> Step {
        let mut fresh = 0;
        let past_end = self.is_complete();
        self.note_total(page.total);
        let rows = page.rows.len() as u64;
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
            return Step::NoProgress;
        }
        self.rows += rows;
        if fresh < rows && !past_end {
            self.doubt_that("some rows came twice".to_owned());
        }
        Step::More
    }

    fn note_total(&mut self, total: Option<u64>) {
        if let (Some(before), Some(now)) = (self.total, total)
            && before != now
        {
            self.doubt_that("totalResults changed while the list was read".to_owned());
        }
        self.total = total.or(self.total);
    }

    fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.rows >= total)
    }

    fn said(&self) -> String {
        self.total.map_or_else(|| "nothing".to_owned(), |total| total.to_string())
    }

    fn count_page(&mut self, cap: u32) -> Result<(), Failure> {
        self.pages += 1;
        if self.pages > cap {
            return Err(Failure::Inconsistent { reason: format!("it has not ended after {cap} pages") });
        }
        Ok(())
    }

    /// The first doubt is the one that is told.
    fn doubt_that(&mut self, doubt: String) {
        self.doubt.get_or_insert(doubt);
    }

    /// What does not add up, if anything.
    fn verdict(&self) -> Option<String> {
        let walked = self.seen.len();
        let short = self.total.filter(|total| *total != walked as u64);
        self.doubt.clone().or_else(|| short.map(|total| format!("totalResults says {total}, and {walked} were returned")))
    }
}
