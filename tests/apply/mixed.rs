//! A small plan of every kind: a swap, two who manage each other, one who leaves, one who is deleted, and
//! groups.

use serde_json::json;
use wpsync::plan::Plan;
use wpsync::project::{Absent, Swaps};

use crate::company::{Company, group, header, sealed, user};
use crate::support::World;

pub fn world() -> World {
    let person = |name: &str, id: &str| json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": id, "active": true });
    let old = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Old" });
    World::with(
        vec![person("ada", "E1"), person("bob", "E2"), person("cyd", "E3")],
        vec![old],
    )
}

pub async fn plan(world: &World) -> Plan {
    let company = Company {
        users_absent: Absent::Deactivate,
        groups_absent: Absent::Delete,
        swaps: Swaps::Temporary,
        snapshot: world.snapshot().await,
        ..Company::default()
    };
    let company = company
        .wants(user(&[("userName", "ada"), ("externalId", "E2")]))
        .wants(user(&[
            ("userName", "bob"),
            ("externalId", "E1"),
            ("title", "Lead"),
        ]))
        .wants(user(&[
            ("userName", "dan"),
            ("externalId", "E4"),
            ("manager", "eve"),
        ]))
        .wants(user(&[
            ("userName", "eve"),
            ("externalId", "E5"),
            ("manager", "dan"),
        ]))
        .wants(group("All", &["ada", "dan"]));
    let plan = sealed(header(), company.changes());
    assert_eq!(
        plan.changes.len(),
        9,
        "{:?}",
        crate::company::lines(&plan.changes)
    );
    plan
}
