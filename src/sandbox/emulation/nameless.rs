//! People without a `userName`, at a service that has them. The store wants a name of everybody, so it gets
//! one that no client sees.

use serde_json::Value;

use super::spot::{Tree, entry, get, remove};
use crate::digest::sha256_hex;

const USER_NAME: &str = "userName";

/// The start of a name that only the store knows: a private character, which no name has.
const HIDDEN: char = '\u{e000}';

/// Gives a new person without a `userName` a hidden one. It follows from what else is known of them.
pub(super) fn hide(person: &mut Tree) {
    if get(person, USER_NAME).and_then(Value::as_str).is_none() {
        remove(person, USER_NAME);
        let text = Value::Object(person.clone()).to_string();
        let name = format!("{HIDDEN}{}", sha256_hex(text.as_bytes()));
        person.insert(USER_NAME.to_owned(), name.into());
    }
}

/// Takes a hidden name out of what a client sees.
pub(super) fn reveal(person: &mut Tree) {
    let name = entry(person, USER_NAME).and_then(|name| name.as_str());
    if name.is_some_and(|name| name.starts_with(HIDDEN)) {
        remove(person, USER_NAME);
    }
}
