//! How a source is to be read, as `wpsync.yaml` says it: plain data.

use crate::declared::Target;
use crate::diagnostics::Origin;
use crate::mapping::{Computed, Mapping};

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

impl Source {
    /// Takes out what a preset computes and the configuration computes too: the configuration is nearer to
    /// the user.
    pub(crate) fn leave_to(&mut self, mapping: &Mapping) {
        let forms = match &mut self.format {
            Format::Csv(form) => std::slice::from_mut(form),
            Format::OneOf(forms) => forms,
            Format::ByName | Format::Yaml => return,
        };
        for form in forms {
            form.computed.retain(|one| {
                !mapping
                    .computed
                    .iter()
                    .any(|other| other.attribute == one.attribute)
            });
        }
    }
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
    /// CSV of a system that writes several files: the header says which one it is.
    OneOf(Vec<CsvOptions>),
}

/// Whether a file may end without a line end. A file that was cut inside a row looks like one that was
/// written so.
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
    /// Whom a name in this file may mean.
    pub references: References,
    /// What is computed from the rows of this form besides the configuration's `map`.
    pub computed: Vec<Computed>,
    /// The columns of a preset whose attributes the directory does not have, each with the attribute. They
    /// are not read, and told.
    pub unheld: Vec<(String, String)>,
    /// What an export of this form begins with.
    pub byte_order_mark: ByteOrderMark,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            rows: Rows::Users,
            delimiter: b',',
            columns: Vec::new(),
            ignore: Ignore::These(Vec::new()),
            references: References::Declared,
            computed: Vec::new(),
            unheld: Vec::new(),
            byte_order_mark: ByteOrderMark::Absent,
        }
    }
}

/// Whom a name in a file may mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum References {
    /// Whom some source declares: a mistyped name is found without asking the directory.
    #[default]
    Declared,
    /// Whom the directory has, too: the file declares only some of the people.
    Live,
}

/// Whether a file begins with U+FEFF. A source may, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrderMark {
    /// It does not.
    #[default]
    Absent,
    /// It does.
    Written,
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
    /// A person who should not be in the directory.
    Deletions,
    /// A person who should not be active.
    Deactivations,
}

impl Rows {
    /// Every word of `kind:`, and what it means.
    pub const WORDS: [(&str, Self); 5] = [
        ("users", Self::Users),
        ("groups", Self::Groups),
        ("memberships", Self::Memberships),
        ("deletions", Self::Deletions),
        ("deactivations", Self::Deactivations),
    ];

    /// The word of `kind:`.
    pub fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, rows)| *rows == self)
            .map_or("users", |(word, _)| word)
    }

    /// Whether the rows name people to be removed. Such a file is never taken for another one, nor another
    /// one for it.
    pub const fn removes(self) -> bool {
        matches!(self, Self::Deletions | Self::Deactivations)
    }
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
    /// How a cell says its value.
    pub form: CellForm,
    /// Whether a file must have it.
    pub presence: Presence,
}

/// How a cell says its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellForm {
    /// As the attribute's type has it.
    #[default]
    Plain,
    /// As a day (`2026-01-31`, which begins at midnight UTC) or as seconds since 1970.
    Day,
}

/// Whether a file must have a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// A file without it is refused: it was renamed, or the export is another one.
    #[default]
    Required,
    /// It may be missing.
    Optional,
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
    /// The group of a membership, by its `externalId`.
    GroupId,
    /// The person of a membership, by `externalId`.
    MemberId,
    /// The group that is in the group of a membership, by its `externalId`.
    SubgroupId,
    /// Whether it is a membership at all.
    IsMember,
    /// Whether the person leads the group.
    IsManager,
}

impl ColumnTarget {
    /// Every name of a part of a membership.
    pub const OF_MEMBERSHIPS: [(&str, Self); 7] = [
        ("group", Self::Group),
        ("member", Self::Member),
        ("group.externalId", Self::GroupId),
        ("member.externalId", Self::MemberId),
        ("subgroup.externalId", Self::SubgroupId),
        ("isMember", Self::IsMember),
        ("isManager", Self::IsManager),
    ];
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
    /// All that have no meaning, with a warning that names them.
    OthersTold,
}
