//! Composes a push: everything that was read when the plan was made, with the changes applied to it. An apply
//! sends the push only if composing it again from the live directory gives the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::escape::Escaped;
use crate::model::well_known::{EXTERNAL_ID, USER_NAME};
use crate::model::{Attribute, Catalog, Key, Kind, Live, Reference, Snapshot, Value};
use crate::plan::change::Values;
use crate::plan::held::obstacles::{Obstacle, Subject};
use crate::plan::{Action, Change, HeldReason};
use crate::whole::content::{Push, PushedGroup, PushedPerson, Settings, person_key};
use crate::whole::form::PushForm;

/// The input of a push.
#[derive(Clone, Copy)]
pub(crate) struct Everything<'a> {
    /// The attributes that exist.
    pub catalog: &'a Catalog,
    /// The changes.
    pub changes: &'a [Change],
    /// The form of the request.
    pub form: &'a PushForm,
    /// The live directory.
    pub snapshot: &'a Snapshot,
}

/// The reasons why a push cannot be composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a push cannot say what the sources ask:\n  - {}", .problems.join("\n  - "))]
pub(crate) struct CannotSay {
    /// The reasons, each in a sentence.
    pub problems: Vec<String>,
    /// The reasons that concern one changed person each.
    pub of_one: Vec<Obstacle>,
}

/// Composes a push: the live directory with the changes applied to it.
///
/// # Errors
/// If people are to be deactivated, the two names of a person differ, a person leads a group that does not
/// exist, or two people have the same `externalId`.
pub(crate) fn compose(everything: &Everything<'_>, settings: Settings) -> Result<Push, CannotSay> {
    let mut composition = Composition {
        everything,
        people: BTreeMap::new(),
        groups: BTreeMap::new(),
        made: HashMap::new(),
        problems: Vec::new(),
        of_one: Vec::new(),
    };
    composition.read();
    composition.change();
    composition.leave_out_who_is_gone();
    composition.check();
    if !composition.problems.is_empty() {
        return Err(CannotSay {
            problems: composition.problems,
            of_one: composition.of_one,
        });
    }
    let mut people: Vec<PushedPerson> = composition.people.into_values().collect();
    people.sort_by(|left, right| left.email.cmp(&right.email));
    Ok(Push {
        groups: composition.groups.into_values().collect(),
        people,
        settings,
    })
}

/// A push under construction.
struct Composition<'a> {
    everything: &'a Everything<'a>,
    /// The people, by address without capitals.
    people: BTreeMap<String, PushedPerson>,
    /// The groups, by id.
    groups: BTreeMap<String, PushedGroup>,
    /// The ids of groups, by the keys that changes use.
    made: HashMap<Key, String>,
    problems: Vec<String>,
    of_one: Vec<Obstacle>,
}

impl Composition<'_> {
    /// Starts with the live directory.
    fn read(&mut self) {
        for live in &self.everything.snapshot.users {
            let person = self.person_of(live);
            self.people.insert(person_key(&live.id), person);
        }
        for live in &self.everything.snapshot.groups {
            let group = self.group_of(live);
            self.groups.insert(live.id.to_string(), group);
        }
    }

    /// Applies the changes.
    fn change(&mut self) {
        for change in self.everything.changes {
            match change.kind {
                Kind::User => self.change_person(change),
                Kind::Group => self.change_group(change),
            }
        }
        // A member's own change may come after the group's, so members are changed last.
        for change in self.everything.changes {
            self.change_members(change);
        }
    }

    fn attributes(live: &Live, catalog: &Catalog) -> Values {
        live.attributes
            .iter()
            .map(|(id, value)| (catalog.attribute(id).path.clone(), Some(value.clone())))
            .collect()
    }

    fn person_of(&self, live: &Live) -> PushedPerson {
        let mut person = self.unknown_person(&live.id);
        self.lay_over(&mut person, &Self::attributes(live, self.everything.catalog));
        person
    }

    /// A person without known values. The fields that can be read back are empty, as if they were cleared.
    fn unknown_person(&self, email: &str) -> PushedPerson {
        let told = self.everything.form.told.iter();
        PushedPerson {
            email: email.to_owned(),
            fields: told.map(|field| (field.clone(), String::new())).collect(),
            leads: BTreeSet::new(),
        }
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
                .filter_map(|member| member.reference.id.as_deref())
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

    /// The fields of values. An attribute without a value gives an empty field.
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
                Some(group) => BTreeSet::from([group.plain()]),
                None => BTreeSet::new(),
            };
        }
    }

    fn change_person(&mut self, change: &Change) {
        let email = change.remote_id.as_deref().unwrap_or(&change.key.name);
        let place = person_key(email);
        let known = self.people.remove(&place);
        let person = match change.action {
            Action::Delete => None,
            Action::Deactivate | Action::Reactivate => {
                self.problems.push(format!(
                    "{}: a push cannot {} anybody: whom it does not hold is removed by the service's own \
                     rules; `absent: delete` says so",
                    change.key,
                    change.action.word()
                ));
                known
            }
            Action::Update => known,
            Action::Create => Some(match known {
                Some(known) => {
                    let mut person = self.unknown_person(&known.email);
                    person.fields.extend(known.fields);
                    person.leads = known.leads;
                    person
                }
                None => self.unknown_person(email),
            }),
        };
        if let Some(mut person) = person {
            if matches!(change.action, Action::Create | Action::Update) {
                self.lay_over(&mut person, &change.after);
            }
            self.people.insert(place, person);
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
        let delta = change
            .members
            .as_ref()
            .filter(|_| change.action != Action::Delete);
        let Some(delta) = delta else { return };
        let add: Vec<MemberId> = delta
            .add
            .iter()
            .filter_map(|member| self.member_id(member))
            .collect();
        let remove: Vec<MemberId> = delta
            .remove
            .iter()
            .filter_map(|member| self.member_id(member))
            .collect();
        let Some(group) = self.made.get(&change.key).and_then(|id| self.groups.get_mut(id)) else {
            return;
        };
        for member in remove {
            match member {
                MemberId::Person(email) => {
                    group
                        .members
                        .retain(|listed| person_key(listed) != person_key(&email));
                }
                MemberId::Group(id) => {
                    group.subgroups.remove(&id);
                }
            }
        }
        for member in add {
            match member {
                MemberId::Person(email) => group.members.insert(email),
                MemberId::Group(id) => group.subgroups.insert(id),
            };
        }
    }

    fn member_id(&self, member: &Reference) -> Option<MemberId> {
        let id = member.id.as_deref().map(str::to_owned);
        Some(match &member.key {
            Some(key) if key.kind == Kind::Group => {
                MemberId::Group(id.or_else(|| self.made.get(key).cloned())?)
            }
            key => MemberId::Person(id.or_else(|| Some(key.as_ref()?.name.to_string()))?),
        })
    }

    /// Removes people and groups that are gone from all groups, and writes members with their current
    /// addresses.
    fn leave_out_who_is_gone(&mut self) {
        let ids: BTreeSet<String> = self.groups.keys().cloned().collect();
        for group in self.groups.values_mut() {
            let people = group
                .members
                .iter()
                .filter_map(|email| self.people.get(&person_key(email)));
            group.members = people.map(|person| person.email.clone()).collect();
            group.subgroups.retain(|id| ids.contains(id));
        }
    }

    /// Adds a problem for everything that a push cannot express.
    fn check(&mut self) {
        let mut found: Vec<Unsayable<'_>> = Vec::new();
        let mut numbers: HashMap<&str, &str> = HashMap::new();
        for person in self.people.values() {
            let mut add = |what: String, next: &'static str| {
                found.push(Unsayable {
                    email: &person.email,
                    what,
                    next,
                });
            };
            let email = self
                .person_field(USER_NAME)
                .and_then(|field| person.fields.get(field));
            if email.is_some_and(|email| person_key(email) != person_key(&person.email)) {
                let what =
                    "`userName` and `emails.work` must be the same address, by which people are known there";
                add(what.to_owned(), "make the two the same");
            }
            if let Some(unknown) = person.leads.iter().find(|id| !self.groups.contains_key(*id)) {
                let (leads, unknown) = (&self.everything.form.leads, Escaped(unknown));
                add(
                    format!("`{leads}` names {unknown}, which is no group's externalId"),
                    "name a group that is declared and not held",
                );
            }
            let number = self
                .person_field(EXTERNAL_ID)
                .and_then(|field| person.fields.get(field));
            let number = number.map_or(&*person.email, String::as_str);
            if let Some(earlier) = numbers.insert(number, &person.email) {
                let of_both = |one: &str| {
                    format!(
                        "user:{} has the same externalId, {}",
                        Escaped(one),
                        Escaped(number)
                    )
                };
                let next = "give each an externalId of its own";
                add(of_both(earlier), next);
                found.push(Unsayable {
                    email: earlier,
                    what: of_both(&person.email),
                    next,
                });
            }
        }
        let problems = found
            .iter()
            .map(|one| format!("user:{}: {}", Escaped(one.email), one.what));
        let problems: Vec<_> = problems.collect();
        let of_one: Vec<_> = found.iter().filter_map(|one| self.of_one(one)).collect();
        self.problems.extend(problems);
        self.of_one.extend(of_one);
    }

    /// What stands in the way of the change of a person. `None` if no change makes it so.
    fn of_one(&self, unsayable: &Unsayable<'_>) -> Option<Obstacle> {
        let place = person_key(unsayable.email);
        let mut changes = self.everything.changes.iter();
        let change = changes.find(|change| {
            let email = change.remote_id.as_deref().unwrap_or(&change.key.name);
            change.kind == Kind::User && change.action != Action::Delete && person_key(email) == place
        })?;
        Some(Obstacle {
            subject: Subject::of(change),
            reason: HeldReason::CannotHold,
            message: unsayable.what.clone(),
            next: unsayable.next.to_owned(),
        })
    }

    /// The field of people that holds an attribute.
    fn person_field(&self, path: &str) -> Option<&str> {
        self.everything.form.field(self.attribute(Kind::User, path)?)
    }
}

/// What a push cannot say of a person.
struct Unsayable<'a> {
    email: &'a str,
    what: String,
    next: &'static str,
}

/// A member, as a push identifies it.
enum MemberId {
    Person(String),
    Group(String),
}
