//! Mappings that come with wpsync: the files of `schemas/mappings/`, named by `map: { preset: … }`. To add a
//! mapping, add a file there and a row here.

use super::computed::{attribute_mapping, optional};
use crate::diagnostics::{Diagnostic, Diagnostics, Files, Origin, suggest};
use crate::mapping::{Computed, ExpressionBasis, computable};
use crate::model::Kind;
use crate::yaml::{NodeContent, document};

/// The name and the text of every mapping.
const MAPPINGS: [(&str, &str); 1] = [(
    "entra-workplace",
    include_str!("../../schemas/mappings/entra-workplace.yaml"),
)];

/// The computed attributes of a shipped mapping. Their origin is the place of its name in the configuration.
///
/// # Errors
/// A problem if there is no mapping of the name, or if the directory does not have one of its attributes.
pub(super) fn mapping(
    name: &str,
    origin: Origin,
    basis: ExpressionBasis<'_>,
) -> Result<Vec<Computed>, Diagnostic> {
    let Some((_, text)) = MAPPINGS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = MAPPINGS.iter().map(|(known, _)| *known).collect();
        let problem = Diagnostic::error("unknown-preset", origin, format!("there is no mapping `{name}`"));
        return Err(problem.hint(suggest::instead(name, &names)));
    };
    read(text, basis)
        .map(|found| {
            found
                .into_iter()
                .map(|computed| Computed { origin, ..computed })
                .collect()
        })
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

/// Why a shipped mapping cannot be used.
#[derive(Debug, thiserror::Error)]
enum ShippedError {
    #[error("it is not a map of attributes")]
    NotAMap,
    /// The message of the mapping's first problem.
    #[error("{0}")]
    Problem(String),
}

fn read(text: &str, basis: ExpressionBasis<'_>) -> Result<Vec<Computed>, ShippedError> {
    let (mut files, mut diagnostics) = (Files::new(), Diagnostics::new());
    let file = files.add("mapping", text);
    let Some(NodeContent::Map(kinds)) = document(file, text, &mut diagnostics).map(|node| node.content)
    else {
        return Err(ShippedError::NotAMap);
    };
    let mut found: Vec<Computed> = Vec::new();
    for entry in kinds {
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.plural() == entry.key)
            .ok_or(ShippedError::NotAMap)?;
        let NodeContent::Map(attributes) = entry.value.content else {
            return Err(ShippedError::NotAMap);
        };
        for entry in attributes {
            let attribute = computable(basis.catalog, kind, &entry.key)
                .map_err(|problem| ShippedError::Problem(problem.message))?;
            let attribute = basis.catalog.attribute(attribute);
            let computed = attribute_mapping(entry.value, attribute, basis, &mut diagnostics);
            found.extend(computed.map(optional));
        }
    }
    match diagnostics.sorted().first() {
        Some(problem) => Err(ShippedError::Problem(problem.message.clone())),
        None => Ok(found),
    }
}
