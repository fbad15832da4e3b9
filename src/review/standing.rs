//! How far a directory is from its sources, in words: the first line of every view, and the rows below it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::shown::ShownStanding;
use super::words::{clip, count_of, thousands};
use crate::escape::Escaped;
use crate::model::Kind;
use crate::model::well_known::{GROUPS, MEMBERS};
use crate::plan::remainder::{
    Counted, LeftReferences, NameKnown, NamedInPart, OutsideScope, Unnamed, UnreadRows, Withheld,
    WithoutState,
};
use crate::plan::standing::Standing;
use crate::plan::{Action, Plan, Selection};

/// The number of names in a row about withheld removals or differences that stay.
const MOST_SHOWN: usize = 5;

/// The number of people who are shown for one name in a row.
const MOST_PEOPLE: usize = 3;

/// The longest text about a service, in characters.
const LONGEST_ABOUT: usize = 500;

/// The first line: the changes, and what is left undone. It holds no names.
pub fn headline(standing: &Standing<'_>) -> String {
    let left = left_undone(standing);
    let Some(counts) = counts(standing) else {
        if standing.reverses {
            return "No changes. This plan reverses nothing.".into();
        }
        return nothing_to_apply(standing.selection, left);
    };
    match left {
        Some(left) => format!("Plan: {counts}; {left}."),
        None => format!("Plan: {counts}."),
    }
}

/// The number of planned changes of each action: `1 to create, 2 to update`. `None` if there are no changes.
pub fn counts(standing: &Standing<'_>) -> Option<String> {
    let counts = Action::BY_RISK.into_iter().rev().filter_map(|action| {
        let count = standing.changes.get(&action)?;
        Some(format!("{} to {}", thousands(*count), action.word()))
    });
    let counts: Vec<_> = counts.collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn nothing_to_apply(selection: Option<&Selection>, left: Option<String>) -> String {
    match (selection, left) {
        (None, None) => "No changes. The directory is as the sources say.".into(),
        (Some(_), None) => "No changes for whom this plan is about.".into(),
        (None, Some(left)) => format!("Nothing to apply. {}.", as_sentence(&left)),
        (Some(_), Some(left)) => {
            format!(
                "Nothing to apply for whom this plan is about. {}.",
                as_sentence(&left)
            )
        }
    }
}

fn as_sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// What is left undone besides the changes: `1 removal is withheld (adopt users), 2 people are held`. It
/// holds no names. `None` if nothing is left undone.
pub fn left_undone(standing: &Standing<'_>) -> Option<String> {
    let mut parts = Vec::new();
    let withheld = standing.removals_withheld();
    if withheld > 0 {
        let verb = if withheld == 1 { "is" } else { "are" };
        let adopt = to_adopt(standing.withheld);
        parts.push(format!(
            "{} {verb} withheld (adopt {adopt})",
            count_of(withheld, "removal")
        ));
    }
    parts.extend(without_state(standing.without_state));
    parts.extend(unread(standing.unread));
    parts.extend(unnamed(standing.unnamed));
    let held = [Kind::User, Kind::Group].map(|kind| (standing.held_of(kind), kind));
    let held = held.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(held.map(|(count, kind)| match (kind, count) {
        (Kind::User, 1) => "1 person is held".into(),
        (Kind::User, _) => format!("{} people are held", thousands(count)),
        (Kind::Group, 1) => "1 group is held".into(),
        (Kind::Group, _) => format!("{} groups are held", thousands(count)),
    }));
    match standing.references_left() {
        0 => {}
        1 => parts.push("1 reference is left alone".into()),
        count => parts.push(format!("{} references are left alone", thousands(count))),
    }
    match standing.differences_staying() {
        0 => {}
        1 => parts.push("1 difference stays".into()),
        count => parts.push(format!("{} differences stay", thousands(count))),
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// That nobody is removed for absence, because no state says who is managed. `None` if nobody is concerned.
fn without_state(unknown: &WithoutState) -> Option<String> {
    let of = |kind: Kind| unknown.contains_key(kind.plural());
    let (whom, what) = match (of(Kind::User), of(Kind::Group)) {
        (false, false) => return None,
        (true, false) => ("who is managed", "nobody"),
        (false, true) => ("which groups are managed", "no group"),
        (true, true) => ("who is managed", "nobody and no group"),
    };
    Some(format!("no state says {whom}, so {what} is removed for absence"))
}

/// That nobody is removed for absence, because a row does not say whom it declares. `None` if each row does.
fn unread(unread: &UnreadRows) -> Option<String> {
    let what = match (unread.has(Kind::User), unread.has(Kind::Group)) {
        (false, false) => return None,
        (true, false) => "nobody",
        (false, true) => "no group",
        (true, true) => "nobody and no group",
    };
    // Both a person and the groups of one row may be unknown.
    let places: BTreeSet<&str> = unread.rows.iter().map(|row| &*row.origin).collect();
    let rows = match places.len() as u64 {
        1 => "1 row does not say for certain whom it declares".to_owned(),
        count => format!(
            "{} rows do not say for certain whom they declare",
            thousands(count)
        ),
    };
    Some(format!("{rows}, so {what} is removed for absence"))
}

/// How many stay because of partial sources. `None` if nobody does.
fn unnamed(unnamed: &Unnamed) -> Option<String> {
    let of = |name: &str| unnamed.get(name).map_or(0, |counted| counted.count);
    let (people, groups) = (of(Kind::User.plural()), of(Kind::Group.plural()));
    let all: u64 = unnamed.values().map(|counted| counted.count).sum();
    let person = match people {
        0 | 1 => count_of(people, "person"),
        _ => format!("{} people", thousands(people)),
    };
    let counts = [
        (people, person),
        (groups, count_of(groups, "group")),
        (all - people - groups, count_of(all - people - groups, "member")),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, said)| said)
        .collect();
    let verb = if all == 1 { "stays" } else { "stay" };
    let whom = counts.join(" and ");
    (all > 0).then(|| format!("{whom} {verb}, since partial sources name some only"))
}

/// What would have to be adopted, without the names of groups or attributes.
fn to_adopt(withheld: &Withheld) -> String {
    let kinds = Kind::ALL.map(Kind::plural);
    let mut parts: Vec<String> = kinds
        .into_iter()
        .filter(|kind| withheld.contains_key(*kind))
        .map(str::to_owned)
        .collect();
    let groups = withheld.keys().filter(|name| name.starts_with("group:")).count();
    let attributes = withheld.len() - parts.len() - groups;
    if attributes > 0 {
        parts.push(count_of(attributes as u64, "attribute"));
    }
    if groups > 0 {
        parts.push(format!("the members of {}", count_of(groups as u64, "group")));
    }
    parts.join(", ")
}

/// The row about the service itself, of which a user must know something; escaped. `None` if there is nothing
/// to know.
pub(super) fn about(plan: &Plan) -> Option<Row> {
    let about = plan.header.directory.about.as_deref()?;
    Some(Row {
        name: "service",
        text: clip(&Escaped(about).to_string(), LONGEST_ABOUT),
    })
}

/// A row below the first line.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The escaped text.
    pub(super) text: String,
}

/// What is not removed for absence, because partial sources name some of it. `None` if all sources name all.
pub fn partly_named(named: &NamedInPart) -> Option<String> {
    let members = if named.contains("groups") {
        "no member is taken out of a group"
    } else {
        "no member is taken out of a group that stays"
    };
    let nothing = [
        ("users", "nobody is removed for absence"),
        ("groups", "no group is removed for absence"),
        ("members", members),
    ];
    let nothing: Vec<_> = nothing
        .into_iter()
        .filter(|(name, _)| named.contains(*name))
        .map(|(_, nothing)| nothing)
        .collect();
    let last = nothing.last()?;
    let text = match nothing.len() {
        1 => (*last).to_owned(),
        many => format!("{}, and {last}", nothing[..many - 1].join(", ")),
    };
    Some(format!("partial sources say nothing about who is absent: {text}"))
}

/// The changes that only correct how texts are written, and how to take them over by themselves.
fn corrections(standing: &Standing<'_>) -> Option<String> {
    let count = standing.corrections;
    let only = match count {
        0 => return None,
        1 => "1 change only corrects".to_owned(),
        _ => format!("{} changes only correct", thousands(count)),
    };
    let all: u64 = standing.changes.values().sum();
    let alone = if count == all {
        ""
    } else {
        "; `wpsync plan --corrections` plans that alone"
    };
    Some(format!("{only} capitals, the form of accents, or spaces{alone}"))
}

/// The rows of corrections, withheld removals, differences that stay, and attributes that are not held.
pub(super) fn rows(standing: &Standing<'_>) -> impl Iterator<Item = Row> {
    let withheld = counted(standing.withheld).map(|names| {
        format!("removals from what is managed for the first time: {names}; --adopt NAME removes them")
    });
    let unknown = counted(standing.without_state).map(|names| {
        format!(
            "undeclared, and perhaps ours: {names}; an apply records who is declared from then on, and \
             `wpsync plan --deactivate KEY` or `--delete KEY` removes who has left before"
        )
    });
    let kept = counted(&standing.unread.kept).map(|names| {
        format!("undeclared, and perhaps meant by a row that does not say whom it declares: {names}")
    });
    let unnamed = counted(standing.unnamed).map(|names| {
        format!(
            "no source names {names}; who has left goes by `active: false` or a file of \
             `kind: deactivations`, and by `wpsync plan --deactivate KEY`"
        )
    });
    let staying =
        counted(standing.staying).map(|names| format!("the service does not change what differs in {names}"));
    let not_held = standing
        .not_held
        .iter()
        .map(|(name, count)| format!("{} ({})", Escaped(name), thousands(*count)));
    let not_held = some_of(not_held).map(|names| format!("by the service, and left out: {names}"));
    let rows = [
        ("partial", partly_named(standing.partly_named)),
        ("not named", unnamed),
        ("spelling", corrections(standing)),
        ("withheld", withheld),
        ("no state", unknown),
        ("kept", kept),
        (
            "references",
            left_alone(standing.references, NameKnown::ByDirectoryOrRecord),
        ),
        (
            "references",
            left_alone(standing.references, NameKnown::OutsideScope),
        ),
        ("references", left_alone(standing.references, NameKnown::ByNobody)),
        ("staying", staying),
        ("not held", not_held),
        ("outside scope", outside_scope(standing.outside_scope)),
    ];
    rows.into_iter()
        .filter_map(|(name, text)| Some(Row { name, text: text? }))
}

/// The references to names that no source declares and that are known so. `None` if there are none.
fn left_alone(references: &[LeftReferences], known: NameKnown) -> Option<String> {
    let of_known = references.iter().filter(|left| left.known == known);
    let named = |left: &LeftReferences| with_people(&format!("{} {}", left.role, left.name), &left.who);
    let names = some_of(of_known.map(named).collect::<Vec<_>>().into_iter())?;
    Some(match known {
        NameKnown::ByDirectoryOrRecord => {
            format!("declared no more: {names}; take the names out, or declare them again")
        }
        NameKnown::OutsideScope => {
            format!("outside of `scope`, while the directory holds something else: {names}")
        }
        NameKnown::ByNobody => format!(
            "known to nobody: {names}; correct the names, or take them out{}",
            meanwhile(references)
        ),
    })
}

/// What stays because of names that nobody knows.
fn meanwhile(references: &[LeftReferences]) -> &'static str {
    let has_unknown = |role: &str| {
        let mut references = references.iter();
        references.any(|left| left.known == NameKnown::ByNobody && left.role == role)
    };
    match (has_unknown(MEMBERS), has_unknown(GROUPS)) {
        (false, false) => "",
        (true, false) => "; until then nobody is taken out of a group with such a member",
        (false, true) => "; until then whoever names such a group is taken out of none",
        (true, true) => {
            "; until then nobody is taken out of a group with such a member, and whoever names such a group \
             is taken out of none"
        }
    }
}

/// The references that the scope leaves without a target. `None` if there are none.
fn outside_scope(counts: &OutsideScope) -> Option<String> {
    let named = counts
        .iter()
        .map(|(role, count)| format!("{} ({})", Escaped(role), thousands(*count)));
    some_of(named).map(|names| format!("not in the directory, and left out: {names}"))
}

/// The first of what is counted by name, with the first people of each. `None` if nothing is.
fn counted(all: &BTreeMap<String, Counted>) -> Option<String> {
    some_of(all.iter().map(|(name, counted)| with_people(name, counted)))
}

/// A name, how many it concerns, and the first of them.
fn with_people(name: &str, counted: &Counted) -> String {
    let people = counted.first.iter().take(MOST_PEOPLE).map(ToString::to_string);
    let people: Vec<_> = people.collect();
    let more = if counted.count > people.len() as u64 {
        ", …"
    } else {
        ""
    };
    let people = if people.is_empty() {
        String::new()
    } else {
        format!(": {}{more}", people.join(", "))
    };
    format!("{} ({}{people})", Escaped(name), thousands(counted.count))
}

/// The first texts, and how many more there are. `None` if there are no texts.
fn some_of(texts: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let all = texts.len();
    let shown = texts.take(MOST_SHOWN).collect::<Vec<_>>().join(", ");
    let more = all.saturating_sub(MOST_SHOWN);
    match (all, more) {
        (0, _) => None,
        (_, 0) => Some(shown),
        (_, more) => Some(format!("{shown} and {more} more")),
    }
}

/// The first line and its counts, for programs. It holds no names.
pub fn standing_json(standing: &Standing<'_>) -> Json {
    json!(shown_standing(standing))
}

pub(super) fn shown_standing(standing: &Standing<'_>) -> ShownStanding {
    ShownStanding {
        headline: headline(standing),
        as_declared: standing.is_as_declared(),
        withheld: standing.removals_withheld(),
        without_state: standing.unknown_to_state(),
        unread: standing.unread.rows.len() as u64,
        held: standing.held_of(Kind::User) + standing.held_of(Kind::Group),
        corrections: standing.corrections,
        left_alone: standing.references_left(),
        outside_scope: standing.outside_scope.values().sum(),
        staying: standing.differences_staying(),
        not_held: standing.wishes_not_held(),
        partly_named: standing.partly_named.iter().cloned().collect(),
        unnamed: standing.unnamed.values().map(|counted| counted.count).sum(),
    }
}
