//! Reads a whole project folder: the configuration and its sources, with every problem of all files in one
//! run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Folder, ReadError, is_beneath, plain};
use super::parse::{Parsed, parse};
use super::{Problems, Project};
use crate::declared::{Coverage, Declared};
use crate::desired::{self, Desired};
use crate::diagnostics::{Diagnostic, Diagnostics, Files, Origin};
use crate::mapping::{ExpressionBasis, Mapping, Presence};
use crate::model::Catalog;
use crate::source::{Input, SourceEntry, SourceReader, decode};

/// The content of a project folder, and its problems.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration. `None` if it has an error.
    pub project: Option<Project>,
    /// The size of the configuration in bytes.
    pub config_bytes: u64,
    /// The attributes that exist, with what gives people of this configuration their keys.
    pub catalog: Catalog,
    /// What the sources declare. `None` if a file has an error that its people cannot be read around, or if
    /// `problems:` refuses a row's.
    pub desired: Option<Desired>,
    /// The files that were read, for showing the problems.
    pub files: Files,
    /// The problems.
    pub diagnostics: Diagnostics,
    /// The problems of single rows that hold people and groups or leave references alone, as warnings.
    pub held_rows: Diagnostics,
}

impl Loaded {
    /// A folder of which nothing could be read.
    fn of_nothing(catalog: &Catalog, files: Files, diagnostics: Diagnostics) -> Self {
        Self {
            project: None,
            config_bytes: 0,
            catalog: catalog.clone(),
            desired: None,
            files,
            diagnostics,
            held_rows: Diagnostics::new(),
        }
    }

    /// Judges the errors of single rows: they refuse everything, or hold whom they concern.
    #[must_use]
    pub fn judged(mut self, problems: Problems) -> Self {
        if problems == Problems::Hold && !self.diagnostics.has_errors_of_files() {
            self.held_rows = self.diagnostics.take_rows();
        }
        if self.diagnostics.has_errors() {
            self.desired = None;
        }
        self
    }
}

/// The error of a configuration that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the configuration {path}: {reason}")]
pub struct LoadError {
    /// The path that was tried.
    pub path: PathBuf,
    /// The cause.
    #[source]
    pub reason: ReadError,
}

/// Reads a configuration and all files that it names from its folder. Problems in these files are
/// diagnostics.
///
/// `now` is the time of the plan, and the only time that an expression can use. Errors of single rows are not
/// judged yet ([`Loaded::judged`]).
///
/// # Errors
/// If the configuration itself cannot be read.
pub fn load(
    folder: &Folder,
    config_path: &Path,
    catalog: &Catalog,
    now: jiff::Timestamp,
) -> Result<Loaded, LoadError> {
    let bytes = folder.read_named(config_path).map_err(|reason| LoadError {
        path: config_path.to_owned(),
        reason,
    })?;
    let config_bytes = bytes.len() as u64;
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let digest = crate::digest::sha256_hex(&bytes);
    let (text, bad_bytes) = match decode(bytes) {
        Ok(text) => (text, None),
        Err(bad) => (String::new(), Some(bad)),
    };
    let file = files.add(file_name(config_path), text);
    if let Some(bad) = bad_bytes {
        let (line, column) = (bad.line, bad.column);
        diagnostics.push(bad.problem.at(Origin { file, line, column }));
        return Ok(Loaded {
            config_bytes,
            ..Loaded::of_nothing(catalog, files, diagnostics)
        });
    }
    let Parsed {
        mut project,
        sources,
        mapping,
    } = parse(
        config_path,
        file,
        &files.text(file).clone(),
        ExpressionBasis { catalog, now },
        &mut diagnostics,
    );
    if let Some(project) = &mut project {
        project.digest = digest; // the digest of the bytes, which may begin with a byte order mark
    }
    let catalog = keyed(catalog, project.as_ref());
    let inputs = inputs(folder, &sources, files.name(file), &mut diagnostics);
    let desired = read_all(
        inputs,
        &Rules {
            catalog: &catalog,
            mapping: &mapping,
        },
        &mut files,
        &mut diagnostics,
    );
    let desired = (!diagnostics.has_errors_of_files()).then_some(desired);
    Ok(Loaded {
        project,
        config_bytes,
        desired,
        ..Loaded::of_nothing(&catalog, files, diagnostics)
    })
}

/// The catalog with what gives people of this configuration their keys.
fn keyed(catalog: &Catalog, project: Option<&Project>) -> Catalog {
    match project {
        Some(project) => catalog.clone().matched_in(&project.matching.users),
        None => catalog.clone(),
    }
}

fn file_name(path: &Path) -> Arc<str> {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into()
}

/// The directory that a configuration names. `None` if it cannot be read; [`load`] reports the problems.
pub(crate) fn directory_of(folder: &Folder, config_path: &Path) -> Option<super::Directory> {
    super::parse::directory(&decode(folder.read_named(config_path).ok()?).ok()?)
}

/// The rules for reading rows.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// The computed attributes, and the scope of declared people and groups.
    pub mapping: &'a Mapping,
}

/// Reads inputs in the order of their paths and builds the desired state. It does not use the disk. If a
/// problem is an error, the result is incomplete and must not be planned from.
pub fn read_all(
    mut inputs: Vec<Input>,
    rules: &Rules<'_>,
    files: &mut Files,
    diagnostics: &mut Diagnostics,
) -> Desired {
    inputs.sort_by(|left, right| left.name.cmp(&right.name));
    let Rules { catalog, mapping } = *rules;
    let is_cut = diagnostics.has_errors(); // the inputs may lack a file that `sources` names
    let mut reader = SourceReader {
        catalog,
        mapping,
        files,
        diagnostics,
        declared: Declared {
            is_cut,
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
    desired::keep_in_scope(&mut desired, mapping, catalog, diagnostics);
    desired
}

/// The largest number of source files.
const MOST_FILES: usize = 20_000;

/// Finds and reads the files of all sources, in the order of their paths. Each path is read once.
fn inputs(
    folder: &Folder,
    sources: &[SourceEntry],
    config: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Input> {
    let mut found: BTreeMap<String, Input> = BTreeMap::new();
    for source in sources {
        for name in names(folder, source, config, diagnostics) {
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
            match folder.read_beneath(Path::new(&name)) {
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
                Err(error) if source.coverage == Coverage::Partial && error.is_not_found() => {
                    diagnostics.push(nothing_today(source));
                }
                Err(error) => diagnostics.push(unreadable(&name, &error, source.origin)),
            }
        }
    }
    found.into_values().collect()
}

/// The paths of a source, relative to the configuration. A pattern never matches the configuration itself.
fn names(folder: &Folder, source: &SourceEntry, config: &str, diagnostics: &mut Diagnostics) -> Vec<String> {
    let pattern = &source.pattern;
    if !is_beneath(pattern) {
        diagnostics.push(unreadable(pattern, &ReadError::Outside, source.origin));
        return Vec::new();
    }
    if !source.is_pattern() {
        return vec![plain(Path::new(pattern))];
    }
    let mut names = match folder.matching(pattern) {
        Ok(names) => names,
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
    names.retain(|name| name != config);
    if names.is_empty() && source.coverage == Coverage::Partial {
        diagnostics.push(nothing_today(source));
    } else if names.is_empty() {
        let problem = Diagnostic::error("no-match", source.origin, format!("no file matches `{pattern}`"));
        diagnostics
            .push(problem.hint("check the pattern and the folder; it is relative to the configuration"));
    }
    names
}

/// A partial source without a file: a day on which nobody left has no file of leavers.
fn nothing_today(source: &SourceEntry) -> Diagnostic {
    let pattern = &source.pattern;
    let message = format!("there is no `{pattern}`: this partial source says nothing");
    Diagnostic::warning("no-partial-file", source.origin, message)
        .hint("if there should be a file today, check the path; it is relative to the configuration")
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
        error if error.is_not_found() => (
            "no-such-file",
            "check the path; it is relative to the configuration",
        ),
        ReadError::System(_) => ("unreadable-file", "check that you may read it"),
    };
    let reason = match error {
        error if error.is_not_found() => "there is no such file".to_owned(),
        error => error.to_string(),
    };
    Diagnostic::error(code, origin, format!("`{name}` cannot be read: {reason}")).hint(hint)
}
