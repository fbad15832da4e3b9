//! Sources and directories that hold much less than at the last apply, for example because an export broke or
//! a token sees only a part.

use std::collections::BTreeMap;

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::name::Guard;
use crate::escape::Escaped;
use crate::plan::facts::FileFacts;
use crate::project::Limit;

/// The largest loss of a source since the last apply: a tenth.
const SOURCE: Limit = Limit::BasisPoints(1_000);
/// The largest loss of a directory since the last apply: a fifth.
const DIRECTORY: Limit = Limit::BasisPoints(2_000);
/// The loss that is always allowed, however small the share is.
const FLOOR: u64 = 3;
/// The largest file of a pattern that may be a team's: as many rows as the most people whom a plan removes
/// without a waiver.
const SMALL: u64 = 50;
/// Of how many files like it a pattern must have the rows, so that a missing one may be a retired team's. Of
/// two or three files, one is half of everything or nearly so.
const LEAST_FILES: u64 = 4;

fn allowed(share: Limit, of: u64) -> u64 {
    share.of(of).max(FLOOR)
}

/// The sources then and now. Partial ones are left out: their size means nothing.
struct Sources<'a> {
    before: Vec<&'a FileFacts>,
    now: Vec<&'a FileFacts>,
    /// How many rows the sources lost in total. Rows that moved from one file to another are not lost.
    lost_in_all: u64,
}

impl<'a> Sources<'a> {
    fn of(grounds: &Grounds<'a>) -> Option<Self> {
        let previous = grounds.history.last.as_ref()?;
        let (partial, now): (Vec<_>, Vec<_>) = grounds.sources.iter().partition(|source| source.partial);
        let is_partial = |before: &FileFacts| {
            let is_it = |now: &&FileFacts| {
                now.path == before.path || (now.pattern.is_some() && now.pattern == before.pattern)
            };
            before.partial || partial.iter().any(is_it)
        };
        let before: Vec<_> = previous
            .sources
            .iter()
            .filter(|source| !is_partial(source))
            .collect();
        Some(Self {
            lost_in_all: rows(&before).saturating_sub(rows(&now)),
            before,
            now,
        })
    }

    /// The patterns of the sources then, each with its files then and now.
    fn patterns(&self) -> Vec<PatternFiles<'a>> {
        let mut patterns: BTreeMap<&str, PatternFiles<'a>> = BTreeMap::new();
        for source in &self.before {
            if let Some(name) = source.pattern.as_deref() {
                let pattern = patterns.entry(name).or_insert_with(|| PatternFiles {
                    name,
                    ..PatternFiles::default()
                });
                pattern.before.push(source);
            }
        }
        for source in &self.now {
            let pattern = source.pattern.as_deref().and_then(|name| patterns.get_mut(name));
            if let Some(pattern) = pattern {
                pattern.now.push(source);
            }
        }
        patterns.into_values().collect()
    }

    /// The file of that path, if it declares something.
    fn now_at(&self, path: &str) -> Option<&'a FileFacts> {
        let mut now = self.now.iter().copied();
        now.find(|source| &*source.path == path && source.rows > 0)
    }

    /// The files that are missing and judged by themselves: the large ones of patterns that have others, and
    /// those that an entry names alone.
    fn missed(&self) -> Vec<&'a FileFacts> {
        let has_others = |pattern: &str| {
            let mut now = self.now.iter();
            now.any(|now| now.pattern.as_deref() == Some(pattern) && now.rows > 0)
        };
        let alone = |before: &&FileFacts| match before.pattern.as_deref() {
            Some(pattern) => before.rows > SMALL && has_others(pattern),
            None => true,
        };
        let missing = self.before.iter().copied().filter(alone);
        missing
            .filter(|before| self.now_at(&before.path).is_none() && self.are_gone(before.rows))
            .collect()
    }

    /// Whether most of a number of rows is lost, and not in another file.
    fn are_gone(&self, rows: u64) -> bool {
        rows.min(self.lost_in_all) * 2 > rows
    }
}

fn rows(sources: &[&FileFacts]) -> u64 {
    sources.iter().map(|source| source.rows).sum()
}

/// The files of a pattern, then and now.
#[derive(Default)]
struct PatternFiles<'a> {
    name: &'a str,
    before: Vec<&'a FileFacts>,
    now: Vec<&'a FileFacts>,
}

impl PatternFiles<'_> {
    /// The rows of the largest file that may be a retired team's. Whether somebody deleted a file on purpose
    /// is not in the files, so one small file of many may be missing besides what a source may always lose.
    fn retired(&self, sources: &Sources<'_>) -> u64 {
        let all = rows(&self.before);
        let is_gone = |before: &&&FileFacts| sources.now_at(&before.path).is_none();
        let gone = self.before.iter().filter(is_gone).map(|before| before.rows);
        let small = gone.filter(|rows| *rows <= SMALL && rows * LEAST_FILES <= all);
        small.max().unwrap_or(0)
    }

    /// How far its rows have shrunk, without the files that are missed by themselves. `None` if the pattern
    /// as a whole is gone.
    fn shrinking(&self, sources: &Sources<'_>) -> Option<Shrinking> {
        let missed = sources.missed();
        let is_missed = |file: &&FileFacts| missed.iter().any(|missed| missed.path == file.path);
        let rest: Vec<_> = self
            .before
            .iter()
            .copied()
            .filter(|file| !is_missed(file))
            .collect();
        let lost_in_all = sources.lost_in_all.saturating_sub(rows(&missed));
        let (before, now) = (rows(&rest), rows(&self.now));
        if now == 0 && sources.are_gone(before) {
            return None;
        }
        let lost = before.saturating_sub(now).min(lost_in_all);
        Some(Shrinking {
            before,
            // Where another entry names the files now, they are as many as are not lost.
            now: if now == 0 { before - lost } else { now },
            lost,
            allowed: self.retired(sources) + allowed(SOURCE, before),
        })
    }
}

/// How far a source has shrunk, in rows.
struct Shrinking {
    before: u64,
    now: u64,
    /// How many are gone and not in another source.
    lost: u64,
    /// How many may be gone.
    allowed: u64,
}

/// Sources that declared something at the last apply, and are no longer read or declare nothing. A small file
/// of a pattern is not missed by itself: it may be a retired team's, and the pattern's rows are judged
/// together. A large one is missed, as it is rather an export.
pub(crate) fn source_empty(grounds: &Grounds<'_>) -> GuardFigure {
    let Some(sources) = Sources::of(grounds) else {
        return GuardFigure::of_cases(Guard::SourceEmpty, Vec::new());
    };
    let said = |name: &str, rows: u64| format!("{} declared {rows} when it was last applied", Escaped(name));
    let patterns = sources.patterns();
    let empty = patterns.iter().filter(|pattern| rows(&pattern.now) == 0);
    let empty = empty.map(|pattern| (pattern.name, rows(&pattern.before)));
    let missed = sources
        .missed()
        .into_iter()
        .map(|before| (&*before.path, before.rows));
    let gone = empty.filter(|(_, rows)| sources.are_gone(*rows)).chain(missed);
    GuardFigure::of_cases(
        Guard::SourceEmpty,
        gone.map(|(name, rows)| said(name, rows)).collect(),
    )
}

/// The largest number of rows that one source lost since the last apply, without rows that other sources
/// gained. The files of a pattern are judged together, and each one that is still there also by itself: half
/// of a file is never a retired team.
pub(crate) fn source_shrunk(grounds: &Grounds<'_>) -> GuardFigure {
    let mut figure = GuardFigure {
        guard: Guard::SourceShrunk.word().to_owned(),
        ..GuardFigure::default()
    };
    let Some(sources) = Sources::of(grounds) else {
        return figure;
    };
    let mut judge = |name: &str, shrinking: Shrinking| {
        if shrinking.lost <= shrinking.allowed {
            return;
        }
        figure.cases.push(format!(
            "{} declared {} when it was last applied, and {} now",
            Escaped(name),
            shrinking.before,
            shrinking.now
        ));
        if shrinking.lost > figure.count {
            (figure.count, figure.limit, figure.of) = (shrinking.lost, shrinking.allowed, shrinking.before);
        }
    };
    for pattern in sources.patterns() {
        if let Some(shrinking) = pattern.shrinking(&sources) {
            judge(pattern.name, shrinking);
        }
    }
    for before in &sources.before {
        if let Some(now) = sources.now_at(&before.path) {
            let shrinking = Shrinking {
                before: before.rows,
                now: now.rows,
                lost: before.rows.saturating_sub(now.rows).min(sources.lost_in_all),
                allowed: allowed(SOURCE, before.rows),
            };
            judge(&before.path, shrinking);
        }
    }
    figure
}

/// How many people fewer the directory has than after the last apply.
pub(crate) fn directory_shrunk(grounds: &Grounds<'_>) -> GuardFigure {
    let before = grounds.history.last.as_ref().map_or(0, |last| last.users);
    let now = grounds.snapshot.users.len() as u64;
    GuardFigure {
        count: before.saturating_sub(now),
        guard: Guard::DirectoryShrunk.word().to_owned(),
        limit: allowed(DIRECTORY, before),
        of: before,
        ..GuardFigure::default()
    }
}
