//! Functions that write a value in another form: Base64, hexadecimal digits, bits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::argument::{Argument, ComputedValue};

/// `ConvertToBase64(source)`: the Base64 of the text in UTF-16, low byte first, as in Entra.
pub(super) fn to_base64(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let bytes: Vec<u8> = source.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(STANDARD.encode(bytes).into())
}

/// `ConvertToUTF8Hex(source)`: the text's UTF-8 bytes as upper-case hexadecimal digits.
pub(super) fn to_utf8_hex(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(source) = arguments[0].text()? else {
        return Ok(Argument::Nothing);
    };
    let digit = |number: u8| {
        char::from_digit(u32::from(number), 16)
            .unwrap_or_default()
            .to_ascii_uppercase()
    };
    Ok(source
        .bytes()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .collect::<String>()
        .into())
}

/// `BitAnd(value1, value2)`.
pub(super) fn bit_and(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(match (arguments[0].integer()?, arguments[1].integer()?) {
        (Some(left), Some(right)) => Argument::Integer(left & right),
        _ => Argument::Nothing,
    })
}
