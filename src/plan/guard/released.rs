//! Whom the waivers of a plan released who would be held otherwise.

/// The people and groups that are held without a waiver and that a waiver of exactly their number released,
/// as sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Who gets a name that looks like another.
    pub lookalikes: Vec<String>,
    /// Whose account is bound to another identity.
    pub rebound: Vec<String>,
}
