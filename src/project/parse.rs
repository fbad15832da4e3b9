//! Parses the configuration's text into a [`Project`], and reports every problem in it.

use std::path::Path;

use super::directory::directory_of;
use super::expressions::mapping;
use super::limits::limits;
use super::manage::manage;
use super::matching::matching;
use super::on_drift::on_drift;
use super::problems::problems;
use super::safeguards::{adoption, min_admins, own_account, protect};
use super::section::{Section, text};
use super::sources::sources;
use super::{Directory, Project};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Files, Origin};
use crate::digest::sha256_hex;
use crate::mapping::{ExpressionBasis, Mapping};
use crate::source::SourceEntry;
use crate::yaml::document;

/// The content of a configuration. The sources and the mapping are present even if another part has errors,
/// so one run finds the problems of all files.
#[derive(Debug)]
pub struct Parsed {
    /// The whole project. `None` if any part has an error.
    pub project: Option<Project>,
    /// The sources that could be read.
    pub sources: Vec<SourceEntry>,
    /// The expressions that could be read.
    pub mapping: Mapping,
}

/// Reads a configuration. It does not use the disk: `path` only becomes part of the project.
pub fn parse(
    path: &Path,
    file: FileId,
    text: &str,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Parsed {
    let mut found = Diagnostics::new();
    let parsed = read(path, file, text, basis, &mut found);
    let is_right = !found.has_errors();
    diagnostics.append(found);
    let mut parsed = parsed.unwrap_or_else(|| Parsed {
        project: None,
        sources: Vec::new(),
        mapping: Mapping::default(),
    });
    parsed.project = parsed.project.filter(|_| is_right);
    parsed
}

fn read(
    path: &Path,
    file: FileId,
    text: &str,
    basis: ExpressionBasis<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Parsed> {
    let catalog = basis.catalog;
    let Some(node) = document(file, text, diagnostics) else {
        if !diagnostics.has_errors() {
            let problem = Diagnostic::error(
                "empty-config",
                Origin::start_of(file),
                "the configuration is empty",
            );
            diagnostics.push(problem.hint("`wpsync init` writes a starting one"));
        }
        return None;
    };
    let mut config = Section::open(node, "the configuration", diagnostics)?;
    version(&mut config, diagnostics);
    let directory = config.require("directory", "directory: { local: directory.db }", diagnostics);
    let directory = directory.and_then(|node| directory_of(node, diagnostics));
    let listed = config.require("sources", "sources: [people.yaml]", diagnostics);
    let mut sources = listed.map_or_else(Vec::new, |node| sources(node, catalog, diagnostics));
    let mapping = mapping(&mut config, basis, diagnostics);
    for source in &mut sources {
        source.leave_to(&mapping);
    }
    let matching = matching(config.take("match"), catalog, diagnostics);
    let manage = manage(config.take("manage"), basis, diagnostics);
    let limits = limits(config.take("limits"), diagnostics);
    let problems = problems(&mut config, diagnostics);
    let on_drift = on_drift(&mut config, diagnostics);
    let protect = protect(config.take("protect"), diagnostics);
    let own_account = own_account(&mut config, diagnostics);
    let min_admins = min_admins(config.take("min_admins"), diagnostics);
    let adopt = adoption(config.take("adopt"), catalog, diagnostics);
    config.finish(diagnostics);
    let root = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let project = directory.map(|directory| Project {
        root: root.unwrap_or(Path::new(".")).to_owned(),
        config_path: path.to_owned(),
        directory,
        sources: sources.clone(),
        matching,
        manage,
        mapping: mapping.clone(),
        limits,
        problems,
        on_drift,
        protect,
        own_account,
        min_admins,
        adopt,
        digest: sha256_hex(text.as_bytes()),
    });
    Some(Parsed {
        project,
        sources,
        mapping,
    })
}

/// The directory that a configuration names, if it can be read. It is read before the rest, because it
/// decides which attributes exist. [`parse`] reports the problems.
pub(crate) fn directory(text: &str) -> Option<Directory> {
    let file = Files::new().add("", "");
    let diagnostics = &mut Diagnostics::new();
    let mut config = Section::open(
        document(file, text, diagnostics)?,
        "the configuration",
        diagnostics,
    )?;
    directory_of(config.take("directory")?, diagnostics)
}

fn version(config: &mut Section<'_>, diagnostics: &mut Diagnostics) {
    let Some(node) = config.require("version", "version: 1", diagnostics) else {
        return;
    };
    if text(&node, "`version`", diagnostics).is_some_and(|version| version != "1") {
        let problem = Diagnostic::error(
            "unknown-version",
            node.origin,
            "this configuration is of another version",
        );
        diagnostics.push(problem.hint("this program reads `version: 1`"));
    }
}
