//! An ordinary week: titles, managers, memberships and one new name, and what wpsync may send for them.

use std::collections::{BTreeMap, BTreeSet};

use super::company::Company;

/// How many members one request may carry, as the dialect `rfc7644` has it.
const MEMBERS_A_REQUEST: usize = 100;

/// A company after its edits, and everything that they ask for.
pub(crate) struct Week {
    pub(crate) company: Company,
    /// The keys of the changed people and, for each, the changed attributes.
    pub(crate) people: BTreeMap<String, BTreeSet<&'static str>>,
    /// The names of the changed groups, with how many join and leave.
    pub(crate) groups: BTreeMap<String, (usize, usize)>,
}

/// 10 titles, 2 managers (one of them of a person with a new title), one new user name, and 30 memberships in
/// 6 groups.
pub(crate) fn of(before: &Company) -> Week {
    let mut company = before.clone();
    let mut people: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    let mut note = |company: &Company, number: usize, attribute| {
        people
            .entry(company.people[number].user_name.clone())
            .or_default()
            .insert(attribute);
    };
    for number in 10..20 {
        company.people[number].title = Some(format!("Título nº {number}, \"new\""));
        note(&company, number, "title");
    }
    for number in [19, 21] {
        let old = company.people[number].manager;
        company.people[number].manager = [0, 1].into_iter().find(|manager| Some(*manager) != old);
        note(&company, number, "manager");
    }
    "married.name@example.com".clone_into(&mut company.people[22].user_name);
    note(&company, 22, "userName");
    let groups = (0..6)
        .map(|number| {
            (
                company.groups[number].name.clone(),
                move_members(&mut company, number),
            )
        })
        .collect();
    Week {
        company,
        people,
        groups,
    }
}

/// Five changes of one group: 3 join and 2 leave.
fn move_members(company: &mut Company, number: usize) -> (usize, usize) {
    let held = &company.groups[number].people;
    let joining: Vec<usize> = (0..company.people.len())
        .filter(|person| !held.contains(person))
        .take(3)
        .collect();
    let leaving: Vec<usize> = held.iter().rev().copied().take(2).collect();
    let group = &mut company.groups[number].people;
    for person in &leaving {
        group.remove(person);
    }
    group.extend(&joining);
    (joining.len(), leaving.len())
}

impl Week {
    /// The fewest writes that do it.
    pub(crate) fn writes(&self) -> BTreeMap<String, usize> {
        let requests = |members: usize| members.div_ceil(MEMBERS_A_REQUEST);
        let groups = self
            .groups
            .values()
            .map(|(join, leave)| requests(*join) + requests(*leave))
            .sum();
        BTreeMap::from([
            ("PATCH Users".to_owned(), self.people.len()),
            ("PATCH Groups".to_owned(), groups),
        ])
    }
}
