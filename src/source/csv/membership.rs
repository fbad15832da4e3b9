//! One CSV row as a membership: a person or a group in a group, by name or by `externalId`, or a person who
//! leads a group.

use super::header::ColumnMeaning;
use super::records::Records;
use crate::declared::{DeclaredMembership, Party};
use crate::diagnostics::{Diagnostic, Origin, UnplacedProblem};
use crate::model::Kind;
use crate::source::options::ColumnTarget;
use crate::source::reading::FileReading;
use crate::source::text;

/// Reads a row of a file of memberships.
pub(super) fn read(records: &Records<'_>, meanings: &[Option<ColumnMeaning>], reading: &mut FileReading<'_>) {
    let row = MembershipRow { records, meanings };
    if row.cell(ColumnTarget::IsManager, reading).is_some() {
        reading.tell_leaders();
    }
    let group = match row.group(reading) {
        Ok(group) => group,
        Err(problem) => return reading.report(problem), // it may be any group
    };
    match row.read(&group, reading) {
        Err(problem) => reading.refuse_membership(group, problem),
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
            let of = |group: Party, member: Party| DeclaredMembership {
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

/// The values of a row about its group and its member.
struct Said {
    group: Party,
    member: Party,
    is_member: bool,
    is_manager: bool,
}

struct MembershipRow<'r, 't> {
    records: &'r Records<'t>,
    meanings: &'r [Option<ColumnMeaning>],
}

impl MembershipRow<'_, '_> {
    /// The cell of a column and its place. `None` if there is no such column.
    fn cell(&self, wanted: ColumnTarget, reading: &FileReading<'_>) -> Option<(&str, Origin)> {
        let at = self
            .meanings
            .iter()
            .position(|meaning| meaning.is_some_and(|meaning| meaning.target == wanted))?;
        Some((&self.records.record[at], self.records.origin(at, reading)))
    }

    fn group(&self, reading: &FileReading<'_>) -> Result<Party, Diagnostic> {
        self.party(
            "group",
            &[
                (ColumnTarget::Group, None),
                (ColumnTarget::GroupId, Some(Kind::Group)),
            ],
            reading,
        )
    }

    fn read(&self, group: &Party, reading: &FileReading<'_>) -> Result<Option<Said>, Diagnostic> {
        let member = self.party(
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
        // Without these columns, and for a group in a group, a row means membership.
        let is_group = matches!(member, Party::External(Kind::Group, _));
        let is_member = is_member.unwrap_or(is_manager.is_none() || is_group);
        let is_manager = is_manager == Some(true);
        Ok((is_member || is_manager).then_some(Said {
            group: group.clone(),
            member,
            is_member,
            is_manager,
        }))
    }

    /// The group or the member. Of several possible columns, the row fills one.
    fn party(
        &self,
        name: &str,
        columns: &[(ColumnTarget, Option<Kind>)],
        reading: &FileReading<'_>,
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
                Err(UnplacedProblem::new(
                    "missing-name",
                    format!("this row has no {name}"),
                    "write the name, or delete the row",
                )
                .at(origin))
            }
            [_, ((_, origin), _), ..] => {
                let hint = "fill one of the two, and make another row for the other";
                Err(UnplacedProblem::new(
                    "two-members",
                    format!("this row has two of a {name}: a person and a group"),
                    hint,
                )
                .at(*origin))
            }
        }
    }

    fn flag(&self, column: ColumnTarget, reading: &FileReading<'_>) -> Result<Option<bool>, Diagnostic> {
        match self.cell(column, reading) {
            None | Some(("", _)) => Ok(None),
            Some((cell, _)) if cell.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some((cell, _)) if cell.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some((cell, origin)) => Err(UnplacedProblem::new(
                "not-a-boolean",
                format!("this cell takes TRUE or FALSE, not `{cell}`"),
                "write TRUE or FALSE",
            )
            .at(origin)),
        }
    }
}
