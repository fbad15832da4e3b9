//! The half of the client that writes. Each method sends what it is told, once; a write whose outcome is not
//! known is never repeated here, but looked up by its caller.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::client::DirectoryError;
use crate::client::reader::Reader;
use crate::client::reader::check_id;
use crate::client::reader::lifted;
use crate::client::retry::Tries;
use crate::client::session::WriteConnection;
use crate::client::transport::Transport;
use crate::dialect::DeleteRule;
use crate::dialect::UpdateBy;
use crate::dialect::Versions;
use crate::escape::Escaped;
use crate::killpoint::reached;
use crate::model::Live;
use crate::model::Member;
use crate::model::{Attributes, Kind};

use crate::dialect::Method;
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;
use crate::wire::envelope;
use crate::wire::envelope::not_usable;
use crate::wire::lower;
use crate::wire::patch;
use crate::wire::patch::Edit;
use crate::wire::put;

/// Makes the operations that add or remove some members.
type Operations<'o> = dyn Fn(&[Member]) -> Result<Vec<Json>, Failure> + Sync + 'o;

/// Why members were not all changed.
struct Stopped {
    failure: Failure,
    /// Whether requests before the one that failed did their part.
    made_some: bool,
}

impl Stopped {
    const fn before_any(failure: Failure) -> Self {
        Self {
            failure,
            made_some: false,
        }
    }
}

/// Writes to a directory. Cheap to clone; clones and the [`Reader`] inside share the limit on speed and the
/// tally.
#[derive(Clone)]
pub struct Writer {
    reader: Reader,
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

    /// Waits until a write that failed may be tried again, for as long as the service asked, and everybody
    /// else with it; false, at once, where it may not. The caller looks first whether the write is still
    /// right.
    pub async fn waited_to_repeat(&self, tries: &mut Tries, error: &DirectoryError) -> bool {
        self.reader.session.waited_to_repeat(tries, &error.failure).await
    }

    /// Creates a resource. A group takes at most as many members here as the dialect's
    /// [`crate::dialect::Dialect::members_on_create`]; the rest follow by [`Self::change_members`].
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

    /// Makes a deactivated person active again as the dialect says that it is done by POST: as if they were
    /// new, with all that they are.
    pub async fn recreate(&self, live: &Live, attributes: &Attributes) -> Result<Live, DirectoryError> {
        let operation = format!("reactivating {} {}", live.kind.word(), Escaped(&live.id));
        self.post(live.kind, attributes, &[], &[200, 201])
            .await
            .map_err(|failure| self.reader.failed(&operation, failure))
    }

    /// Changes attributes of a resource as it was read. Returns the resource where the service returned it.
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

    /// Adds and removes members of a group, in as many requests as the dialect needs: additions first. The
    /// caller sees to it that no two changes of one group are under way at once. After a failure some of them
    /// may have been made.
    pub async fn change_members(
        &self,
        group_id: &str,
        add: &[Member],
        remove: &[Member],
    ) -> Result<Option<Live>, DirectoryError> {
        let operation = format!("changing the members of group {}", Escaped(group_id));
        let dialect = &self.reader.session.dialect;
        let style = self.reader.session.shape(Kind::Group).style;
        let result = async {
            if *dialect.update.of(Kind::Group) == UpdateBy::Put {
                let group = Live {
                    kind: Kind::Group,
                    id: group_id.into(),
                    version: None,
                    attributes: Attributes::new(),
                    members: None,
                };
                return self
                    .put(&group, |text| put::members(text, add, remove))
                    .await
                    .map_err(Stopped::before_any);
            }
            let added = self
                .in_batches(group_id, add, dialect.members_per_request(), &|batch| {
                    style.add_members(batch)
                })
                .await?;
            let removed = self
                .in_batches(group_id, remove, dialect.removals_per_request(), &|batch| {
                    style.remove_members(batch)
                })
                .await;
            let removed = removed.map_err(|stopped| Stopped {
                made_some: stopped.made_some || !add.is_empty(),
                ..stopped
            })?;
            Ok(if remove.is_empty() { added } else { removed })
        };
        result.await.map_err(|Stopped { failure, made_some }| {
            let error = self.reader.failed(&operation, failure);
            if made_some { error.after_others() } else { error }
        })
    }

    /// Deletes a resource; with its version, only if it still is what was read (where the service heeds
    /// that).
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
                    "{detail} (this service deletes only accounts that nobody has ever used; deactivate this one)"
                );
                Failure::Refused {
                    status: 412,
                    scim_type,
                    detail: detail.trim_start().to_owned(),
                    retry_after,
                }
            }
            other => other,
        };
        result
            .await
            .map(drop)
            .map_err(|failure| self.reader.failed(&operation, explained(failure)))
    }

    /// Sends the one request that holds everything, once.
    pub async fn push(&self, request: Request) -> Result<(), DirectoryError> {
        let transport = self.pushing.as_ref().unwrap_or(&self.transport);
        let sent = self
            .reader
            .session
            .exchange(&**transport, request, &[200, 202])
            .await
            .map_err(crate::whole::explained);
        sent.and_then(|response| crate::whole::check_pushed(&response))
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
            return Err(lower::not_sent(&format!(
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

    /// The resource that was created, where the answer says only where it is. That address is not followed:
    /// its last segment is the id.
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

    /// Sends members in batches. A batch that is refused as such is sent in halves, once: the service may
    /// take fewer than its dialect says.
    async fn in_batches(
        &self,
        group_id: &str,
        members: &[Member],
        most: usize,
        operations: &Operations<'_>,
    ) -> Result<Option<Live>, Stopped> {
        let (mut rest, mut most, mut last, mut halved) = (members, most, None, None);
        while !rest.is_empty() {
            let stopped = |failure| Stopped {
                failure,
                made_some: rest.len() < members.len(),
            };
            let mut batch = &rest[..most.min(rest.len())];
            while batch.len() > 1 && self.is_too_large(&operations(batch).map_err(stopped)?) {
                batch = &batch[..batch.len().div_ceil(2)];
            }
            match self
                .patch(Kind::Group, group_id, None, &operations(batch).map_err(stopped)?)
                .await
            {
                Err(Failure::Refused {
                    status: 400 | 413, ..
                }) if batch.len() > 1 && halved.is_none() => {
                    most = batch.len().div_ceil(2);
                    halved = Some(most);
                    continue;
                }
                other => last = other.map_err(stopped)?,
            }
            reached("members.batch-sent");
            rest = &rest[batch.len()..];
        }
        Ok(last)
    }

    fn is_too_large(&self, operations: &[Json]) -> bool {
        let most = self.reader.session.dialect.membership.bytes_per_request;
        most.is_some_and(|most| patch::body(operations).to_string().len() > most)
    }

    /// Reads a resource and puts back what becomes of it. What differs from what the caller knows is for the
    /// caller to look at again.
    async fn put(
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

    async fn patch(
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
