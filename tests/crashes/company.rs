//! The reference apply: 200 changes of every kind (and two temporary names), from one company to another.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::support::Service;

/// People who get another title.
const UPDATED: usize = 50;
/// People who get another name: two swap, three go round, and the rest passes names on in a chain.
const RENAMED: usize = 20;
/// People whom the sources no longer declare.
const DEACTIVATED: usize = 20;
/// People who are new; so are ten groups.
const NEW_PEOPLE: usize = 50;
const NEW_GROUPS: usize = 10;
/// Groups whose members change.
const CHANGED_GROUPS: usize = 45;
/// Groups that the sources no longer declare.
const DELETED_GROUPS: usize = 5;

/// How many changes that is, by what they do. A circle of names needs one more, and so does a swap.
pub const CHANGES: usize =
    NEW_PEOPLE + NEW_GROUPS + UPDATED + RENAMED + CHANGED_GROUPS + DEACTIVATED + DELETED_GROUPS + 2;
/// How many requests take somebody's access or a group away.
pub const REMOVALS: usize = DEACTIVATED + DELETED_GROUPS;

pub const CONFIGURATION: &str = "version: 1
directory: { scim: 'BASE', dialect: ours.yaml, token: { env: WPSYNC_TOKEN } }
sources: [people.yaml]
manage:
  users: { absent: deactivate, within: all, swaps: temporary }
  groups: { absent: delete, within: all }
limits: { remove: 200, create: 200, update: 200, identity: 200 }
adopt: all
";

/// Few members a request, so that a change takes several.
pub const DIALECT: &str = "name: ours
about: A service of a test.
page_size: 100
paging: index
members_per_request: 2
versions: honoured
lookup:
  users: [userName, externalId]
  groups: [displayName, externalId]
max_concurrency: 8
membership: { on_create: 2 }
sources:
  others: { from: tests/crashes, checked: 2026-11-21 }
";

fn name(number: usize) -> String {
    format!("person{number}@example.com")
}

/// The name that the `number`-th of the renamed has in the end.
fn next_name(number: usize) -> String {
    let first = UPDATED;
    match number - first {
        0 => name(first + 1),
        1 => name(first),
        at @ 2..=3 => name(first + at + 1),
        4 => name(first + 2),
        at if at + 1 < RENAMED => name(number + 1),
        _ => "lastinchain@example.com".into(),
    }
}

/// Where a person is an officer, apart from the groups that change: nobody loses the last group.
const EVERYBODY: &str = "Everybody";

/// Fills an empty directory with what it holds before, under ids that follow from the order.
pub fn fill(service: &Service) {
    let people = UPDATED + RENAMED + DEACTIVATED;
    let user = |number: usize| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name(number),
            "externalId": format!("E{number}"), "title": "Engineer", "active": true,
            "emails": [{ "type": "work", "value": name(number) }],
        })
    };
    let ids = service.load(Kind::User, (0..people).map(user).collect());
    let group = |name: &str, members: Vec<usize>| {
        let members: Vec<Json> = members
            .iter()
            .map(|number| json!({ "value": ids[*number] }))
            .collect();
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        json!({ "schemas": [schema], "displayName": name, "members": members })
    };
    let mut groups = vec![group(EVERYBODY, (0..people).collect())];
    for number in 0..CHANGED_GROUPS {
        groups.push(group(
            &format!("Team {number}"),
            (0..3).map(|at| (number + at) % UPDATED).collect(),
        ));
    }
    for number in 0..DELETED_GROUPS {
        groups.push(group(&format!("Old {number}"), vec![number, number + 1]));
    }
    service.load(Kind::Group, groups);
}

/// What the sources declare.
pub fn people() -> String {
    let mut yaml = String::from("users:\n");
    let mut line = |name: &str, id: usize, title: &str, manager: Option<String>| {
        let manager = manager
            .map(|manager| format!(", manager: {manager}"))
            .unwrap_or_default();
        let _ = writeln!(
            yaml,
            "  - {{ userName: {name}, externalId: E{id}, title: {title}, active: true, \
             emails.work: {name}{manager} }}"
        );
    };
    for number in 0..UPDATED {
        line(&name(number), number, "Lead", None);
    }
    for number in UPDATED..UPDATED + RENAMED {
        line(&next_name(number), number, "Engineer", None);
    }
    for number in 0..NEW_PEOPLE {
        // New people report to new people, in chains of five.
        let manager = (number % 5 > 0).then(|| format!("new{}@example.com", number - 1));
        line(
            &format!("new{number}@example.com"),
            1_000 + number,
            "Trainee",
            manager,
        );
    }
    yaml.push_str("groups:\n");
    for number in 0..CHANGED_GROUPS {
        let stays = name(number % UPDATED);
        let joins = [
            format!("new{number}@example.com"),
            next_name(UPDATED + number % RENAMED),
            name((number + 7) % UPDATED),
        ];
        // Some get an attribute besides their members.
        let external = if number % 9 == 0 {
            format!(", externalId: G{number}")
        } else {
            String::new()
        };
        let _ = writeln!(
            yaml,
            "  - {{ displayName: Team {number}{external}, members: [{stays}, {}] }}",
            joins.join(", ")
        );
    }
    for number in 0..NEW_GROUPS {
        let members: Vec<String> = (0..5)
            .map(|at| format!("new{}@example.com", number * 5 + at))
            .collect();
        let _ = writeln!(
            yaml,
            "  - {{ displayName: New {number}, members: [{}] }}",
            members.join(", ")
        );
    }
    let _ = writeln!(yaml, "  - {{ displayName: {EVERYBODY} }}");
    yaml
}

/// The ids of a plan's changes by the resource that a request names: `user 0e2c…` for one that is there,
/// `user new1@example.com` for one that is made.
pub fn changes_by_resource(plan: &Json) -> BTreeMap<String, Vec<String>> {
    let mut changes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for change in plan["changes"].as_array().expect("changes") {
        let text = |name: &str| change[name].as_str().unwrap_or_default();
        let (kind, name) = text("key").split_once(':').expect("a key");
        let resource = change["remote_id"].as_str().unwrap_or(name);
        changes
            .entry(format!("{kind} {resource}"))
            .or_default()
            .push(text("id").to_owned());
    }
    changes
}
