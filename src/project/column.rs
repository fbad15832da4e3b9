//! `columns:`: the meaning of each column of a CSV file.

use super::section::{Section, text};
use crate::declared::Target;
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::model::Catalog;
use crate::source::{
    CellForm, Column, ColumnPresence, ColumnTarget, EmptyCell, GroupNaming, LIST_DELIMITER, Rows,
    column_target,
};
use crate::yaml::{MapEntry, NodeContent};

/// Reads `Header: attribute` or
/// `Header: {attribute: …, empty: clear, list: ";", form: day, presence: optional, declare: true}`.
pub(super) fn column(
    entry: MapEntry<'_>,
    rows: Rows,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Option<Column> {
    let written = written_column(entry, diagnostics)?;
    let target = column_target(catalog, rows, &written.name)
        .map_err(|problem| diagnostics.push(problem.at(written.origin)))
        .ok()?;
    let holds_groups = target == ColumnTarget::Resource(Target::Groups) && !rows.removes();
    if written.naming == GroupNaming::Declares && !holds_groups {
        let message = format!(
            "the column `{}` names no groups that it could declare",
            written.header
        );
        let problem = Diagnostic::error("not-groups", written.origin, message);
        diagnostics.push(problem.hint("`declare: true` goes with `attribute: groups` of people"));
    }
    Some(written.into_column(target))
}

/// A column whose attribute name is not looked up yet.
pub(super) struct WrittenColumn {
    pub(super) header: String,
    /// The attribute, or the part of a membership.
    pub(super) name: String,
    /// The place of the name.
    origin: Origin,
    empty: EmptyCell,
    list: char,
    form: CellForm,
    presence: ColumnPresence,
    naming: GroupNaming,
}

impl WrittenColumn {
    fn plain(header: String, name: String, origin: Origin) -> Self {
        Self {
            header,
            name,
            origin,
            empty: EmptyCell::NotOurs,
            list: LIST_DELIMITER,
            form: CellForm::Plain,
            presence: ColumnPresence::Required,
            naming: GroupNaming::Uses,
        }
    }

    /// The column, with `target` as the meaning of its name.
    pub(super) fn into_column(self, target: ColumnTarget) -> Column {
        Column {
            header: self.header,
            target,
            empty: self.empty,
            list: self.list,
            form: self.form,
            presence: self.presence,
            naming: self.naming,
        }
    }
}

/// Reads a column without looking up its name.
pub(super) fn written_column(entry: MapEntry<'_>, diagnostics: &mut Diagnostics) -> Option<WrittenColumn> {
    let header = entry.key.into_owned();
    if !matches!(entry.value.content, NodeContent::Map(_)) {
        let name = text(&entry.value, "a column's attribute", diagnostics)?.to_owned();
        return Some(WrittenColumn::plain(header, name, entry.value.origin));
    }
    let mut section = Section::open(entry.value, "a column", diagnostics)?;
    let name = section.require("attribute", "attribute: userName", diagnostics);
    let empty = match section.take_word("empty", &["ignore", "clear"], diagnostics) {
        Some((1, _)) => EmptyCell::Clear,
        _ => EmptyCell::NotOurs,
    };
    let form = match section.take_word("form", &["plain", "day"], diagnostics) {
        Some((1, _)) => CellForm::Day,
        _ => CellForm::Plain,
    };
    let presence = match section.take_word("presence", &["required", "optional"], diagnostics) {
        Some((1, _)) => ColumnPresence::Optional,
        _ => ColumnPresence::Required,
    };
    let naming = match section.take_word("declare", &["false", "true"], diagnostics) {
        Some((1, _)) => GroupNaming::Declares,
        _ => GroupNaming::Uses,
    };
    let list = match section.take_text("list", diagnostics) {
        Some((written, origin)) => list_delimiter(&written, origin, diagnostics)?,
        None => LIST_DELIMITER,
    };
    section.finish(diagnostics);
    let node = name?;
    let name = text(&node, "`attribute`", diagnostics)?.to_owned();
    Some(WrittenColumn {
        empty,
        list,
        form,
        presence,
        naming,
        ..WrittenColumn::plain(header, name, node.origin)
    })
}

fn list_delimiter(written: &str, origin: Origin, diagnostics: &mut Diagnostics) -> Option<char> {
    let mut characters = written.chars();
    match (characters.next(), characters.next()) {
        (Some(delimiter), None) if !delimiter.is_alphanumeric() => Some(delimiter),
        _ => {
            let problem = Diagnostic::error(
                "unknown-word",
                origin,
                format!("`{written}` cannot stand between the values of a list"),
            );
            diagnostics.push(problem.hint("write one character, as ';' or '|'"));
            None
        }
    }
}
