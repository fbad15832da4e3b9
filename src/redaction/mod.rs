//! What a plan shows to those who may not see personal data: a redacted view of it, which every renderer
//! draws like a plan.
//!
//! Pure, and deterministic for one plan: a person is the same pseudonym wherever it stands in the view of
//! that plan, and another one in any other plan's. Pseudonyms are keyed (HMAC-SHA-256 with the plan's own
//! random key, which no view shows): a plain hash of an address is looked up in a list of addresses. For the
//! same reason no view holds a digest of the plan's content that does not cover that key.

mod level;
mod mask;
mod pseudonym;
mod view;

pub use level::Redaction;

use std::borrow::Cow;

use crate::plan::Plan;

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
