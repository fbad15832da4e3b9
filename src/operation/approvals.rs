//! The approvals beside a plan: where they are, and whether they are enough.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::opened::Location;
use super::problem::{Problem, ProblemKind};
use super::surroundings::Surroundings;
use crate::approval::{AllowedSigners, ApprovalRules, Approver, Judgement, RevokedKeys, Signature};
use crate::escape::Escaped;
use crate::plan::Plan;
use crate::project::{Approvals, PolicyFile};
use crate::state::FileError;

/// How many people and groups a plan may delete or deactivate before it needs a second approval.
const REMOVALS_BY_ONE: u64 = 3;

/// The largest size of an approval in bytes, and the largest number of approvals.
const LONGEST: u64 = 64 << 10;
const MOST: usize = 100;

/// Where an apply finds its approvals and the people who may give them.
#[derive(Clone, Debug, Default)]
pub struct Approving {
    /// The file of the people who may approve, in the form of OpenSSH's `allowed_signers`. The policy's file
    /// takes precedence.
    pub allowed_signers: Option<PathBuf>,
    /// The file of revoked keys, one per line.
    pub revoked_keys: Option<PathBuf>,
    /// The folder of the signatures, one per file with the extension `sig`.
    pub folder: PathBuf,
}

/// Whether a policy asks for approvals.
pub(super) fn are_asked(policy: Option<&PolicyFile>) -> bool {
    policy.is_some_and(|policy| policy.allowed_signers.is_some() || policy.approvals != Approvals::default())
}

/// The approval rules of the policy and of this apply. `None` if neither names signers; if both do, the
/// policy's signers count.
pub(super) fn rules(
    location: &Location,
    policy: Option<&PolicyFile>,
    approving: &Approving,
    around: &Surroundings<'_>,
) -> Result<Option<ApprovalRules>, Problem> {
    let of_policy = policy.and_then(|policy| policy.allowed_signers.as_ref());
    let Some(path) = of_policy.or(approving.allowed_signers.as_ref()) else {
        if are_asked(policy) {
            return Err(Problem::new(
                ProblemKind::Seal,
                "the policy asks for approvals, and nobody says who may give them",
            )
            .hint("name the file of OpenSSH's allowed_signers in the policy, or with --allowed-signers"));
        }
        return Ok(None);
    };
    let asked = policy.map(|policy| policy.approvals).unwrap_or_default();
    let text = location
        .folder
        .read_text(path)
        .map_err(FileError::at("read", path))?;
    let signers = AllowedSigners::parse(&text);
    for problem in signers.problems() {
        around.watch.note(&format!(
            "warning: {}: {problem}",
            Escaped(&path.display().to_string())
        ));
    }
    let revoked = match &approving.revoked_keys {
        Some(revoked) => revoked_keys(revoked)?,
        None => RevokedKeys::default(),
    };
    Ok(Some(ApprovalRules {
        required: count(asked.required).max(1),
        required_with_removals: count(asked.removals).max(2),
        signers,
        revoked,
    }))
}

fn count(asked: u64) -> usize {
    usize::try_from(asked).unwrap_or(usize::MAX)
}

fn revoked_keys(path: &Path) -> Result<RevokedKeys, Problem> {
    let bytes = std::fs::read(path).map_err(FileError::at("read", path))?;
    RevokedKeys::parse(&bytes).map_err(|error| {
        Problem::new(
            ProblemKind::Seal,
            format!(
                "the revoked keys in {}: {error}",
                Escaped(&path.display().to_string())
            ),
        )
    })
}

/// The people who approved a plan. It is an error if they are not enough.
pub(super) fn approvers(
    rules: &ApprovalRules,
    folder: &Path,
    plan: &Plan,
    now: jiff::Timestamp,
) -> Result<Vec<Approver>, Problem> {
    let judgement = rules.judge(plan, REMOVALS_BY_ONE, &read(folder)?, now);
    if judgement.holds() {
        Ok(judgement.approvers)
    } else {
        Err(refused(&judgement, folder))
    }
}

fn refused(judgement: &Judgement, folder: &Path) -> Problem {
    let Judgement {
        required,
        approvers,
        refusals,
        author_is_known,
    } = judgement;
    let shown = Escaped(&folder.display().to_string()).to_string();
    if !author_is_known {
        return Problem::new(
            ProblemKind::Seal,
            "the plan does not say who made it, so no approval can be told from its author's own",
        )
        .hint("set WPSYNC_AUTHOR where plans are made (GitHub and GitLab say it by themselves)");
    }
    let mut message = format!(
        "the plan is approved by {} of the {} that it needs",
        approvers.len(),
        match required {
            1 => "1 other person".to_owned(),
            many => format!("{many} other people"),
        }
    );
    for approver in approvers {
        let _ = write!(
            message,
            "\n  + {} ({})",
            Escaped(&approver.name),
            approver.fingerprint
        );
    }
    for (name, refusal) in refusals {
        let _ = write!(
            message,
            "\n  - {}: {}",
            Escaped(name),
            Escaped(&refusal.to_string())
        );
    }
    Problem::new(ProblemKind::Seal, message).hint(format!(
        "`wpsync approve PLAN --key FILE` writes an approval into {shown}"
    ))
}

/// The signatures in a folder, sorted by name. Empty if there is no folder.
fn read(folder: &Path) -> Result<Vec<Signature>, Problem> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::at("read", folder)(error).into()),
    };
    let paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(FileError::at("read", folder))?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sig"));
    paths.sort();
    if paths.len() > MOST {
        return Err(Problem::new(
            ProblemKind::Seal,
            format!(
                "there are {} approvals, and no plan needs more than {MOST}",
                paths.len()
            ),
        ));
    }
    let signature = |path: &PathBuf| {
        let is_small =
            std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LONGEST);
        let text = if is_small {
            std::fs::read(path).map_err(FileError::at("read", path))?
        } else {
            Vec::new()
        };
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Signature {
            name,
            text: String::from_utf8_lossy(&text).into_owned(),
        })
    };
    paths.iter().map(signature).collect()
}
