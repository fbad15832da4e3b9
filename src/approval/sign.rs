//! Signs with a key file. A key in an agent or on hardware signs through `ssh-keygen -Y sign`, and
//! [`checked`] checks the result.

use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, PrivateKey};

use super::allowed_signers;
use super::namespace::NAMESPACE;
use super::verify::{Refusal, check};
use crate::digest::hexadecimal;

/// A key, by what is needed to sign with it.
#[derive(Debug)]
pub enum SigningKey {
    /// It can sign.
    Ready(Box<PrivateKey>),
    /// It can sign once its passphrase is known.
    Locked(Box<PrivateKey>),
    /// `ssh-keygen` must sign. The file is a public key (the agent has the private key) or the handle of a
    /// hardware key.
    Elsewhere,
}

/// Why a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key.
    #[error("it is neither an OpenSSH private key nor a public key")]
    NotAKey,
    /// Apply does not verify keys of this kind.
    #[error(
        "keys of its kind are not verified by `wpsync apply`; use an ed25519 or ecdsa P-256 key, in a file \
         or on \
         hardware (sk-)"
    )]
    Unsupported,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open it")]
    Passphrase,
    /// The signature failed.
    #[error("it cannot sign")]
    Failed,
}

/// Reads the text of a key file.
///
/// # Errors
/// [`KeyError::NotAKey`] or [`KeyError::Unsupported`].
pub fn read(text: &str) -> Result<SigningKey, KeyError> {
    if let Some(key) = allowed_signers::key(text) {
        return if matches!(key.algorithm(), Algorithm::Rsa { .. } | Algorithm::Dsa) {
            Err(KeyError::Unsupported)
        } else {
            Ok(SigningKey::Elsewhere)
        };
    }
    let key = PrivateKey::from_openssh(text).map_err(|_| KeyError::NotAKey)?;
    match key.public_key().algorithm() {
        Algorithm::Ed25519
        | Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        } if key.is_encrypted() => Ok(SigningKey::Locked(Box::new(key))),
        Algorithm::Ed25519
        | Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        } => Ok(SigningKey::Ready(Box::new(key))),
        Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => Ok(SigningKey::Elsewhere),
        _ => Err(KeyError::Unsupported),
    }
}

/// Opens a locked key.
///
/// # Errors
/// [`KeyError::Passphrase`] if the passphrase does not open the key.
pub fn unlock(key: &PrivateKey, passphrase: &str) -> Result<PrivateKey, KeyError> {
    key.decrypt(passphrase).map_err(|_| KeyError::Passphrase)
}

/// Signs a statement.
///
/// # Errors
/// [`KeyError::Failed`] if the key cannot sign.
pub fn sign(key: &PrivateKey, statement: &str) -> Result<String, KeyError> {
    let signature = key
        .sign(NAMESPACE, HashAlg::Sha512, statement.as_bytes())
        .map_err(|_| KeyError::Failed)?;
    signature.to_pem(LineEnding::LF).map_err(|_| KeyError::Failed)
}

/// A key's fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// As OpenSSH shows it, `SHA256:…`.
    pub shown: String,
    /// The fingerprint as hexadecimal digits, for a file's name.
    pub digits: String,
}

/// The fingerprint of the key that made a signature on a statement. The key need not be an allowed signer's.
///
/// # Errors
/// [`Refusal`] if the signature does not hold.
pub fn checked(signature: &str, statement: &str) -> Result<Fingerprint, Refusal> {
    let fingerprint = check(statement.as_bytes(), signature)?.fingerprint(HashAlg::Sha256);
    Ok(Fingerprint {
        shown: fingerprint.to_string(),
        digits: hexadecimal(fingerprint.as_bytes()),
    })
}
