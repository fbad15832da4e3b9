//! The service as another one: a layer around the router that behaves as a dialect says that service does.
//! Its caps, its refusals, its limits on speed, and its lies.
//!
//! Everything is read from the same [`Dialect`] that the client reads; no service is known by name here. What
//! the store cannot hold, or holds in another form, is turned round on its way in and out ([`wire`]); what
//! the service would not do is refused before it is done ([`refusals`], [`limits`]). Nothing of the client's
//! codec is used, so that a mistake there shows.

mod call;
mod config;
mod lag;
mod limits;
mod listing;
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

pub use limits::Pace;

use self::call::{Call, Reply, Target, not_offered, nowhere};
use self::lag::Lag;
use self::limits::Limits;
use self::spot::Tree;
use self::wire::Wire;
use super::problem::Problem;
use super::request::Parameters;
use super::{Clock, Service};
use crate::dialect::Dialect;
use crate::dialect::Ids;
use crate::dialect::Method;
use crate::dialect::Versions;
use crate::model::{Kind, fold};

type Answer = Result<Response, Box<Response>>;

impl From<Problem> for Box<Response> {
    fn from(problem: Problem) -> Self {
        Self::new(problem.into_response())
    }
}

/// A service that behaves as a dialect says. Clones are the same service.
#[derive(Clone)]
pub struct Emulation {
    dialect: Arc<Dialect>,
    store: Router,
    clock: Clock,
    wire: Arc<Wire>,
    limits: Arc<Limits>,
    lag: Arc<Lag>,
    /// Who has used their account, by folded name.
    claimed: Arc<BTreeSet<String>>,
    /// What stands before the endpoints' paths.
    base: Arc<str>,
}

impl std::fmt::Debug for Emulation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Emulation of {}", self.dialect.name)
    }
}

impl Emulation {
    /// The service over a directory, as the dialect says. People of the `claimed` names have used their
    /// accounts.
    pub fn new(service: &Service, dialect: Dialect, claimed: &[String]) -> Self {
        Self {
            store: service.clone().with_extensions(&dialect.extensions).router(),
            clock: service.options.clock.clone(),
            wire: Arc::new(Wire::of(&dialect)),
            limits: Arc::new(Limits::of(&dialect)),
            lag: Arc::new(Lag::of(dialect.visibility_lag)),
            claimed: Arc::new(claimed.iter().map(|name| fold(name)).collect()),
            base: "".into(),
            dialect: Arc::new(dialect),
        }
    }

    /// The service's routes, at `/`. Without authentication: whoever has the router is inside.
    pub fn router(&self) -> Router {
        Router::new().fallback(answer).with_state(self.clone())
    }

    /// The service's routes below the path that its base URL has, and that path.
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

    /// How clients have kept to the limits.
    pub fn pace(&self) -> Pace {
        self.limits.pace()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn handle(&self, call: Call) -> Answer {
        self.limits
            .admit((call.method, &call.path, call.body.len()), self.now())?;
        self.check_headers(&call.headers)?;
        let target = call.target();
        match &target {
            Target::List(kind) | Target::One(kind, _) => self.check_offer(*kind, call.method)?,
            Target::Search(kind) => self.check_offer(*kind, Method::Get)?,
            _ => {}
        }
        match (target, call.method) {
            (Target::Config, Method::Get) => Ok(self.config()),
            (Target::List(kind), Method::Get) => {
                self.list(kind, &Parameters::from_url(call.query.as_deref()))
                    .await
            }
            (Target::Search(kind), Method::Post) => {
                self.list(kind, &Parameters::from_search(&Value::Object(call.tree()?))?)
                    .await
            }
            (Target::List(kind), Method::Post) => self.create(kind, &call).await,
            (Target::One(kind, id), Method::Get) => self.read(kind, &id, &call).await,
            (Target::One(kind, id), Method::Put | Method::Patch) => self.change(kind, &id, &call).await,
            (Target::One(kind, id), Method::Delete) => self.delete(kind, &id, &call).await,
            (Target::Bulk, Method::Post) => self.bulk(&call).await,
            (Target::Other, Method::Get) => {
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
            (Target::Nowhere, _) => Err(nowhere().into()),
            _ => Err(not_offered().into()),
        }
    }

    /// Asks the store.
    async fn ask(&self, method: Method, target: &str, body: Option<&Tree>) -> Result<Reply, Problem> {
        self.ask_if(method, target, (body, None)).await
    }

    /// Asks the store, on the condition of a header.
    async fn ask_if(
        &self,
        method: Method,
        target: &str,
        (body, condition): (Option<&Tree>, Option<(header::HeaderName, HeaderValue)>),
    ) -> Result<Reply, Problem> {
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
            .body(body.map_err(|error| Problem::internal(&error))?)
            .map_err(|error| Problem::internal(&error))?;
        let Ok(answer) = self.store.clone().oneshot(request).await;
        Reply::read(answer).await
    }

    /// The condition of a request, where the service heeds it.
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

    /// Makes a resource of the store what the service shows of it.
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
            Value::Array(all) => all.iter_mut().for_each(|one| self.below_base(one)),
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

/// The path of a base URL, its placeholders filled in with their own names.
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
