//! What a command returns.

use wpsync::operation::Problem;

/// A value, or why the command could not do its work.
pub(crate) type Result<T> = std::result::Result<T, Problem>;
