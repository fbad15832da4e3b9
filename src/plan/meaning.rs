//! The digest of the meaning of all changes of a plan.

use serde::Serialize;

use super::change::{Action, Change, MembersDelta, Values};
use crate::digest::Digest;
use crate::model::{Key, Reference, Value};
use crate::whole::content::Push;

/// The meaning of a change: the resource, its changed values and its members. The order, the reason and the
/// origin are not part of it.
#[derive(Serialize)]
struct ChangeMeaning<'a> {
    action: Action,
    after: &'a Values,
    before: Vec<(&'a str, &'a Option<Value>)>,
    id: Option<&'a str>,
    key: &'a Key,
    members: Option<(&'a [Reference], &'a [Reference])>,
}

/// The digest of the changes' meaning in the directory at `origin`: which resources get which values, and
/// where. The digest does not change after a merge commit, a comment in a source, reordered sources, or drift
/// in anything that the changes do not touch.
///
/// If the directory is written in one request, that request's content is part of the meaning.
pub fn change_digest(origin: &str, changes: &[Change], push: Option<&Push>) -> Digest {
    let meanings: Vec<_> = changes
        .iter()
        .map(|change| ChangeMeaning {
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
