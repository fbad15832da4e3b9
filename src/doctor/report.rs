//! What the doctor finds: a list of questions, each with what the service does and what was expected.

use serde::Serialize;

use super::rows::SuggestedRows;
use crate::model::{Kind, RuleShown};

/// What the doctor found.
#[derive(Debug, Serialize)]
pub struct DoctorReport {
    /// The directory's address.
    pub origin: String,
    /// The dialect's name.
    pub dialect: String,
    /// What a user must know of the service, as the dialect says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Every check, in the order in which it was made.
    pub checks: Vec<Check>,
    /// The number of requests.
    pub requests: u64,
    /// What applies learnt of the service: each rule by which it rewrites the texts of an attribute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub learnt: Vec<LearntRule>,
    /// Rows of a dialect that say what the service does, as lines of YAML.
    #[serde(rename = "rows")]
    pub suggested: Vec<String>,
    #[serde(skip)]
    pub(super) rows: SuggestedRows,
}

/// A rule by which a service rewrites the texts of an attribute, as applies saw it.
#[derive(Debug, Serialize)]
pub struct LearntRule {
    /// The attribute, as `users.title`.
    pub attribute: String,
    /// What becomes of a text, in a few words.
    pub rule: String,
    /// How many different texts showed it.
    pub texts: usize,
    /// Whether every text of the attribute is taken to follow it. If not, only the texts that showed it are.
    pub is_believed: bool,
    /// The dialect's row that says the same.
    pub row: String,
}

impl From<&RuleShown<'_>> for LearntRule {
    fn from(shown: &RuleShown<'_>) -> Self {
        Self {
            attribute: shown.attribute.to_owned(),
            rule: shown.rule.said(),
            texts: shown.texts,
            is_believed: shown.is_believed,
            row: shown.row(),
        }
    }
}

/// One question about the service, and its answer.
#[derive(Debug, Serialize)]
pub struct Check {
    /// The question, in a few words.
    pub question: String,
    /// What the service does.
    pub service: String,
    /// What the dialect or the RFC says about it.
    pub expected: String,
    /// Whether the two agree.
    pub verdict: Conformance,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// Whether a service does what its dialect or the RFC says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conformance {
    /// The service does what is expected.
    Agrees,
    /// The service does something else, and wpsync can cope with it.
    Differs,
    /// The service does something that wpsync cannot cope with.
    Problem,
    /// The directory has no data that shows it.
    Unknown,
}

impl Conformance {
    /// `Agrees` if what was found is what was expected, else `Differs`.
    pub(super) fn comparing<T: PartialEq + Copy>(found: T, expected: T) -> Self {
        if found == expected {
            Self::Agrees
        } else {
            Self::Differs
        }
    }
}

impl DoctorReport {
    /// Whether a plan would meet no problem with the service, as far as can be told.
    pub fn is_well(&self) -> bool {
        self.checks
            .iter()
            .all(|check| check.verdict != Conformance::Problem)
    }

    /// Whether the second page of a kind is not what it should be.
    pub(super) fn is_stuck(&self, kind: Kind) -> bool {
        let question = format!("{}: page two", kind.plural());
        let mut checks = self.checks.iter();
        checks.any(|check| check.question == question && check.verdict == Conformance::Problem)
    }

    pub(super) fn add(&mut self, question: impl Into<String>, finding: Finding) {
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
pub(super) struct Finding {
    service: String,
    expected: String,
    pub(super) verdict: Conformance,
    suggestion: Option<String>,
}

impl Finding {
    pub(super) fn new(verdict: Conformance, service: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            expected: expected.into(),
            verdict,
            suggestion: None,
        }
    }

    /// Adds what to do if the service differs from what is expected.
    pub(super) fn or(mut self, suggestion: impl Into<String>) -> Self {
        if matches!(self.verdict, Conformance::Differs | Conformance::Problem) {
            self.suggestion = Some(suggestion.into());
        }
        self
    }
}

/// Yes, no, or that the service does not say.
pub(super) fn word(answer: Option<bool>) -> &'static str {
    answer.map_or("not said", |yes| if yes { "yes" } else { "no" })
}
