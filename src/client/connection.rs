//! What is needed to connect to a directory. Nothing is sent here.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use crate::client::transport::{ReadTransport, Transport};
use crate::dialect::Dialect;
use crate::model::Catalog;
use crate::whole::last_sent::LastSent;

/// What is needed to read a directory. It cannot write: the transport offers GET alone.
#[derive(Clone)]
pub struct ReadConnection {
    /// The transport of the requests.
    pub transport: ReadTransport,
    /// How the service departs from the RFC.
    pub dialect: Dialect,
    /// The attributes that are known.
    pub catalog: Arc<Catalog>,
    /// The seed of the jitter between retries.
    pub seed: u64,
    /// The parts of the last push that cannot be read. Only for a directory that is written in one request.
    pub last_sent: LastSent,
}

impl ReadConnection {
    /// A connection with random waits between retries.
    pub fn new(transport: ReadTransport, dialect: Dialect, catalog: Arc<Catalog>) -> Self {
        // The random keys of a hasher are random enough for waits.
        Self {
            transport,
            dialect,
            catalog,
            seed: RandomState::new().hash_one(0),
            last_sent: LastSent::default(),
        }
    }
}

impl fmt::Debug for ReadConnection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "ReadConnection to {} in dialect {}",
            self.transport.origin(),
            self.dialect.name
        )
    }
}

/// What is needed to write to a directory. Its reading half uses the same transport.
#[derive(Clone)]
pub struct WriteConnection {
    pub(crate) reading: ReadConnection,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) pushing: Option<Arc<dyn Transport>>,
}

impl WriteConnection {
    /// A connection with random waits between retries.
    pub fn new(transport: Arc<dyn Transport>, dialect: Dialect, catalog: Arc<Catalog>) -> Self {
        let half = ReadTransport::new(Arc::clone(&transport));
        Self {
            reading: ReadConnection::new(half, dialect, catalog),
            transport,
            pushing: None,
        }
    }

    /// The same connection, with this seed of the jitter between retries.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.reading.seed = seed;
        self
    }

    /// The same connection, with another transport for a push.
    #[must_use]
    pub fn pushing_by(mut self, pushing: Arc<dyn Transport>) -> Self {
        self.pushing = Some(pushing);
        self
    }

    /// The same connection, with the parts of the last push that cannot be read.
    #[must_use]
    pub fn with_last_sent(mut self, last_sent: LastSent) -> Self {
        self.reading.last_sent = last_sent;
        self
    }
}

impl fmt::Debug for WriteConnection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "WriteConnection to {} in dialect {}",
            self.transport.origin(),
            self.reading.dialect.name
        )
    }
}
