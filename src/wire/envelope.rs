//! Checks an answer before its content: its status, and the error in it. Foreign text is cut to a readable
//! length here. It is redacted when it becomes an error, and escaped when it is shown.

use serde_json::Value as Json;

use crate::wire::Response;
use crate::wire::failure::Failure;
use crate::wire::wait;

pub(crate) const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The largest error body that is read for its message, in bytes.
const LARGEST_ERROR: usize = 64 << 10;

/// The failure of an answer with an unwanted status.
pub(crate) fn refusal(response: &Response) -> Failure {
    let status = response.status;
    if (300..400).contains(&status) {
        let target = response.header("location").unwrap_or("nowhere");
        let detail = format!(
            "a redirect to {target}, which is not followed: the token belongs to one origin. \
             Set the URL that is meant"
        );
        return Failure::Refused {
            status,
            scim_type: None,
            detail,
            retry_after: None,
        };
    }
    let (scim_type, detail) = words(response);
    Failure::Refused {
        status,
        scim_type,
        detail,
        retry_after: wait::retry_after(response),
    }
}

/// The body as text. Every body that is parsed passes through here once.
pub(crate) fn text(response: &Response) -> Result<&str, Failure> {
    std::str::from_utf8(&response.body).map_err(|_| not_usable("it is not UTF-8"))
}

/// The failure of a body that is not the expected JSON.
pub(crate) fn not_json(response: &Response, error: &serde_json::Error) -> Failure {
    let kind = response.header("content-type").unwrap_or("no content type");
    let html = response.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    if html {
        return not_usable(&format!(
            "it is an HTML page ({kind}), as a login page or a proxy sends it"
        ));
    }
    if response.body.is_empty() {
        return not_usable("it is empty");
    }
    not_usable(&format!("{error} ({kind})"))
}

pub(crate) fn not_usable(reason: &str) -> Failure {
    Failure::NotUsable {
        reason: reason.to_owned(),
    }
}

/// `scimType` and the service's own message, in the many forms in use.
fn words(response: &Response) -> (Option<String>, String) {
    let body = &response.body[..];
    if body.len() > LARGEST_ERROR {
        return (None, String::new());
    }
    let Ok(json) = serde_json::from_slice::<Json>(body) else {
        let text = String::from_utf8_lossy(body);
        let text = text.trim();
        return (
            None,
            if text.starts_with('<') {
                "(an HTML page)".to_owned()
            } else {
                text.to_owned()
            },
        );
    };
    let scim_type = member(&json, "scimType")
        .and_then(Json::as_str)
        .filter(|word| !word.is_empty());
    (scim_type.map(str::to_owned), detail(&json).unwrap_or_default())
}

fn detail(json: &Json) -> Option<String> {
    for name in [
        "detail",
        "message",
        "error_description",
        "description",
        "error",
        "errors",
    ] {
        match member(json, name) {
            Some(Json::String(text)) if !text.is_empty() => return Some(text.clone()),
            Some(Json::Array(all)) => {
                return all
                    .first()
                    .and_then(|error| error.as_str().map(str::to_owned).or_else(|| detail(error)));
            }
            Some(inner @ Json::Object(_)) => return detail(inner),
            _ => {}
        }
    }
    None
}

/// A member of an object, without regard to case (RFC 7643, section 2.1).
pub(crate) fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    json.as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
