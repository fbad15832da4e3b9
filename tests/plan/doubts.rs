//! Who is held because it is not certain who they are, and what is left alone because of them.

use wpsync::model::{Key, Kind};
use wpsync::plan::HeldReason;
use wpsync::project::{Absent, Protected};

use crate::support::{Company, group, lines, user};

/// Kim is declared with another externalId than the account of her name has.
fn renumbered() -> Company {
    Company::default()
        .wants(user(&[("userName", "kim@example.com"), ("externalId", "g-2")]))
        .wants(user(&[
            ("userName", "tom@example.com"),
            ("manager", "kim@example.com"),
        ]))
        .wants(group("Admins", &["kim@example.com", "tom@example.com"]))
        .wants(group("Empty", &["tom@example.com"]))
        .has_user("5", &[("userName", "kim@example.com"), ("externalId", "g-1")])
        .has_group("10", "Admins", &[])
        .has_group("11", "Empty", &["5"])
}

#[test]
fn nothing_is_planned_for_whoever_is_held_and_everything_for_everybody_else() {
    let company = Company {
        users_absent: Absent::Delete,
        ..renumbered()
    };
    assert_eq!(
        company.held(),
        [("user:kim@example.com".to_owned(), HeldReason::AnotherIdentity)]
    );
    assert_eq!(
        lines(&company.changes()),
        [
            "create user:tom@example.com: userName=tom@example.com",
            "update group:Admins: +tom@example.com",
            "update group:Empty: +tom@example.com",
        ],
        "the account is neither removed nor moved, and nobody gets it for a manager"
    );
}

#[test]
fn a_waiver_of_exactly_their_number_binds_an_account_to_another_identity() {
    let rebound = renumbered().waives("rebind=1: her number changed");
    let draft = rebound.draft().expect("a plan");
    assert!(draft.remainder.held.is_empty());
    assert_eq!(
        draft.released.expect("released").rebound,
        ["binds the account of user:kim@example.com (id 5) to identity g-2"]
    );
    let changes = lines(&rebound.changes());
    assert!(
        changes.contains(&"update user:kim@example.com: externalId=g-2".to_owned()),
        "{changes:?}"
    );
    for count in ["0", "2"] {
        let wrong = renumbered().waives(&format!("rebind={count}: a guess"));
        assert_eq!(
            wrong.held().len(),
            1,
            "a waiver of another number releases nobody"
        );
        assert!(
            wrong
                .draft()
                .expect("a plan")
                .released
                .expect("known")
                .rebound
                .is_empty()
        );
    }
}

#[test]
fn two_declarations_of_one_account_hold_both() {
    let company = Company::default()
        .wants(user(&[("userName", "a@example.com"), ("externalId", "E1")]))
        .wants(user(&[("userName", "b@example.com"), ("externalId", "E1")]))
        .wants(user(&[("userName", "c@example.com")]))
        .has_user("1", &[("userName", "z@example.com"), ("externalId", "E1")]);
    assert_eq!(
        company.held(),
        [
            ("user:a@example.com".to_owned(), HeldReason::ClaimedTwice),
            ("user:b@example.com".to_owned(), HeldReason::ClaimedTwice),
        ]
    );
    assert_eq!(
        lines(&company.changes()),
        ["create user:c@example.com: userName=c@example.com"]
    );
}

/// A removal of somebody whom several accounts could be.
fn two_accounts_of_a_leaver() -> Company {
    Company {
        users_absent: Absent::Deactivate,
        ..Company::default()
    }
    .has_user("1", &[("userName", "kim@example.com"), ("active", "true")])
    .has_user("2", &[("userName", "KIM@example.com"), ("active", "true")])
}

#[test]
fn a_leaver_whom_the_record_knows_by_id_does_not_stay_in_by_a_second_account() {
    let mut company =
        two_accounts_of_a_leaver().wants(user(&[("userName", "kim@example.com"), ("active", "false")]));
    assert_eq!(
        company.held(),
        [("user:kim@example.com".to_owned(), HeldReason::AmbiguousMatch)]
    );
    assert!(company.changes().is_empty());
    company
        .accounts
        .add("1".into(), &Key::new(Kind::User, "kim@example.com"));
    let changes = company.changes();
    let leaver = changes
        .iter()
        .find(|change| change.remote_id.as_deref() == Some("1"));
    assert_eq!(
        leaver.map(|change| change.action.word()),
        Some("deactivate"),
        "{changes:?}"
    );
}

#[test]
fn names_that_look_like_others_hold_whoever_would_get_them() {
    let company = Company::default()
        .wants(user(&[
            ("userName", "ada@example.com"),
            ("emails.work", "b\u{43e}b@example.com"),
        ]))
        .wants(user(&[("userName", "mike@example.com"), ("externalId", "E1")]))
        .wants(group("Masse", &[]))
        .wants(group("Ma\u{df}e", &[]))
        .has_user("1", &[("userName", "old@example.com"), ("externalId", "E1")])
        .has_user("2", &[("userName", "mi\u{212a}e@example.com")])
        .has_user("3", &[("userName", "bob@example.com")]);
    let reasons: Vec<_> = company.held().into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        reasons,
        ["user:ada@example.com", "user:mike@example.com", "group:Ma\u{df}e"],
        "a rename, an address, and of two new groups the one with the strange letter"
    );
    assert_eq!(
        lines(&company.changes()),
        ["create group:Masse: displayName=Masse"]
    );
    let released = company.waives("lookalike=3: all known");
    assert!(released.held().is_empty());
    assert_eq!(
        released
            .draft()
            .expect("a plan")
            .released
            .expect("known")
            .lookalikes
            .len(),
        3
    );
}

#[test]
fn plain_letters_that_look_alike_count_only_for_the_protected() {
    let company = || {
        Company::default()
            .wants(user(&[("userName", "r00t@example.com")]))
            .has_user("1", &[("userName", "root@example.com")])
    };
    assert!(company().held().is_empty());
    let protected = Company {
        protect: vec![Protected::Name("root@example.com".to_owned())],
        ..company()
    };
    assert_eq!(
        protected.held(),
        [("user:r00t@example.com".to_owned(), HeldReason::Lookalike)]
    );
}

#[test]
fn a_strangers_account_of_a_name_that_looks_alike_is_left_alone() {
    let company = Company {
        users_absent: Absent::Delete,
        ..Company::default()
            .wants(user(&[("userName", "mike@example.com")]))
            .wants(group("Admins", &["mike@example.com"]))
            .has_user("k", &[("userName", "mi\u{212a}e@example.com")])
            .has_group("g", "Admins", &["k"])
    };
    assert!(company.changes().is_empty(), "{:?}", lines(&company.changes()));
    let mut managed = company;
    managed
        .accounts
        .add("k".into(), &Key::new(Kind::User, "mik@example.com"));
    let changes = managed.changes();
    assert_eq!(
        changes[0].action.word(),
        "delete",
        "whoever is known by id leaves: {changes:?}"
    );
}
