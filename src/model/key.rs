//! Keys: how people and groups are named in sources, plans and messages, and when two spellings are the same
//! name. This is the narrow comparison: it says who somebody is. What two names look like is in
//! [`looks`](super::looks).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::escape::Escaped;

/// A resource's name among its kind: a person's `userName` (or `externalId` if there is none), a group's
/// `displayName`.
///
/// Keys order by kind, then by the name without capitals, so that the order of the sources does not change a
/// plan. Two keys whose names differ in capitals alone are equal. See [`uncased`].
#[derive(Clone, Debug)]
pub struct Key {
    /// Person or group.
    pub kind: Kind,
    /// The name as the source or the directory wrote it.
    pub name: Box<str>,
    /// `None` if the name has no capitals, as most names have none.
    uncased: Option<Box<str>>,
}

impl Key {
    /// The key of a resource.
    pub fn new(kind: Kind, name: &str) -> Self {
        let uncased = match uncased(name) {
            Cow::Borrowed(_) => None,
            Cow::Owned(uncased) => Some(uncased.into()),
        };
        Self {
            kind,
            name: name.into(),
            uncased,
        }
    }

    /// The name in the form of [`uncased`], which is the same for all its spellings.
    pub fn uncased(&self) -> &str {
        self.uncased.as_deref().unwrap_or(&self.name)
    }

    /// The key as plans write it, `user:ada@example.com`, unescaped.
    pub fn id(&self) -> String {
        format!("{}:{}", self.kind.word(), self.name)
    }

    /// Reads `user:ada@example.com` and `group:Sales`.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, name) = text.split_once(':')?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        (!name.is_empty()).then(|| Self::new(kind, name))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.uncased() == other.uncased()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.kind, self.uncased()).cmp(&(other.kind, other.uncased()))
    }
}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.kind, self.uncased()).hash(state);
    }
}

/// Writes the key for people: `user:ada@example.com`, escaped.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind.word(), Escaped(&self.name))
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}:{}", self.kind.word(), self.name))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("not a key: expected user:NAME or group:NAME"))
    }
}

/// A name without its capitals: the form in which two spellings of one name are the same text. Each capital
/// is replaced by its small letter, one character at a time, if the small letter's capital is that very
/// character.
///
/// So the Kelvin sign is no `k`, `ſ` no `s`, and `ẞ` no `ß`; nothing is composed, widened or left out.
/// Services compare sign-in names without case in many ways, and all of them agree on this one. What only
/// looks the same is compared in [`looks`](super::looks), and that never says who somebody is.
pub fn uncased(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let has_capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if has_capitals {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    if text.chars().all(|character| small(character) == character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(small).collect())
}

/// The small letter of a capital. Any other character is its own.
fn small(character: char) -> char {
    let mut letters = character.to_lowercase();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.to_uppercase().eq([character]) => letter,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_make_no_other_name_and_everything_else_does() {
        for (left, right) in [
            ("Ada@Example.com", "ada@example.COM"),
            ("\u{c9}LAN", "\u{e9}lan"),
            ("ΣΑΣ", "σασ"),
        ] {
            assert_eq!(uncased(left), uncased(right), "{left:?} and {right:?}");
        }
        for (left, right) in [
            ("mike", "mi\u{212a}e"),
            ("stra\u{df}e", "strasse"),
            ("stra\u{1e9e}e", "stra\u{df}e"),
            ("jos\u{e9}", "jose\u{301}"),
            ("ada", "ad\u{200b}a"),
            ("ada", "ada "),
            ("\u{130}an", "ian"),
            ("sa\u{17f}", "sas"),
        ] {
            assert_ne!(uncased(left), uncased(right), "{left:?} and {right:?}");
        }
    }

    #[test]
    fn a_name_without_capitals_stays_so() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let once = uncased(&format!("é{character}")).into_owned();
            assert_eq!(uncased(&once), once, "{character:?}");
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = Key::parse("group:Sales: North").expect("a key");
        assert_eq!((key.kind, &*key.name), (Kind::Group, "Sales: North"));
        assert!(Key::parse("ada@example.com").is_none() && Key::parse("user:").is_none());
    }
}
