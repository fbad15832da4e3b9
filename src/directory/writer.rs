//! The half of the client that writes. Each method sends what it is told, once; a write whose outcome is not known is never
//! repeated here, but looked up by its caller.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use super::dialect::Versions;
use super::envelope::not_usable;
use super::patch::{self, Edit};
use super::reader::{Reader, check_id, lifted};
use super::session::Connection;
use super::transport::{Method, Request, Response, Transport};
use super::{DirectoryError, Failure, Live, Member, lower};
use crate::escape::Escaped;
use crate::model::{Attributes, Kind};

/// Writes to a directory. Cheap to clone; clones and the [`Reader`] inside share the limit on speed and the tally.
#[derive(Clone)]
pub struct Writer {
    reader: Reader,
    transport: Arc<dyn Transport>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Writer to {}", self.transport.origin())
    }
}

impl Writer {
    /// Opens a directory for reading and writing.
    pub async fn open(connection: Connection) -> Result<Self, DirectoryError> {
        let transport = connection.transport.clone();
        Ok(Self { reader: Reader::open(connection).await?, transport })
    }

    /// The reading half.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Creates a resource. A group takes at most as many members here as the dialect's `members_per_request`; the rest follow by
    /// [`Self::change_members`].
    pub async fn create(&self, kind: Kind, attributes: &Attributes, members: &[Member]) -> Result<Live, DirectoryError> {
        let name = attributes.get(self.reader.catalog().naming(kind)).map(crate::model::Value::plain).unwrap_or_default();
        let operation = format!("creating {}:{}", kind.word(), Escaped(&name));
        let result = async {
            let session = &self.reader.session;
            let most = session.dialect.members_per_request;
            if members.len() > most {
                return Err(lower::not_sent(&format!("{} members are more than the {most} that one request may carry", members.len())));
            }
            let body = lower::resource(attributes, members, session.shape(kind), &session.catalog)?;
            let request = Request::new(Method::Post, &[kind.endpoint()]).with_body(&body);
            let response = session.exchange(&*self.transport, request, &[201]).await?;
            lifted(&response, session, kind, None)
        };
        result.await.map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Changes attributes of a resource as it was read. Returns the resource where the service returned it.
    pub async fn update(&self, live: &Live, edits: &[Edit]) -> Result<Option<Live>, DirectoryError> {
        let operation = format!("changing {} {}", live.kind.word(), Escaped(&live.id));
        let result = async {
            let session = &self.reader.session;
            let operations = patch::operations(live, edits, session.shape(live.kind), &session.catalog)?;
            if operations.is_empty() {
                return Ok(None);
            }
            self.patch(live.kind, &live.id, live.version.as_deref(), &operations).await
        };
        result.await.map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Adds and removes members of a group, in as many requests as the dialect's `members_per_request` needs: additions first. The
    /// caller sees to it that no two changes of one group are under way at once. After a failure some of them may have been made.
    pub async fn change_members(&self, group_id: &str, add: &[Member], remove: &[Member]) -> Result<Option<Live>, DirectoryError> {
        let operation = format!("changing the members of group {}", Escaped(group_id));
        let result = async {
            let most = self.reader.session.dialect.members_per_request;
            let mut last = None;
            for batch in add.chunks(most) {
                last = self.patch(Kind::Group, group_id, None, &patch::add_members(batch)?).await?;
            }
            for batch in remove.chunks(most) {
                last = self.patch(Kind::Group, group_id, None, &patch::remove_members(batch)?).await?;
            }
            Ok(last)
        };
        result.await.map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Deletes a resource; with its version, only if it still is what was read (where the service heeds that).
    pub async fn delete(&self, kind: Kind, id: &str, version: Option<&str>) -> Result<(), DirectoryError> {
        let operation = format!("deleting {} {}", kind.word(), Escaped(id));
        let result = async {
            check_id(id)?;
            let mut request = Request::new(Method::Delete, &[kind.endpoint(), id]);
            request.if_match = self.if_match(version);
            self.reader.session.exchange(&*self.transport, request, &[200, 204]).await
        };
        result.await.map(drop).map_err(|failure| self.reader.failed(&operation, failure))
    }

    async fn patch(&self, kind: Kind, id: &str, version: Option<&str>, operations: &[Json]) -> Result<Option<Live>, Failure> {
        check_id(id)?;
        let mut request = Request::new(Method::Patch, &[kind.endpoint(), id]).with_body(&patch::body(operations));
        request.if_match = self.if_match(version);
        let response = self.reader.session.exchange(&*self.transport, request, &[200, 204]).await?;
        self.returned(&response, kind, id)
    }

    /// The resource in the answer to a write. An answer without a body says that it was done and no more.
    fn returned(&self, response: &Response, kind: Kind, id: &str) -> Result<Option<Live>, Failure> {
        if response.status == 204 {
            return Ok(None);
        }
        if response.body.is_empty() {
            return Err(not_usable("it has the status 200 and no body"));
        }
        lifted(response, &self.reader.session, kind, Some(id)).map(Some)
    }

    fn if_match(&self, version: Option<&str>) -> Option<String> {
        let heeded = match self.reader.session.dialect.versions {
            Versions::Honoured => true,
            Versions::Auto => self.reader.capabilities.etag == Some(true),
            Versions::Ignored => false,
        };
        version.filter(|version| heeded && version.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())).map(str::to_owned)
    }
}
