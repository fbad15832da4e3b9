//! What a service is seen to make of the texts that people read: it comes from the state, a reading of the
//! directory may speak against it, and applies add to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::opened::Opened;
use super::surroundings::Surroundings;
use super::target;
use crate::model::{Catalog, Kind, Learnt, Rewritten, RuleShown, Snapshot};

/// What is learnt of the project's directory.
pub(super) fn known(opened: &Opened) -> Learnt {
    let origin = target::facts(opened).map(|facts| facts.origin);
    origin.map_or_else(|_| Learnt::default(), |origin| opened.state.learnt(&origin))
}

/// The project's catalog with what is learnt. What `match` names identifies, so nothing is learnt of it.
pub(super) fn catalog(opened: &Opened, learnt: &Learnt) -> Arc<Catalog> {
    let policy = opened.policy();
    let identifying = Kind::ALL.map(|kind| policy.of(kind).matched_by.clone()).concat();
    Arc::new(learnt.catalog(&opened.catalog, &identifying))
}

/// The project's catalog with what is learnt, without what a reading of the directory speaks against. That is
/// forgotten in the state too.
pub(super) fn checked(opened: &Opened, snapshot: &Snapshot) -> Arc<Catalog> {
    let mut learnt = known(opened);
    if learnt.contradict(&opened.catalog, snapshot)
        && let Ok(facts) = target::facts(opened)
    {
        // Where nothing can be written, the next reading speaks against it again.
        let _ = opened.state.write_learnt(&facts.origin, learnt.clone());
    }
    catalog(opened, &learnt)
}

/// Keeps what an apply learnt, and says it once. The caller holds the lock.
pub(super) fn keep(opened: &Opened, found: &BTreeSet<Rewritten>, around: &Surroundings<'_>) {
    let mut learnt = known(opened);
    let mut news = Learnt::default();
    news.add(found.iter().filter(|one| !learnt.explains(one)).cloned());
    for shown in news.shown() {
        around.watch.note(&said(&shown));
    }
    if !learnt.add(found.iter().cloned()) {
        return;
    }
    let kept = target::facts(opened).map(|facts| opened.state.write_learnt(&facts.origin, learnt));
    if let Ok(Err(error)) = kept {
        around.watch.note(&format!(
            "The next plan shows these texts again: that the service rewrites them could not be kept: {error}"
        ));
    }
}

/// One rule that a service showed, and how to say it without state.
fn said(shown: &RuleShown<'_>) -> String {
    let texts = if shown.texts == 1 {
        "1 text".to_owned()
    } else {
        format!("{} texts", shown.texts)
    };
    format!(
        "The service rewrites {}: {texts} came back {}, each time it was sent. That is no difference from \
         now on. In the dialect: {}",
        shown.attribute,
        shown.rule.said(),
        shown.row()
    )
}
