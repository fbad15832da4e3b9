//! Everything that a directory shall hold, if it is written in one request. A plan holds it beside its
//! changes, so that the plan alone determines the request.
//!
//! Fields are in the order of their names, so that plain serialisation is the canonical form (RFC 8785).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::dialect::Method;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Key, Kind};
use crate::whole::form::PushForm;
use crate::wire::Request;

/// Everything, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

impl Push {
    /// The request of this push.
    pub(crate) fn request(&self, form: &PushForm) -> Request {
        let mut request = Request::new(Method::Post, &[]);
        request.path.clone_from(&form.path);
        request.with_body(&self.body(form))
    }

    /// The body of the request.
    pub(crate) fn body(&self, form: &PushForm) -> Json {
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

    /// The mappings: the members and the leaders of each group, and the groups in it.
    fn mappings(&self, form: &PushForm) -> Vec<Json> {
        let names = &form.mapping;
        let row = |mapping: &MappingRow<'_>| {
            json!({
                &*names.group: mapping.group, &*names.user: mapping.user, &*names.subgroup: mapping.subgroup,
                &*names.member: mapping.is_member, &*names.manager: mapping.is_manager,
            })
        };
        let mut rows = Vec::new();
        for group in &self.groups {
            for person in &self.people {
                let mapping = MappingRow {
                    group: &group.id,
                    user: number(person, form),
                    subgroup: "",
                    is_member: group.members.contains(&person.email),
                    is_manager: person.leads.contains(&group.id),
                };
                if mapping.is_member || mapping.is_manager {
                    rows.push(row(&mapping));
                }
            }
            rows.extend(group.subgroups.iter().map(|subgroup| {
                row(&MappingRow {
                    group: &group.id,
                    user: "",
                    subgroup,
                    is_member: true,
                    is_manager: false,
                })
            }));
        }
        rows
    }
}

/// A row about a group and a person, or about a group and a group in it. `user` or `subgroup` is empty.
struct MappingRow<'p> {
    group: &'p str,
    user: &'p str,
    subgroup: &'p str,
    is_member: bool,
    is_manager: bool,
}

/// The key of an address: the same for all its spellings.
pub(super) fn person_key(email: &str) -> String {
    Key::new(Kind::User, email).uncased().to_owned()
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

/// A person's fields, with the id that mappings use.
fn with_number(person: &PushedPerson, form: &PushForm) -> BTreeMap<String, String> {
    let mut fields = person.fields.clone();
    if let Some(field) = form.fields.users.get(EXTERNAL_ID) {
        fields.insert(field.clone(), number(person, form).to_owned());
    }
    fields
}
