//! Saved plans: read once, decrypted where they are encrypted, and only then believed.

use std::path::{Path, PathBuf};

use wpsync::encryption::{self, EncryptionError};
use wpsync::escape::Escaped;
use wpsync::plan::Plan;
use wpsync::state::{FileError, write_private};

use super::Global;
use super::exit::{Exit, Failure};

/// Who may read encrypted plans.
#[derive(Debug, clap::Args)]
pub(crate) struct IdentityArgs {
    /// The age identity that opens an encrypted plan (AGE-SECRET-KEY-1…, mode 0600)
    #[arg(long, value_name = "FILE", env = "WPSYNC_IDENTITY")]
    identity: Option<PathBuf>,
}

/// Reads a file whole, once: what is verified is what is used. An encrypted one is decrypted.
pub(crate) fn read(global: &Global, path: &Path, identity: &IdentityArgs) -> Result<Vec<u8>, Failure> {
    let path = global.folder.join(path);
    let bytes = std::fs::read(&path)
        .map_err(FileError::at("read", &path))
        .map_err(|error| Failure::from(error).hint("`wpsync plan` writes it"))?;
    if !encryption::is_encrypted(&bytes) {
        return Ok(bytes);
    }
    let identity = identity.identity.as_ref().ok_or_else(|| {
        Failure::error("the plan is encrypted")
            .hint("--identity FILE or WPSYNC_IDENTITY names the age identity that opens it")
    })?;
    let identities = private_text(&global.folder.join(identity), "the identity file")?;
    encryption::decrypt(&bytes, &identities).map_err(|error| failure(&error))
}

/// Reads a plan and believes it only if its seal holds.
pub(crate) fn plan(global: &Global, path: &Path, identity: &IdentityArgs) -> Result<Plan, Failure> {
    Ok(Plan::from_bytes(&read(global, path, identity)?)?)
}

/// Writes a plan that nobody else on this machine can read; with recipients, that nobody but them can read
/// anywhere.
pub(crate) fn write(path: &Path, plan: &Plan, recipients: &[String]) -> Result<(), Failure> {
    let mut bytes = plan.to_bytes();
    if !recipients.is_empty() {
        bytes = encryption::encrypt(&bytes, recipients).map_err(|error| failure(&error))?;
    }
    Ok(write_private(path, &bytes)?)
}

/// Reads a file that must be readable by its owner alone.
pub(crate) fn private_text(path: &Path, name: &str) -> Result<String, Failure> {
    let shown = Escaped(&path.display().to_string()).to_string();
    let unreadable = |error: std::io::Error| Failure::error(format!("cannot read {name} {shown}: {error}"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(
                Failure::error(format!("others can read {name} {shown}")).hint(format!("chmod 600 {shown}"))
            );
        }
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

fn failure(error: &EncryptionError) -> Failure {
    match error {
        EncryptionError::Damaged(_) => Failure::with(Exit::Seal, error.to_string()),
        EncryptionError::NotBuiltIn => {
            Failure::error(error.to_string()).hint("cargo install --locked wpsync --features encrypt")
        }
        _ => Failure::error(error.to_string()),
    }
}
