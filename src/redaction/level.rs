//! How much a view shows.

/// How much a view shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redaction {
    /// The view shows everything.
    #[default]
    None,
    /// The view shows the first letters of names and addresses, as `a***@e***`. It shows groups, departments
    /// and similar attributes in full.
    Masked,
    /// The view shows the directory's ids and pseudonyms.
    Ids,
}

impl Redaction {
    /// The notice at the head of a view, in one sentence. `None` if the view shows everything.
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

    /// The level's word, for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Masked => "masked",
            Self::Ids => "ids",
        }
    }
}
