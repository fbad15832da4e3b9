//! What somebody changed by hand since the last apply, and a plan would overwrite.

use std::collections::HashMap;

use super::{Difference, Drift, Side, There, What};
use crate::model::{Catalog, Key, Reference};
use crate::plan::by_hand::{ByHand, Deed};
use crate::plan::{Action, Change};

/// The part of the drift that changes of a plan overwrite, in the drift's order.
pub fn overwritten(drift: &Drift, changes: &[Change], catalog: &Catalog) -> Vec<ByHand> {
    let mut of_key: HashMap<&Key, Vec<&Change>> = HashMap::new();
    for change in changes {
        of_key.entry(&change.key).or_default().push(change);
    }
    let by_hand = drift.differences.iter();
    let by_hand = by_hand.filter(|difference| matches!(difference.side, Side::Directory | Side::Both));
    let by_hand = by_hand.filter(|difference| !may_be_the_service(difference, catalog));
    let overwritten = by_hand.filter_map(|difference| {
        let changes = of_key.get(&difference.key)?;
        changes.iter().find_map(|change| overwrites(change, difference))
    });
    overwritten.collect()
}

/// Whether the service may have made what is live of what was applied. Then nobody is said to have done it.
fn may_be_the_service(difference: &Difference, catalog: &Catalog) -> bool {
    let What::Attribute { path, last, live, .. } = &difference.what else {
        return false;
    };
    let applied = last.as_ref().and_then(Option::as_ref);
    let attribute = catalog.find(difference.key.kind, path);
    match (attribute, applied, live) {
        (Ok(attribute), Some(applied), Some(live)) => attribute.rewritten(applied, live).is_some(),
        _ => false,
    }
}

/// What a change overwrites of a difference.
fn overwrites(change: &Change, difference: &Difference) -> Option<ByHand> {
    let found = |what: Deed| ByHand {
        change: change.id.clone(),
        found: None,
        key: difference.key.clone(),
        last: None,
        member: None,
        path: None,
        what,
    };
    match &difference.what {
        What::Attribute { path, last, live, .. } => change.after.contains_key(path).then(|| ByHand {
            found: live.clone(),
            last: last.clone().flatten(),
            path: Some(path.clone()),
            ..found(Deed::Edited)
        }),
        What::Member { member, there } => {
            let delta = change.members.as_ref()?;
            let (moved, what) = if there.live {
                (&delta.remove, Deed::Added)
            } else {
                (&delta.add, Deed::TakenOut)
            };
            moved.iter().any(|one| is_same(one, member)).then(|| ByHand {
                member: Some(member.clone()),
                ..found(what)
            })
        }
        What::Resource { there } => made_or_deleted(change.action, *there).map(found),
    }
}

/// What was done to a whole resource that a change with this action turns round.
fn made_or_deleted(action: Action, there: There) -> Option<Deed> {
    match there.live {
        true if action.is_removal() => Some(Deed::Made),
        false if action == Action::Create => Some(Deed::Deleted),
        _ => None,
    }
}

/// Whether a member in a change is a member in the drift, which has a name or else an id.
fn is_same(in_change: &Reference, in_drift: &Reference) -> bool {
    match &in_drift.key {
        Some(key) => in_change.key.as_ref() == Some(key),
        None => in_change.id == in_drift.id,
    }
}
