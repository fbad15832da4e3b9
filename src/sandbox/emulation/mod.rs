//! The sandbox as another service: a layer around the router that behaves like the service of a dialect, with
//! its caps, refusals, rate limits and false answers.
//!
//! Everything comes from the [`Dialect`]; no service is known by name here. Resources are translated on their
//! way in and out, for what the store holds in another form or not at all ([`wire`]). Requests that the
//! service would refuse do not reach the store ([`refusals`], [`limits`]). Nothing of the client's codec is
//! used, so that its mistakes show.

mod call;
mod config;
mod lag;
mod limits;
mod listing;
mod nameless;
mod operations;
mod refusals;
mod resources;
mod spot;
mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt as _;

pub use limits::PaceReport;

use self::call::{Call, CallTarget, Reply, not_offered, nowhere};
use self::lag::Lag;
use self::limits::{RateLimits, RequestFacts};
use self::spot::Tree;
use self::wire::Wire;
use super::identifiers::ServiceClock;
use super::problem::ScimProblem;
use super::request::Parameters;
use super::service::Service;
use crate::dialect::{Dialect, Ids, Method, Versions};
use crate::model::{Kind, uncased};

type EmulatedAnswer = Result<Response, Box<Response>>;

impl From<ScimProblem> for Box<Response> {
    fn from(problem: ScimProblem) -> Self {
        Self::new(problem.into_response())
    }
}

/// A service that behaves as its dialect says. Clones are the same service.
#[derive(Clone)]
pub struct Emulation {
    dialect: Arc<Dialect>,
    store: Router,
    clock: ServiceClock,
    wire: Arc<Wire>,
    limits: Arc<RateLimits>,
    lag: Arc<Lag>,
    /// The people who have used their account, by name without capitals.
    claimed: Arc<BTreeSet<String>>,
    /// The path before the endpoints.
    base: Arc<str>,
}

impl std::fmt::Debug for Emulation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Emulation of {}", self.dialect.name)
    }
}

impl Emulation {
    /// A service over a directory, as the dialect says. The people in `claimed` have used their accounts.
    pub fn new(service: &Service, dialect: Dialect, claimed: &[String]) -> Self {
        Self {
            store: service.clone().with_extensions(&dialect.extensions).router(),
            clock: service.options.clock.clone(),
            wire: Arc::new(Wire::of(&dialect)),
            limits: Arc::new(RateLimits::of(&dialect)),
            lag: Arc::new(Lag::of(dialect.visibility_lag)),
            claimed: Arc::new(claimed.iter().map(|name| uncased(name).into_owned()).collect()),
            base: "".into(),
            dialect: Arc::new(dialect),
        }
    }

    /// The service's routes, at `/`. There is no authentication: every caller of the router has access.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// The service's routes below the path of its base URL, and that path.
    pub fn at_its_base(self) -> (Router, String) {
        let base = base_path(&self.dialect.emulation.base_url);
        let here = Self {
            base: base.as_str().into(),
            ..self
        };
        if base.is_empty() {
            return (here.router(), base);
        }
        let nothing = || async { nowhere() };
        (
            Router::new().nest_service(&base, here.router()).fallback(nothing),
            base,
        )
    }

    /// How well clients have kept to the limits.
    pub fn pace(&self) -> PaceReport {
        self.limits.pace()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn handle(&self, call: Call) -> EmulatedAnswer {
        let request = RequestFacts {
            method: call.method,
            path: &call.path,
            bytes: call.body.len(),
        };
        self.limits.admit(request, self.now())?;
        self.check_headers(&call.headers)?;
        let target = call.target();
        match &target {
            CallTarget::List(kind) | CallTarget::One(kind, _) => self.check_offer(*kind, call.method)?,
            CallTarget::Search(kind) => self.check_offer(*kind, Method::Get)?,
            _ => {}
        }
        match (target, call.method) {
            (CallTarget::Config, Method::Get) => Ok(self.config()),
            (CallTarget::List(kind), Method::Get) => {
                self.list(kind, &Parameters::from_url(call.query.as_deref()))
                    .await
            }
            (CallTarget::Search(kind), Method::Post) => {
                self.list(kind, &Parameters::from_search(&Value::Object(call.tree()?))?)
                    .await
            }
            (CallTarget::List(kind), Method::Post) => self.create(kind, &call).await,
            (CallTarget::One(kind, id), Method::Get) => self.read(kind, &id, &call).await,
            (CallTarget::One(kind, id), Method::Put | Method::Patch) => self.change(kind, &id, &call).await,
            (CallTarget::One(kind, id), Method::Delete) => self.delete(kind, &id, &call).await,
            (CallTarget::Bulk, Method::Post) => self.bulk(&call).await,
            (CallTarget::Other, Method::Get) => {
                let query = call
                    .query
                    .as_ref()
                    .map(|query| format!("?{query}"))
                    .unwrap_or_default();
                Ok(self
                    .ask(Method::Get, &format!("{}{query}", call.path), None)
                    .await?
                    .into_response())
            }
            (CallTarget::Nowhere, _) => Err(nowhere().into()),
            _ => Err(not_offered().into()),
        }
    }

    /// Sends a request to the store.
    async fn ask(&self, method: Method, target: &str, body: Option<&Tree>) -> Result<Reply, ScimProblem> {
        self.ask_if(method, target, body, None).await
    }

    /// Sends a request to the store, with a header as its condition.
    async fn ask_if(
        &self,
        method: Method,
        target: &str,
        body: Option<&Tree>,
        condition: Option<(header::HeaderName, HeaderValue)>,
    ) -> Result<Reply, ScimProblem> {
        let mut request = Request::builder()
            .method(method.as_str())
            .uri(target)
            .header(header::CONTENT_TYPE, "application/scim+json");
        if let Some((name, value)) = condition {
            request = request.header(name, value);
        }
        let body = body.map_or_else(
            || Ok(Body::empty()),
            |tree| serde_json::to_vec(tree).map(Body::from),
        );
        let request = request
            .body(body.map_err(|error| ScimProblem::internal(&error))?)
            .map_err(|error| ScimProblem::internal(&error))?;
        let Ok(answer) = self.store.clone().oneshot(request).await;
        Reply::read(answer).await
    }

    /// The condition of a request, if the service respects it.
    fn condition(&self, call: &Call) -> Option<(header::HeaderName, HeaderValue)> {
        let name = if call.method == Method::Get {
            header::IF_NONE_MATCH
        } else {
            header::IF_MATCH
        };
        call.headers
            .get(&name)
            .filter(|_| self.dialect.versions != Versions::Ignored)
            .map(|value| (name, value.clone()))
    }

    /// Changes a resource of the store into the form that the service shows.
    fn show(&self, kind: Kind, tree: &mut Tree) {
        let id = tree
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let shown = match self.dialect.emulation.ids {
            Ids::External if kind == Kind::User => tree
                .get("externalId")
                .and_then(Value::as_str)
                .unwrap_or(&id)
                .to_owned(),
            _ => id,
        };
        tree.insert("id".to_owned(), shown.as_str().into());
        let base = &self.base;
        if let Some(meta) = tree.get_mut("meta").and_then(Value::as_object_mut) {
            meta.insert(
                "location".to_owned(),
                format!("{base}/{}/{shown}", kind.endpoint()).into(),
            );
        }
        if kind == Kind::Group && self.dialect.hides_members() {
            tree.remove("members");
        }
        if !base.is_empty() {
            tree.values_mut().for_each(|value| self.below_base(value));
        }
        self.wire.outward(kind, tree);
    }

    fn below_base(&self, value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|element| self.below_base(element)),
            Value::Object(parts) => {
                if let Some(Value::String(reference)) = parts
                    .get_mut("$ref")
                    .filter(|found| found.as_str().is_some_and(|text| text.starts_with('/')))
                {
                    reference.insert_str(0, &self.base);
                }
            }
            _ => {}
        }
    }
}

async fn answer(State(emulation): State<Emulation>, request: Request) -> Response {
    let call = match Call::read(request).await {
        Ok(call) => call,
        Err(problem) => return problem.into_response(),
    };
    emulation.handle(call).await.unwrap_or_else(|refusal| *refusal)
}

/// The path of a base URL. Placeholders are filled with their own names.
fn base_path(url: &str) -> String {
    let behind = url.split_once("://").map_or("", |(_, rest)| rest);
    let path = behind
        .split_once('/')
        .map_or("", |(_, path)| path)
        .trim_end_matches('/');
    if path.is_empty() {
        String::new()
    } else {
        format!("/{}", path.replace(['{', '}'], ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_path_is_that_of_the_url() {
        for (url, path) in [
            ("", ""),
            ("https://scim.example.com", ""),
            ("https://scim.example.com/", ""),
            ("https://api.example.com/scim/v2/", "/scim/v2"),
            (
                "https://{company}.example.com/scim/{tenant}/v2",
                "/scim/tenant/v2",
            ),
        ] {
            assert_eq!(base_path(url), path, "{url}");
        }
    }
}
