//! Creates, reads, changes and deletes resources as the service does, with its ids, its kind of deletion, and
//! its treatment of inactive people.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::super::problem::ScimProblem;
use super::call::{Call, Reply, not_offered, nowhere};
use super::nameless;
use super::refusals::members_of;
use super::spot::{Tree, get};
use super::{EmulatedAnswer, Emulation};
use crate::dialect::AbsentRemoval;
use crate::dialect::Changed;
use crate::dialect::Deactivation;
use crate::dialect::DeleteRule;
use crate::dialect::Ids;
use crate::dialect::Method;
use crate::dialect::Nesting;
use crate::dialect::Put;
use crate::dialect::Reactivation;
use crate::dialect::Replacing;
use crate::dialect::UserNames;
use crate::model::{Kind, uncased};

/// The schema of a PATCH body.
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

impl Emulation {
    pub(super) async fn create(&self, kind: Kind, call: &Call) -> EmulatedAnswer {
        let mut tree = call.tree()?;
        self.check_body(kind, call, &tree)?;
        self.wire.inward(kind, &mut tree);
        self.check_required(kind, &tree)?;
        if kind == Kind::User && self.dialect.user_names == UserNames::Optional {
            nameless::hide(&mut tree);
        }
        let members = members_of(&tree);
        self.check_new_members(members.len())?;
        self.check_nesting(kind, &members).await?;
        if kind == Kind::User
            && self.dialect.emulation.ids == Ids::External
            && get(&tree, "externalId").and_then(Value::as_str).is_none()
        {
            return Err(ScimProblem::value("externalId is required").into());
        }
        if let Some(sleeping) = self.sleeping(kind, &tree).await? {
            tree.insert("active".to_owned(), true.into());
            let mut reply = self
                .ask(Method::Put, &format!("/Users/{sleeping}"), Some(&tree))
                .await?
                .wanted()?;
            reply.status = StatusCode::CREATED;
            return Ok(self.shown(kind, reply).into_response());
        }
        let reply = self
            .ask(Method::Post, &format!("/{}", kind.endpoint()), Some(&tree))
            .await?
            .wanted()?;
        self.lag.note(
            kind,
            reply.body["id"].as_str().unwrap_or_default(),
            None,
            self.now(),
        );
        self.hide(kind, &reply).await?;
        Ok(self.shown(kind, reply).into_response())
    }

    pub(super) async fn read(&self, kind: Kind, id: &str, call: &Call) -> EmulatedAnswer {
        let own = self.own_id(kind, id).await?;
        let query = call
            .query
            .as_ref()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let target = format!("{}{query}", path(kind, &own));
        let mut reply = self
            .ask_if(Method::Get, &target, None, self.condition(call))
            .await?;
        if reply.status.is_success() && !self.lag.show(kind, &mut reply.body, self.now()) {
            return Err(ScimProblem::not_found(id).into());
        }
        Ok(if reply.status.is_success() {
            self.shown(kind, reply)
        } else {
            reply
        }
        .into_response())
    }

    /// PUT or PATCH.
    pub(super) async fn change(&self, kind: Kind, id: &str, call: &Call) -> EmulatedAnswer {
        let mut tree = call.tree()?;
        self.check_body(kind, call, &tree)?;
        let own = self.own_id(kind, id).await?;
        let before = self
            .ask(Method::Get, &path(kind, &own), None)
            .await?
            .wanted()?
            .body;
        let Value::Object(held) = &before else {
            return Err(nowhere().into());
        };
        let tree = if call.method == Method::Put {
            self.wire.inward(kind, &mut tree);
            self.whole(kind, tree, held)?
        } else {
            self.operations(kind, &tree, held).await?
        };
        let reply = match tree {
            Some(tree) => self
                .ask_if(call.method, &path(kind, &own), Some(&tree), self.condition(call))
                .await?
                .wanted()?,
            None => Reply {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: before.clone(),
            },
        };
        self.lag.note(kind, &own, Some(before), self.now());
        self.hide(kind, &reply).await?;
        let mut reply = self.shown(kind, reply);
        if call.method == Method::Patch && self.dialect.emulation.changed == Changed::Nothing {
            reply = Reply {
                status: StatusCode::NO_CONTENT,
                headers: HeaderMap::new(),
                body: Value::Null,
            };
        }
        Ok(reply.into_response())
    }

    pub(super) async fn delete(&self, kind: Kind, id: &str, call: &Call) -> EmulatedAnswer {
        let own = self.own_id(kind, id).await?;
        let target = path(kind, &own);
        match (self.dialect.delete.of(kind), kind) {
            (DeleteRule::None, _) | (DeleteRule::Soft, Kind::Group) => return Err(not_offered().into()),
            (DeleteRule::Soft, Kind::User) => {
                let operation = json!({ "op": "replace", "path": "active", "value": false });
                let body = json!({ "schemas": [PATCH_OP], "Operations": [operation] });
                let reply = self
                    .ask(Method::Patch, &target, body.as_object())
                    .await?
                    .wanted()?;
                self.hide(kind, &reply).await?;
                return Ok(Reply {
                    status: StatusCode::NO_CONTENT,
                    headers: HeaderMap::new(),
                    body: Value::Null,
                }
                .into_response());
            }
            (DeleteRule::Unclaimed, _) => {
                let held = self.ask(Method::Get, &target, None).await?.wanted()?;
                if held.body["userName"]
                    .as_str()
                    .is_some_and(|name| self.claimed.contains(&*uncased(name)))
                {
                    let detail =
                        "this account was used, and only accounts that nobody has used can be deleted";
                    return Err(ScimProblem::new(StatusCode::PRECONDITION_FAILED, detail).into());
                }
            }
            (DeleteRule::Hard, _) => {}
        }
        Ok(self
            .ask_if(Method::Delete, &target, None, self.condition(call))
            .await?
            .into_response())
    }

    /// A Bulk request, within the service's limits. Its operations are translated for the store. No other
    /// rule of the service applies to them.
    pub(super) async fn bulk(&self, call: &Call) -> EmulatedAnswer {
        let Some(limits) = self.dialect.bulk else {
            return Err(nowhere().into());
        };
        let mut tree = call.tree()?;
        let operations = get(&tree, "Operations")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if operations > limits.operations as usize
            || limits.bytes.is_some_and(|most| call.body.len() as u64 > most)
        {
            return Err(ScimProblem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "more than one Bulk request may hold",
            )
            .into());
        }
        if let Some(Value::Array(all)) = super::spot::entry(&mut tree, "Operations") {
            for operation in all.iter_mut().filter_map(Value::as_object_mut) {
                let target = get(operation, "path").and_then(Value::as_str).unwrap_or_default();
                let kind = if target.starts_with("/Groups") {
                    Kind::Group
                } else {
                    Kind::User
                };
                let is_patch = get(operation, "method")
                    .and_then(Value::as_str)
                    .is_some_and(|method| method.eq_ignore_ascii_case("PATCH"));
                let Some(Value::Object(data)) = super::spot::entry(operation, "data") else {
                    continue;
                };
                if is_patch {
                    *data = as_patch(self.translated(kind, data)?.operations);
                } else {
                    self.wire.inward(kind, data);
                }
            }
        }
        Ok(self
            .ask(Method::Post, "/Bulk", Some(&tree))
            .await?
            .into_response())
    }

    /// The whole resource after a PUT.
    fn whole(&self, kind: Kind, tree: Tree, held: &Tree) -> Result<Option<Tree>, ScimProblem> {
        self.check_fixed(kind, held, std::slice::from_ref(&tree))?;
        let (before, after) = (members_of(held), members_of(&tree));
        if self.dialect.emulation.membership.replacing == Replacing::Forbidden && before != after {
            return Err(ScimProblem::value("the whole list of members cannot be replaced"));
        }
        let whole = match self.dialect.emulation.put {
            Put::Replaces => tree,
            Put::Merges => {
                let mut whole = held.clone();
                merge(&mut whole, tree);
                whole
            }
        };
        self.check_required(kind, &whole)?;
        Ok(Some(whole))
    }

    /// The body of a PATCH for the store. `None` if no operation is left.
    async fn operations(&self, kind: Kind, body: &Tree, held: &Tree) -> Result<Option<Tree>, ScimProblem> {
        let translated = self.translated(kind, body)?;
        let on_members = &translated.members;
        self.check_members(on_members.joining.len(), on_members.leaving.len())?;
        self.check_nesting(kind, &on_members.joining).await?;
        self.check_fixed(kind, held, &translated.touched)?;
        let there = members_of(held);
        if self.dialect.emulation.membership.absent_removal == AbsentRemoval::Refused
            && on_members.leaving.iter().any(|id| !there.contains(id))
        {
            return Err(ScimProblem::not_found("the member"));
        }
        let wakes = |tree: &Tree| {
            get(tree, "active") == Some(&Value::Bool(true))
                && get(held, "active") == Some(&Value::Bool(false))
        };
        if self.dialect.reactivation == Reactivation::Create && translated.touched.iter().any(wakes) {
            return Err(ScimProblem::mutability(
                "somebody who was deactivated is added again by POST",
            ));
        }
        Ok((!translated.operations.is_empty()).then(|| as_patch(translated.operations)))
    }

    /// Refuses groups in groups, if the service has none.
    async fn check_nesting(&self, kind: Kind, members: &[String]) -> Result<(), ScimProblem> {
        if kind == Kind::User || self.dialect.membership.nesting == Nesting::Allowed {
            return Ok(());
        }
        for id in members {
            if self
                .ask(Method::Get, &path(Kind::Group, id), None)
                .await?
                .status
                .is_success()
            {
                return Err(ScimProblem::value("a group cannot be a member of a group"));
            }
        }
        Ok(())
    }

    /// The id of the inactive person whom a POST reactivates, if the service does that.
    async fn sleeping(&self, kind: Kind, tree: &Tree) -> Result<Option<String>, ScimProblem> {
        let name = get(tree, "userName").and_then(Value::as_str);
        let Some(name) =
            name.filter(|_| kind == Kind::User && self.dialect.reactivation == Reactivation::Create)
        else {
            return Ok(None);
        };
        let found = self
            .first(
                "/Users",
                &format!("userName eq {} and active eq false", Value::from(name)),
            )
            .await?;
        Ok(found.and_then(|found| Some(found["id"].as_str()?.to_owned())))
    }

    async fn first(&self, list: &str, filter: &str) -> Result<Option<Value>, ScimProblem> {
        let filter = percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
        let reply = self
            .ask(Method::Get, &format!("{list}?filter={filter}"), None)
            .await?;
        Ok(reply.body["Resources"].get(0).cloned())
    }

    /// Removes an inactive person, if the service does not show inactive people.
    async fn hide(&self, kind: Kind, reply: &Reply) -> Result<(), ScimProblem> {
        let is_inactive = kind == Kind::User && reply.body["active"] == Value::Bool(false);
        if let Some(id) = reply.body["id"]
            .as_str()
            .filter(|_| is_inactive && self.dialect.deactivation == Deactivation::Hides)
        {
            self.ask(Method::Delete, &path(kind, id), None).await?;
        }
        Ok(())
    }

    /// The store's id of a resource.
    async fn own_id(&self, kind: Kind, id: &str) -> Result<String, ScimProblem> {
        if kind == Kind::Group || self.dialect.emulation.ids == Ids::Own {
            return Ok(id.to_owned());
        }
        let found = self
            .first("/Users", &format!("externalId eq {}", Value::from(id)))
            .await?;
        let found = found.and_then(|found| Some(found["id"].as_str()?.to_owned()));
        found.ok_or_else(|| ScimProblem::not_found(id))
    }

    fn shown(&self, kind: Kind, mut reply: Reply) -> Reply {
        if let Some(tree) = reply.tree() {
            self.show(kind, tree);
        }
        let location = reply.body["meta"]["location"]
            .as_str()
            .and_then(|text| HeaderValue::from_str(text).ok());
        if let Some(location) = location.filter(|_| reply.headers.contains_key(header::LOCATION)) {
            reply.headers.insert(header::LOCATION, location);
        }
        reply
    }
}

fn path(kind: Kind, id: &str) -> String {
    format!(
        "/{}/{}",
        kind.endpoint(),
        percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC)
    )
}

fn as_patch(operations: Vec<Value>) -> Tree {
    Tree::from_iter([
        ("schemas".to_owned(), json!([PATCH_OP])),
        ("Operations".to_owned(), operations.into()),
    ])
}

/// Merges a body into the held resource.
fn merge(held: &mut Tree, body: Tree) {
    for (name, value) in body {
        match (super::spot::entry(held, &name), value) {
            (Some(Value::Object(parts)), Value::Object(new)) => merge(parts, new),
            (Some(held), value) => *held = value,
            (None, value) => {
                held.insert(name, value);
            }
        }
    }
}
