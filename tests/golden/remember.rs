//! A service that holds one person and one group, takes everything, and remembers what was written.

use std::sync::Mutex;

use serde_json::{Value as Json, json};
use wpsync::client::Origin;
use wpsync::client::transport::Answering;
use wpsync::client::transport::Transport;
use wpsync::dialect::Method;
use wpsync::wire::HeaderMap;
use wpsync::wire::Request;
use wpsync::wire::Response;

use crate::file::Sent;

/// The person, and how many members the group has.
pub(crate) struct Remembering {
    origin: Origin,
    active: bool,
    members: u32,
    written: Mutex<Vec<Sent>>,
}

impl Remembering {
    pub(crate) fn new(active: bool, members: u32) -> Self {
        let origin = "https://scim.example.com/v2".parse().expect("an origin");
        Self {
            origin,
            active,
            members,
            written: Mutex::default(),
        }
    }

    pub(crate) fn written(&self) -> Vec<Sent> {
        self.written.lock().expect("no panic elsewhere").clone()
    }

    fn person(&self) -> Json {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "2819c223", "externalId": "E1", "userName": "ada@example.com",
            "name": { "givenName": "Ada", "familyName": "King" },
            "displayName": "Ada King", "title": "Analyst", "active": self.active,
            "emails": [{ "type": "work", "value": "ada@example.com", "primary": true }],
            "theirOwn": { "kept": [1, { "as": "it is" }] },
        })
    }

    fn group(&self) -> Json {
        let members: Vec<Json> = (1..=self.members)
            .map(|number| json!({ "value": format!("u{number}") }))
            .collect();
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "e9e30dba", "displayName": "Sales", "members": members })
    }
}

impl Transport for Remembering {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn send(&self, request: Request) -> Answering<'_> {
        let body: Json = request
            .body
            .as_deref()
            .map_or(Json::Null, |body| serde_json::from_slice(body).expect("JSON"));
        let is_group = request.path.starts_with("/Groups");
        let (status, text) = match request.method {
            Method::Get if request.path == "/ServiceProviderConfig" => (404, String::new()),
            Method::Get | Method::Post => {
                let status = if request.method == Method::Get { 200 } else { 201 };
                (
                    status,
                    if is_group { self.group() } else { self.person() }.to_string(),
                )
            }
            _ => (204, String::new()),
        };
        if request.method != Method::Get {
            self.written.lock().expect("no panic elsewhere").push((
                request.method.as_str().to_owned(),
                request.target(),
                body,
            ));
        }
        Box::pin(std::future::ready(Ok(Response {
            status,
            headers: HeaderMap::new(),
            body: text.into(),
            received: std::time::SystemTime::now(),
        })))
    }
}
