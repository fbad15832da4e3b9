//! A stored resource: complete JSON, so that a listing copies stored bytes.
//!
//! `meta.location` and `$ref` are relative to the service's root (`/Users/…`). Over HTTP, [`super::serve`]
//! makes them absolute. A group's members are rows of their own and never a part of its document.

use serde_json::{Map, Value, json};

use super::problem::ScimProblem;
use super::resource::Content;
use super::schema::ResourceType;
use crate::model::{Kind, Returned};

/// What the service adds to a resource.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) id: String,
    pub(super) created: String,
    pub(super) last_modified: String,
    /// The number of the revision. Every change adds one.
    pub(super) revision: u64,
}

impl Envelope {
    /// The weak entity tag in `meta.version` and `ETag` (RFC 7644, section 3.14).
    pub(super) fn version(&self) -> String {
        format!("W/\"{}\"", self.revision)
    }

    /// Records a change.
    pub(super) fn touch(&mut self, now: &str) {
        self.revision += 1;
        now.clone_into(&mut self.last_modified);
    }
}

/// The path of a resource.
pub(super) fn location(kind: Kind, id: &str) -> String {
    format!("/{}/{id}", kind.endpoint())
}

/// The document of a resource.
pub(super) fn join(resource_type: &ResourceType, envelope: &Envelope, content: &Content) -> Vec<u8> {
    let mut schemas = vec![Value::from(resource_type.urn.as_str())];
    schemas.extend(
        resource_type
            .extensions
            .iter()
            .filter(|extension| content.contains_key(&extension.id))
            .map(|extension| extension.id.clone().into()),
    );
    let mut document = content.clone();
    document.retain(|name, _| !is_never_returned(resource_type, name));
    document.insert("schemas".to_owned(), schemas.into());
    document.insert("id".to_owned(), envelope.id.clone().into());
    let meta = json!({
        "resourceType": resource_type.name,
        "created": envelope.created,
        "lastModified": envelope.last_modified,
        "location": location(resource_type.kind, &envelope.id),
        "version": envelope.version(),
    });
    document.insert("meta".to_owned(), meta);
    Value::Object(document).to_string().into_bytes()
}

/// Whether an attribute is never returned. A password is checked and not stored, because this service has no
/// sign-in.
pub(super) fn is_never_returned(resource_type: &ResourceType, name: &str) -> bool {
    super::schema::named(&resource_type.attributes, name)
        .is_some_and(|attribute| attribute.returned == Returned::Never)
}

/// Splits a stored document.
pub(super) fn split(stored: &[u8]) -> Result<(Envelope, Content), ScimProblem> {
    let mut content: Map<String, Value> =
        serde_json::from_slice(stored).map_err(|error| ScimProblem::internal(&error))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let meta = content.remove("meta").unwrap_or_default();
    let id = text(&content.remove("id").unwrap_or_default());
    content.remove("schemas");
    let revision = text(&meta["version"])
        .trim_matches(|character: char| !character.is_ascii_digit())
        .parse()
        .unwrap_or(0);
    Ok((
        Envelope {
            id,
            created: text(&meta["created"]),
            last_modified: text(&meta["lastModified"]),
            revision,
        },
        content,
    ))
}

/// The name that groups show for a resource: `members.display`.
pub(super) fn display(content: &Content) -> Option<&str> {
    ["displayName", "userName"]
        .into_iter()
        .find_map(|name| content.get(name)?.as_str())
}

/// The element of a resource in a group's `members`.
pub(super) fn member_element(kind: Kind, id: &str, display: Option<&str>) -> Vec<u8> {
    let word = &ResourceType::of(kind).name;
    let mut element = json!({"value": id, "type": word, "$ref": location(kind, id)});
    if let Some(display) = display {
        element["display"] = display.into();
    }
    element.to_string().into_bytes()
}
