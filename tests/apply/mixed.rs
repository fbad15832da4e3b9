//! A small plan of every kind: a swap, two who manage each other, one who leaves, one who is deleted, and
//! groups.

use serde_json::json;
use wpsync::project::{Absent, Swaps};

use crate::stand_in::project::{Project, group};
use crate::support::{Planned, World};

pub fn world() -> World {
    let person = |name: &str, id: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": id,
            "active": true,
        })
    };
    let old = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Old" });
    World::with(
        vec![person("ada", "E1"), person("bob", "E2"), person("cyd", "E3")],
        vec![old],
    )
}

pub async fn plan(world: &World) -> Planned {
    let project = Project {
        users_absent: Absent::Deactivate,
        groups_absent: Absent::Delete,
        swaps: Swaps::Temporary,
        groups: vec![group("All", &["ada", "dan"])],
        ..Project::default()
    };
    let project = project
        .wants(json!({ "userName": "ada", "externalId": "E2" }))
        .wants(json!({ "userName": "bob", "externalId": "E1", "title": "Lead" }))
        .wants(json!({ "userName": "dan", "externalId": "E4", "manager": "eve" }))
        .wants(json!({ "userName": "eve", "externalId": "E5", "manager": "dan" }));
    let planned = world.plan(&project).await;
    let changes: Vec<&str> = planned.plan.changes.iter().map(|change| &*change.id).collect();
    assert_eq!(changes.len(), 9, "{changes:?}");
    planned
}
