//! The requests that the service refuses before anything is written: missing headers and attributes, `null`,
//! requests that are too large, groups in groups, changes of fixed attributes. The dialect decides all of it.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::super::problem::ScimProblem;
use super::Emulation;
use super::call::{Call, not_offered, nowhere};
use super::spot::{Spot, Tree, get};
use crate::dialect::Dialect;
use crate::dialect::Groups;
use crate::dialect::Method;
use crate::dialect::Methods;
use crate::dialect::Nulls;
use crate::model::{Attribute, Catalog, Kind};

impl Emulation {
    /// Refuses a request without the headers that the service requires.
    pub(super) fn check_headers(&self, headers: &HeaderMap) -> Result<(), ScimProblem> {
        let missing = |name: &str| {
            ScimProblem::new(
                StatusCode::BAD_REQUEST,
                format!("the header {name} is missing, or not what it must be"),
            )
        };
        for (name, wanted) in &self.dialect.headers {
            if headers
                .get(name)
                .is_none_or(|found| !found.to_str().is_ok_and(|found| found.contains(wanted.as_str())))
            {
                return Err(missing(name));
            }
        }
        match self
            .dialect
            .emulation
            .required_headers
            .iter()
            .find(|name| headers.get(*name).is_none_or(HeaderValue::is_empty))
        {
            Some(name) => Err(missing(name)),
            None => Ok(()),
        }
    }

    /// Refuses a kind or a method that the service does not offer.
    pub(super) fn check_offer(&self, kind: Kind, method: Method) -> Result<(), ScimProblem> {
        let groups = self.dialect.groups;
        if kind == Kind::Group && groups == Groups::None {
            return Err(nowhere());
        }
        let is_refused = match (kind, method, groups) {
            (_, Method::Get, _) => false,
            (Kind::Group, _, Groups::Read) | (Kind::Group, Method::Post | Method::Delete, Groups::Update) => {
                true
            }
            (_, Method::Put, _) => *self.dialect.emulation.methods.of(kind) == Methods::Patch,
            (_, Method::Patch, _) => *self.dialect.emulation.methods.of(kind) == Methods::Put,
            _ => false,
        };
        if is_refused { Err(not_offered()) } else { Ok(()) }
    }

    /// Refuses a body that is too long, or has a `null` that the service does not accept.
    pub(super) fn check_body(&self, kind: Kind, call: &Call, body: &Tree) -> Result<(), ScimProblem> {
        if self.dialect.emulation.nulls == Nulls::Refused && body.values().any(has_null) {
            return Err(ScimProblem::value("null is no value"));
        }
        match self
            .dialect
            .membership
            .bytes_per_request
            .filter(|most| kind == Kind::Group && call.body.len() > *most)
        {
            Some(most) => Err(ScimProblem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("more than {most} bytes"),
            )),
            None => Ok(()),
        }
    }

    /// Refuses a new or complete resource that lacks an attribute that the service requires.
    pub(super) fn check_required(&self, kind: Kind, tree: &Tree) -> Result<(), ScimProblem> {
        match self.dialect.required.of(kind).iter().find(|name| {
            !spots(&self.dialect, kind, name)
                .iter()
                .any(|spot| spot.has_value(tree))
        }) {
            Some(name) => Err(ScimProblem::value(format!("{name} is required"))),
            None => Ok(()),
        }
    }

    /// Refuses to change an attribute that is fixed at creation. `touched` are the parts of the resource that
    /// the request sets.
    pub(super) fn check_fixed(&self, kind: Kind, before: &Tree, touched: &[Tree]) -> Result<(), ScimProblem> {
        for name in self.dialect.fixed.of(kind) {
            for spot in spots(&self.dialect, kind, name) {
                let is_new = |tree: &Tree| {
                    let values = spot.values(tree);
                    !values.is_empty() && values != spot.values(before)
                };
                if touched.iter().any(is_new) {
                    return Err(ScimProblem::mutability(format!("{name} cannot be changed")));
                }
            }
        }
        Ok(())
    }

    /// Refuses more members than one request may add or remove.
    pub(super) fn check_members(&self, joining: usize, leaving: usize) -> Result<(), ScimProblem> {
        let too_many = |most: usize| ScimProblem::value(format!("more than {most} members in one request"));
        let rules = &self.dialect.membership;
        match (
            self.dialect.members_cap,
            rules.removals_per_request.or(self.dialect.members_cap),
        ) {
            (Some(most), _) if joining > most => Err(too_many(most)),
            (_, Some(most)) if leaving > most => Err(too_many(most)),
            _ => Ok(()),
        }
    }

    /// Refuses more members than a new group may have.
    pub(super) fn check_new_members(&self, count: usize) -> Result<(), ScimProblem> {
        match self.dialect.membership.on_create.or(self.dialect.members_cap) {
            Some(most) if count > most => Err(ScimProblem::value(format!(
                "a new group has at most {most} members"
            ))),
            _ => Ok(()),
        }
    }
}

/// The places in the store's resource of all attributes that a name of the dialect covers.
fn spots(dialect: &Dialect, kind: Kind, name: &str) -> Vec<Spot> {
    Catalog::with(&dialect.extensions)
        .of(kind)
        .filter(|attribute: &&Attribute| attribute.is_under(name))
        .map(Spot::of)
        .collect()
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.iter().any(has_null),
        Value::Object(parts) => parts.values().any(has_null),
        _ => false,
    }
}

/// The ids in `members`.
pub(super) fn members_of(tree: &Tree) -> Vec<String> {
    let all = get(tree, "members")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter()
        .filter_map(|member| Some(member["value"].as_str()?.to_owned()))
        .collect()
}
