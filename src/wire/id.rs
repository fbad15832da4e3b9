//! Ids, which a service chooses and which are used in paths, filters and messages.

/// The longest accepted id, in bytes.
const LONGEST_ID: usize = 512;

/// Whether an id is safe in a path and in a message. URL parsers remove `.` and `..`, even encoded.
pub(crate) fn is_safe_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && id != "." && id != ".." && !id.chars().any(char::is_control)
}
