//! Dialects as files, from the program or from the user, and the checks of their rows.

use serde::de::{DeserializeOwned, DeserializeSeed as _};

use super::catalog::WrittenPlace;
use super::keys::Keys;
use super::{Dialect, MembershipQuestion};
use crate::diagnostics::suggest;
use crate::model::Kind;
use crate::whole::form::Writes;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../schemas/dialects/", $name, ".yaml")))),*]
    };
}

const SHIPPED: [(&str, &str); 24] = shipped![
    "atlassian",
    "aws-identity-center",
    "better-auth",
    "databricks",
    "entra",
    "figma",
    "github-emu",
    "github-org",
    "gitlab",
    "google-cloud-identity",
    "keycloak",
    "local",
    "miro",
    "rfc7644",
    "salesforce",
    "scim2-server",
    "scimmy",
    "slack",
    "snowflake",
    "staffbase",
    "workplace",
    "workvivo",
    "zitadel",
    "zoom"
];

/// The forms of directories that are not SCIM, each as a dialect with a [`crate::whole::form::PushForm`].
const FORMS: [(&str, &str); 2] = [
    ("officevibe", include_str!("../../schemas/forms/officevibe.yaml")),
    ("workleap", include_str!("../../schemas/forms/workleap.yaml")),
];

/// The error for a dialect's file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct DialectError {
    /// The line and the column, if the error has a place.
    pub place: Option<(u64, u64)>,
    reason: String,
    /// The word that was probably meant.
    pub hint: Option<String>,
}

impl DialectError {
    /// An error in a row that was read but cannot be right.
    fn of_row(reason: &str) -> Self {
        Self {
            place: None,
            reason: reason.to_owned(),
            hint: None,
        }
    }

    fn of_yaml(error: &serde_saphyr::Error) -> Self {
        let place = error.location().map(|at| (at.line(), at.column()));
        let text = error.without_snippet().to_string();
        let said = text.strip_prefix("error: ").unwrap_or(&text);
        let said = place
            .and_then(|(line, column)| said.strip_prefix(&format!("line {line} column {column}: ")))
            .unwrap_or(said);
        let said = said.lines().next().unwrap_or_default();
        // The message is `unknown field `x`, expected one of a, b`. The nearest of forty names says more than
        // the list.
        let Some((reason, known)) = said.split_once(", expected one of ") else {
            return Self {
                place,
                reason: said.to_owned(),
                hint: None,
            };
        };
        let known: Vec<&str> = known
            .split([',', ' ', '`'])
            .filter(|word| !word.is_empty())
            .collect();
        let written = reason.split('`').nth(1).unwrap_or_default();
        Self {
            place,
            reason: reason.to_owned(),
            hint: Some(suggest::instead(written, &known)),
        }
    }
}

impl Dialect {
    /// The dialects that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// The hint after an unknown dialect name: the nearest name, or all names.
    pub(crate) fn instead(name: &str) -> String {
        suggest::instead(name, &Self::names().collect::<Vec<_>>())
    }

    /// The text of a dialect that comes with the program.
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        SHIPPED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
    }

    /// A dialect that comes with the program.
    ///
    /// # Panics
    /// If a shipped dialect is not valid, which a test excludes.
    pub fn shipped(name: &str) -> Option<Self> {
        Some(Self::parse(Self::shipped_text(name)?).expect("a shipped dialect is valid"))
    }

    /// The forms of directories that are not SCIM.
    pub fn forms() -> impl Iterator<Item = &'static str> {
        FORMS.iter().map(|(name, _)| *name)
    }

    /// The text of a form.
    pub fn form_text(name: &str) -> Option<&'static str> {
        FORMS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, text)| *text)
    }

    /// A form that comes with the program.
    ///
    /// # Panics
    /// If a shipped form is not valid, which a test excludes.
    pub fn form(name: &str) -> Option<Self> {
        Some(Self::parse(Self::form_text(name)?).expect("a shipped form is valid"))
    }

    /// Reads a dialect's file.
    pub fn parse(text: &str) -> Result<Self, DialectError> {
        let dialect = Self {
            emulation: read(text)?,
            notes: read(text)?,
            ..read(text)?
        };
        let keys = Keys::of_a_file();
        serde_saphyr::with_deserializer_from_str(text, |file| keys.deserialize(file))
            .map_err(|error| DialectError::of_yaml(&error))?;
        dialect.check()?;
        Ok(dialect)
    }

    /// Checks the rows for errors that their types cannot exclude.
    fn check(&self) -> Result<(), DialectError> {
        self.check_numbers()?;
        self.check_requests()?;
        self.check_names()
    }

    /// Checks the rows about paths, filters and headers.
    fn check_requests(&self) -> Result<(), DialectError> {
        for rate in &self.rates {
            if rate.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
                return Err(DialectError::of_row(
                    "rates: a path stands below the base URL and begins with a slash",
                ));
            }
        }
        if let Some(MembershipQuestion { filter, .. }) = &self.membership.ask
            && !filter.contains("{group}")
            && !filter.contains("{member}")
        {
            return Err(DialectError::of_row(
                "membership.ask: the filter must name {group}, {member} or both",
            ));
        }
        let kept = ["authorization", "host", "cookie", "content-length"];
        let is_kept = |name: &&String| kept.iter().any(|kept| name.eq_ignore_ascii_case(kept));
        match self.headers.keys().find(is_kept) {
            Some(name) => Err(DialectError::of_row(&format!(
                "headers: a dialect does not set {name}"
            ))),
            None => Ok(()),
        }
    }

    /// Checks the rows that name attributes.
    fn check_names(&self) -> Result<(), DialectError> {
        let catalog = crate::model::Catalog::with(&self.extensions);
        if let Writes::Whole(form) = &self.writes
            && let Some((kind, name)) = form.unknown_name(&catalog)
        {
            return Err(DialectError::of_row(&format!(
                "push: no {} has {name}",
                kind.word()
            )));
        }
        if let Some(unknown) = self.unknown_name() {
            let (rows, kind, name) = (unknown.rows, unknown.kind.word(), unknown.name);
            return Err(DialectError::of_row(&format!(
                "{rows}: a {kind} has no attribute `{name}`"
            )));
        }
        for kind in Kind::ALL {
            for (path, place) in self.places.of(kind) {
                if let Err(error) = WrittenPlace::parse(place) {
                    return Err(DialectError::of_row(&format!("places: {path}: {error}")));
                }
            }
        }
        Ok(())
    }

    /// Checks the rows that are numbers and must not be 0.
    fn check_numbers(&self) -> Result<(), DialectError> {
        let wide = |number: u32| number as usize;
        let rates = self.rates.iter().flat_map(|rate| [rate.requests, rate.seconds]);
        let numbers = [
            ("page_size", Some(wide(self.page_size))),
            ("page_cap", Some(wide(self.page_cap))),
            ("page_max", self.emulation.page_max.map(wide)),
            ("page_default", self.emulation.page_default.map(wide)),
            ("max_concurrency", Some(self.max_concurrency)),
            ("attempts", Some(wide(self.attempts))),
            ("throttled_attempts", Some(wide(self.throttled_attempts))),
            ("members_per_request", self.members_cap),
            (
                "membership.removals_per_request",
                self.membership.removals_per_request,
            ),
            ("membership.bytes_per_request", self.membership.bytes_per_request),
        ];
        let mut all = numbers
            .into_iter()
            .chain(rates.map(|number| ("rates", Some(wide(number)))));
        match all.find(|(_, number)| *number == Some(0)) {
            Some((row, _)) => Err(DialectError::of_row(&format!(
                "{row}: 0 would never do anything; give at least 1"
            ))),
            None => Ok(()),
        }
    }
}

/// Reads one of the structs from the text of a dialect's file.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, DialectError> {
    serde_saphyr::from_str(text).map_err(|error| DialectError::of_yaml(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_dialects_are_valid_and_named_as_their_files() {
        for name in Dialect::names() {
            let text = Dialect::shipped_text(name).expect("it is shipped");
            let dialect = Dialect::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            // Of these two, there is nothing that a user must know first.
            let is_plain = ["local", "rfc7644"].contains(&name);
            assert_eq!(
                (dialect.name.as_str(), dialect.notes.to_know().is_none()),
                (name, is_plain)
            );
        }
        for name in Dialect::forms() {
            let form = Dialect::form(name).expect("it is shipped");
            assert!(
                form.name == name && matches!(form.writes, Writes::Whole(_)),
                "{name}"
            );
        }
        assert!(
            Dialect::shipped("local")
                .is_some_and(|dialect| dialect.complete_listings && dialect.page_size == 1000)
        );
    }

    #[test]
    fn what_a_dialect_does_not_know_is_an_error() {
        for (rows, reason) in [
            ("page_sise: 5", "page_sise"),
            ("membership: { removals: list }", "removals"),
            ("membership: list", "expected mapping"),
            ("filters: { operator: [eq] }", "operator"),
            ("page_size: 0", "page_size"),
            ("delete: { users: maybe }", "maybe"),
            ("headers: { Authorization: x }", "Authorization"),
            ("rates: [{ requests: 1, seconds: 0 }]", "rates"),
            ("rates: [{ requests: 1, seconds: 1, path: Users }]", "slash"),
            ("membership: { ask: { list: users, filter: x } }", "{group}"),
            ("places: { users: { manager: 'a.b.c' } }", "places"),
            ("not_held: { users: [departement] }", "departement"),
            ("lookup: { users: [userName, nonsense], groups: [] }", "nonsense"),
            (
                "sources: { page_size: { from: x, checked: yesterday } }",
                "yesterday",
            ),
        ] {
            let error = Dialect::parse(&format!("name: x\n{rows}"))
                .expect_err(rows)
                .to_string();
            assert!(error.contains(reason), "{rows}: {error}");
        }
    }
}
