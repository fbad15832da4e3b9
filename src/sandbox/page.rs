//! The requested page of a listing, by index (RFC 7644, section 3.4.2.4) or by cursor (RFC 9865), and where
//! it begins.

use std::collections::HashMap;

use super::problem::ScimProblem;
use crate::model::Kind;

/// The number of resources of a page without `count`.
pub(super) const DEFAULT_COUNT: u64 = 100;
/// The largest number of resources of a page.
pub(super) const MAX_COUNT: u64 = 1_000;

/// The page that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    pub(super) count: u64,
    pub(super) begin: Begin,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// By index, from 1.
    Index(u64),
    /// By cursor. `None` is the first page.
    Cursor(Option<String>),
}

impl PageRequest {
    /// Reads `startIndex`, `count` and `cursor`.
    pub(super) fn read(
        start_index: Option<i64>,
        count: Option<i64>,
        cursor: Option<String>,
    ) -> Result<Self, ScimProblem> {
        let begin = match (cursor, start_index) {
            (Some(_), Some(_)) => return Err(ScimProblem::value("cursor and startIndex exclude each other")),
            (Some(cursor), None) => Begin::Cursor(Some(cursor).filter(|cursor| !cursor.is_empty())),
            (None, index) => Begin::Index(
                index
                    .and_then(|index| u64::try_from(index).ok())
                    .unwrap_or(1)
                    .max(1),
            ),
        };
        let count = count
            .map_or(DEFAULT_COUNT, |count| u64::try_from(count).unwrap_or(0))
            .min(MAX_COUNT);
        Ok(Self { count, begin })
    }
}

/// The cursor of the next page: a number, and a checksum of the query.
pub(super) fn cursor(next: u64, query: u32) -> String {
    format!("{next:x}-{query:08x}")
}

/// The number in a cursor of the same query.
pub(super) fn read_cursor(text: &str, query: u32) -> Result<u64, ScimProblem> {
    let number = text
        .split_once('-')
        .filter(|(_, check)| *check == format!("{query:08x}"))
        .and_then(|(next, _)| u64::from_str_radix(next, 16).ok());
    number.ok_or_else(|| ScimProblem::bad("invalidCursor", "the cursor is not one of this query"))
}

/// The first rows of pages of plain listings, by index. They are kept until something is written.
#[derive(Debug, Default)]
pub(super) struct PageStarts {
    commits: u64,
    rows: HashMap<(Kind, u64), u64>,
}

impl PageStarts {
    const LIMIT: usize = 256;

    /// The row at an index.
    pub(super) fn get(&self, commits: u64, kind: Kind, index: u64) -> Option<u64> {
        if self.commits == commits {
            self.rows.get(&(kind, index)).copied()
        } else {
            None
        }
    }

    /// Remembers the row at an index.
    pub(super) fn put(&mut self, commits: u64, kind: Kind, index: u64, row: u64) {
        if commits < self.commits {
            return; // an older snapshot
        }
        if commits > self.commits || self.rows.len() >= Self::LIMIT {
            self.rows.clear();
            self.commits = commits;
        }
        self.rows.insert((kind, index), row);
    }
}
