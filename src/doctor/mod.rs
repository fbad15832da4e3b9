//! What a SCIM service really does, beside what its dialect says: for whoever sets wpsync up, and for support
//! tickets.
//!
//! It only ever sends GET, through a [`ReadTransport`]. What it tells is made of statuses, counts and yes or
//! no: no id, no name and no word of the service's own texts, so that a report can be shared.

mod answer;
mod discovery;
mod filters;
mod listing;
mod resources;
mod text;

pub use text::text;

use serde::Serialize;

use answer::{Answer, Probe};

use crate::client::transport::ReadTransport;
use crate::dialect::Dialect;
use crate::model::Kind;
use crate::wire::Failure;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The directory's address.
    pub origin: String,
    /// The dialect's name.
    pub dialect: String,
    /// Every check, in the order in which it was made.
    pub checks: Vec<Check>,
    /// How many requests it took.
    pub requests: u64,
}

/// One question to the service.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What is asked, in a few words.
    pub question: String,
    /// What the service does.
    pub service: String,
    /// What the dialect or the RFC says of it.
    pub expected: String,
    /// Whether the two agree.
    pub verdict: Verdict,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// Whether a service does what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Agrees,
    /// It does something else, and wpsync can live with it.
    Differs,
    /// wpsync cannot work like this.
    Problem,
    /// The directory holds nothing to tell by.
    Unknown,
}

impl Verdict {
    const fn of(agrees: bool) -> Self {
        if agrees { Self::Agrees } else { Self::Differs }
    }
}

impl Report {
    /// Whether wpsync can work with the service, as far as can be told.
    pub fn is_well(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Problem)
    }

    fn add(&mut self, question: impl Into<String>, finding: Finding) {
        let Finding {
            service,
            expected,
            verdict,
            suggestion,
        } = finding;
        self.checks.push(Check {
            question: question.into(),
            service,
            expected,
            verdict,
            suggestion,
        });
    }
}

/// The answer to a question.
struct Finding {
    service: String,
    expected: String,
    verdict: Verdict,
    suggestion: Option<String>,
}

impl Finding {
    fn new(verdict: Verdict, service: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            expected: expected.into(),
            verdict,
            suggestion: None,
        }
    }

    /// What to do, where the two do not agree.
    fn or(mut self, suggestion: impl Into<String>) -> Self {
        if matches!(self.verdict, Verdict::Differs | Verdict::Problem) {
            self.suggestion = Some(suggestion.into());
        }
        self
    }
}

/// Examines a service.
///
/// # Errors
/// When it cannot be reached at all.
pub async fn examine(transport: ReadTransport, dialect: &Dialect) -> Result<Report, Failure> {
    let probe = Probe::new(transport);
    let mut report = Report {
        origin: probe.origin(),
        dialect: dialect.name.clone(),
        checks: Vec::new(),
        requests: 0,
    };
    let config = discovery::examine(&probe, dialect, &mut report).await?;
    if token(&probe, &mut report).await {
        for kind in Kind::ALL {
            let list = listing::examine(&probe, dialect, kind, &mut report).await;
            filters::examine(&probe, dialect, &list, &mut report).await;
            resources::examine(&probe, dialect, &list, &mut report).await;
        }
        resources::versions(dialect, config.as_ref(), &mut report);
    }
    report.requests = probe.requests();
    Ok(report)
}

/// Whether the token is accepted: without it, nothing else can be asked.
async fn token(probe: &Probe, report: &mut Report) -> bool {
    let answer = probe.get(&["Users"], &[("count", "1")]).await;
    let (verdict, hint) = match answer.status {
        Some(200) if answer.is_list() => (Verdict::Agrees, ""),
        Some(200) => (
            Verdict::Problem,
            "this is no SCIM list: is the address the SCIM base, as https://…/scim/v2?",
        ),
        Some(401) => (
            Verdict::Problem,
            "is the token the right one for this directory, and has it expired?",
        ),
        Some(403) => (
            Verdict::Problem,
            "the token may not read people: does it have the right scope?",
        ),
        Some(404) => (
            Verdict::Problem,
            "is the address the SCIM base, as https://…/scim/v2?",
        ),
        _ => (
            Verdict::Problem,
            "the service does not list people; try again, then ask its operator",
        ),
    };
    let service = if verdict == Verdict::Agrees {
        "accepted".into()
    } else {
        answer.said()
    };
    report.add("token", Finding::new(verdict, service, "accepted").or(hint));
    verdict == Verdict::Agrees
}

/// A yes or no, or that a service does not say.
fn word(answer: Option<bool>) -> &'static str {
    answer.map_or("not said", |yes| if yes { "yes" } else { "no" })
}

/// Whether an answer is a list that a page was cut from.
fn page(answer: &Answer) -> String {
    let total = answer
        .total()
        .map_or_else(|| "no total".to_owned(), |total| format!("of {total}"));
    format!("{} rows {total}", answer.rows().len())
}
