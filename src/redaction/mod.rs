//! Redacted views of a plan, for readers who may not see personal data. Every renderer draws a view like a
//! plan.
//!
//! Pure, and deterministic for each plan: a person has the same pseudonym everywhere in the views of a plan,
//! and a different one in every other plan. Pseudonyms are keyed (HMAC-SHA-256 with the plan's own random
//! key, which no view shows), because a plain hash of an address can be found in a list of addresses. For the
//! same reason, a view holds no digest of the plan's content unless the digest covers that key.

mod level;
mod mask;
mod pseudonym;
mod receipt;
mod view;

pub use level::Redaction;
pub use receipt::redacted_receipt;

use std::borrow::Cow;

use crate::plan::Plan;

/// The view of a plan. It keeps the plan's digest, so that readers can compare the view with the applied
/// plan; `apply` refuses a redacted view. No form shows a change digest of a view
/// ([`Plan::shown_change_digest`]), because that digest covers only content that could be guessed.
///
/// Counts, the directory, places in sources and the reasons of waivers stay, because they are for reviewers.
pub fn redacted(plan: &Plan, redaction: Redaction) -> Cow<'_, Plan> {
    match redaction {
        Redaction::None => Cow::Borrowed(plan),
        Redaction::Masked | Redaction::Ids => Cow::Owned(view::view(plan, redaction)),
    }
}
