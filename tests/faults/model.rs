//! The true directory as a model that knows nothing of SCIM: who is there, with which values, in which
//! groups; and what a plan makes of it. It shares no code with the engine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use wpsync::model::Reference;
use wpsync::plan::{Action, Change};

/// One person or group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    pub values: BTreeMap<String, String>,
    pub members: BTreeSet<String>,
}

/// All of them, each by what it is known by: its id, or `new:<name>` where it was not there when the plan was
/// made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    pub resources: BTreeMap<String, Resource>,
    ids: BTreeSet<String>,
}

/// The attributes that the model knows.
const ATTRIBUTES: [&str; 5] = ["userName", "displayName", "externalId", "title", "active"];

impl World {
    /// What a directory holds before a plan is made.
    pub fn before(contents: &BTreeMap<String, Json>) -> Self {
        Self {
            ids: contents.keys().cloned().collect(),
            ..Self::default()
        }
        .now(contents)
    }

    /// What it holds now, where `self` is what it held before.
    pub fn now(&self, contents: &BTreeMap<String, Json>) -> Self {
        let identity = |id: &str| {
            let name = || contents.get(id).map(name_of).unwrap_or_default();
            if self.ids.contains(id) {
                id.to_owned()
            } else {
                format!("new:{}", name())
            }
        };
        let mut resources = BTreeMap::new();
        for (id, json) in contents {
            let text = |name: &str| {
                Some((
                    name.to_owned(),
                    json.get(name)
                        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))?,
                ))
            };
            let members = json["members"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|member| member["value"].as_str());
            let resource = Resource {
                values: ATTRIBUTES.iter().filter_map(|name| text(name)).collect(),
                members: members.map(identity).collect(),
            };
            // Two of one name are two.
            let mut known_by = identity(id);
            while resources.contains_key(&known_by) {
                known_by.push_str(" again");
            }
            resources.insert(known_by, resource);
        }
        Self {
            resources,
            ids: self.ids.clone(),
        }
    }

    /// What becomes of it when a plan is applied.
    pub fn with(&self, changes: &[Change]) -> Self {
        let mut world = self.clone();
        let mut gone = BTreeSet::new();
        for change in changes {
            let id = change
                .remote_id
                .as_deref()
                .map_or_else(|| format!("new:{}", change.key.name), str::to_owned);
            if change.action == Action::Delete {
                gone.insert(id);
                continue;
            }
            let resource = world.resources.entry(id).or_default();
            for (path, value) in change
                .after
                .iter()
                .filter(|(path, _)| ATTRIBUTES.contains(&&***path))
            {
                match value.as_ref().map(wpsync::model::Value::plain) {
                    Some(value) => drop(resource.values.insert(path.to_string(), value)),
                    None => drop(resource.values.remove(&**path)),
                }
            }
            if let Some(delta) = &change.members {
                resource.members.extend(delta.add.iter().map(identity_of));
                let leaving: BTreeSet<String> = delta.remove.iter().map(identity_of).collect();
                resource.members.retain(|member| !leaving.contains(member));
            }
        }
        world.resources.retain(|id, _| !gone.contains(id));
        world
            .resources
            .values_mut()
            .for_each(|resource| resource.members.retain(|member| !gone.contains(member)));
        world
    }
}

fn identity_of(reference: &Reference) -> String {
    match (&reference.id, &reference.key) {
        (Some(id), _) => id.to_string(),
        (None, Some(key)) => format!("new:{}", key.name),
        (None, None) => String::new(),
    }
}

fn name_of(resource: &Json) -> String {
    resource["userName"]
        .as_str()
        .or(resource["displayName"].as_str())
        .unwrap_or_default()
        .to_owned()
}
