//! Keys that no longer count, whatever the allowed signers say. The file is a plain list of public keys, one
//! per line, as `ssh-keygen -r` takes it.

use ssh_key::public::KeyData;

use super::allowed_signers;

/// Keys that no longer count.
#[derive(Clone, Debug, Default)]
pub struct RevokedKeys(Vec<KeyData>);

/// The error for a list that cannot be read in full. Such a list could let a revoked key pass.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevokedKeysError {
    /// Not a public key.
    #[error("line {0} is not a public key, so nobody knows whom it revokes")]
    Line(usize),
    /// A key revocation list, which is binary.
    #[error("it is a binary key revocation list; wpsync reads a plain list of public keys, one a line")]
    Binary,
}

impl RevokedKeys {
    /// Reads a file's bytes. If any line is not a key, the whole list is refused.
    ///
    /// # Errors
    /// [`RevokedKeysError`] if a line is not a public key, or if the bytes are not text.
    pub fn parse(bytes: &[u8]) -> Result<Self, RevokedKeysError> {
        let text = std::str::from_utf8(bytes)
            .ok()
            .filter(|text| !text.contains('\0'))
            .ok_or(RevokedKeysError::Binary)?;
        let lines = text
            .lines()
            .enumerate()
            .map(|(number, line)| (number + 1, line.trim()));
        let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        keys.map(|(number, line)| allowed_signers::key(line).ok_or(RevokedKeysError::Line(number)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a key is revoked.
    pub(super) fn contains(&self, key: &KeyData) -> bool {
        self.0.contains(key)
    }
}
