//! Groups that would lose their people.

use super::figure::GuardFigure;
use super::history::{History, Turnover};
use super::name::Guard;
use crate::model::well_known::DISPLAY_NAME;
use crate::model::{Key, Kind, Value};
use crate::plan::change::{Action, Change, MembersDelta};
use crate::policy::Ceilings;
use crate::project::{GroupLimit, Limit, Limits};

/// The least size of a group of whose members a share may leave. A share of four members would be nobody.
const LARGE: u64 = 10;
/// How many more members may leave than join: a quarter. Joins count against losses, because a rotation of a
/// team takes no place away.
const NET: Limit = Limit::BasisPoints(2_500);
/// How many members may leave, whoever joins: three quarters. In a rotation some stay who know the work;
/// where nearly all are replaced, the list is rather another group's.
const SHRINK: Limit = Limit::BasisPoints(7_500);

/// The groups that stay and whose members change, with their deltas.
pub(super) fn deltas(changes: &[Change]) -> impl Iterator<Item = (&Change, &MembersDelta)> {
    let kept = changes
        .iter()
        .filter(|change| change.kind == Kind::Group && change.action != Action::Delete);
    kept.filter_map(|change| Some((change, change.members.as_ref()?)))
}

/// The groups that stay and lose members, with their deltas.
pub(crate) fn losses(changes: &[Change]) -> impl Iterator<Item = (&Change, &MembersDelta)> {
    deltas(changes).filter(|(_, members)| !members.remove.is_empty())
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

/// How many members of a group may leave.
struct Allowed {
    /// Whoever joins.
    leaving: u64,
    /// More than join.
    net: u64,
}

impl Allowed {
    /// The limits of a group that had `of` members and has these names: the stricter ones of the
    /// configuration and the policy file.
    fn of(ceilings: &Ceilings, names: &[Key], of: u64) -> Self {
        let by = |limits: &Limits| {
            let covers = |limit: &&GroupLimit| names.iter().any(|name| limit.covers(name));
            let fitting = || limits.groups.iter().filter(covers);
            let stricter = |said: &dyn Fn(&GroupLimit) -> Option<Limit>, default| {
                let said = fitting().filter_map(said).map(|limit| allowed(limit, of));
                said.min().unwrap_or_else(|| allowed(default, of))
            };
            Self {
                leaving: stricter(&|limit| limit.shrink, SHRINK),
                net: stricter(&|limit| limit.net, NET),
            }
        };
        let config = by(&ceilings.config);
        match ceilings.policy.as_ref().map(by) {
            None => config,
            Some(policy) => Self {
                leaving: config.leaving.min(policy.leaving),
                net: config.net.min(policy.net),
            },
        }
    }
}

/// A share is of large groups only, except that a share of 0 is 0. A number is exact.
fn allowed(limit: Limit, of: u64) -> u64 {
    match limit {
        Limit::Count(count) => count,
        Limit::BasisPoints(share) if share > 0 && of < LARGE => u64::MAX,
        share @ Limit::BasisPoints(_) => share.of(of),
    }
}

/// The names of a group: the declared one and the live one. A group that is renamed in the plan keeps the
/// limits of the name that it has.
fn names(change: &Change) -> Vec<Key> {
    let live = change.before.get(DISPLAY_NAME).and_then(Option::as_ref);
    let live = live.and_then(Value::as_text);
    let live = live.map(|name| Key::new(Kind::Group, name));
    std::iter::once(change.key.clone()).chain(live).collect()
}

/// Groups that would lose more members than their limits allow, with the losses and joins of the last 7 days.
/// Groups that are emptied have their own guard.
pub(crate) fn shrunk(changes: &[Change], history: &History, limits: &Ceilings) -> GuardFigure {
    let cases = losses(changes).filter_map(|(change, members)| {
        let known = change.remote_id.as_deref().and_then(|id| history.members.get(id));
        let earlier = known.copied().unwrap_or_default();
        // Nobody is taken out of a group whose size is not known. Who joined within the days did not make the
        // group larger than it was before them, where as many left.
        let before = members.before?;
        let of = before.max((before + earlier.left).saturating_sub(earlier.joined));
        let all = Turnover {
            left: members.remove.len() as u64 + earlier.left,
            joined: members.add.len() as u64 + earlier.joined,
        };
        let allowed = Allowed::of(limits, &names(change), of);
        let net = all.left.saturating_sub(all.joined);
        if members.after == Some(0) || (all.left <= allowed.leaving && net <= allowed.net) {
            return None;
        }
        let joins = match all.joined {
            0 => String::new(),
            joined => format!(", {joined} join: net {net}"),
        };
        let when = match earlier.left {
            0 => String::new(),
            earlier => format!(", with {earlier} of the last 7 days"),
        };
        Some(format!("{} loses {} of {of}{joins}{when}", change.key, all.left))
    });
    GuardFigure::of_cases(Guard::GroupShrunk, cases.collect())
}
