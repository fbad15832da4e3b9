//! The approvals beside a plan: where they stand, and whether they are enough.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wpsync::approval::{AllowedSigners, ApprovalRules, Approver, Judgement, RevokedKeys};
use wpsync::escape::Escaped;
use wpsync::plan::Plan;
use wpsync::project::{Approvals, PolicyFile};
use wpsync::state::FileError;

use super::exit::{Exit, Failure};
use super::ui::{Ui, plural};
use super::{Global, context};

/// How many people and groups a plan may delete or deactivate before it needs a second approval.
const REMOVALS_BY_ONE: u64 = 3;

/// No approval is longer, and nobody has more of them.
const LONGEST: u64 = 64 << 10;
const MOST: usize = 100;

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

/// The folder of a plan's approvals.
pub(crate) fn folder(plan: &Path) -> PathBuf {
    let mut name = plan.as_os_str().to_owned();
    name.push(".approvals");
    name.into()
}

/// Whether a policy asks for approvals.
pub(crate) fn are_asked(policy: Option<&PolicyFile>) -> bool {
    policy.is_some_and(|policy| policy.allowed_signers.is_some() || policy.approvals != Approvals::default())
}

/// What the policy and the command line ask of approvals; none where neither names signers. The policy's
/// signers are the ones that count.
pub(crate) fn rules(global: &Global, args: &ApprovalArgs, ui: &Ui) -> Result<Option<ApprovalRules>, Failure> {
    let policy = context::read_policy(global, ui)?;
    let of_policy = policy.as_ref().and_then(|policy| policy.allowed_signers.clone());
    let Some(path) = of_policy.or_else(|| {
        args.allowed_signers
            .as_ref()
            .map(|signers| global.folder.join(signers))
    }) else {
        if are_asked(policy.as_ref()) {
            return Err(Failure::with(
                Exit::Seal,
                "the policy asks for approvals, and nobody says who may give them",
            )
            .hint("name the file of OpenSSH's allowed_signers in the policy, or with --allowed-signers"));
        }
        return Ok(None);
    };
    let asked = policy.map(|policy| policy.approvals).unwrap_or_default();
    let text = std::fs::read_to_string(&path).map_err(FileError::at("read", &path))?;
    let signers = AllowedSigners::parse(&text);
    for problem in signers.problems() {
        ui.note(&format!(
            "warning: {}: {problem}",
            Escaped(&path.display().to_string())
        ));
    }
    let revoked = match &args.revoked_keys {
        Some(revoked) => revoked_keys(&global.folder.join(revoked))?,
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

fn revoked_keys(path: &Path) -> Result<RevokedKeys, Failure> {
    let bytes = std::fs::read(path).map_err(FileError::at("read", path))?;
    RevokedKeys::parse(&bytes).map_err(|error| {
        Failure::with(
            Exit::Seal,
            format!(
                "the revoked keys in {}: {error}",
                Escaped(&path.display().to_string())
            ),
        )
    })
}

/// The people who approved a plan, if they are enough.
pub(crate) fn approvers(rules: &ApprovalRules, path: &Path, plan: &Plan) -> Result<Vec<Approver>, Failure> {
    let folder = folder(path);
    let signatures = read(&folder)?;
    let judgement = rules.judge(plan, REMOVALS_BY_ONE, &signatures, jiff::Timestamp::now());
    if judgement.holds() {
        Ok(judgement.approvers)
    } else {
        Err(refused(&judgement, &folder))
    }
}

fn refused(judgement: &Judgement, folder: &Path) -> Failure {
    let Judgement {
        required,
        approvers,
        refusals,
        author_is_known,
    } = judgement;
    let shown = Escaped(&folder.display().to_string()).to_string();
    if !author_is_known {
        return Failure::with(
            Exit::Seal,
            "the plan does not say who made it, so no approval can be told from its author's own",
        )
        .hint("set WPSYNC_AUTHOR where plans are made (GitHub and GitLab say it by themselves)");
    }
    let mut message = format!(
        "the plan is approved by {} of the {} that it needs",
        approvers.len(),
        plural(*required, "other person").replace("persons", "people")
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
    Failure::with(Exit::Seal, message).hint(format!(
        "`wpsync approve PLAN --key FILE` writes an approval into {shown}"
    ))
}

/// The signatures of a folder, by name; none where there is no folder.
fn read(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
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
        return Err(Failure::with(
            Exit::Seal,
            format!(
                "there are {} approvals, and no plan needs more than {MOST}",
                paths.len()
            ),
        ));
    }
    let signature = |path: &PathBuf| {
        let is_one =
            std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LONGEST);
        let text = if is_one {
            std::fs::read(path).map_err(FileError::at("read", path))?
        } else {
            Vec::new()
        };
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok((name, String::from_utf8_lossy(&text).into_owned()))
    };
    paths.iter().map(signature).collect()
}
