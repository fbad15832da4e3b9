//! The half of the client that reads. A [`Reader`] holds a transport that only offers GET, so its owner
//! cannot write.

use std::fmt;
use std::sync::Arc;

use crate::client::DirectoryError;
use crate::client::connection::ReadConnection;
use crate::client::session::Session;
use crate::client::session::failed;
use crate::client::transport::ReadTransport;
use crate::client::transport::Transport as _;
use crate::client::whole::WholeReader;
use crate::dialect::Dialect;
use crate::dialect::Method;
use crate::dialect::Totals;
use crate::digest::Digest;
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::{Catalog, Kind};
use crate::whole::form::Writes;
use crate::wire::Capabilities;
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;
use crate::wire::Tally;
use crate::wire::envelope;
use crate::wire::envelope::not_usable;
use crate::wire::explained;
use crate::wire::id;
use crate::wire::lift;
use crate::wire::page;
use crate::wire::page::Page;

/// Reads a directory. Cheap to clone; clones share the speed limits and the tally.
#[derive(Clone)]
pub struct Reader {
    pub(crate) transport: ReadTransport,
    pub(crate) session: Arc<Session>,
    pub(crate) capabilities: Arc<Capabilities>,
    pub(crate) calls: Calls,
}

/// The kind of requests by which a directory is read.
#[derive(Clone)]
pub(crate) enum Calls {
    /// SCIM requests.
    Scim,
    /// Requests to a directory that is written in one request.
    Whole(Arc<WholeReader>),
}

/// What a plan records of the directory that it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The origin, in its normal form.
    pub origin: String,
    /// The dialect's name.
    pub dialect: String,
    /// The digest of the rows of the dialect that the client reads.
    pub dialect_digest: Digest,
    /// What the service announces.
    pub capabilities: Capabilities,
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Reader of {}", self.transport.origin())
    }
}

impl Reader {
    /// Opens a directory for reading, and asks what it can do. If the service does not say, the dialect alone
    /// counts.
    ///
    /// # Errors
    /// If the service cannot be reached, or if a directory that is written in one request does not accept the
    /// key.
    pub async fn open(connection: ReadConnection) -> Result<Self, DirectoryError> {
        let transport = connection.transport;
        let session = Arc::new(Session::new(
            connection.dialect,
            &connection.catalog,
            connection.seed,
        ));
        let failed = |failure| {
            let failure = explained(&session.dialect.errors, failure);
            failed(&transport, "opening the directory", failure)
        };
        let (capabilities, calls) = match &session.dialect.writes {
            Writes::Each => {
                let capabilities = capabilities(&session, &transport).await;
                (capabilities.map_err(failed)?, Calls::Scim)
            }
            Writes::Whole(form) => {
                let form = form.clone();
                let whole = WholeReader::new(
                    Arc::clone(&session),
                    transport.clone(),
                    form,
                    connection.last_sent,
                );
                whole.ping().await.map_err(failed)?;
                (Capabilities::default(), Calls::Whole(Arc::new(whole)))
            }
        };
        Ok(Self {
            transport,
            session,
            capabilities: Arc::new(capabilities),
            calls,
        })
    }

    /// What a plan records of this directory.
    pub fn facts(&self) -> Facts {
        let dialect = &self.session.dialect;
        Facts {
            origin: self.transport.origin().as_str().to_owned(),
            dialect: dialect.name.clone(),
            dialect_digest: dialect.digest(),
            capabilities: (*self.capabilities).clone(),
        }
    }

    /// The dialect of the directory.
    pub fn dialect(&self) -> &Dialect {
        &self.session.dialect
    }

    /// The attributes that are known.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.session.catalog
    }

    /// A text without the secrets of the transport.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.transport.redact(text)
    }

    /// How many requests were sent so far, by this reader and its clones.
    pub fn tally(&self) -> Tally {
        self.session.tally()
    }

    /// The resource with an id; `None` if the directory has no such resource.
    pub async fn get(&self, kind: Kind, id: &str) -> Result<Option<Live>, DirectoryError> {
        let operation = format!("reading {} {}", kind.word(), Escaped(id));
        let result = async {
            if let Calls::Whole(whole) = &self.calls {
                return Ok(whole
                    .last(kind)
                    .await?
                    .iter()
                    .find(|live| *live.id == *id)
                    .cloned());
            }
            check_id(id)?;
            let request = Request::new(Method::Get, &[kind.endpoint(), id]);
            let response = match self.session.exchange(&self.transport, request, &[200]).await {
                Err(Failure::Refused { status: 404, .. }) => return Ok(None),
                answer => answer?,
            };
            lifted(&response, &self.session, kind, Some(id)).map(Some)
        };
        result.await.map_err(|failure| self.failed(&operation, failure))
    }

    /// The account that the token belongs to (`/Me`, RFC 7644, section 3.11); `None` if the service does not
    /// tell it, as many do not.
    pub async fn own_account(&self) -> Option<Live> {
        if let Calls::Whole(_) = self.calls {
            return None;
        }
        let request = Request::new(Method::Get, &["Me"]);
        let response = self
            .session
            .exchange(&self.transport, request, &[200])
            .await
            .ok()?;
        lifted(&response, &self.session, Kind::User, None).ok()
    }

    /// How many seconds the service's clock is ahead of this machine's clock; `None` if the service did not
    /// tell its time.
    pub fn clock_offset(&self) -> Option<i64> {
        self.session.clock.offset()
    }

    /// One page of a list.
    pub(crate) async fn page(&self, kind: Kind, request: Request) -> Result<Page, Failure> {
        let response = self.session.exchange(&self.transport, request, &[200]).await?;
        let mut page = page::parse(envelope::text(&response)?, self.session.shape(kind))
            .map_err(|error| envelope::not_json(&response, &error))?;
        if self.session.dialect.totals != Totals::Whole {
            page.total = None; // it counts the page, or should not be there
        }
        Ok(page)
    }

    pub(crate) fn failed(&self, operation: &str, failure: Failure) -> DirectoryError {
        failed(
            &self.transport,
            operation,
            explained(&self.session.dialect.errors, failure),
        )
    }
}

/// What a service announces. A service that does not say announces nothing. The only errors are a service
/// that cannot be reached and a request that cannot be sent.
async fn capabilities(session: &Session, transport: &ReadTransport) -> Result<Capabilities, Failure> {
    let request = Request::new(Method::Get, &["ServiceProviderConfig"]);
    match session.exchange(transport, request, &[200]).await {
        Ok(response) => Ok(envelope::text(&response)
            .map(Capabilities::read)
            .unwrap_or_default()),
        Err(failure @ (Failure::Unreachable { .. } | Failure::NotSent { .. })) => Err(failure),
        Err(_) => Ok(Capabilities::default()),
    }
}

/// Refuses an id that is not safe to use in a path.
pub(crate) fn check_id(id: &str) -> Result<(), Failure> {
    if id::is_safe_id(id) {
        Ok(())
    } else {
        Err(Failure::not_sent("the id is not safe to use in a path"))
    }
}

/// The resource in an answer. If an id is given, the resource must have it.
pub(crate) fn lifted(
    response: &Response,
    session: &Session,
    kind: Kind,
    id: Option<&str>,
) -> Result<Live, Failure> {
    let text = envelope::text(response)?;
    let mut live =
        lift::resource(text, session.shape(kind)).map_err(|error| envelope::not_json(response, &error))?;
    if let Some(id) = id.filter(|id| **id != *live.id) {
        return Err(not_usable(&format!(
            "{} was asked for, and it is {}",
            Escaped(id),
            Escaped(&live.id)
        )));
    }
    if live.version.is_none() {
        live.version = response.header("etag").map(Into::into);
    }
    Ok(live)
}
