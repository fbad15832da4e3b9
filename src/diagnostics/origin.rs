//! Where something was written: file, line, column. An origin has twelve bytes, because every declared value
//! carries one.

use std::fmt;
use std::sync::{Arc, OnceLock};

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
    /// A line and a column of a file, both from 1.
    pub(crate) fn new(file: FileId, line: usize, column: usize) -> Self {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            file,
            line: narrow(line),
            column: narrow(column),
        }
    }

    /// The first character of a file.
    pub fn start_of(file: FileId) -> Self {
        Self {
            file,
            line: 1,
            column: 1,
        }
    }
}

/// The files that were read: the path of each, relative to the configuration, and its text.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: Vec<FileEntry>,
}

#[derive(Clone, Debug)]
struct FileEntry {
    name: Arc<str>,
    text: Arc<str>,
    /// The byte offset of each line. Computed when a line is first asked for, because most runs draw nothing.
    lines: OnceLock<Arc<[usize]>>,
}

impl Files {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under its path relative to the configuration.
    ///
    /// # Panics
    /// At the 65,536th file.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u16::try_from(self.entries.len()).expect("fewer than 65,536 files"));
        self.entries.push(FileEntry {
            name: name.into(),
            text: text.into(),
            lines: OnceLock::new(),
        });
        id
    }

    /// The name of a file.
    pub(crate) fn name(&self, file: FileId) -> &Arc<str> {
        &self.entries[usize::from(file.0)].name
    }

    /// The text of a file; empty where its bytes are not text.
    pub fn text(&self, file: FileId) -> &Arc<str> {
        &self.entries[usize::from(file.0)].text
    }

    /// The line of an origin without its line end; `None` if the text is not known.
    pub(crate) fn line(&self, origin: Origin) -> Option<&str> {
        let FileEntry { text, lines, .. } = &self.entries[usize::from(origin.file.0)];
        let lines = lines.get_or_init(|| {
            std::iter::once(0)
                .chain(text.match_indices('\n').map(|(at, _)| at + 1))
                .collect()
        });
        let number = usize::try_from(origin.line).ok()?.checked_sub(1)?;
        let line = text.get(*lines.get(number)?..)?.split('\n').next()?;
        Some(line.strip_suffix('\r').unwrap_or(line)).filter(|_| !text.is_empty())
    }

    /// An origin as `file:line:column`, for people and for plans.
    pub fn place(&self, origin: Origin) -> NamedOrigin<'_> {
        NamedOrigin {
            name: self.name(origin.file),
            origin,
        }
    }
}

/// An origin with the name of its file; displays as `file:line:column`.
#[derive(Clone, Copy, Debug)]
pub struct NamedOrigin<'a> {
    name: &'a str,
    origin: Origin,
}

impl fmt::Display for NamedOrigin<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}:{}",
            Escaped(self.name),
            self.origin.line,
            self.origin.column
        )
    }
}
