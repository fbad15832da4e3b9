//! Names that look like somebody else's. Where a plan rests on the sources, whoever would get such a name is
//! held (`plan/held/waived.rs`), and those whom a waiver released are counted. A plan that rests on a receipt
//! has only its changes, which are looked at here.

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::name::Guard;
use crate::model::Value;
use crate::plan::change::Action;
use crate::plan::lookalike::{Around, NamesByLooks, Taken};

/// Who would get a name that looks like another name of the directory, of this plan, or of the protected.
pub(crate) fn lookalikes(grounds: &Grounds<'_>) -> GuardFigure {
    if let Some(released) = grounds.released {
        return GuardFigure::of_cases(Guard::Lookalike, released.lookalikes.clone());
    }
    let mut names = NamesByLooks::default();
    for change in grounds
        .changes
        .iter()
        .filter(|change| change.action != Action::Delete)
    {
        for (path, value) in &change.after {
            let attribute = grounds.catalog.find(change.kind, path).ok();
            let name = value.as_ref().and_then(Value::as_text);
            if let Some((attribute, name)) = attribute.filter(|attribute| attribute.is_name()).zip(name) {
                names.add(Taken {
                    attribute,
                    by: &change.key,
                    id: change.remote_id.as_deref(),
                    name,
                });
            }
        }
    }
    let mistaken = names.mistaken(&Around {
        catalog: grounds.catalog,
        policy: grounds.policy,
        snapshot: grounds.snapshot,
    });
    let cases = mistaken
        .iter()
        .map(|(key, alike)| format!("{}: {}", key.id(), alike.said()));
    GuardFigure::of_cases(Guard::Lookalike, cases.collect())
}

/// The accounts that are bound to another identity.
pub(crate) fn rebound(grounds: &Grounds<'_>) -> GuardFigure {
    let rebound = grounds.released.map(|released| released.rebound.clone());
    GuardFigure::of_cases(Guard::Rebind, rebound.unwrap_or_default())
}
