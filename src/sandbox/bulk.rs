//! Bulk requests (RFC 7644, section 3.7).
//!
//! Every new resource gets its id before anything is done, so that references by `bulkId` can point forwards
//! and in circles. An operation waits for those it refers to. Operations that wait for each other in a circle
//! run as they are; they are refused where a reference must exist.

use std::collections::{HashMap, HashSet};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::document;
use super::identifiers::Identifiers;
use super::problem::ScimProblem;
use super::service::Service;
use super::store::Writing;
use super::write::{self, Written};
use crate::model::Kind;

/// The largest number of operations in a request.
pub(super) const MAX_OPERATIONS: usize = 1_000;
/// The largest body of a request, in bytes.
pub(super) const MAX_PAYLOAD: usize = 4 << 20;
const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const PREFIX: &str = "bulkId:";

pub(super) fn check_size(body: &[u8]) -> Result<(), ScimProblem> {
    if body.len() > MAX_PAYLOAD {
        return Err(ScimProblem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than maxPayloadSize ({MAX_PAYLOAD})"),
        ));
    }
    Ok(())
}

/// An operation of the request.
struct BulkOperation {
    method: String,
    bulk_id: Option<String>,
    /// The kind and the id of the resource that is changed or created.
    kind: Kind,
    id: String,
    version: Option<String>,
    data: Value,
    /// The bulk ids of the operations that must run first.
    needs: HashSet<String>,
}

/// Runs the operations of a body and returns the `BulkResponse`.
pub(super) fn run(tables: &mut Writing<'_>, body: &Value, service: &Service) -> Result<Value, ScimProblem> {
    let identifiers = &service.options.identifiers;
    let body = body
        .as_object()
        .ok_or_else(|| ScimProblem::syntax("the body is not a JSON object"))?;
    let member = |name: &str| member(body, name);
    if !member("schemas")
        .and_then(Value::as_array)
        .is_some_and(|urns| urns.iter().any(|urn| urn == REQUEST))
    {
        return Err(ScimProblem::syntax(format!("schemas does not have {REQUEST}")));
    }
    let listed = member("Operations")
        .and_then(Value::as_array)
        .ok_or_else(|| ScimProblem::syntax("Operations is required, and is an array"))?;
    if listed.len() > MAX_OPERATIONS {
        return Err(ScimProblem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("more operations than maxOperations ({MAX_OPERATIONS})"),
        ));
    }
    let fail_on_errors = match member("failOnErrors") {
        None | Some(Value::Null) => usize::MAX,
        Some(value) => value
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .filter(|count| *count > 0)
            .unwrap_or(usize::MAX),
    };
    let mut run = BulkRun {
        ids: HashMap::new(),
        done: HashSet::new(),
        failed: HashSet::new(),
        answers: vec![None; listed.len()],
        errors: 0,
    };
    let operations = run.read_all(listed, identifiers)?;
    run.do_all(tables, operations, service, fail_on_errors)?;
    let answers: Vec<Value> = run.answers.into_iter().flatten().collect();
    Ok(json!({"schemas": [RESPONSE], "Operations": answers}))
}

/// An operation that has not run yet, or the reason why it cannot be read.
struct WaitingOperation {
    /// Its position in the request.
    at: usize,
    operation: Result<BulkOperation, ScimProblem>,
}

impl WaitingOperation {
    fn is_user(&self) -> bool {
        self.operation
            .as_ref()
            .is_ok_and(|operation| operation.kind == Kind::User)
    }
}

/// The state of a bulk request.
struct BulkRun {
    /// Bulk id → the id that the resource has or will have.
    ids: HashMap<String, String>,
    done: HashSet<String>,
    failed: HashSet<String>,
    answers: Vec<Option<Value>>,
    errors: usize,
}

impl BulkRun {
    fn read_all(
        &mut self,
        listed: &[Value],
        identifiers: &Identifiers,
    ) -> Result<Vec<Result<BulkOperation, ScimProblem>>, ScimProblem> {
        for operation in listed.iter().filter_map(Value::as_object) {
            let is_creation = member(operation, "method")
                .and_then(Value::as_str)
                .is_some_and(|method| method.eq_ignore_ascii_case("POST"));
            if let (true, Some(bulk_id)) = (is_creation, member(operation, "bulkId").and_then(Value::as_str))
                && self.ids.insert(bulk_id.to_owned(), identifiers.next()).is_some()
            {
                return Err(ScimProblem::value(format!("bulkId {bulk_id:?} is there twice")));
            }
        }
        Ok(listed
            .iter()
            .map(|operation| self.read(operation, identifiers))
            .collect())
    }

    fn read(&self, operation: &Value, identifiers: &Identifiers) -> Result<BulkOperation, ScimProblem> {
        let operation = operation
            .as_object()
            .ok_or_else(|| ScimProblem::syntax("an operation is not a JSON object"))?;
        let text = |name: &str| member(operation, name).and_then(Value::as_str).map(str::to_owned);
        let method = text("method").unwrap_or_default().to_ascii_uppercase();
        let path = text("path").unwrap_or_default();
        let bulk_id = text("bulkId");
        let mut needs = HashSet::new();
        let mut data = member(operation, "data").cloned().unwrap_or_default();
        self.substitute(&mut data, &mut needs)?;
        let (endpoint, id) = match path.trim_start_matches('/').split_once('/') {
            Some((endpoint, id)) => (endpoint, Some(id)),
            None => (path.trim_start_matches('/'), None),
        };
        let kind = Kind::ALL.into_iter().find(|kind| kind.endpoint() == endpoint);
        let kind = kind.ok_or_else(|| {
            ScimProblem::new(
                StatusCode::NOT_FOUND,
                format!("path {path:?}: there is no such endpoint"),
            )
        })?;
        let id = match (&*method, id, &bulk_id) {
            ("POST", None, None) => return Err(ScimProblem::syntax("a POST needs a bulkId")),
            ("POST", None, Some(bulk_id)) => self
                .ids
                .get(bulk_id)
                .cloned()
                .unwrap_or_else(|| identifiers.next()),
            ("PUT" | "PATCH" | "DELETE", Some(id), _) => {
                let mut id = Value::from(id);
                self.substitute(&mut id, &mut needs)?;
                id.as_str().unwrap_or_default().to_owned()
            }
            ("POST" | "PUT" | "PATCH" | "DELETE", ..) => {
                return Err(ScimProblem::syntax(format!(
                    "path {path:?} does not fit {method}"
                )));
            }
            _ => return Err(ScimProblem::syntax("method is POST, PUT, PATCH or DELETE")),
        };
        if let Some(own) = &bulk_id {
            needs.remove(own); // a reference to itself waits for nothing
        }
        Ok(BulkOperation {
            method,
            bulk_id,
            kind,
            id,
            version: text("version"),
            data,
            needs,
        })
    }

    /// Replaces `bulkId:…` with ids, and notes which bulk ids were used.
    fn substitute(&self, value: &mut Value, needs: &mut HashSet<String>) -> Result<(), ScimProblem> {
        match value {
            Value::String(text) => {
                if let Some(bulk_id) = text.strip_prefix(PREFIX) {
                    let id = self.ids.get(bulk_id).ok_or_else(|| {
                        ScimProblem::new(
                            StatusCode::CONFLICT,
                            format!("no operation has bulkId {bulk_id:?}"),
                        )
                    })?;
                    needs.insert(bulk_id.to_owned());
                    *text = id.clone();
                }
                Ok(())
            }
            Value::Array(elements) => elements
                .iter_mut()
                .try_for_each(|element| self.substitute(element, needs)),
            Value::Object(parts) => parts
                .values_mut()
                .try_for_each(|part| self.substitute(part, needs)),
            _ => Ok(()),
        }
    }

    fn do_all(
        &mut self,
        tables: &mut Writing<'_>,
        operations: Vec<Result<BulkOperation, ScimProblem>>,
        service: &Service,
        limit: usize,
    ) -> Result<(), ScimProblem> {
        let mut waiting: Vec<WaitingOperation> = operations
            .into_iter()
            .enumerate()
            .map(|(at, operation)| WaitingOperation { at, operation })
            .collect();
        while !waiting.is_empty() {
            let (before, mut still) = (waiting.len(), Vec::new());
            for next in waiting {
                if self.errors >= limit {
                    return Ok(());
                }
                if next
                    .operation
                    .as_ref()
                    .is_ok_and(|operation| self.must_wait(operation))
                {
                    still.push(next);
                } else {
                    self.run_operation(tables, next, service)?;
                }
            }
            if still.len() == before {
                // The rest waits in a circle. The references of a user need not exist yet, those of a group
                // must. So a user goes first and may free the rest.
                let next = still.remove(still.iter().position(WaitingOperation::is_user).unwrap_or(0));
                self.run_operation(tables, next, service)?;
            }
            waiting = still;
        }
        Ok(())
    }

    fn must_wait(&self, operation: &BulkOperation) -> bool {
        operation
            .needs
            .iter()
            .any(|need| !self.done.contains(need) && !self.failed.contains(need))
    }

    fn run_operation(
        &mut self,
        tables: &mut Writing<'_>,
        waiting: WaitingOperation,
        service: &Service,
    ) -> Result<(), ScimProblem> {
        let WaitingOperation { at, operation } = waiting;
        let mut answer = Map::new();
        let result = operation.and_then(|operation| {
            answer.insert("method".to_owned(), operation.method.clone().into());
            if let Some(bulk_id) = &operation.bulk_id {
                answer.insert("bulkId".to_owned(), bulk_id.clone().into());
            }
            if operation.method != "POST" {
                answer.insert(
                    "location".to_owned(),
                    document::location(operation.kind, &operation.id).into(),
                );
            }
            let result = match operation.needs.iter().find(|need| self.failed.contains(*need)) {
                Some(need) => Err(ScimProblem::new(
                    StatusCode::CONFLICT,
                    format!("the operation with bulkId {need:?} failed"),
                )),
                None => execute(tables, &operation, service),
            };
            if let Some(bulk_id) = operation.bulk_id.filter(|_| operation.method == "POST") {
                let _ = if result.is_ok() {
                    self.done.insert(bulk_id)
                } else {
                    self.failed.insert(bulk_id)
                };
            }
            result
        });
        match result {
            Ok((status, written)) => {
                answer.insert("status".to_owned(), status.to_string().into());
                if let Some(written) = written {
                    answer.insert(
                        "location".to_owned(),
                        document::location(written.kind, &written.envelope.id).into(),
                    );
                    answer.insert("version".to_owned(), written.envelope.version().into());
                }
            }
            Err(problem) if problem.is_internal() => return Err(problem),
            Err(problem) => {
                self.errors += 1;
                answer.insert("status".to_owned(), problem.status.as_u16().to_string().into());
                answer.insert("response".to_owned(), problem.body());
            }
        }
        self.answers[at] = Some(answer.into());
        Ok(())
    }
}

fn execute(
    tables: &mut Writing<'_>,
    operation: &BulkOperation,
    service: &Service,
) -> Result<(u16, Option<Written>), ScimProblem> {
    let target = service.addressed(operation.kind, operation.id.clone(), operation.version.clone());
    match &*operation.method {
        "POST" => write::create(tables, &target, &operation.data).map(|written| (201, Some(written))),
        "PUT" => write::replace(tables, &target, &operation.data).map(|written| (200, Some(written))),
        "PATCH" => write::patch(tables, &target, &operation.data).map(|written| (200, Some(written))),
        _ => write::delete(tables, &target).map(|()| (204, None)),
    }
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
