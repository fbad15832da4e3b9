//! Reads whole lists page by page, and believes a list only if it adds up. The position of the next page
//! follows from the rows that came. The positions that a service tells are compared, never followed.

use std::collections::HashSet;

use crate::client::DirectoryError;
use crate::client::error;
use crate::client::progress::{ListProgress, Receiver};
use crate::client::reader::{Calls, Reader};
use crate::dialect::Groups;
use crate::dialect::Method;
use crate::dialect::Paging;
use crate::model::Kind;
use crate::model::Live;
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::page::Page;
use crate::wire::pass::Fingerprints;
use crate::wire::pass::Pass;
use crate::wire::pass::Step;

/// The most walks of a list. If none of them adds up, the list changes all the time.
const MOST_PASSES: u32 = 4;

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
    /// Whether a resource was handed out in an earlier pass and is missing in the last pass: it was removed
    /// while the list was read.
    pub fn vanished(&self, id: &str) -> bool {
        self.last
            .as_ref()
            .is_some_and(|(fingerprints, seen)| !seen.contains(&fingerprints.of(id)))
    }
}

impl Reader {
    /// Hands out every resource of a kind, each id once, in the service's order.
    ///
    /// A pass whose rows do not add up is repeated, because a directory may change while it is read. A pass
    /// that repeats the contradiction of the pass before, or four passes that do not add up, are
    /// [`Failure::Inconsistent`]. The rows that were handed out before the error are not a list.
    pub async fn list(
        &self,
        kind: Kind,
        each: &mut (dyn FnMut(Live) + Send),
        progress: &(dyn Fn(ListProgress) + Send + Sync),
    ) -> Result<Listed, DirectoryError> {
        if kind == Kind::Group && self.dialect().groups == Groups::None {
            return Ok(Listed {
                rows: 0,
                passes: 0,
                last: None,
            });
        }
        let operation = error::listing(kind);
        let receiver = Receiver { each, progress };
        let listed = match &self.calls {
            Calls::Scim => self.passes(kind, receiver).await,
            Calls::Whole(whole) => whole.list(kind, receiver).await.map(|rows| Listed {
                rows,
                passes: 1,
                last: None,
            }),
        };
        listed.map_err(|failure| self.failed(&operation, failure))
    }

    async fn passes(&self, kind: Kind, receiver: Receiver<'_>) -> Result<Listed, Failure> {
        let fingerprints = Fingerprints::default();
        let mut earlier: HashSet<u128> = HashSet::new();
        let mut before: Option<Pass> = None;
        for number in 1..=MOST_PASSES {
            let mut pass = Pass::new(kind);
            let mut keep = |pass: &mut Pass, page: Page| {
                let step = pass.take(page, &fingerprints, &earlier, &mut *receiver.each);
                (receiver.progress)(ListProgress {
                    kind,
                    rows: pass.rows,
                    total: pass.total,
                    pass: number,
                });
                step
            };
            self.walk(&mut pass, &mut keep).await?;
            let Some(doubt) = pass.verdict() else {
                let last = (number > 1).then_some((fingerprints, pass.seen));
                return Ok(Listed {
                    rows: pass.rows,
                    passes: number,
                    last,
                });
            };
            if number == MOST_PASSES
                || before
                    .as_ref()
                    .is_some_and(|before| before.doubt == Some(doubt.clone()) && before.seen == pass.seen)
            {
                return Err(Failure::Inconsistent {
                    reason: format!("{doubt} (after {number} readings)"),
                });
            }
            pass.doubt = Some(doubt);
            earlier.extend(&pass.seen);
            before = Some(pass);
        }
        Err(Failure::Inconsistent {
            reason: "it never adds up".to_owned(),
        })
    }

    async fn walk(
        &self,
        pass: &mut Pass,
        keep: &mut (dyn FnMut(&mut Pass, Page) -> Step + Send),
    ) -> Result<(), Failure> {
        if self.pages_by_cursor() {
            self.walk_cursor(pass, String::new(), keep).await
        } else {
            self.walk_index(pass, keep).await
        }
    }

    /// Whether pages are asked for by `cursor` from the first one on.
    pub(super) fn pages_by_cursor(&self) -> bool {
        match self.session.dialect.paging {
            Paging::Cursor => true,
            Paging::Index | Paging::None => false,
            Paging::Auto => self.capabilities.wants_cursor(),
        }
    }

    /// Walks by `startIndex`. One page past the end is asked for, unless listings are known to be complete: a
    /// service that caps `totalResults` at its page size would otherwise seem to have no more rows. Some
    /// services answer this request with the first page again, some with 400.
    async fn walk_index(
        &self,
        pass: &mut Pass,
        keep: &mut (dyn FnMut(&mut Pass, Page) -> Step + Send),
    ) -> Result<(), Failure> {
        let mut ahead: Option<(u64, PageAhead)> = None;
        loop {
            let past_end = pass.is_complete();
            if self.needs_no_further_page(pass) {
                return Ok(());
            }
            pass.count_page(self.session.dialect.page_cap)?;
            let start = pass.rows + 1;
            let under_way = ahead.take().filter(|(at, _)| *at == start);
            ahead = self.ask_ahead(pass, start);
            let answer = match under_way {
                Some((_, page)) => page.page().await,
                None => self.page(pass.kind, self.index_request(pass.kind, start)).await,
            };
            let page = match answer {
                Err(Failure::Refused {
                    status: 400 | 404 | 416 | 422,
                    ..
                }) if past_end => return Ok(()),
                answer => answer?,
            };
            if let Some(cursor) = page.next_cursor.clone() {
                keep(pass, page);
                return self.walk_cursor(pass, cursor, keep).await;
            }
            let total = pass.total;
            if page.rows.is_empty() {
                pass.note_total(page.total);
                if !pass.is_complete() && pass.total.is_some() {
                    pass.doubt_that(format!(
                        "the page at {start} is empty, and totalResults says {}",
                        pass.said()
                    ));
                }
                return Ok(());
            }
            match keep(pass, page) {
                Step::NoProgress | Step::PageOneAgain if past_end => return Ok(()),
                // A second page with the same rows as the first may be the end, or the service knows no
                // pages.
                Step::PageOneAgain if total.is_none() && pass.pages > 2 => return Ok(()),
                Step::NoProgress | Step::PageOneAgain => {
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

    /// Whether a walk by `startIndex` has come to its end without an empty page.
    fn needs_no_further_page(&self, pass: &mut Pass) -> bool {
        let dialect = &self.session.dialect;
        if dialect.paging == Paging::None && pass.pages > 0 {
            if !pass.is_complete() && pass.total.is_some() {
                pass.doubt_that(format!(
                    "one answer is the whole list, and it has {} of {} rows",
                    pass.rows,
                    pass.said()
                ));
            }
            return true;
        }
        pass.is_complete() && (pass.total == Some(0) || dialect.complete_listings)
    }

    /// Walks by cursor (RFC 9865). Only a missing `nextCursor` ends the walk.
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
                Err(Failure::Refused {
                    scim_type: Some(word),
                    ..
                }) if word.eq_ignore_ascii_case("expiredCursor") => {
                    pass.doubt_that("the cursor expired".to_owned());
                    return Ok(());
                }
                answer => answer?,
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

    /// Asks for the page after this page before this page is read. This is done only where listings are
    /// complete and so pages are full: waiting for an answer would leave a processor idle.
    fn ask_ahead(&self, pass: &Pass, start: u64) -> Option<(u64, PageAhead)> {
        let next = start + u64::from(self.session.dialect.page_size);
        let is_there =
            self.session.dialect.complete_listings && pass.total.is_some_and(|total| total >= next);
        is_there.then(|| {
            (
                next,
                PageAhead::spawn(self.clone(), pass.kind, self.index_request(pass.kind, next)),
            )
        })
    }

    fn index_request(&self, kind: Kind, start: u64) -> Request {
        if self.session.dialect.paging == Paging::None {
            return self.page_request(kind);
        }
        self.page_request(kind)
            .with_query("startIndex", &start.to_string())
    }

    /// A request for a page, without the page's position.
    pub(super) fn page_request(&self, kind: Kind) -> Request {
        if self.session.dialect.paging == Paging::None {
            return Request::new(Method::Get, &[kind.endpoint()]);
        }
        // A count above the service's announced cap may be answered with 400 `invalidCount` (RFC 9865).
        let cap = self
            .capabilities
            .max_page_size
            .filter(|cap| *cap > 0)
            .unwrap_or(u64::MAX);
        let count = u64::from(self.session.dialect.page_size).min(cap);
        Request::new(Method::Get, &[kind.endpoint()]).with_query("count", &count.to_string())
    }
}

/// A page under way in a task of its own. Dropping it aborts the task.
struct PageAhead(tokio::task::JoinHandle<Result<Page, Failure>>);

impl PageAhead {
    fn spawn(reader: Reader, kind: Kind, request: Request) -> Self {
        Self(tokio::spawn(async move { reader.page(kind, request).await }))
    }

    async fn page(mut self) -> Result<Page, Failure> {
        (&mut self.0).await.unwrap_or_else(|error| {
            Err(Failure::NotUsable {
                reason: format!("reading it failed: {error}"),
            })
        })
    }
}

impl Drop for PageAhead {
    fn drop(&mut self) {
        self.0.abort();
    }
}
