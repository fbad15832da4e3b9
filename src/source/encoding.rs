//! Decodes bytes to text. Only UTF-8 is accepted. Other encodings are recognised, named and refused, because
//! a wrong guess would corrupt names.

use crate::diagnostics::UnplacedProblem;

/// Why bytes are not text, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadBytes {
    pub(crate) problem: UnplacedProblem,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// The text of a file, without its byte order mark.
pub(crate) fn decode(mut bytes: Vec<u8>) -> Result<String, BadBytes> {
    if let Some(name) = wide_encoding(&bytes) {
        let message = format!("this file is {name}, not UTF-8 (seen at byte offset 0)");
        return Err(at(
            &bytes,
            0,
            UnplacedProblem::new(
                "not-utf8",
                message,
                "save it as \"CSV UTF-8\" or convert it to UTF-8",
            ),
        ));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    // `contains` is many times faster than `position`, and nearly every file has no zero byte.
    if bytes.contains(&0) {
        let offset = bytes.iter().position(|byte| *byte == 0).unwrap_or_default();
        let message = format!("this file holds a NUL byte at byte offset {offset}");
        return Err(at(
            &bytes,
            offset,
            UnplacedProblem::new(
                "nul-byte",
                message,
                "it is damaged or not a text file; export it again",
            ),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let (offset, is_cut) = (
            error.utf8_error().valid_up_to(),
            error.utf8_error().error_len().is_none(),
        );
        let bytes = error.into_bytes();
        let problem = if is_cut {
            let message = format!("the file ends inside a character, at byte offset {offset}");
            UnplacedProblem::new(
                "truncated-file",
                message,
                "the file was cut short; export or copy it again",
            )
        } else {
            let guess = likely_encoding(&bytes);
            let message = format!(
                "this file is not UTF-8: byte 0x{:02X} at byte offset {offset}; it is probably {guess}",
                bytes[offset]
            );
            UnplacedProblem::new(
                "not-utf8",
                message,
                format!("save it as \"CSV UTF-8\", or convert it from {guess} to UTF-8"),
            )
        };
        at(&bytes, offset, problem)
    })
}

/// The name of a UTF-16 or UTF-32 encoding, found by its byte order mark or by the zero bytes of ASCII
/// letters.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] => return Some("UTF-32 LE"),
        [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32 BE"),
        [0xff, 0xfe, ..] => return Some("UTF-16 LE"),
        [0xfe, 0xff, ..] => return Some("UTF-16 BE"),
        _ => {}
    }
    let sample = &bytes[..bytes.len().min(4096)];
    let zeros = |odd: usize| {
        sample
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let quarter = sample.len() / 4;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > quarter && even == 0 => Some("UTF-16 LE"),
        (even, odd) if even > quarter && odd == 0 => Some("UTF-16 BE"),
        _ => None,
    }
}

fn likely_encoding(bytes: &[u8]) -> &'static str {
    if bytes.iter().any(|byte| (0x80..=0x9f).contains(byte)) {
        "Windows-1252"
    } else {
        "Windows-1252 or Latin-1"
    }
}

/// A problem at the place of an offset. The bytes before it need not be valid.
fn at(bytes: &[u8], offset: usize, problem: UnplacedProblem) -> BadBytes {
    let before = &bytes[..offset];
    let line_start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let lines = before.split(|byte| *byte == b'\n').count();
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    BadBytes {
        problem,
        line: narrow(lines),
        column: narrow(column),
    }
}
