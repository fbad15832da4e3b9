//! What a plan shows to those who may not see personal data: a redacted view of it, which every renderer
//! draws like a plan.
//!
//! Pure, and deterministic for one plan: a person is the same pseudonym wherever it stands in the view of
//! that plan, and another one in any other plan's. Pseudonyms are keyed (HMAC-SHA-256 with the plan's own
//! random key, which no view shows): a plain hash of an address is looked up in a list of addresses. For the
//! same reason no view holds a digest of the plan's content that does not cover that key.

mod mask;
mod pseudonym;
mod view;

use std::borrow::Cow;

use crate::plan::Plan;

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
                "This view is redacted: people, groups and values are ids and pseudonyms. The plan has them in full.",
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

/// The view of a plan. It keeps the plan's digest, so that what is shown can be compared with what is
/// applied, and no redacted view is a plan that `apply` would believe. Its `change_digest` is that digest
/// too: the plan's own covers nothing that could not be guessed.
///
/// Counts, the directory, places in sources and the reasons of waivers stay: they are written for reviewers.
pub fn redacted(plan: &Plan, redaction: Redaction) -> Cow<'_, Plan> {
    match redaction {
        Redaction::None => Cow::Borrowed(plan),
        Redaction::Masked | Redaction::Ids => Cow::Owned(view::view(plan, redaction)),
    }
}
