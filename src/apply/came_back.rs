//! The texts of a change that the service stored in another way than they were sent. The first time, they are
//! sent again. If the same comes back, that is what the service makes of them, and the change is done.

use crate::model::{Attributes, Catalog, Normalisation, Rewritten, Value};
use crate::plan::Change;

use super::values::{self, Known};

/// The texts of a change that are stored in another way than they were sent, each under a rule.
pub(super) fn found(catalog: &Catalog, change: &Change, known: &Known, live: &Attributes) -> Vec<Rewritten> {
    let texts = change.after.iter().filter_map(|(path, sent)| {
        let attribute = catalog.find(change.kind, path).ok()?;
        let (sent, stored) = (values::resolve(known, sent.as_ref()?), live.get(attribute.id)?);
        if attribute.same(&sent, stored) {
            return None;
        }
        let found = attribute.rewritten(&sent, stored)?;
        // A text that was there before and is the beginning of the new one says nothing: it is what a service
        // shows that did not take the new one.
        let is_cut = matches!(found.rule, Normalisation::Truncated(_));
        (!(is_cut && was_there(change, &found))).then_some(found)
    });
    texts.collect()
}

/// Whether a stored text is what the plan read before the write: it may be all that shows yet.
pub(super) fn was_there(change: &Change, one: &Rewritten) -> bool {
    let path = one.attribute.split_once('.').map_or("", |(_, path)| path);
    let before = change.before.get(path).and_then(Option::as_ref);
    before.and_then(Value::as_text) == Some(&*one.stored)
}

/// The attributes of a resource as they would be if these texts were stored as they were sent.
pub(super) fn as_sent(
    catalog: &Catalog,
    change: &Change,
    live: &Attributes,
    rewritten: &[Rewritten],
) -> Attributes {
    let mut as_sent = live.clone();
    for path in change.after.keys() {
        let Ok(attribute) = catalog.find(change.kind, path) else {
            continue;
        };
        let name = attribute.managed_name();
        if let Some(one) = rewritten.iter().find(|one| *one.attribute == *name) {
            as_sent.set(attribute.id, Value::text(one.sent.clone()));
        }
    }
    as_sent
}
