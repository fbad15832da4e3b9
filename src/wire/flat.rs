//! What lifting one resource gathers: its flat attributes, and what has stood in an object already.

use crate::model::{AttributeId, Value};

/// The attributes of a resource so far, in the order in which they came.
pub(super) type FlatValues = Vec<(AttributeId, Value)>;

/// The names that stood in an object already. Two values of one name are two truths, and which of them counts
/// would depend on the reader.
#[derive(Default)]
pub(super) struct Seen {
    roots: u128,
    others: u128,
}

impl Seen {
    /// Notes an attribute or a part by its number.
    pub(super) fn note_root<E: serde::de::Error>(&mut self, number: usize) -> Result<(), E> {
        note(&mut self.roots, number)
    }

    /// Notes a name that is no attribute of the catalog by a number of its own.
    pub(super) fn note_other<E: serde::de::Error>(&mut self, number: usize) -> Result<(), E> {
        note(&mut self.others, number)
    }
}

fn note<E: serde::de::Error>(seen: &mut u128, number: usize) -> Result<(), E> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let bit = 1u128.checked_shl(number).unwrap_or(0);
    if *seen & bit != 0 {
        return Err(E::custom("an attribute stands twice in one resource"));
    }
    *seen |= bit;
    Ok(())
}
