//! The SCIM 2.0 names of SCIM 1.0 names, which Entra's mappings and older exports still use. The table is
//! `schemas/scim/urns-1.0.json`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Kind;

/// A URN of SCIM 1.0, alone or with an attribute, and its SCIM 2.0 name. `*` stands for `User` or `Group`.
#[derive(Deserialize)]
struct Alias {
    old: String,
    new: String,
}

static ALIASES: LazyLock<Vec<Alias>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schemas/scim/urns-1.0.json"))
        .expect("the shipped table is valid, which a test checks")
});

/// The SCIM 2.0 name of a SCIM 1.0 name; `None` if the name is not a SCIM 1.0 name.
pub(super) fn of(kind: Kind, name: &str) -> Option<String> {
    if !name
        .get(..9)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:scim:"))
    {
        return None;
    }
    ALIASES.iter().find_map(|alias| {
        let rest = name
            .get(alias.old.len()..)
            .filter(|_| name[..alias.old.len()].eq_ignore_ascii_case(&alias.old))?;
        let new = alias.new.replace('*', resource_word(kind));
        match rest.strip_prefix(['.', ':']) {
            Some(attribute) => Some(format!("{new}:{attribute}")),
            None if rest.is_empty() => Some(new),
            None => None,
        }
    })
}

const fn resource_word(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "User",
        Kind::Group => "Group",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_of_scim_1_have_names_of_scim_2() {
        let frontline = "urn:ietf:params:scim:schemas:extension:facebook:frontline:2.0:User:is_frontline";
        assert_eq!(
            of(
                Kind::User,
                "urn:scim:schemas:extension:facebook:frontline:1.0.is_frontline"
            )
            .as_deref(),
            Some(frontline)
        );
        let method = "urn:ietf:params:scim:schemas:extension:facebook:authmethod:2.0:User:authMethod";
        assert_eq!(
            of(
                Kind::User,
                "urn:scim:schemas:extension:facebook:auth_method:1.0:auth_method"
            )
            .as_deref(),
            Some(method)
        );
    }
}
