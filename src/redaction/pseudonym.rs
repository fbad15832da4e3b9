//! Pseudonyms that only the plan's key can reproduce.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::digest::{Digest, hexadecimal};

/// The number of digits of a pseudonym: 12 hexadecimal digits are 48 bits. Among 100,000 names, two share a
/// pseudonym in one of 50,000 plans.
const DIGITS: usize = 12;

/// The pseudonyms of one plan.
pub(super) struct Pseudonyms {
    key: Hmac<Sha256>,
}

impl Pseudonyms {
    /// The pseudonyms under a plan's key.
    pub(crate) fn new(key: &str) -> Self {
        Self {
            key: Hmac::new_from_slice(key.as_bytes()).expect("a key of any length will do"),
        }
    }

    /// The pseudonym of a text. Each purpose gives a different one.
    pub(crate) fn of(&self, purpose: &str, text: &str) -> String {
        let mut digits = self.digits(purpose, text);
        digits.truncate(DIGITS);
        digits
    }

    /// All 64 digits of a pseudonym.
    pub(crate) fn digits(&self, purpose: &str, text: &str) -> String {
        // No purpose holds a NUL, so different pairs of purpose and text have different bytes.
        let keyed = self
            .key
            .clone()
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(text);
        hexadecimal(&keyed.finalize().into_bytes())
    }

    /// The pseudonym of a digest, whose content could be guessed.
    pub(crate) fn digest(&self, digest: Digest) -> Digest {
        Digest::parse(&self.digits("digest", &digest.to_string())).expect("64 digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_hmac_sha_256() {
        // printf 'value\0ada' | openssl dgst -sha256 -hmac 00112233445566778899aabbccddeeff
        let digits = Pseudonyms::new("00112233445566778899aabbccddeeff").digits("value", "ada");
        assert_eq!(
            digits,
            "4b92860d4c15d2d667702ab28fbce85e44f6f7d4e5a46ec84f00ea2a5433169c"
        );
    }
}
