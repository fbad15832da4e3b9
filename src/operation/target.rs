//! Which directory the configuration names, and whether the token belongs there, both known without
//! connecting. The configuration may come from a pull request, so in CI the environment names the token's
//! origin. A mismatch is refused before the first packet.

use super::environment::{Environment, ORIGIN_VARIABLE};
use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use crate::client::{DirectoryAddress, DirectoryAddressError};
use crate::escape::Escaped;
use crate::plan::facts::DirectoryFacts;
use crate::project::Directory;

/// The facts of the project's directory that a plan is bound to.
pub(super) fn facts(opened: &Opened) -> Result<DirectoryFacts, Problem> {
    let (origin, tenant) = match &opened.project.directory {
        Directory::Local { path } => (DirectoryAddress::local(&path.to_string_lossy()), None),
        Directory::Scim { url, tenant, .. } => (origin(url)?, tenant.clone()),
        Directory::Officevibe(officevibe) => (origin(&officevibe.url)?, officevibe.tenant.clone()),
    };
    let dialect = &opened.dialect;
    check_tenant(opened, tenant.as_deref())?;
    Ok(DirectoryFacts {
        about: dialect.notes.to_know().map(str::to_owned),
        dialect_digest: dialect.digest(),
        dialect: dialect.name.clone(),
        origin: origin.as_str().to_owned(),
        tenant,
    })
}

/// Checks that the configuration's tenant is the policy's.
fn check_tenant(opened: &Opened, tenant: Option<&str>) -> Result<(), Problem> {
    let policy = opened.policy_file.as_ref();
    match policy.and_then(|policy| policy.tenant.as_deref()) {
        Some(allowed) if tenant != Some(allowed) => {
            let found = tenant.map_or_else(|| "none".to_owned(), |tenant| Escaped(tenant).to_string());
            let message = format!(
                "the policy is for the tenant {}, and the configuration names {found}; nothing was sent",
                Escaped(allowed)
            );
            Err(Problem::new(ProblemKind::Refused, message)
                .hint("see `directory: tenant:` in the configuration"))
        }
        _ => Ok(()),
    }
}

/// An address of the configuration.
pub(super) fn origin(url: &str) -> Result<DirectoryAddress, Problem> {
    url.parse().map_err(|error: DirectoryAddressError| {
        Problem::error(error.to_string())
            .caused_by(error)
            .hint("see `directory:` in the configuration")
    })
}

/// Checks that the configuration's origin is the one that the environment and the policy file name for the
/// token.
pub(super) fn check_origin(
    opened: &Opened,
    origin: &DirectoryAddress,
    environment: &Environment,
) -> Result<(), Problem> {
    let policy = opened.policy_file.as_ref();
    let of_policy = policy.and_then(|policy| policy.origin.clone());
    let named: Vec<String> = environment.origin().into_iter().chain(of_policy).collect();
    if let Some(named) = named.iter().find(|named| !origin.is_within(named)) {
        let message = format!(
            "the token belongs to {}, and the configuration names {}; nothing was sent",
            Escaped(named),
            Escaped(origin.as_str())
        );
        let hint = format!(
            "if the directory moved, change {ORIGIN_VARIABLE} or the policy's `origin` where the token is \
             kept"
        );
        return Err(Problem::new(ProblemKind::Refused, message).hint(hint));
    }
    if named.is_empty() && environment.is_ci() {
        let message = format!(
            "in CI, {ORIGIN_VARIABLE} must name the origin that the token belongs to; nothing was sent"
        );
        let hint = format!(
            "set {ORIGIN_VARIABLE}={} beside the token",
            Escaped(origin.as_str())
        );
        return Err(Problem::new(ProblemKind::Refused, message).hint(hint));
    }
    Ok(())
}
