//! People who lose something: a value, their access, their account.

use std::collections::BTreeMap;

use serde_json::json;

use super::company::Company;
use super::http::Http;
use super::plain;
use super::project::{Plan, Project};
use super::proxy::{self, Proxy};
use super::server::Kind;

const DELETE_ALL: &str = "manage: { users: { absent: delete, within: all } }\nadopt: [all]\n";

fn actions(plan: &Plan) -> BTreeMap<&str, usize> {
    let mut actions = BTreeMap::new();
    for change in &plan.changes {
        *actions
            .entry(change["action"].as_str().expect("an action"))
            .or_default() += 1;
    }
    actions
}

/// Clears titles and an end of access, then takes both back.
fn cleared_and_deactivated_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let company = Company::generate(22, 30, 3);
    let project = Project::new(&server, &proxy, &company, "");
    project.converge();
    proxy.take();

    let mut less = company.clone();
    for number in [2, 4] {
        less.people[number].title = None;
    }
    for number in [4, 5, 7] {
        less.people[number].active = false;
    }
    project.declare(&less);
    assert_eq!(
        actions(&project.converge()),
        [("deactivate", 3), ("update", 1)].into()
    );
    assert_eq!(
        proxy::writes(&proxy.take()),
        [("PATCH Users".to_owned(), 4)].into()
    );
    assert_eq!(plain::contents(&server), less.contents());
    project.expect_no_changes();

    project.declare(&company);
    assert_eq!(
        actions(&project.converge()),
        [("reactivate", 3), ("update", 1)].into()
    );
    assert_eq!(plain::contents(&server), company.contents());
    project.expect_no_changes();
}

/// Who is no longer declared is kept, and deleted once the configuration says so; a stranger as well, since
/// `within` is all.
fn deleted_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let company = Company::generate(23, 30, 3);
    let project = Project::new(&server, &proxy, &company, "");
    project.converge();
    let stranger = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "stranger@example.com",
        "name": { "givenName": "S", "familyName": "T" },
        "emails": [{ "value": "stranger@example.com", "type": "work" }], "active": true
    });
    Http::new(&server.base, server.token).post("Users", &stranger);

    let fewer = company.clone().without_last(5);
    let leaving = company
        .groups
        .iter()
        .zip(&fewer.groups)
        .filter(|(before, after)| before.people != after.people)
        .count();
    assert!(leaving > 0, "some of them are members");
    project.declare(&fewer);
    assert_eq!(
        actions(&project.converge()),
        [("update", leaving)].into(),
        "absent people are kept"
    );
    assert_eq!(plain::contents(&server).people.len(), 31);
    proxy.take();

    let strict = Project::new(&server, &proxy, &fewer, DELETE_ALL);
    assert_eq!(actions(&strict.converge()), [("delete", 6)].into());
    assert_eq!(
        proxy::writes(&proxy.take()),
        [("DELETE Users".to_owned(), 6)].into()
    );
    assert_eq!(plain::contents(&server), fewer.contents());
    strict.expect_no_changes();

    // Leaving and being deleted in one plan: the memberships go first, and no group keeps the id of nobody.
    let fewest = fewer.without_last(5);
    strict.declare(&fewest);
    strict.converge();
    assert_eq!(plain::contents(&server), fewest.contents());
    strict.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn cleared_and_deactivated_on_scim2_server() {
    cleared_and_deactivated_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn cleared_and_deactivated_on_scimmy() {
    cleared_and_deactivated_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn cleared_and_deactivated_on_better_auth() {
    cleared_and_deactivated_on(Kind::BetterAuth);
}

#[test]
#[ignore = "installs and starts a server"]
fn deleted_on_scim2_server() {
    deleted_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn deleted_on_scimmy() {
    deleted_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn deleted_on_better_auth() {
    deleted_on(Kind::BetterAuth);
}
