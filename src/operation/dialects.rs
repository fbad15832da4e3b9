//! How the service of a directory departs from the RFC: a dialect that comes with the program, a file beside
//! the configuration, or the form of a directory that is written in one request.

use std::path::Path;

use super::opened::Location;
use super::problem::Problem;
use crate::dialect::Dialect;
use crate::escape::Escaped;
use crate::model::Kind;
use crate::project::{Directory, Folder, OfficevibeSettings};
use crate::state::FileError;
use crate::whole::form::Writes;

/// The dialect of a directory.
pub(super) fn of(location: &Location, directory: &Directory) -> Result<Dialect, Problem> {
    match directory {
        Directory::Local { .. } => shipped("local"),
        Directory::Officevibe(officevibe) => form(officevibe),
        Directory::Scim { dialect, .. } => {
            let root = location.config.parent().unwrap_or(Path::new("."));
            named_in(&location.folder, root, dialect)
        }
    }
}

/// The dialect with a name, or the dialect in a file of a folder on disk.
///
/// # Errors
/// When no dialect has the name, or the file cannot be read or is wrong.
pub fn named(root: &Path, name: &str) -> Result<Dialect, Problem> {
    named_in(&Folder::of(&root.join("wpsync.yaml")), root, name)
}

fn named_in(folder: &Folder, root: &Path, name: &str) -> Result<Dialect, Problem> {
    let is_file = Path::new(name).extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml")
    });
    if !is_file {
        return shipped(name);
    }
    let path = root.join(name);
    let text = folder.read_text(&path).map_err(FileError::at("read", &path))?;
    Dialect::parse(&text).map_err(|error| {
        let place = error
            .place
            .map(|(line, column)| format!(":{line}:{column}"))
            .unwrap_or_default();
        let hint = error
            .hint
            .as_deref()
            .map(|hint| format!("{hint} "))
            .unwrap_or_default();
        Problem::error(format!("{}{place}: {error}", Escaped(name)))
            .caused_by(error)
            .hint(format!("{hint}`wpsync schema dialect` says what may stand there"))
    })
}

fn shipped(name: &str) -> Result<Dialect, Problem> {
    Dialect::shipped(name).ok_or_else(|| {
        let hint = format!(
            "{}; a dialect of your own is a YAML file, as dialects/ours.yaml",
            Dialect::instead(name)
        );
        Problem::error(format!("there is no dialect {}", Escaped(name))).hint(hint)
    })
}

/// The form of Officevibe, with the company's own properties as additional fields.
fn form(officevibe: &OfficevibeSettings) -> Result<Dialect, Problem> {
    let name = officevibe.form.name();
    let mut dialect =
        Dialect::form(name).ok_or_else(|| Problem::error(format!("there is no form {name}")))?;
    let catalog = dialect.catalog();
    let Writes::Whole(form) = &mut dialect.writes else {
        return Ok(dialect);
    };
    for (attribute, field) in &officevibe.properties {
        let wrong = |what: String| {
            Problem::error(format!("`properties`: {what}"))
                .hint("write ATTRIBUTE: FIELD, as `department: Department`")
        };
        let known = catalog.find(Kind::User, attribute);
        let known =
            known.map_err(|_| wrong(format!("`{}` is not an attribute of a user", Escaped(attribute))))?;
        let fields = &mut form.fields.users;
        if fields.contains_key(&*known.path) || fields.values().any(|taken| taken == field) {
            return Err(wrong(format!(
                "`{attribute}` or its field `{}` is taken",
                Escaped(field)
            )));
        }
        fields.insert(known.path.to_string(), field.clone());
    }
    Ok(dialect)
}
