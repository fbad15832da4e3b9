//! Groups that would lose their people.

use super::figure::GuardFigure;
use super::history::History;
use super::name::Guard;
use crate::model::Kind;
use crate::plan::change::{Action, Change, MembersDelta};

/// The least size of a group that may not lose more than a quarter of its members.
const LARGE: u64 = 10;

/// The groups that stay and lose members, with their deltas.
pub(crate) fn losses(changes: &[Change]) -> impl Iterator<Item = (&Change, &MembersDelta)> {
    let kept = changes
        .iter()
        .filter(|change| change.kind == Kind::Group && change.action != Action::Delete);
    kept.filter_map(|change| {
        Some((
            change,
            change
                .members
                .as_ref()
                .filter(|members| !members.remove.is_empty())?,
        ))
    })
}

/// Groups that stay and would have no members left.
pub(crate) fn emptied(changes: &[Change]) -> GuardFigure {
    let cases = losses(changes).filter(|(_, members)| members.after == Some(0));
    let cases = cases.map(|(change, members)| {
        format!(
            "{} loses {} of {}",
            change.key,
            members.remove.len(),
            members.before.unwrap_or_default()
        )
    });
    GuardFigure::of_cases(Guard::GroupEmptied, cases.collect())
}

/// Large groups that would lose more than a quarter of their members, including losses of the last 7 days.
/// Groups that are emptied have their own guard.
pub(crate) fn shrunk(changes: &[Change], history: &History) -> GuardFigure {
    let cases = losses(changes).filter_map(|(change, members)| {
        let earlier = change
            .remote_id
            .as_deref()
            .and_then(|id| history.members.get(id))
            .copied()
            .unwrap_or(0);
        // Nobody is taken out of a group whose size is not known.
        let (lost, before) = (members.remove.len() as u64 + earlier, members.before? + earlier);
        if members.after == Some(0) || before < LARGE || lost * 4 <= before {
            return None;
        }
        let when = if earlier > 0 {
            format!(", with {earlier} of the last 7 days")
        } else {
            String::new()
        };
        Some(format!("{} loses {lost} of {before}{when}", change.key))
    });
    GuardFigure::of_cases(Guard::GroupShrunk, cases.collect())
}
