//! People and groups who would be removed under one name and created under another. With them would go all
//! that hangs on the account or the group: what it owns, and what is granted to it.

use std::collections::HashMap;

use super::figure::GuardFigure;
use super::name::Guard;
use super::people::{Mark, shared_mark};
use crate::escape::Escaped;
use crate::model::{Key, Kind, Reference};
use crate::plan::change::{Action, Change};

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

/// The new groups with most of the members of a group that is deleted.
fn groups(changes: &[Change]) -> impl Iterator<Item = String> {
    let created: Vec<&Change> = of_kind(changes, Kind::Group)
        .filter(|change| change.action == Action::Create)
        .collect();
    let mut with_member: HashMap<&Key, Vec<usize>> = HashMap::new();
    for (number, new) in created.iter().enumerate() {
        for member in joining(new).iter().filter_map(|member| member.key.as_ref()) {
            with_member.entry(member).or_default().push(number);
        }
    }
    let deleted = of_kind(changes, Kind::Group).filter(|change| change.action == Action::Delete);
    deleted.filter_map(move |old| {
        let members = old.members.as_ref().map_or(&[][..], |delta| &delta.remove);
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for member in members.iter().filter_map(|member| member.key.as_ref()) {
            for number in with_member.get(member).into_iter().flatten() {
                *shared.entry(*number).or_default() += 1;
            }
        }
        let alike = shared
            .into_iter()
            .filter(|(number, shared)| are_most(*shared, members.len(), joining(created[*number]).len()));
        let (number, shared) = alike.max_by_key(|(number, shared)| (*shared, std::cmp::Reverse(*number)))?;
        let what = format!("{shared} of {} members in common", members.len());
        Some(case(created[number], &old.key, &what))
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
    let case = format!("{} and {old} have {what}", new.key);
    match new.origin.as_deref().and_then(|origin| origin.rsplit_once(':')) {
        Some((place, _column)) => format!("{case}: {} at {}", line_to_add(place, old), Escaped(place)),
        None => case,
    }
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

/// A text as one value of a YAML map, in whatever style the map is written.
fn yaml_scalar(text: &str) -> String {
    let is_plain = text.starts_with(char::is_alphabetic)
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || " @._-+".contains(character))
        && !text.ends_with(' ')
        && !text.eq_ignore_ascii_case("null");
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
            ("2024", "\"2024\""),
            ("#1", "\"#1\""),
        ] {
            assert_eq!(yaml_scalar(name), written);
        }
    }
}
