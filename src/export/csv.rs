//! One kind of resource, or the memberships, as a CSV source whose headers are attribute names.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::{ExportError, SourceNames, by_key};
use crate::escape::Escaped;
use crate::model::Snapshot;
use crate::model::well_known::DISPLAY_NAME;
use crate::model::{Attribute, Catalog, Kind, Value};
use crate::source::{LIST_DELIMITER, disarmed};

/// How to write a cell whose text a spreadsheet would run as a formula.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cells {
    /// The text after an apostrophe, which a CSV source takes off again.
    #[default]
    Disarmed,
    /// The text as it is, for programs.
    Raw,
}

/// Writes the resources of a kind, one per row. Lists are joined by `;`.
///
/// # Errors
/// If the text cannot be written, or if a list in one cell cannot hold a value.
pub fn csv(catalog: &Catalog, snapshot: &Snapshot, kind: Kind, form: Cells) -> Result<String, ExportError> {
    let names = SourceNames::of(catalog, snapshot);
    let resources = by_key(&names, snapshot.of(kind));
    let naming = kind.naming_attribute();
    let used: BTreeSet<&str> = resources
        .iter()
        .flat_map(|live| names.said(live))
        .map(|(attribute, _)| &*attribute.path)
        .collect();
    let columns: Vec<&str> = std::iter::once(naming)
        .chain(used.into_iter().filter(|path| *path != naming))
        .collect();
    let mut rows = Vec::with_capacity(resources.len());
    for live in resources {
        let cells: HashMap<&str, String> = names
            .said(live)
            .map(|(attribute, value)| Ok((&*attribute.path, cell(attribute, &value, LIST_DELIMITER)?)))
            .collect::<Result<_, ExportError>>()?;
        rows.push(
            columns
                .iter()
                .map(|column| cells.get(column).cloned().unwrap_or_default())
                .collect(),
        );
    }
    write(&columns, rows.into_iter(), form)
}

/// A value as a cell. It is an error if a list has a value that contains the delimiter or outer white space:
/// the cell would be read as another list.
pub(super) fn cell(attribute: &Attribute, value: &Value, delimiter: char) -> Result<String, ExportError> {
    let Value::List(items) = value else {
        return Ok(value.plain());
    };
    let texts: Vec<String> = items.iter().map(Value::plain).collect();
    match texts
        .iter()
        .find(|text| text.contains(delimiter) || text.trim() != *text)
    {
        None => Ok(texts.join(&delimiter.to_string())),
        Some(text) => Err(ExportError(format!(
            "a value of `{}` cannot stand in a list in one cell: {} (YAML can say it)",
            attribute.path,
            Escaped(text)
        ))),
    }
}

/// Writes the memberships, one per row, for `kind: memberships`.
///
/// # Errors
/// If the text cannot be written.
pub fn memberships_csv(catalog: &Catalog, snapshot: &Snapshot, form: Cells) -> Result<String, ExportError> {
    let names = SourceNames::of(catalog, snapshot);
    let group_name = |live: &crate::model::Live| {
        let name = live.attributes.get(catalog.well_known(Kind::Group, DISPLAY_NAME));
        name.map(Value::plain).unwrap_or_default()
    };
    let rows = by_key(&names, &snapshot.groups).into_iter().flat_map(|live| {
        let group = group_name(live);
        names
            .members(live)
            .unwrap_or_default()
            .into_iter()
            .map(move |member| vec![group.clone(), member])
    });
    write(&["group", "member"], rows, form)
}

pub(super) fn write(
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    form: Cells,
) -> Result<String, ExportError> {
    let failed = |error: &dyn std::fmt::Display| ExportError(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(|error| failed(&error))?;
    for row in rows {
        let cells = row.iter().map(|cell| match form {
            Cells::Disarmed => disarmed(cell),
            Cells::Raw => Cow::Borrowed(cell.as_str()),
        });
        writer
            .write_record(cells.map(Cow::into_owned))
            .map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}
