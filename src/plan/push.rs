//! Everything that a directory shall hold, where it is written in one request. A plan holds it beside its
//! changes: what is read when the plan is made, with the changes laid over it. So the request is known from
//! the plan alone, and an apply sends it only if laying the changes over what is there then gives the same.
//!
//! Fields stand in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::change::Values;
use super::{Action, Change};
use crate::dialect::Method;
use crate::dialect::PushForm;
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::Snapshot;
use crate::model::well_known::{EXTERNAL_ID, USER_NAME};
use crate::model::{Attribute, Catalog, Key, Kind, Reference, Value};
use crate::wire::Request;

/// Everything, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// By id.
    pub groups: Vec<PushedGroup>,
    /// By address.
    pub people: Vec<PushedPerson>,
    /// What goes with it.
    pub settings: Settings,
}

/// What goes with a push, where its form has that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether people who are new are invited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<bool>,
    /// The administrator in whose name it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushedPerson {
    /// The address, by which the service knows them.
    pub email: String,
    /// Their fields.
    pub fields: BTreeMap<String, String>,
    /// The ids of the groups that they lead.
    pub leads: BTreeSet<String>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushedGroup {
    /// Its fields.
    pub fields: BTreeMap<String, String>,
    /// Its id.
    pub id: String,
    /// The addresses of the people in it.
    pub members: BTreeSet<String>,
    /// The ids of the groups in it.
    pub subgroups: BTreeSet<String>,
}

/// What a push is made of.
#[derive(Clone, Copy)]
pub struct Everything<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// The changes.
    pub changes: &'a [Change],
    /// The names in the request.
    pub form: &'a PushForm,
    /// What is there.
    pub snapshot: &'a Snapshot,
}

/// Everything that is there, with the changes laid over it.
///
/// # Errors
/// Everything that a push cannot say, in sentences.
pub fn push(everything: &Everything<'_>, settings: Settings) -> Result<Push, Vec<String>> {
    let mut world = World {
        everything,
        people: BTreeMap::new(),
        groups: BTreeMap::new(),
        made: HashMap::new(),
        problems: Vec::new(),
    };
    for live in &everything.snapshot.users {
        let person = world.person_of(live);
        world.people.insert(person_key(&live.id), person);
    }
    for live in &everything.snapshot.groups {
        let group = world.group_of(live);
        world.groups.insert(live.id.to_string(), group);
    }
    for change in everything.changes {
        match change.kind {
            Kind::User => world.change_person(change),
            Kind::Group => world.change_group(change),
        }
    }
    // Who joins a group may come after it.
    for change in everything.changes {
        world.change_members(change);
    }
    world.check();
    if !world.problems.is_empty() {
        return Err(world.problems);
    }
    let mut groups: Vec<PushedGroup> = world.groups.into_values().collect();
    groups.sort_by(|one, other| one.id.cmp(&other.id));
    let mut people: Vec<PushedPerson> = world.people.into_values().collect();
    people.sort_by(|one, other| one.email.cmp(&other.email));
    Ok(Push {
        groups,
        people,
        settings,
    })
}

/// The address by which spellings of it meet.
fn person_key(email: &str) -> String {
    Key::new(Kind::User, email).folded().to_owned()
}

struct World<'a> {
    everything: &'a Everything<'a>,
    people: BTreeMap<String, PushedPerson>,
    groups: BTreeMap<String, PushedGroup>,
    /// The ids of groups by the names that changes call them.
    made: HashMap<Key, String>,
    problems: Vec<String>,
}

impl World<'_> {
    fn attributes(live: &Live, catalog: &Catalog) -> Values {
        live.attributes
            .iter()
            .map(|(id, value)| (catalog.attribute(id).path.clone(), Some(value.clone())))
            .collect()
    }

    fn person_of(&self, live: &Live) -> PushedPerson {
        let mut person = PushedPerson {
            email: live.id.to_string(),
            fields: BTreeMap::new(),
            leads: BTreeSet::new(),
        };
        // What can be read and is not there is as empty as what is cleared.
        person.fields.extend(
            self.everything
                .form
                .told
                .iter()
                .map(|field| (field.clone(), String::new())),
        );
        self.lay_over(&mut person, &Self::attributes(live, self.everything.catalog));
        person
    }

    fn group_of(&mut self, live: &Live) -> PushedGroup {
        let fields = self.fields(Kind::Group, &Self::attributes(live, self.everything.catalog));
        let naming = self.everything.catalog.naming(Kind::Group);
        if let Some(name) = live.attributes.get(naming).and_then(Value::as_text) {
            self.made.insert(Key::new(Kind::Group, name), live.id.to_string());
        }
        let of = |kind: Kind| {
            live.members
                .iter()
                .flatten()
                .filter(move |member| member.kind == Some(kind))
                .filter_map(|one| one.reference.id.as_deref())
        };
        PushedGroup {
            fields,
            id: live.id.to_string(),
            members: of(Kind::User).map(str::to_owned).collect(),
            subgroups: of(Kind::Group).map(str::to_owned).collect(),
        }
    }

    fn attribute(&self, kind: Kind, path: &str) -> Option<&Attribute> {
        self.everything.catalog.find(kind, path).ok()
    }

    /// The fields of values; one without a value is empty.
    fn fields(&self, kind: Kind, values: &Values) -> BTreeMap<String, String> {
        let field = |path: &str| {
            self.everything
                .form
                .field(self.attribute(kind, path)?)
                .map(str::to_owned)
        };
        values
            .iter()
            .filter_map(|(path, value)| {
                Some((field(path)?, value.as_ref().map(Value::plain).unwrap_or_default()))
            })
            .collect()
    }

    fn lay_over(&self, person: &mut PushedPerson, values: &Values) {
        person.fields.extend(self.fields(Kind::User, values));
        if let Some(leads) = values.get(&*self.everything.form.leads) {
            person.leads = match leads {
                Some(Value::List(groups)) => groups.iter().map(Value::plain).collect(),
                Some(other) => BTreeSet::from([other.plain()]),
                None => BTreeSet::new(),
            };
        }
    }

    fn change_person(&mut self, change: &Change) {
        let email = change.remote_id.as_deref().unwrap_or(&change.key.name);
        let place = person_key(email);
        match change.action {
            Action::Delete => drop(self.people.remove(&place)),
            Action::Deactivate | Action::Reactivate => self.problems.push(format!(
                "{}: a push cannot {} anybody: whom it does not hold is removed by the service's own rules; `absent: delete` says so",
                change.key,
                change.action.word()
            )),
            Action::Create | Action::Update => {
                let is_new = change.action == Action::Create;
                let fresh = || PushedPerson { email: email.to_owned(), fields: BTreeMap::new(), leads: BTreeSet::new() };
                let Some(mut person) = self.people.remove(&place).or_else(|| is_new.then(fresh)) else { return };
                if is_new {
                    let told = self.everything.form.told.iter().map(|field| (field.clone(), String::new()));
                    person.fields = told.chain(std::mem::take(&mut person.fields)).collect();
                }
                self.lay_over(&mut person, &change.after);
                self.people.insert(place, person);
            }
        }
    }

    fn change_group(&mut self, change: &Change) {
        let wanted = |path: &str| change.after.get(path).and_then(Option::as_ref).map(Value::plain);
        let known = change
            .remote_id
            .as_deref()
            .map(str::to_owned)
            .or_else(|| self.made.get(&change.key).cloned());
        let id = wanted(EXTERNAL_ID)
            .or_else(|| known.clone())
            .unwrap_or_else(|| change.key.name.to_string());
        let old = known
            .and_then(|known| self.groups.remove(&known))
            .or_else(|| self.groups.remove(&id));
        if change.action == Action::Delete {
            return;
        }
        let mut group = old.unwrap_or_else(|| PushedGroup {
            fields: BTreeMap::new(),
            id: id.clone(),
            members: BTreeSet::new(),
            subgroups: BTreeSet::new(),
        });
        group.fields.extend(self.fields(Kind::Group, &change.after));
        if let Some(field) = self
            .attribute(Kind::Group, EXTERNAL_ID)
            .and_then(|attribute| self.everything.form.field(attribute))
        {
            group.fields.insert(field.to_owned(), id.clone());
        }
        group.id.clone_from(&id);
        self.made.insert(change.key.clone(), id.clone());
        self.groups.insert(id, group);
    }

    fn change_members(&mut self, change: &Change) {
        let Some(delta) = change
            .members
            .as_ref()
            .filter(|_| change.action != Action::Delete)
        else {
            return;
        };
        let named = |world: &Self, one: &Reference| -> Option<(Kind, String)> {
            let kind = one.key.as_ref().map_or(Kind::User, |key| key.kind);
            let made = one.key.as_ref().and_then(|key| match kind {
                Kind::User => Some(key.name.to_string()),
                Kind::Group => world.made.get(key).cloned(),
            });
            Some((kind, one.id.as_deref().map(str::to_owned).or(made)?))
        };
        let (add, remove): (Vec<_>, Vec<_>) = (
            delta.add.iter().filter_map(|one| named(self, one)).collect(),
            delta.remove.iter().filter_map(|one| named(self, one)).collect(),
        );
        let Some(group) = self.made.get(&change.key).and_then(|id| self.groups.get_mut(id)) else {
            return;
        };
        for (kind, id) in remove {
            match kind {
                Kind::User => group.members.retain(|one| person_key(one) != person_key(&id)),
                Kind::Group => drop(group.subgroups.remove(&id)),
            }
        }
        for (kind, id) in add {
            match kind {
                Kind::User => group.members.insert(id),
                Kind::Group => group.subgroups.insert(id),
            };
        }
    }

    /// Whoever is gone is in no group; what a push cannot say is a problem.
    fn check(&mut self) {
        let ids: BTreeSet<String> = self.groups.keys().cloned().collect();
        for group in self.groups.values_mut() {
            group.members = group
                .members
                .iter()
                .filter_map(|one| self.people.get(&person_key(one)))
                .map(|one| one.email.clone())
                .collect();
            group.subgroups.retain(|id| ids.contains(id));
        }
        let form = self.everything.form;
        let field_of = |path: &str| {
            self.everything
                .catalog
                .find(Kind::User, path)
                .ok()
                .and_then(|attribute| form.field(attribute))
        };
        let mut numbers: HashMap<&str, &str> = HashMap::new();
        for person in self.people.values() {
            let shown = Escaped(&person.email);
            let email = field_of(USER_NAME).and_then(|field| person.fields.get(field));
            if email.is_some_and(|email| person_key(email) != person_key(&person.email)) {
                self.problems
                    .push(format!("user:{shown}: `userName` and `emails.work` must be the same address, by which people are known there"));
            }
            if let Some(unknown) = person.leads.iter().find(|id| !ids.contains(*id)) {
                self.problems.push(format!(
                    "user:{shown}: `{}` names {}, which is no group's externalId",
                    form.leads,
                    Escaped(unknown)
                ));
            }
            let number = field_of(EXTERNAL_ID)
                .and_then(|field| person.fields.get(field))
                .map_or(&*person.email, String::as_str);
            if let Some(other) = numbers.insert(number, &person.email) {
                self.problems.push(format!(
                    "user:{shown} and user:{} have one externalId, {}",
                    Escaped(other),
                    Escaped(number)
                ));
            }
        }
    }
}

impl Push {
    /// The one request.
    pub fn request(&self, form: &PushForm) -> Request {
        let mut request = Request::new(Method::Post, &[]);
        request.path.clone_from(&form.path);
        request.with_body(&self.body(form))
    }

    /// Its body.
    pub fn body(&self, form: &PushForm) -> Json {
        let lists = &form.lists;
        let users: Vec<Json> = self
            .people
            .iter()
            .map(|person| json!(with_number(person, form)))
            .collect();
        let groups: Vec<Json> = self.groups.iter().map(|group| json!(group.fields)).collect();
        let mut body =
            json!({ &*lists.users: users, &*lists.groups: groups, &*lists.mappings: self.mappings(form) });
        if let Some(names) = &form.settings {
            body[&names.object] =
                json!({ &*names.manager: self.settings.manager, &*names.invite: self.settings.invite });
        }
        body
    }

    fn mappings(&self, form: &PushForm) -> Vec<Json> {
        let names = &form.mapping;
        let row = |group: &str, user: &str, subgroup: &str, is: (bool, bool)| json!({ &*names.group: group, &*names.user: user, &*names.subgroup: subgroup, &*names.member: is.0, &*names.manager: is.1 });
        let mut rows = Vec::new();
        for group in &self.groups {
            for person in &self.people {
                let is = (
                    group.members.contains(&person.email),
                    person.leads.contains(&group.id),
                );
                if is != (false, false) {
                    rows.push(row(&group.id, number(person, form), "", is));
                }
            }
            rows.extend(
                group
                    .subgroups
                    .iter()
                    .map(|subgroup| row(&group.id, "", subgroup, (true, false))),
            );
        }
        rows
    }

    /// What somebody else has changed since: what this would undo or remove without a change that says so.
    /// `now` is made of what is there now and the same changes. Fields that cannot be read are no difference.
    pub fn moved(&self, now: &Self, form: &PushForm) -> Vec<String> {
        let mut moved = Vec::new();
        let here: BTreeMap<String, &PushedPerson> = self
            .people
            .iter()
            .map(|one| (person_key(&one.email), one))
            .collect();
        let there: BTreeMap<String, &PushedPerson> = now
            .people
            .iter()
            .map(|one| (person_key(&one.email), one))
            .collect();
        for (key, person) in &there {
            let shown = format!("user:{}", Escaped(&person.email));
            let Some(sealed) = here.get(key) else {
                moved.push(format!(
                    "{shown} has appeared since, and the push would remove them"
                ));
                continue;
            };
            for field in form
                .told
                .iter()
                .filter(|field| sealed.fields.get(*field) != person.fields.get(*field))
            {
                let value = |one: &PushedPerson| {
                    Escaped(one.fields.get(field).map_or("", String::as_str)).to_string()
                };
                if Some(field) != form.fields.users.get(USER_NAME) {
                    moved.push(format!(
                        "{shown}: {field} is {:?} now, and the push would write {:?}",
                        value(person),
                        value(sealed)
                    ));
                }
            }
            if sealed.leads != person.leads {
                moved.push(format!("{shown} leads other groups than when the plan was made"));
            }
        }
        moved.extend(
            here.keys()
                .filter(|key| !there.contains_key(*key))
                .map(|key| format!("user:{} is gone since", Escaped(key))),
        );
        moved.extend(self.groups_moved(now));
        moved
    }

    fn groups_moved(&self, now: &Self) -> Vec<String> {
        let here: BTreeMap<&str, &PushedGroup> = self.groups.iter().map(|one| (&*one.id, one)).collect();
        let there: BTreeMap<&str, &PushedGroup> = now.groups.iter().map(|one| (&*one.id, one)).collect();
        let people = |group: &PushedGroup| {
            group
                .members
                .iter()
                .map(|one| person_key(one))
                .collect::<BTreeSet<_>>()
        };
        let mut moved = Vec::new();
        for (id, group) in &there {
            let what = match here.get(id) {
                None => "has appeared since, and the push would remove it",
                Some(sealed) if sealed.fields != group.fields => {
                    "has another name than when the plan was made"
                }
                Some(sealed) if people(sealed) != people(group) => {
                    "has other members than when the plan was made"
                }
                Some(_) => continue,
            };
            moved.push(format!("group {} {what}", Escaped(id)));
        }
        moved.extend(
            here.keys()
                .filter(|id| !there.contains_key(*id))
                .map(|id| format!("group {} is gone since", Escaped(id))),
        );
        moved
    }
}

fn number<'p>(person: &'p PushedPerson, form: &PushForm) -> &'p str {
    let field = form
        .fields
        .users
        .get(EXTERNAL_ID)
        .and_then(|field| person.fields.get(field))
        .filter(|text| !text.is_empty());
    field.map_or(&person.email, String::as_str)
}

/// A person's fields, with the id by which mappings name them.
fn with_number(person: &PushedPerson, form: &PushForm) -> BTreeMap<String, String> {
    let mut fields = person.fields.clone();
    if let Some(field) = form.fields.users.get(EXTERNAL_ID) {
        fields.insert(field.clone(), number(person, form).to_owned());
    }
    fields
}
