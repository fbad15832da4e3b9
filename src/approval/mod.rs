//! Approvals: who agreed to a plan, as OpenSSH signatures over a statement that the plan alone determines.
//!
//! `ssh-keygen -Y verify` accepts what [`sign`] makes, and [`Keyring::verify`] accepts what `ssh-keygen -Y
//! sign` makes with an agent or a hardware key. A file in OpenSSH's form says who may approve
//! ([`AllowedSigners`]). It does not come with the plan.
//!
//! Pure: keys and signatures come in as text, and the clock as a parameter.

mod allowed_signers;
mod namespace;
mod patterns;
mod people;
mod revoked;
mod rules;
pub mod sign;
mod statement;
mod verify;

pub use allowed_signers::{AllowedSigners, LineProblem, NotUnderstood};
pub use namespace::NAMESPACE;
pub use people::Approver;
pub use revoked::{RevokedKeys, RevokedKeysError};
pub use rules::{ApprovalRules, Judgement, Signature};
pub use statement::statement;
pub use verify::{Keyring, Refusal, Signed};
