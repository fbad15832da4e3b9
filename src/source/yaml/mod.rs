//! People and groups from YAML: `users:` and `groups:`, one person at a time.
//!
//! The YAML itself is read by [`crate::yaml`].

mod person;
mod value;

use person::KnownPaths;

use super::reading::{Emptiness, FileReading};
use crate::declared::{Loss, RowDraft, RowFault, RowProblem};
use crate::diagnostics::{Diagnostic, Origin, suggest};
use crate::model::Kind;
use crate::yaml::{Events, YamlEvent, YamlStop};

/// What a file says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileSays {
    /// It has no document, or an empty one.
    Nothing,
    /// It has a list that is written as empty, as `users: []`.
    Nobody,
    /// It has lists, or keys of lists.
    Lists,
}

/// Reads one file.
pub(crate) fn read(text: &str, reading: &mut FileReading<'_>) {
    let mut events = Events::new(reading.file, text);
    let mut said = FileSays::Lists;
    let ended = read_document(&mut events, reading, &mut said);
    reading.declared.is_cut |= ended.is_err();
    for problem in events.problems.into_vec() {
        reading.report(problem);
    }
    if ended.is_ok() && (said == FileSays::Nothing || reading.is_empty()) && !reading.has_problems() {
        let emptiness = match said {
            FileSays::Nobody => Emptiness::Written,
            FileSays::Nothing | FileSays::Lists => Emptiness::Left,
        };
        reading.report_empty("this file declares no person and no group", emptiness);
    }
}

fn read_document(
    events: &mut Events<'_>,
    reading: &mut FileReading<'_>,
    said: &mut FileSays,
) -> Result<(), YamlStop> {
    if events.open()?.is_none() {
        *said = FileSays::Nothing;
        return Ok(());
    }
    let (found, origin) = events.next()?;
    match found {
        YamlEvent::MapStart => read_lists(events, reading, said)?,
        YamlEvent::Scalar(scalar) if scalar.is_null() => *said = FileSays::Nothing,
        _ => {
            let problem = Diagnostic::error(
                "not-a-people-file",
                origin,
                "this file must be a map with `users` and `groups`",
            );
            return Err(events.stop(
                problem.hint("start with `users:` on a line of its own, and the people below it as a list"),
            ));
        }
    }
    events.close()
}

fn read_lists(
    events: &mut Events<'_>,
    reading: &mut FileReading<'_>,
    said: &mut FileSays,
) -> Result<(), YamlStop> {
    let mut paths = [KnownPaths::new(Kind::User), KnownPaths::new(Kind::Group)];
    events.map(|events, key, key_origin| {
        let Some(at) = Kind::ALL.iter().position(|kind| kind.plural() == key) else {
            let problem = Diagnostic::error(
                "unknown-key",
                key_origin,
                format!("`{key}` is not a part of a people file"),
            );
            events
                .problems
                .push(problem.hint(suggest::instead(&key, &["users", "groups"])));
            events.node()?;
            return Ok(());
        };
        let (found, origin) = events.next()?;
        match found {
            YamlEvent::ListStart => {
                if matches!(events.peek()?.0, YamlEvent::ListEnd) {
                    *said = FileSays::Nobody;
                }
                while !matches!(events.peek()?.0, YamlEvent::ListEnd) {
                    let problems = events.problems.occurrences();
                    let node = events.node()?;
                    let mut row = RowDraft::new(Kind::ALL[at], origin);
                    if events.problems.occurrences() > problems {
                        row.fault = Some(Box::new(damaged(node.origin)));
                    }
                    paths[at].read(node, row, reading);
                }
                events.next()?;
            }
            YamlEvent::Scalar(scalar) if scalar.is_null() => {}
            YamlEvent::Refused => {}
            _ => {
                let problem = Diagnostic::error("not-a-list", origin, format!("`{key}` must be a list"));
                return Err(events
                    .stop(problem.hint(format!("start each of the {key} with `- ` on a line of its own"))));
            }
        }
        Ok(())
    })
}

/// The fault of a row with YAML that is not read. That is reported as a problem of the file.
fn damaged(origin: Origin) -> RowFault {
    RowFault {
        problem: RowProblem {
            message: "a part of this is YAML that is not read".to_owned(),
            next: "correct the file".to_owned(),
            origin,
        },
        loss: Loss::Identity,
    }
}
