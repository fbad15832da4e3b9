//! One CSV row as a membership: a person or a group in a group, by name or by `externalId`, or a person who
//! leads a group.

use super::Records;
use super::header::Meaning;
use crate::declared::{Membership, Party};
use crate::diagnostics::{Diagnostic, Origin, Problem};
use crate::model::Kind;
use crate::source::options::ColumnTarget;
use crate::source::reading::Reading;
use crate::source::text;

/// Reads a row of a file of memberships.
pub(super) fn read(records: &Records<'_>, meanings: &[Meaning], reading: &mut Reading<'_>) {
    let row = Row { records, meanings };
    if row.cell(ColumnTarget::IsManager, reading).is_some() {
        reading.tell_leaders();
    }
    match row.read(reading) {
        Err(problem) => reading.report(problem),
        Ok(None) => {
            let problem = Diagnostic::warning(
                "idle-row",
                records.origin(0, reading),
                "this row makes nobody a member or a manager",
            );
            reading.report(problem.hint("delete the row, or say what it is for"));
        }
        Ok(Some(said)) => {
            let origin = records.origin(0, reading);
            let of = |group: Party, member: Party| Membership {
                group,
                member,
                origin,
            };
            let leads = said
                .is_manager
                .then(|| of(said.group.clone(), said.member.clone()));
            reading.add_membership(said.is_member.then(|| of(said.group, said.member)), leads);
        }
    }
}

/// What a row says.
struct Said {
    group: Party,
    member: Party,
    is_member: bool,
    is_manager: bool,
}

struct Row<'r, 't> {
    records: &'r Records<'t>,
    meanings: &'r [Meaning],
}

impl Row<'_, '_> {
    /// The cell of a column and its place; none where there is no such column.
    fn cell(&self, wanted: ColumnTarget, reading: &Reading<'_>) -> Option<(&str, Origin)> {
        let at = self
            .meanings
            .iter()
            .position(|meaning| meaning.is_some_and(|one| one.target == wanted))?;
        Some((&self.records.record[at], self.records.origin(at, reading)))
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Option<Said>, Diagnostic> {
        let group = self.one_of(
            "group",
            &[
                (ColumnTarget::Group, None),
                (ColumnTarget::GroupId, Some(Kind::Group)),
            ],
            reading,
        )?;
        let member = self.one_of(
            "member",
            &[
                (ColumnTarget::Member, None),
                (ColumnTarget::MemberId, Some(Kind::User)),
                (ColumnTarget::SubgroupId, Some(Kind::Group)),
            ],
            reading,
        )?;
        let (is_member, is_manager) = (
            self.flag(ColumnTarget::IsMember, reading)?,
            self.flag(ColumnTarget::IsManager, reading)?,
        );
        // A file without these columns, and a row about a group in a group, says membership alone.
        let is_group = matches!(member, Party::External(Kind::Group, _));
        let is_member = is_member.unwrap_or(is_manager.is_none() || is_group);
        let is_manager = is_manager == Some(true);
        Ok((is_member || is_manager).then_some(Said {
            group,
            member,
            is_member,
            is_manager,
        }))
    }

    /// The one of several columns that this row fills.
    fn one_of(
        &self,
        name: &str,
        columns: &[(ColumnTarget, Option<Kind>)],
        reading: &Reading<'_>,
    ) -> Result<Party, Diagnostic> {
        let cells: Vec<_> = columns
            .iter()
            .filter_map(|(column, kind)| Some((self.cell(*column, reading)?, *kind)))
            .collect();
        let filled: Vec<_> = cells.iter().filter(|((cell, _), _)| !cell.is_empty()).collect();
        match filled[..] {
            [((cell, origin), kind)] => {
                text::check_name(cell).map_err(|problem| problem.at(*origin))?;
                Ok(match kind {
                    None => Party::Name((*cell).into()),
                    Some(kind) => Party::External(*kind, (*cell).into()),
                })
            }
            [] => {
                let origin = cells
                    .first()
                    .map_or_else(|| self.records.origin(0, reading), |((_, origin), _)| *origin);
                Err(Problem::new(
                    "missing-name",
                    format!("this row has no {name}"),
                    "write the name, or delete the row",
                )
                .at(origin))
            }
            [_, ((_, origin), _), ..] => {
                let hint = "fill one of the two, and make another row for the other";
                Err(Problem::new(
                    "two-members",
                    format!("this row has two of a {name}: a person and a group"),
                    hint,
                )
                .at(*origin))
            }
        }
    }

    fn flag(&self, column: ColumnTarget, reading: &Reading<'_>) -> Result<Option<bool>, Diagnostic> {
        match self.cell(column, reading) {
            None | Some(("", _)) => Ok(None),
            Some((cell, _)) if cell.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some((cell, _)) if cell.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some((cell, origin)) => Err(Problem::new(
                "not-a-boolean",
                format!("this cell takes TRUE or FALSE, not `{cell}`"),
                "write TRUE or FALSE",
            )
            .at(origin)),
        }
    }
}
