//! Turns Officevibe's rows into resources. Values that its answers do not tell are taken from what was last
//! sent.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};

use crate::escape::Escaped;
use crate::model::well_known::{DISPLAY_NAME, EXTERNAL_ID};
use crate::model::{AttributeId, Catalog, Key, Kind, Live, Member, Reference, Value};
use crate::whole::answer::{GroupRow, GroupRows, UserRows};
use crate::whole::form::PushForm;
use crate::whole::last_sent::LastSent;
use crate::wire::Failure;
use crate::wire::envelope;

/// The context for reading rows.
#[derive(Clone, Copy)]
pub(crate) struct RowContext<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) form: &'a PushForm,
    pub(crate) last_sent: &'a LastSent,
}

/// All people and all groups.
#[derive(Debug)]
pub(crate) struct Lifted {
    pub(crate) users: Vec<Live>,
    pub(crate) groups: Vec<Live>,
}

/// Turns rows into resources.
///
/// # Errors
/// If a person has no address, an address or a group's id occurs twice, or a person's group name belongs to
/// no group or to several.
pub(crate) fn lift(users: &UserRows, groups: &GroupRows, context: RowContext<'_>) -> Result<Lifted, Failure> {
    let names = GroupNames::new(&groups.rows)?;
    let mut rows = RowLifter {
        context,
        names: &names,
        members: HashMap::new(),
    };
    let people = users.rows.iter().map(|row| rows.person(row));
    let people = people.collect::<Result<Vec<_>, _>>()?;
    let mut emails = HashSet::new();
    if let Some(twice) = people
        .iter()
        .find(|live| !emails.insert(Key::new(Kind::User, &live.id)))
    {
        return Err(Failure::Inconsistent {
            reason: format!("{} is listed twice", Escaped(&twice.id)),
        });
    }
    Ok(Lifted {
        users: people,
        groups: groups.rows.iter().map(|group| rows.group(group)).collect(),
    })
}

/// Groups by the names in people's rows: the id, or the name if it is unique.
struct GroupNames<'a>(HashMap<&'a str, Option<&'a str>>);

impl<'a> GroupNames<'a> {
    fn new(groups: &'a [GroupRow]) -> Result<Self, Failure> {
        let mut names: HashMap<&str, Option<&str>> = HashMap::new();
        for group in groups {
            names
                .entry(&group.name)
                .and_modify(|known| *known = None)
                .or_insert(Some(&group.id));
        }
        let mut ids = HashSet::new();
        for group in groups {
            if !ids.insert(&group.id) {
                return Err(Failure::Inconsistent {
                    reason: format!("the group {} is listed twice", Escaped(&group.id)),
                });
            }
            names.insert(&group.id, Some(&group.id));
        }
        Ok(Self(names))
    }

    /// The ids of the groups in a field of a row.
    fn ids(&self, row: &Map<String, Json>, field: &str) -> Result<Vec<Box<str>>, Failure> {
        let listed = row.get(field).and_then(Json::as_array);
        let listed = listed.into_iter().flatten().filter_map(Json::as_str);
        let id = |name: &str| {
            let known = self.0.get(name).copied().flatten();
            known.map(Into::into).ok_or_else(|| Failure::Inconsistent {
                reason: format!(
                    "somebody is in the group {}, and there is none or more than one of that name",
                    Escaped(name)
                ),
            })
        };
        listed.map(id).collect()
    }
}

/// The conversion of rows into resources.
struct RowLifter<'a> {
    context: RowContext<'a>,
    names: &'a GroupNames<'a>,
    /// The members of groups, by the groups' ids. They come from people's rows.
    members: HashMap<Box<str>, Vec<Member>>,
}

impl RowLifter<'_> {
    fn person(&mut self, row: &Map<String, Json>) -> Result<Live, Failure> {
        let RowContext { form, last_sent, .. } = self.context;
        let field = |name: &str| {
            row.get(name)
                .and_then(Json::as_str)
                .filter(|text| !text.is_empty())
        };
        let Some(email) = field("email") else {
            return Err(envelope::not_usable("somebody in it has no e-mail address"));
        };
        let sent = last_sent.of(&Key::new(Kind::User, email));
        let mut attributes = sent.map(|untold| untold.attributes.clone()).unwrap_or_default();
        for (path, name) in &form.fields.users {
            // Officevibe's answers also use the name `fistName`.
            let misspelt = (name == "firstName").then_some("fistName").and_then(field);
            if let (Some(value), Some(attribute)) = (field(name).or(misspelt), self.find(Kind::User, path))
                && form.tells_field(name)
            {
                attributes.set(attribute, Value::text(value));
            }
        }
        for group in self.names.ids(row, "memberGroups")? {
            self.members.entry(group).or_default().push(Member {
                reference: Reference::to_id(email),
                kind: Some(Kind::User),
            });
        }
        let led = self.names.ids(row, "managedGroups")?;
        if let Some(attribute) = self.find(Kind::User, &form.leads).filter(|_| !led.is_empty()) {
            attributes.set(attribute, Value::set(led.into_iter().map(Value::Text).collect()));
        }
        Ok(Live {
            kind: Kind::User,
            id: email.into(),
            version: None,
            attributes,
            members: None,
        })
    }

    fn group(&mut self, group: &GroupRow) -> Live {
        let set = [(EXTERNAL_ID, &group.id), (DISPLAY_NAME, &group.name)];
        let attributes = set
            .into_iter()
            .filter_map(|(path, text)| Some((self.find(Kind::Group, path)?, Value::text(text.as_str()))))
            .collect();
        let mut members = self.members.remove(&*group.id).unwrap_or_default();
        let sent = self.context.last_sent.of(&Key::new(Kind::Group, &group.name));
        members.extend(sent.into_iter().flat_map(|untold| untold.subgroups.clone()));
        members.sort_unstable();
        members.dedup();
        Live {
            kind: Kind::Group,
            id: group.id.as_str().into(),
            version: None,
            attributes,
            members: Some(members),
        }
    }

    fn find(&self, kind: Kind, path: &str) -> Option<AttributeId> {
        self.context
            .catalog
            .find(kind, path)
            .ok()
            .map(|attribute| attribute.id)
    }
}
