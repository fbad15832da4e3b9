//! What a key or a header stands for: an attribute, membership, or former names.

use crate::diagnostics::UnplacedProblem;
use crate::model::{Attribute, AttributeId, Catalog, Kind, Mutability, well_known};

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An attribute of the resource.
    Attribute(AttributeId),
    /// The groups that a person belongs to.
    Groups,
    /// The members that a group has.
    Members,
    /// The names that the resource had before.
    Previously,
}

/// The key and the header of former names.
const PREVIOUSLY: &str = "previously";

/// Whether a name stands for something.
pub(crate) fn is_known(catalog: &Catalog, kind: Kind, name: &str) -> bool {
    let (list, _) = list_of(kind);
    name.eq_ignore_ascii_case(list)
        || name.eq_ignore_ascii_case(PREVIOUSLY)
        || catalog.get(kind, name).is_some()
}

/// The key of the list of memberships of a kind.
const fn list_of(kind: Kind) -> (&'static str, Target) {
    match kind {
        Kind::User => (well_known::GROUPS, Target::Groups),
        Kind::Group => (well_known::MEMBERS, Target::Members),
    }
}

/// Finds what a name stands for; upper and lower case are alike.
pub(crate) fn target(catalog: &Catalog, kind: Kind, name: &str) -> Result<Target, UnplacedProblem> {
    let (list, target) = list_of(kind);
    if name.eq_ignore_ascii_case(list) {
        return Ok(target);
    }
    if name.eq_ignore_ascii_case(PREVIOUSLY) {
        return Ok(Target::Previously);
    }
    match catalog.find(kind, name) {
        Ok(attribute) if attribute.is_writable() => Ok(Target::Attribute(attribute.id)),
        Ok(attribute) => Err(unwritable(attribute)),
        Err(unknown) => {
            let hint = match unknown.suggestion {
                Some(near) => format!("did you mean `{near}`?"),
                None => "attribute names are SCIM's own, as `userName`, `name.givenName`, `emails.work`"
                    .to_owned(),
            };
            Err(UnplacedProblem::new(
                "unknown-attribute",
                format!("`{name}` is not an attribute of a {}", kind.word()),
                hint,
            ))
        }
    }
}

fn unwritable(attribute: &Attribute) -> UnplacedProblem {
    if attribute.mutability == Mutability::WriteOnly {
        let message = format!("`{}` is a secret and cannot come from a source", attribute.path);
        return UnplacedProblem::new(
            "secret-attribute",
            message,
            "remove it here, and change the secret if this file was ever shared",
        );
    }
    let message = format!(
        "`{}` is set by the directory and cannot come from a source",
        attribute.path
    );
    UnplacedProblem::new(
        "read-only-attribute",
        message,
        "remove it; use `externalId` for an identifier of your own",
    )
}
