//! Sources and directories that hold much less than at the last apply, for example because an export broke or
//! a token sees only a part.

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::history::LastApply;
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

fn allowed(share: Limit, of: u64) -> u64 {
    share.of(of).max(FLOOR)
}

/// How many rows the sources lost in total. Rows that moved from one file to another are not lost.
fn lost_in_all(previous: &LastApply, now: &[FileFacts]) -> u64 {
    let total = |sources: &[FileFacts]| sources.iter().map(|source| source.rows).sum::<u64>();
    total(&previous.sources).saturating_sub(total(now))
}

/// Sources that declared something at the last apply, and are no longer read or declare nothing.
pub(crate) fn source_empty(grounds: &Grounds<'_>) -> GuardFigure {
    let Some(previous) = &grounds.history.last else {
        return GuardFigure::of_cases(Guard::SourceEmpty, Vec::new());
    };
    let lost_in_all = lost_in_all(previous, grounds.sources);
    let is_missing = |before: &&FileFacts| {
        let is_there = grounds
            .sources
            .iter()
            .any(|source| source.path == before.path && source.rows > 0);
        !is_there && before.rows.min(lost_in_all) * 2 > before.rows
    };
    let cases = previous.sources.iter().filter(is_missing).map(|before| {
        format!(
            "{} declared {} when it was last applied",
            Escaped(&before.path),
            before.rows
        )
    });
    GuardFigure::of_cases(Guard::SourceEmpty, cases.collect())
}

/// The largest number of rows that one source lost since the last apply, without rows that other sources
/// gained.
pub(crate) fn source_shrunk(grounds: &Grounds<'_>) -> GuardFigure {
    let mut figure = GuardFigure {
        guard: Guard::SourceShrunk.word().to_owned(),
        ..GuardFigure::default()
    };
    let Some(previous) = &grounds.history.last else {
        return figure;
    };
    let lost_in_all = lost_in_all(previous, grounds.sources);
    for source in grounds.sources.iter().filter(|source| source.rows > 0) {
        let before = previous.rows_of(&source.path).unwrap_or(0);
        let lost = before.saturating_sub(source.rows).min(lost_in_all);
        if lost <= allowed(SOURCE, before) {
            continue;
        }
        figure.cases.push(format!(
            "{} declared {before} when it was last applied, and {} now",
            Escaped(&source.path),
            source.rows
        ));
        if lost > figure.count {
            (figure.count, figure.limit, figure.of) = (lost, allowed(SOURCE, before), before);
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
