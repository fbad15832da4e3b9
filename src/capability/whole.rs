//! A directory that is written in one request. The people in the request are active, and everybody else
//! leaves.

use std::collections::BTreeMap;

use crate::desired::{Desired, DesiredAttribute, RowProblem, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::dialect::Dialect;
use crate::model::well_known::{ACTIVE, EXTERNAL_ID};
use crate::model::{Catalog, Key, Kind, Value};
use crate::plan::{Action, Draft};
use crate::whole::form::{PushForm, Writes};

/// Holds declared people who should be inactive: every person in a push is active.
pub(super) fn hold_inactive(desired: &mut Desired, catalog: &Catalog, dialect: &Dialect) -> Diagnostics {
    let active = catalog.well_known(Kind::User, ACTIVE);
    let mut problems = Diagnostics::new();
    for user in &mut desired.users {
        let inactive = user
            .get(active)
            .filter(|asked| asked.wish == Wish::Set(Value::Boolean(false)));
        if let Some(origin) = inactive.map(|asked| asked.origin) {
            let message = |who: &str| {
                format!(
                    "{who} is not active, and whoever is in a push to {} is",
                    dialect.name
                )
            };
            let next = "leave them out of the sources; `scope` can";
            let warning = message(&user.key.to_string());
            problems.push(Diagnostic::warning("inactive-in-push", origin, warning).hint(next));
            user.problem.get_or_insert_with(|| {
                Box::new(RowProblem {
                    message: message("it"),
                    next: next.to_owned(),
                    origin,
                })
            });
        }
        user.attributes.retain(|asked| asked.attribute != active);
    }
    problems
}

/// The groups that a person leads, and the first place in a source that says so.
struct Led {
    groups: Vec<Value>,
    origin: Origin,
}

/// Writes the leaders of groups as an attribute of the people who lead them. A group is named by its
/// `externalId`, or by its name if it has none. If a source sets the attribute itself, its value stays.
pub(super) fn place_leaders(desired: &mut Desired, catalog: &Catalog, form: &PushForm) {
    let Ok(attribute) = catalog.find(Kind::User, &form.leads).map(|found| found.id) else {
        return;
    };
    let leaders = std::mem::take(&mut desired.leaders);
    if leaders.is_empty() && !desired.tells_leaders {
        return;
    }
    let external = catalog.well_known(Kind::Group, EXTERNAL_ID);
    let id = |key: &Key| {
        let group = desired.find(key);
        group
            .and_then(|group| group.value(external))
            .map_or_else(|| key.name.to_string(), Value::plain)
    };
    let mut led: BTreeMap<&Key, Led> = BTreeMap::new();
    for leader in &leaders {
        let of_leader = led.entry(&leader.leader).or_insert_with(|| Led {
            groups: Vec::new(),
            origin: leader.origin,
        });
        of_leader.groups.push(Value::text(id(&leader.group)));
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
            None => (Wish::Empty, user.origin),
        };
        let asked = DesiredAttribute {
            attribute,
            wish,
            origin,
        };
        user.attributes.insert(place, asked);
    }
}

/// A sentence about people who leave; `None` if nobody does.
pub(super) fn note_on_leavers(draft: &Draft, dialect: &Dialect) -> Option<String> {
    if dialect.writes == Writes::Each {
        return None;
    }
    let mut changes = draft.changes.iter();
    let somebody_leaves = changes.any(|change| change.kind == Kind::User && change.action == Action::Delete);
    somebody_leaves.then(|| {
        format!(
            "{} deactivates who leaves, and deletes for good who was only invited or is deactivated already",
            dialect.name
        )
    })
}

/// Why a push is impossible while the directory holds resources that no source declares. A push holds
/// everybody, so it would remove them, or lose the parts of them that cannot be read.
pub(super) fn left_out(draft: &Draft, dialect: &Dialect) -> Option<String> {
    if dialect.writes == Writes::Each || draft.changes.is_empty() {
        return None;
    }
    let withheld: u64 = ["users", "groups"]
        .iter()
        .filter_map(|name| draft.remainder.withheld.get(*name))
        .map(|counted| counted.count)
        .sum();
    let (users, groups) = (draft.unmanaged_users, draft.unmanaged_groups);
    if users + groups + withheld == 0 {
        return None;
    }
    let adopt = if withheld > 0 {
        ", which were never managed from here (`--adopt users` or `--adopt groups` allows it)"
    } else {
        ""
    };
    Some(format!(
        "{} is written as a whole, and {users} people and {groups} groups are there that no source \
         declares: a \
         push would remove them, or lose what cannot be read of them. Declare them, or let the push remove \
         them \
         (`manage: {{ users: {{ absent: delete, within: all }} }}`){adopt}",
        dialect.name
    ))
}
