//! What becomes of what the sources ask, where everything is written in one request.

use std::collections::BTreeMap;

use crate::desired::{Desired, DesiredAttribute, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::model::well_known::{ACTIVE, EXTERNAL_ID};
use crate::model::{Catalog, Key, Kind, Value};
use crate::plan::{Action, Change, Draft};
use crate::whole::form::PushForm;

/// Makes what is desired fit a push to the service of this name, and says what cannot be.
pub(crate) fn fit(desired: &mut Desired, catalog: &Catalog, service: &str, form: &PushForm) -> Diagnostics {
    let refused = refuse_inactive(desired, catalog, service);
    place_leaders(desired, catalog, form);
    refused
}

/// Whoever is in a push is active: a person who should not be must not be in it.
fn refuse_inactive(desired: &mut Desired, catalog: &Catalog, service: &str) -> Diagnostics {
    let active = catalog.well_known(Kind::User, ACTIVE);
    let mut refused = Diagnostics::new();
    for user in &mut desired.users {
        let asked = user.get(active);
        if let Some(asked) = asked.filter(|asked| asked.wish == Wish::Set(Value::Boolean(false))) {
            let message = format!(
                "{} is not active, and whoever is in a push to {service} is",
                user.key
            );
            refused.push(
                Diagnostic::error("inactive-in-push", asked.origin, message)
                    .hint("leave them out of the sources; `scope` can"),
            );
        }
        user.attributes.retain(|asked| asked.attribute != active);
    }
    refused
}

/// Who leads which group stands with the people: by the groups' `externalId`, or by the name of one that has
/// none. What a source says there itself stays.
fn place_leaders(desired: &mut Desired, catalog: &Catalog, form: &PushForm) {
    let Ok(attribute) = catalog.find(Kind::User, &form.leads).map(|found| found.id) else {
        return;
    };
    let leaders = std::mem::take(&mut desired.leaders);
    if leaders.is_empty() && !desired.tells_leaders {
        return;
    }
    let external = catalog.well_known(Kind::Group, EXTERNAL_ID);
    let id = |group: &Key| {
        let external = desired.find(group).and_then(|group| group.value(external));
        external.map_or_else(|| group.name.to_string(), Value::plain)
    };
    let mut led: BTreeMap<&Key, Led> = BTreeMap::new();
    for leader in &leaders {
        let led = led.entry(&leader.leader).or_insert_with(|| Led {
            groups: Vec::new(),
            origin: leader.origin,
        });
        led.groups.push(Value::text(id(&leader.group)));
    }
    for user in &mut desired.users {
        let Err(place) = user
            .attributes
            .binary_search_by_key(&attribute, |asked| asked.attribute)
        else {
            continue;
        };
        let (wish, origin) = match led.remove(&user.key) {
            Some(led) => (Wish::Set(Value::set(led.groups)), led.origin),
            None => (Wish::Clear, user.origin),
        };
        user.attributes.insert(
            place,
            DesiredAttribute {
                attribute,
                wish,
                origin,
            },
        );
    }
}

/// The groups that a person leads, and where a source first says so.
struct Led {
    groups: Vec<Value>,
    origin: Origin,
}

/// What the service does of its own accord with whom a push leaves out.
pub(crate) fn kept(draft: &Draft, service: &str) -> Option<String> {
    let leaves = |change: &Change| change.kind == Kind::User && change.action == Action::Delete;
    draft.changes.iter().any(leaves).then(|| {
        format!(
            "{service} deactivates who leaves, and deletes for good who was only invited or is deactivated already"
        )
    })
}

/// Why a draft cannot become a push: whom no source declares, the request would remove, or write without what
/// cannot be read of them.
pub(crate) fn impossible(draft: &Draft, service: &str) -> Option<String> {
    let of_resources = |name: &str| ["users", "groups"].contains(&name);
    let withheld: u64 = draft
        .withheld
        .iter()
        .filter(|(name, _)| of_resources(name))
        .map(|(_, count)| *count)
        .sum();
    let (users, groups) = (draft.unmanaged_users, draft.unmanaged_groups);
    if draft.changes.is_empty() || users + groups + withheld == 0 {
        return None;
    }
    let adopt = if withheld > 0 {
        ", which were never managed from here (`--adopt users` or `--adopt groups` allows it)"
    } else {
        ""
    };
    Some(format!(
        "{service} is written as a whole, and {users} people and {groups} groups are there that no source declares: \
         a push would remove them, or lose what cannot be read of them. Declare them, or let the push remove them \
         (`manage: {{ users: {{ absent: delete, within: all }} }}`){adopt}"
    ))
}
