//! The arguments about the approvals of a plan.

use std::path::{Path, PathBuf};

use wpsync::operation::Approving;

use super::global::Global;

#[derive(Debug, clap::Args)]
pub(crate) struct ApprovalArgs {
    /// Who may approve (OpenSSH's allowed_signers); then the plan needs an approval, and two where it removes
    /// more than 3
    #[arg(long, value_name = "FILE", env = "WPSYNC_ALLOWED_SIGNERS", requires = "file")]
    allowed_signers: Option<PathBuf>,
    /// Public keys that no longer count, one a line
    #[arg(
        long,
        value_name = "FILE",
        env = "WPSYNC_REVOKED_KEYS",
        requires = "allowed_signers"
    )]
    revoked_keys: Option<PathBuf>,
}

impl ApprovalArgs {
    /// What these arguments say about a plan's approvals.
    pub(crate) fn approving(&self, global: &Global, plan: &Path) -> Approving {
        let place = |path: &Option<PathBuf>| path.as_ref().map(|path| global.folder.join(path));
        Approving {
            allowed_signers: place(&self.allowed_signers),
            revoked_keys: place(&self.revoked_keys),
            folder: folder(&global.folder.join(plan)),
        }
    }
}

/// The folder of a plan's approvals.
pub(crate) fn folder(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".approvals");
    name.into()
}
