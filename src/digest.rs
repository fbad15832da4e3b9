//! Digests: SHA-256 over exact bytes, and over the canonical meaning of a thing.
//!
//! A digest inside a file detects corruption, not tampering. Only a signature, or a digest that came another
//! way (`apply --expect`), detects tampering.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest: 32 bytes. Its written form is `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest([u8; 32]);

/// The error for a text that is not a digest.
#[derive(Debug, thiserror::Error)]
#[error("not a digest: expected sha256: and 64 hexadecimal digits")]
pub struct NotADigest;

const PREFIX: &str = "sha256:";
/// The number of digits that are enough for people to tell digests apart.
const SHORT: usize = 12;

impl Digest {
    /// The digest of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of a value's canonical JSON. The value's structs have their fields in the order of their
    /// names, and no floats, so plain serialisation is the canonical form (RFC 8785); a test compares it with
    /// an independent implementation.
    ///
    /// # Panics
    /// If the value cannot be JSON, which the plan's own types exclude.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        Self::of_bytes(&serde_json::to_vec(value).expect("a plan's own types are JSON"))
    }

    /// Reads `sha256:…`, or the 64 digits alone.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text).as_bytes();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = 16 * digit_value(pair[0])? + digit_value(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The first twelve digits, for people.
    pub fn short(self) -> String {
        let mut digits = hexadecimal(&self.0);
        digits.truncate(SHORT);
        digits
    }
}

/// The value of a lower-case hexadecimal digit.
const fn digit_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        let with_prefix = text.starts_with(PREFIX).then_some(&*text);
        with_prefix.and_then(Self::parse).ok_or(NotADigest)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PREFIX)?;
        formatter.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// SHA-256 of bytes, as 64 hexadecimal digits.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_written_form() {
        let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let digest = Digest::of_bytes(b"");
        assert_eq!(
            (digest.to_string(), digest.short()),
            (nothing.into(), "e3b0c44298fc".into())
        );
        assert_eq!(serde_json::to_value(digest).expect("JSON"), nothing);
        for text in [nothing, &nothing["sha256:".len()..]] {
            assert_eq!(Digest::parse(text), Some(digest));
        }
        for text in [
            &nothing.to_uppercase(),
            &nothing.replace(':', ":+"),
            &nothing[..70],
            "sha256:",
        ] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
        let read = |text: &str| serde_json::from_value::<Digest>(text.into());
        assert_eq!(read(nothing).expect("a digest"), digest);
        assert!(
            read(&nothing["sha256:".len()..]).is_err(),
            "a file has the prefix"
        );
    }
}
