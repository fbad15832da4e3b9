//! Examines what a SCIM service really does, and compares it with what its dialect says. For setting wpsync
//! up, and for support tickets.
//!
//! The doctor sends only GET, through a [`ReadTransport`]. Its report has statuses, counts, yes and no. It
//! has no id, no name and no text of the service, so that it can be shared.

mod agreement;
mod answer;
mod discovery;
mod filters;
mod listing;
mod report;
mod resources;
mod rows;
mod text;

pub use report::{Check, Conformance, DoctorReport, LearntRule};
pub use text::text;

use answer::Probe;
use listing::ListWalk;
use report::Finding;

use crate::client::transport::ReadTransport;
use crate::dialect::{Dialect, Groups, Paging};
use crate::model::Kind;
use crate::wire::Failure;

/// Examines a service.
///
/// # Errors
/// [`Failure`] if the service cannot be reached.
pub(crate) async fn examine(transport: ReadTransport, dialect: &Dialect) -> Result<DoctorReport, Failure> {
    let probe = Probe::new(transport);
    let mut report = DoctorReport {
        origin: probe.origin(),
        dialect: dialect.name.clone(),
        about: dialect.notes.to_know().map(str::to_owned),
        checks: Vec::new(),
        requests: 0,
        learnt: Vec::new(),
        suggested: Vec::new(),
        rows: rows::SuggestedRows::default(),
    };
    let config = discovery::examine(&probe, dialect, &mut report).await?;
    if token(&probe, dialect, &mut report).await {
        let walk = ListWalk::of(dialect, config.as_ref());
        for kind in Kind::ALL {
            if kind == Kind::Group && dialect.groups == Groups::None {
                report.add(
                    "groups",
                    Finding::new(Conformance::Agrees, "not asked for", "groups none"),
                );
                continue;
            }
            let list = listing::examine(&probe, walk, kind, &mut report).await;
            filters::examine(&probe, dialect, &list, &mut report).await;
            resources::examine(&probe, dialect, &list, &mut report).await;
            agreement::examine(&probe, dialect, &list, &mut report).await;
        }
        resources::versions(dialect, config.as_ref(), &mut report);
    }
    report.suggested = report.rows.lines(dialect);
    report.requests = probe.requests();
    Ok(report)
}

/// Examines whether the token is accepted. If it is not, nothing else can be asked.
async fn token(probe: &Probe, dialect: &Dialect, report: &mut DoctorReport) -> bool {
    let one = [("count", "1")];
    let query = if dialect.paging == Paging::None {
        &[][..]
    } else {
        &one
    };
    let answer = probe.get(&["Users"], query).await;
    let (verdict, hint) = match answer.status {
        Some(200) if answer.is_list() => (Conformance::Agrees, ""),
        Some(200) => (
            Conformance::Problem,
            "this is no SCIM list: is the address the SCIM base, as https://…/scim/v2?",
        ),
        Some(401) => (
            Conformance::Problem,
            "is the token the right one for this directory, and has it expired?",
        ),
        Some(403) => (
            Conformance::Problem,
            "the token may not read people: does it have the right scope?",
        ),
        Some(404) => (
            Conformance::Problem,
            "is the address the SCIM base, as https://…/scim/v2?",
        ),
        _ => (
            Conformance::Problem,
            "the service does not list people; try again, then ask its operator",
        ),
    };
    let service = if verdict == Conformance::Agrees {
        "accepted".into()
    } else {
        answer.said()
    };
    report.add("token", Finding::new(verdict, service, "accepted").or(hint));
    verdict == Conformance::Agrees
}
