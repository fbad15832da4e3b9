//! The one place where chance comes in: ids and tokens that nobody can guess.

use rand::TryRngCore as _;
use rand::rngs::OsRng;

use super::exit::Failure;

/// 128 random bits of the operating system, as 32 hexadecimal digits.
pub(crate) fn random_hexadecimal() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| Failure::error(format!("the operating system gives no random bytes: {error}")))?;
    Ok(wpsync::digest::hexadecimal(&bytes))
}
