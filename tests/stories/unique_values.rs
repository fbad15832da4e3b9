//! Addresses, and whatever else a service holds once, pass from one person to another in the order that the
//! service takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wpsync::dialect::Method;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const SAID: &str = "unique: { users: [emails] }\n";
const LIMITS: &str = "limits: { identity: 100%, update: 100%, create: 100%, remove: 100% }\n";
const TEMPORARY: &str = "manage: { users: { swaps: temporary } }\n";

/// A service where each address is one person's, met under a dialect.
fn service(dialect: &'static str, more: &str) -> AtService {
    let behaviour = Behaviour {
        unique: vec!["emails"],
        ..Behaviour::default()
    };
    let at = AtService::new(behaviour, dialect);
    at.configure(&format!("{LIMITS}{more}"));
    at
}

/// Declares people by name and address.
fn declare(at: &AtService, people: &[(&str, &str)]) {
    let mut text = "users:\n".to_owned();
    for (name, address) in people {
        let _ = writeln!(
            text,
            "  - {{ userName: {name}@example.com, active: true, emails: {{ work: {address}@example.com }} }}"
        );
    }
    at.declare(&text);
}

/// Who has which address, without the domain.
fn addresses(at: &AtService) -> BTreeMap<String, String> {
    let short = |text: &str| text.trim_end_matches("@example.com").to_owned();
    let all = at.stored("emails").into_iter();
    all.map(|(name, emails)| {
        let address = emails[0]["value"].as_str().unwrap_or_default();
        (short(&name), short(address))
    })
    .collect()
}

fn pairs(people: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    for (name, address) in people {
        pairs.insert((*name).to_owned(), (*address).to_owned());
    }
    pairs
}

/// The writes that the service refused.
fn refused(at: &AtService) -> usize {
    let writes = at.service.writes();
    writes.iter().filter(|write| write.did == Some(409)).count()
}

#[test]
fn addresses_pass_down_a_chain_without_a_conflict() {
    for dialect in [SAID, "rfc7644"] {
        let at = service(dialect, "");
        for round in 0..10 {
            // Everybody takes the address that the next one gives up.
            let people: Vec<(String, String)> = (0..8)
                .map(|number| (format!("p{number}"), format!("m{}", number + round)))
                .collect();
            let people: Vec<(&str, &str)> = people
                .iter()
                .map(|(name, address)| (&**name, &**address))
                .collect();
            declare(&at, &people);
            at.run("apply --auto-approve").exits(0);
            assert_eq!(addresses(&at), pairs(&people));
            at.project.wait_for_days(8);
        }
        assert_eq!(refused(&at), 0, "{dialect}");
    }
}

#[test]
fn swapped_addresses_are_refused_in_words_and_done_where_a_temporary_one_is_allowed() {
    for (dialect, why) in [
        (SAID, "`emails`, and the service holds each value once"),
        ("rfc7644", "`emails`, and most services hold each value once"),
    ] {
        let at = service(dialect, "");
        declare(&at, &[("ada", "a"), ("bob", "b")]);
        at.run("apply --auto-approve").exits(0);
        declare(&at, &[("ada", "b"), ("bob", "a")]);
        at.run("plan")
            .exits(0)
            .says("Nothing to apply. 2 people are held.")
            .says_over_lines(&format!("these would take each other's {why}"))
            .says_over_lines("user:ada@example.com, user:bob@example.com")
            .says_over_lines("manage: { users: { swaps: temporary } }");
        assert_eq!(addresses(&at), pairs(&[("ada", "a"), ("bob", "b")]));
        at.configure(&format!("{LIMITS}{TEMPORARY}"));
        at.run("plan").exits(0).says("a temporary value").says("wpsync-");
        at.run("apply wpsync.plan.json").exits(0);
        assert_eq!(addresses(&at), pairs(&[("ada", "b"), ("bob", "a")]));
        assert_eq!(refused(&at), 0, "{dialect}");
        at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    }
}

#[test]
fn where_people_may_share_addresses_nothing_is_refused() {
    let at = AtService::new(Behaviour::default(), "unique: { users: [] }\n");
    at.configure(LIMITS);
    declare(&at, &[("ada", "a"), ("bob", "b")]);
    at.run("apply --auto-approve").exits(0);
    declare(&at, &[("ada", "b"), ("bob", "a"), ("cyd", "a")]);
    at.run("apply --auto-approve").exits(0);
    assert_eq!(addresses(&at), pairs(&[("ada", "b"), ("bob", "a"), ("cyd", "a")]));
}

#[test]
fn a_newcomer_gets_the_address_of_somebody_who_is_deleted_in_the_same_plan() {
    let at = service(SAID, "manage: { users: { absent: delete, within: managed } }\n");
    declare(&at, &[("ada", "a"), ("leaver", "sales")]);
    at.run("apply --auto-approve").exits(0);
    declare(&at, &[("ada", "a"), ("newcomer", "sales")]);
    at.run("apply --auto-approve").exits(5);
    at.run_waiving("apply --auto-approve", "rename=1: another person")
        .exits(0);
    assert_eq!(addresses(&at), pairs(&[("ada", "a"), ("newcomer", "sales")]));
    assert_eq!(refused(&at), 0);
}

#[test]
fn the_address_of_somebody_who_keeps_it_is_refused_with_the_way_out() {
    let at = service(
        SAID,
        "manage: { users: { absent: deactivate, within: managed } }\n",
    );
    declare(&at, &[("ada", "a"), ("leaver", "sales")]);
    at.run("apply --auto-approve").exits(0);
    declare(&at, &[("ada", "a"), ("newcomer", "sales")]);
    at.run("plan")
        .exits(0)
        .says("Plan: 1 to deactivate; 1 person is held.")
        .says_over_lines("sales@example.com (emails) is taken in the directory by user:leaver@example.com")
        .says_over_lines("declare that one with `active: false` and another value");
    // The way out, in one plan.
    at.declare(
        "users:\n  - { userName: ada@example.com, active: true, emails: { work: a@example.com } }\n  \
         - { userName: leaver@example.com, active: false, emails: { work: was-sales@example.com } }\n  \
         - { userName: newcomer@example.com, active: true, emails: { work: sales@example.com } }\n",
    );
    at.run_waiving("apply --auto-approve", "rename=1: another person")
        .exits(0);
    assert_eq!(
        addresses(&at),
        pairs(&[("ada", "a"), ("leaver", "was-sales"), ("newcomer", "sales")])
    );
    assert_eq!(refused(&at), 0);
}

#[test]
fn the_address_of_a_stranger_is_refused_before_anything_is_sent() {
    let at = service(SAID, "");
    at.somebody_makes(serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "theirs@example.com",
        "emails": [{ "type": "work", "value": "Sales@example.com" }],
    }));
    declare(&at, &[("ada", "sales")]);
    at.run("plan")
        .exits(0)
        .says("Nothing to apply. 1 person is held.")
        .says_over_lines("is taken in the directory by user:theirs@example.com")
        .says_over_lines("give one of them another value, or change the other one in the directory first");
    let posts = at.service.writes();
    assert!(posts.iter().all(|write| write.request.method != Method::Post));
}
