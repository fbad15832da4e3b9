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
}

/// Another place that belongs to a problem.
#[derive(Debug, Serialize)]
pub struct RelatedPlace<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

impl<'a> DiagnosticEvent<'a> {
    pub(super) fn of(diagnostic: &'a Diagnostic, files: &'a Files) -> Self {
        let name = |origin: Origin| -> &'a str { files.name(origin.file) };
        let related = |(origin, message): &'a (Origin, String)| RelatedPlace {
            file: name(*origin),
            line: origin.line,
            column: origin.column,
            message,
        };
        Self {
            kind: "diagnostic",
            severity: diagnostic.severity.word(),
            code: diagnostic.code,
            message: &diagnostic.message,
            file: diagnostic.origin.map(name),
            line: diagnostic.origin.map(|origin| origin.line),
            column: diagnostic.origin.map(|origin| origin.column),
            hint: diagnostic.hint.as_deref(),
            related: diagnostic.related.iter().map(related).collect(),
        }
    }
}
