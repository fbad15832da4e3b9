//! Whom a plan holds because of a problem of their own, and that nobody else waits for them.

use wpsync::desired::{DesiredResource, Removal, Removing, RowProblem, Unreadable};
use wpsync::dialect::Dialect;
use wpsync::model::{Key, Kind};
use wpsync::plan::{HeldReason, Selection};
use wpsync::project::Absent;

use crate::support::{Company, catalog, group, lines, user};

/// The same declaration, with an error in its row.
fn wrong(mut resource: DesiredResource) -> DesiredResource {
    resource.problem = Some(Box::new(row_problem(&resource)));
    resource
}

fn row_problem(resource: &DesiredResource) -> RowProblem {
    RowProblem {
        message: "`soon` is no date".to_owned(),
        next: "write it as 2026-12-31".to_owned(),
        origin: resource.origin,
    }
}

/// A row that does not say whom it declares.
fn unreadable(kind: Kind) -> Unreadable {
    Unreadable {
        kind,
        named: None,
        problem: row_problem(&user(&[("userName", "x")])),
    }
}

fn held(keys: &[&str], reason: HeldReason) -> Vec<(String, HeldReason)> {
    keys.iter().map(|key| ((*key).to_owned(), reason)).collect()
}

#[test]
fn whoever_has_an_error_in_a_row_stays_as_they_are_and_everybody_else_goes_on() {
    let company = Company {
        users_absent: Absent::Delete,
        ..Company::default()
    }
    .wants(wrong(user(&[("userName", "ann@example.com"), ("title", "Dr")])))
    .wants(user(&[
        ("userName", "bob@example.com"),
        ("manager", "ann@example.com"),
    ]))
    .wants(wrong(user(&[("userName", "new@example.com")])))
    .wants(group(
        "Admins",
        &["ann@example.com", "bob@example.com", "new@example.com"],
    ))
    .wants(group("Emptied", &["bob@example.com"]))
    .has_user("1", &[("userName", "ann@example.com")])
    .has_group("10", "Admins", &[])
    .has_group("11", "Emptied", &["1"]);
    assert_eq!(
        company.held(),
        held(&["user:ann@example.com", "user:new@example.com"], HeldReason::Row)
    );
    assert_eq!(
        lines(&company.changes()),
        [
            "create user:bob@example.com: userName=bob@example.com",
            "update group:Admins: +bob@example.com",
            "update group:Emptied: +bob@example.com",
        ],
        "the account is neither removed nor moved, and nobody refers to whoever is not made"
    );
}

#[test]
fn whoever_is_declared_inactive_leaves_although_a_row_has_an_error() {
    let company = Company::default()
        .wants(wrong(user(&[
            ("userName", "ann@example.com"),
            ("active", "false"),
            ("title", "Dr"),
        ])))
        .has_user("1", &[("userName", "ann@example.com"), ("active", "true")]);
    assert_eq!(
        lines(&company.changes()),
        ["deactivate user:ann@example.com: active=false"]
    );
    assert_eq!(
        company.held(),
        held(&["user:ann@example.com"], HeldReason::Row),
        "the rest of it is still to be put right"
    );
}

#[test]
fn a_group_with_an_error_in_its_row_is_held_and_its_members_are_not() {
    let company = Company {
        groups_absent: Absent::Delete,
        ..Company::default()
    }
    .wants(user(&[("userName", "bob@example.com")]))
    .wants(wrong(group("Admins", &["bob@example.com"])))
    .has_group("10", "Admins", &[]);
    assert_eq!(company.held(), held(&["group:Admins"], HeldReason::Row));
    assert_eq!(
        lines(&company.changes()),
        ["create user:bob@example.com: userName=bob@example.com"]
    );
}

/// One undeclared person and one undeclared group, which would be removed.
fn two_leave() -> Company {
    Company {
        users_absent: Absent::Delete,
        groups_absent: Absent::Delete,
        ..Company::default()
    }
    .has_user("1", &[("userName", "ann@example.com")])
    .has_group("10", "Admins", &[])
}

#[test]
fn nobody_of_a_kind_is_removed_for_absence_while_a_row_does_not_say_whom_it_declares() {
    let delete = |key: &str| format!("delete {key}:");
    assert_eq!(
        lines(&two_leave().changes()),
        [delete("user:ann@example.com"), delete("group:Admins")]
    );
    for (kind, kept, gone) in [
        (Kind::User, "user:ann@example.com", "group:Admins"),
        (Kind::Group, "group:Admins", "user:ann@example.com"),
    ] {
        let mut company = two_leave();
        company.desired.unreadable.push(unreadable(kind));
        let draft = company.draft().expect("a plan");
        assert_eq!(lines(&draft.changes), [delete(gone)]);
        let unread = draft.remainder.unread;
        assert_eq!(unread.rows[0].message, "`soon` is no date");
        assert_eq!(unread.kept[kind.plural()].first[0].id(), kept);
    }
}

#[test]
fn a_name_that_its_holder_keeps_holds_everybody_who_waits_for_it_and_nobody_else() {
    // d keeps its name, so that c cannot take it, b cannot take c's, and a cannot take b's.
    let company = |order: [&str; 4]| {
        let mut company = Company::default();
        for (name, external) in [("b", "E1"), ("c", "E2"), ("d", "E3"), ("y", "E4")] {
            company = company.wants(user(&[("userName", name), ("externalId", external)]));
        }
        for id in order {
            let (name, external) = match id {
                "1" => ("a", "E1"),
                "2" => ("b", "E2"),
                "3" => ("c", "E3"),
                _ => ("x", "E4"),
            };
            company = company.has_user(id, &[("userName", name), ("externalId", external)]);
        }
        company.has_user("9", &[("userName", "d")])
    };
    let (forwards, backwards) = (company(["1", "2", "3", "4"]), company(["4", "3", "2", "1"]));
    assert_eq!(
        forwards.held(),
        held(&["user:b", "user:c", "user:d"], HeldReason::NameTaken)
    );
    assert_eq!(lines(&forwards.changes()), ["update user:y: userName=y"]);
    assert_eq!(forwards.held(), backwards.held());
    assert_eq!(forwards.changes(), backwards.changes());
}

#[test]
fn two_undeclared_accounts_of_one_name_are_both_removed() {
    for (absent, action) in [(Absent::Delete, "delete"), (Absent::Deactivate, "deactivate")] {
        let company = Company {
            users_absent: absent,
            ..Company::default()
        }
        .has_user("1", &[("userName", "ann@example.com"), ("active", "true")])
        .has_user("2", &[("userName", "ann@example.com"), ("active", "true")]);
        let changes = company.changes();
        let ids: Vec<_> = changes.iter().map(|change| change.remote_id.as_deref()).collect();
        assert_eq!(ids, [Some("1"), Some("2")]);
        assert!(changes.iter().all(|change| change.action.word() == action));
        assert_ne!(changes[0].id, changes[1].id);
    }
}

#[test]
fn an_undeclared_account_of_a_declared_name_is_deactivated_beside_it() {
    let company = Company {
        users_absent: Absent::Deactivate,
        ..Company::default()
    }
    .wants(user(&[
        ("userName", "ann@example.com"),
        ("externalId", "E1"),
        ("title", "Dr"),
    ]))
    .has_user("1", &[("userName", "ann@example.com"), ("externalId", "E1")])
    .has_user("2", &[("userName", "ann@example.com"), ("active", "true")]);
    assert_eq!(
        lines(&company.changes()),
        [
            "update user:ann@example.com: title=Dr",
            "deactivate user:ann@example.com#deactivate: active=false",
        ]
    );
}

/// Ann gives up her name, and gets a new manager who takes it.
#[test]
fn two_who_wait_for_each_other_are_held_and_leaving_one_difference_out_ends_it() {
    let company = |manager: &str| {
        let ann = [("userName", "m"), ("externalId", "E1"), ("manager", manager)];
        Company::default()
            .wants(user(&[("userName", "bob")]))
            .wants(user(&ann))
            .wants(user(&[("userName", "n"), ("externalId", "E2")]))
            .has_user("1", &[("userName", "n"), ("externalId", "E1")])
    };
    let circle = company("n");
    assert_eq!(circle.held(), held(&["user:m", "user:n"], HeldReason::Order));
    assert_eq!(lines(&circle.changes()), ["create user:bob: userName=bob"]);
    let held = circle.draft().expect("a plan").remainder.held;
    assert!(held[0].next.ends_with("or rename in two plans"), "{held:?}");
    let without = company("bob");
    assert!(without.held().is_empty());
    assert_eq!(without.changes().len(), 3);
}

#[test]
fn groups_that_contain_each_other_hold_only_each_other_when_they_are_deleted() {
    let company = |members: &[&str]| {
        Company {
            groups_absent: Absent::Delete,
            ..Company::default()
        }
        .has_group("10", "Inner", members)
        .has_group("11", "Outer", &["10"])
        .has_group("12", "Alone", &[])
    };
    let parted = company(&[]);
    assert_eq!(parted.changes().len(), 3, "the way out: {:?}", parted.held());
    let company = company(&["11"]);
    assert_eq!(
        company.held(),
        held(&["group:Inner", "group:Outer"], HeldReason::Order)
    );
    assert_eq!(lines(&company.changes()), ["delete group:Alone:"]);
}

#[test]
fn whoever_waits_for_a_removal_that_is_not_selected_is_held_and_nobody_else_who_is_selected() {
    let only = ["ann@example.com", "bob@example.com"].map(|name| Key::new(Kind::User, name));
    let mut company = Company {
        selection: Some(Selection {
            only: only.into(),
            ..Selection::default()
        }),
        ..Company::default()
    }
    .wants(user(&[
        ("userName", "ann@example.com"),
        ("emails.work", "sales@example.com"),
    ]))
    .wants(user(&[("userName", "bob@example.com")]))
    .has_user(
        "2",
        &[
            ("userName", "old@example.com"),
            ("externalId", "E2"),
            ("emails.work", "sales@example.com"),
        ],
    );
    let dialect = Dialect::parse("name: x\nunique: { users: [emails] }\n").expect("a dialect");
    company.unique = dialect.unique_attributes(catalog());
    // A file says that the account which has Ann's new address is to be deleted.
    company.desired.removals.push(Removal {
        key: Key::new(Kind::User, "E2"),
        by: catalog().well_known(Kind::User, "externalId"),
        removing: Removing::Delete,
        origin: Some(user(&[("userName", "x")]).origin),
        beside: None,
    });
    assert_eq!(company.held(), held(&["user:ann@example.com"], HeldReason::Order));
    assert_eq!(
        lines(&company.changes()),
        ["create user:bob@example.com: userName=bob@example.com"]
    );
    company.selection = None;
    assert!(company.held().is_empty());
}

/// Ann is declared inactive and could be two accounts. The record knows one of them under the name of Ann's
/// namesake, who is declared too.
#[test]
fn whoever_leaves_in_doubt_does_not_take_the_account_of_somebody_else_who_is_declared() {
    let company = |known_as: &str| {
        let mut company = Company::default()
            .wants(user(&[
                ("userName", "ann@example.com"),
                ("externalId", "E1"),
                ("active", "false"),
            ]))
            .wants(user(&[
                ("userName", "anna@example.com"),
                ("externalId", "E1"),
                ("active", "true"),
            ]))
            .has_user(
                "1",
                &[
                    ("userName", "a@example.com"),
                    ("externalId", "E1"),
                    ("active", "true"),
                ],
            );
        company.accounts.add("1".into(), &Key::new(Kind::User, known_as));
        company
    };
    let theirs = company("anna@example.com");
    assert!(
        !lines(&theirs.changes())
            .iter()
            .any(|line| line.contains("active=false")),
        "{:?}",
        lines(&theirs.changes())
    );
    let own = company("ann@example.com");
    assert!(
        lines(&own.changes())
            .iter()
            .any(|line| line.contains("active=false"))
    );
}
