//! The service's description of itself (RFC 7644, section 4; RFC 7643, sections 5 to 7; RFC 9865, section 4).

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::problem::ScimProblem;
use super::request::Parameters;
use super::response::scim;
use super::schema::{DOCUMENTS, Schemas};
use super::service::Service;
use super::{bulk, page};
use crate::model::{AttributeDefinition, Kind};

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route(
            "/ServiceProviderConfig",
            get(|RawQuery(query): RawQuery| async move {
                refuse_filter(query.as_deref()).map(|()| answer(&config()))
            }),
        )
        .route(
            "/ResourceTypes",
            get(
                |State(service): State<Service>, RawQuery(query): RawQuery| async move {
                    all(query.as_deref(), &resource_types(service.schemas))
                },
            ),
        )
        .route(
            "/ResourceTypes/{id}",
            get(
                |State(service): State<Service>, Path(id): Path<String>| async move {
                    one(resource_types(service.schemas), &id)
                },
            ),
        )
        .route(
            "/Schemas",
            get(
                |State(service): State<Service>, RawQuery(query): RawQuery| async move {
                    all(query.as_deref(), &schemas(service.schemas))
                },
            ),
        )
        .route(
            "/Schemas/{id}",
            get(
                |State(service): State<Service>, Path(id): Path<String>| async move {
                    one(schemas(service.schemas), &id)
                },
            ),
        )
}

fn answer(body: &Value) -> Response {
    scim(StatusCode::OK, body.to_string().into_bytes())
}

/// Refuses a filter with 403 (RFC 7644, section 4). An unfiltered answer would look like the result.
fn refuse_filter(query: Option<&str>) -> Result<(), ScimProblem> {
    if Parameters::from_url(query).has("filter") {
        return Err(ScimProblem::new(
            StatusCode::FORBIDDEN,
            "discovery endpoints take no filter",
        ));
    }
    Ok(())
}

fn all(query: Option<&str>, resources: &[Value]) -> Result<Response, ScimProblem> {
    refuse_filter(query)?;
    let count = resources.len();
    Ok(answer(&json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": count,
        "itemsPerPage": count,
        "startIndex": 1,
        "Resources": resources,
    })))
}

fn one(resources: Vec<Value>, id: &str) -> Result<Response, ScimProblem> {
    let found = resources.into_iter().find(|resource| {
        resource["id"]
            .as_str()
            .is_some_and(|found| found.eq_ignore_ascii_case(id))
    });
    found
        .map(|found| answer(&found))
        .ok_or_else(|| ScimProblem::not_found(&format!("{id:?}")))
}

fn config() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {
            "supported": true,
            "maxOperations": bulk::MAX_OPERATIONS,
            "maxPayloadSize": bulk::MAX_PAYLOAD,
        },
        "filter": {"supported": true, "maxResults": page::MAX_COUNT},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": page::DEFAULT_COUNT,
            "maxPageSize": page::MAX_COUNT,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token that the service was started with (RFC 6750)",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": "/ServiceProviderConfig"},
    })
}

fn resource_types(schemas: &Schemas) -> Vec<Value> {
    let describe = |kind: Kind| {
        let resource_type = schemas.of(kind);
        let extensions: Vec<Value> = resource_type
            .extensions
            .iter()
            .map(|extension| json!({"schema": extension.id, "required": false}))
            .collect();
        let mut described = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": resource_type.name,
            "name": resource_type.name,
            "description": resource_type.name,
            "endpoint": format!("/{}", kind.endpoint()),
            "schema": resource_type.urn,
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("/ResourceTypes/{}", resource_type.name),
            },
        });
        if !extensions.is_empty() {
            described["schemaExtensions"] = extensions.into();
        }
        described
    };
    Kind::ALL.into_iter().map(describe).collect()
}

/// The documents of `schemas/scim/`, and the service's own extensions.
fn schemas(schemas: &Schemas) -> Vec<Value> {
    let describe = |mut document: Value| {
        let location = format!("/Schemas/{}", document["id"].as_str().unwrap_or_default());
        document["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]);
        document["meta"] = json!({"resourceType": "Schema", "location": location});
        document
    };
    let own = schemas.own().map(|extension| {
        let attribute = |definition: &AttributeDefinition| {
            json!({"name": definition.name, "multiValued": definition.multi_valued})
        };
        let attributes: Vec<_> = extension.attributes.iter().map(attribute).collect();
        json!({"id": extension.id, "name": extension.name, "attributes": attributes})
    });
    let shipped = DOCUMENTS
        .into_iter()
        .map(|text| serde_json::from_str(text).unwrap_or_default());
    shipped.chain(own).map(describe).collect()
}
