//! Verifies one signature: whether it is on this statement, for this purpose, by a key that may sign now.

use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, PublicKey, SshSig};

use super::allowed_signers::{AllowedSigners, Excluded};
use super::namespace::NAMESPACE;
use super::patterns;
use super::revoked::RevokedKeys;

/// Why a signature is no approval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not a signature.
    #[error("it is not an OpenSSH signature")]
    NotASignature,
    /// It was made for another purpose.
    #[error("it was made for another purpose (namespace {0:?})")]
    Namespace(String),
    /// Its kind of key is not supported.
    #[error(
        "it is of a kind that wpsync does not verify ({0}); use an ed25519 or ecdsa P-256 key, in a file or \
         on \
         hardware (sk-)"
    )]
    Unsupported(String),
    /// It does not fit the statement.
    #[error("it is not a signature on this plan: the plan, the statement or the signature is another")]
    Mismatch,
    /// The key was revoked.
    #[error("its key is revoked")]
    Revoked,
    /// No allowed signer has this key.
    #[error("no line of the allowed signers has its key")]
    Unknown,
    /// The key may not sign for this purpose.
    #[error("its key may not sign in the namespace {NAMESPACE}")]
    KeyNamespace,
    /// The key may sign later.
    #[error("its key is not valid yet")]
    NotYetValid,
    /// The key may no longer sign.
    #[error("its key has expired")]
    Expired,
    /// The signer is the author of the plan.
    #[error("it is by the author of the plan")]
    Author,
    /// The signer's approval is counted already.
    #[error("it is by {0}, who is counted already")]
    Again(String),
}

/// A signature that holds, and the allowed-signer lines with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The key's fingerprint, as `SHA256:…`.
    pub fingerprint: String,
    /// The positions of these lines among the lines that are understood.
    pub(super) lines: Vec<usize>,
    /// The principals of these lines, as the file has them.
    pub principals: Vec<String>,
}

/// Reads a signature and checks that it is on these bytes and in our namespace. Any supported key may have
/// made it.
pub(super) fn check(statement: &[u8], signature: &str) -> Result<PublicKey, Refusal> {
    let signature = SshSig::from_pem(signature.trim_end()).map_err(|_| Refusal::NotASignature)?;
    // OpenSSH leaves `reserved` out of the bytes that it verifies, and `ssh-key` includes it. No program
    // writes it.
    if !signature.reserved().is_empty() {
        return Err(Refusal::NotASignature);
    }
    if signature.namespace() != NAMESPACE {
        return Err(Refusal::Namespace(signature.namespace().to_owned()));
    }
    let key = PublicKey::from(signature.public_key().clone());
    if !is_supported(key.key_data()) {
        return Err(Refusal::Unsupported(key.algorithm().to_string()));
    }
    key.verify(NAMESPACE, statement, &signature)
        .map_err(|_| Refusal::Mismatch)?;
    Ok(key)
}

fn is_supported(key: &KeyData) -> bool {
    let p256 = Algorithm::Ecdsa {
        curve: EcdsaCurve::NistP256,
    };
    matches!(
        key.algorithm(),
        Algorithm::Ed25519 | Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256
    ) || key.algorithm() == p256
}

/// The keys whose signatures count.
#[derive(Clone, Copy, Debug)]
pub struct Keyring<'a> {
    /// Who may sign.
    pub signers: &'a AllowedSigners,
    /// Keys that no longer count.
    pub revoked: &'a RevokedKeys,
}

impl Keyring<'_> {
    /// Verifies a signature on a statement. With a principal, only lines that name it count, as with
    /// `ssh-keygen -Y verify -I`.
    ///
    /// # Errors
    /// [`Refusal`], except `Author` and `Again`: these two need the plan's author and its other signatures.
    pub fn verify(
        &self,
        statement: &[u8],
        signature: &str,
        principal: Option<&str>,
        now: jiff::Timestamp,
    ) -> Result<Signed, Refusal> {
        let key = check(statement, signature)?;
        if self.revoked.contains(key.key_data()) {
            return Err(Refusal::Revoked);
        }
        let mut refusal = Refusal::Unknown;
        let mut allowing = Vec::new();
        for (place, line) in self.signers.lines.iter().enumerate() {
            let names = |principal| patterns::covers(&line.principals, principal);
            if line.key != *key.key_data() || !principal.is_none_or(names) {
                continue;
            }
            match line.permits(NAMESPACE, now) {
                Ok(()) => allowing.push(place),
                Err(excluded) => refusal = excluded.into(),
            }
        }
        if allowing.is_empty() {
            return Err(refusal);
        }
        let principals = allowing
            .iter()
            .map(|place| &self.signers.lines[*place].principals);
        Ok(Signed {
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            principals: principals.cloned().collect(),
            lines: allowing,
        })
    }
}

impl From<Excluded> for Refusal {
    fn from(excluded: Excluded) -> Self {
        match excluded {
            Excluded::Namespace => Self::KeyNamespace,
            Excluded::NotYetValid => Self::NotYetValid,
            Excluded::Expired => Self::Expired,
        }
    }
}
