//! The purpose of a signature.

/// The namespace of approvals. A signature for another purpose has another namespace, so it is no approval.
pub const NAMESPACE: &str = "wpsync-plan-approval";
