//! Refuses to match by what a service does not hold: nobody would be found, and everybody made anew.

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::dialect::Dialect;
use crate::model::{Catalog, Kind};
use crate::project::Matching;

/// The problems of the attributes that `match` names and the service does not hold. `externalId` and the name
/// belong to every order, so a service without one of them is matched by the other.
pub(crate) fn unheld_identifiers(matching: &Matching, catalog: &Catalog, dialect: &Dialect) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for kind in Kind::ALL {
        let own = matching
            .of(kind)
            .iter()
            .filter(|id| ![catalog.external_id(kind), catalog.naming(kind)].contains(id));
        for attribute in own.map(|id| catalog.attribute(*id)) {
            if dialect.does_not_hold(attribute) {
                let message = format!(
                    "`match` names `{}` for {}, and {} does not hold it",
                    attribute.path,
                    kind.plural(),
                    dialect.name
                );
                let problem = Diagnostic::general("not-held", message);
                problems.push(problem.hint("take it out of `match`, so that what the service holds decides"));
            }
        }
    }
    problems
}
