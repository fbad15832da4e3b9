//! What the sandbox does as another service, row by row of a dialect: its caps, its refusals, its lies.

use std::time::Duration;

use serde_json::{Value, json};
use wpsync::apply::Verdict;
use wpsync::dialect::Dialect;
use wpsync::model::Kind;

use super::support::{ENTERPRISE, GROUP, USER, group, user};
use super::world::World;

fn service(rows: &str) -> World {
    let filters = if rows.contains("filters:") {
        ""
    } else {
        "filters: { operators: [eq, and], attributes: any }"
    };
    let rows = format!("name: x\n{filters}\n{rows}");
    let served = Dialect::parse(&rows).expect("a dialect");
    World::new(&rows, served, &["claimed@example.com".to_owned()])
}

fn filled(rows: &str, count: usize) -> World {
    let world = service(rows);
    world.holds(
        Kind::User,
        (0..count)
            .map(|number| {
                json!({
                    "schemas": [USER], "userName": format!("u{number}"), "externalId": format!("E{number}"),
                })
            })
            .collect(),
    );
    world
}

#[tokio::test]
async fn pages_are_cut_as_the_service_cuts_them() {
    let world = filled("page_default: 2\npage_max: 3\npaging: index", 5);
    let client = world.client();
    assert_eq!(client.get("/Users").await.each("userName").len(), 2);
    assert_eq!(client.get("/Users?count=100").await.each("userName").len(), 3);
    assert_eq!(
        client
            .get("/Users?count=100&startIndex=9")
            .await
            .each("userName")
            .len(),
        0
    );
    assert_eq!(
        client.get("/Users?count=3&cursor=").await.body["nextCursor"],
        Value::Null,
        "cursors are not known"
    );

    let world = filled("page_max: 3\ntotals: page\npast_the_end: first", 5);
    let page = world.client().get("/Users?startIndex=9").await;
    assert_eq!(
        (page.body["totalResults"].clone(), page.each("userName").len()),
        (json!(3), 3)
    );
    let world = filled("past_the_end: refused", 5);
    assert_eq!(world.client().get("/Users?startIndex=6").await.status, 400);

    let world = filled("paging: cursor\npage_max: 3\ntotals: missing", 5);
    let page = world.client().get("/Users?startIndex=4").await;
    assert_eq!(
        (page.body["totalResults"].clone(), page.each("userName").len()),
        (Value::Null, 3),
        "startIndex is passed over"
    );
    let next = page.text("nextCursor");
    assert_eq!(
        world
            .client()
            .get(&format!("/Users?cursor={next}"))
            .await
            .each("userName")
            .len(),
        2
    );

    let world = filled(
        "paging: cursor\nwithout_cursor: one-page\npage_max: 3\ntotals: missing",
        5,
    );
    let (only, first) = (
        world.client().get("/Users").await,
        world.client().get("/Users?cursor=").await,
    );
    let said = |page: &super::support::Answer| {
        let has_next = page.body["nextCursor"].is_string();
        (
            page.body["totalResults"].clone(),
            page.each("userName").len(),
            has_next,
        )
    };
    assert_eq!(
        (said(&only), said(&first)),
        ((json!(3), 3, false), (Value::Null, 3, true))
    );

    let world = filled("paging: none\npage_default: 2", 1_003);
    assert_eq!(
        world.client().get("/Users?count=2").await.each("userName").len(),
        1_003
    );
}

#[tokio::test]
async fn f034_filters_that_the_service_does_not_know_do_what_it_does() {
    let rows = |otherwise: &str| {
        format!(
            "lookup: {{ users: [userName], groups: [] }}\n\
             filters: {{ operators: [eq], otherwise: {otherwise} }}"
        )
    };
    for (otherwise, filter, found) in [
        ("refused", "userName eq \"u1\"", Some(1)),
        ("refused", "userName sw \"u\"", None),
        ("refused", "externalId eq \"E1\"", None),
        ("nobody", "externalId eq \"E1\"", Some(0)),
        ("everybody", "userName co \"1\"", Some(3)),
    ] {
        let world = filled(&rows(otherwise), 3);
        let answer = world.client().search("/Users", filter).await;
        match found {
            Some(count) => assert_eq!(answer.each("userName").len(), count, "{otherwise}: {filter}"),
            None => assert_eq!(answer.refusal(), (400, "invalidFilter".to_owned()), "{filter}"),
        }
    }
    let world = service("filters: { operators: [eq], attributes: any, case: exact }");
    let client = world.client();
    client.user("Ada").await;
    assert_eq!(
        client.search("/Users", "userName eq \"ada\"").await.body["totalResults"],
        0
    );
    assert_eq!(
        client.search("/Users", "userName eq \"Ada\"").await.body["totalResults"],
        1
    );
}

#[tokio::test]
async fn what_the_service_does_not_offer_is_refused() {
    let patch = |client: super::support::Client, id: String| async move {
        client
            .patch(
                &format!("/Users/{id}"),
                json!([{ "op": "replace", "path": "title", "value": "Dr" }]),
            )
            .await
            .status
    };
    for (rows, put, patched) in [
        ("methods: { users: put }", 200, 405),
        ("methods: { users: patch }", 405, 200),
    ] {
        let client = service(rows).client();
        let id = client.user("ada").await;
        assert_eq!(
            client.put(&format!("/Users/{id}"), user("ada")).await.status,
            put,
            "{rows}"
        );
        assert_eq!(patch(client, id).await, patched, "{rows}");
    }
    for (rows, list, create) in [
        ("groups: none", 404, 404),
        ("groups: read", 200, 405),
        ("groups: update", 200, 405),
    ] {
        let client = service(rows).client();
        assert_eq!(
            (
                client.get("/Groups").await.status,
                client.post("/Groups", group("a", &[])).await.status
            ),
            (list, create),
            "{rows}"
        );
    }
    let client = service("headers: { X-Version: '2' }\nrequired_headers: [User-Agent]").client();
    for (headers, status) in [
        (&[("x-version", "2"), ("user-agent", "me")][..], 200),
        (&[("user-agent", "me")], 400),
        (&[("x-version", "2")], 400),
    ] {
        assert_eq!(
            client.send("GET", "/Users", headers, None).await.status,
            status,
            "{headers:?}"
        );
    }
    let client = service(
        "required: { users: [userName, externalId, emails.work] }\nnulls: refused\n\
         not_held: { users: [title] }",
    )
    .client();
    let whole = json!({
        "schemas": [USER], "userName": "a", "externalId": "1", "title": "Dr",
        "emails": [{ "type": "work", "value": "a@b" }],
    });
    let mut without = whole.clone();
    without["emails"][0]["type"] = json!("home");
    assert_eq!(client.post("/Users", without).await.status, 400);
    let mut with_null = whole.clone();
    with_null["nickName"] = Value::Null;
    assert_eq!(client.post("/Users", with_null).await.status, 400);
    let made = client.post("/Users", whole).await;
    assert_eq!(
        (made.status, made.text("title")),
        (201, String::new()),
        "what is not held is passed over"
    );
    for nowhere in ["/Bulk", "/.search", "/nothing"] {
        assert_eq!(client.post(nowhere, json!({})).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn f033_members_are_hidden_cut_up_and_never_replaced() {
    let rows = "absent_members: hidden\nmembers_per_request: 2\n\
                membership: { ask: { list: groups, filter: 'id eq {group} and members eq {member}' }, \
                on_create: 1, removals_per_request: 1, replacing: forbidden, nesting: forbidden, \
                absent_removal: refused }";
    let client = service(rows).client();
    let ids = [
        client.user("a").await,
        client.user("b").await,
        client.user("c").await,
    ];
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(client.post("/Groups", group("g", &ids[..2])).await.status, 400);
    let id = client.group("g", &ids[..1]).await;
    let path = format!("/Groups/{id}");
    assert_eq!(client.get(&path).await.body["members"], Value::Null);
    let add = |ids: &[&str]| {
        json!([{
            "op": "add", "path": "members",
            "value": ids.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>(),
        }])
    };
    let remove = |ids: &[&str]| {
        ids.iter()
            .map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }))
            .collect::<Value>()
    };
    for (operations, status) in [
        (add(&ids), 400),
        (add(&ids[..2]), 200),
        (remove(&ids[..2]), 400),
        (remove(&ids[..1]), 200),
        (remove(&ids[..1]), 404),
        (json!([{ "op": "replace", "path": "members", "value": [] }]), 400),
        (json!([{ "op": "remove", "path": "members" }]), 400),
        (add(&[&id]), 400),
    ] {
        assert_eq!(
            client.patch(&path, operations.clone()).await.status,
            status,
            "{operations}"
        );
    }
    let asked = client
        .search(
            "/Groups",
            &format!("id eq \"{id}\" and members eq \"{}\"", ids[1]),
        )
        .await;
    assert_eq!(asked.body["totalResults"], 1);

    for (addition, taken) in [
        ("path", [200, 200, 400]),
        ("value", [400, 200, 400]),
        ("both", [400, 400, 200]),
    ] {
        let client = service(&format!("membership: {{ addition: {addition} }}")).client();
        let (person, id) = (client.user("a").await, client.group("g", &[]).await);
        let list = json!([{ "value": person }]);
        let forms = [
            json!([{ "op": "add", "path": "members", "value": list }]),
            json!([{ "op": "add", "value": { "members": list } }]),
            json!([{ "op": "add", "path": "members", "value": { "members": list } }]),
        ];
        for (form, status) in forms.into_iter().zip(taken) {
            assert_eq!(
                client.patch(&format!("/Groups/{id}"), form.clone()).await.status,
                status,
                "{addition}: {form}"
            );
        }
    }
    let client = service("membership: { bytes_per_request: 300 }").client();
    let (person, id) = (client.user("a").await, client.group("g", &[]).await);
    assert_eq!(
        client
            .patch(&format!("/Groups/{id}"), add(&[person.as_str(); 20]))
            .await
            .status,
        413
    );
}

#[tokio::test(start_paused = true)]
async fn f033_members_behind_the_first_page_of_an_answer_are_members_too() {
    let rows = "paging: cursor\nwithout_cursor: one-page\npage_size: 2\npage_max: 2\ntotals: missing\n\
                absent_members: hidden\n\
                membership: { ask: { list: users, filter: 'groups.value eq {group}' } }";
    let world = service(rows);
    let client = world.client();
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        ids.push(client.user(name).await);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    client.group("sales", &ids).await;
    let people = ["a", "b", "c", "d", "e"].map(|name| format!("  - {{ userName: {name} }}\n"));
    let source = format!(
        "users:\n{}groups:\n  - {{ displayName: sales, members: [a, b] }}\n",
        people.concat()
    );
    let planned = world.plan(&source).await;
    let sales = planned
        .plan
        .changes
        .iter()
        .find(|change| change.id == "group:sales");
    let members = sales.and_then(|change| change.members.as_ref()).expect("members");
    let leaving: Vec<&str> = members
        .remove
        .iter()
        .map(|member| &*member.key.as_ref().expect("known").name)
        .collect();
    assert_eq!((members.add.len(), leaving), (0, vec!["c", "d", "e"]));
}

#[tokio::test]
async fn deleting_and_coming_back_are_what_the_service_makes_of_them() {
    let active = |answer: &super::support::Answer| answer.body["active"].clone();
    let client = service("delete: { users: soft, groups: none }").client();
    let (id, of_group) = (client.user("ada").await, client.group("g", &[]).await);
    assert_eq!(client.delete(&format!("/Users/{id}")).await.status, 204);
    assert_eq!(active(&client.get(&format!("/Users/{id}")).await), json!(false));
    assert_eq!(client.delete(&format!("/Groups/{of_group}")).await.status, 405);

    let client = service("delete: { users: unclaimed }").client();
    let (new, used) = (
        client.user("new@example.com").await,
        client.user("Claimed@Example.com").await,
    );
    assert_eq!(client.delete(&format!("/Users/{used}")).await.status, 412);
    assert_eq!(client.delete(&format!("/Users/{new}")).await.status, 204);

    let world = service("deactivation: hides\nreactivation: create");
    let client = world.client();
    let id = client.user("ada").await;
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(
        client.patch(&format!("/Users/{id}"), off.clone()).await.status,
        200
    );
    assert_eq!(
        (
            client.get(&format!("/Users/{id}")).await.status,
            client.get("/Users").await.body["totalResults"].clone()
        ),
        (404, json!(0))
    );
    assert_eq!(client.post("/Users", user("ada")).await.status, 201);

    let client = service("reactivation: create").client();
    let id = client.user("ada").await;
    client.patch(&format!("/Users/{id}"), off).await;
    let on = json!([{ "op": "replace", "path": "active", "value": true }]);
    assert_eq!(client.patch(&format!("/Users/{id}"), on).await.status, 400);
    let back = client.post("/Users", user("ADA")).await;
    assert_eq!((back.status, active(&back), back.id()), (201, json!(true), id));
}

#[tokio::test]
async fn values_come_back_as_the_service_stores_and_writes_them() {
    let rows = "booleans: capitalised\ndates: epoch\nclearing: empty\nput: merges\nids: external\n\
                changed: nothing\nfixed: { users: [externalId] }\n\
                filtered_paths: { users: ignored }\n\
                normalises: { users: { userName: [lower-case], phoneNumbers: [telephone] } }";
    let client = service(rows).client();
    let body = json!({
        "schemas": [USER], "userName": "Ada", "externalId": "E 1", "title": "Dr", "active": "False",
        "phoneNumbers": [{ "type": "work", "value": "+44 (20) 1" }],
    });
    let made = client.post("/Users", body).await;
    assert_eq!(made.id(), "E 1");
    assert_eq!(
        (made.text("userName"), made.text("active")),
        ("ada".to_owned(), "False".to_owned())
    );
    assert_eq!(made.body["phoneNumbers"][0]["value"], "+44201");
    assert_eq!(made.body["meta"]["location"], "/Users/E 1");
    let path = "/Users/E%201";
    assert_eq!(
        client
            .put(path, json!({ "schemas": [USER], "title": "", "nickName": "A" }))
            .await
            .status,
        200
    );
    let read = client.get(path).await;
    assert_eq!(
        (read.text("title"), read.text("nickName"), read.text("userName")),
        (String::new(), "A".to_owned(), "ada".to_owned())
    );
    let patched = client
        .patch(
            path,
            json!([
                { "op": "Replace", "path": "active", "value": "True" },
                { "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "+1" },
            ]),
        )
        .await;
    assert_eq!((patched.status, &patched.body), (204, &Value::Null));
    let read = client.get(path).await;
    assert_eq!(
        (read.text("active"), read.body["phoneNumbers"][0]["value"].clone()),
        ("True".to_owned(), json!("+44201")),
        "the path was passed over"
    );
    assert_eq!(
        client
            .patch(
                path,
                json!([{ "op": "replace", "path": "externalId", "value": "E2" }])
            )
            .await
            .refusal(),
        (400, "mutability".to_owned())
    );
}

#[tokio::test]
async fn values_stand_where_the_service_has_them() {
    let rows = format!(
        "places: {{ users: {{ manager: '{ENTERPRISE}:manager.managerId', nickName: alias }}, \
         groups: {{ externalId: external_id }} }}\nfiltered_paths: {{ users: parts }}"
    );
    let client = service(&rows).client();
    let boss = client.user("boss").await;
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "ada", "alias": "A",
        ENTERPRISE: { "manager": { "managerId": boss } },
    });
    let made = client.post("/Users", body).await;
    assert_eq!(
        (
            made.body[ENTERPRISE]["manager"]["managerId"].clone(),
            made.text("alias")
        ),
        (json!(boss), "A".to_owned())
    );
    assert_eq!(
        client.search("/Users", "alias eq \"A\"").await.body["totalResults"],
        1
    );
    let path = format!("/Users/{}", made.id());
    let manager = json!([
        { "op": "replace", "path": format!("{ENTERPRISE}:manager.managerId"), "value": made.id() },
        { "op": "remove", "path": "alias" },
    ]);
    let changed = client.patch(&path, manager).await;
    assert_eq!(
        (
            changed.body[ENTERPRISE]["manager"]["managerId"].clone(),
            changed.body["alias"].clone()
        ),
        (json!(made.id()), Value::Null)
    );
    assert_eq!(
        client
            .patch(
                &path,
                json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }])
            )
            .await
            .status,
        400
    );
    let of_group = client
        .post(
            "/Groups",
            json!({ "schemas": [GROUP], "displayName": "g", "external_id": "G1" }),
        )
        .await;
    assert_eq!(
        (of_group.text("external_id"), of_group.body["externalId"].clone()),
        ("G1".to_owned(), Value::Null)
    );
}

#[tokio::test]
async fn versions_that_are_not_honoured_guard_nothing() {
    for (rows, status) in [("versions: honoured", 412), ("versions: ignored", 200)] {
        let client = service(rows).client();
        let path = format!("/Users/{}", client.user("ada").await);
        let stale = client
            .send("PUT", &path, &[("if-match", "W/\"99\"")], Some(&user("ada")))
            .await;
        assert_eq!(stale.status, status, "{rows}");
        assert_eq!(
            client.get("/ServiceProviderConfig").await.body["etag"]["supported"],
            json!(status == 412)
        );
    }
}

#[tokio::test]
async fn bulk_is_there_where_the_dialect_has_it_and_holds_no_more_than_it_says() {
    let world = service("bulk: { operations: 2 }\nplaces: { users: { nickName: alias } }");
    let make = |name: &str| {
        json!({
            "method": "POST", "path": "/Users", "bulkId": name,
            "data": { "schemas": [USER], "userName": name, "alias": "A" },
        })
    };
    let bulk = |names: &[&str]| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": names.iter().map(|name| make(name)).collect::<Vec<_>>(),
        })
    };
    assert_eq!(
        world.client().post("/Bulk", bulk(&["a", "b", "c"])).await.status,
        413
    );
    assert_eq!(
        world.client().post("/Bulk", bulk(&["a", "b"])).await.body["Operations"][1]["status"],
        "201"
    );
    assert_eq!(world.client().get("/Users").await.each("alias"), ["A", "A"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_shows_as_late_as_the_dialect_says() {
    let world = service("visibility_lag: 10");
    let client = world.client();
    let path = format!("/Users/{}", client.user("ada").await);
    assert_eq!(
        (
            client.get(&path).await.status,
            client.get("/Users").await.body["totalResults"].clone()
        ),
        (404, json!(0))
    );
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(client.get("/Users").await.body["totalResults"], 1);
    client
        .patch(
            &path,
            json!([{ "op": "replace", "path": "title", "value": "Dr" }]),
        )
        .await;
    assert_eq!(client.get(&path).await.text("title"), "");
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(client.get(&path).await.text("title"), "Dr");
    let people = "users:\n  - { userName: ada, title: Countess }\n  - { userName: bob, title: Builder }\n";
    world.converges(people).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_used_is_not_deleted_and_the_apply_says_so() {
    let world = service("delete: { users: unclaimed }");
    world
        .converges("users:\n  - { userName: claimed@example.com }\n  - { userName: bob@example.com }\n")
        .await;
    let planned = world.plan("users:\n  - { userName: bob@example.com }\n").await;
    assert_eq!(planned.notes, [""; 0]);
    let report = world.apply(&planned).await;
    let said: Vec<_> = planned
        .plan
        .changes
        .iter()
        .zip(&report.outcomes)
        .filter_map(|(change, outcome)| outcome.detail(change))
        .collect();
    assert!(
        report.verdict == Verdict::Failed && said[0].contains("nobody has ever used"),
        "{said:?}"
    );
}
