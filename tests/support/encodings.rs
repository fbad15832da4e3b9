//! The forms in which a secret may come back or be left lying about.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but what RFC 3986 leaves alone.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A secret in every form, each with its name.
pub fn of(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let wide = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let base64 = STANDARD.encode(secret);
    vec![
        ("raw", secret.into()),
        ("reversed", secret.chars().rev().collect::<String>().into()),
        ("base64", base64.trim_end_matches('=').into()),
        ("base64url", URL_SAFE_NO_PAD.encode(secret).into()),
        (
            "base64 of the header",
            STANDARD
                .encode(format!("Bearer {secret}"))
                .trim_end_matches('=')
                .into(),
        ),
        ("hexadecimal", hexadecimal.clone().into()),
        ("HEXADECIMAL", hexadecimal.to_uppercase().into()),
        (
            "percent",
            utf8_percent_encode(secret, RESERVED).to_string().into(),
        ),
        (
            "percent of all",
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string().into(),
        ),
        ("JSON", secret.replace('/', "\\/").into()),
        ("UTF-16LE", wide(u16::to_le_bytes)),
        ("UTF-16BE", wide(u16::to_be_bytes)),
        (
            "UTF-16, escaped",
            secret
                .split_inclusive(|_| true)
                .collect::<Vec<_>>()
                .join("\\u{0}")
                .into(),
        ),
        ("quoted-printable", secret.replace('=', "=3D").into()),
    ]
}
