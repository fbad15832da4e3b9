//! The half of the client that writes. Each method sends its request once. A write whose outcome is not known
//! is never repeated here; its caller reads the resource first.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::client::DirectoryError;
use crate::client::connection::WriteConnection;
use crate::client::reader::Reader;
use crate::client::reader::check_id;
use crate::client::reader::lifted;
use crate::client::retry::Tries;
use crate::client::transport::Transport;
use crate::dialect::DeleteRule;
use crate::dialect::UpdateBy;
use crate::dialect::Versions;
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::Member;
use crate::model::{Attributes, Kind};

use crate::dialect::Method;
use crate::whole::answer;
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;
use crate::wire::envelope;
use crate::wire::envelope::not_usable;
use crate::wire::lower;
use crate::wire::patch;
use crate::wire::patch::Edit;
use crate::wire::put;

/// Writes to a directory. Cheap to clone; clones and the [`Reader`] inside share the speed limits and the
/// tally.
#[derive(Clone)]
pub struct Writer {
    pub(super) reader: Reader,
    transport: Arc<dyn Transport>,
    pushing: Option<Arc<dyn Transport>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Writer to {}", self.transport.origin())
    }
}

impl Writer {
    /// Opens a directory for reading and writing.
    pub async fn open(connection: WriteConnection) -> Result<Self, DirectoryError> {
        Ok(Self {
            reader: Reader::open(connection.reading).await?,
            transport: connection.transport,
            pushing: connection.pushing,
        })
    }

    /// The reading half.
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits until a failed write may be tried again, and returns true. If the write may not be tried again,
    /// returns false at once. If the service asked to wait, all requests to the directory wait. The caller
    /// then checks that the write is still right.
    pub async fn waited_to_repeat(&self, tries: &mut Tries, error: &DirectoryError) -> bool {
        self.reader.session.waited_to_repeat(tries, &error.failure).await
    }

    /// Creates a resource. A group may come with at most [`crate::dialect::Dialect::members_on_create`]
    /// members; the others are added by [`Self::change_members`].
    pub async fn create(
        &self,
        kind: Kind,
        attributes: &Attributes,
        members: &[Member],
    ) -> Result<Live, DirectoryError> {
        let operation = format!(
            "creating {}:{}",
            kind.word(),
            Escaped(&self.name_of(kind, attributes))
        );
        self.post(kind, attributes, members, &[201])
            .await
            .map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Makes a deactivated person active again by POST, as if the person were new. The request holds all of
    /// the person's attributes.
    pub async fn recreate(&self, live: &Live, attributes: &Attributes) -> Result<Live, DirectoryError> {
        let operation = format!("reactivating {} {}", live.kind.word(), Escaped(&live.id));
        self.post(live.kind, attributes, &[], &[200, 201])
            .await
            .map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Changes attributes of a resource as it was read. Returns the resource if the answer has it.
    pub async fn update(&self, live: &Live, edits: &[Edit]) -> Result<Option<Live>, DirectoryError> {
        let operation = format!("changing {} {}", live.kind.word(), Escaped(&live.id));
        let session = &self.reader.session;
        let result = async {
            if edits.is_empty() {
                return Ok(None);
            }
            if *session.dialect.update.of(live.kind) == UpdateBy::Put {
                return self
                    .put(live, |text| {
                        put::body(text, edits, session.dialect.clearing, &session.catalog)
                    })
                    .await;
            }
            let operations = patch::operations(live, edits, session.shape(live.kind), &session.catalog)?;
            self.patch(live.kind, &live.id, live.version.as_deref(), &operations)
                .await
        };
        result
            .await
            .map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Deletes a resource. With a version, the service deletes it only if it is unchanged since it was read,
    /// provided that the service checks `If-Match`.
    pub async fn delete(&self, kind: Kind, id: &str, version: Option<&str>) -> Result<(), DirectoryError> {
        let operation = format!("deleting {} {}", kind.word(), Escaped(id));
        let rule = *self.reader.session.dialect.delete.of(kind);
        let result = async {
            check_id(id)?;
            let mut request = Request::new(Method::Delete, &[kind.endpoint(), id]);
            request.if_match = self.if_match(version);
            self.reader
                .session
                .exchange(&*self.transport, request, &[200, 204])
                .await
        };
        let explained = |failure| match failure {
            Failure::Refused {
                status: 412,
                scim_type,
                detail,
                retry_after,
            } if rule == DeleteRule::Unclaimed => {
                let detail = format!(
                    "{detail} (this service deletes only accounts that nobody has ever used; \
                     deactivate this one)"
                );
                Failure::Refused {
                    status: 412,
                    scim_type,
                    detail: detail.trim_start().to_owned(),
                    retry_after,
                }
            }
            answer => answer,
        };
        result
            .await
            .map(drop)
            .map_err(|failure| self.reader.failed(&operation, explained(failure)))
    }

    /// Sends a push, the one request that holds everything, once.
    pub async fn push(&self, request: Request) -> Result<(), DirectoryError> {
        let transport = self.pushing.as_ref().unwrap_or(&self.transport);
        let sent = self
            .reader
            .session
            .exchange(&**transport, request, &[200, 202])
            .await
            .map_err(answer::explained);
        sent.and_then(|response| answer::check_pushed(&response))
            .map_err(|failure| self.reader.failed("pushing everybody", failure))
    }

    async fn post(
        &self,
        kind: Kind,
        attributes: &Attributes,
        members: &[Member],
        wanted: &[u16],
    ) -> Result<Live, Failure> {
        let session = &self.reader.session;
        let most = session.dialect.members_on_create();
        if members.len() > most {
            return Err(Failure::not_sent(&format!(
                "{} members are more than the {most} that one request may carry",
                members.len()
            )));
        }
        let body = lower::resource(attributes, members, session.shape(kind), &session.catalog)?;
        let request = Request::new(Method::Post, &[kind.endpoint()]).with_body(&body);
        let response = session.exchange(&*self.transport, request, wanted).await?;
        match response.header("location").filter(|_| response.body.is_empty()) {
            Some(location) => self.created_at(kind, location).await,
            None => lifted(&response, session, kind, None),
        }
    }

    /// Reads the created resource if the answer has only its address. The address is not followed: its last
    /// segment is the id.
    async fn created_at(&self, kind: Kind, location: &str) -> Result<Live, Failure> {
        let last = location
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let id = percent_encoding::percent_decode_str(last)
            .decode_utf8()
            .map_err(|_| not_usable("its location has no id"))?;
        let found = self.reader.get(kind, &id).await.map_err(|error| error.failure)?;
        found.ok_or_else(|| not_usable("it was created, and is not there"))
    }

    /// Reads a resource, changes it, and puts it back. If the resource is not as the caller knows it, nothing
    /// is written and the failure is a 412.
    pub(super) async fn put(
        &self,
        live: &Live,
        change: impl FnOnce(&str) -> Result<Box<RawValue>, Failure>,
    ) -> Result<Option<Live>, Failure> {
        let session = &self.reader.session;
        let (kind, id) = (live.kind, &*live.id);
        check_id(id)?;
        let request = Request::new(Method::Get, &[kind.endpoint(), id]);
        let response = session.exchange(&self.reader.transport, request, &[200]).await?;
        let now = lifted(&response, session, kind, Some(id))?;
        let moved = live
            .attributes
            .iter()
            .any(|(attribute, value)| now.attributes.get(attribute) != Some(value));
        if moved {
            let detail = "it changed while it was being changed; nothing was written".to_owned();
            return Err(Failure::Refused {
                status: 412,
                scim_type: None,
                detail,
                retry_after: None,
            });
        }
        let body = change(envelope::text(&response)?)?;
        let mut request = Request::new(Method::Put, &[kind.endpoint(), id]);
        request.body = Some(body.get().to_owned().into());
        request.if_match = self.if_match(now.version.as_deref());
        let response = session.exchange(&*self.transport, request, &[200, 204]).await?;
        self.returned(&response, kind, id)
    }

    fn name_of(&self, kind: Kind, attributes: &Attributes) -> String {
        attributes
            .get(self.reader.catalog().naming(kind))
            .map(crate::model::Value::plain)
            .unwrap_or_default()
    }

    pub(super) async fn patch(
        &self,
        kind: Kind,
        id: &str,
        version: Option<&str>,
        operations: &[Json],
    ) -> Result<Option<Live>, Failure> {
        check_id(id)?;
        let mut request =
            Request::new(Method::Patch, &[kind.endpoint(), id]).with_body(&patch::body(operations));
        request.if_match = self.if_match(version);
        let response = self
            .reader
            .session
            .exchange(&*self.transport, request, &[200, 204])
            .await?;
        self.returned(&response, kind, id)
    }

    /// The resource in the answer to a write; `None` for a 204, which says only that the write was done.
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
        version
            .filter(|version| {
                heeded
                    && version
                        .bytes()
                        .all(|byte| byte == b' ' || byte.is_ascii_graphic())
            })
            .map(str::to_owned)
    }
}
