//! Compares what the service does with what its dialect says. It holds a transport that can only read.

use super::opened::Opened;
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::{learning, reading};
use crate::client::ReadConnection;
use crate::client::transport::Transport as _;
use crate::doctor::{self, DoctorReport};
use crate::whole::form::Writes;

/// Examines the project's directory.
///
/// # Errors
/// When the directory is not a SCIM service, or cannot be reached.
pub async fn doctor(opened: &Opened, around: &Surroundings<'_>) -> Result<DoctorReport, Problem> {
    if let Writes::Whole(_) = opened.dialect.writes {
        return Err(Problem::error(format!(
            "doctor examines SCIM services, and {} is none",
            opened.dialect.name
        ))
        .hint("`wpsync plan` only reads, and says whether the key is accepted"));
    }
    let ReadConnection {
        transport, dialect, ..
    } = reading::connection(opened, around)?;
    let mut report = doctor::examine(transport.clone(), &dialect)
        .await
        .map_err(|failure| Problem::error(transport.redact(&failure.to_string())))?;
    report.learnt = learning::known(opened).shown().iter().map(Into::into).collect();
    Ok(report)
}
