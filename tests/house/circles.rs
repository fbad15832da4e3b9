//! No file uses what a file says that uses it, whether at once or by way of others. The word lives with its
//! worker: what two files share stands in a third.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::Code;
use crate::resolve::reached;
use crate::rules::Violation;

pub fn violations(code: &Code) -> Vec<Violation> {
    let uses = code.uses();
    let reach: BTreeMap<&str, BTreeSet<&str>> = uses
        .keys()
        .map(|file| (*file, reached(&uses, file).into_keys().collect()))
        .collect();
    let mut found = Vec::new();
    for (file, of_file) in &uses {
        for (used, mention) in of_file.iter().filter(|(used, _)| reach[*used].contains(file)) {
            found.push(Violation {
                file: (*file).to_owned(),
                line: mention.line,
                subject: file.split('/').nth(1).unwrap_or_default().to_owned(),
                why: format!("has a circle, {file} -> {used}, by `{}`", mention.path.join("::")),
            });
        }
    }
    found
}
