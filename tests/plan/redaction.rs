//! A redacted view shows nobody, and nobody can be guessed back out of it.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wpsync::digest::{Digest, hexadecimal};
use wpsync::plan::Plan;
use wpsync::redaction::{Redaction, redacted};
use wpsync::review::{Palette, json, text};

use crate::support::{Company, group, header, sealed, user};

const KEY: &str = "fedcba9876543210fedcba9876543210";

/// A person joins a group, another one's attributes change, and a third leaves.
fn plan(joiner: &str, key: &str) -> Plan {
    let company = Company {
        users_absent: wpsync::project::Absent::Delete,
        ..Company::default()
    }
    .wants(user(&[
        ("userName", joiner),
        ("name.familyName", "Lovelace"),
        ("emails.work", joiner),
        ("department", "Research"),
        ("manager", "grace@corp.test"),
    ]))
    .wants(user(&[
        ("userName", "grace@corp.test"),
        ("title", "Admiral"),
        ("roles", "pilot;sailor"),
    ]))
    .wants(group("Analysts", &[joiner]))
    .has_user("77", &[("userName", "grace@corp.test"), ("title", "Captain")])
    .has_user(
        "leaver@corp.test",
        &[("userName", "leaver@corp.test"), ("title", "Clerk")],
    )
    .has_group("g1", "Analysts", &["leaver@corp.test"]);
    sealed(
        wpsync::plan::Header {
            author: Some("octocat".into()),
            pseudonym_key: key.into(),
            ..header()
        },
        company.changes(),
    )
}

/// All that any renderer draws.
fn drawn(plan: &Plan, redaction: Redaction) -> String {
    let view = redacted(plan, redaction);
    let raw = String::from_utf8(view.to_bytes()).expect("text");
    format!("{}\n{}\n{raw}", text(&view, Palette::Plain, 100), json(&view))
}

const SECRETS: [&str; 10] = [
    "ada@",
    "grace@",
    "leaver@",
    "corp.test",
    "Lovelace",
    "Admiral",
    "Captain",
    "Clerk",
    "octocat",
    KEY,
];

#[test]
fn f137_no_name_address_or_value_is_in_a_redacted_view() {
    let plan = plan("ada@corp.test", KEY);
    let full = drawn(&plan, Redaction::None);
    for secret in SECRETS {
        assert!(full.contains(secret), "the plan has {secret}");
        for redaction in [Redaction::Masked, Redaction::Ids] {
            let view = drawn(&plan, redaction);
            assert!(
                !view.contains(secret),
                "{secret} is in the view {redaction:?}:\n{view}"
            );
        }
    }
    let masked = drawn(&plan, Redaction::Masked);
    for shown in [
        "a***@c***",
        "g***@c***",
        "A***",
        "L***",
        "Research",
        "Analysts",
        "77",
    ] {
        assert!(masked.contains(shown), "{shown} is not in\n{masked}");
    }
    let ids = drawn(&plan, Redaction::Ids);
    for hidden in ["a***", "Research", "Analysts", "pilot"] {
        assert!(!ids.contains(hidden), "{hidden} is in\n{ids}");
    }
    assert!(ids.contains("77"));
}

#[test]
fn a_view_keeps_the_counts_the_order_and_the_digest_and_is_not_a_plan() {
    let plan = plan("ada@corp.test", KEY);
    for redaction in [Redaction::Masked, Redaction::Ids] {
        let view = redacted(&plan, redaction);
        assert_eq!(
            (&view.digest, &view.header.summary),
            (&plan.digest, &plan.header.summary)
        );
        assert_eq!(view.changes.len(), plan.changes.len());
        let ids: BTreeSet<_> = view.changes.iter().map(|change| &change.id).collect();
        assert_eq!(ids.len(), plan.changes.len(), "each change has an id of its own");
        assert!(
            view.changes
                .iter()
                .flat_map(|change| &change.needs)
                .all(|need| ids.contains(need)),
            "needs still name changes"
        );
        assert!(
            Plan::from_bytes(&view.to_bytes()).is_err(),
            "a view is never applied"
        );
    }
    assert_eq!(*redacted(&plan, Redaction::None), plan);
}

#[test]
fn a_person_is_one_pseudonym_in_a_plan_and_another_in_the_next() {
    let names = |key: &str| {
        let plan = plan("ada@corp.test", key);
        let view = redacted(&plan, Redaction::Ids).into_owned();
        let joiner = view
            .changes
            .iter()
            .find(|change| change.action == wpsync::plan::Action::Create)
            .expect("a joiner")
            .key
            .clone();
        let members: Vec<_> = view
            .changes
            .iter()
            .filter_map(|change| change.members.as_ref())
            .flat_map(|members| &members.add)
            .collect();
        assert_eq!(
            members[0].key.as_ref(),
            Some(&joiner),
            "the same person is recognised"
        );
        joiner.name.to_string()
    };
    assert_ne!(names(KEY), names("00000000000000000000000000000000"));
}

/// Every run of at least twelve hexadecimal digits.
fn tokens(view: &str) -> BTreeSet<String> {
    let runs = view
        .split(|character: char| !character.is_ascii_hexdigit())
        .filter(|run| run.len() >= 12);
    runs.map(|run| run[..12].to_owned()).collect()
}

fn keyed(key: &str, parts: &[&str]) -> String {
    let mut keyed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key");
    for part in parts {
        keyed.update(part.as_bytes());
    }
    hexadecimal(&keyed.finalize().into_bytes())[..12].to_owned()
}

/// What somebody with a view and a list of addresses can compute for each address, without the plan's key.
fn guesses(view: &str, candidate: &str) -> Vec<String> {
    let mut guesses = Vec::new();
    let spellings = [
        candidate.to_owned(),
        format!("user:{candidate}"),
        format!("\"{candidate}\""),
        format!("value\0{candidate}"),
        format!("user\0{candidate}"),
    ];
    let public_keys = [
        "",
        "0123456789abcdef0123456789abcdef",
        "00000000000000000000000000000000",
    ];
    for spelling in &spellings {
        guesses.push(Digest::of_bytes(spelling.as_bytes()).short());
        guesses.extend(public_keys.map(|key| keyed(key, &[spelling])));
    }
    // The whole plan again, with the address in it and every key that is in the view.
    for key in public_keys.into_iter().map(str::to_owned).chain(tokens(view)) {
        let again = plan(candidate, &key);
        guesses.extend([&again.digest, &again.header.change_digest].map(|digest| digest.short()));
        guesses.extend(
            again
                .changes
                .iter()
                .flat_map(|change| [&change.precondition.digest, &change.postcondition])
                .map(|one| one.short().clone()),
        );
    }
    guesses
}

#[test]
fn f138_a_list_of_addresses_does_not_tell_who_is_in_a_redacted_view() {
    let plan = plan("ada@corp.test", KEY);
    let found = |view: &str| {
        let tokens = tokens(view);
        let names = ["ada", "bob", "cyd", "dan", "eve", "fay"].map(|name| format!("{name}@corp.test"));
        names
            .into_iter()
            .filter(|name| guesses(view, name).iter().any(|guess| tokens.contains(guess)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found(&plan.header.change_digest.to_string()),
        ["ada@corp.test"],
        "a plain digest gives ada away: the attack works"
    );
    for redaction in [Redaction::Masked, Redaction::Ids] {
        let view = drawn(&plan, redaction);
        // What hangs on nothing secret and says nothing about people (the empty dialect) is in every plan.
        let view = view.replace(&Digest::of_bytes(b"").to_string(), "");
        let before = found(&view);
        // The leaver's removal is in every guess, so what it shares with all guesses must not be in the view
        // either.
        assert_eq!(before, Vec::<String>::new(), "{redaction:?}");
        assert!(
            tokens(&view).contains(&keyed(KEY, &["user", "\0", "ada@corp.test"])),
            "with the key, ada is found"
        );
    }
}
