//! What a request asks for, in the words of the fault matrix.

use serde_json::Value as Json;
use wpsync::dialect::Method;
use wpsync::wire::Request;

/// The operations that a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    ListUsers,
    ListGroups,
    GetUser,
    GetGroup,
    LookUp,
    CreateUser,
    PatchUser,
    Rename,
    Deactivate,
    Delete,
    CreateGroup,
    PatchMembers,
    /// What the service says of itself; never in the matrix.
    Discovery,
}

impl Operation {
    pub const ALL: [Self; 12] = [
        Self::ListUsers,
        Self::ListGroups,
        Self::GetUser,
        Self::GetGroup,
        Self::LookUp,
        Self::CreateUser,
        Self::PatchUser,
        Self::Rename,
        Self::Deactivate,
        Self::Delete,
        Self::CreateGroup,
        Self::PatchMembers,
    ];

    pub fn of(request: &Request) -> Self {
        let is_group = request.path.starts_with("/Groups");
        let is_known = is_group || request.path.starts_with("/Users");
        let has_id = request.path.matches('/').count() > 1;
        match request.method {
            _ if !is_known => Self::Discovery,
            Method::Get if has_id => {
                if is_group {
                    Self::GetGroup
                } else {
                    Self::GetUser
                }
            }
            Method::Get if request.query.contains("filter=") => Self::LookUp,
            Method::Get => {
                if is_group {
                    Self::ListGroups
                } else {
                    Self::ListUsers
                }
            }
            Method::Post => {
                if is_group {
                    Self::CreateGroup
                } else {
                    Self::CreateUser
                }
            }
            Method::Delete => Self::Delete,
            Method::Patch | Method::Put => Self::of_patch(&body(request), is_group),
        }
    }

    fn of_patch(body: &Json, is_group: bool) -> Self {
        let touches =
            |name: &str| operations(body).any(|(path, _)| path.split(['.', '[']).next() == Some(name));
        let deactivates =
            operations(body).any(|(path, value)| path == "active" && value == Some(&Json::Bool(false)));
        if touches("members") {
            Self::PatchMembers
        } else if touches("userName") || (is_group && touches("displayName")) {
            Self::Rename
        } else if deactivates {
            Self::Deactivate
        } else {
            Self::PatchUser
        }
    }

    pub const fn is_list(self) -> bool {
        matches!(self, Self::ListUsers | Self::ListGroups)
    }

    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::GetUser | Self::GetGroup | Self::LookUp | Self::Discovery
        ) || self.is_list()
    }

    pub const fn is_create(self) -> bool {
        matches!(self, Self::CreateUser | Self::CreateGroup)
    }

    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Delete | Self::Deactivate)
    }
}

/// A request's body; null where it has none.
pub fn body(request: &Request) -> Json {
    request
        .body
        .as_deref()
        .and_then(|body| serde_json::from_slice(body).ok())
        .unwrap_or(Json::Null)
}

/// The paths of a PATCH, and the value of each.
pub fn operations(body: &Json) -> impl Iterator<Item = (&str, Option<&Json>)> {
    let all = body["Operations"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter().map(|operation| {
        (
            operation["path"].as_str().unwrap_or_default(),
            operation.get("value"),
        )
    })
}
