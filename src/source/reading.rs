//! Reads one file. Its rows are checked, completed by the mapping's expressions and added to the
//! declarations. At most 200 of its problems are shown.
//!
//! A problem concerns the whole file ([`FileReading::report`]) or one row ([`FileReading::refuse`]).

use std::borrow::Cow;

use super::options::SourceEntry;
use super::text::Medium;
use super::typing;
use crate::declared::{
    Coverage, Declared, DeclaredFormerName, DeclaredMembership, DeclaredRow, Loss, MemberList, Party,
    Removal, Removing, RowDraft, RowFault, RowProblem, Target, Unreadable, Wish,
};
use crate::diagnostics::UnplacedProblem;
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};
use crate::mapping::{Computed, Empty, ExpressionOutcome, FieldValue, From, Mapping, WriteWhen, read_date};
use crate::model::{Attribute, AttributeId, Catalog, DataType, Key, Kind, Value};

/// The reading of one file: the target of its rows, and its problems so far.
pub(crate) struct FileReading<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) mapping: &'a Mapping,
    pub(crate) file: FileId,
    pub(crate) declared: &'a mut Declared,
    coverage: Coverage,
    /// Whether the entry of `sources` names files by a pattern.
    is_of_pattern: bool,
    problems: Diagnostics,
    hidden: u64,
    rows: u64,
}

/// The largest number of different problems of one file that are shown. A file with a shifted column has one
/// per row.
const MOST_SHOWN: usize = 200;

/// How a file declares nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emptiness {
    /// Nothing stands where people or groups should. The file may be cut.
    Left,
    /// It says so, as `users: []`.
    Written,
}

impl<'a> FileReading<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog,
        mapping: &'a Mapping,
        file: FileId,
        declared: &'a mut Declared,
    ) -> Self {
        Self {
            catalog,
            mapping,
            file,
            declared,
            coverage: Coverage::Whole,
            is_of_pattern: false,
            problems: Diagnostics::new(),
            hidden: 0,
            rows: 0,
        }
    }

    /// Records what the entry of `sources` says about the file.
    pub(crate) fn is_of(&mut self, source: &SourceEntry) {
        self.coverage = source.coverage;
        self.is_of_pattern = source.is_pattern();
    }

    /// Whether the file declares nothing although it should: the rows of a partial one may be of no day.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0 && !self.has_problems() && self.coverage == Coverage::Whole
    }

    /// Adds the problem of a file that declares nothing. It is a warning where that may be so: in a partial
    /// file, which may be missing as well, and in one of several that says so itself. Guards judge both.
    pub(crate) fn report_empty(&mut self, message: &str, said: Emptiness) {
        let hint = if self.is_of_pattern {
            "check the export; if nobody is to be in it, delete the file"
        } else {
            "check the export; to stop reading the file, take it out of `sources`"
        };
        let origin = Origin::start_of(self.file);
        let may_be_empty =
            self.coverage == Coverage::Partial || (self.is_of_pattern && said == Emptiness::Written);
        let problem = if may_be_empty {
            Diagnostic::warning("empty-source", origin, message)
        } else {
            Diagnostic::error("empty-source", origin, message)
        };
        self.report(problem.hint(hint));
    }

    /// Adds a problem of the whole file. It is only counted if [`MOST_SHOWN`] problems are shown already.
    pub(crate) fn report(&mut self, problem: Diagnostic) {
        if !self.shows_enough() || self.problems.knows(&problem) {
            self.problems.push(problem);
        } else {
            self.hidden += problem.count();
        }
    }

    /// Whether a new problem would only be counted. Its did-you-mean is then not worth its time.
    pub(crate) fn shows_enough(&self) -> bool {
        self.problems.len() >= MOST_SHOWN
    }

    /// Adds a problem of one row, in the value of `part`. `None` where it is not known which attribute was
    /// meant.
    pub(crate) fn refuse(&mut self, row: &mut RowDraft, part: Option<Target>, problem: Diagnostic) {
        let problem = problem.of_row();
        let loss = match part {
            Some(Target::Attribute(attribute)) if self.catalog.identifies(row.kind, attribute) => {
                Loss::Identity
            }
            None | Some(Target::Previously) => Loss::Identity,
            Some(Target::Attribute(_) | Target::Groups | Target::Members) => Loss::Value,
        };
        let fault = RowFault {
            problem: RowProblem::of(&problem),
            loss,
        };
        RowFault::add(&mut row.fault, fault);
        self.report(problem);
    }

    /// Adds the problem of a row of which it cannot be read whom it is about.
    pub(crate) fn refuse_unknown(&mut self, kind: Kind, problem: Diagnostic) {
        let problem = problem.of_row();
        let of_row = RowProblem::of(&problem);
        let unreadable = Unreadable {
            kind,
            named: None,
            problem: of_row,
        };
        self.declared.unreadable.push(unreadable);
        self.report(problem);
    }

    /// Adds the problem of a membership in a group. The group is left alone because of it.
    pub(crate) fn refuse_membership(&mut self, group: Party, problem: Diagnostic) {
        self.rows += 1;
        let problem = problem.of_row();
        let of_row = RowProblem::of(&problem);
        self.declared.unread_memberships.push((group, of_row));
        self.report(problem);
    }

    /// Runs an expression of the mapping on the row's fields and sets its attribute. A row with none of the
    /// expression's fields stays as it is.
    pub(crate) fn compute(&mut self, number: usize, fields: &[Option<FieldValue<'_>>], row: &mut RowDraft) {
        let mapping = self.mapping;
        let computed = &mapping.computed[number];
        let has_no_field = has_no_field(fields);
        if has_no_field && computed.default.is_none() {
            return;
        }
        if !has_no_field && !self.declared.computed.contains(&number) {
            self.declared.computed.push(number);
        }
        self.compute_by(computed, fields, row);
    }

    /// Runs an expression on the row's fields and sets its attribute.
    pub(crate) fn compute_by(
        &mut self,
        computed: &Computed,
        fields: &[Option<FieldValue<'_>>],
        row: &mut RowDraft,
    ) {
        let attribute = self.catalog.attribute(computed.attribute);
        let wish = if has_no_field(fields) {
            Ok(None)
        } else {
            wish_of(computed, fields, attribute)
        };
        let origin = computed.origin;
        let (id, path) = (computed.attribute, attribute.path.clone());
        let part = Some(Target::Attribute(id));
        match wish {
            Ok(None) => {
                // The row's own value takes precedence over the default.
                if let Some(default) = &computed.default {
                    row.ask(id, Wish::Initially(default.clone()), row.origin);
                }
            }
            Ok(Some(wish)) => {
                if let Some(earlier) = row.ask(id, wish, row.origin) {
                    let problem = Diagnostic::error(
                        "duplicate-attribute",
                        earlier,
                        format!("`{path}` is written here and computed by `map`"),
                    );
                    let problem = problem
                        .related(origin, "computed here")
                        .hint("keep one of the two");
                    self.refuse(row, part, problem);
                }
            }
            Err(problem) => {
                let problem = problem.at(row.origin).related(origin, "the expression");
                self.refuse(row, part, problem);
            }
        }
    }

    /// Adds a finished row.
    pub(crate) fn add(&mut self, mut row: RowDraft) {
        self.rows += 1;
        row.attributes.sort_unstable_by_key(|desired| desired.attribute);
        row.attributes.shrink_to_fit();
        self.refuse_cleared_name(&mut row);
        let naming = self.catalog.naming(row.kind);
        let number = u32::try_from(self.declared.rows.len()).unwrap_or(u32::MAX);
        for (group, origin) in row.groups {
            self.declared.memberships.push(DeclaredMembership {
                group: Party::Name(group),
                member: Party::Row(number),
                origin,
            });
        }
        if let Some(fault) = row.fault.as_ref().filter(|_| row.hides_groups) {
            self.declared.unread_groups.push((number, fault.problem.clone()));
        }
        let former = row.former_names.into_iter();
        self.declared
            .former_names
            .extend(former.map(|(name, origin)| DeclaredFormerName {
                row: number,
                name,
                origin,
            }));
        let members = match &row.members {
            None => MemberList::None,
            Some(_) if row.empties_members => MemberList::Emptied,
            Some(_) => MemberList::Names,
        };
        for (member, origin) in row.members.into_iter().flatten() {
            self.declared.memberships.push(DeclaredMembership {
                group: Party::Row(number),
                member: Party::Name(member),
                origin,
            });
        }
        let mut row = DeclaredRow {
            kind: row.kind,
            key: None,
            origin: row.origin,
            attributes: row.attributes,
            members,
            fault: row.fault,
        };
        row.key = row.text(naming).map(|(name, _)| Key::new(row.kind, name));
        let external = self.catalog.external_id(row.kind);
        let mut identifying = self.catalog.keys(row.kind).iter().chain([&external]);
        if !identifying.any(|attribute| row.text(*attribute).is_some()) && row.fault.is_none() {
            let problem = self.nameless(&row, naming).of_row();
            row.fault = Some(Box::new(RowFault {
                problem: RowProblem::of(&problem),
                loss: Loss::Identity,
            }));
            self.report(problem);
        }
        self.declared.rows.push(row);
    }

    /// Declares the groups that a row names.
    pub(crate) fn declare_groups(&mut self, row: &RowDraft) {
        for (name, origin) in &row.groups {
            self.declared.named_groups.add(name, *origin);
        }
    }

    fn refuse_cleared_name(&mut self, row: &mut RowDraft) {
        let naming = self.catalog.naming(row.kind);
        let mut attributes = row.attributes.iter();
        let cleared = attributes.find(|desired| desired.attribute == naming && desired.wish.clears());
        let Some(cleared) = cleared else { return };
        let name = &self.catalog.attribute(naming).path;
        let problem = Diagnostic::error(
            "name-cleared",
            cleared.origin,
            format!("`{name}` cannot be cleared: it names the {}", row.kind.word()),
        );
        let problem = problem.hint("write the name, or leave the line out to leave the name alone");
        self.refuse(row, Some(Target::Attribute(naming)), problem);
    }

    /// Adds a row of a file of memberships: a membership, a leader of the group, or both.
    pub(crate) fn add_membership(
        &mut self,
        belongs: Option<DeclaredMembership>,
        leads: Option<DeclaredMembership>,
    ) {
        self.rows += 1;
        self.declared.memberships.extend(belongs);
        self.declared.leaders.extend(leads);
    }

    /// Records that a file lists the leaders of groups. A partial file does not list all.
    pub(crate) fn tell_leaders(&mut self) {
        self.declared.tells_leaders |= self.coverage == Coverage::Whole;
    }

    /// Adds a person to be removed. The row declares nobody and is not counted, because the size of these
    /// files says nothing about a damaged export.
    pub(crate) fn add_removal(&mut self, row: &RowDraft, removing: Removing) {
        let (naming, external) = (self.catalog.naming(row.kind), self.catalog.external_id(row.kind));
        let said = |by: AttributeId| {
            let desired = row.attributes.iter().find(|desired| desired.attribute == by)?;
            let Wish::Set(value) = &desired.wish else {
                return None;
            };
            Some((by, Key::new(row.kind, value.as_text()?)))
        };
        let Some((by, key)) = said(naming).or_else(|| said(external)) else {
            return self.refuse_removal(row);
        };
        self.declared.removals.push(Removal {
            key,
            by,
            removing,
            origin: Some(row.origin),
            beside: None,
        });
    }

    /// A removal of which it cannot be read whom it means. Nobody is removed because of it.
    fn refuse_removal(&mut self, row: &RowDraft) {
        if let Some(fault) = &row.fault {
            let unreadable = Unreadable {
                kind: row.kind,
                named: None,
                problem: fault.problem.clone(),
            };
            return self.declared.unreadable.push(unreadable);
        }
        let problem = Diagnostic::error(
            "missing-name",
            row.origin,
            "this row does not say who is to be removed",
        );
        self.refuse_unknown(row.kind, problem.hint("write the name, or delete the row"));
    }

    /// Records that a name in this file may belong to a person who is only in the directory.
    pub(crate) fn may_mean_live(&mut self) {
        self.declared.live_names.push(self.file);
    }

    /// The rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the file has a problem.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Ends the reading and returns the number of rows.
    pub(crate) fn finish(mut self, diagnostics: &mut Diagnostics) -> u64 {
        if self.hidden > 0 {
            let message = format!("{} more problems in this file are not shown", self.hidden);
            let problem = Diagnostic::error("more-problems", Origin::start_of(self.file), message);
            self.problems
                .push(problem.hint("repair the first ones, then check again: they are often one mistake"));
        }
        diagnostics.append(self.problems);
        self.rows
    }

    fn nameless(&self, row: &DeclaredRow, naming: AttributeId) -> Diagnostic {
        let name = &self.catalog.attribute(naming).path;
        let message = format!("this {} has no `{name}`", row.kind.word());
        let hint = format!("add `{name}`, or `externalId` where another file gives the name");
        Diagnostic::error("missing-name", row.origin, message).hint(hint)
    }
}

/// Whether a row has none of the fields that an expression uses.
fn has_no_field(fields: &[Option<FieldValue<'_>>]) -> bool {
    !fields.is_empty() && fields.iter().all(Option::is_none)
}

/// The wish for a computed attribute. `None` if the expression gives no value.
fn wish_of(
    computed: &Computed,
    fields: &[Option<FieldValue<'_>>],
    attribute: &Attribute,
) -> Result<Option<Wish>, UnplacedProblem> {
    let value = match &computed.from {
        From::Constant(value) => Some(value.clone()),
        From::Source => None,
        From::Expression(_) => {
            let outcome = computed.run(fields).map_err(|reason| {
                let message = format!(
                    "the expression for `{}` fails on this {}: {reason}",
                    attribute.path,
                    attribute.kind.word()
                );
                UnplacedProblem::new(
                    "map-failed",
                    message,
                    "ask `has(row.name)` before a field that may be missing",
                )
            })?;
            match outcome {
                ExpressionOutcome::Clear => return Ok(Some(Wish::Empty)),
                ExpressionOutcome::Nothing => None,
                ExpressionOutcome::Boolean(value) => Some(typed(
                    attribute,
                    &[if value { "true" } else { "false" }.to_owned()],
                )?),
                ExpressionOutcome::Text(text) if text.is_empty() => None,
                ExpressionOutcome::Text(_) if typing::is_set(attribute) => {
                    return Err(wrong_count(attribute));
                }
                ExpressionOutcome::Text(text) => Some(typed(attribute, &[text])?),
                ExpressionOutcome::List(_) if !typing::is_set(attribute) => {
                    return Err(wrong_count(attribute));
                }
                ExpressionOutcome::List(texts) if texts.is_empty() => return Ok(Some(Wish::Empty)),
                ExpressionOutcome::List(texts) => Some(typed(attribute, &texts)?),
            }
        }
    };
    Ok(match (value, computed.empty, computed.apply) {
        (Some(value), _, WriteWhen::Always) => Some(Wish::Set(value)),
        (Some(value), _, WriteWhen::Create) => Some(Wish::Initially(value)),
        (None, Empty::Clear, WriteWhen::Always) if computed.default.is_none() => Some(Wish::Empty),
        (None, ..) => None,
    })
}

fn wrong_count(attribute: &Attribute) -> UnplacedProblem {
    let message = format!(
        "the expression for `{}` gives a list for one value, or one value for a list",
        attribute.path
    );
    UnplacedProblem::new(
        "map-failed",
        message,
        "write `[…]` around the value, or join the list with `join(\", \", …)`",
    )
}

/// The value of an attribute from computed texts. A date may have any form that functions take or return.
///
/// # Errors
/// A problem if a text is not of the attribute's type, or if one value is needed and `texts` has several.
pub(crate) fn typed(attribute: &Attribute, texts: &[String]) -> Result<Value, UnplacedProblem> {
    let single = |text: &String| {
        let instant = (attribute.data_type == DataType::DateTime)
            .then(|| read_date(text))
            .flatten();
        let text = instant.map_or(Cow::Borrowed(text.as_str()), |instant| instant.to_string().into());
        typing::single(attribute, &text, Medium::Yaml)
    };
    if typing::is_set(attribute) {
        return texts.iter().map(single).collect::<Result<_, _>>().map(Value::set);
    }
    match texts {
        [text] => single(text),
        _ => Err(UnplacedProblem::new(
            "not-a-value",
            format!("`{}` takes a single value", attribute.path),
            "write one value",
        )),
    }
}
