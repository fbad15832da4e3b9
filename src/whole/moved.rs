//! What others have changed since a plan was made, if everything is written in one request: the differences
//! that the request would undo without a change in the plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::escape::Escaped;
use crate::model::well_known::USER_NAME;
use crate::whole::content::{Push, PushedGroup, PushedPerson, person_key};
use crate::whole::form::PushForm;

/// The differences between `sealed`, the push of a plan, and `now`, in sentences. `now` is composed from the
/// live directory and the same changes. Fields that cannot be read are not compared.
pub(crate) fn moved(sealed: &Push, now: &Push, form: &PushForm) -> Vec<String> {
    let mut moved = people_moved(sealed, now, form);
    moved.extend(groups_moved(sealed, now));
    moved
}

fn people_moved(sealed: &Push, now: &Push, form: &PushForm) -> Vec<String> {
    let (then, now) = (people_by_address(sealed), people_by_address(now));
    let mut moved = Vec::new();
    for (address, person) in &now {
        match then.get(address) {
            Some(sealed) => moved.extend(person_moved(sealed, person, form)),
            None => moved.push(format!(
                "user:{} has appeared since, and the push would remove them",
                Escaped(&person.email)
            )),
        }
    }
    let gone = then.keys().filter(|address| !now.contains_key(*address));
    moved.extend(gone.map(|address| format!("user:{} is gone since", Escaped(address))));
    moved
}

fn person_moved(sealed: &PushedPerson, now: &PushedPerson, form: &PushForm) -> Vec<String> {
    let shown = format!("user:{}", Escaped(&now.email));
    let differs = |field: &&String| {
        // Different spellings of an address are the same, and the push has the plan's spelling.
        form.fields.users.get(USER_NAME) != Some(*field)
            && sealed.fields.get(*field) != now.fields.get(*field)
    };
    let told = |field: &String| {
        let value =
            |person: &PushedPerson| Escaped(person.fields.get(field).map_or("", String::as_str)).to_string();
        format!(
            "{shown}: {field} is {:?} now, and the push would write {:?}",
            value(now),
            value(sealed)
        )
    };
    let mut moved: Vec<String> = form.told.iter().filter(differs).map(told).collect();
    if sealed.leads != now.leads {
        moved.push(format!("{shown} leads other groups than when the plan was made"));
    }
    moved
}

fn groups_moved(sealed: &Push, now: &Push) -> Vec<String> {
    let people = |group: &PushedGroup| -> BTreeSet<String> {
        group.members.iter().map(|address| person_key(address)).collect()
    };
    let (then, now) = (groups_by_id(sealed), groups_by_id(now));
    let mut moved = Vec::new();
    for (id, group) in &now {
        let what = match then.get(id) {
            None => "has appeared since, and the push would remove it",
            Some(then) if then.fields != group.fields => "has another name than when the plan was made",
            Some(then) if people(then) != people(group) => "has other members than when the plan was made",
            Some(_) => continue,
        };
        moved.push(format!("group {} {what}", Escaped(id)));
    }
    let gone = then.keys().filter(|id| !now.contains_key(*id));
    moved.extend(gone.map(|id| format!("group {} is gone since", Escaped(id))));
    moved
}

fn groups_by_id(push: &Push) -> BTreeMap<&str, &PushedGroup> {
    push.groups.iter().map(|group| (&*group.id, group)).collect()
}

fn people_by_address(push: &Push) -> BTreeMap<String, &PushedPerson> {
    push.people
        .iter()
        .map(|person| (person_key(&person.email), person))
        .collect()
}
