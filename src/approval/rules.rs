//! How many people must approve a plan, and whether they did.

use std::collections::BTreeMap;

use super::allowed_signers::AllowedSigners;
use super::people::{Approver, PersonOfLine};
use super::revoked::RevokedKeys;
use super::statement::{removals, statement};
use super::verify::{Keyring, Refusal};
use crate::plan::Plan;

/// Who must approve a plan before it is applied.
#[derive(Clone, Debug, Default)]
pub struct ApprovalRules {
    /// The number of people who must approve.
    pub required: usize,
    /// The number of people who must approve a plan that removes more than a limit.
    pub required_with_removals: usize,
    /// The people who may approve.
    pub signers: AllowedSigners,
    /// Keys that no longer count.
    pub revoked: RevokedKeys,
}

/// The result of judging a plan's approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How many people must approve it.
    pub required: usize,
    /// The people who approved, each once.
    pub approvers: Vec<Approver>,
    /// The signatures that do not count, each by its name and with the reason.
    pub refusals: Vec<(String, Refusal)>,
    /// Whether the plan names its author. Without the name, an approval by the author cannot be recognised.
    pub author_is_known: bool,
}

impl Judgement {
    /// Whether enough people approved.
    pub fn holds(&self) -> bool {
        self.required == 0 || (self.author_is_known && self.approvers.len() >= self.required)
    }
}

/// A signature that comes with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of its file.
    pub name: String,
    /// Its text, in OpenSSH's form.
    pub text: String,
}

impl ApprovalRules {
    /// Judges the signatures that come with a plan. If the plan deletes or deactivates more than
    /// `allowed_removals` people and groups, `required_with_removals` applies.
    pub fn judge(
        &self,
        plan: &Plan,
        allowed_removals: u64,
        signatures: &[Signature],
        now: jiff::Timestamp,
    ) -> Judgement {
        let required = if removals(plan) > allowed_removals {
            self.required.max(self.required_with_removals)
        } else {
            self.required
        };
        let mut count = Count {
            rules: self,
            statement: statement(plan),
            author: plan.header.author.as_deref(),
            people: PersonOfLine::of(&self.signers),
            approvers: BTreeMap::new(),
        };
        let mut judgement = Judgement {
            required,
            approvers: Vec::new(),
            refusals: Vec::new(),
            author_is_known: plan.header.author.is_some(),
        };
        for signature in signatures {
            match count.add(signature, now) {
                Ok(approver) => judgement.approvers.push(approver),
                Err(refusal) => judgement.refusals.push((signature.name.clone(), refusal)),
            }
        }
        judgement
    }
}

/// The people who are counted so far.
struct Count<'a> {
    rules: &'a ApprovalRules,
    statement: String,
    author: Option<&'a str>,
    people: PersonOfLine,
    /// The name of each person who is counted.
    approvers: BTreeMap<usize, String>,
}

impl Count<'_> {
    fn add(&mut self, signature: &Signature, now: jiff::Timestamp) -> Result<Approver, Refusal> {
        let signers = &self.rules.signers;
        let keys = Keyring {
            signers,
            revoked: &self.rules.revoked,
        };
        let signed = keys.verify(self.statement.as_bytes(), &signature.text, None, now)?;
        let person = self.people.at(signed.lines[0]);
        let is_author = |author| self.people.is_called(signers, person, author);
        if self.author.is_some_and(is_author) {
            return Err(Refusal::Author);
        }
        if let Some(name) = self.approvers.get(&person) {
            return Err(Refusal::Again(name.clone()));
        }
        let principals = signed.principals[0].split(',');
        let name = principals.map(str::to_owned).next().unwrap_or_default();
        self.approvers.insert(person, name.clone());
        Ok(Approver {
            name,
            fingerprint: signed.fingerprint,
        })
    }
}
