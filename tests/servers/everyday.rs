//! The everyday story, on every server: a first apply, an empty plan, a week of edits, and exactly the writes
//! that they need.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::company::Company;
use super::edits::{self, Week};
use super::plain;
use super::project::{Plan, Project};
use super::proxy::{self, Proxy};
use super::server::Kind;
use super::throttled;

/// Enough for a group of 450.
const PEOPLE: usize = 470;
/// Of a service that keeps us to its limit, so that the week takes ten minutes.
const PEOPLE_WITHIN_A_LIMIT: usize = 240;
/// How many people are not in the large group.
const OUTSIDE: usize = 20;
/// A group that no edit of the week touches.
const LARGE: usize = 7;

fn a_week_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let people = match kind {
        Kind::BetterAuthLimited => PEOPLE_WITHIN_A_LIMIT,
        _ => PEOPLE,
    };
    let mut company = Company::generate(20, people, 20);
    company.groups[LARGE].people = (0..people - OUTSIDE).collect();
    let company = if kind.nests_groups() {
        company.nested()
    } else {
        company
    };
    let project = Project::new(&server, &proxy, &company, "");

    let first = project.converge();
    assert_eq!(first.changes.len(), people + 20, "one change a resource");
    assert_eq!(plain::contents(&server), company.contents());
    let mut seen = proxy.take();

    project.expect_no_changes();
    let plan_alone = proxy.take();
    assert_eq!(
        proxy::writes(&plan_alone),
        BTreeMap::new(),
        "a plan writes nothing"
    );
    seen.extend(plan_alone);

    let week = edits::of(&company);
    project.declare(&week.company);
    let plan = project.converge();
    assert_exactly(&plan, &week);
    let edited = proxy.take();
    assert_eq!(proxy::writes(&edited), week.writes());
    assert_eq!(plain::contents(&server), week.company.contents());
    project.expect_no_changes();
    seen.extend(edited);
    seen.extend(proxy.take());
    let refused = throttled::nobody_came_early(&seen);
    assert_eq!(
        refused > 0,
        kind == Kind::BetterAuthLimited,
        "{refused} of {} requests were refused for haste",
        seen.len()
    );
}

/// The plan has the week's changes and no others.
fn assert_exactly(plan: &Plan, week: &Week) {
    let mut people: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for change in &plan.changes {
        assert_eq!(change["action"], "update", "{change}");
        let (kind, name) = change["key"]
            .as_str()
            .and_then(|key| key.split_once(':'))
            .expect("a key");
        let attributes: BTreeSet<&str> = change["after"]
            .as_object()
            .expect("attributes")
            .keys()
            .map(|path| path.rsplit(':').next().unwrap_or(path))
            .collect();
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
        plan.changes
            .iter()
            .map(|change: &Json| &change["id"])
            .collect::<Vec<_>>()
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

#[test]
#[ignore = "installs and starts a server, and keeps to its limit for minutes"]
fn a_week_on_better_auth_within_its_limit() {
    a_week_on(Kind::BetterAuthLimited);
}
