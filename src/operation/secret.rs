//! Secrets in files and variables.

use std::path::Path;

use secrecy::SecretString;

use super::environment::Environment;
use super::problem::Problem;
use crate::escape::Escaped;
use crate::project::TokenSource;

/// Reads a file that only its owner may read. `name` says what the file is, for example `the token's file`.
///
/// # Errors
/// When others can read the file, or it cannot be read.
pub fn private_text(path: &Path, name: &str) -> Result<String, Problem> {
    let shown = Escaped(&path.display().to_string()).to_string();
    let unreadable = |error: std::io::Error| {
        Problem::error(format!("cannot read {name} {shown}: {error}")).caused_by(error)
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(
                Problem::error(format!("others can read {name} {shown}")).hint(format!("chmod 600 {shown}"))
            );
        }
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

/// The token that a configuration names.
pub(super) fn token(
    root: &Path,
    source: &TokenSource,
    environment: &Environment,
) -> Result<SecretString, Problem> {
    let token = match source {
        TokenSource::Env(name) => environment.text(name).ok_or_else(|| {
            Problem::error(format!("the token's variable {} is not set", Escaped(name)))
                .hint("export it, or name a file: token: { file: … }")
        })?,
        TokenSource::File(path) => private_text(&root.join(path), "the token's file")?,
    };
    let token = token.trim();
    if token.is_empty() {
        return Err(Problem::error("the token is empty"));
    }
    Ok(SecretString::from(token))
}
