//! What the digests inside a plan are taken of: a resource's state, and the meaning of all changes.

use serde::Serialize;

use super::{Change, MembersDelta, Values};
use crate::digest::Digest;
use crate::whole::content::Push;

/// What a precondition or a postcondition is the digest of.
#[derive(Serialize)]
struct State<'a> {
    attributes: &'a Values,
    id: Option<&'a str>,
}

/// The digest of a resource's values under its id.
pub fn of_state(id: Option<&str>, attributes: &Values) -> Digest {
    Digest::of(&State { attributes, id })
}

/// The meaning of a change: who gets what. Not how it is ordered, why, or where that was written.
#[derive(Serialize)]
struct Meaning<'a> {
    action: super::Action,
    after: &'a Values,
    before: Vec<(&'a str, &'a Option<crate::model::Value>)>,
    id: Option<&'a str>,
    key: &'a crate::model::Key,
    members: Option<(&'a [crate::model::Reference], &'a [crate::model::Reference])>,
}

/// The digest of the changes' meaning in a directory ("who gets what, where"). It is the same after a merge
/// commit, a comment in a source, reordered sources, or drift in anything that the changes do not touch.
///
/// Where the directory is written in one request, what that holds is part of the meaning.
pub fn of_changes(origin: &str, changes: &[Change], push: Option<&Push>) -> Digest {
    let meanings: Vec<_> = changes
        .iter()
        .map(|change| Meaning {
            action: change.action,
            after: &change.after,
            before: change
                .before
                .iter()
                .filter(|(path, _)| change.after.contains_key(*path))
                .map(|(path, value)| (&**path, value))
                .collect(),
            id: change.remote_id.as_deref(),
            key: &change.key,
            members: change
                .members
                .as_ref()
                .map(|MembersDelta { add, remove, .. }| (&**add, &**remove)),
        })
        .collect();
    match push {
        None => Digest::of(&(origin, meanings)),
        Some(push) => Digest::of(&(origin, meanings, push)),
    }
}
