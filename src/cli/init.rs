//! `wpsync init`: a starting configuration, sources and a CI workflow. It never overwrites a file.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::json;
use wpsync::state::FileError;

use super::Global;
use super::exit::{Exit, Failure};
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Write here
    #[arg(value_name = "DIR", default_value = ".")]
    folder: std::path::PathBuf,
}

const IGNORED: &str = include_str!("../../examples/init/gitignore");

const FILES: [(&str, &str); 4] = [
    ("wpsync.yaml", include_str!("../../examples/init/wpsync.yaml")),
    ("people.yaml", include_str!("../../examples/init/people.yaml")),
    (".gitignore", IGNORED),
    (".github/workflows/wpsync.yml", include_str!("../../examples/ci/github.yml")),
];

pub(crate) fn run(global: &Global, args: &InitArgs, ui: &Ui) -> Result<Exit, Failure> {
    let folder = global.folder.join(&args.folder);
    for (name, content) in FILES {
        let path = folder.join(name);
        let written = write_new(&path, content).map_err(FileError::at("write", &path))?;
        ui.result(&format!("{} {name}\n", if written { "wrote" } else { "kept " }));
        ui.event(|| json!({ "type": "file", "path": name, "state": if written { "wrote" } else { "kept" } }));
    }
    let ignored = fs::read_to_string(folder.join(".gitignore")).unwrap_or_default();
    let missing: Vec<&str> = IGNORED.lines().filter(|line| !ignored.lines().any(|there| there.trim() == *line)).collect();
    if !missing.is_empty() {
        ui.note(&format!("Add these lines to .gitignore, since plans and state hold personal data: {}", missing.join("  ")));
    }
    ui.note("Next: put your people into people.yaml, then `wpsync validate` and `wpsync plan`.");
    Ok(Exit::Done)
}

/// Writes a file if there is none.
fn write_new(path: &Path, content: &str) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(content.as_bytes()).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
