//! The use of the columns of one CSV file: the attributes that they hold and the expressions that read them.

use super::header::{ColumnMeaning, kind_of};
use crate::mapping::Computed;
use crate::source::options::{CsvOptions, Rows};
use crate::source::reading::FileReading;

/// The use of the columns of a file.
pub(super) struct Columns<'o> {
    pub(super) rows: Rows,
    /// The meaning of each column. `None` for a column that is not read.
    pub(super) meanings: Vec<Option<ColumnMeaning>>,
    /// The numbers of the mapping's expressions, each with the columns of its fields.
    pub(super) computed: Vec<(usize, Vec<Option<usize>>)>,
    /// The expressions of the file's form, each with the columns of its fields.
    pub(super) own: Vec<(&'o Computed, Vec<Option<usize>>)>,
}

impl<'o> Columns<'o> {
    pub(super) fn new(
        meanings: Vec<Option<ColumnMeaning>>,
        headers: &::csv::StringRecord,
        options: &'o CsvOptions,
        reading: &FileReading<'_>,
    ) -> Self {
        let column = |name: String| {
            headers
                .iter()
                .position(|header| header.trim().to_lowercase() == name.to_lowercase())
        };
        let fields = |computed: &Computed| computed.names().map(column).collect::<Vec<_>>();
        let kind = kind_of(options.rows).filter(|_| !options.rows.removes());
        let all = reading
            .mapping
            .computed
            .iter()
            .enumerate()
            .filter(|(_, computed)| kind == Some(computed.kind));
        let computed = all.map(|(number, computed)| (number, fields(computed))).collect();
        Self {
            rows: options.rows,
            meanings,
            computed,
            own: options
                .computed
                .iter()
                .map(|computed| (computed, fields(computed)))
                .collect(),
        }
    }
}
