//! What is planned for which difference.

use wpsync::model::Kind;
use wpsync::plan::HeldReason;
use wpsync::project::{Absent, Members};

use crate::support::{Company, group, lines, user, wanted};

#[test]
fn only_what_the_sources_declare_is_compared() {
    let company = Company::default()
        .wants(user(&[("userName", "ada@example.com"), ("title", "Engineer")]))
        .has_user(
            "1",
            &[
                ("userName", "ada@example.com"),
                ("title", "Writer"),
                ("department", "Research"),
            ],
        );
    assert_eq!(
        lines(&company.changes()),
        ["update user:ada@example.com: title=Engineer"]
    );
}

#[test]
fn absent_null_and_empty_are_one_state() {
    let company = Company::default()
        .wants(user(&[("userName", "ada@example.com"), ("title", "")]))
        .has_user("1", &[("userName", "ada@example.com")]);
    assert!(company.changes().is_empty());
}

#[test]
fn names_compare_without_case_and_ids_exactly() {
    let same = Company::default()
        .wants(user(&[("userName", "Ada@Example.com")]))
        .has_user("1", &[("userName", "ada@example.com")]);
    assert!(same.changes().is_empty());
    let other = Company::default()
        .wants(user(&[("userName", "ada@example.com"), ("externalId", "e1")]))
        .has_user("1", &[("userName", "ada@example.com"), ("externalId", "E1")]);
    assert_eq!(
        other.held(),
        [("user:ada@example.com".to_owned(), HeldReason::AnotherIdentity)]
    );
    assert!(other.changes().is_empty());
}

#[test]
fn f020_a_rename_is_an_update_of_the_same_person() {
    let company = Company::default()
        .wants(user(&[
            ("userName", "ada.king@example.com"),
            ("externalId", "E1"),
        ]))
        .has_user("1", &[("userName", "ada@example.com"), ("externalId", "E1")]);
    assert_eq!(
        lines(&company.changes()),
        ["update user:ada.king@example.com: userName=ada.king@example.com"]
    );
    assert_eq!(company.changes()[0].renamed_from(), Some("ada@example.com"));
}

#[test]
fn f036_two_accounts_that_could_be_one_person_hold_that_person_and_are_never_a_guess() {
    let company = Company::default()
        .wants(user(&[("userName", "ada@example.com"), ("externalId", "E1")]))
        .has_user("1", &[("userName", "a@example.com"), ("externalId", "E1")])
        .has_user("2", &[("userName", "b@example.com"), ("externalId", "E1")]);
    assert_eq!(
        company.held(),
        [("user:ada@example.com".to_owned(), HeldReason::AmbiguousMatch)]
    );
    assert!(company.changes().is_empty());
}

#[test]
fn a_name_that_somebody_else_keeps_holds_whoever_would_get_it() {
    let company = Company::default()
        .wants(user(&[("userName", "ada@example.com"), ("externalId", "E1")]))
        .has_user("1", &[("userName", "old@example.com"), ("externalId", "E1")])
        .has_user("2", &[("userName", "ADA@example.com")]);
    assert_eq!(
        company.held(),
        [("user:ada@example.com".to_owned(), HeldReason::NameTaken)]
    );
    assert!(company.changes().is_empty());
}

#[test]
fn f057_undeclared_people_are_left_alone_and_counted() {
    let company = Company::default()
        .wants(user(&[("userName", "ada@example.com")]))
        .has_user("1", &[("userName", "eve@example.com")]);
    let draft = company.draft().expect("a plan");
    assert_eq!(
        lines(&draft.changes),
        ["create user:ada@example.com: userName=ada@example.com"]
    );
    assert_eq!(draft.unmanaged_users, 1);
}

#[test]
fn undeclared_people_are_deactivated_or_deleted_only_where_the_configuration_says_so() {
    let company = |absent| Company {
        users_absent: absent,
        ..Company::default()
            .has_user("1", &[("userName", "eve@example.com"), ("active", "true")])
            .has_user("2", &[("userName", "mal@example.com"), ("active", "false")])
    };
    assert!(company(Absent::Keep).changes().is_empty());
    assert_eq!(
        lines(&company(Absent::Deactivate).changes()),
        ["deactivate user:eve@example.com: active=false"]
    );
    assert_eq!(
        lines(&company(Absent::Delete).changes()),
        ["delete user:eve@example.com:", "delete user:mal@example.com:"]
    );
}

#[test]
fn members_change_by_delta() {
    let company = |members| Company {
        members,
        ..Company::default()
            .wants(user(&[("userName", "ada@example.com")]))
            .wants(user(&[("userName", "bob@example.com")]))
            .wants(group("Sales", &["ada@example.com", "bob@example.com"]))
            .has_user("1", &[("userName", "ada@example.com")])
            .has_user("2", &[("userName", "bob@example.com")])
            .has_user("3", &[("userName", "eve@example.com")])
            .has_group("g", "Sales", &["1", "3"])
    };
    assert_eq!(
        lines(&company(Members::Exact).changes()),
        ["update group:Sales: -eve@example.com +bob@example.com"]
    );
    assert_eq!(
        lines(&company(Members::AddOnly).changes()),
        ["update group:Sales: +bob@example.com"]
    );
}

#[test]
fn a_group_whose_members_no_source_mentions_keeps_them() {
    let company = Company::default()
        .wants(wanted(Kind::Group, &[("displayName", "Sales")], None))
        .has_group("g", "Sales", &["1", "2"]);
    assert!(company.changes().is_empty());
}

#[test]
fn a_manager_is_compared_by_who_it_is() {
    let company = |manager: &str| {
        Company::default()
            .wants(user(&[("userName", "ada@example.com"), ("manager", manager)]))
            .wants(user(&[("userName", "bob@example.com")]))
            .wants(user(&[("userName", "eve@example.com")]))
            .has_user("1", &[("userName", "ada@example.com"), ("manager", "2")])
            .has_user("2", &[("userName", "bob@example.com")])
            .has_user("3", &[("userName", "eve@example.com")])
    };
    assert!(company("bob@example.com").changes().is_empty());
    assert_eq!(
        lines(&company("eve@example.com").changes()),
        ["update user:ada@example.com: manager=eve@example.com"]
    );
}

#[test]
fn becoming_inactive_is_a_deactivation_and_back_is_a_reactivation() {
    let company = |wanted: &str, held: &str| {
        Company::default()
            .wants(user(&[("userName", "ada@example.com"), ("active", wanted)]))
            .has_user("1", &[("userName", "ada@example.com"), ("active", held)])
    };
    assert_eq!(
        lines(&company("false", "true").changes()),
        ["deactivate user:ada@example.com: active=false"]
    );
    assert_eq!(
        lines(&company("true", "false").changes()),
        ["reactivate user:ada@example.com: active=true"]
    );
}
