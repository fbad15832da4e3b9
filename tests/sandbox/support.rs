//! A client with few words, so that the tests read as stories.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use wpsync::sandbox::{Identifiers, Service, ServiceClock, ServiceOptions};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Says what a client says, and keeps what it hears.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Router);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        self.text("id")
    }

    pub(crate) fn version(&self) -> String {
        self.body["meta"]["version"]
            .as_str()
            .expect("a version")
            .to_owned()
    }

    /// A text of the body, or nothing.
    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }

    /// The status and RFC 7644's word for the refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert_eq!(
            self.body["status"],
            json!(self.status.to_string()),
            "the body repeats the status as text"
        );
        (self.status, self.text("scimType"))
    }

    /// A text of each resource of a listing.
    pub(crate) fn each(&self, name: &str) -> Vec<String> {
        let resources = self.body["Resources"].as_array().expect("a listing");
        resources
            .iter()
            .map(|resource| resource[name].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// A service with ids and a clock that are the same in every run.
pub(crate) fn service() -> Service {
    let ticks = std::sync::atomic::AtomicI64::new(1_800_000_000);
    let clock = ServiceClock::new(move || {
        let second = ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        jiff::Timestamp::from_second(second).expect("a time")
    });
    Service::in_memory_with(ServiceOptions {
        clock,
        identifiers: Identifiers::seeded(1),
        ..ServiceOptions::default()
    })
}

pub(crate) fn client() -> Client {
    Client(service().router())
}

impl Client {
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let scim = ("content-type", "application/scim+json");
        for (name, value) in headers
            .iter()
            .copied()
            .chain((!headers.iter().any(|(name, _)| *name == scim.0)).then_some(scim))
        {
            request = request.header(name, value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self
            .0
            .clone()
            .oneshot(request.body(body).expect("a request"))
            .await
            .expect("an answer");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("JSON")
        };
        if !bytes.is_empty() {
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/scim+json");
        }
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, &[], Some(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send(
            "PATCH",
            path,
            &[],
            Some(&json!({"schemas": [PATCH_OP], "Operations": operations})),
        )
        .await
    }

    /// Lists what a filter finds.
    pub(crate) async fn search(&self, endpoint: &str, filter: &str) -> Answer {
        let filter = percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
        self.get(&format!("{endpoint}?filter={filter}")).await
    }

    /// Creates a user and gives the id.
    pub(crate) async fn user(&self, user_name: &str) -> String {
        self.created("/Users", user(user_name)).await
    }

    /// Creates a group of these members and gives the id.
    pub(crate) async fn group(&self, display_name: &str, members: &[&str]) -> String {
        self.created("/Groups", group(display_name, members)).await
    }

    pub(crate) async fn created(&self, endpoint: &str, body: Value) -> String {
        let answer = self.post(endpoint, body).await;
        assert_eq!(answer.status, StatusCode::CREATED.as_u16(), "{:?}", answer.body);
        answer.id()
    }
}

pub(crate) fn user(user_name: &str) -> Value {
    json!({"schemas": [USER], "userName": user_name})
}

pub(crate) fn group(display_name: &str, members: &[&str]) -> Value {
    json!({
        "schemas": [GROUP], "displayName": display_name,
        "members": members.iter().map(|id| json!({"value": id})).collect::<Vec<_>>(),
    })
}
