//! How many people must approve a plan, and whether they did.

use super::people::{Approver, People};
use super::statement::{removals, statement};
use super::verify::{Refusal, verify};
use super::{AllowedSigners, RevokedKeys};
use crate::plan::Plan;

/// Who must approve a plan before it is applied.
#[derive(Clone, Debug, Default)]
pub struct ApprovalRules {
    /// How many people.
    pub required: usize,
    /// How many people, where the plan removes more than a limit.
    pub required_with_removals: usize,
    /// Who may.
    pub signers: AllowedSigners,
    /// Keys that no longer count.
    pub revoked: RevokedKeys,
}

/// What the approvals of a plan amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How many people must approve it.
    pub required: usize,
    /// Those who did, each once.
    pub approvers: Vec<Approver>,
    /// Each signature that does not count, by its name, and why.
    pub refusals: Vec<(String, Refusal)>,
    /// Whether the plan says who made it. Where it does not, nobody can be told from its author.
    pub author_is_known: bool,
}

impl Judgement {
    /// Whether enough people approved.
    pub fn holds(&self) -> bool {
        self.required == 0 || (self.author_is_known && self.approvers.len() >= self.required)
    }
}

impl ApprovalRules {
    /// Judges the signatures (name and text) that come with a plan. `allowed_removals` is how many people and
    /// groups a plan may delete or deactivate before `required_with_removals` holds.
    pub fn judge(
        &self,
        plan: &Plan,
        allowed_removals: u64,
        signatures: &[(String, String)],
        now: jiff::Timestamp,
    ) -> Judgement {
        let required = if removals(plan) > allowed_removals {
            self.required.max(self.required_with_removals)
        } else {
            self.required
        };
        let author = plan.header.author.as_deref();
        let (statement, people) = (statement(plan), People::of(&self.signers));
        let mut judgement = Judgement {
            required,
            approvers: Vec::new(),
            refusals: Vec::new(),
            author_is_known: author.is_some(),
        };
        let mut counted: Vec<(usize, String)> = Vec::new();
        for (name, text) in signatures {
            let signed = verify(
                statement.as_bytes(),
                text,
                None,
                (&self.signers, &self.revoked),
                now,
            )
            .and_then(|signed| {
                let person = people.of_line(signed.entries[0]);
                if author.is_some_and(|author| people.is_called(&self.signers, person, author)) {
                    return Err(Refusal::Author);
                }
                match counted.iter().find(|(other, _)| *other == person) {
                    Some((_, name)) => Err(Refusal::Again(name.clone())),
                    None => Ok((person, signed)),
                }
            });
            match signed {
                Ok((person, signed)) => {
                    let name = signed.principals[0]
                        .split(',')
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    counted.push((person, name.clone()));
                    judgement.approvers.push(Approver {
                        name,
                        fingerprint: signed.fingerprint,
                    });
                }
                Err(refusal) => judgement.refusals.push((name.clone(), refusal)),
            }
        }
        judgement
    }
}
