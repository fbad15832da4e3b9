//! A problem as one event of `--json`. The texts are exact: only JSON's own escapes are used.

use serde::Serialize;

use super::{Diagnostic, Files, Origin};

/// A problem as data for programs.
#[derive(Debug, Serialize)]
pub struct DiagnosticEvent<'a> {
    /// Always `diagnostic`.
    #[serde(rename = "type")]
    kind: &'static str,
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    hint: Option<&'a str>,
    related: Vec<RelatedPlace<'a>>,
    /// How often the problem was found, if more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// The next two places of the same problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<FurtherPlace<'a>>,
}

/// Another place of the same problem.
#[derive(Debug, Serialize)]
struct FurtherPlace<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

/// Another place that belongs to a problem.
#[derive(Debug, Serialize)]
pub(crate) struct RelatedPlace<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

impl Diagnostic {
    /// The problem as one JSON event.
    pub fn event<'a>(&'a self, files: &'a Files) -> DiagnosticEvent<'a> {
        let name = |origin: Origin| -> &'a str { files.name(origin.file) };
        let mut related = Vec::with_capacity(self.related.len());
        for (origin, message) in &self.related {
            related.push(RelatedPlace {
                file: name(*origin),
                line: origin.line,
                column: origin.column,
                message,
            });
        }
        DiagnosticEvent {
            kind: "diagnostic",
            severity: self.severity.word(),
            code: self.code,
            message: &self.message,
            file: self.origin.map(name),
            line: self.origin.map(|origin| origin.line),
            column: self.origin.map(|origin| origin.column),
            hint: self.hint.as_deref(),
            related,
            count: (self.count > 1).then_some(self.count),
            also: self
                .also
                .iter()
                .map(|origin| FurtherPlace {
                    file: name(*origin),
                    line: origin.line,
                    column: origin.column,
                })
                .collect(),
        }
    }
}
