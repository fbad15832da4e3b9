//! Reads saved plans: once, decrypted if they are encrypted, and verified before use.

use std::path::{Path, PathBuf};

use wpsync::encryption::{self, EncryptionError};
use wpsync::operation::{Problem, ProblemKind, private_text};
use wpsync::plan::Plan;
use wpsync::state::{FileError, write_private};

use super::global::Global;
use super::result::Result;

/// Who may read encrypted plans.
#[derive(Debug, clap::Args)]
pub(crate) struct IdentityArgs {
    /// The age identity that opens an encrypted plan (AGE-SECRET-KEY-1…, mode 0600)
    #[arg(long, value_name = "FILE", env = "WPSYNC_IDENTITY")]
    identity: Option<PathBuf>,
}

/// Reads a file whole and once, so that the verified bytes are the used bytes. An encrypted file is
/// decrypted.
pub(crate) fn read(global: &Global, path: &Path, identity: &IdentityArgs) -> Result<Vec<u8>> {
    let path = global.folder.join(path);
    let bytes = std::fs::read(&path)
        .map_err(FileError::at("read", &path))
        .map_err(|error| Problem::from(error).hint("`wpsync plan` writes it"))?;
    if !encryption::is_encrypted(&bytes) {
        return Ok(bytes);
    }
    let identity = identity.identity.as_ref().ok_or_else(|| {
        Problem::error("the plan is encrypted")
            .hint("--identity FILE or WPSYNC_IDENTITY names the age identity that opens it")
    })?;
    let identities = private_text(&global.folder.join(identity), "the identity file")?;
    encryption::decrypt(&bytes, &identities).map_err(failure)
}

/// Reads a plan and verifies its seal.
pub(crate) fn plan(global: &Global, path: &Path, identity: &IdentityArgs) -> Result<Plan> {
    Ok(Plan::from_bytes(&read(global, path, identity)?)?)
}

/// Writes a plan so that no other user of this machine can read it. With recipients, the plan is encrypted,
/// and only they can read it.
pub(crate) fn write(path: &Path, plan: &Plan, recipients: &[String]) -> Result<()> {
    let mut bytes = plan.to_bytes();
    if !recipients.is_empty() {
        bytes = encryption::encrypt(&bytes, recipients).map_err(failure)?;
    }
    Ok(write_private(path, &bytes)?)
}

fn failure(error: EncryptionError) -> Problem {
    let message = error.to_string();
    match error {
        EncryptionError::Damaged(_) => Problem::new(ProblemKind::Seal, message).caused_by(error),
        EncryptionError::NotBuiltIn => Problem::error(message)
            .caused_by(error)
            .hint("cargo install --locked wpsync --features encrypt"),
        _ => Problem::error(message).caused_by(error),
    }
}
