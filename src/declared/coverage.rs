//! What a source says about those whom it does not name.

/// Whether a source names everybody whom it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// It names everybody: whoever is not named is absent.
    #[default]
    Whole,
    /// It names those of a day or an occasion. It says nothing about who is absent, and its size means
    /// nothing.
    Partial,
}
