//! How an exchange with a directory failed, in the directory's own words.

use std::time::Duration;

use crate::dialect::KnownError;
use crate::escape::Escaped;

/// How an exchange failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// The request could not be built or was refused on this side. Nothing was sent.
    #[error("not sent: {reason}")]
    NotSent {
        /// What is wrong with the request.
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
    /// The request may have arrived, but no usable answer came: time-out, reset, a body cut short. A write
    /// may have been done.
    #[error("no answer from {origin}: {reason}")]
    NoAnswer {
        /// The directory's origin.
        origin: String,
        /// The cause.
        reason: String,
    },
    /// The directory failed too often in this run. Nothing was sent, and nothing more will be.
    #[error("not sent, because the directory is not well: {reason}")]
    Unwell {
        /// The earlier failures.
        reason: String,
    },
    /// The service answered with an error.
    #[error(
        "the directory answered {status}{}{}",
        scim_type.as_ref().map(|word| format!(" {}", Escaped(word))).unwrap_or_default(),
        if detail.is_empty() { String::new() } else { format!(": {}", Escaped(detail)) }
    )]
    Refused {
        /// The HTTP status.
        status: u16,
        /// RFC 7644's `scimType`, as `uniqueness`.
        scim_type: Option<String>,
        /// The service's own message, cut to a readable length, with the token removed.
        detail: String,
        /// How long the service asks to wait.
        retry_after: Option<Duration>,
    },
    /// The answer is not the expected SCIM: HTML, an error in a 200, a row that does not match the filter.
    #[error("the directory's answer cannot be used: {reason}")]
    NotUsable {
        /// What is wrong with the answer.
        reason: String,
    },
    /// A listing is inconsistent: it ended early, repeated itself or changed while it was read.
    #[error("the listing cannot be trusted: {reason}")]
    Inconsistent {
        /// The inconsistency.
        reason: String,
    },
}

impl Failure {
    /// The failure of a request that could not be built.
    pub(crate) fn not_sent(reason: &str) -> Self {
        Self::NotSent {
            reason: reason.to_owned(),
        }
    }

    /// The failure of a request that refers to a resource without a known id.
    pub(super) fn unresolved(what: &str, name: &str) -> Self {
        Self::not_sent(&format!(
            "{what} names `{name}`, whose id in the directory is not known"
        ))
    }

    /// The HTTP status of a refusal.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Why a request was refused, without words that may name what it is about: the status, and `scimType`.
    pub(crate) fn cause(&self) -> (Option<u16>, Option<String>) {
        let word = match self {
            Self::Refused { scim_type, .. } => scim_type.clone(),
            _ => None,
        };
        (self.status(), word)
    }

    /// Whether the service refused what a request asks for: another request may be taken. It does not say
    /// that it is broken, busy, or closed to the caller.
    pub(crate) const fn refuses_what_is_asked(&self) -> bool {
        matches!(self.status(), Some(400 | 403 | 404 | 409 | 413 | 422))
    }

    /// Whether the failure tells how the service takes this request, and not whether it can be reached, lets
    /// the caller in or is busy.
    pub(crate) const fn is_about_the_answer(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 400 | 404 | 405 | 413..=422 | 500 | 501),
            Self::NotUsable { .. } | Self::Inconsistent { .. } => true,
            _ => false,
        }
    }

    /// The same failure with `change` applied to each foreign text, for example by a redactor.
    #[must_use]
    pub(crate) fn map_text(self, change: impl Fn(&str) -> String) -> Self {
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

/// Adds what is known about an error after the service's own message.
pub(crate) fn explained(known: &[KnownError], failure: Failure) -> Failure {
    match failure {
        Failure::Refused {
            status,
            scim_type,
            detail,
            retry_after,
        } => {
            let detail = match known.iter().find(|error| error.is(status, &detail)) {
                Some(error) => format!("{detail} ({}: {})", error.means, error.hint),
                None => detail,
            };
            Failure::Refused {
                status,
                scim_type,
                detail,
                retry_after,
            }
        }
        failure => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn what_workplace_refuses_is_explained_with_a_way_out() {
        let dialect = Dialect::shipped("workplace").expect("a dialect");
        let said = |status, detail: &str| {
            let failure = Failure::Refused {
                status,
                scim_type: None,
                detail: detail.to_owned(),
                retry_after: None,
            };
            explained(&dialect.errors, failure).to_string()
        };
        let domain = said(400, "(#1789003) Invalid parameter");
        assert!(
            domain.contains("domain is not verified")
                && domain.starts_with("the directory answered 400: (#1789003)"),
            "{domain}"
        );
        let email = said(400, "Missing Email field: You must provide an email");
        assert!(
            email.contains("Coalesce(row.mail, row.userPrincipalName)")
                && email.contains("authMethod: password"),
            "{email}"
        );
        assert_eq!(
            said(400, "something else"),
            "the directory answered 400: something else"
        );
    }
}
