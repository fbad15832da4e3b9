//! Removes the token from foreign texts. A service may repeat it in an error, plainly or encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// What replaces the token.
pub(crate) const REMOVED: &str = "[token removed]";
/// An encoded form that is shorter than this, in bytes, would be found in innocent text.
const SHORTEST_ENCODED: usize = 8;
/// All characters except those that RFC 3986 leaves unencoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Removes a token from foreign text, in every form in which it may come back. A redactor cannot be printed
/// or compared.
#[derive(Default)]
pub(crate) struct Redactor {
    /// The forms of the token in lower case. Text is searched without regard to case, because a service may
    /// have changed it.
    forms: Vec<SecretString>,
}

impl Redactor {
    /// A redactor that removes this token.
    pub(crate) fn new(token: &SecretString) -> Self {
        let token = token.expose_secret();
        if token.is_empty() {
            return Self::default();
        }
        let json = serde_json::Value::from(token).to_string();
        let json = json.trim_matches('"');
        let mut encoded = vec![
            utf8_percent_encode(token, NON_ALPHANUMERIC).to_string(),
            utf8_percent_encode(token, UNRESERVED).to_string(),
            hex(token.as_bytes()),
            json.to_owned(),
            json.replace('/', "\\/"),
            // Quoted-printable.
            token.replace('=', "=3d"),
            // UTF-16, read as if it were UTF-8.
            token.split_inclusive(|_| true).collect::<Vec<_>>().join("\0"),
            token
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;"),
            token.chars().rev().collect(),
        ];
        for alphabet in [STANDARD, URL_SAFE] {
            encoded.extend((0..3).map(|offset| base64_at(token.as_bytes(), offset, alphabet)));
        }
        encoded.retain(|form| form.len() >= SHORTEST_ENCODED);
        encoded.push(token.to_owned());
        let mut forms: Vec<String> = encoded
            .into_iter()
            .map(|form| form.to_ascii_lowercase())
            .collect();
        // The longest form first, so that no form leaves the rest of another form behind.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self {
            forms: forms.into_iter().map(SecretString::from).collect(),
        }
    }

    /// The text without the token.
    pub(crate) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in &self.forms {
            let form = form.expose_secret();
            let lower = text.to_ascii_lowercase();
            if !lower.contains(form) {
                continue;
            }
            let mut kept = String::with_capacity(text.len());
            let mut from = 0;
            for (at, _) in lower.match_indices(form) {
                if form.len() < SHORTEST_ENCODED && is_inside_a_word(&lower, at, form.len()) {
                    continue;
                }
                kept.push_str(&text[from..at]);
                kept.push_str(REMOVED);
                from = at + form.len();
            }
            kept.push_str(&text[from..]);
            text = kept;
        }
        text
    }
}

/// Bytes as hexadecimal text.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Whether the text at a position is inside a word. A short token, as trials use, would be found in innocent
/// words.
fn is_inside_a_word(text: &str, at: usize, length: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + length..].chars().next();
    before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric)
}

/// The base64 characters that depend on these bytes alone, if the bytes start `offset` bytes into a group of
/// three.
fn base64_at(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> String {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let whole_bits = padded.len() * 8;
    let first = (offset * 8).div_ceil(6);
    let last = whole_bits / 6;
    let bit = |at: usize| usize::from(padded[at / 8] >> (7 - at % 8) & 1);
    (first..last)
        .map(|character| {
            char::from(alphabet[(0..6).fold(0, |sextet, at| sextet << 1 | bit(character * 6 + at))])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f136_every_form_of_the_token_is_removed() {
        let redactor = Redactor::new(&SecretString::from("s3cr3t/T0ken+with&signs"));
        for echo in [
            "Bearer s3cr3t/T0ken+with&signs is wrong",
            "S3CR3T/T0KEN+WITH&SIGNS",
            "s3cr3t%2FT0ken%2Bwith%26signs",
            "s3cr3t/T0ken+with&amp;signs",
            "7333637233742f54306b656e2b77697468267369676e73",
            "sngis&htiw+nek0T/t3rc3s",
        ] {
            let shown = redactor.redact(echo);
            assert!(
                shown.contains(REMOVED) && !shown.to_lowercase().contains("t0ken"),
                "{shown}"
            );
        }
        // base64 of "Bearer <token>", "x<token>" and "<token>", by another implementation.
        for echo in [
            "QmVhcmVyIHMzY3IzdC9UMGtlbit3aXRoJnNpZ25z",
            "eHMzY3IzdC9UMGtlbit3aXRoJnNpZ25z",
            "czNjcjN0L1Qwa2VuK3dpdGgmc2lnbnM=",
        ] {
            assert!(redactor.redact(echo).contains(REMOVED), "{echo}");
        }
    }

    #[test]
    fn other_text_stays() {
        let redactor = Redactor::new(&SecretString::from("0123456789"));
        assert_eq!(
            redactor.redact("userName is taken: Zoë"),
            "userName is taken: Zoë"
        );
        assert_eq!(Redactor::new(&SecretString::from("")).redact("abc"), "abc");
    }
}
