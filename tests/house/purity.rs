//! The pure middle: rooms that do no I/O, read no clock, draw no lots and ask no environment.

use crate::code::{Code, Form};
use crate::resolve::Target;
use crate::rules::Violation;

/// The rooms, and a file of another room where only that one is pure.
const PURE: &[&str] = &[
    "approval",
    "capability",
    "declared",
    "desired",
    "diagnostics",
    "dialect",
    "digest",
    "drift",
    "escape",
    "export",
    "journal::record",
    "mapping",
    "matching",
    "model",
    "plan",
    "policy",
    "receipt",
    "redaction",
    "review",
    "source",
    "undo",
    "whole::answer",
    "whole::compose",
    "whole::content",
    "whole::form",
    "whole::last_sent",
    "whole::lift",
    "whole::look",
    "whole::moved",
    "why",
    "wire",
    "yaml",
];

/// What touches the world: a path and everything below it.
const WORLD: &[&str] = &[
    "axum",
    "console::Term",
    "console::colors_enabled",
    "console::user_attended",
    "getrandom",
    "indicatif",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "jiff::tz::TimeZone::system",
    "mimalloc",
    "rand",
    "redb",
    "reqwest",
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime::now",
    "tempfile",
    "tokio",
    "tower",
];

/// What is data alone, of crates that touch the world.
const DATA: &[&str] = &["axum::body::Bytes", "axum::http"];

/// Methods of a path that ask the file system.
const OF_PATHS: &[&str] = &[
    "canonicalize",
    "exists",
    "is_dir",
    "is_file",
    "is_symlink",
    "read_dir",
    "read_link",
    "symlink_metadata",
    "try_exists",
];

pub fn violations(code: &Code) -> Vec<Violation> {
    let mut found = Vec::new();
    for (name, module) in &code.modules {
        let full = name.join("::");
        if !PURE.iter().any(|pure| is_below(&full, pure)) {
            continue;
        }
        for mention in &module.mentions {
            let touched = match (mention.form, code.target(name, mention)) {
                (Form::Method, _) => {
                    let method = &mention.path[0];
                    OF_PATHS
                        .contains(&method.as_str())
                        .then(|| format!(".{method}()"))
                }
                (_, Target::Foreign(path)) => {
                    let path = path.join("::");
                    let is_data = DATA.iter().any(|data| is_below(&path, data));
                    (!is_data && WORLD.iter().any(|door| is_below(&path, door))).then_some(path)
                }
                _ => None,
            };
            found.extend(touched.map(|subject| Violation {
                file: module.file.clone(),
                line: mention.line,
                subject,
                why: format!("touches the world, and {} is pure", Code::room(name)),
            }));
        }
    }
    found
}

/// Whether a path is another or lies below it.
pub fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
