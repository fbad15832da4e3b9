//! One kind of resource, or who is in which group, as a CSV source whose headers are attribute names.

use std::collections::BTreeSet;

use super::{ExportError, Names, by_key};
use crate::model::well_known::DISPLAY_NAME;
use crate::model::{Catalog, Kind};
use crate::survey::Snapshot;

/// The resources of a kind, a row each. Lists are joined by `;`.
///
/// # Errors
/// When the text cannot be written.
pub fn csv(catalog: &Catalog, snapshot: &Snapshot, kind: Kind) -> Result<String, ExportError> {
    let names = Names::of(catalog, snapshot);
    let resources = by_key(&names, snapshot.of(kind));
    let naming = kind.naming_attribute();
    let used: BTreeSet<&str> = resources.iter().flat_map(|live| names.said(live)).map(|(attribute, _)| &*attribute.path).collect();
    let columns: Vec<&str> = std::iter::once(naming).chain(used.into_iter().filter(|path| *path != naming)).collect();
    let rows = resources.iter().map(|live| {
        let cells: std::collections::HashMap<&str, String> =
            names.said(live).map(|(attribute, value)| (&*attribute.path, value.plain())).collect();
        columns.iter().map(|column| cells.get(column).cloned().unwrap_or_default()).collect()
    });
    write(&columns, rows)
}

/// Who is in which group, a row each, for `kind: memberships`.
///
/// # Errors
/// When the text cannot be written.
pub fn memberships_csv(catalog: &Catalog, snapshot: &Snapshot) -> Result<String, ExportError> {
    let names = Names::of(catalog, snapshot);
    let group_name = |live: &crate::directory::Live| {
        let name = live.attributes.get(catalog.well_known(Kind::Group, DISPLAY_NAME));
        name.map(crate::model::Value::plain).unwrap_or_default()
    };
    let rows = by_key(&names, &snapshot.groups).into_iter().flat_map(|live| {
        let group = group_name(live);
        names.members(live).unwrap_or_default().into_iter().map(move |member| vec![group.clone(), member])
    });
    write(&["group", "member"], rows)
}

fn write(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String, ExportError> {
    let failed = |error: &dyn std::fmt::Display| ExportError(error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(&row).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}
