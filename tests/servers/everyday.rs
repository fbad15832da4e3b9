//! The everyday story, on every server: a first apply, an empty plan, a week of edits, and exactly the writes that they need.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::company::Company;
use super::edits::{self, Week};
use super::plain;
use super::project::{Plan, Project};
use super::proxy::{self, Proxy};
use super::server::Kind;

fn a_week_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let company = Company::generate(20, 250, 20);
    let company = if kind.nests_groups() { company.nested() } else { company };
    let project = Project::new(&server, &proxy, &company, "");

    let first = project.converge();
    assert_eq!(first.changes.len(), 270, "one change a resource");
    assert_eq!(plain::contents(&server), company.contents());
    proxy.take();

    project.expect_no_changes();
    assert_eq!(proxy::writes(&proxy.take()), BTreeMap::new(), "a plan writes nothing");

    let week = edits::of(&company);
    project.declare(&week.company);
    let plan = project.converge();
    assert_exactly(&plan, &week);
    assert_eq!(proxy::writes(&proxy.take()), week.writes());
    assert_eq!(plain::contents(&server), week.company.contents());
    project.expect_no_changes();
}

/// The plan has the week's changes and no others.
fn assert_exactly(plan: &Plan, week: &Week) {
    let mut people: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for change in &plan.changes {
        assert_eq!(change["action"], "update", "{change}");
        let (kind, name) = change["key"].as_str().and_then(|key| key.split_once(':')).expect("a key");
        let attributes: BTreeSet<&str> =
            change["after"].as_object().expect("attributes").keys().map(|path| path.rsplit(':').next().unwrap_or(path)).collect();
        if kind == "user" {
            people.insert(name.to_owned(), attributes);
        } else {
            assert!(attributes.is_empty(), "{change}");
            let count = |list: &str| change["members"][list].as_array().map_or(0, Vec::len);
            groups.insert(name.to_owned(), (count("add"), count("remove")));
        }
    }
    assert_eq!(people, week.people);
    assert_eq!(groups, week.groups);
    assert_eq!(
        plan.changes.len(),
        week.people.len() + week.groups.len(),
        "{:#?}",
        plan.changes.iter().map(|change: &Json| &change["id"]).collect::<Vec<_>>()
    );
}

#[test]
#[ignore = "installs and starts a server"]
fn a_week_on_scim2_server() {
    a_week_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn a_week_on_scim2_server_by_cursor() {
    a_week_on(Kind::Scim2Cursor);
}

#[test]
#[ignore = "installs and starts a server"]
fn a_week_on_scim2_server_by_cursor_or_index() {
    a_week_on(Kind::Scim2Both);
}

#[test]
#[ignore = "installs and starts a server"]
fn a_week_on_scim2_server_with_capped_pages() {
    a_week_on(Kind::Scim2Index);
}

#[test]
#[ignore = "installs and starts a server"]
fn a_week_on_scimmy() {
    a_week_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn a_week_on_better_auth() {
    a_week_on(Kind::BetterAuth);
}
