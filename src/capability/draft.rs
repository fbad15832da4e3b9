//! The draft of a plan that a service can do. Whoever the service cannot do something for is held, and
//! everybody else's changes are planned.

use std::collections::BTreeMap;

use super::never::{self, Undeletable};
use super::removable::Removable;
use super::settle::{Settled, settle};
use super::whole;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::dialect::Dialect;
use crate::model::Kind;
use crate::plan::held::obstacles::{Obstacle, Obstacles};
use crate::plan::{Blocked, Draft, DraftBasis, draft_around};

/// A draft that a service can do.
pub(crate) struct Fitted {
    pub(crate) draft: Draft,
    /// What the user should know of it, in sentences.
    pub(crate) notes: Vec<String>,
}

/// Drafts a plan that the service can do. `unsayable` finds what stands in the way of a draft that is written
/// in one request.
///
/// # Errors
/// As [`draft_around`], and if the service could do nothing of what is asked for a whole kind.
pub(crate) fn draft(
    basis: &DraftBasis<'_>,
    dialect: &Dialect,
    unsayable: &dyn Fn(&Draft) -> Vec<Obstacle>,
) -> Result<Fitted, Blocked> {
    let mut fitting = Fitting {
        basis,
        dialect,
        unsayable,
        obstacles: Obstacles::default(),
    };
    loop {
        if let Some(fitted) = fitting.once()? {
            return Ok(fitted);
        }
    }
}

/// A draft on its way to what a service can do.
struct Fitting<'a> {
    basis: &'a DraftBasis<'a>,
    dialect: &'a Dialect,
    unsayable: &'a dyn Fn(&Draft) -> Vec<Obstacle>,
    /// What was found so far.
    obstacles: Obstacles,
}

impl Fitting<'_> {
    /// Drafts around what was found so far. `None` if more is found.
    fn once(&mut self) -> Result<Option<Fitted>, Blocked> {
        let mut draft = draft_around(self.basis, &mut self.obstacles)?;
        let Settled { kept, impossible } = settle(&mut draft, self.dialect, self.basis.catalog);
        self.check_everybody(&impossible)?;
        let is_impossible = self.obstacles.add(impossible);
        if self.leave_undeleted(&draft) || is_impossible {
            return Ok(None);
        }
        if let Some(left_out) = whole::left_out(&draft, self.dialect) {
            return Err(self.blocked(&left_out));
        }
        if self.obstacles.add((self.unsayable)(&draft)) {
            return Ok(None);
        }
        let mut notes = kept;
        notes.extend(self.note_on_undeleted());
        Ok(Some(Fitted { draft, notes }))
    }

    /// Deactivates instead whom the service does not delete, except where the command line asks for the
    /// deletion. Returns whether anything new was found.
    fn leave_undeleted(&mut self, draft: &Draft) -> bool {
        let (basis, mut is_new) = (self.basis, false);
        for undeletable in never::undeletable(draft, basis.snapshot, self.dialect, basis.catalog) {
            let Undeletable {
                change,
                instead,
                obstacle,
            } = undeletable;
            let is_asked = basis.selection.is_some() && change.origin.is_none();
            is_new |= match &change.remote_id {
                Some(id) if instead == Removable::Deactivated && !is_asked => {
                    self.obstacles.deactivate_instead(change.kind, id)
                }
                _ => self.obstacles.add(vec![obstacle]),
            };
        }
        is_new
    }

    fn note_on_undeleted(&self) -> Option<String> {
        let count = self.obstacles.deactivated_instead();
        let name = &self.dialect.name;
        (count > 0).then(|| {
            format!(
                "{name} does not delete everybody: accounts that lose their access instead of being deleted: \
                 {count}"
            )
        })
    }

    /// Checks that the service can do something of what is asked for each kind. What it cannot do for anybody
    /// is a matter of the configuration, and is said once.
    fn check_everybody(&self, impossible: &[Obstacle]) -> Result<(), Blocked> {
        if self.basis.selection.is_some() {
            return Ok(());
        }
        let mut alike: BTreeMap<(Kind, &str, &str), u64> = BTreeMap::new();
        for Obstacle {
            subject,
            message,
            next,
            ..
        } in impossible
        {
            *alike.entry((subject.kind(), message, next)).or_default() += 1;
        }
        let everybody =
            |kind: Kind, count: u64| count > 1 && count == self.basis.desired.of(kind).len() as u64;
        let mut of_everybody = alike
            .iter()
            .filter(|((kind, ..), count)| everybody(*kind, **count));
        match of_everybody.next() {
            None => Ok(()),
            Some(((kind, message, next), count)) => Err(self.blocked(&format!(
                "{message}, and {count} {} ask for it: {next}",
                kind.plural()
            ))),
        }
    }

    fn blocked(&self, why: &str) -> Blocked {
        let mut problems = Diagnostics::new();
        let name = &self.dialect.name;
        let message = format!("{name} cannot do what the sources ask: {why}");
        problems.push(Diagnostic::general("impossible", message));
        Blocked(problems)
    }
}
