//! Plain HTTP with a bearer token, for what tests do behind wpsync's back.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value as Json;
use tokio::runtime::Runtime;

/// Where proxies and requests of all tests run; the tests themselves are plain functions.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// How long a server may say that it was asked too much.
const LONGEST_LIMIT: Duration = Duration::from_secs(30);

/// Speaks to one SCIM base.
pub(crate) struct Http {
    client: Client,
    base: String,
    token: String,
}

impl Http {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_mins(1))
            .build()
            .expect("a client");
        Self {
            client,
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Whether the service is there.
    pub(crate) fn answers(&self) -> bool {
        let request = self
            .client
            .get(format!("{}/ServiceProviderConfig", self.base))
            .bearer_auth(&self.token);
        RUNTIME
            .block_on(async { request.send().await })
            .is_ok_and(|answer| answer.status().is_success())
    }

    /// What is at a target, which must be there.
    pub(crate) fn get(&self, target: &str) -> Json {
        self.send(&Method::GET, target, None)
    }

    /// Changes a resource, as somebody else would.
    pub(crate) fn patch(&self, target: &str, operations: &Json) {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
        });
        self.send(&Method::PATCH, target, Some(&body));
    }

    /// Makes a resource, as somebody else would, and returns its id.
    pub(crate) fn post(&self, target: &str, body: &Json) -> String {
        self.send(&Method::POST, target, Some(body))["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// Deletes a resource, as somebody else would.
    pub(crate) fn delete(&self, target: &str) {
        self.send(&Method::DELETE, target, None);
    }

    fn send(&self, method: &Method, target: &str, body: Option<&Json>) -> Json {
        let url = format!("{}/{target}", self.base);
        let mut request = self.client.request(method.clone(), &url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/scim+json")
                .body(body.to_string());
        }
        let patience = Instant::now() + LONGEST_LIMIT;
        loop {
            let again = request.try_clone().expect("a body in memory");
            let (status, text) = RUNTIME.block_on(async {
                let answer = again.send().await.expect("an answer");
                (answer.status(), answer.text().await.expect("a whole answer"))
            });
            if status == StatusCode::TOO_MANY_REQUESTS && Instant::now() < patience {
                std::thread::sleep(Duration::from_secs(1));
                continue;
            }
            assert!(status.is_success(), "{method} {url}: {status} {text}");
            return if text.is_empty() {
                Json::Null
            } else {
                serde_json::from_str(&text).expect("JSON")
            };
        }
    }
}
