//! YAML with places, strictly: exact text, every key's place, and everything that hides a value from a
//! reviewer refused (anchors, aliases, merge keys, tags, duplicate keys, several documents). It knows nothing
//! of people or configurations.

mod events;
mod node;

pub(crate) use events::{Events, Found, Stopped, Style};
pub(crate) use node::{Content, Entry, Node, document};
