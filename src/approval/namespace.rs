//! The purpose of a signature.

/// What the signatures are for, so that a signature on something else is never an approval.
pub const NAMESPACE: &str = "wpsync-plan-approval";
