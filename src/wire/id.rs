//! Ids, which a service makes up and which stand in paths, filters and messages.

/// The longest id that is taken, in bytes.
const LONGEST_ID: usize = 512;

/// Whether an id can stand in a path and in a message. `.` and `..` are folded away by URLs, even encoded.
pub(crate) fn is_safe_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && id != "." && id != ".." && !id.chars().any(char::is_control)
}
