//! YAML with exact texts and the place of every key.
//!
//! YAML that hides a value from a reviewer is refused: anchors, aliases, merge keys, tags, duplicate keys,
//! several documents. Nothing here knows people or configurations.

mod events;
mod node;

pub(crate) use events::{Events, Quoting, YamlEvent, YamlStop};
pub(crate) use node::{MapEntry, Node, NodeContent, document};
