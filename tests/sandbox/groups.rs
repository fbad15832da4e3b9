//! Who is in which group.

use serde_json::{Value, json};

use crate::support::{Answer, Client, client, group};

fn members(answer: &Answer) -> Vec<String> {
    let members = answer.body["members"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    members
        .iter()
        .map(|member| member["value"].as_str().expect("an id").to_owned())
        .collect()
}

async fn members_of(client: &Client, id: &str) -> Vec<String> {
    members(&client.get(&format!("/Groups/{id}")).await)
}

fn remove(id: &str) -> Value {
    json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")})
}

#[tokio::test]
async fn members_come_and_go_one_by_one() {
    let client = client();
    let (ada, bob, carol) = (
        client.user("ada").await,
        client.user("bob").await,
        client.user("carol").await,
    );
    let sales = client.group("Sales", &[&ada, &ada]).await;
    let path = format!("/Groups/{sales}");
    let made = client.get(&path).await;
    assert_eq!(
        made.body["members"],
        json!([{"value": ada, "type": "User", "display": "ada", "$ref": format!("/Users/{ada}")}])
    );

    let changed = client
        .patch(
            &path,
            json!([
                {"op": "add", "path": "members", "value": [{"value": bob}, {"value": carol}]}, remove(&ada),
            ]),
        )
        .await;
    assert_eq!(members(&changed), [bob.clone(), carol.clone()]);
    assert_ne!(changed.version(), made.version());
    let again = client
        .patch(
            &path,
            json!([
                {"op": "add", "path": "members", "value": [{"value": bob}]}, remove(&ada), remove("nobody"),
            ]),
        )
        .await;
    assert_eq!(
        again.version(),
        changed.version(),
        "members that are there, and removals of those that are not, change nothing"
    );

    let replaced = client
        .patch(
            &path,
            json!([{"op": "replace", "path": "members", "value": [{"value": ada}, {"value": bob}]}]),
        )
        .await;
    assert_eq!(members(&replaced), [ada.clone(), bob.clone()]);
    let renamed = client
        .patch(
            &path,
            json!([{"op": "replace", "value": {"displayName": "Sellers"}}]),
        )
        .await;
    assert_eq!(
        (renamed.text("displayName").as_str(), members(&renamed).len()),
        ("Sellers", 2)
    );
    let small = client
        .send("GET", &format!("{path}?excludedAttributes=members"), &[], None)
        .await;
    assert!(small.body.get("members").is_none());
    let by_filter = client
        .patch(
            &path,
            json!([{"op": "remove", "path": "members[display eq \"bob\" or display eq \"carol\"]"}]),
        )
        .await;
    assert_eq!(members(&by_filter), [ada.as_str()]);
    assert_eq!(
        members(
            &client
                .patch(&path, json!([{"op": "remove", "path": "members"}]))
                .await
        )
        .len(),
        0
    );
}

#[tokio::test]
async fn members_must_exist_and_a_refusal_changes_nothing() {
    let client = client();
    let ada = client.user("ada").await;
    let sales = client.group("Sales", &[]).await;
    let path = format!("/Groups/{sales}");
    for value in [
        json!([{"value": ada}, {"value": "nobody"}]),
        json!([{"value": ada, "type": "Group"}]),
        json!([{"display": "ada"}]),
    ] {
        let answer = client
            .patch(&path, json!([{"op": "add", "path": "members", "value": value}]))
            .await;
        assert_eq!(answer.refusal(), (400, "invalidValue".to_owned()));
    }
    assert_eq!(
        client.post("/Groups", group("Ops", &["nobody"])).await.refusal(),
        (400, "invalidValue".to_owned())
    );
    let entra = client
        .patch(
            &path,
            json!([{"op": "Remove", "path": "members", "value": [{"value": ada}]}]),
        )
        .await;
    assert_eq!(
        entra.refusal(),
        (400, "invalidValue".to_owned()),
        "never read as: remove everybody"
    );
    assert!(members_of(&client, &sales).await.is_empty());
    assert_eq!(
        client.search("/Groups", "displayName eq \"Ops\"").await.body["totalResults"],
        0
    );
}

#[tokio::test]
async fn who_is_deleted_leaves_all_groups() {
    let client = client();
    let (ada, bob) = (client.user("ada").await, client.user("bob").await);
    let inner = client.group("Inner", &[&ada, &bob]).await;
    let outer = client.group("Outer", &[&inner, &ada]).await;
    let version = client.get(&format!("/Groups/{outer}")).await.version();
    assert_eq!(client.delete(&format!("/Users/{ada}")).await.status, 204);
    assert_eq!(
        (
            members_of(&client, &inner).await,
            members_of(&client, &outer).await
        ),
        (vec![bob.clone()], vec![inner.clone()])
    );
    assert_ne!(client.get(&format!("/Groups/{outer}")).await.version(), version);
    assert_eq!(client.delete(&format!("/Groups/{inner}")).await.status, 204);
    assert!(members_of(&client, &outer).await.is_empty());
    assert!(
        client
            .get(&format!("/Users/{bob}"))
            .await
            .body
            .get("groups")
            .is_none()
    );
}

#[tokio::test]
async fn a_group_is_never_in_itself() {
    let client = client();
    let bottom = client.group("Bottom", &[]).await;
    let middle = client.group("Middle", &[&bottom]).await;
    let top = client.group("Top", &[&middle]).await;
    for inside in [&bottom, &middle, &top] {
        let add = json!([{"op": "add", "path": "members", "value": [{"value": inside}]}]);
        assert_eq!(
            client.patch(&format!("/Groups/{bottom}"), add).await.refusal(),
            (400, "invalidValue".to_owned())
        );
    }
    assert_eq!(
        client
            .patch(
                &format!("/Groups/{top}"),
                json!([{"op": "add", "path": "members", "value": [{"value": bottom}]}])
            )
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_user_says_which_groups_they_are_in() {
    let client = client();
    let ada = client.user("ada").await;
    let sales = client.group("Sales", &[&ada]).await;
    let path = format!("/Users/{ada}");
    let wanted =
        json!([{"value": sales, "display": "Sales", "type": "direct", "$ref": format!("/Groups/{sales}")}]);
    assert_eq!(client.get(&path).await.body["groups"], wanted);
    assert_eq!(
        client.get("/Users?attributes=groups").await.body["Resources"][0]["groups"],
        wanted
    );
    assert_eq!(
        client
            .search("/Users", &format!("groups.value eq \"{sales}\""))
            .await
            .each("userName"),
        ["ada"]
    );
    assert_eq!(
        client
            .search("/Groups", &format!("members.value eq \"{ada}\""))
            .await
            .each("displayName"),
        ["Sales"]
    );
    assert_eq!(
        client
            .patch(&path, json!([{"op": "add", "path": "groups", "value": []}]))
            .await
            .refusal(),
        (400, "mutability".to_owned())
    );

    client
        .patch(
            &path,
            json!([{"op": "add", "path": "displayName", "value": "Ada L"}]),
        )
        .await;
    assert_eq!(
        client.get(&format!("/Groups/{sales}")).await.body["members"][0]["display"],
        "Ada L",
        "a new name is seen in the groups"
    );
}
