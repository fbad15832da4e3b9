//! Mappings that come with wpsync: files of `schemas/mappings/`, named by `map: { preset: … }`. A new one is
//! a file there and a row here.

use super::expressions::{Given, one, optional};
use crate::diagnostics::{Diagnostic, Diagnostics, Files, Origin, suggest};
use crate::mapping::{Computed, computable};
use crate::model::{AttributeId, Kind};
use crate::yaml::{NodeContent, document};

/// Name and text of every mapping.
const MAPPINGS: [(&str, &str); 1] = [(
    "entra-workplace",
    include_str!("../../schemas/mappings/entra-workplace.yaml"),
)];

/// What a shipped mapping computes. All its parts stand where its name stands in the configuration.
pub(super) fn mapping(name: &str, origin: Origin, given: Given<'_>) -> Result<Vec<Computed>, Diagnostic> {
    let Some((_, text)) = MAPPINGS.iter().find(|(one, _)| *one == name) else {
        let names: Vec<_> = MAPPINGS.iter().map(|(one, _)| *one).collect();
        let problem = Diagnostic::error("unknown-preset", origin, format!("there is no mapping `{name}`"));
        return Err(problem.hint(suggest::instead(name, &names)));
    };
    read(text, given)
        .map(|found| found.into_iter().map(|one| Computed { origin, ..one }).collect())
        .map_err(|reason| {
            let problem = Diagnostic::error(
                "unknown-preset",
                origin,
                format!("the mapping `{name}` cannot be used here: {reason}"),
            );
            problem.hint(
                "it is for the directory's dialect that its name ends with: set `dialect` of `directory`",
            )
        })
}

fn read(text: &str, given: Given<'_>) -> Result<Vec<Computed>, String> {
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let file = files.add("mapping", text);
    let broken = || "it is not a map of attributes".to_owned();
    let Some(NodeContent::Map(kinds)) = document(file, text, &mut diagnostics).map(|node| node.content)
    else {
        return Err(broken());
    };
    let mut found: Vec<Computed> = Vec::new();
    for entry in kinds {
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.plural() == entry.key)
            .ok_or_else(broken)?;
        let NodeContent::Map(attributes) = entry.value.content else {
            return Err(broken());
        };
        for entry in attributes {
            let attribute: AttributeId =
                computable(given.0, kind, &entry.key).map_err(|problem| problem.message)?;
            found.extend(
                one(
                    entry.value,
                    given.0.attribute(attribute),
                    (given, &mut diagnostics),
                )
                .map(optional),
            );
        }
    }
    match diagnostics.sorted().first() {
        Some(problem) => Err(problem.message.clone()),
        None => Ok(found),
    }
}
