//! What an apply costs: requests by verb, and the time under a dialect's limits.

use wpsync::dialect::Dialect;
use wpsync::model::{Key, Kind, Kinds, Reference};
use wpsync::plan::{Action, Change, Cost, MembersDelta, cost};

use crate::support::{Company, catalog, user};

/// The changes of a case with two new people, one new title and a group that gets and loses members.
fn changes(add: usize, remove: usize) -> Vec<Change> {
    let company = Company::default()
        .wants(user(&[("userName", "ada"), ("externalId", "1"), ("title", "A")]))
        .wants(user(&[("userName", "bob")]))
        .wants(user(&[("userName", "cy"), ("title", "C")]))
        .has_user("c", &[("userName", "cy"), ("title", "B")]);
    let mut changes = company.changes();
    let member = |number: usize| Reference::to_id(format!("u{number}"));
    let mut group = changes
        .iter()
        .find(|change| change.action == Action::Update)
        .expect("an update")
        .clone();
    group.kind = Kind::Group;
    group.key = Key::new(Kind::Group, "g");
    group.after.clear();
    let (before, after) = (remove as u64, add as u64);
    group.members = Some(MembersDelta {
        add: (0..add).map(member).collect(),
        remove: (0..remove).map(member).collect(),
        before: Some(before),
        after: Some(after),
    });
    changes.push(group);
    changes
}

fn of(rows: &str, add: usize, remove: usize) -> Cost {
    let dialect = Dialect::parse(&format!("name: x\n{rows}")).expect("a dialect");
    let counts = Kinds { users: 1, groups: 1 };
    cost(&changes(add, remove), &counts, &dialect, catalog())
}

#[test]
fn requests_are_counted_by_verb() {
    let found = of("members_per_request: 100\n", 101, 3).requests;
    // ada is looked up by two identifiers, bob by one, and both are read once they are made; cy and the group
    // are read three times. At the end, a list of two pages shows whether ada or bob is there twice.
    assert_eq!(
        (found.get, found.post, found.patch, found.put, found.delete),
        (2 + 1 + 2 + 3 + 3 + 2, 2, 1 + 2 + 1, 0, 0)
    );
    assert_eq!(found.total(), 19);
}

#[test]
fn a_put_is_read_first_and_a_removal_may_be_a_request_of_its_own() {
    let found = of(
        "update: { users: put }\nmembership: { removals_per_request: 1 }\n",
        1,
        3,
    )
    .requests;
    assert_eq!(
        (found.put, found.get, found.patch),
        (1, 2 + 1 + 2 + 4 + 3 + 2, 1 + 3)
    );
}

#[test]
fn a_membership_that_is_asked_for_costs_its_questions() {
    let hidden = "absent_members: hidden\nmembership: { ask: { list: groups, \
                  filter: 'id eq {group} and members eq {member}' } }\n";
    assert_eq!(of(hidden, 2, 1).requests.get - of("", 2, 1).requests.get, 9);
    let whole = "page_size: 10\nabsent_members: hidden\n\
                 membership: { ask: { list: users, filter: 'groups.value eq {group}' } }\n";
    for (members, pages) in [(1, 1), (10, 1), (25, 3)] {
        let questions = of(whole, members, 1).requests.get - of("", members, 1).requests.get;
        assert_eq!(
            questions,
            3 * pages,
            "{members} members come in {pages} pages, three times"
        );
    }
}

#[test]
fn the_slowest_class_says_how_long_it_takes() {
    assert_eq!(of("", 1, 1).seconds, 0);
    assert_eq!(
        of("rates: [{ methods: [PATCH], requests: 1, seconds: 30 }]\n", 1, 1).seconds,
        60
    );
    assert_eq!(
        of(
            "rates: [{ methods: [POST], path: /Users, requests: 2, seconds: 30 }]\n",
            1,
            1
        )
        .seconds,
        0
    );
    assert_eq!(
        of("rates: [{ requests: 60, seconds: 60, burst: 2 }]\n", 1, 1).seconds,
        16
    );
    assert_eq!(
        of(
            "rates: [{ methods: [PATCH], larger_than: 500, requests: 1, seconds: 30 }]\n",
            11,
            11
        )
        .seconds,
        30
    );
}
