//! One resource: created, read, replaced, patched, deleted.

use serde_json::json;

use crate::support::{ENTERPRISE, USER, client, user};

#[tokio::test]
async fn a_user_lives_from_post_to_delete() {
    let client = client();
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "Ada@example.com", "externalId": "E1", "id": "mine",
        "password": "s3cret",
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
        ENTERPRISE: {"department": "R&D"},
    });
    let made = client.post("/Users", body).await;
    assert_eq!(made.status, 201);
    let path = format!("/Users/{}", made.id());
    assert_eq!(made.id().len(), 32);
    assert_eq!(made.headers["location"], path.as_str());
    assert_eq!(
        (
            made.body["meta"]["location"].as_str(),
            made.body["meta"]["resourceType"].as_str()
        ),
        (Some(&*path), Some("User"))
    );
    assert_eq!(made.headers["etag"], made.version().as_str());
    assert!(
        made.body.get("password").is_none(),
        "a password is never returned"
    );
    assert_eq!(made.body["schemas"], json!([USER, ENTERPRISE]));

    assert_eq!(client.get(&path).await.body, made.body);
    let put = client.put(&path, user("ada@example.com")).await;
    assert_eq!(
        (put.status, put.body.get("emails"), &put.body["schemas"]),
        (200, None, &json!([USER])),
        "PUT clears what it does not name"
    );
    assert_eq!(put.body["meta"]["created"], made.body["meta"]["created"]);
    assert_ne!(
        put.body["meta"]["lastModified"],
        made.body["meta"]["lastModified"]
    );

    assert_eq!(client.delete(&path).await.status, 204);
    for answer in [
        client.get(&path).await,
        client.delete(&path).await,
        client.put(&path, user("x")).await,
    ] {
        assert_eq!(answer.refusal().0, 404);
    }
    client.user("ADA@example.com").await;
}

#[tokio::test]
async fn a_name_in_any_spelling_is_taken_once() {
    let client = client();
    let ada = client.user("Straße@example.com").await;
    let other = client.user("other").await;
    assert_eq!(
        client.post("/Users", user("STRAßE@example.com")).await.refusal(),
        (409, "uniqueness".to_owned())
    );
    let path = format!("/Users/{other}");
    let renamed = client
        .patch(
            &path,
            json!([{"op": "replace", "path": "userName", "value": "straße@EXAMPLE.com"}]),
        )
        .await;
    assert_eq!(renamed.refusal(), (409, "uniqueness".to_owned()));
    let own = client
        .patch(
            &format!("/Users/{ada}"),
            json!([{"op": "replace", "path": "userName", "value": "straße@example.com"}]),
        )
        .await;
    assert_eq!(
        (own.status, own.text("userName").as_str()),
        (200, "straße@example.com"),
        "one's own name may change its spelling"
    );
    client.user("strasse@example.com").await; // what only looks like a name is another one

    client.group("Sales", &[]).await;
    assert_eq!(
        client
            .post("/Groups", crate::support::group("sales", &[]))
            .await
            .refusal(),
        (409, "uniqueness".to_owned())
    );
    let with_external_id = |name: &str| json!({"schemas": [USER], "userName": name, "externalId": "same"});
    client.created("/Users", with_external_id("one")).await;
    client.created("/Users", with_external_id("two")).await;
    assert_eq!(
        client
            .search("/Users", "externalId eq \"same\"")
            .await
            .each("userName"),
        ["one", "two"]
    );
}

#[tokio::test]
async fn a_patch_is_done_whole_or_not_at_all() {
    let client = client();
    let path = format!("/Users/{}", client.user("ada").await);
    let before = client.get(&path).await;
    let half = json!([
        {"op": "add", "path": "title", "value": "Countess"},
        {"op": "replace", "path": "emails[type eq \"x\"].value", "value": "y"},
    ]);
    assert_eq!(
        client.patch(&path, half).await.refusal(),
        (400, "noTarget".to_owned())
    );
    assert_eq!(client.get(&path).await.body, before.body);

    let done = client
        .patch(
            &path,
            json!([{"op": "Add", "value": {"title": "Countess", "active": true}}]),
        )
        .await;
    assert_eq!(
        (done.status, done.body["title"].as_str()),
        (200, Some("Countess"))
    );
    assert_ne!(done.version(), before.version());
    let again = client
        .patch(
            &path,
            json!([{"op": "add", "path": "title", "value": "Countess"}]),
        )
        .await;
    assert_eq!(
        (again.status, &again.body),
        (200, &done.body),
        "what changes nothing keeps the version and the time"
    );
}

#[tokio::test]
async fn versions_guard_writes() {
    let client = client();
    let path = format!("/Users/{}", client.user("ada").await);
    let version = client.get(&path).await.version();
    let change = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "path": "title", "value": "x"}],
    });
    assert_eq!(
        client
            .send("GET", &path, &[("if-none-match", &version)], None)
            .await
            .status,
        304
    );
    assert_eq!(
        client
            .send("PATCH", &path, &[("if-match", &version)], Some(&change))
            .await
            .status,
        200
    );
    for (method, body) in [
        ("PATCH", Some(&change)),
        ("PUT", Some(&user("ada"))),
        ("DELETE", None),
    ] {
        assert_eq!(
            client
                .send(method, &path, &[("if-match", &version)], body)
                .await
                .refusal()
                .0,
            412,
            "{method}"
        );
    }
    assert_eq!(
        client
            .send("GET", &path, &[("if-none-match", &version)], None)
            .await
            .status,
        200
    );
    assert_eq!(
        client
            .send("DELETE", &path, &[("if-match", "*")], None)
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn answers_have_the_attributes_that_were_asked_for() {
    let client = client();
    let body = json!({
        "schemas": [USER], "userName": "ada", "name": {"givenName": "A", "familyName": "L"},
        "emails": [{"value": "a", "type": "work"}],
    });
    let path = format!("/Users/{}", client.created("/Users", body).await);
    let names = |answer: &crate::support::Answer| {
        answer
            .body
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let only = client
        .get(&format!(
            "{path}?attributes=USERNAME,name.givenName,emails.value,nope"
        ))
        .await;
    assert_eq!(names(&only), ["emails", "id", "name", "schemas", "userName"]);
    assert_eq!(
        (&only.body["name"], &only.body["emails"]),
        (&json!({"givenName": "A"}), &json!([{"value": "a"}]))
    );
    let except = client
        .get(&format!("{path}?excludedAttributes=id,meta,emails.type,name"))
        .await;
    assert_eq!(names(&except), ["emails", "id", "schemas", "userName"]);
    assert_eq!(except.body["emails"], json!([{"value": "a"}]));
    assert_eq!(
        client
            .get(&format!("{path}?attributes=id&excludedAttributes=name"))
            .await
            .refusal()
            .0,
        400
    );
}

#[tokio::test]
async fn what_is_not_scim_is_refused_in_scim() {
    let client = client();
    assert_eq!(client.get("/Nothing").await.refusal().0, 404);
    assert_eq!(client.get("/Me").await.refusal().0, 501);
    let wrong_method = client.put("/Users", json!({})).await;
    assert_eq!(
        (
            wrong_method.refusal().0,
            wrong_method.headers.contains_key("allow")
        ),
        (405, true)
    );
    assert_eq!(
        client.post("/Users", json!([])).await.refusal(),
        (400, "invalidSyntax".to_owned())
    );
    assert_eq!(
        client.post("/Users", json!({"userName": "a"})).await.refusal(),
        (400, "invalidSyntax".to_owned())
    );
    assert_eq!(
        client.post("/Users", json!({"schemas": [USER]})).await.refusal(),
        (400, "invalidValue".to_owned())
    );
    let as_text = client
        .send(
            "POST",
            "/Users",
            &[("content-type", "text/plain")],
            Some(&user("a")),
        )
        .await;
    assert_eq!(as_text.refusal().0, 415);
    let huge = json!({"schemas": [USER], "userName": "a", "title": "x".repeat(33 << 20)});
    assert_eq!(client.post("/Users", huge).await.refusal().0, 413);
}
