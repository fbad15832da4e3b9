//! Positions in the lists of rows and resources, in four bytes, because every row and every
//! membership has a position.

/// A position in four bytes.
pub(super) fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
