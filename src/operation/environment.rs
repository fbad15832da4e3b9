//! The environment variables that wpsync reads. The configuration may come from a pull request, the
//! environment does not.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

/// The variable that names the one origin that the token belongs to.
pub(super) const ORIGIN_VARIABLE: &str = "WPSYNC_ORIGIN";

/// The variable that replaces Workleap's own address as the one that its key is sent to.
pub(super) const WORKLEAP_ORIGIN_VARIABLE: &str = "WPSYNC_WORKLEAP_ORIGIN";

type LookUp = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// A lookup of variables: those of the process, or a test's.
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
    /// Variables from a function that maps a name to its value.
    pub fn new(look_up: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }

    /// The value of a variable. `None` if it is not set.
    pub fn value(&self, name: &str) -> Option<OsString> {
        (self.0)(name)
    }

    /// The text of a variable. `None` if it is not set or not Unicode.
    pub fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.into_string().ok()
    }

    /// The text of the first of these variables that is set. `None` if that text is empty.
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

    /// The person who makes plans here.
    pub(super) fn author(&self) -> Option<String> {
        self.first(&["WPSYNC_AUTHOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"])
    }

    /// The commit of the sources.
    pub(super) fn commit(&self) -> Option<String> {
        self.first(&["WPSYNC_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA"])
    }

    /// Whether this runs in CI, by the variables that CI systems set.
    pub(super) fn is_ci(&self) -> bool {
        self.value("CI")
            .is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
    }
}
