//! The service over HTTP: a bearer token, and absolute locations.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::problem::ScimProblem;
use super::{SandboxError, Service};

/// Serves until `shutdown` is ready and all running requests are answered.
pub async fn serve(
    listener: tokio::net::TcpListener,
    service: Service,
    token: SecretString,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), SandboxError> {
    serve_router(listener, service.router(), &token, shutdown).await
}

/// Serves a router that has layers around the service: a recorder, a dialect, faults.
pub async fn serve_router(
    listener: tokio::net::TcpListener,
    router: Router,
    token: &SecretString,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), SandboxError> {
    let expected: [u8; 32] = Sha256::digest(token.expose_secret().as_bytes()).into();
    let router = router
        .layer(from_fn(locate))
        .layer(from_fn_with_state(expected, authenticate));
    Ok(axum::serve(listener, router)
        .with_graceful_shutdown(shutdown)
        .await?)
}

/// Lets a request with the right token pass. It compares digests, so that the time of the comparison tells
/// nothing about the token.
async fn authenticate(State(expected): State<[u8; 32]>, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let is_right = given.is_some_and(|(_, token)| {
        let given: [u8; 32] = Sha256::digest(token.trim().as_bytes()).into();
        given
            .iter()
            .zip(&expected)
            .fold(0, |difference, (left, right)| difference | (left ^ right))
            == 0
    });
    if is_right {
        return next.run(request).await;
    }
    let mut answer =
        ScimProblem::new(StatusCode::UNAUTHORIZED, "a valid bearer token is required").into_response();
    answer.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"wpsync sandbox\""),
    );
    answer
}

/// Makes locations absolute, with the host that the client used.
///
/// The service writes `"location":"/…` and `"$ref":"/…`. Inside a JSON text its quotes would be escaped, so
/// these bytes are always locations.
async fn locate(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| is_host(host))
        .map(str::to_owned);
    let answer = next.run(request).await;
    let Some(host) = host else { return answer };
    let root = format!("http://{host}");
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return ScimProblem::internal(&"an answer broke off").into_response();
    };
    if let Some(location) = parts
        .headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.starts_with('/'))
        && let Ok(location) = HeaderValue::from_str(&format!("{root}{location}"))
    {
        parts.headers.insert(header::LOCATION, location);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(absolute(&body, root.as_bytes())))
}

/// Whether a text is a host and a port, without characters that could end a JSON text.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

fn absolute(body: &[u8], root: &[u8]) -> Vec<u8> {
    const BEFORE: [&[u8]; 2] = [b"\"location\":\"", b"\"$ref\":\""];
    let mut out = Vec::with_capacity(body.len() + body.len() / 8);
    let mut rest = body;
    while let Some(at) = rest.windows(3).position(|three| three == b":\"/") {
        let (done, after) = rest.split_at(at + 2);
        out.extend_from_slice(done);
        if BEFORE.iter().any(|before| out.ends_with(before)) {
            out.extend_from_slice(root);
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locations_become_absolute() {
        let body =
            br#"{"location":"/Users/1","x":"/y","z":"\"location\":\"/Users/2","m":[{"$ref":"/Groups/3"}]}"#;
        let wanted = [
            r#"{"location":"http://h:1/Users/1","x":"/y","z":"\"location\":\"/Users/2","#,
            r#""m":[{"$ref":"http://h:1/Groups/3"}]}"#,
        ]
        .concat();
        assert_eq!(String::from_utf8_lossy(&absolute(body, b"http://h:1")), wanted);
    }
}
