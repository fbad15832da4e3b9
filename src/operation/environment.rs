//! The environment variables that decide anything. The configuration may come from a pull request, the
//! environment does not.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

/// The variable that names the one origin that the token belongs to.
pub(super) const ORIGIN_VARIABLE: &str = "WPSYNC_ORIGIN";

/// The variable that names another address for Workleap's key than Workleap's own.
pub(super) const WORKLEAP_ORIGIN_VARIABLE: &str = "WPSYNC_WORKLEAP_ORIGIN";

type LookUp = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// A look-up of variables: those of the process, or a test's.
#[derive(Clone)]
pub struct Environment(Arc<LookUp>);

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Environment") // values are secrets
    }
}

impl Default for Environment {
    /// No variable is set.
    fn default() -> Self {
        Self::new(|_| None)
    }
}

impl Environment {
    /// Variables by a function from name to value.
    pub fn new(look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }

    /// The text of a variable; none where it is not set or not Unicode.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name)?.into_string().ok()
    }

    /// The text of the first of these variables that is set, unless that is empty.
    fn first(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .find_map(|name| self.text(name))
            .filter(|value| !value.is_empty())
    }

    /// The origin that the token belongs to, as `https://api.example.com`.
    pub(super) fn origin(&self) -> Option<String> {
        self.first(&[ORIGIN_VARIABLE])
    }

    /// The origin that Workleap's key belongs to.
    pub(super) fn workleap_origin(&self) -> Option<String> {
        self.first(&[WORKLEAP_ORIGIN_VARIABLE])
    }

    /// Who makes plans here.
    pub(super) fn author(&self) -> Option<String> {
        self.first(&["WPSYNC_AUTHOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"])
    }

    /// The commit of the sources.
    pub(super) fn commit(&self) -> Option<String> {
        self.first(&["WPSYNC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"])
    }

    /// Whether this runs in CI, as CI systems say.
    pub(super) fn is_ci(&self) -> bool {
        (self.0)("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
    }
}
