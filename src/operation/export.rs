//! Writes the live directory as sources. A plan from these sources has no changes. Export holds a reader, and
//! so cannot write to a directory.

use super::everything::everything;
use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::reading;
use super::surroundings::Surroundings;
use crate::escape::Escaped;
use crate::export::{self, Cells};
use crate::model::Kind;
use crate::project;
use crate::source::{CsvOptions, Rows};

/// The form of the sources that are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportForm {
    /// People and groups in one YAML file.
    Yaml,
    /// One kind as CSV, one resource per row.
    Csv(Rows, Cells),
    /// One kind as CSV, in the columns of a known system such as `workplace-agent`.
    Preset(String, Rows, Cells),
}

/// A directory as sources.
#[derive(Debug)]
pub struct Exported {
    /// The file's text.
    pub text: String,
    /// How many people the directory has.
    pub users: usize,
    /// How many groups the directory has.
    pub groups: usize,
}

/// Reads the whole directory and writes it as sources.
///
/// # Errors
/// When there is no preset of the name, the directory cannot be read, or a source cannot express what it
/// holds.
pub async fn export(
    opened: &Opened,
    form: &ExportForm,
    around: &Surroundings<'_>,
) -> Result<Exported, Problem> {
    let file = match form {
        ExportForm::Preset(name, rows, _) => Some(preset(name, *rows, opened)?),
        _ => None,
    };
    let reader = reading::reader(opened, around).await?;
    let snapshot = everything(&reader, around).await?;
    let catalog = &opened.catalog;
    let text = match (form, &file) {
        (ExportForm::Csv(Rows::Memberships, cells), _) => export::memberships_csv(catalog, &snapshot, *cells),
        (ExportForm::Csv(Rows::Groups, cells), _) => export::csv(catalog, &snapshot, Kind::Group, *cells),
        (ExportForm::Csv(_, cells), _) => export::csv(catalog, &snapshot, Kind::User, *cells),
        (ExportForm::Preset(_, _, cells), Some(file)) => export::preset(catalog, &snapshot, file, *cells),
        _ => export::yaml(catalog, &snapshot),
    };
    let text = text.map_err(|error| Problem::error(error.to_string()).caused_by(error))?;
    Ok(Exported {
        text,
        users: snapshot.users.len(),
        groups: snapshot.groups.len(),
    })
}

/// The file of a preset that holds the requested kind.
fn preset(name: &str, rows: Rows, opened: &Opened) -> Result<CsvOptions, Problem> {
    let files = project::preset(name, &opened.catalog).ok_or_else(|| {
        let known = project::preset_names().collect::<Vec<_>>().join(", ");
        Problem::new(
            ProblemKind::Usage,
            format!("there is no preset {}", Escaped(name)),
        )
        .hint(format!("one of {known}"))
    })?;
    let file = files.into_iter().find(|file| file.rows == rows);
    file.ok_or_else(|| {
        let message = format!("the preset {} has no file of {}", Escaped(name), rows.word());
        Problem::new(ProblemKind::Usage, message)
    })
}
