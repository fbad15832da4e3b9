//! The live directory as a file of a known system: the columns of a preset, in their order.

use std::collections::HashMap;

use super::csv::{Cells, cell, write};
use super::{ExportError, SourceNames, by_key};
use crate::declared::Target;
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::Snapshot;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Attribute, AttributeId, Catalog, Kind, Value};
use crate::source::{ByteOrderMark, CellForm, Column, ColumnTarget, CsvOptions, Rows};

/// Writes one file of a preset. A column whose attribute the directory does not have is present and empty.
///
/// # Errors
/// If the text cannot be written, or if the file's form cannot hold what the directory holds.
pub fn preset(
    catalog: &Catalog,
    snapshot: &Snapshot,
    file: &CsvOptions,
    form: Cells,
) -> Result<String, ExportError> {
    let names = SourceNames::of(catalog, snapshot);
    let header: Vec<&str> = file
        .columns
        .iter()
        .map(|column| column.header.as_str())
        .chain(file.unheld.iter().map(|(header, _)| header.as_str()))
        .collect();
    let mut rows = match file.rows {
        Rows::Users => resources(&names, &snapshot.users, &file.columns)?,
        Rows::Groups => resources(&names, &snapshot.groups, &file.columns)?,
        Rows::Memberships => memberships(&names, snapshot, &file.columns)?,
        Rows::Deletions | Rows::Deactivations => {
            return Err(ExportError(
                "the directory does not hold who should not be there".into(),
            ));
        }
    };
    for row in &mut rows {
        row.resize(header.len(), String::new());
    }
    let text = write(&header, rows.into_iter(), form)?;
    Ok(match file.byte_order_mark {
        ByteOrderMark::Absent => text,
        ByteOrderMark::Written => format!("\u{feff}{text}"),
    })
}

fn resources(
    names: &SourceNames<'_>,
    live: &[Live],
    columns: &[Column],
) -> Result<Vec<Vec<String>>, ExportError> {
    let mut rows = Vec::with_capacity(live.len());
    for one in by_key(names, live) {
        let said: HashMap<AttributeId, (&Attribute, Value)> = names
            .said(one)
            .map(|(attribute, value)| (attribute.id, (attribute, value)))
            .collect();
        let cells = columns.iter().map(|column| match column.target {
            ColumnTarget::Resource(Target::Attribute(id)) => {
                said.get(&id).map_or(Ok(String::new()), |(attribute, value)| {
                    let text = cell(attribute, value, column.list)?;
                    Ok(if column.form == CellForm::Day {
                        day(&text)
                    } else {
                        text
                    })
                })
            }
            _ => Ok(String::new()),
        });
        rows.push(cells.collect::<Result<_, ExportError>>()?);
    }
    Ok(rows)
}

/// The day, if the instant is the beginning of a day in UTC; otherwise seconds since 1970.
fn day(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(instant) if text.ends_with("T00:00:00Z") => instant.strftime("%Y-%m-%d").to_string(),
        Ok(instant) => instant.as_second().to_string(),
        Err(_) => text.to_owned(),
    }
}

fn memberships(
    names: &SourceNames<'_>,
    snapshot: &Snapshot,
    columns: &[Column],
) -> Result<Vec<Vec<String>>, ExportError> {
    let by_id: HashMap<&str, &Live> = snapshot
        .users
        .iter()
        .chain(&snapshot.groups)
        .map(|live| (&*live.id, live))
        .collect();
    let mut rows = Vec::new();
    for group in by_key(names, &snapshot.groups) {
        let mut members: Vec<&Live> = Vec::new();
        for member in group.members.iter().flatten() {
            members.extend(member.reference.id.as_deref().and_then(|id| by_id.get(id)));
        }
        members.sort_by_key(|member| (member.kind, names.keys.get(&*member.id)));
        for member in members {
            let cells = columns.iter().map(|column| match (column.target, member.kind) {
                (ColumnTarget::Group, _) => Ok(names
                    .keys
                    .get(&*group.id)
                    .map(|key| key.name.to_string())
                    .unwrap_or_default()),
                (ColumnTarget::Member, _) => Ok(names
                    .keys
                    .get(&*member.id)
                    .map(|key| key.name.to_string())
                    .unwrap_or_default()),
                (ColumnTarget::GroupId, _) => external_id(names, group),
                (ColumnTarget::MemberId, Kind::User) | (ColumnTarget::SubgroupId, Kind::Group) => {
                    external_id(names, member)
                }
                (ColumnTarget::IsMember, _) => Ok("TRUE".to_owned()),
                (ColumnTarget::IsManager, _) => Ok("FALSE".to_owned()),
                _ => Ok(String::new()),
            });
            rows.push(cells.collect::<Result<_, ExportError>>()?);
        }
    }
    Ok(rows)
}

fn external_id(names: &SourceNames<'_>, live: &Live) -> Result<String, ExportError> {
    let id = live
        .attributes
        .get(names.catalog.well_known(live.kind, EXTERNAL_ID))
        .and_then(Value::as_text);
    id.map(str::to_owned).ok_or_else(|| {
        let name = names
            .keys
            .get(&*live.id)
            .map_or_else(|| Escaped(&live.id).to_string(), ToString::to_string);
        ExportError(format!(
            "{name} has no externalId, by which this file would name it"
        ))
    })
}
