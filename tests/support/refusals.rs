//! What a service refuses for good: whenever it is in a request, the request is refused.

use serde_json::Value as Json;
use wpsync::dialect::Method;
use wpsync::wire::Request;

use super::fault::Fault;
use super::line::{Asked, Script};
use super::operation::body;

/// What is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// A person or group: every write of its own, by its name or id.
    Resource(String),
    /// A person or group as a member, by its id or, of one that is made later, its name in the request.
    Member(String),
    /// A person or group in the body of a Bulk request, by its name or id.
    InBulk(String),
}

/// A refusal that stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    pub of: Refused,
    pub status: u16,
}

impl Refusal {
    /// Whether a request has in it what is refused.
    pub fn is_met_by(&self, request: &Request) -> bool {
        if request.method == Method::Get {
            return false;
        }
        let path = request.path.as_str();
        match &self.of {
            Refused::Resource(it) => {
                let body = body(request);
                let is_named = |name: &str| body[name].as_str().is_some_and(|name| name == it);
                path.rsplit('/').next() == Some(it.as_str())
                    || request.method == Method::Post && ["userName", "displayName"].into_iter().any(is_named)
            }
            Refused::Member(it) => path.starts_with("/Groups") && names(&body(request), it),
            Refused::InBulk(it) => path.starts_with("/Bulk") && names(&body(request), it),
        }
    }
}

/// Whether a text is somewhere in a request's body, or is what one of its filters asks for.
fn names(body: &Json, it: &str) -> bool {
    match body {
        Json::String(text) => {
            text == it || text.contains(&format!("\"{it}\"")) || text.ends_with(&format!("/{it}"))
        }
        Json::Array(all) => all.iter().any(|one| names(one, it)),
        Json::Object(all) => all.values().any(|one| names(one, it)),
        _ => false,
    }
}

/// A script of a service that refuses these for good.
pub fn refusing(all: Vec<Refusal>) -> Script {
    Box::new(move |asked: &Asked<'_>| {
        let met = all.iter().find(|refusal| refusal.is_met_by(asked.request));
        met.map(|refusal| Fault::Status(refusal.status))
    })
}
