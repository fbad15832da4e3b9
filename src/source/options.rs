//! How a source is to be read, as `wpsync.yaml` says it: plain data.

use crate::declared::Target;
use crate::diagnostics::Origin;

/// One entry of `sources:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// A path or a glob, relative to the configuration.
    pub pattern: String,
    /// Where the entry stands.
    pub origin: Origin,
    /// What the files hold.
    pub format: Format,
    /// Whether a file may end without a line end.
    pub final_newline: FinalNewline,
}

/// What a source's files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.yaml` and `.yml` are YAML, `.csv` is CSV with attribute names as headers.
    ByName,
    /// YAML.
    Yaml,
    /// CSV.
    Csv(CsvOptions),
}

/// Whether a file may end without a line end. A file that was cut inside a row looks like one that was written so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FinalNewline {
    /// A file that does not end with one is refused.
    #[default]
    Required,
    /// The writer of this file is known to leave it out.
    Optional,
}

/// How a CSV file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// What a row is.
    pub rows: Rows,
    /// What stands between two cells.
    pub delimiter: u8,
    /// What each header means; empty where headers are attribute names.
    pub columns: Vec<Column>,
    /// The headers that are not read.
    pub ignore: Ignore,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { rows: Rows::Users, delimiter: b',', columns: Vec::new(), ignore: Ignore::These(Vec::new()) }
    }
}

/// What a row of a CSV file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// A person.
    Users,
    /// A group.
    Groups,
    /// A member of a group.
    Memberships,
}

/// What one column means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The header, compared without case and outer white space.
    pub header: String,
    /// Where its cells go.
    pub target: ColumnTarget,
    /// What an empty cell says.
    pub empty: Empty,
    /// What stands between the values of a list in one cell.
    pub list: char,
}

/// The list delimiter where none is given.
pub const LIST_DELIMITER: char = ';';

/// Where a cell goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnTarget {
    /// To the person or the group.
    Resource(Target),
    /// The group of a membership.
    Group,
    /// The member of a membership.
    Member,
}

/// What an empty cell says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Empty {
    /// Nothing: the attribute is not ours and is left alone.
    #[default]
    NotOurs,
    /// That the attribute should have no value.
    Clear,
}

/// The headers that are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignore {
    /// These, and no others.
    These(Vec<String>),
    /// All that have no meaning.
    Others,
}
