//! What it takes to speak to a directory, before anything is sent.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use crate::client::transport::Transport;
use crate::dialect::Dialect;
use crate::model::Catalog;
use crate::whole::last_sent::LastSent;

/// What it takes to speak to a directory.
#[derive(Clone)]
pub struct Connection {
    /// How requests get there.
    pub transport: Arc<dyn Transport>,
    /// How the service departs from the RFC.
    pub dialect: Dialect,
    /// The attributes that are known.
    pub catalog: Arc<Catalog>,
    /// The seed of the jitter between retries.
    pub seed: u64,
    /// How a request that holds everything gets there, where not by `transport`.
    pub pushing: Option<Arc<dyn Transport>>,
    /// What was last sent and cannot be read, where the directory is written whole.
    pub last_sent: LastSent,
}

impl Connection {
    /// A connection whose retries are spread at random.
    pub fn new(transport: Arc<dyn Transport>, dialect: Dialect, catalog: Arc<Catalog>) -> Self {
        // The keys of a hasher are random enough for waits.
        Self {
            transport,
            dialect,
            catalog,
            seed: RandomState::new().hash_one(0),
            pushing: None,
            last_sent: LastSent::default(),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Connection to {} in dialect {}",
            self.transport.origin(),
            self.dialect.name
        )
    }
}
