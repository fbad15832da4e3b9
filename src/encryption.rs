//! Encrypted plans: age (age-encryption.org) to named recipients, armored.
//!
//! age does not authenticate the sender. A plan is therefore decrypted first, and then its seal, its expected
//! digest and its approvals are verified as for any plan. The `age` crate comes with the feature `encrypt`.
//! Without the feature, an encrypted plan is recognised and refused with the reason.

/// The first bytes of an encrypted plan.
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// Why a plan cannot be encrypted or decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// The program was built without the feature.
    #[error("this wpsync was built without encryption")]
    NotBuiltIn,
    /// Not a recipient.
    #[error("{0} is not an age recipient (age1…)")]
    Recipient(String),
    /// Not a file of identities.
    #[error("the identity file is not one of age (AGE-SECRET-KEY-1…): {0}")]
    Identity(String),
    /// None of the identities opens the plan.
    #[error("none of the identities opens this plan")]
    NoMatch,
    /// The encrypted bytes are damaged or were changed.
    #[error("the encrypted plan is damaged: {0}")]
    Damaged(String),
    /// The encryption itself failed.
    #[error("cannot encrypt: {0}")]
    Failed(String),
}

/// Whether a file is encrypted.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(ARMOR)
}

pub use with_age::{decrypt, encrypt};

#[cfg(feature = "encrypt")]
mod with_age {
    use std::io::{Read as _, Write as _};

    use age::armor::{ArmoredReader, ArmoredWriter, Format};
    use age::{DecryptError, Decryptor, Encryptor, IdentityFile, Recipient};

    use super::EncryptionError;
    use crate::escape::Escaped;

    /// Encrypts bytes to recipients. Each recipient can read the result.
    ///
    /// # Errors
    /// If a recipient is not an age recipient, or the encryption fails.
    pub fn encrypt(bytes: &[u8], recipients: &[String]) -> Result<Vec<u8>, EncryptionError> {
        let parse = |text: &String| {
            text.parse::<age::x25519::Recipient>()
                .map_err(|_| EncryptionError::Recipient(format!("{:?}", Escaped(text).to_string())))
        };
        let recipients = recipients.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        let encryptor = Encryptor::with_recipients(recipients.iter().map(|one| one as &dyn Recipient))
            .map_err(|error| EncryptionError::Failed(error.to_string()))?;
        let write = || -> std::io::Result<Vec<u8>> {
            let mut writer =
                encryptor.wrap_output(ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?)?;
            writer.write_all(bytes)?;
            writer.finish()?.finish()
        };
        write().map_err(|error| EncryptionError::Failed(error.to_string()))
    }

    /// Decrypts with the identities in the text of an identity file.
    ///
    /// # Errors
    /// If the text is not an identity file, if no identity opens the plan, or if the bytes are damaged.
    pub fn decrypt(bytes: &[u8], identities: &str) -> Result<Vec<u8>, EncryptionError> {
        let damaged = |error: &dyn std::fmt::Display| EncryptionError::Damaged(error.to_string());
        let file = IdentityFile::from_buffer(identities.as_bytes())
            .map_err(|error| EncryptionError::Identity(error.to_string()))?;
        let identities = file
            .into_identities()
            .map_err(|error| EncryptionError::Identity(error.to_string()))?;
        let decryptor =
            Decryptor::new_buffered(ArmoredReader::new(bytes)).map_err(|error| damaged(&error))?;
        let mut reader = decryptor
            .decrypt(identities.iter().map(|one| &**one as &dyn age::Identity))
            .map_err(|error| match error {
                DecryptError::NoMatchingKeys => EncryptionError::NoMatch,
                error => damaged(&error),
            })?;
        let mut plain = Vec::new();
        reader.read_to_end(&mut plain).map_err(|error| damaged(&error))?;
        Ok(plain)
    }
}

#[cfg(not(feature = "encrypt"))]
mod with_age {
    use super::EncryptionError;

    /// Encrypts to recipients. Not available in this build.
    ///
    /// # Errors
    /// Always.
    pub fn encrypt(_: &[u8], _: &[String]) -> Result<Vec<u8>, EncryptionError> {
        Err(EncryptionError::NotBuiltIn)
    }

    /// Decrypts with the identities in the text of an identity file. Not available in this build.
    ///
    /// # Errors
    /// Always.
    pub fn decrypt(_: &[u8], _: &str) -> Result<Vec<u8>, EncryptionError> {
        Err(EncryptionError::NotBuiltIn)
    }
}
