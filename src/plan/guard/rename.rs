//! People and groups who would be removed under one name and created under another. With them would go all
//! that hangs on the account or the group: what it owns, and what is granted to it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::figure::GuardFigure;
use super::name::Guard;
use super::people::{Mark, shared_mark};
use crate::escape::Escaped;
use crate::model::{Catalog, Key, Kind, Reference, Snapshot};
use crate::plan::change::{Action, Change};
use crate::plan::draft::Draft;

/// Up to this size, a group is seen again if it has all members of the old one. A larger one needs
/// [`MOST_OF_LARGE`] percent of them.
const SMALL: usize = 10;

/// See [`SMALL`].
const MOST_OF_LARGE: usize = 80;

/// The removals and creates that look like one rename each.
pub(crate) fn renamed(changes: &[Change]) -> GuardFigure {
    let cases = people(changes).chain(groups(changes));
    GuardFigure::of_cases(Guard::Rename, cases.collect())
}

fn of_kind(changes: &[Change], kind: Kind) -> impl Iterator<Item = &Change> {
    changes.iter().filter(move |change| change.kind == kind)
}

/// The new people who share a mark with a person who is removed.
fn people(changes: &[Change]) -> impl Iterator<Item = String> {
    let removed = of_kind(changes, Kind::User).filter(|change| change.action.is_removal());
    let marks: HashMap<Mark, &Key> = removed
        .flat_map(|change| {
            let marks = Mark::all_of(&change.before).into_iter();
            marks.map(move |mark| (mark, &change.key))
        })
        .collect();
    let created = of_kind(changes, Kind::User).filter(|change| change.action == Action::Create);
    created.filter_map(move |new| {
        let mark = shared_mark(new, |mark| marks.contains_key(mark))?;
        Some(case(new, marks[&mark], &format!("one {}", mark.attribute)))
    })
}

/// A group that may come again under another name.
struct OldGroup<'a> {
    key: Key,
    /// The ids of its members.
    members: Vec<&'a str>,
}

/// A new group with most of the members of an old one.
struct Successor<'a> {
    new: &'a Change,
    old: Key,
    /// How many members of how many they share, in words.
    shared: String,
}

/// The new groups with most of the members of a group that is deleted.
fn groups(changes: &[Change]) -> impl Iterator<Item = String> {
    let deleted = of_kind(changes, Kind::Group).filter(|change| change.action == Action::Delete);
    let old = deleted.map(|change| {
        let leaving = change.members.iter().flat_map(|delta| &delta.remove);
        OldGroup {
            key: change.key.clone(),
            members: leaving.filter_map(|member| member.id.as_deref()).collect(),
        }
    });
    let found = successors(changes, old);
    found.map(|found| {
        case(
            found.new,
            &found.old,
            &format!("{} members in common", found.shared),
        )
    })
}

/// What a reviewer should know of new groups with most of the members of a group that no source declares and
/// the plan leaves alone, in sentences.
pub(crate) fn left_behind(draft: &Draft, snapshot: &Snapshot, catalog: &Catalog) -> Vec<String> {
    let undeclared: HashSet<&str> = draft.undeclared.iter().flatten().map(|id| &**id).collect();
    let changed: HashSet<&str> = draft
        .changes
        .iter()
        .filter_map(|one| one.remote_id.as_deref())
        .collect();
    let groups = snapshot.groups.iter();
    let left = groups.filter(|group| undeclared.contains(&*group.id) && !changed.contains(&*group.id));
    let old = left.map(|group| OldGroup {
        key: group.key(catalog),
        members: group
            .members
            .iter()
            .flatten()
            .filter_map(|member| member.reference.id.as_deref())
            .collect(),
    });
    let said = |found: Successor<'_>| {
        let what = format!("{} members of {}, which stays", found.shared, found.old);
        let advice = advice(found.new, &found.old).map_or(String::new(), |advice| format!(": {advice}"));
        format!("{} has {what}. It looks like a rename{advice}.", found.new.key)
    };
    successors(&draft.changes, old).map(said).collect()
}

/// The new groups that look like one of the old ones.
fn successors<'a>(
    changes: &'a [Change],
    old: impl Iterator<Item = OldGroup<'a>>,
) -> impl Iterator<Item = Successor<'a>> {
    let created: Vec<&Change> = of_kind(changes, Kind::Group)
        .filter(|change| change.action == Action::Create)
        .collect();
    let mut with_member: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, new) in created.iter().enumerate() {
        for id in joining(new).iter().filter_map(|member| member.id.as_deref()) {
            with_member.entry(id).or_default().push(number);
        }
    }
    old.filter_map(move |old| {
        let count = old.members.len();
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for number in old.members.iter().filter_map(|id| with_member.get(id)).flatten() {
            *shared.entry(*number).or_default() += 1;
        }
        let alike = shared
            .into_iter()
            .filter(|(number, shared)| are_most(*shared, count, joining(created[*number]).len()));
        let (number, shared) = alike.max_by_key(|(number, shared)| (*shared, Reverse(*number)))?;
        Some(Successor {
            new: created[number],
            old: old.key,
            shared: format!("{shared} of {count}"),
        })
    })
}

fn joining(change: &Change) -> &[Reference] {
    change.members.as_ref().map_or(&[], |delta| &delta.add)
}

/// Whether a new group has so many of an old one's members that it is probably the same group. A group of
/// which they are the smaller part, as one of everybody, is another group.
const fn are_most(shared: usize, old: usize, new: usize) -> bool {
    let are_enough = if old <= SMALL {
        shared == old
    } else {
        shared * 100 >= old * MOST_OF_LARGE
    };
    are_enough && shared > 0 && shared * 2 >= new
}

/// One case, with the line that makes it a rename.
fn case(new: &Change, old: &Key, what: &str) -> String {
    let advice = advice(new, old).map_or(String::new(), |advice| format!(": {advice}"));
    format!("{} and {old} have {what}{advice}", new.key)
}

/// The line to add, and where. `None` for a change that no source declares.
fn advice(new: &Change, old: &Key) -> Option<String> {
    let (place, _column) = new.origin.as_deref()?.rsplit_once(':')?;
    Some(format!("{} at {}", line_to_add(place, old), Escaped(place)))
}

/// What says in a source that the old name was this one's.
fn line_to_add(place: &str, old: &Key) -> String {
    let file = place.rsplit_once(':').map_or(place, |(file, _line)| file);
    if file.to_lowercase().ends_with(".csv") {
        format!("write `{}` in a column `previously`", Escaped(&old.name))
    } else {
        format!("add `previously: {}`", Escaped(&yaml_scalar(&old.name)))
    }
}

/// The words that YAML 1.1 or 1.2 reads as something else than text.
const YAML_WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A text as one value of a YAML map, in whatever style the map is written.
fn yaml_scalar(text: &str) -> String {
    let is_plain = text.starts_with(char::is_alphabetic)
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || " @._-+".contains(character))
        && !text.ends_with(' ')
        && !YAML_WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_group_is_seen_again_by_all_members_and_a_large_one_by_four_fifths() {
        for (shared, old, new) in [(1, 1, 1), (10, 10, 10), (9, 11, 9), (32, 40, 40), (3, 3, 6)] {
            assert!(are_most(shared, old, new), "{shared} of {old}, {new} now");
        }
        for (shared, old, new) in [(0, 0, 0), (9, 10, 9), (8, 11, 8), (31, 40, 40), (3, 3, 7)] {
            assert!(!are_most(shared, old, new), "{shared} of {old}, {new} now");
        }
    }

    #[test]
    fn a_name_is_quoted_where_yaml_would_read_it_otherwise() {
        for (name, written) in [
            ("Sales", "Sales"),
            ("cyd.old@example.com", "cyd.old@example.com"),
            ("Team: North, South", "\"Team: North, South\""),
            ("null", "\"null\""),
            ("No", "\"No\""),
            ("2024", "\"2024\""),
            ("#1", "\"#1\""),
        ] {
            assert_eq!(yaml_scalar(name), written);
        }
    }
}
