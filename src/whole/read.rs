//! Reading Officevibe, whose calls are not SCIM: everybody and every group in two answers, made into what the
//! rest of the program knows. What these calls do not tell is taken as it was last sent. Nothing here writes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use tokio::sync::Mutex;

use crate::client::ListProgress;
use crate::client::Reader;
use crate::client::Receiver;
use crate::dialect::Method;
use crate::dialect::PushForm;
use crate::escape::Escaped;
use crate::model::Live;
use crate::model::Member;
use crate::model::well_known::{DISPLAY_NAME, EXTERNAL_ID};
use crate::model::{AttributeId, Attributes, Catalog, Key, Kind, Reference, Value};
use crate::wire::Failure;
use crate::wire::Request;
use crate::wire::Response;
use crate::wire::envelope;

const LOGIN_PAGE: &str = "it is an HTML page, as the login page that stands for a key that is not accepted. Check the key that `token` \
                          names, and that the custom integration is activated at Officevibe";

/// What was last sent and cannot be read: attributes of people, and the groups that are in a group, by key.
#[derive(Clone, Debug, Default)]
pub struct Remembered(HashMap<Key, (Attributes, Vec<Member>)>);

impl Remembered {
    /// Adds what was sent of a resource.
    pub fn insert(&mut self, key: Key, attributes: Attributes, members: Vec<Member>) {
        self.0.insert(key, (attributes, members));
    }
}

/// What reading knows between two answers. Shared by the clones of a reader.
#[derive(Debug, Default)]
pub(crate) struct Officevibe {
    pub(crate) remembered: Remembered,
    last: Mutex<Option<Reading>>,
}

impl Officevibe {
    pub(crate) fn new(remembered: Remembered) -> Self {
        Self {
            remembered,
            last: Mutex::default(),
        }
    }
}

/// One reading of everything.
#[derive(Debug)]
struct Reading {
    users: Arc<[Live]>,
    groups: Arc<[Live]>,
    /// Which of the two a listing has handed out. A second listing of one is a new reading.
    listed: HashSet<Kind>,
}

impl Reading {
    fn of(&self, kind: Kind) -> Arc<[Live]> {
        Arc::clone(match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<D> {
    is_success: bool,
    #[serde(default)]
    error_message: Option<String>,
    #[serde(default = "Option::default")]
    data: Option<D>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Users {
    user_count: Option<usize>,
    users: Vec<Map<String, Json>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Groups {
    group_count: Option<usize>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    name: String,
}

impl Reader {
    /// Asks whether the key is accepted.
    pub(crate) async fn ping(&self) -> Result<(), Failure> {
        self.call::<Json>("ping").await.map(drop)
    }

    /// Hands out every resource of a kind. People and groups listed one after the other come from one
    /// reading.
    pub(crate) async fn list_read(&self, kind: Kind, receiver: Receiver<'_>) -> Result<u64, Failure> {
        let mut last = self.officevibe.last.lock().await;
        if last.as_mut().is_none_or(|reading| !reading.listed.insert(kind)) {
            *last = Some(Reading {
                listed: HashSet::from([kind]),
                ..self.read_everything().await?
            });
        }
        let rows = last.as_ref().map(|reading| reading.of(kind)).unwrap_or_default();
        drop(last);
        let count = rows.len() as u64;
        rows.iter().cloned().for_each(&mut *receiver.each);
        (receiver.progress)(ListProgress {
            kind,
            rows: count,
            total: Some(count),
            pass: 1,
        });
        Ok(count)
    }

    /// Everything of a kind as it was last read.
    pub(crate) async fn last_read(&self, kind: Kind) -> Result<Arc<[Live]>, Failure> {
        let mut last = self.officevibe.last.lock().await;
        if last.is_none() {
            *last = Some(self.read_everything().await?);
        }
        Ok(last.as_ref().map(|reading| reading.of(kind)).unwrap_or_default())
    }

    async fn read_everything(&self) -> Result<Reading, Failure> {
        let Some(form) = &self.session.dialect.push else {
            return Err(Failure::NotSent {
                reason: "this directory is not read like this".to_owned(),
            });
        };
        let users: Users = self.call("users").await?;
        let groups: Groups = self.call("groups").await?;
        check_count("users", users.user_count, users.users.len())?;
        check_count("groups", groups.group_count, groups.groups.len())?;
        let names = GroupNames::new(&groups.groups)?;
        let mut lives = Lives {
            catalog: &self.session.catalog,
            form,
            remembered: &self.officevibe.remembered,
            members: HashMap::new(),
        };
        let people = users
            .users
            .iter()
            .map(|row| lives.person(row, &names))
            .collect::<Result<Vec<_>, _>>()?;
        let mut emails = HashSet::new();
        if let Some(twice) = people
            .iter()
            .find(|live| !emails.insert(Key::new(Kind::User, &live.id)))
        {
            return Err(Failure::Inconsistent {
                reason: format!("{} is listed twice", Escaped(&twice.id)),
            });
        }
        let groups = groups.groups.iter().map(|group| lives.group(group)).collect();
        Ok(Reading {
            users: people.into(),
            groups,
            listed: HashSet::new(),
        })
    }

    async fn call<D: DeserializeOwned>(&self, name: &str) -> Result<D, Failure> {
        let request = Request::new(Method::Get, &["api", "v2", name]);
        let response = self
            .session
            .exchange(&self.transport, request, &[200])
            .await
            .map_err(explained)?;
        let answer: Answer<D> = parsed(&response)?;
        let nothing = || envelope::not_usable("it has no `data`");
        match answer.data {
            _ if !answer.is_success => Err(envelope::not_usable(&format!(
                "it says that it failed: {}",
                answer.error_message.unwrap_or_default()
            ))),
            Some(data) => Ok(data),
            // A ping has nothing to tell.
            None => serde_json::from_value(Json::Null).map_err(|_| nothing()),
        }
    }
}

/// What came of a request that holds everything. An answer that says no more than that it was taken says
/// nothing against it.
pub(crate) fn check_pushed(response: &Response) -> Result<(), Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Pushed {
        is_success: Option<bool>,
        #[serde(default)]
        errors: Option<Vec<Json>>,
    }
    if response.body.is_empty() && response.status == 202 {
        return Ok(());
    }
    let pushed: Pushed = parsed(response)?;
    let errors: Vec<String> = pushed
        .errors
        .unwrap_or_default()
        .iter()
        .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
        .collect();
    if pushed.is_success == Some(false) || !errors.is_empty() {
        return Err(envelope::not_usable(&format!(
            "it says that it failed, perhaps after a part was done: {}",
            errors.join("; ")
        )));
    }
    Ok(())
}

/// A refusal of the key, in words that help.
pub(crate) fn explained(failure: Failure) -> Failure {
    match failure {
        Failure::Refused {
            status: status @ (300..=399 | 401 | 403),
            ..
        } => {
            let detail = "the key is not accepted. Check the key that `token` names, and that the custom integration is activated at Officevibe";
            Failure::Refused {
                status: if status < 400 { 401 } else { status },
                scim_type: None,
                detail: detail.to_owned(),
                retry_after: None,
            }
        }
        other => other,
    }
}

fn parsed<D: DeserializeOwned>(response: &Response) -> Result<D, Failure> {
    let text = envelope::text(response)?;
    if text.trim_start().starts_with('<') {
        return Err(envelope::not_usable(LOGIN_PAGE));
    }
    serde_json::from_str(text).map_err(|error| envelope::not_json(response, &error))
}

fn check_count(what: &str, said: Option<usize>, came: usize) -> Result<(), Failure> {
    match said.filter(|said| *said != came) {
        Some(said) => Err(Failure::Inconsistent {
            reason: format!("{came} {what} came, and it says that there are {said}"),
        }),
        None => Ok(()),
    }
}

/// Groups by what people's rows call them: the id, or the name where only one has it.
struct GroupNames<'a>(HashMap<&'a str, Option<&'a str>>);

impl<'a> GroupNames<'a> {
    fn new(groups: &'a [Group]) -> Result<Self, Failure> {
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

    fn ids(&self, row: &Map<String, Json>, field: &str) -> Result<Vec<Box<str>>, Failure> {
        let listed = row
            .get(field)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str);
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

/// Makes rows into resources.
struct Lives<'a> {
    catalog: &'a Catalog,
    form: &'a PushForm,
    remembered: &'a Remembered,
    members: HashMap<Box<str>, Vec<Member>>,
}

impl Lives<'_> {
    fn person(&mut self, row: &Map<String, Json>, names: &GroupNames<'_>) -> Result<Live, Failure> {
        let field = |name: &str| {
            row.get(name)
                .and_then(Json::as_str)
                .filter(|text| !text.is_empty())
        };
        let Some(email) = field("email") else {
            return Err(envelope::not_usable("somebody in it has no e-mail address"));
        };
        let known = self.remembered.0.get(&Key::new(Kind::User, email));
        let mut attributes = known
            .map(|(attributes, _)| attributes.clone())
            .unwrap_or_default();
        for (path, name) in &self.form.fields.users {
            // Their answers call it so, too.
            let misspelt = (name == "firstName").then_some("fistName").and_then(field);
            if let (Some(value), Some(attribute)) = (field(name).or(misspelt), self.find(Kind::User, path))
                && self.form.tells_field(name)
            {
                attributes.set(attribute, Value::text(value));
            }
        }
        for group in names.ids(row, "memberGroups")? {
            self.members.entry(group).or_default().push(Member {
                reference: Reference::to_id(email),
                kind: Some(Kind::User),
            });
        }
        let led = names.ids(row, "managedGroups")?;
        if let Some(attribute) = self
            .find(Kind::User, &self.form.leads)
            .filter(|_| !led.is_empty())
        {
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

    fn group(&mut self, group: &Group) -> Live {
        let set = [(EXTERNAL_ID, &group.id), (DISPLAY_NAME, &group.name)];
        let attributes = set
            .into_iter()
            .filter_map(|(path, text)| Some((self.find(Kind::Group, path)?, Value::text(text.as_str()))))
            .collect();
        let mut members = self.members.remove(&*group.id).unwrap_or_default();
        let known = self.remembered.0.get(&Key::new(Kind::Group, &group.name));
        members.extend(known.into_iter().flat_map(|(_, members)| members.clone()));
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
        self.catalog.find(kind, path).ok().map(|attribute| attribute.id)
    }
}
