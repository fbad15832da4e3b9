//! People and groups as one YAML source.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::{ExportError, SourceNames, by_key};
use crate::model::Snapshot;
use crate::model::well_known::MEMBERS;
use crate::model::{Catalog, Kind, Value};

/// A directory as YAML.
///
/// # Errors
/// If the text cannot be written.
pub fn yaml(catalog: &Catalog, snapshot: &Snapshot) -> Result<String, ExportError> {
    let names = SourceNames::of(catalog, snapshot);
    let resources = |kind: Kind| {
        by_key(&names, snapshot.of(kind))
            .into_iter()
            .map(|live| resource(&names, live))
            .collect::<Vec<_>>()
    };
    let document = YamlMapping(
        Kind::ALL
            .map(|kind| (kind.plural().to_owned(), YamlNode::Resources(resources(kind))))
            .into(),
    );
    serde_saphyr::to_string(&document).map_err(|error| ExportError(error.to_string()))
}

fn resource(names: &SourceNames<'_>, live: &crate::model::Live) -> YamlMapping {
    let mut entries: Vec<_> = names
        .said(live)
        .map(|(attribute, value)| (attribute.path.to_string(), YamlNode::Value(value)))
        .collect();
    let naming = live.kind.naming_attribute();
    entries.sort_by_key(|(path, _)| path != naming); // the name first; the sort is stable
    if let Some(members) = names.members(live) {
        entries.push((
            MEMBERS.to_owned(),
            YamlNode::Value(Value::List(members.into_iter().map(Value::text).collect())),
        ));
    }
    YamlMapping(entries)
}

/// A mapping whose entries are in the order in which people read them.
struct YamlMapping(Vec<(String, YamlNode)>);

enum YamlNode {
    Value(Value),
    Resources(Vec<YamlMapping>),
}

impl Serialize for YamlMapping {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, node) in &self.0 {
            map.serialize_entry(key, node)?;
        }
        map.end()
    }
}

impl Serialize for YamlNode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Resources(resources) => resources.serialize(serializer),
        }
    }
}
