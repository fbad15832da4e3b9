//! Writes to the project's directory. Only `clear` opens it.

use std::sync::Arc;

use super::door::Missing;
use super::opened::Opened;
use super::problem::Problem;
use super::reading;
use super::surroundings::Surroundings;
use crate::client::{BulkTransport, WriteConnection, Writer};
use crate::escape::Escaped;

/// How writes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Each write by its own request.
    Single,
    /// Several writes together, by Bulk requests.
    Bulk,
}

/// A writer to the project's directory.
pub(super) async fn writer(
    opened: &Opened,
    sending: Sending,
    around: &Surroundings<'_>,
) -> Result<Writer, Problem> {
    let mut transport = around.door.open(opened, around.environment, Missing::IsMade)?;
    let pushing = around.door.open_push(opened, around.environment)?;
    let mut dialect = opened.dialect.clone();
    if sending == Sending::Bulk {
        let operations = bulk_operations(opened)?;
        if let Some(bulk) = BulkTransport::around(Arc::clone(&transport), &dialect) {
            transport = Arc::new(bulk);
        }
        // Writes wait until a Bulk request is full, so more must run at once. The transport limits the
        // requests.
        dialect.max_concurrency = dialect.max_concurrency.max(operations);
    }
    let mut connection = WriteConnection::new(transport, dialect, Arc::clone(&opened.catalog))
        .with_seed(around.seed())
        .with_last_sent(reading::last_sent(opened)?);
    if let Some(pushing) = pushing {
        connection = connection.pushing_by(pushing);
    }
    Ok(Writer::open(connection).await?)
}

/// How many operations one Bulk request to the project's directory may hold.
pub(super) fn bulk_operations(opened: &Opened) -> Result<usize, Problem> {
    let limits = opened.dialect.bulk.ok_or_else(|| {
        let name = Escaped(&opened.dialect.name);
        Problem::error(format!(
            "the dialect {name} does not say that the service takes Bulk requests; nothing was sent"
        ))
        .hint("apply without --bulk, or add the row `bulk: { operations: … }` to a dialect file of your own")
    })?;
    Ok(limits.operations as usize)
}
