//! How much a view shows.

/// How much a view shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redaction {
    /// Everything.
    #[default]
    None,
    /// The first letters of names and addresses, as `a***@e***`; groups, departments and the like in full.
    Masked,
    /// The directory's ids and pseudonyms.
    Ids,
}

impl Redaction {
    /// What a reader must know of a view, in one sentence; nothing where it shows everything.
    pub const fn notice(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Masked => {
                Some("This view is redacted: names and addresses are masked. The plan has them in full.")
            }
            Self::Ids => Some(
                "This view is redacted: people, groups and values are ids and pseudonyms. The plan has them \
                 in full.",
            ),
        }
    }

    /// The word for it, for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Masked => "masked",
            Self::Ids => "ids",
        }
    }
}
