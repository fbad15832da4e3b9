//! Listings: pages, cursors, filters, order.

use serde_json::{Value, json};
use wpsync::model::Kind;

use crate::support::{Client, USER, client, service, user};

/// A service with users u0, u1, ….
fn crowd(count: usize) -> Client {
    let service = service();
    let bodies = (0..count).map(|number| {
        json!({
            "schemas": [USER], "userName": format!("u{number}"), "externalId": format!("{number}"),
            "active": number % 2 == 0,
        })
    });
    service.load(Kind::User, bodies).expect("loaded");
    Client(service.router())
}

#[tokio::test]
async fn many_users_are_listed_in_the_order_of_their_creation() {
    let client = crowd(5_000);
    let mut seen = Vec::new();
    while seen.len() < 5_000 {
        let page = client
            .get(&format!("/Users?startIndex={}&count=1000", seen.len() + 1))
            .await;
        assert_eq!(
            (&page.body["totalResults"], &page.body["startIndex"]),
            (&json!(5_000), &json!(seen.len() + 1))
        );
        assert_eq!(page.body["itemsPerPage"], page.each("userName").len());
        assert!(!page.each("userName").is_empty());
        seen.extend(page.each("userName"));
    }
    assert_eq!(
        seen,
        (0..5_000).map(|number| format!("u{number}")).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn pages_begin_at_one_and_end_at_the_cap() {
    let client = crowd(1_200);
    let page = async |query: &str| {
        let page = client.get(&format!("/Users?{query}")).await;
        (
            page.each("userName").first().cloned().unwrap_or_default(),
            page.each("userName").len(),
        )
    };
    assert_eq!(page("").await, ("u0".to_owned(), 100));
    assert_eq!(page("count=5000").await, ("u0".to_owned(), 1_000));
    assert_eq!(page("startIndex=0&count=1").await, ("u0".to_owned(), 1));
    assert_eq!(page("startIndex=-3&count=-1").await, (String::new(), 0));
    assert_eq!(page("startIndex=1200").await, ("u1199".to_owned(), 1));
    assert_eq!(page("startIndex=1201").await, (String::new(), 0));
    assert_eq!(client.get("/Users?count=0").await.body["totalResults"], 1_200);
    assert_eq!(
        client.get("/Users?count=many").await.refusal(),
        (400, "invalidValue".to_owned())
    );
}

#[tokio::test]
async fn a_page_after_a_write_begins_where_it_should() {
    let client = crowd(30);
    assert_eq!(client.get("/Users?count=10").await.each("userName").len(), 10);
    let first = client.get("/Users?count=1").await.body["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    client.delete(&format!("/Users/{first}")).await;
    assert_eq!(
        client.get("/Users?startIndex=11&count=1").await.each("userName"),
        ["u11"],
        "no stale page start"
    );
}

#[tokio::test]
async fn cursors_lead_through_all_even_while_rows_are_deleted() {
    let client = crowd(25);
    for query in [
        "count=10",
        "count=10&filter=active%20pr",
        "count=10&sortBy=externalId",
    ] {
        let (mut seen, mut cursor) = (0, String::new());
        loop {
            let page = client.get(&format!("/Users?{query}&cursor={cursor}")).await;
            seen += page.each("id").len();
            match page.body.get("nextCursor").and_then(Value::as_str) {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(seen, 25, "{query}");
    }
    let first = client.get("/Users?count=10&cursor=").await;
    let next = first.text("nextCursor");
    for id in first.each("id") {
        client.delete(&format!("/Users/{id}")).await;
    }
    assert_eq!(
        client
            .get(&format!("/Users?count=1&cursor={next}"))
            .await
            .each("userName"),
        ["u10"]
    );
    for query in [
        format!("filter=active%20pr&cursor={next}"),
        "cursor=nonsense".to_owned(),
    ] {
        assert_eq!(
            client.get(&format!("/Users?{query}")).await.refusal(),
            (400, "invalidCursor".to_owned())
        );
    }
    assert_eq!(client.get("/Users?cursor=&startIndex=1").await.refusal().0, 400);
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let client = crowd(20);
    let found = async |filter: &str| client.search("/Users", filter).await.each("userName");
    assert_eq!(found("userName eq \"U7\"").await, ["u7"]);
    assert_eq!(
        found("userName eq \"u7\" and active eq true").await,
        Vec::<String>::new()
    );
    assert_eq!(found("externalId eq \"1\"").await, ["u1"]);
    assert_eq!(
        found("userName sw \"u1\" and not (active eq true)").await,
        ["u1", "u11", "u13", "u15", "u17", "u19"]
    );
    let id = client.search("/Users", "userName eq \"u3\"").await.body["Resources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(found(&format!("id eq \"{id}\"")).await, ["u3"]);
    assert_eq!(
        client.search("/Groups", &format!("id eq \"{id}\"")).await.body["totalResults"],
        0
    );
    for filter in ["shoeSize eq 4", "userName", "password pr"] {
        assert_eq!(
            client.search("/Users", filter).await.refusal(),
            (400, "invalidFilter".to_owned()),
            "{filter}"
        );
    }
    let page = client
        .get("/Users?filter=active+eq+true&startIndex=9&count=5")
        .await;
    assert_eq!(
        (page.each("userName"), &page.body["totalResults"]),
        (vec!["u16".to_owned(), "u18".to_owned()], &json!(10))
    );
}

#[tokio::test]
async fn a_sorted_listing_puts_those_without_a_value_last() {
    let client = client();
    for (name, title) in [("a", Some("b")), ("b", None), ("c", Some("A"))] {
        let mut body = user(name);
        body["title"] = json!(title);
        client.created("/Users", body).await;
    }
    assert_eq!(
        client.get("/Users?sortBy=title").await.each("userName"),
        ["c", "a", "b"]
    );
    assert_eq!(
        client
            .get("/Users?sortBy=TITLE&sortOrder=descending")
            .await
            .each("userName"),
        ["b", "a", "c"]
    );
    assert_eq!(client.get("/Users?sortBy=nope").await.refusal().0, 400);
}

#[tokio::test]
async fn a_search_can_be_posted() {
    let client = client();
    client.user("ada").await;
    client.group("Ada", &[]).await;
    let search = |filter: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter, "count": 5,
            "attributes": ["id"],
        })
    };
    let users = client.post("/Users/.search", search("userName eq \"ada\"")).await;
    assert_eq!((users.status, &users.body["totalResults"]), (200, &json!(1)));
    assert!(users.body["Resources"][0].get("userName").is_none());
    let both = client
        .post(
            "/.search",
            search("meta.resourceType eq \"Group\" or userName eq \"ada\""),
        )
        .await;
    assert_eq!(both.status, 200, "{:?}", both.body);
    assert_eq!(
        client.post("/.search", search("id pr")).await.body["totalResults"],
        2
    );
    assert_eq!(
        client.post("/.search", search("shoeSize pr")).await.refusal(),
        (400, "invalidFilter".to_owned())
    );
    assert_eq!(client.post("/.search", json!({})).await.refusal().0, 400);
}
