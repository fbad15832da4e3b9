//! A part of a YAML file as a tree: scalars with their exact text, lists and maps, each with its place.
//!
//! The tree of a person is dropped before the next person is read, so a file of any length needs little
//! memory.

use std::collections::HashMap;

use super::events::{Events, Quoting, Scalar, YamlEvent, YamlStop};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};

/// A node and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'text> {
    pub(crate) origin: Origin,
    pub(crate) content: NodeContent<'text>,
}

/// The content of a node.
#[derive(Clone, Debug)]
pub(crate) enum NodeContent<'text> {
    Scalar(Scalar<'text>),
    List(Vec<Node<'text>>),
    Map(Vec<MapEntry<'text>>),
    /// An alias, which has been reported.
    Refused,
}

/// One key of a map and its value.
#[derive(Clone, Debug)]
pub(crate) struct MapEntry<'text> {
    pub(crate) key: std::borrow::Cow<'text, str>,
    pub(crate) key_origin: Origin,
    pub(crate) value: Node<'text>,
}

impl Node<'_> {
    /// The kind of node, for a message.
    pub(crate) fn what(&self) -> &'static str {
        match &self.content {
            NodeContent::Scalar(scalar) if scalar.is_null() => "nothing",
            NodeContent::Scalar(_) => "a single value",
            NodeContent::List(_) => "a list",
            NodeContent::Map(_) | NodeContent::Refused => "a map",
        }
    }
}

/// The keys of a map so far, to find duplicates. Up to 24 keys are compared one by one. More are looked up in
/// a hash map, so that a map of a million keys takes a million steps.
#[derive(Default)]
struct SeenKeys<'text> {
    few: Vec<(std::borrow::Cow<'text, str>, Origin)>,
    many: HashMap<std::borrow::Cow<'text, str>, Origin>,
}

impl<'text> SeenKeys<'text> {
    const FEW: usize = 24;

    fn earlier(&mut self, key: std::borrow::Cow<'text, str>, origin: Origin) -> Option<Origin> {
        if self.many.is_empty() {
            if let Some((_, earlier)) = self.few.iter().find(|(seen, _)| *seen == key) {
                return Some(*earlier);
            }
            self.few.push((key, origin));
            if self.few.len() > Self::FEW {
                self.many.extend(self.few.drain(..));
            }
            return None;
        }
        if let Some(earlier) = self.many.get(&key) {
            return Some(*earlier);
        }
        self.many.insert(key, origin);
        None
    }
}

impl<'text> Events<'text> {
    /// Reads one whole node.
    pub(crate) fn node(&mut self) -> Result<Node<'text>, YamlStop> {
        let (found, origin) = self.next()?;
        let content = match found {
            YamlEvent::Scalar(scalar) => NodeContent::Scalar(scalar),
            YamlEvent::Refused => NodeContent::Refused,
            YamlEvent::ListStart => {
                let mut items = Vec::new();
                while !matches!(self.peek()?.0, YamlEvent::ListEnd) {
                    items.push(self.node()?);
                }
                self.next()?;
                NodeContent::List(items)
            }
            YamlEvent::MapStart => {
                let mut entries = Vec::new();
                self.map(|events, key, key_origin| {
                    entries.push(MapEntry {
                        key,
                        key_origin,
                        value: events.node()?,
                    });
                    Ok(())
                })?;
                NodeContent::Map(entries)
            }
            YamlEvent::ListEnd
            | YamlEvent::MapEnd
            | YamlEvent::DocumentStart
            | YamlEvent::DocumentEnd
            | YamlEvent::End => {
                return Err(self.stop(
                    Diagnostic::error("yaml-syntax", origin, "the file ends where a value should stand")
                        .hint("complete the file"),
                ));
            }
        };
        Ok(Node { origin, content })
    }

    /// Reads a map whose start has been read. `each` gets every key and must read its value. A duplicate key
    /// is reported, and its later value is skipped.
    pub(crate) fn map(
        &mut self,
        mut each: impl FnMut(&mut Self, std::borrow::Cow<'text, str>, Origin) -> Result<(), YamlStop>,
    ) -> Result<(), YamlStop> {
        let mut seen = SeenKeys::default();
        while !matches!(self.peek()?.0, YamlEvent::MapEnd) {
            let Node { origin, content } = self.node()?;
            let NodeContent::Scalar(key) = content else {
                self.problems.push(
                    Diagnostic::error("yaml-key", origin, "a key must be a single word")
                        .hint("put the name of an attribute before the colon"),
                );
                self.node()?;
                continue;
            };
            if key.quoting == Quoting::Plain && key.text == "<<" {
                let problem = Diagnostic::error("yaml-merge", origin, "merge keys are not read");
                self.problems
                    .push(problem.hint("write the values out where they are needed"));
                self.node()?;
            } else if key.is_null() {
                let problem = Diagnostic::error("yaml-key", origin, "the key before this colon is missing");
                self.problems
                    .push(problem.hint("put the name of an attribute before the colon"));
                self.node()?;
            } else if let Some(earlier) = seen.earlier(key.text.clone(), origin) {
                let problem = Diagnostic::error(
                    "duplicate-key",
                    origin,
                    format!("`{}` stands twice in this map", key.text),
                );
                self.problems
                    .push(problem.related(earlier, "first here").hint("keep one of the two"));
                self.node()?;
            } else {
                each(self, key.text, origin)?;
            }
        }
        self.next()?;
        Ok(())
    }

    /// Opens the only document. `None` if the text is empty.
    pub(crate) fn open(&mut self) -> Result<Option<()>, YamlStop> {
        Ok(matches!(self.next()?.0, YamlEvent::DocumentStart).then_some(()))
    }

    /// Closes the only document. Nothing may follow it.
    pub(crate) fn close(&mut self) -> Result<(), YamlStop> {
        self.next()?;
        let (found, origin) = self.next()?;
        if matches!(found, YamlEvent::End) {
            return Ok(());
        }
        let problem = Diagnostic::error("yaml-documents", origin, "a second document starts here");
        Err(self.stop(problem.hint("write one document a file: move this part to a file of its own")))
    }
}

/// Reads a whole text, for instance `wpsync.yaml`. `None` if it is empty or cannot be read; the problem of
/// the latter is in `diagnostics`.
pub(crate) fn document<'text>(
    file: FileId,
    text: &'text str,
    diagnostics: &mut Diagnostics,
) -> Option<Node<'text>> {
    let mut events = Events::new(file, text);
    let read = |events: &mut Events<'text>| -> Result<Option<Node<'text>>, YamlStop> {
        if events.open()?.is_none() {
            return Ok(None);
        }
        let node = events.node()?;
        events.close()?;
        Ok(Some(node))
    };
    let node = read(&mut events).ok().flatten();
    diagnostics.append(events.problems);
    node
}
