//! Whom or what a guard counts, by name. The guard `remove` counts people, groups, and people who lose their
//! last group.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::figure::{GuardFigure, MOST_CASES};
use super::name::Guard;
use crate::escape::Escaped;
use crate::model::{Key, Kind};
use crate::plan::change::Change;
use crate::plan::header::Header;

/// The largest number of people and of groups that a sentence names.
const NAMED: usize = 3;

/// The end of a case about somebody who stays and has no group any more.
const LOSES: &str = " loses the last group";

/// The case of somebody who loses the last group.
pub(super) fn loses_last_group(who: &str) -> String {
    format!("{who}{LOSES}")
}

/// Whom or what the guard with this name counts, by name, escaped. More than the figure names are counted in
/// the last text. Empty if the guard counts without names.
pub(crate) fn cases_of(guard: &str, header: &Header, changes: &[Change]) -> Vec<String> {
    if guard == Guard::Remove.word() {
        let whom = Removed::of(header, changes).sentence();
        return [whom].into_iter().filter(|whom| !whom.is_empty()).collect();
    }
    let Some(figure) = header.guards.iter().find(|figure| figure.guard == guard) else {
        return Vec::new();
    };
    let cases = figure.cases.iter().map(|case| Escaped(case).to_string());
    let is_cut = figure.cases.len() == MOST_CASES && figure.count > MOST_CASES as u64;
    let more = is_cut.then(|| format!("{} more", figure.count - MOST_CASES as u64));
    cases.chain(more).collect()
}

/// Everybody whom the guard `remove` counts, by what happens to them.
pub(crate) struct Removed<'a> {
    people: BTreeSet<&'a Key>,
    groups: BTreeSet<&'a Key>,
    /// How many people lose their last group.
    pub(crate) groupless: u64,
    /// The first of these people. Empty in a redacted view.
    named: Vec<&'a str>,
}

impl<'a> Removed<'a> {
    /// Whom a plan with this header and these changes removes.
    pub(crate) fn of(header: &'a Header, changes: &'a [Change]) -> Self {
        let mut figures = header.guards.iter();
        let figure = figures.find(|figure| figure.guard == Guard::Remove.word());
        Self::counted_by(figure, changes)
    }

    /// Whom a figure of the guard counts.
    pub(super) fn counted_by(figure: Option<&'a GuardFigure>, changes: &'a [Change]) -> Self {
        let of_kind = |kind| {
            let removals = changes.iter().filter(|change| change.action.is_removal());
            let of_kind = removals.filter(move |change| change.kind == kind);
            of_kind.map(|change| &change.key).collect::<BTreeSet<_>>()
        };
        let (people, groups) = (of_kind(Kind::User), of_kind(Kind::Group));
        let removed = (people.len() + groups.len()) as u64;
        let cases = figure.iter().flat_map(|figure| &figure.cases);
        Self {
            groupless: figure.map_or(0, |figure| figure.count.saturating_sub(removed)),
            named: cases.filter_map(|case| case.strip_suffix(LOSES)).collect(),
            people,
            groups,
        }
    }

    /// `4 people (user:a and 3 more), 48 groups (…), 42 people who lose their last group (…)`, escaped. Empty
    /// if nobody is removed.
    pub(crate) fn sentence(&self) -> String {
        let keys = |keys: &BTreeSet<&Key>| {
            let first: Vec<_> = keys.iter().take(NAMED).map(ToString::to_string).collect();
            listed(&first, keys.len() as u64)
        };
        let (people, groups) = (self.people.len(), self.groups.len());
        let parts = [
            (people > 0).then(|| format!("{}{}", persons(people as u64), keys(&self.people))),
            (groups > 0).then(|| {
                let plural = if groups == 1 { "" } else { "s" };
                format!("{groups} group{plural}{}", keys(&self.groups))
            }),
            self.without_group(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// `42 people who lose their last group (user:a, …)`, escaped. `None` if nobody does.
    pub(crate) fn without_group(&self) -> Option<String> {
        let names: Vec<_> = self.named.iter().map(|name| Escaped(name).to_string()).collect();
        let whose = if self.groupless == 1 {
            "who loses the last group"
        } else {
            "who lose their last group"
        };
        let names = listed(&names, self.groupless);
        (self.groupless > 0).then(|| format!("{} {whose}{names}", persons(self.groupless)))
    }
}

fn persons(count: u64) -> String {
    if count == 1 {
        "1 person".into()
    } else {
        format!("{count} people")
    }
}

/// ` (a, b and 3 more)`. Empty without names.
fn listed(names: &[String], all: u64) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = all.saturating_sub(names.len() as u64);
    let mut listed = format!(" ({}", names.join(", "));
    if more > 0 {
        let _ = write!(listed, " and {more} more");
    }
    listed.push(')');
    listed
}
