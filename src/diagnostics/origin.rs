//! Where something was written: file, line, column, in twelve bytes, because every declared value carries one.

use std::fmt;
use std::sync::Arc;

use crate::escape::Escaped;

/// A file in [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u16);

/// A place in a file that a person wrote. Lines and columns count from 1; a column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Origin {
    /// The first character of a file.
    pub fn start_of(file: FileId) -> Self {
        Self { file, line: 1, column: 1 }
    }
}

/// The files that were read: the name that users know each by, and its text for drawing a problem.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: Vec<(Arc<str>, Arc<str>)>,
}

impl Files {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the name that users know it by (relative to the configuration).
    ///
    /// # Panics
    /// At the 65,536th file.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u16::try_from(self.entries.len()).expect("fewer than 65,536 files"));
        self.entries.push((name.into(), text.into()));
        id
    }

    /// The name of a file.
    pub fn name(&self, file: FileId) -> &Arc<str> {
        &self.entries[usize::from(file.0)].0
    }

    /// The text of a file, empty where it could not be read as text.
    pub fn text(&self, file: FileId) -> &Arc<str> {
        &self.entries[usize::from(file.0)].1
    }

    /// An origin as `file:line:column`, for people and for plans.
    pub fn place(&self, origin: Origin) -> Place<'_> {
        Place { name: self.name(origin.file), origin }
    }
}

/// An origin with the name of its file; displays as `file:line:column`.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    name: &'a str,
    origin: Origin,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", Escaped(self.name), self.origin.line, self.origin.column)
    }
}
