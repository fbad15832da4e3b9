//! Errors of a service that say little to somebody who does not know it, and what they mean.

use serde::Deserialize;

use crate::directory::Failure;

/// One error, known by its status and a part of its text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownError {
    /// The status; any where none is given.
    #[serde(default)]
    pub status: Option<u16>,
    /// What stands somewhere in the answer, compared without case.
    pub contains: String,
    /// What it means.
    pub means: String,
    /// The way out.
    pub hint: String,
}

impl KnownError {
    fn is(&self, status: u16, detail: &str) -> bool {
        self.status.is_none_or(|own| own == status)
            && detail.to_lowercase().contains(&self.contains.to_lowercase())
    }
}

/// A refusal with what is known of it after the service's own words.
pub(in crate::directory) fn explained(known: &[KnownError], failure: Failure) -> Failure {
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
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Dialect;

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
