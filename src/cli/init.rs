//! `wpsync init`: a starting configuration, sources and a CI workflow. It never overwrites a file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use wpsync::escape::Escaped;
use wpsync::operation::{Problem, ProblemKind};
use wpsync::state::FileError;

use super::exit::Exit;
use super::global::Global;
use super::result::Result;
use super::tool_config::{self, Converted, KEY_VARIABLE};
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Write here
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Take over the configuration of a tool: `officevibe` and its config.json
    #[arg(long, num_args = 2, value_names = ["TOOL", "FILE"])]
    from: Vec<String>,
}

const IGNORED: &str = include_str!("../../examples/init/gitignore");

const FILES: [(&str, &str); 4] = [
    ("wpsync.yaml", include_str!("../../examples/init/wpsync.yaml")),
    ("people.yaml", include_str!("../../examples/init/people.yaml")),
    (".gitignore", IGNORED),
    (
        ".github/workflows/wpsync.yml",
        include_str!("../../examples/ci/github.yml"),
    ),
];

pub(crate) fn run(global: &Global, args: &InitArgs, ui: &Ui) -> Result<Exit> {
    let folder = global.folder.join(&args.folder);
    let taken_over = match &args.from[..] {
        [tool, file] => Some(take_over(tool, &global.folder.join(file), &folder)?),
        _ => None,
    };
    // The tool's own files have the people.
    let files = FILES
        .into_iter()
        .filter(|(name, _)| taken_over.is_none() || *name != "people.yaml");
    for (name, content) in files {
        let content = taken_over
            .as_ref()
            .filter(|_| name == "wpsync.yaml")
            .map_or(content, |converted| &converted.yaml);
        let path = folder.join(name);
        let written = write_new(&path, content).map_err(FileError::at("write", &path))?;
        ui.result(&format!("{} {name}\n", if written { "wrote" } else { "kept " }));
        ui.event(|| json!({ "type": "file", "path": name, "state": if written { "wrote" } else { "kept" } }));
    }
    let ignored = fs::read_to_string(folder.join(".gitignore")).unwrap_or_default();
    let missing: Vec<&str> = IGNORED
        .lines()
        .filter(|line| !ignored.lines().any(|there| there.trim() == *line))
        .collect();
    if !missing.is_empty() {
        ui.note(&format!(
            "Add these lines to .gitignore, since plans and state hold personal data: {}",
            missing.join("  ")
        ));
    }
    if let Some(converted) = taken_over {
        converted.notes.iter().for_each(|note| ui.note(note));
        ui.note(&format!(
            "Next: export {KEY_VARIABLE}, then `wpsync validate` and `wpsync plan`, which only reads."
        ));
        return Ok(Exit::Done);
    }
    ui.note("Next: put your people into people.yaml, then `wpsync validate` and `wpsync plan`.");
    Ok(Exit::Done)
}

/// Converts the configuration of a tool to our configuration.
fn take_over(tool: &str, file: &Path, folder: &Path) -> Result<Converted> {
    if tool != "officevibe" {
        return Err(Problem::new(
            ProblemKind::Usage,
            format!(
                "--from {}: there is nothing to take over from this",
                Escaped(tool)
            ),
        )
        .hint("write --from officevibe config.json"));
    }
    let text = fs::read_to_string(file).map_err(FileError::at("read", file))?;
    let whole = |path: &Path| {
        fs::canonicalize(if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        })
        .ok()
    };
    let beside = whole(file.parent().unwrap_or(Path::new("."))).zip(whole(folder));
    let beside = beside
        .and_then(|(there, here)| there.strip_prefix(here).map(Path::to_owned).ok())
        .unwrap_or_default();
    tool_config::convert(&text, &beside)
        .map_err(|reason| Problem::error(format!("{}: {reason}", Escaped(&file.to_string_lossy()))))
}

/// Writes a file if it does not exist. Returns whether it was written.
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
