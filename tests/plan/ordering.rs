//! What must come first, and that the order of inputs means nothing.

use proptest::prelude::*;
use wpsync::plan::Change;

use crate::support::{Company, group, lines, user};

fn needs<'a>(changes: &'a [Change], id: &str) -> Vec<&'a str> {
    let change = changes.iter().find(|change| change.id == id).unwrap_or_else(|| panic!("no change {id} in {:?}", lines(changes)));
    change.needs.iter().map(String::as_str).collect()
}

#[test]
fn f103_managers_come_before_reports_and_members_before_groups() {
    let changes = Company::default()
        .wants(user(&[("userName", "ada"), ("manager", "bob")]))
        .wants(user(&[("userName", "bob")]))
        .wants(group("All", &["group:Sales"]))
        .wants(group("Sales", &["ada", "bob"]))
        .changes();
    assert_eq!(needs(&changes, "user:ada"), ["user:bob"]);
    assert_eq!(needs(&changes, "group:Sales"), ["user:ada", "user:bob"]);
    assert_eq!(needs(&changes, "group:All"), ["group:Sales"]);
}

#[test]
fn f103_people_who_manage_each_other_are_created_first_and_joined_later() {
    let changes = Company::default()
        .wants(user(&[("userName", "ada"), ("manager", "bob")]))
        .wants(user(&[("userName", "bob"), ("manager", "cyd")]))
        .wants(user(&[("userName", "cyd"), ("manager", "ada")]))
        .changes();
    assert_eq!(
        lines(&changes),
        [
            "create user:ada: userName=ada",
            "update user:ada#manager: manager=bob",
            "create user:bob: manager=cyd userName=bob",
            "create user:cyd: manager=ada userName=cyd"
        ]
    );
    assert_eq!(needs(&changes, "user:ada#manager"), ["user:ada", "user:bob"]);
}

#[test]
fn a_name_is_freed_before_it_is_used_again() {
    let changes = Company::default()
        .wants(user(&[("userName", "ada"), ("externalId", "E2")]))
        .wants(user(&[("userName", "ada.king"), ("externalId", "E1")]))
        .has_user("1", &[("userName", "ada"), ("externalId", "E1")])
        .changes();
    assert_eq!(lines(&changes), ["create user:ada: externalId=E2 userName=ada", "update user:ada.king: userName=ada.king"]);
    assert_eq!(needs(&changes, "user:ada"), ["user:ada.king"]);
}

#[test]
fn f023_names_that_would_be_swapped_are_refused_before_anything_is_sent() {
    let company = Company::default()
        .wants(user(&[("userName", "ada"), ("externalId", "E2")]))
        .wants(user(&[("userName", "bob"), ("externalId", "E1")]))
        .has_user("1", &[("userName", "ada"), ("externalId", "E1")])
        .has_user("2", &[("userName", "bob"), ("externalId", "E2")]);
    assert_eq!(company.blocked(), ["no-order"]);
}

/// A company of people with managers and groups, drawn at random.
fn company() -> impl Strategy<Value = Vec<(usize, u8, Vec<usize>)>> {
    prop::collection::vec((0usize..8, 0u8..4, prop::collection::vec(0usize..8, 0..4)), 1..8)
}

fn build(people: &[(usize, u8, Vec<usize>)], order: &[usize]) -> Company {
    let name = |number: usize| format!("u{}", number % people.len());
    let mut company = Company::default();
    for number in order {
        let (manager, state, groups) = &people[*number];
        let title = format!("t{state}");
        let manager = name(*manager);
        let own = name(*number);
        let mut attributes = vec![("userName", own.as_str()), ("title", title.as_str())];
        if manager != own {
            attributes.push(("manager", manager.as_str()));
        }
        company = company.wants(user(&attributes));
        let members: Vec<String> = groups.iter().map(|member| name(*member)).collect();
        company = company.wants(group(&format!("g{number}"), &members.iter().map(String::as_str).collect::<Vec<_>>()));
        if *state > 1 {
            company = company.has_user(&own, &[("userName", own.as_str()), ("title", "t2")]);
        }
    }
    company.desired.users.sort_by(|one, other| one.key.cmp(&other.key));
    company.desired.groups.sort_by(|one, other| one.key.cmp(&other.key));
    company
}

proptest! {
    #[test]
    fn the_order_of_inputs_changes_not_one_byte(people in company(), seed in any::<u64>()) {
        let straight: Vec<usize> = (0..people.len()).collect();
        let mut shuffled = straight.clone();
        shuffled.sort_by_key(|number| (*number as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        let (one, other) = (build(&people, &straight).plan(), build(&people, &shuffled).plan());
        prop_assert_eq!(one.to_bytes(), other.to_bytes());
    }

    #[test]
    fn every_plan_can_be_ordered_and_read_back(people in company()) {
        let order: Vec<usize> = (0..people.len()).collect();
        let plan = build(&people, &order).plan();
        prop_assert_eq!(wpsync::plan::Plan::from_bytes(&plan.to_bytes()), Ok(plan));
    }
}
