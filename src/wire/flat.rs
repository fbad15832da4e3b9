//! The result of lifting one resource: its flat attributes, and the names seen in each object.

use crate::model::{AttributeId, Value};

/// The attributes of a resource so far, in the order of the text.
pub(super) type FlatValues = Vec<(AttributeId, Value)>;

/// The names seen in an object. A name with two values is refused, because it would depend on the reader
/// which value counts.
#[derive(Default)]
pub(super) struct Seen {
    roots: u128,
    others: u128,
}

impl Seen {
    /// Records an attribute or a part by its number.
    pub(super) fn note_root<E: serde::de::Error>(&mut self, number: usize) -> Result<(), E> {
        note(&mut self.roots, number)
    }

    /// Records a name outside the catalog's attributes, by a separate number.
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
