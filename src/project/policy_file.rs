//! The policy file: rules that a pull request cannot change. It is kept outside of the repository of the
//! configuration. If both set a limit, the stricter one holds, so a configuration can only tighten the
//! policy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::Folder;
use super::limits::{Limits, limits};
use super::load::LoadError;
use super::safeguards::Protected;
use super::safeguards::{MinAdmins, min_admins, number, own_account, protect};
use super::section::Section;
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Files, Origin};
use crate::digest::Digest;
use crate::model::Key;
use crate::source::decode;
use crate::yaml::{Node, document};

/// A policy without errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// The digest of the file's bytes, which a plan is bound to.
    pub digest: Digest,
    /// How much may change.
    pub limits: Limits,
    /// The people and groups that no plan may touch.
    pub protect: Vec<Protected>,
    /// The account of the token.
    pub own_account: Option<Key>,
    /// How many administrators must stay.
    pub min_admins: Option<MinAdmins>,
    /// The origin that the token belongs to.
    pub origin: Option<String>,
    /// The tenant that plans may be for.
    pub tenant: Option<String>,
    /// The file of the people who may approve plans, in the form of OpenSSH's `allowed_signers`.
    pub allowed_signers: Option<PathBuf>,
    /// How many approvals a plan needs.
    pub approvals: Approvals,
}

/// How many distinct people must approve a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    /// The number of approvals for any plan.
    pub required: u64,
    /// The number of approvals for a plan with more than 3 deletions and deactivations.
    pub removals: u64,
}

impl PolicyFile {
    /// Reads a policy file. `None` if it has a mistake, which is added to `diagnostics`.
    ///
    /// # Errors
    /// [`LoadError`] if the file does not exist or cannot be read.
    pub fn load(
        folder: &Folder,
        path: &Path,
        files: &mut Files,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<Self>, LoadError> {
        let bytes = folder.read_named(path).map_err(|reason| LoadError {
            path: path.to_owned(),
            reason,
        })?;
        let name: Arc<str> = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into();
        let digest = Digest::of_bytes(&bytes);
        let text = match decode(bytes) {
            Ok(text) => text,
            Err(bad) => {
                let file = files.add(name, "");
                diagnostics.push(bad.problem.at(Origin {
                    file,
                    line: bad.line,
                    column: bad.column,
                }));
                return Ok(None);
            }
        };
        let file = files.add(name, text);
        let text = files.text(file).clone();
        let mut found = Diagnostics::new();
        let policy = parse(path, file, &text, digest, &mut found);
        let is_right = !found.has_errors();
        diagnostics.append(found);
        Ok(policy.filter(|_| is_right))
    }
}

/// Reads a policy's text. `digest` is the digest of its bytes.
fn parse(
    path: &Path,
    file: FileId,
    text: &str,
    digest: Digest,
    diagnostics: &mut Diagnostics,
) -> Option<PolicyFile> {
    let Some(node) = document(file, text, diagnostics) else {
        if !diagnostics.has_errors() {
            let problem = Diagnostic::error("empty-policy", Origin::start_of(file), "the policy is empty");
            diagnostics.push(problem.hint("write at least `version: 1`"));
        }
        return None;
    };
    let mut section = Section::open(node, "the policy", diagnostics)?;
    if let Some((version, origin)) = section
        .require("version", "version: 1", diagnostics)
        .and_then(|node| {
            let version = super::section::text(&node, "`version`", diagnostics)?.to_owned();
            Some((version, node.origin))
        })
        && version != "1"
    {
        let problem = Diagnostic::error("unknown-version", origin, "this policy is of another version");
        diagnostics.push(problem.hint("this program reads `version: 1`"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let policy = PolicyFile {
        digest,
        limits: limits(section.take("limits"), diagnostics),
        protect: protect(section.take("protect"), diagnostics),
        own_account: own_account(&mut section, diagnostics),
        min_admins: min_admins(section.take("min_admins"), diagnostics),
        origin: section.take_text("origin", diagnostics).map(|(origin, _)| origin),
        tenant: section.take_text("tenant", diagnostics).map(|(tenant, _)| tenant),
        allowed_signers: section
            .take_text("allowed_signers", diagnostics)
            .map(|(path, _)| folder.join(path)),
        approvals: approvals(section.take("approvals"), diagnostics),
    };
    section.finish(diagnostics);
    Some(policy)
}

fn approvals(node: Option<Node<'_>>, diagnostics: &mut Diagnostics) -> Approvals {
    let mut approvals = Approvals::default();
    let Some(mut section) = node.and_then(|node| Section::open(node, "`approvals`", diagnostics)) else {
        return approvals;
    };
    let mut take = |key| {
        section
            .take(key)
            .and_then(|node| number(&node, &format!("`{key}`"), diagnostics))
    };
    approvals.required = take("required").unwrap_or(0);
    approvals.removals = take("removals").unwrap_or(0).max(approvals.required);
    section.finish(diagnostics);
    approvals
}
