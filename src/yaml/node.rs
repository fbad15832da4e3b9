//! A part of a YAML file as a tree: scalars with their exact text, lists and maps, each with its place. One
//! person's tree is read, used and dropped before the next, so a file of any length needs little memory.

use std::collections::HashMap;

use super::events::{Events, Found, Scalar, Stopped, Style};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};

/// A node and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'text> {
    pub(crate) origin: Origin,
    pub(crate) content: Content<'text>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Content<'text> {
    Scalar(Scalar<'text>),
    List(Vec<Node<'text>>),
    Map(Vec<Entry<'text>>),
    /// Something that has been reported already.
    Refused,
}

/// One key of a map and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'text> {
    pub(crate) key: std::borrow::Cow<'text, str>,
    pub(crate) key_origin: Origin,
    pub(crate) value: Node<'text>,
}

impl Node<'_> {
    /// What the node is, for a message.
    pub(crate) fn what(&self) -> &'static str {
        match &self.content {
            Content::Scalar(scalar) if scalar.is_null() => "nothing",
            Content::Scalar(_) => "a single value",
            Content::List(_) => "a list",
            Content::Map(_) | Content::Refused => "a map",
        }
    }
}

/// A map's keys so far, to find one that stands twice. Few keys are compared one by one, many are looked up,
/// so that a map of a million keys costs a million steps.
#[derive(Default)]
struct Seen<'text> {
    few: Vec<(std::borrow::Cow<'text, str>, Origin)>,
    many: HashMap<std::borrow::Cow<'text, str>, Origin>,
}

impl<'text> Seen<'text> {
    const FEW: usize = 24;

    fn earlier(&mut self, key: std::borrow::Cow<'text, str>, origin: Origin) -> Option<Origin> {
        if self.many.is_empty() {
            if let Some((_, earlier)) = self.few.iter().find(|(one, _)| *one == key) {
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
    pub(crate) fn node(&mut self) -> Result<Node<'text>, Stopped> {
        let (found, origin) = self.next()?;
        let content = match found {
            Found::Scalar(scalar) => Content::Scalar(scalar),
            Found::Refused => Content::Refused,
            Found::ListStart => {
                let mut items = Vec::new();
                while !matches!(self.peek()?.0, Found::ListEnd) {
                    items.push(self.node()?);
                }
                self.next()?;
                Content::List(items)
            }
            Found::MapStart => {
                let mut entries = Vec::new();
                self.map(|events, key, key_origin| {
                    entries.push(Entry {
                        key,
                        key_origin,
                        value: events.node()?,
                    });
                    Ok(())
                })?;
                Content::Map(entries)
            }
            Found::ListEnd | Found::MapEnd | Found::DocumentStart | Found::DocumentEnd | Found::End => {
                return Err(self.stop(
                    Diagnostic::error("yaml-syntax", origin, "the file ends where a value should stand")
                        .hint("complete the file"),
                ));
            }
        };
        Ok(Node { origin, content })
    }

    /// Reads a map whose start has been read, key by key. The rule must read the value. A key that stands
    /// twice is reported and its later value skipped.
    pub(crate) fn map(
        &mut self,
        mut each: impl FnMut(&mut Self, std::borrow::Cow<'text, str>, Origin) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        let mut seen = Seen::default();
        while !matches!(self.peek()?.0, Found::MapEnd) {
            let Node { origin, content } = self.node()?;
            let Content::Scalar(key) = content else {
                self.problems.push(
                    Diagnostic::error("yaml-key", origin, "a key must be a single word")
                        .hint("put the name of an attribute before the colon"),
                );
                self.node()?;
                continue;
            };
            if key.style == Style::Plain && key.text == "<<" {
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

    /// Opens the only document; none where the text holds nothing.
    pub(crate) fn open(&mut self) -> Result<Option<()>, Stopped> {
        Ok(matches!(self.next()?.0, Found::DocumentStart).then_some(()))
    }

    /// Closes the only document: nothing may follow it.
    pub(crate) fn close(&mut self) -> Result<(), Stopped> {
        self.next()?;
        let (found, origin) = self.next()?;
        if matches!(found, Found::End) {
            return Ok(());
        }
        let problem = Diagnostic::error("yaml-documents", origin, "a second document starts here");
        Err(self.stop(problem.hint("write one document a file: move this part to a file of its own")))
    }
}

/// Reads a whole text, as `wpsync.yaml`; none where it holds nothing or cannot be read (then the problem has
/// been reported).
pub(crate) fn document<'text>(
    file: FileId,
    text: &'text str,
    diagnostics: &mut Diagnostics,
) -> Option<Node<'text>> {
    let mut events = Events::new(file, text);
    let read = |events: &mut Events<'text>| -> Result<Option<Node<'text>>, Stopped> {
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
