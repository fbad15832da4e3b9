//! The service's endpoints (RFC 7644, section 3.2).

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use super::compose::{tree, write_resource};
use super::problem::ScimProblem;
use super::request::{MAX_BODY, Parameters, header, json};
use super::response::{header_value, scim, with_version};
use super::schema::Schemas;
use super::selection::{AttributeSelection, ResponseForm};
use super::service::{Service, blocking};
use super::store::{RowSource, Slot, Tables, Writing};
use super::write::{self, Addressed, Written};
use super::{bulk, discovery, document, list, version};
use crate::model::Kind;

type ServiceAnswer = Result<Response, ScimProblem>;

impl Service {
    /// The service's routes, at `/`. There is no authentication: every caller of the router has access.
    pub fn router(&self) -> Router {
        router(self.clone())
    }
}

fn router(service: Service) -> Router {
    Router::new()
        .merge(of_kind(Kind::User))
        .merge(of_kind(Kind::Group))
        .route(
            "/",
            get(
                |State(service): State<Service>, RawQuery(query): RawQuery| async move {
                    list_url(service, &Kind::ALL, query).await
                },
            ),
        )
        .route(
            "/.search",
            post(|State(service): State<Service>, body: RawBody| async move {
                search(service, &Kind::ALL, body).await
            }),
        )
        .route("/Bulk", post(run_bulk))
        .route(
            "/Me",
            any(|| async {
                ScimProblem::new(
                    StatusCode::NOT_IMPLEMENTED,
                    "this service has no sign-in, so /Me is nobody",
                )
            }),
        )
        .merge(discovery::router())
        .fallback(|| async { ScimProblem::new(StatusCode::NOT_FOUND, "there is no such endpoint") })
        .method_not_allowed_fallback(|| async {
            ScimProblem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "the endpoint does not take this method",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(service)
}

/// `/Users` and `/Groups`.
fn of_kind(kind: Kind) -> Router<Service> {
    let kinds: &'static [Kind] = match kind {
        Kind::User => &[Kind::User],
        Kind::Group => &[Kind::Group],
    };
    let root = format!("/{}", kind.endpoint());
    let all =
        get(move |State(service): State<Service>, RawQuery(query): RawQuery| list_url(service, kinds, query))
            .post(
                move |State(service): State<Service>, call: ResourceCall| async move {
                    create(service, kind, call).await
                },
            );
    let single = get(
        move |State(service): State<Service>, Path(id): Path<String>, call: ResourceCall| async move {
            read(&service, kind, &id, &call)
        },
    )
    .put(
        move |State(service): State<Service>, Path(id): Path<String>, call: ResourceCall| {
            change(service, kind, id, call, write::replace)
        },
    )
    .patch(
        move |State(service): State<Service>, Path(id): Path<String>, call: ResourceCall| {
            change(service, kind, id, call, write::patch)
        },
    )
    .delete(
        move |State(service): State<Service>, Path(id): Path<String>, call: ResourceCall| {
            delete(service, kind, id, call)
        },
    );
    let searching = post(move |State(service): State<Service>, body: RawBody| search(service, kinds, body));
    Router::new()
        .route(&root, all)
        .route(&format!("{root}/.search"), searching)
        .route(&format!("{root}/{{id}}"), single)
}

/// A body within the size limit.
struct RawBody(HeaderMap, Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = ScimProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ScimProblem> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| ScimProblem::new(rejection.status(), rejection.body_text()))?;
        Ok(Self(headers, body))
    }
}

/// A request on a resource.
struct ResourceCall {
    headers: HeaderMap,
    selection: AttributeSelection,
    body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for ResourceCall {
    type Rejection = ScimProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, ScimProblem> {
        let selection = Parameters::from_url(request.uri().query()).selection()?;
        let RawBody(headers, body) = RawBody::from_request(request, state).await?;
        Ok(Self {
            headers,
            selection,
            body,
        })
    }
}

async fn list_url(service: Service, kinds: &'static [Kind], query: Option<String>) -> ServiceAnswer {
    run_query(service, kinds, Parameters::from_url(query.as_deref())).await
}

async fn search(service: Service, kinds: &'static [Kind], RawBody(headers, body): RawBody) -> ServiceAnswer {
    run_query(service, kinds, Parameters::from_search(&json(&headers, &body)?)?).await
}

async fn run_query(service: Service, kinds: &'static [Kind], parameters: Parameters) -> ServiceAnswer {
    let query = parameters.query(service.schemas, kinds)?;
    let run = move || list::list(&service.store.read()?, &service.store.pages, &query);
    Ok(scim(StatusCode::OK, blocking(run).await?))
}

fn read(service: &Service, kind: Kind, id: &str, call: &ResourceCall) -> ServiceAnswer {
    let tables = service.store.read()?;
    let sequence = write::find(&tables, kind, id)?;
    let (envelope, _) = document::split(&tables.stored(kind, sequence)?)?;
    let written = Written {
        kind,
        sequence,
        envelope,
    };
    let unchanged = header(&call.headers, &header::IF_NONE_MATCH)
        .is_some_and(|tags| version::matches(&tags, &written.envelope.version()));
    if unchanged {
        return with_version(StatusCode::NOT_MODIFIED.into_response(), &written);
    }
    with_version(
        scim(
            StatusCode::OK,
            body_of(&tables, &written, service.schemas, &call.selection)?,
        ),
        &written,
    )
}

async fn create(service: Service, kind: Kind, call: ResourceCall) -> ServiceAnswer {
    let body = json(&call.headers, &call.body)?;
    let target = service.addressed(kind, service.options.identifiers.next(), None);
    let schemas = service.schemas;
    let work = move |tables: &mut Writing<'_>| {
        let written = write::create(tables, &target, &body)?;
        Ok((body_of(tables, &written, schemas, &call.selection)?, written))
    };
    let (body, written) = service.write(work).await?;
    let mut answer = with_version(scim(StatusCode::CREATED, body), &written)?;
    answer.headers_mut().insert(
        header::LOCATION,
        header_value(&document::location(kind, &written.envelope.id))?,
    );
    Ok(answer)
}

/// A PUT or a PATCH.
type Modification = fn(&mut Writing<'_>, &Addressed, &serde_json::Value) -> Result<Written, ScimProblem>;

async fn change(
    service: Service,
    kind: Kind,
    id: String,
    call: ResourceCall,
    modify: Modification,
) -> ServiceAnswer {
    let body = json(&call.headers, &call.body)?;
    let target = service.addressed(kind, id, header(&call.headers, &header::IF_MATCH));
    let work = move |tables: &mut Writing<'_>| {
        let written = modify(tables, &target, &body)?;
        Ok((
            body_of(tables, &written, target.schemas, &call.selection)?,
            written,
        ))
    };
    let (body, written) = service.write(work).await?;
    with_version(scim(StatusCode::OK, body), &written)
}

async fn delete(service: Service, kind: Kind, id: String, call: ResourceCall) -> ServiceAnswer {
    let target = service.addressed(kind, id, header(&call.headers, &header::IF_MATCH));
    service
        .write(move |tables| write::delete(tables, &target))
        .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn run_bulk(State(service): State<Service>, RawBody(headers, body): RawBody) -> ServiceAnswer {
    bulk::check_size(&body)?;
    let body = json(&headers, &body)?;
    let store = service.clone();
    let answer = service
        .write(move |tables| bulk::run(tables, &body, &store))
        .await?;
    Ok(scim(StatusCode::OK, answer.to_string().into_bytes()))
}

/// The body of a resource, with the selected attributes.
fn body_of<T: RowSource>(
    tables: &Tables<T>,
    written: &Written,
    schemas: &'static Schemas,
    selection: &AttributeSelection,
) -> Result<Vec<u8>, ScimProblem> {
    let slot = Slot {
        kind: written.kind,
        sequence: written.sequence,
    };
    let parts = selection.parts(ResponseForm::Single);
    if selection.is_done_by_parts() {
        let mut body = Vec::new();
        write_resource(
            tables,
            slot,
            &tables.stored(written.kind, written.sequence)?,
            parts,
            &mut body,
        )?;
        return Ok(body);
    }
    let mut resource = tree(tables, slot, parts)?;
    selection.apply(schemas.of(written.kind), &mut resource);
    Ok(serde_json::Value::Object(resource).to_string().into_bytes())
}
