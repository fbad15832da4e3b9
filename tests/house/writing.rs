//! What only reads cannot come to what writes.

use crate::code::Code;
use crate::resolve::reached;
use crate::rules::Violation;

/// The files that only read. A folder stands for all files below it.
const READING: &[&str] = &[
    "src/cli/doctor.rs",
    "src/cli/drift.rs",
    "src/cli/export.rs",
    "src/cli/plan.rs",
    "src/cli/undo.rs",
    "src/cli/validate.rs",
    "src/cli/why.rs",
    "src/doctor/",
    "src/drift/",
    "src/export/",
    "src/operation/doctor.rs",
    "src/operation/drift.rs",
    "src/operation/export.rs",
    "src/operation/plan.rs",
    "src/operation/undo.rs",
    "src/operation/validate.rs",
    "src/operation/why.rs",
    "src/plan/",
    "src/survey/",
    "src/undo/",
    "src/why/",
];

/// The files that send what changes a directory.
const WRITING: &[&str] = &[
    "src/apply/execute.rs",
    "src/apply/run.rs",
    "src/client/bulk.rs",
    "src/client/writer.rs",
];

pub fn violations(code: &Code) -> Vec<Violation> {
    let uses = code.uses();
    let mut found = Vec::new();
    for file in uses
        .keys()
        .filter(|file| READING.iter().any(|reading| file.starts_with(reading)))
    {
        let reached = reached(&uses, file);
        for writing in WRITING.iter().filter(|writing| reached.contains_key(*writing)) {
            let mut way = vec![*writing];
            while let Some(before) = reached
                .get(way[way.len() - 1])
                .filter(|_| way[way.len() - 1] != *file)
            {
                way.push(before);
            }
            way.reverse();
            found.push(Violation {
                file: (*file).to_owned(),
                line: 1,
                subject: (*file).to_owned(),
                why: format!("comes to what writes: {}", way.join(" -> ")),
            });
        }
    }
    found
}
