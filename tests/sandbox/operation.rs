//! The service as a whole: its file, bulk requests, discovery, HTTP, recording.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wpsync::sandbox::{Recorder, SandboxError, Service, serve};

use crate::support::{Client, GROUP, USER, client, group, service, user};

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("directory.db");
    let (ada, sales) = {
        let service = Service::open(&path).expect("a new file");
        let client = Client(service.router());
        let ada = client.user("ada").await;
        (ada.clone(), client.group("Sales", &[&ada]).await)
    };
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).expect("a file").permissions());
        assert_eq!(mode & 0o777, 0o600, "people's data is nobody else's");
    }
    // As after a kill: a copy of the file as it stands, taken while the service runs.
    let service = Service::open(&path).expect("the same file");
    let client = Client(service.router());
    let bob = client.user("bob").await;
    let copy = directory.path().join("copy.db");
    std::fs::copy(&path, &copy).expect("copied");
    let restored = Client(
        Service::open(&copy)
            .expect("a file that was never closed opens")
            .router(),
    );
    assert_eq!(restored.get("/Users").await.each("id"), [ada.clone(), bob]);
    assert_eq!(
        restored.get(&format!("/Groups/{sales}")).await.body["members"][0]["value"],
        ada.as_str()
    );
    assert_eq!(restored.post("/Users", user("ADA")).await.refusal().0, 409);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_why() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("directory.db");
    let service = Service::open(&path).expect("a new file");
    assert!(matches!(Service::open(&path), Err(SandboxError::InUse { .. })));
    drop(service);
    Service::open(&path).expect("free again");

    let other = directory.path().join("people.csv");
    std::fs::write(&other, "userName,title\n".repeat(1_000)).expect("written");
    let error = Service::open(&other).expect_err("not a directory file");
    assert!(matches!(error, SandboxError::NotADirectoryFile { .. }), "{error}");
    assert!(
        std::fs::read_to_string(&other)
            .expect("read")
            .starts_with("userName"),
        "and it is left as it was"
    );
    assert!(matches!(
        Service::open(&directory.path().join("no/where.db")),
        Err(SandboxError::Unusable { .. })
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_creates_of_one_name_one_is_done() {
    let client = client();
    let tries: Vec<_> = (0..32)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { client.post("/Users", user("ada")).await.status }
            })
        })
        .collect();
    let mut created = 0;
    for one in tries {
        match one.await.expect("no panic") {
            201 => created += 1,
            status => assert_eq!(status, 409),
        }
    }
    assert_eq!(
        (created, &client.get("/Users").await.body["totalResults"]),
        (1, &json!(1))
    );
}

fn bulk(operations: &[Value]) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "reads as a literal where it is used"
)]
fn create(kind: &str, bulk_id: &str, data: Value) -> Value {
    json!({"method": "POST", "path": kind, "bulkId": bulk_id, "data": data})
}

fn statuses(body: &Value) -> Vec<&str> {
    body["Operations"]
        .as_array()
        .expect("operations")
        .iter()
        .map(|operation| operation["status"].as_str().expect("text"))
        .collect()
}

#[tokio::test]
async fn a_bulk_request_refers_forwards_and_in_circles() {
    let client = client();
    let boss = |name: &str, of: &str| {
        let urn = crate::support::ENTERPRISE;
        json!({"schemas": [USER, urn], "userName": name, urn: {"manager": {"value": format!("bulkId:{of}")}}})
    };
    let answer = client
        .post(
            "/Bulk",
            bulk(&[
                create("/Groups", "g", group("Sales", &["bulkId:a", "bulkId:h"])),
                create("/Groups", "h", group("Inner", &["bulkId:b"])),
                create("/Users", "a", boss("ada", "b")),
                create("/Users", "b", boss("bob", "a")),
                json!({"method": "PATCH", "path": "/Users/bulkId:a", "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "add", "path": "title", "value": "x"}] }}),
            ]),
        )
        .await;
    assert_eq!(
        (answer.status, statuses(&answer.body)),
        (200, vec!["201", "201", "201", "201", "200"])
    );
    let group = client
        .get(
            answer.body["Operations"][0]["location"]
                .as_str()
                .expect("a location"),
        )
        .await;
    assert_eq!(group.body["members"].as_array().map(Vec::len), Some(2));
    let ada = client
        .search("/Users", "userName eq \"ada\" and title eq \"x\"")
        .await;
    assert_eq!(ada.body["totalResults"], 1);
}

#[tokio::test]
async fn a_bulk_request_answers_for_each_operation() {
    let client = client();
    let ada = client.user("ada").await;
    let operations = [
        create("/Users", "a", user("ADA")),
        create("/Groups", "g", group("Sales", &["bulkId:a"])),
        create("/Groups", "x", group("Ops", &["bulkId:unknown"])),
        create(
            "/Groups",
            "self",
            json!({"schemas": [GROUP], "displayName": "Self", "members": [{"value": "bulkId:self"}]}),
        ),
        json!({"method": "DELETE", "path": format!("/Users/{ada}"), "version": "W/\"9\""}),
        json!({"method": "GET", "path": "/Users"}),
        create("/Users", "b", user("bob")),
    ];
    let answer = client.post("/Bulk", bulk(&operations)).await;
    assert_eq!(
        statuses(&answer.body),
        ["409", "409", "409", "400", "412", "400", "201"]
    );
    assert_eq!(answer.body["Operations"][0]["response"]["scimType"], "uniqueness");
    assert_eq!(
        client.get("/Groups").await.body["totalResults"],
        0,
        "what was refused left nothing"
    );

    let mut stopping = bulk(&operations);
    stopping["failOnErrors"] = json!(1);
    assert_eq!(statuses(&client.post("/Bulk", stopping).await.body), ["409"]);
    let many: Vec<Value> = (0..1_001)
        .map(|number| create("/Users", &number.to_string(), user(&number.to_string())))
        .collect();
    assert_eq!(client.post("/Bulk", bulk(&many)).await.refusal().0, 413);
    assert_eq!(
        client
            .post(
                "/Bulk",
                bulk(&[create("/Users", "big", json!({"title": "x".repeat(5 << 20)}))])
            )
            .await
            .refusal()
            .0,
        413
    );
}

#[tokio::test]
async fn the_service_says_what_it_can() {
    let client = client();
    let config = client.get("/ServiceProviderConfig").await.body;
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    assert_eq!(
        (&config["pagination"]["cursor"], &config["filter"]["maxResults"]),
        (&json!(true), &json!(1_000))
    );
    for (list, count) in [("/ResourceTypes", 2), ("/Schemas", 3)] {
        let listed = client.get(list).await;
        assert_eq!(listed.body["totalResults"], count);
        for id in listed.each("id") {
            assert_eq!(client.get(&format!("{list}/{id}")).await.text("id"), id);
        }
        assert_eq!(
            client.get(&format!("{list}?filter=id%20pr")).await.refusal().0,
            403
        );
        assert_eq!(client.get(&format!("{list}/nope")).await.refusal().0, 404);
    }
}

#[tokio::test]
async fn a_recorder_hears_every_request_and_no_token() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder::new({
        let heard = heard.clone();
        move |exchange| heard.lock().expect("a lock").push(exchange.clone())
    });
    let client = Client(recorder.around(service().router()));
    client
        .send(
            "POST",
            "/Users",
            &[("authorization", "Bearer secret")],
            Some(&user("ada")),
        )
        .await;
    client.get("/Users?count=1").await;
    let heard = heard.lock().expect("a lock");
    assert_eq!(
        heard
            .iter()
            .map(wpsync::sandbox::Exchange::is_write)
            .collect::<Vec<_>>(),
        [true, false]
    );
    let line: Value = serde_json::from_str(&heard[0].to_json()).expect("JSON");
    assert_eq!(
        line,
        json!({"method": "POST", "path": "/Users", "query": null, "body": user("ada"), "status": 201})
    );
    assert_eq!(heard[1].query.as_deref(), Some("count=1"));
    assert!(!heard[0].to_json().contains("secret"));
}

#[tokio::test]
async fn over_http_a_token_is_needed_and_locations_are_absolute() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, service(), "right".to_owned().into(), async {
        let _ = stopped.await;
    }));
    let http = reqwest::Client::new();
    for token in [None, Some("wrong"), Some("")] {
        let mut request = http.get(format!("{origin}/Users"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.headers().contains_key("www-authenticate")
            ),
            (401, true)
        );
    }
    let made = http
        .post(format!("{origin}/Users"))
        .bearer_auth("right")
        .body(user("ada").to_string())
        .header("content-type", "application/json");
    let made = made.send().await.expect("an answer");
    assert_eq!(made.status().as_u16(), 201);
    let location = made.headers()["location"].to_str().expect("text").to_owned();
    let body: Value = serde_json::from_str(&made.text().await.expect("a body")).expect("JSON");
    assert_eq!(
        (location.as_str(), location.starts_with(&origin)),
        (body["meta"]["location"].as_str().expect("a location"), true)
    );
    assert_eq!(
        http.get(&location)
            .bearer_auth("right")
            .send()
            .await
            .expect("an answer")
            .status()
            .as_u16(),
        200
    );
    stop.send(()).expect("still serving");
    serving.await.expect("no panic").expect("stopped well");
}
