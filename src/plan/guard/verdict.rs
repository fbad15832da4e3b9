//! The verdict on a plan: the figures of its header and of its changes, against the limits in force now.

use std::collections::{BTreeMap, HashSet};

use super::cases::Removed;
use super::figure::GuardFigure;
use super::grounds::Account;
use super::history::History;
use super::limit::{Volume, allowed};
use super::name::Guard;
use super::{groups, held, people, rename, volume};
use crate::escape::Escaped;
use crate::plan::change::Change;
use crate::plan::file::Plan;
use crate::plan::header::Header;
use crate::policy::Policy;

/// The largest number of cases that a sentence names.
const NAMED: usize = 3;

/// A plan to judge, when it is made and again when it is applied.
pub struct Trial<'a> {
    /// The plan's header.
    pub header: &'a Header,
    /// The plan's changes.
    pub changes: &'a [Change],
    /// What the configuration and the policy file allow now.
    pub policy: &'a Policy,
    /// The applies until now.
    pub history: &'a History,
    /// The account of the token in use now.
    pub account: &'a Account,
}

impl Trial<'_> {
    /// The figure to judge by. The stricter one counts if the header has a lower count than the changes, or a
    /// higher limit than is allowed now.
    fn figure(&self, guard: Guard) -> GuardFigure {
        let said = self
            .header
            .guards
            .iter()
            .find(|figure| figure.guard == guard.word())
            .cloned();
        let said = said.unwrap_or_else(|| GuardFigure {
            guard: guard.word().to_owned(),
            limit: u64::MAX,
            ..GuardFigure::default()
        });
        match guard {
            Guard::Create | Guard::Remove | Guard::Identity | Guard::Update => {
                let count = volume::count(guard, self.changes);
                let of = self.header.snapshot.managed_users;
                GuardFigure {
                    count: said.count.max(count),
                    earlier: said.earlier.max(self.history.earlier(guard)),
                    limit: said.limit.min(allowed(&self.policy.limits, guard, of)),
                    of,
                    ..said
                }
            }
            Guard::GroupEmptied => groups::emptied(self.changes),
            Guard::GroupShrunk => groups::shrunk(self.changes, self.history),
            Guard::Rename => rename::renamed(self.changes),
            Guard::Protected => people::protected(self.changes, self.policy),
            Guard::OwnAccount => {
                let now = people::own_account(self.changes, self.account);
                if now.count >= said.count { now } else { said }
            }
            Guard::Held => GuardFigure {
                count: said.count.max(held::counted(self.header)),
                limit: said.limit.min(allowed(&self.policy.limits, guard, said.of)),
                ..said
            },
            // These figures rest on what was read when the plan was made.
            Guard::LastAdmins
            | Guard::SourceEmpty
            | Guard::SourceShrunk
            | Guard::DirectoryShrunk
            | Guard::Rehire
            | Guard::Reactivate
            | Guard::Lookalike
            | Guard::Rebind => GuardFigure {
                limit: if said.limit == u64::MAX { 0 } else { said.limit },
                ..said
            },
        }
    }
}

/// The reasons why a plan may not be applied: one sentence with the way out for each guard that refuses.
pub fn refusals(judged: &Trial<'_>) -> Vec<String> {
    // Doubts about what was read do not matter if the plan changes nothing.
    if judged.changes.is_empty() {
        return Vec::new();
    }
    Guard::ALL
        .into_iter()
        .filter_map(|guard| {
            let figure = judged.figure(guard);
            refusal(judged.header, judged.changes, guard, &figure)
        })
        .collect()
}

/// The reasons why a saved plan may not be applied, by its own figures alone. This is what a reviewer sees
/// offline. An apply judges again, with more data.
pub(crate) fn refusals_said(plan: &Plan) -> Vec<String> {
    if plan.changes.is_empty() {
        return Vec::new();
    }
    let known = plan
        .header
        .guards
        .iter()
        .filter_map(|figure| Some((Guard::parse(&figure.guard)?, figure)));
    known
        .filter_map(|(guard, figure)| refusal(&plan.header, &plan.changes, guard, figure))
        .collect()
}

fn refusal(header: &Header, changes: &[Change], guard: Guard, figure: &GuardFigure) -> Option<String> {
    if !figure.is_over() {
        return None;
    }
    let what = match guard {
        Guard::Remove => {
            let whom = Removed::counted_by(Some(figure), changes).sentence();
            format!("{}: {whom}", sentence(guard, figure))
        }
        _ => format!("{}{}", sentence(guard, figure), cases(figure)),
    };
    if !guard.is_waivable() {
        return Some(format!("{what}; {}", other_way_out(guard)));
    }
    match header.waivers.iter().find(|waiver| waiver.guard == figure.guard) {
        Some(waiver) if waiver.count == figure.count => None,
        Some(waiver) => Some(format!(
            "{what}; the waiver for {guard} allows exactly {}, and the plan has {}: --waive '{guard}={}: \
             why'",
            waiver.count,
            figure.count,
            figure.count,
            guard = guard.word()
        )),
        None => Some(format!(
            "{what}; if that is meant: {} --waive '{}={}: why'",
            command(header),
            guard.word(),
            figure.count
        )),
    }
}

/// The command that makes such a plan.
fn command(header: &Header) -> String {
    match &header.reverses {
        Some(plan_id) => format!("wpsync undo {}", Escaped(plan_id)),
        None => "wpsync plan".to_owned(),
    }
}

fn sentence(guard: Guard, figure: &GuardFigure) -> String {
    let GuardFigure {
        count,
        earlier,
        limit,
        of,
        ..
    } = figure;
    let volume = |what: &str| {
        let before = if *earlier > 0 {
            format!(", with {earlier} of the last 7 days,")
        } else {
            String::new()
        };
        format!("{count} {what}{before} exceed the limit of {limit} (for {of} managed active people)")
    };
    match guard {
        Guard::Create => volume("new people"),
        Guard::Remove => volume("removals"),
        Guard::Identity => volume("changes of userName, emails, externalId, active or roles"),
        Guard::Update => volume("changed people"),
        Guard::GroupEmptied => format!("groups that would have no members left: {count}"),
        Guard::GroupShrunk => format!("groups that would lose more than a quarter of their members: {count}"),
        Guard::Protected => format!("changes that touch what is protected: {count}"),
        Guard::OwnAccount => format!("changes that touch the token's own account: {count}"),
        Guard::LastAdmins => "too few administrators would stay".into(),
        Guard::SourceEmpty => format!("sources that are gone or empty: {count}"),
        Guard::SourceShrunk => format!("{count} of the {of} rows of a source are gone, and {limit} may be"),
        Guard::DirectoryShrunk => format!(
            "{count} of the {of} people whom the directory had after the last apply are not in it, and \
             {limit} may be missing: \
             is it the right directory, and does the token see all of it?"
        ),
        Guard::Rename => {
            format!("people and groups that would be removed and created again, as if renamed: {count}")
        }
        Guard::Rehire => {
            format!(
                "people who would be created beside an inactive account of theirs: {count}; declare that \
                 account as active instead"
            )
        }
        Guard::Reactivate => {
            format!(
                "people whom somebody deactivated in the directory since the last apply, and this plan \
                 would activate: {count}"
            )
        }
        Guard::Lookalike => format!("names that look like the name of somebody else and are not it: {count}"),
        Guard::Rebind => format!("accounts that are bound to another identity: {count}"),
        Guard::Held => format!(
            "{count} of the {of} declared people and groups are held because of a problem of their own, and \
             {limit} may be"
        ),
    }
}

fn cases(figure: &GuardFigure) -> String {
    if figure.cases.is_empty() {
        return String::new();
    }
    let named = figure
        .cases
        .iter()
        .take(NAMED)
        .map(|case| crate::escape::Escaped(case).to_string())
        .collect::<Vec<_>>()
        .join("; ");
    let more = if figure.cases.len() > NAMED { "; …" } else { "" };
    format!(" ({named}{more})")
}

const fn other_way_out(guard: Guard) -> &'static str {
    match guard {
        Guard::Protected => {
            "no waiver allows that: let the sources say what is there, or take it out of `protect`"
        }
        Guard::OwnAccount => {
            "no waiver allows that: let the sources say what is there, or use the token of another account"
        }
        _ => "no waiver allows that: name other administrators first, or lower `min_admins`",
    }
}

/// The counts of this plan that add to the limits of later plans, without the changes that an apply did not
/// make. Waived counts do not add.
pub(crate) fn counts_for_later(plan: &Plan, unmade: &[Change]) -> BTreeMap<String, u64> {
    let header = &plan.header;
    // Who is held today was held yesterday, as a rule.
    let adds = |guard: Guard| Volume::of(guard).is_some() && guard != Guard::Held;
    let figures = header.guards.iter();
    let counted = figures.filter(|figure| Guard::parse(&figure.guard).is_some_and(adds));
    let kept = counted.filter(|figure| !header.waivers.iter().any(|waiver| waiver.guard == figure.guard));
    let made = kept.filter_map(|figure| {
        let guard = Guard::parse(&figure.guard)?;
        let count = figure.count.saturating_sub(volume::count(guard, unmade));
        (count > 0).then(|| (figure.guard.clone(), count))
    });
    made.collect()
}

/// The losses of members that later plans count, by the group's id, without the changes that an apply did not
/// make. Empty if the plan waives the guard.
pub(crate) fn losses_for_later(plan: &Plan, unmade: &[Change]) -> BTreeMap<Box<str>, u64> {
    if plan
        .header
        .waivers
        .iter()
        .any(|waiver| waiver.guard == Guard::GroupShrunk.word())
    {
        return BTreeMap::new();
    }
    let unmade: HashSet<&str> = unmade.iter().map(|change| change.id.as_str()).collect();
    let losses = groups::losses(&plan.changes);
    losses
        .filter(|(change, _)| !unmade.contains(&*change.id))
        .filter_map(|(change, members)| Some((change.remote_id.clone()?, members.remove.len() as u64)))
        .collect()
}
