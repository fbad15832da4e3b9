//! Positions in the lists of rows and resources, in four bytes: there is one for every row and membership.

/// A position in four bytes.
pub(super) fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
