//! Pseudonyms that only the plan's key can tell.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::digest::{Digest, hexadecimal};

/// How many digits of a pseudonym are shown: 48 bits, so that two of a plan's 100,000 names meet once in
/// 50,000 plans.
const DIGITS: usize = 12;

/// The pseudonyms of one plan.
pub(super) struct Pseudonyms {
    key: Hmac<Sha256>,
}

impl Pseudonyms {
    /// The pseudonyms under a plan's key.
    pub fn new(key: &str) -> Self {
        Self {
            key: Hmac::new_from_slice(key.as_bytes()).expect("a key of any length will do"),
        }
    }

    /// The pseudonym of a text, of which there is one for each purpose.
    pub fn of(&self, purpose: &str, text: &str) -> String {
        let mut digits = self.digits(purpose, text);
        digits.truncate(DIGITS);
        digits
    }

    /// All 64 digits.
    pub fn digits(&self, purpose: &str, text: &str) -> String {
        // No purpose holds a NUL, so no two pairs of purpose and text are the same bytes.
        let keyed = self
            .key
            .clone()
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(text);
        hexadecimal(&keyed.finalize().into_bytes())
    }

    /// What stands for a digest that could be guessed back.
    pub fn digest(&self, digest: Digest) -> Digest {
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
