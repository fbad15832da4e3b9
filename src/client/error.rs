//! The errors between us and a directory: which operation failed, on what, how, and in the directory's own
//! words.

use crate::model::Kind;
use crate::wire::Failure;

/// The operation that reads a list, as errors name it.
pub(super) fn listing(kind: Kind) -> String {
    format!("listing {}", kind.plural())
}

/// A failed operation on a directory.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{operation}: {failure}")]
pub struct DirectoryError {
    /// The operation and its object, as `creating user:ada@example.com` or `listing users`.
    pub operation: String,
    /// How it failed.
    pub failure: Failure,
    /// Whether earlier requests of the same operation were done.
    pub(crate) made_some: bool,
}

impl DirectoryError {
    /// The error of an operation for which nothing was sent.
    pub(crate) fn not_sent(operation: &str, reason: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            failure: Failure::not_sent(reason),
            made_some: false,
        }
    }

    /// Whether a write with this failure may have been done all the same. Then the resource is read before
    /// anything is repeated.
    pub const fn may_have_been_applied(&self) -> bool {
        self.made_some || self.may_have_taken_effect()
    }

    /// The same error, for an operation whose earlier requests were done.
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

    /// Whether the directory refused what was asked for, and does not say that it is broken, busy, or closed
    /// to the caller.
    pub const fn refuses_what_is_asked(&self) -> bool {
        self.failure.refuses_what_is_asked()
    }

    /// Whether the directory says that another resource has the value.
    pub fn is_about_a_taken_value(&self) -> bool {
        matches!(&self.failure, Failure::Refused { scim_type: Some(word), .. } if word == "uniqueness")
    }

    /// Whether the directory may take the request later: it was too busy, or could not be reached.
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

    /// Whether nothing else will succeed either: the token is not accepted, or the directory cannot be
    /// reached or fails too often. A token that may not do one thing (403) may do another.
    pub const fn stops_everything(&self) -> bool {
        matches!(
            self.failure,
            Failure::Refused { status: 401, .. } | Failure::Unreachable { .. } | Failure::Unwell { .. }
        )
    }

    /// Whether a list of groups was refused, as by a service that has no groups.
    pub fn refuses_groups(&self) -> bool {
        let refusal = matches!(self.status(), Some(400 | 403 | 404 | 405 | 501));
        refusal && self.operation == listing(Kind::Group)
    }

    /// The HTTP status of a refusal.
    pub const fn status(&self) -> Option<u16> {
        self.failure.status()
    }
}
