//! What can go wrong between us and a directory: which operation, on what, how it failed, and in the
//! directory's own words.

use std::time::Duration;

use crate::escape::Escaped;

/// A failed operation on a directory.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {failure}")]
pub struct DirectoryError {
    /// What was tried, on what, as `creating user:ada@example.com` or `listing users`.
    pub operation: String,
    /// How it failed.
    pub failure: Failure,
    /// Whether earlier requests of the same operation did their part.
    pub(super) made_some: bool,
}

/// How an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request could not be built or was refused on this side; nothing was sent.
    #[error("not sent: {reason}")]
    NotSent {
        /// What is wrong with it.
        reason: String,
    },
    /// No request left this machine: the name did not resolve, the connection or TLS was refused.
    #[error("cannot reach {origin}: {reason}")]
    Unreachable {
        /// The directory's origin.
        origin: String,
        /// The cause.
        reason: String,
    },
    /// The request may have arrived, and no usable answer came: time-out, reset, a body cut short. A write
    /// may have been done.
    #[error("no answer from {origin}: {reason}")]
    NoAnswer {
        /// The directory's origin.
        origin: String,
        /// The cause.
        reason: String,
    },
    /// The directory failed too often in this run: nothing was sent, and nothing more will be.
    #[error("not sent, because the directory is not well: {reason}")]
    Unwell {
        /// What happened before.
        reason: String,
    },
    /// The service answered with an error.
    #[error("the directory answered {status}{}{}", scim_type.as_ref().map(|word| format!(" {}", Escaped(word))).unwrap_or_default(),
        if detail.is_empty() { String::new() } else { format!(": {}", Escaped(detail)) })]
    Refused {
        /// The HTTP status.
        status: u16,
        /// RFC 7644's `scimType`, as `uniqueness`.
        scim_type: Option<String>,
        /// The service's own words, cut to a readable length, the token removed.
        detail: String,
        /// How long the service asked to wait.
        retry_after: Option<Duration>,
    },
    /// The service answered something that is not the SCIM that was asked for: HTML, an error in a 200, a row
    /// that does not match the filter.
    #[error("the directory's answer cannot be used: {reason}")]
    NotUsable {
        /// What is wrong with it.
        reason: String,
    },
    /// A listing did not add up: it ended early, repeated itself or moved while it was read.
    #[error("the listing cannot be trusted: {reason}")]
    Inconsistent {
        /// What does not add up.
        reason: String,
    },
}

impl Failure {
    /// The same failure with each foreign text in it changed, as by a redactor.
    #[must_use]
    pub(super) fn map_text(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::NotSent { reason } => Self::NotSent {
                reason: change(&reason),
            },
            Self::Unreachable { origin, reason } => Self::Unreachable {
                origin,
                reason: change(&reason),
            },
            Self::NoAnswer { origin, reason } => Self::NoAnswer {
                origin,
                reason: change(&reason),
            },
            Self::Unwell { reason } => Self::Unwell {
                reason: change(&reason),
            },
            Self::Refused {
                status,
                scim_type,
                detail,
                retry_after,
            } => Self::Refused {
                status,
                scim_type: scim_type.map(|word| change(&word)),
                detail: change(&detail),
                retry_after,
            },
            Self::NotUsable { reason } => Self::NotUsable {
                reason: change(&reason),
            },
            Self::Inconsistent { reason } => Self::Inconsistent {
                reason: change(&reason),
            },
        }
    }
}

impl DirectoryError {
    /// Whether a write that failed like this may have been done all the same. Such a write is looked up
    /// before anything is repeated.
    pub const fn may_have_been_applied(&self) -> bool {
        self.made_some || self.may_have_taken_effect()
    }

    /// The same of an operation whose earlier requests did their part.
    #[must_use]
    pub fn after_others(self) -> Self {
        Self {
            made_some: true,
            ..self
        }
    }

    const fn may_have_taken_effect(&self) -> bool {
        match &self.failure {
            Failure::NotSent { .. } | Failure::Unreachable { .. } | Failure::Unwell { .. } => false,
            Failure::NoAnswer { .. } | Failure::NotUsable { .. } | Failure::Inconsistent { .. } => true,
            Failure::Refused { status, .. } => *status >= 500 || matches!(status, 408 | 409),
        }
    }

    /// Whether the directory did not take it now and may take it later: it was too busy, or not there.
    pub const fn is_put_off(&self) -> bool {
        matches!(
            self.failure,
            Failure::Refused { status: 429, .. }
                | Failure::Refused {
                    status: 503,
                    retry_after: Some(_),
                    ..
                }
                | Failure::Unreachable { .. }
        )
    }

    /// Whether nothing else will succeed either: the token is not accepted, or the directory is not well.
    pub const fn stops_everything(&self) -> bool {
        matches!(
            self.failure,
            Failure::Refused {
                status: 401 | 403,
                ..
            } | Failure::Unreachable { .. }
                | Failure::Unwell { .. }
        )
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self.failure {
            Failure::Refused { status, .. } => Some(status),
            _ => None,
        }
    }
}
