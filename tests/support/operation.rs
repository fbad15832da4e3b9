//! What a request asks for, in the words of the fault matrix.

use serde_json::Value as Json;
use wpsync::dialect::Method;
use wpsync::model::Kind;
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
        let kind = if request.path.starts_with("/Groups") {
            Kind::Group
        } else if request.path.starts_with("/Users") {
            Kind::User
        } else {
            return Self::Discovery;
        };
        let has_id = request.path.matches('/').count() > 1;
        match (&request.method, kind) {
            (Method::Get, Kind::Group) if has_id => Self::GetGroup,
            (Method::Get, Kind::User) if has_id => Self::GetUser,
            (Method::Get, _) if request.query.contains("filter=") => Self::LookUp,
            (Method::Get, Kind::Group) => Self::ListGroups,
            (Method::Get, Kind::User) => Self::ListUsers,
            (Method::Post, Kind::Group) => Self::CreateGroup,
            (Method::Post, Kind::User) => Self::CreateUser,
            (Method::Delete, _) => Self::Delete,
            (Method::Patch | Method::Put, _) => Self::of_patch(&body(request), kind),
        }
    }

    fn of_patch(body: &Json, kind: Kind) -> Self {
        let touches =
            |name: &str| operations(body).any(|(path, _)| path.split(['.', '[']).next() == Some(name));
        let deactivates =
            operations(body).any(|(path, value)| path == "active" && value == Some(&Json::Bool(false)));
        if touches("members") {
            Self::PatchMembers
        } else if touches("userName") || (kind == Kind::Group && touches("displayName")) {
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
