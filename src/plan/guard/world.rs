//! Sources and directories that hold much less than at the last apply: an export that broke, a token that sees only a part.

use super::{Facts, Guard, GuardFigure};
use crate::escape::Escaped;
use crate::plan::header::FileFacts;
use crate::project::Limit;

/// How much less a source may declare than at the last apply.
const SOURCE: (Limit, u64) = (Limit::BasisPoints(1_000), 3);
/// How much smaller a directory may be than after the last apply.
const DIRECTORY: (Limit, u64) = (Limit::BasisPoints(2_000), 3);

fn allowed((share, floor): (Limit, u64), of: u64) -> u64 {
    share.of(of).max(floor)
}

/// Sources that declare nothing and did declare something when they were last applied.
pub fn source_empty(facts: &Facts<'_>) -> GuardFigure {
    let empty = facts.sources.iter().filter(|source| source.rows == 0);
    let cases = empty.filter_map(|source| {
        let before = facts.history.last.as_ref()?.rows_of(&source.path).filter(|rows| *rows > 0)?;
        Some(format!("{} declares nothing, and declared {before} when it was last applied", Escaped(&source.path)))
    });
    GuardFigure::of_cases(Guard::SourceEmpty, cases.collect())
}

/// Rows that a source lost since the last apply, unless other sources gained them: the most that any source lost.
pub fn source_shrunk(facts: &Facts<'_>) -> GuardFigure {
    let mut figure = GuardFigure { guard: Guard::SourceShrunk.word().to_owned(), ..GuardFigure::default() };
    let Some(last) = &facts.history.last else { return figure };
    let total = |sources: &[FileFacts]| sources.iter().map(|source| source.rows).sum::<u64>();
    let lost_in_all = total(&last.sources).saturating_sub(total(facts.sources));
    for before in &last.sources {
        // A file that is gone is as good as an empty one; one that is there and empty has a guard of its own.
        let now = facts.sources.iter().find(|source| source.path == before.path);
        let rows = now.map_or(0, |source| source.rows);
        let lost = before.rows.saturating_sub(rows).min(lost_in_all);
        let is_empty = now.is_some() && rows == 0;
        if is_empty || lost <= allowed(SOURCE, before.rows) {
            continue;
        }
        figure.cases.push(format!("{} declared {} when it was last applied, and {rows} now", Escaped(&before.path), before.rows));
        if lost > figure.count {
            (figure.count, figure.limit, figure.of) = (lost, allowed(SOURCE, before.rows), before.rows);
        }
    }
    figure
}

/// People whom the directory had after the last apply and has no more.
pub fn directory_shrunk(facts: &Facts<'_>) -> GuardFigure {
    let before = facts.history.last.as_ref().map_or(0, |last| last.users);
    let now = facts.snapshot.users.len() as u64;
    GuardFigure {
        count: before.saturating_sub(now),
        guard: Guard::DirectoryShrunk.word().to_owned(),
        limit: allowed(DIRECTORY, before),
        of: before,
        ..GuardFigure::default()
    }
}
