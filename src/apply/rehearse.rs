//! The requests that an apply of a plan would send, without sending them. The same writer runs over a
//! transport that answers by itself and records the requests. Nothing is connected to, read or changed, so a
//! request lacks what the service holds beyond the plan.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use serde::Serialize;
use serde_json::Value as Json;

use crate::client::transport::Answering;

use crate::wire::HeaderMap;

use crate::dialect::Method;

use crate::wire::Request;

use crate::wire::Response;

use crate::client::DirectoryAddress;
use crate::client::WriteConnection;
use crate::client::Writer;
use crate::client::transport::Transport;
use crate::dialect::Dialect;
use crate::journal::{Journal, JournalFile, Replay};
use crate::model::Live;
use crate::model::{Attributes, Catalog};
use crate::plan::{Action, Change, Plan, order};
use crate::whole::form::Writes;

use super::decide::Work;
use super::error::ApplyError;
use super::execute::Executor;
use super::looking::Sighting;
use super::refusals::Refusals;
use super::values::{self, Known};

/// A request that would be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "ShownRequest")]
pub struct Rehearsed {
    /// The change that it is for; none for a request that is for all of them.
    pub change: Option<String>,
    /// The request.
    pub request: Request,
}

/// A request that would be sent.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ShownRequest {
    /// The change that it is for; none for a request that is for all of them.
    change: Option<String>,
    /// The method.
    #[cfg_attr(test, schemars(extend("enum" = ["POST", "PUT", "PATCH", "DELETE"])))]
    method: &'static str,
    /// The path below the base URL, with the query.
    path: String,
    /// `If-Match`, where the request is conditional.
    if_match: Option<String>,
    /// The body; none where the request has no body.
    body: Json,
}

impl From<Rehearsed> for ShownRequest {
    fn from(rehearsed: Rehearsed) -> Self {
        let Rehearsed { change, request } = rehearsed;
        let body = request.body.as_deref();
        Self {
            change,
            method: request.method.as_str(),
            path: request.target(),
            body: body.map_or(Json::Null, |body| {
                serde_json::from_slice(body).unwrap_or_default()
            }),
            if_match: request.if_match,
        }
    }
}

/// The requests in the order of an apply that makes one change at a time. The id of a resource that the
/// directory will create is written as `id-of-KEY`. The real PUT also sends what the resource holds at that
/// time; here it has only what the plan knows of the resource.
///
/// # Errors
/// If a change cannot be expressed to this service.
pub async fn rehearse(plan: &Plan, dialect: &Dialect) -> Result<Vec<Rehearsed>, ApplyError> {
    if let (Some(push), Writes::Whole(form)) = (&plan.header.push, &dialect.writes) {
        return Ok(vec![Rehearsed {
            change: None,
            request: push.request(form),
        }]);
    }
    let origin: DirectoryAddress = "https://nowhere.invalid"
        .parse()
        .map_err(|_| ApplyError::Plan("there is no such place".into()))?;
    let nowhere = Arc::new(Nowhere {
        origin,
        pretence: Mutex::default(),
    });
    let mut unhurried = dialect.clone();
    unhurried.rates.clear();
    let catalog = Arc::new(dialect.catalog());
    let writer = Writer::open(WriteConnection::new(
        Arc::clone(&nowhere) as Arc<dyn Transport>,
        unhurried,
        Arc::clone(&catalog),
    ))
    .await?;
    let journal = Journal::start(Unwritten, &Replay::default());
    let executor = Executor::new(writer, journal, Arc::new(Known::default()));
    for number in in_order(&plan.changes)? {
        let change = &plan.changes[number];
        let found = place(change, &executor, &nowhere, &catalog).await?;
        nowhere.write_as(change);
        let work = all_of(change, executor.known());
        executor
            .sender
            .write(change, &found, &work, &mut Refusals::default())
            .await?;
    }
    Ok(std::mem::take(&mut nowhere.pretence().written))
}

/// Puts what the plan knows of a resource into the pretended directory, at the resource's path.
async fn place(
    change: &Change,
    executor: &Executor,
    nowhere: &Nowhere,
    catalog: &Catalog,
) -> Result<Sighting, ApplyError> {
    let id = change
        .remote_id
        .clone()
        .or_else(|| executor.known().id(&change.key));
    let Some(id) = id.filter(|_| change.action != Action::Create) else {
        return Ok(Sighting::Nothing);
    };
    let mut attributes = Attributes::new();
    for (path, value) in &change.before {
        let attribute = catalog
            .find(change.kind, path)
            .ok()
            .filter(|attribute| attribute.is_writable());
        if let (Some(attribute), Some(value)) = (attribute, value) {
            attributes.set(attribute.id, values::resolve(executor.known(), value));
        }
    }
    let leaving = change
        .members
        .as_ref()
        .map(|delta| values::members(&delta.remove))
        .unwrap_or_default();
    let writer = &executor.sender.writer;
    let most = writer.reader().dialect().members_on_create().min(leaving.len());
    nowhere.hold_as(&id);
    writer.create(change.kind, &attributes, &leaving[..most]).await?;
    let members = change.members.is_some().then_some(leaving);
    Ok(Sighting::One(Box::new(Live {
        kind: change.kind,
        id,
        version: change.precondition.version.clone(),
        attributes,
        members,
    })))
}

/// The whole of a change as work to do.
fn all_of(change: &Change, known: &Known) -> Work {
    let resolved = |all: &[crate::model::Reference]| {
        all.iter()
            .map(|reference| values::resolve_reference(known, reference))
            .collect()
    };
    let delta = change
        .members
        .as_ref()
        .filter(|_| change.action != Action::Delete);
    Work {
        attributes: change.after.keys().cloned().collect(),
        add: delta.map(|delta| resolved(&delta.add)).unwrap_or_default(),
        remove: delta.map(|delta| resolved(&delta.remove)).unwrap_or_default(),
    }
}

/// The positions of the changes, each after the changes that it needs. Removals that no change waits for come
/// last.
fn in_order(changes: &[Change]) -> Result<Vec<usize>, order::OrderError> {
    let graph = order::graph(changes)?;
    let number_of = |direction, number: usize| {
        graph
            .neighbors_directed(NodeIndex::new(number), direction)
            .count()
    };
    let is_last =
        |number: usize| changes[number].action.is_removal() && number_of(Direction::Outgoing, number) == 0;
    let mut waiting: Vec<usize> = (0..changes.len())
        .map(|number| number_of(Direction::Incoming, number))
        .collect();
    let mut ready: BTreeSet<(bool, usize)> = (0..changes.len())
        .filter(|number| waiting[*number] == 0)
        .map(|number| (is_last(number), number))
        .collect();
    let mut order = Vec::with_capacity(changes.len());
    while let Some((_, number)) = ready.pop_first() {
        order.push(number);
        for next in graph.neighbors(NodeIndex::new(number)).map(NodeIndex::index) {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.insert((is_last(next), next));
            }
        }
    }
    Ok(order)
}

/// A journal that keeps nothing.
struct Unwritten;

impl JournalFile for Unwritten {
    fn append(&mut self, _bytes: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A pretended directory.
struct Nowhere {
    origin: DirectoryAddress,
    pretence: Mutex<Pretence>,
}

#[derive(Default)]
struct Pretence {
    /// The resources of the pretended directory, by path.
    there: HashMap<String, Json>,
    /// The id of the next resource that is created.
    id: String,
    /// The change whose requests are recorded. `None` while a resource is being put in place.
    change: Option<String>,
    written: Vec<Rehearsed>,
}

impl Nowhere {
    fn pretence(&self) -> MutexGuard<'_, Pretence> {
        self.pretence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold_as(&self, id: &str) {
        let mut pretence = self.pretence();
        (pretence.id, pretence.change) = (id.to_owned(), None);
    }

    fn write_as(&self, change: &Change) {
        let mut pretence = self.pretence();
        (pretence.id, pretence.change) = (format!("id-of-{}", change.key.id()), Some(change.id.clone()));
    }

    fn answer(&self, request: &Request) -> (u16, Json) {
        let mut pretence = self.pretence();
        if request.method == Method::Get {
            return pretence
                .there
                .get(&request.path)
                .map_or((404, Json::Null), |there| (200, there.clone()));
        }
        if let Some(change) = pretence.change.clone() {
            pretence.written.push(Rehearsed {
                change: Some(change),
                request: request.clone(),
            });
        }
        if request.method != Method::Post {
            return (204, Json::Null);
        }
        let mut made: Json = request
            .body
            .as_deref()
            .and_then(|body| serde_json::from_slice(body).ok())
            .unwrap_or_default();
        made["id"] = pretence.id.clone().into();
        let kind = request.path.trim_start_matches('/').to_owned();
        let place = Request::new(Method::Get, &[&kind, &pretence.id]).path;
        pretence.there.insert(place, made.clone());
        (201, made)
    }
}

impl Transport for Nowhere {
    fn origin(&self) -> &DirectoryAddress {
        &self.origin
    }

    fn send(&self, request: Request) -> Answering<'_> {
        let (status, body) = self.answer(&request);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Box::pin(std::future::ready(Ok(Response {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            received: SystemTime::UNIX_EPOCH,
        })))
    }
}
