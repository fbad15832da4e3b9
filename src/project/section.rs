//! A map of the configuration. Callers take keys by name; every key left over is unknown.

use crate::diagnostics::{Diagnostic, Diagnostics, Origin, suggest};
use crate::mapping::ExpressionText;
use crate::yaml::{MapEntry, Node, NodeContent, Quoting};

/// One map of the configuration.
pub(super) struct Section<'text> {
    pub(super) origin: Origin,
    name: &'static str,
    entries: Vec<MapEntry<'text>>,
    asked: Vec<&'static str>,
}

impl<'text> Section<'text> {
    /// Reads the node as a map. Reports a node that is not a map.
    pub(super) fn open(node: Node<'text>, name: &'static str, diagnostics: &mut Diagnostics) -> Option<Self> {
        let what = node.what();
        match node.content {
            NodeContent::Map(entries) => Some(Self {
                origin: node.origin,
                name,
                entries,
                asked: Vec::new(),
            }),
            NodeContent::Refused => None,
            NodeContent::Scalar(_) | NodeContent::List(_) => {
                let problem = Diagnostic::error(
                    "not-a-map",
                    node.origin,
                    format!("{name} must be a map, not {what}"),
                );
                diagnostics.push(problem.hint("write `key: value` lines below it, indented"));
                None
            }
        }
    }

    /// Takes the value of a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node<'text>> {
        self.asked.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.swap_remove(at).value)
    }

    /// Takes the value of a required key.
    pub(super) fn require(
        &mut self,
        key: &'static str,
        example: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<Node<'text>> {
        let found = self.take(key);
        if found.is_none() {
            let problem = Diagnostic::error(
                "missing-key",
                self.origin,
                format!("{} has no `{key}`", self.name),
            );
            diagnostics.push(problem.hint(format!("add `{example}`")));
        }
        found
    }

    /// Takes a text.
    pub(super) fn take_text(
        &mut self,
        key: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(String, Origin)> {
        let node = self.take(key)?;
        text(&node, &format!("`{key}`"), diagnostics).map(|text| (text.to_owned(), node.origin))
    }

    /// Takes one of the given words, and returns its position in `words`.
    pub(super) fn take_word(
        &mut self,
        key: &'static str,
        words: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Option<(usize, Origin)> {
        let (written, origin) = self.take_text(key, diagnostics)?;
        let found = words.iter().position(|word| *word == written);
        if found.is_none() {
            let problem = Diagnostic::error("unknown-word", origin, format!("`{key}` cannot be `{written}`"));
            diagnostics.push(problem.hint(suggest::instead(&written, words)));
        }
        found.map(|at| (at, origin))
    }

    /// The remaining entries, for a map whose keys are the user's own.
    pub(super) fn into_entries(self) -> Vec<MapEntry<'text>> {
        self.entries
    }

    /// Reports the remaining keys as unknown.
    pub(super) fn finish(self, diagnostics: &mut Diagnostics) {
        for entry in self.entries {
            let problem = Diagnostic::error(
                "unknown-key",
                entry.key_origin,
                format!("`{}` is not a key of {}", entry.key, self.name),
            );
            diagnostics.push(problem.hint(suggest::instead(&entry.key, &self.asked)));
        }
    }
}

/// The text of a node. Reports a node that is not a text, or is empty.
pub(super) fn text<'a>(node: &'a Node<'_>, name: &str, diagnostics: &mut Diagnostics) -> Option<&'a str> {
    match &node.content {
        NodeContent::Scalar(scalar) if !scalar.is_null() && !scalar.text.is_empty() => Some(&scalar.text),
        NodeContent::Refused => None,
        _ => {
            let problem = Diagnostic::error(
                "not-a-text",
                node.origin,
                format!("{name} must be a text, not {}", node.what()),
            );
            diagnostics.push(problem.hint("write one word or a text in quotes"));
            None
        }
    }
}

/// The text of a node as an expression, with its place.
pub(super) fn written<'a>(
    node: &'a Node<'_>,
    name: &str,
    diagnostics: &mut Diagnostics,
) -> Option<ExpressionText<'a>> {
    let skip = match &node.content {
        NodeContent::Scalar(scalar) if scalar.quoting == Quoting::Quoted => 1,
        _ => 0,
    };
    text(node, name, diagnostics).map(|text| ExpressionText {
        text,
        origin: node.origin,
        skip,
    })
}

/// The elements of a list. Reports a node that is not a list.
pub(super) fn list<'text>(node: Node<'text>, name: &str, diagnostics: &mut Diagnostics) -> Vec<Node<'text>> {
    let what = node.what();
    match node.content {
        NodeContent::List(items) => items,
        NodeContent::Refused => Vec::new(),
        NodeContent::Scalar(_) | NodeContent::Map(_) => {
            let problem = Diagnostic::error(
                "not-a-list",
                node.origin,
                format!("{name} must be a list, not {what}"),
            );
            diagnostics.push(problem.hint("write `[one, two]`, or `- ` before each on a line of its own"));
            Vec::new()
        }
    }
}
