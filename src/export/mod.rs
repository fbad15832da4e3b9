//! The live directory as sources. `wpsync plan` with these sources finds nothing to change. Only attributes
//! that a source can set are written.

mod csv;
mod preset;
mod yaml;

pub use csv::{Cells, csv, memberships_csv};
pub use preset::preset;
pub use yaml::yaml;

use std::collections::{HashMap, HashSet};

use crate::model::Live;
use crate::model::Snapshot;
use crate::model::{Attribute, Catalog, Key, Kind, Place, Reference, Value};

/// The error for a source that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the export: {0}")]
pub struct ExportError(String);

/// The names by which sources refer to a directory's resources.
struct SourceNames<'a> {
    catalog: &'a Catalog,
    keys: HashMap<&'a str, Key>,
    groups: HashSet<String>,
}

impl<'a> SourceNames<'a> {
    fn of(catalog: &'a Catalog, snapshot: &'a Snapshot) -> Self {
        let named = |live: &'a Live| Some((&*live.id, Key::new(live.kind, live.name(catalog)?)));
        let keys: HashMap<_, _> = Kind::ALL
            .into_iter()
            .flat_map(|kind| snapshot.of(kind))
            .filter_map(named)
            .collect();
        let groups = keys
            .values()
            .filter(|key| key.kind == Kind::Group)
            .map(|key| key.uncased().to_owned())
            .collect();
        Self {
            catalog,
            keys,
            groups,
        }
    }

    /// The name by which a source refers to a resource; `None` if the directory does not have the resource.
    fn name(&self, reference: &Reference) -> Option<String> {
        let key = self.keys.get(reference.id.as_deref()?)?;
        let could_be_a_group = self.groups.contains(key.uncased()) || Key::parse(&key.name).is_some();
        Some(if key.kind == Kind::Group || could_be_a_group {
            key.id()
        } else {
            key.name.to_string()
        })
    }

    /// The attributes of a resource that a source can set, with their values as a source writes them.
    fn said(&self, live: &'a Live) -> impl Iterator<Item = (&'a Attribute, Value)> {
        live.attributes.iter().filter_map(|(id, value)| {
            let attribute = self.catalog.attribute(id);
            let value = match (value, &attribute.place) {
                (Value::Reference(reference), _) => {
                    Value::text(self.keys.get(reference.id.as_deref()?)?.name.clone())
                }
                (Value::List(_), Place::Set { .. }) => value.clone(),
                (Value::List(_), _) => return None, // several values in a place that a source can give one
                _ => value.clone(),
            };
            attribute.is_writable().then_some((attribute, value))
        })
    }

    /// The names of a group's members, sorted; `None` if the directory does not tell them.
    fn members(&self, live: &Live) -> Option<Vec<String>> {
        let mut names: Vec<String> = live
            .members
            .as_ref()?
            .iter()
            .filter_map(|member| self.name(&member.reference))
            .collect();
        names.sort();
        Some(names)
    }
}

/// Resources sorted by key, whatever ids the directory gave them.
fn by_key<'a>(names: &SourceNames<'a>, live: &'a [Live]) -> Vec<&'a Live> {
    let mut sorted: Vec<_> = live.iter().collect();
    sorted.sort_by(|one, other| names.keys.get(&*one.id).cmp(&names.keys.get(&*other.id)));
    sorted
}
