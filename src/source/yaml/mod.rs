//! People and groups from YAML: `users:` and `groups:`, one person at a time.
//!
//! The YAML itself is read by [`crate::yaml`].

mod person;
mod value;

use person::KnownPaths;

use super::reading::FileReading;
use crate::declared::{Loss, RowDraft, RowFault, RowProblem};
use crate::diagnostics::{Diagnostic, Origin, suggest};
use crate::model::Kind;
use crate::yaml::{Events, Unreadable, YamlEvent};

/// Reads one file.
pub(crate) fn read(text: &str, reading: &mut FileReading<'_>) {
    let mut events = Events::new(reading.file, text);
    let mut nothing_said = false;
    let ended = read_document(&mut events, reading, &mut nothing_said);
    reading.declared.is_cut |= ended.is_err();
    for problem in events.problems.into_vec() {
        reading.report(problem);
    }
    if ended.is_ok() && (nothing_said || reading.rows() == 0) && !reading.has_problems() {
        let problem = Diagnostic::error(
            "empty-source",
            Origin::start_of(reading.file),
            "this file declares no person and no group",
        );
        reading.report(problem.hint("check the export; to stop reading the file, take it out of `sources`"));
    }
}

fn read_document(
    events: &mut Events<'_>,
    reading: &mut FileReading<'_>,
    nothing_said: &mut bool,
) -> Result<(), Unreadable> {
    if events.open()?.is_none() {
        *nothing_said = true;
        return Ok(());
    }
    let (found, origin) = events.next()?;
    match found {
        YamlEvent::MapStart => read_lists(events, reading)?,
        YamlEvent::Scalar(scalar) if scalar.is_null() => *nothing_said = true,
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

fn read_lists(events: &mut Events<'_>, reading: &mut FileReading<'_>) -> Result<(), Unreadable> {
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
                while !matches!(events.peek()?.0, YamlEvent::ListEnd) {
                    let problems = events.problems.occurrences();
                    let node = events.node()?;
                    let mut row = RowDraft::new(Kind::ALL[at], origin);
                    if events.problems.occurrences() > problems {
                        row.fault = Some(damaged(node.origin));
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
fn damaged(origin: Origin) -> Box<RowFault> {
    Box::new(RowFault {
        problem: RowProblem {
            message: "a part of this is YAML that is not read".to_owned(),
            next: "correct the file".to_owned(),
            origin,
        },
        loss: Loss::Identity,
    })
}
