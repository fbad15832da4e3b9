//! How to read a source, as `wpsync.yaml` configures it: plain data.

use crate::declared::{Coverage, Target};
use crate::diagnostics::Origin;
use crate::mapping::{Computed, Mapping};

/// One entry of `sources:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEntry {
    /// A path or a glob, relative to the configuration.
    pub pattern: String,
    /// The place of the entry in `wpsync.yaml`.
    pub origin: Origin,
    /// The format of the files.
    pub format: SourceFormat,
    /// Whether a file may end without a line end.
    pub final_newline: FinalNewline,
    /// Whether the files name everybody whom they are about.
    pub coverage: Coverage,
}

/// What sources of one coverage are about. Whoever partial ones are about need not be absent because no
/// source names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamedKinds {
    /// People.
    pub users: bool,
    /// Groups.
    pub groups: bool,
    /// Members of groups.
    pub members: bool,
}

impl NamedKinds {
    /// What those of these sources with a coverage are about. It rests on the entries and not on today's
    /// files: whom yesterday's file named is in the directory today, whatever today's file names.
    pub(crate) fn by(sources: &[SourceEntry], coverage: Coverage) -> Self {
        let mut named = Self::default();
        for source in sources.iter().filter(|source| source.coverage == coverage) {
            match &source.format {
                SourceFormat::Csv(form) => named.add_form(form),
                SourceFormat::OneOf(forms) => forms.iter().for_each(|form| named.add_form(form)),
                SourceFormat::ByName | SourceFormat::Yaml => {
                    named.add(Rows::Users);
                    named.add(Rows::Groups);
                }
            }
        }
        named
    }

    /// A row about a person may declare the groups that it names.
    fn add_form(&mut self, form: &CsvOptions) {
        self.add(form.rows);
        let mut columns = form.columns.iter();
        self.groups |= columns.any(|column| column.naming == GroupNaming::Declares);
    }

    /// A row about a person or a group may list memberships.
    fn add(&mut self, rows: Rows) {
        self.users |= rows == Rows::Users;
        self.groups |= rows == Rows::Groups;
        self.members |= matches!(rows, Rows::Users | Rows::Groups | Rows::Memberships);
    }
}

impl SourceEntry {
    /// Whether it names files by a pattern.
    pub(crate) fn is_pattern(&self) -> bool {
        self.pattern.contains(['*', '?', '['])
    }

    /// Removes the expressions of a preset for attributes that the configuration's mapping computes. The
    /// configuration takes precedence over a preset.
    pub(crate) fn leave_to(&mut self, mapping: &Mapping) {
        let forms = match &mut self.format {
            SourceFormat::Csv(form) => std::slice::from_mut(form),
            SourceFormat::OneOf(forms) => forms,
            SourceFormat::ByName | SourceFormat::Yaml => return,
        };
        for form in forms {
            form.computed.retain(|preset| {
                !mapping
                    .computed
                    .iter()
                    .any(|computed| computed.attribute == preset.attribute)
            });
        }
    }
}

/// The format of a source's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// `.yaml` and `.yml` are YAML, `.csv` is CSV with attribute names as headers.
    ByName,
    /// YAML.
    Yaml,
    /// CSV.
    Csv(CsvOptions),
    /// CSV of a system that exports several files. The header decides which one a file is.
    OneOf(Vec<CsvOptions>),
}

/// Whether a file may end without a line end. A file that was cut inside a row also ends without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FinalNewline {
    /// A file without a final line end is refused.
    #[default]
    Required,
    /// The system that writes this file omits the final line end.
    Optional,
}

/// How a CSV file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvOptions {
    /// The meaning of a row.
    pub rows: Rows,
    /// The character between two cells.
    pub delimiter: u8,
    /// The meaning of each header. Empty if headers are attribute names.
    pub columns: Vec<Column>,
    /// The headers that are not read.
    pub ignore: Ignore,
    /// The names that this file may use.
    pub references: NameScope,
    /// The expressions of this form, which run besides those of the configuration's `map`.
    pub computed: Vec<Computed>,
    /// The columns of a preset whose attributes the directory does not have, each with its attribute. They
    /// are not read, and a warning names them.
    pub unheld: Vec<(String, String)>,
    /// Whether an export of this form begins with a byte order mark.
    pub byte_order_mark: ByteOrderMark,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            rows: Rows::Users,
            delimiter: b',',
            columns: Vec::new(),
            ignore: Ignore::These(Vec::new()),
            references: NameScope::Declared,
            computed: Vec::new(),
            unheld: Vec::new(),
            byte_order_mark: ByteOrderMark::Absent,
        }
    }
}

/// The names that a file may use for members, groups and managers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameScope {
    /// Names that a source declares. A mistyped name is found without reading the directory.
    #[default]
    Declared,
    /// Names that a source declares or the directory has. For files that declare only a part of the people.
    Live,
}

/// Whether an exported file begins with U+FEFF. A source may always begin with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrderMark {
    /// The file begins with its text.
    #[default]
    Absent,
    /// The file begins with U+FEFF.
    Written,
}

/// The meaning of a row of a CSV file.
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
    /// Every word of `kind:`, with its meaning.
    pub const WORDS: [(&str, Self); 5] = [
        ("users", Self::Users),
        ("groups", Self::Groups),
        ("memberships", Self::Memberships),
        ("deletions", Self::Deletions),
        ("deactivations", Self::Deactivations),
    ];

    /// The word of `kind:`.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, rows)| *rows == self)
            .map_or("users", |(word, _)| word)
    }

    /// Whether the rows name people to be removed.
    pub(crate) const fn removes(self) -> bool {
        matches!(self, Self::Deletions | Self::Deactivations)
    }
}

/// The meaning of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The header. Case and outer white space do not count.
    pub header: String,
    /// The target of the column's values.
    pub target: ColumnTarget,
    /// The meaning of an empty cell.
    pub empty: EmptyCell,
    /// The character between the values of a list in one cell.
    pub list: char,
    /// How a cell writes its value.
    pub form: CellForm,
    /// Whether a file must have the column.
    pub presence: ColumnPresence,
    /// Whether a group exists because the column names it.
    pub naming: GroupNaming,
}

/// What naming a group in a column means, beside the membership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupNaming {
    /// Nothing: a source must declare the group.
    #[default]
    Uses,
    /// The group exists.
    Declares,
}

/// How a cell writes its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellForm {
    /// In the form of the attribute's type.
    #[default]
    Plain,
    /// As a day (`2026-01-31`, which means its midnight in UTC) or as seconds since 1970.
    Day,
}

/// Whether a file must have a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnPresence {
    /// A file without the column is refused: the column was renamed, or the file is a different export.
    #[default]
    Required,
    /// The column may be missing.
    Optional,
}

/// The list delimiter of a column that is configured without one.
pub(crate) const LIST_DELIMITER: char = ';';

/// The target of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnTarget {
    /// An attribute, the groups or the members of the row's person or group.
    Resource(Target),
    /// The group of a membership.
    Group,
    /// The member of a membership.
    Member,
    /// The group of a membership, by its `externalId`.
    GroupId,
    /// The person of a membership, by `externalId`.
    MemberId,
    /// The member of a membership, which is a group, by its `externalId`.
    SubgroupId,
    /// Whether the person is a member of the group.
    IsMember,
    /// Whether the person leads the group.
    IsManager,
}

impl ColumnTarget {
    /// The names of the columns of a file of memberships.
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

/// The meaning of an empty cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyCell {
    /// The attribute is not managed for this resource.
    #[default]
    NotOurs,
    /// The attribute should have no value.
    Clear,
}

/// The headers that are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignore {
    /// These headers.
    These(Vec<String>),
    /// All headers without a meaning.
    Others,
    /// All headers without a meaning, with a warning that names them.
    OthersTold,
}
