//! What must come first, and that the order of inputs means nothing.

use proptest::prelude::*;
use wpsync::model::Kind;
use wpsync::plan::{Change, HeldReason};
use wpsync::project::{Absent, Swaps};

use crate::support::{Company, group, lines, user};

fn needs<'a>(changes: &'a [Change], id: &str) -> Vec<&'a str> {
    let change = changes
        .iter()
        .find(|change| change.id == id)
        .unwrap_or_else(|| panic!("no change {id} in {:?}", lines(changes)));
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
fn a_chain_of_managers_may_be_as_long_as_a_file() {
    let name = |number: u32| format!("p{number:06}");
    let mut company = Company::default().wants(user(&[("userName", &name(0))]));
    for number in 1..100_000 {
        let (person, manager) = (name(number), name(number - 1));
        company = company.wants(user(&[("userName", &person), ("manager", &manager)]));
    }
    let changes = company.changes();
    assert_eq!(changes.len(), 100_000);
    assert_eq!(changes[99_999].needs, [changes[99_998].id.as_str()]);
}

#[test]
fn many_groups_are_deleted_at_once() {
    let mut company = Company {
        groups_absent: Absent::Delete,
        ..Company::default()
    };
    for number in 0..40_000 {
        let (id, inside) = (format!("{number:06}"), format!("{:06}", number + 1));
        company = company.has_group(&id, &format!("g{id}"), &[&inside]);
    }
    let changes = company.changes();
    assert_eq!(changes.len(), 40_000);
    assert_eq!(changes[39_999].needs, ["group:g039998"]);
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
    assert_eq!(
        lines(&changes),
        [
            "create user:ada: externalId=E2 userName=ada",
            "update user:ada.king: userName=ada.king"
        ]
    );
    assert_eq!(needs(&changes, "user:ada"), ["user:ada.king"]);
}

/// Two people who would take each other's names and addresses, which a directory holds once.
fn swapped(swaps: Swaps) -> Company {
    let person = |name: &str, id: &str| {
        let address = format!("{name}@example.com");
        user(&[
            ("userName", address.as_str()),
            ("externalId", id),
            ("emails.work", address.as_str()),
            ("title", "Lead"),
        ])
    };
    Company {
        swaps,
        ..Company::default()
    }
    .wants(person("ada", "E2"))
    .wants(person("bob", "E1"))
    .has_user(
        "1",
        &[
            ("userName", "ada@example.com"),
            ("externalId", "E1"),
            ("emails.work", "ada@example.com"),
            ("title", "Lead"),
        ],
    )
    .has_user(
        "2",
        &[
            ("userName", "bob@example.com"),
            ("externalId", "E2"),
            ("emails.work", "bob@example.com"),
            ("title", "Lead"),
        ],
    )
}

#[test]
fn f023_those_whose_names_would_be_swapped_are_held_and_the_way_out_is_said() {
    let company = swapped(Swaps::Refuse).wants(user(&[("userName", "cyd@example.com")]));
    let draft = company.draft().expect("a plan");
    assert_eq!(
        lines(&draft.changes),
        ["create user:cyd@example.com: userName=cyd@example.com"]
    );
    assert_eq!(draft.remainder.held.len(), 2);
    for held in draft.remainder.held {
        assert_eq!(held.reason, HeldReason::Order);
        assert!(
            held.message
                .contains("user:ada@example.com, user:bob@example.com"),
            "{held:?}"
        );
        for said in ["manage: { users: { swaps: temporary } }", "get mail"] {
            assert!(held.next.contains(said), "{held:?}");
        }
    }
}

#[test]
fn f023_a_swap_is_broken_by_a_temporary_name_that_reviewers_see() {
    let company = swapped(Swaps::Temporary);
    let changes = company.changes();
    let step = changes
        .iter()
        .find(|change| change.is_step_between())
        .expect("a step");
    let temporary = step.after["userName"].as_ref().expect("a name").plain();
    assert!(
        temporary.starts_with("wpsync-") && temporary.ends_with("@example.com") && temporary.len() <= 40,
        "{temporary}"
    );
    assert_eq!(
        lines(&changes),
        [
            "update user:ada@example.com: emails.work=ada@example.com userName=ada@example.com".to_owned(),
            format!("update user:ada@example.com#userName: emails.work={temporary} userName={temporary}"),
            "update user:bob@example.com: emails.work=bob@example.com userName=bob@example.com".to_owned(),
        ]
    );
    assert_eq!(needs(&changes, "user:ada@example.com#userName"), [""; 0]);
    assert_eq!(
        needs(&changes, "user:bob@example.com"),
        ["user:ada@example.com#userName"]
    );
    assert_eq!(
        needs(&changes, "user:ada@example.com"),
        ["user:ada@example.com#userName", "user:bob@example.com"]
    );
    assert!(step.reason.contains("temporary name") && step.origin.is_some());
    assert_eq!(company.changes(), changes, "the same each time");
}

#[test]
fn f023_a_temporary_name_is_nobodys() {
    let first = swapped(Swaps::Temporary).changes();
    let taken = first
        .iter()
        .find(|change| change.is_step_between())
        .expect("a step")
        .after["userName"]
        .clone()
        .expect("a name")
        .plain();
    let company = swapped(Swaps::Temporary).has_user("3", &[("userName", &taken.to_uppercase())]);
    let other = company
        .changes()
        .iter()
        .find(|change| change.is_step_between())
        .expect("a step")
        .after["userName"]
        .clone();
    assert_ne!(other.expect("a name").plain(), taken);
}

#[test]
fn f023_groups_go_round_a_circle_by_one_temporary_name() {
    let group = |name: &str, id: &str| {
        crate::support::wanted(Kind::Group, &[("displayName", name), ("externalId", id)], None)
    };
    let live = |id: &str, name: &str| {
        crate::support::live(
            Kind::Group,
            id,
            &[("displayName", name), ("externalId", id)],
            Some(&[]),
        )
    };
    let company = Company {
        swaps: Swaps::Temporary,
        ..Company::default()
    };
    let company = company
        .wants(group("A", "3"))
        .wants(group("B", "1"))
        .wants(group("C", "2"));
    let changes = company
        .has(live("1", "A"))
        .has(live("2", "B"))
        .has(live("3", "C"))
        .changes();
    assert_eq!(changes.len(), 4, "{:?}", lines(&changes));
    assert_eq!(
        changes.iter().filter(|change| change.is_step_between()).count(),
        1
    );
}

#[test]
fn a_name_passes_from_somebody_who_is_deleted() {
    let changes = Company {
        users_absent: Absent::Delete,
        ..Company::default()
    }
    .wants(user(&[("userName", "bob"), ("externalId", "E1")]))
    .wants(group("All", &["bob"]))
    .has_user("1", &[("userName", "ada"), ("externalId", "E1")])
    .has_user("2", &[("userName", "bob"), ("externalId", "E2")])
    .changes();
    assert_eq!(
        lines(&changes),
        [
            "update user:bob: userName=bob",
            "delete user:bob#delete:",
            "create group:All: displayName=All +bob"
        ]
    );
    assert_eq!(needs(&changes, "user:bob"), ["user:bob#delete"]);
    let joining = &changes[2].members.as_ref().expect("members").add[0];
    assert_eq!(
        joining.id.as_deref(),
        Some("1"),
        "the one who is called so afterwards"
    );
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
        company = company.wants(group(
            &format!("g{number}"),
            &members.iter().map(String::as_str).collect::<Vec<_>>(),
        ));
        if *state > 1 {
            company = company.has_user(&own, &[("userName", own.as_str()), ("title", "t2")]);
        }
    }
    company
        .desired
        .users
        .sort_by(|one, other| one.key.cmp(&other.key));
    company
        .desired
        .groups
        .sort_by(|one, other| one.key.cmp(&other.key));
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
        prop_assert_eq!(wpsync::plan::Plan::from_bytes(&plan.to_bytes()).expect("a plan"), plan);
    }
}
