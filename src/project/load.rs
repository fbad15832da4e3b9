//! A project folder, read as a whole: the configuration, its sources, and every problem of all of them in one
//! run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Project;
use super::disk::{self, ReadError};
use super::parse::{Parsed, parse};
use crate::declared::Declared;
use crate::desired::{self, Desired};
use crate::diagnostics::{Diagnostic, Diagnostics, Files, Origin};
use crate::mapping::{Mapping, Presence};
use crate::model::Catalog;
use crate::source::{Input, SourceEntry, SourceReader, decode};

/// What a project folder says, and what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration; none where it has an error.
    pub project: Option<Project>,
    /// What the sources ask for; none where anything has an error.
    pub desired: Option<Desired>,
    /// The files that were read, for drawing the problems.
    pub files: Files,
    /// The problems.
    pub diagnostics: Diagnostics,
}

/// The configuration could not be read at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the configuration {path}: {reason}")]
pub struct LoadError {
    /// The path that was tried.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub reason: ReadError,
}

/// Reads a configuration and everything that it names. Problems in these files are diagnostics; an error
/// means that there is no configuration to speak of.
///
/// `now` is the instant of the plan, the only one that an expression can know.
pub fn load(config_path: &Path, catalog: &Catalog, now: jiff::Timestamp) -> Result<Loaded, LoadError> {
    let bytes = disk::read_named(config_path).map_err(|reason| LoadError {
        path: config_path.to_owned(),
        reason,
    })?;
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let name: Arc<str> = config_path
        .file_name()
        .unwrap_or(config_path.as_os_str())
        .to_string_lossy()
        .into();
    let digest = crate::digest::sha256_hex(&bytes);
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(bad) => {
            let file = files.add(name, "");
            diagnostics.push(bad.problem.at(Origin {
                file,
                line: bad.line,
                column: bad.column,
            }));
            return Ok(Loaded {
                project: None,
                desired: None,
                files,
                diagnostics,
            });
        }
    };
    let file = files.add(name, text);
    let Parsed {
        mut project,
        sources,
        mapping,
    } = parse(
        config_path,
        file,
        &files.text(file).clone(),
        (catalog, now),
        &mut diagnostics,
    );
    if let Some(project) = &mut project {
        project.digest = digest; // of the bytes, which a byte order mark makes differ from the text
    }
    let root = config_path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let inputs = inputs(root, &sources, files.name(file), &mut diagnostics);
    let desired = read_all(
        inputs,
        &Rules {
            catalog,
            mapping: &mapping,
        },
        &mut files,
        &mut diagnostics,
    );
    let desired = (!diagnostics.has_errors()).then_some(desired);
    Ok(Loaded {
        project,
        desired,
        files,
        diagnostics,
    })
}

/// The directory that a configuration names, if that can be read. What is wrong with it, [`load`] says.
pub fn directory_of(config_path: &Path) -> Option<super::Directory> {
    super::parse::directory(&decode(disk::read_named(config_path).ok()?).ok()?)
}

/// What rows are read by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The attributes that there are.
    pub catalog: &'a Catalog,
    /// What is computed from rows, and which of the declared count.
    pub mapping: &'a Mapping,
}

/// Reads inputs in the order of their paths and builds what they ask for. Touches no disk. Where a problem is
/// an error, what is returned is incomplete and must not be planned from.
pub fn read_all(
    mut inputs: Vec<Input>,
    rules: &Rules<'_>,
    files: &mut Files,
    diagnostics: &mut Diagnostics,
) -> Desired {
    inputs.sort_by(|one, other| one.name.cmp(&other.name));
    let Rules { catalog, mapping } = *rules;
    let is_partial = diagnostics.has_errors(); // a file that `sources` names may not be among the inputs
    let mut reader = SourceReader {
        catalog,
        mapping,
        files,
        diagnostics,
        declared: Declared {
            is_partial,
            ..Declared::default()
        },
    };
    let facts = inputs.into_iter().map(|input| reader.read(input)).collect();
    let declared = reader.declared;
    for (number, computed) in mapping.computed.iter().enumerate() {
        let is_missed = computed.presence == Presence::Required && !declared.computed.contains(&number);
        if is_missed && computed.names().next().is_some() && !diagnostics.has_errors() {
            let problem = Diagnostic::error(
                "unused-expression",
                computed.origin,
                "no row has a field that this expression uses",
            );
            diagnostics.push(
                problem.hint(
                    "check the names after `row.`: they are headers of a CSV file or keys of a YAML file",
                ),
            );
        }
    }
    let mut desired = desired::build(declared, facts, catalog, diagnostics);
    desired::keep_in_scope(&mut desired, mapping, diagnostics);
    desired
}

/// More source files than this are refused.
const MOST_FILES: usize = 20_000;

/// Finds and reads the files of all sources, by path; each path once.
fn inputs(root: &Path, sources: &[SourceEntry], config: &str, diagnostics: &mut Diagnostics) -> Vec<Input> {
    let mut found: BTreeMap<String, Input> = BTreeMap::new();
    for source in sources {
        for name in names(root, source, config, diagnostics) {
            if let Some(earlier) = found.get(&name) {
                let problem = Diagnostic::error(
                    "duplicate-source",
                    source.origin,
                    format!("two entries of `sources` name `{name}`"),
                );
                diagnostics.push(
                    problem
                        .related(earlier.source.origin, "named here first")
                        .hint("remove one of the two"),
                );
                continue;
            }
            if found.len() == MOST_FILES {
                let problem = Diagnostic::error(
                    "too-many-files",
                    source.origin,
                    format!("`sources` names more than {MOST_FILES} files"),
                );
                diagnostics.push(problem.hint("put several people into one file"));
                return found.into_values().collect();
            }
            match disk::read_beneath(root, Path::new(&name)) {
                Ok(bytes) => {
                    found.insert(
                        name.clone(),
                        Input {
                            name: name.into(),
                            bytes,
                            source: source.clone(),
                        },
                    );
                }
                Err(error) => diagnostics.push(unreadable(&name, &error, source.origin)),
            }
        }
    }
    found.into_values().collect()
}

/// The paths that a source means, relative to the configuration; a pattern never means the configuration
/// itself.
fn names(root: &Path, source: &SourceEntry, config: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let pattern = &source.pattern;
    if !disk::is_beneath(pattern) {
        diagnostics.push(unreadable(pattern, &ReadError::Outside, source.origin));
        return Vec::new();
    }
    if !pattern.contains(['*', '?', '[']) {
        return vec![plain(Path::new(pattern))];
    }
    let escaped = glob::Pattern::escape(&root.to_string_lossy());
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let paths = match glob::glob_with(&format!("{escaped}/{pattern}"), options) {
        Ok(paths) => paths,
        Err(error) => {
            let problem = Diagnostic::error(
                "bad-pattern",
                source.origin,
                format!("`{pattern}` is not a pattern: {}", error.msg),
            );
            diagnostics.push(problem.hint("write it as `people/*.yaml`"));
            return Vec::new();
        }
    };
    let mut names: Vec<_> = paths
        .filter_map(Result::ok)
        .map(|path| plain(path.strip_prefix(root).unwrap_or(&path)))
        .collect();
    names.retain(|name| name != config);
    names.sort();
    if names.is_empty() {
        let problem = Diagnostic::error("no-match", source.origin, format!("no file matches `{pattern}`"));
        diagnostics
            .push(problem.hint("check the pattern and the folder; it is relative to the configuration"));
    }
    names
}

/// A path as users and plans know it: with `/`, without `./`.
fn plain(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter(|part| *part != std::path::Component::CurDir)
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

fn unreadable(name: &str, error: &ReadError, origin: Origin) -> Diagnostic {
    let (code, hint) = match error {
        ReadError::Outside => (
            "path-outside",
            "name a file beneath the configuration's folder; links out of it are not followed",
        ),
        ReadError::NotAFile => (
            "not-a-file",
            "name a regular file, or a pattern as `people/*.yaml` for a folder",
        ),
        ReadError::TooLarge(_) => ("file-too-large", "split the file"),
        ReadError::Replaced => ("file-replaced", "run again when nobody writes to it"),
        ReadError::System(error) if error.kind() == std::io::ErrorKind::NotFound => (
            "no-such-file",
            "check the path; it is relative to the configuration",
        ),
        ReadError::System(_) => ("unreadable-file", "check that you may read it"),
    };
    let reason = match error {
        ReadError::System(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "there is no such file".to_owned()
        }
        error => error.to_string(),
    };
    Diagnostic::error(code, origin, format!("`{name}` cannot be read: {reason}")).hint(hint)
}
