//! Dialects as files: those that come with the program, and any other; what a file may not say.

use super::{Ask, Dialect};
use crate::diagnostics::suggest;
use crate::digest::Digest;
use crate::model::Kind;

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

/// The forms of directories that are not SCIM, each as a dialect with a [`super::PushForm`].
const FORMS: [(&str, &str); 2] = [
    ("officevibe", include_str!("../../schemas/forms/officevibe.yaml")),
    ("workleap", include_str!("../../schemas/forms/workleap.yaml")),
];

/// A dialect's file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct DialectError {
    /// The line and the column, where one is to blame.
    pub place: Option<(u64, u64)>,
    reason: String,
    /// The word that was probably meant.
    pub hint: Option<String>,
}

impl DialectError {
    fn of_yaml(error: &serde_saphyr::Error) -> Self {
        let place = error.location().map(|at| (at.line(), at.column()));
        let text = error.without_snippet().to_string();
        let said = text.strip_prefix("error: ").unwrap_or(&text);
        let said = place
            .and_then(|(line, column)| said.strip_prefix(&format!("line {line} column {column}: ")))
            .unwrap_or(said);
        let said = said.lines().next().unwrap_or_default();
        // `unknown field `x`, expected one of a, b`: of a list of forty, the nearest says more.
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

    /// The way out after a name that no dialect has: the nearest one, or all of them.
    pub fn instead(name: &str) -> String {
        suggest::instead(name, &Self::names().collect::<Vec<_>>())
    }

    /// The file of a dialect that comes with the program.
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

    /// The file of a form.
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
        let mut dialect: Self =
            serde_saphyr::from_str(text).map_err(|error| DialectError::of_yaml(&error))?;
        dialect.check().map_err(|reason| DialectError {
            place: None,
            reason,
            hint: None,
        })?;
        dialect.digest = Some(Digest::of_bytes(text.as_bytes()));
        Ok(dialect)
    }

    /// What the types of the rows cannot exclude.
    fn check(&self) -> Result<(), String> {
        self.check_numbers()?;
        for rate in &self.rates {
            if rate.path.as_deref().is_some_and(|path| !path.starts_with('/')) {
                return Err("rates: a path stands below the base URL and begins with a slash".to_owned());
            }
        }
        if let Some(Ask { filter, .. }) = &self.membership.ask
            && !filter.contains("{group}")
            && !filter.contains("{member}")
        {
            return Err("membership.ask: the filter must name {group}, {member} or both".to_owned());
        }
        for name in self.headers.keys() {
            if ["authorization", "host", "cookie", "content-length"]
                .iter()
                .any(|kept| name.eq_ignore_ascii_case(kept))
            {
                return Err(format!("headers: a dialect does not set {name}"));
            }
        }
        if let Some(reason) = self
            .push
            .as_ref()
            .and_then(|form| form.unknown_name(&crate::model::Catalog::with(&self.extensions)))
        {
            return Err(reason);
        }
        if let Some(reason) = self.unknown_name() {
            return Err(reason);
        }
        for kind in Kind::ALL {
            for (path, place) in self.places.of(kind) {
                super::wire::Place::parse(place).map_err(|reason| format!("places: {path}: {reason}"))?;
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), String> {
        let mut numbers = vec![
            ("page_size", self.page_size as usize),
            ("page_cap", self.page_cap as usize),
            ("max_concurrency", self.max_concurrency),
            ("attempts", self.attempts as usize),
            ("throttled_attempts", self.throttled_attempts as usize),
        ];
        numbers.extend(self.page_max.map(|number| ("page_max", number as usize)));
        numbers.extend(self.page_default.map(|number| ("page_default", number as usize)));
        numbers.extend(self.members_cap.map(|number| ("members_per_request", number)));
        numbers.extend(
            self.membership
                .removals_per_request
                .map(|number| ("membership.removals_per_request", number)),
        );
        numbers.extend(
            self.membership
                .bytes_per_request
                .map(|number| ("membership.bytes_per_request", number)),
        );
        numbers.extend(self.rates.iter().flat_map(|rate| {
            [
                ("rates", rate.requests as usize),
                ("rates", rate.seconds as usize),
            ]
        }));
        match numbers.into_iter().find(|(_, number)| *number == 0) {
            Some((row, _)) => Err(format!("{row}: 0 would never do anything; give at least 1")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_dialects_are_valid_and_named_as_their_files() {
        for name in Dialect::names() {
            let text = Dialect::shipped_text(name).expect("it is shipped");
            let dialect = Dialect::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((dialect.name.as_str(), dialect.digest.is_some()), (name, true));
        }
        for name in Dialect::forms() {
            let form = Dialect::form(name).expect("it is shipped");
            assert!(form.name == name && form.push.is_some(), "{name}");
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
