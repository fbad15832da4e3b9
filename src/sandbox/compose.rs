//! A resource in an answer: the stored bytes, with a group's members or a user's groups added.

use serde_json::{Map, Value, json};

use super::document;
use super::problem::ScimProblem;
use super::store::{RowSource, Slot, Tables, pair};
use crate::model::Kind;

/// The parts that are added to a stored document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// A group's `members`.
    pub(super) members: bool,
    /// A user's `groups`.
    pub(super) groups: bool,
}

/// Appends a resource to `out`. The rows of members are JSON already, so nothing is parsed, however large a
/// group is.
pub(super) fn write_resource<T: RowSource>(
    tables: &Tables<T>,
    slot: Slot,
    stored: &[u8],
    parts: Parts,
    out: &mut Vec<u8>,
) -> Result<(), ScimProblem> {
    let Slot { kind, sequence } = slot;
    let open = &stored[..stored.len().saturating_sub(1)]; // without the last brace
    out.extend_from_slice(open);
    let mut separator: &[u8] = match kind {
        Kind::Group if parts.members => b",\"members\":[",
        Kind::User if parts.groups => b",\"groups\":[",
        _ => {
            out.push(b'}');
            return Ok(());
        }
    };
    let before = out.len();
    match kind {
        Kind::Group => {
            for row in tables
                .members
                .range(pair(sequence, 0).as_slice()..=pair(sequence, u64::MAX).as_slice())?
            {
                out.extend_from_slice(std::mem::replace(&mut separator, b","));
                out.extend_from_slice(row?.1.value());
            }
        }
        Kind::User => {
            for group in Tables::seconds(&tables.memberships, sequence)? {
                out.extend_from_slice(std::mem::replace(&mut separator, b","));
                out.extend_from_slice(group_element(tables, group)?.to_string().as_bytes());
            }
        }
    }
    if out.len() > before {
        out.push(b']');
    }
    out.push(b'}');
    Ok(())
}

/// The element of a user's `groups` for a group (RFC 7643, section 4.1.2).
fn group_element<T: RowSource>(tables: &Tables<T>, group: u64) -> Result<Value, ScimProblem> {
    let (envelope, content) = document::split(&tables.stored(Kind::Group, group)?)?;
    Ok(json!({
        "value": envelope.id,
        "$ref": document::location(Kind::Group, &envelope.id),
        "display": document::display(&content),
        "type": "direct",
    }))
}

/// A resource with the given parts, as a tree.
pub(super) fn tree<T: RowSource>(
    tables: &Tables<T>,
    slot: Slot,
    parts: Parts,
) -> Result<Map<String, Value>, ScimProblem> {
    let mut bytes = Vec::new();
    write_resource(
        tables,
        slot,
        &tables.stored(slot.kind, slot.sequence)?,
        parts,
        &mut bytes,
    )?;
    serde_json::from_slice(&bytes).map_err(|error| ScimProblem::internal(&error))
}
