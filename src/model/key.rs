//! Keys: how people and groups are named in sources, plans and messages, and when two spellings are the same
//! name.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::Kind;
use crate::escape::Escaped;

/// A resource's name among its kind: a person's `userName` (or `externalId` if there is none), a group's
/// `displayName`.
///
/// Keys order by kind, then by folded name, so that the order of the sources does not change a plan. Two keys
/// with the same folded name are equal.
#[derive(Clone, Debug)]
pub struct Key {
    /// Person or group.
    pub kind: Kind,
    /// The name as the source or the directory wrote it.
    pub name: Box<str>,
    /// `None` if the name equals its folded form, as most names do.
    folded: Option<Box<str>>,
}

impl Key {
    /// The key of a resource.
    pub fn new(kind: Kind, name: &str) -> Self {
        let folded = match folded(name) {
            Cow::Borrowed(_) => None,
            Cow::Owned(folded) => Some(folded.into()),
        };
        Self {
            kind,
            name: name.into(),
            folded,
        }
    }

    /// The name in the form of [`fold`], which is the same for all its spellings.
    pub fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.name)
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
        self.kind == other.kind && self.folded() == other.folded()
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
        (self.kind, self.folded()).cmp(&(other.kind, other.folded()))
    }
}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.kind, self.folded()).hash(state);
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

/// The form that all spellings of a name share: compatibility-composed (NFKC) and case-folded, without outer
/// white space and invisible characters, and with single spaces inside. `fold(fold(x)) == fold(x)`.
///
/// RFC 7644, sections 5 and 7.8, asks services to compare prepared strings. What is sent is never folded.
pub fn fold(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.to_ascii_lowercase();
    }
    let visible = text
        .chars()
        .filter(|character| character.is_whitespace() || !crate::escape::is_unsafe_to_show(*character));
    // Folding can undo composition, and composition can undo folding. So both are repeated until nothing
    // changes, at most three times.
    let mut folded = step(visible);
    loop {
        let again = step(folded.chars());
        if again == folded {
            break;
        }
        folded = again;
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Like [`fold`], without a copy if the text equals its folded form.
pub fn folded(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(fold(text))
    }
}

fn step(characters: impl Iterator<Item = char>) -> String {
    use caseless::Caseless as _;
    characters
        .nfkc()
        .default_case_fold()
        .nfkc()
        .filter(|character| character.is_whitespace() || !crate::escape::is_unsafe_to_show(*character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_meet() {
        for (left, right) in [
            ("Ada@Example.com", "ada@example.com"),
            ("ｊｏｓé", "jose\u{301}"),
            (" Straße ", "STRASSE"),
            ("a\u{200b}b", "ab"),
            ("Team  One", "team\u{a0}one"),
        ] {
            assert_eq!(fold(left), fold(right), "{left:?} and {right:?}");
        }
        assert_ne!(
            fold("ada@example.com"),
            fold("adа@example.com"),
            "a Cyrillic letter is another name"
        );
    }

    #[test]
    fn f024_folding_twice_is_folding_once_for_every_character() {
        for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let once = fold(&format!("a{character}b"));
            assert_eq!(fold(&once), once, "{character:?}");
            assert_eq!(folded(&format!("a{character}b")), once, "{character:?}");
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = Key::parse("group:Sales: North").expect("a key");
        assert_eq!((key.kind, &*key.name), (Kind::Group, "Sales: North"));
        assert!(Key::parse("ada@example.com").is_none() && Key::parse("user:").is_none());
    }
}
