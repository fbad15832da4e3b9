//! The places at which an apply is killed: all that the sources name, and every one of them is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::project::{Project, said};

/// The places, as the sources have them. A new way of writing needs places of its own; then they belong here.
pub const PLACES: [&str; 19] = [
    "change.answered",
    "change.created",
    "change.decided",
    "change.intended",
    "change.read-back",
    "change.recorded",
    "change.updated",
    "file.renamed",
    "file.written",
    "journal.appended",
    "journal.opened",
    "journal.synced",
    "last-applied.written",
    "lock.taken",
    "members.batch-sent",
    "plan.checked",
    "plan.done",
    "plan.finished",
    "plan.kept",
];
/// Those of an apply that goes in one request; the stories of such a directory are killed there.
const PLACES_OF_A_PUSH: [&str; 3] = ["push.answered", "push.intended", "push.recorded"];
/// And the last one, which is after everything.
pub const LAST: &str = "receipt.written";

/// How often each place is reached by an apply of so many changes at once that nobody interrupts.
pub fn reached(project: &Project, parallelism: usize) -> BTreeMap<String, u64> {
    project.start_over();
    let log = project.path("reached.log");
    let ran = project
        .apply(parallelism)
        .env("WPSYNC_KILL_LOG", &log)
        .output()
        .expect("the command starts");
    assert_eq!(ran.status.code(), Some(0), "{}", said(&ran));
    let text = std::fs::read_to_string(&log).expect("a log");
    std::fs::remove_file(&log).expect("removed");
    text.lines().fold(BTreeMap::new(), |mut counts, name| {
        *counts.entry(name.to_owned()).or_default() += 1;
        counts
    })
}

/// Every place that a source file names.
fn named() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("text");
                let calls = text
                    .split("reached(\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next());
                names.extend(calls.map(str::to_owned));
            }
        }
    }
    names
}

#[test]
fn the_places_are_those_of_the_sources_and_all_are_reached() {
    let listed: BTreeSet<String> = PLACES.into_iter().chain([LAST]).map(str::to_owned).collect();
    let all: BTreeSet<String> = listed
        .iter()
        .cloned()
        .chain(PLACES_OF_A_PUSH.map(str::to_owned))
        .collect();
    assert_eq!(
        named(),
        all,
        "a new way of writing has its places, and the list has them too"
    );
    let project = Project::planned();
    let counts = reached(&project, 1);
    assert_eq!(counts.keys().cloned().collect::<BTreeSet<_>>(), listed);
    let of_changes: u64 = counts
        .iter()
        .filter(|(name, _)| name.starts_with("change.") || name.starts_with("journal."))
        .map(|(_, count)| count)
        .sum();
    println!(
        "places reached by one apply: {} ({counts:?})",
        counts.values().sum::<u64>()
    );
    assert!(
        of_changes >= 6 * crate::company::CHANGES as u64,
        "at least six for each change"
    );
}
