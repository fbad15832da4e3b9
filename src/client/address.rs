//! The address of a directory: the base URL that users give, checked and normalised, so that a token can be
//! bound to it. This module never connects, and never takes a URL from a service.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use crate::escape::Escaped;

/// The address of a directory: `https://scim.example.com/v2`, or `local:directory.db` for the embedded
/// directory. Two spellings of the same address are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryAddress {
    text: Box<str>,
}

/// Why a base URL is refused. The error does not repeat a URL that may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryAddressError {
    /// It is not a URL.
    #[error("`{}` is not a URL: {reason}", Escaped(.text))]
    NotAUrl {
        /// What was given.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// The token would be sent unencrypted.
    #[error(
        "`{}` is refused: the token would be sent in the open. Use https:// \
         (http:// is taken for this machine only)",
        Escaped(.text)
    )]
    NotSecret {
        /// What was given.
        text: String,
    },
    /// It holds a user name or a password.
    #[error(
        "the URL holds a user name or a password: remove what stands before the `@`; \
         the token comes from `token:`"
    )]
    UserInfo,
    /// It holds a query or a fragment.
    #[error(
        "`{}` holds a `{found}` part: give the base URL alone, as https://scim.example.com/v2",
        Escaped(.text)
    )]
    Extra {
        /// The given text, without the query or fragment.
        text: String,
        /// `?` or `#`
        found: char,
    },
}

impl DirectoryAddress {
    /// The embedded directory in a file.
    pub fn local(name: &str) -> Self {
        Self {
            text: format!("local:{name}").into(),
        }
    }

    /// The normal form, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the address is `base` or below it: the same scheme, host and port, and a path that begins with
    /// the path of `base`.
    pub fn is_within(&self, base: &str) -> bool {
        let Ok(base) = base.parse::<Self>() else {
            return false;
        };
        self.text
            .strip_prefix(&*base.text)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether it is the embedded directory.
    pub fn is_local(&self) -> bool {
        self.text.starts_with("local:")
    }
}

impl FromStr for DirectoryAddress {
    type Err = DirectoryAddressError;

    fn from_str(text: &str) -> Result<Self, DirectoryAddressError> {
        let not_a_url = |reason: &str| DirectoryAddressError::NotAUrl {
            text: without_user_info(text),
            reason: reason.to_owned(),
        };
        // The URL standard repairs these silently, and then two people could read two different addresses.
        if text.chars().any(|character| {
            character.is_whitespace() || character == '\\' || crate::escape::is_unsafe_to_show(character)
        }) {
            return Err(not_a_url(
                "it holds white space, a backslash or a character that cannot be seen",
            ));
        }
        let url = Url::parse(text).map_err(|error| not_a_url(&error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(not_a_url("only https:// is spoken"));
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err(DirectoryAddressError::UserInfo);
        }
        for found in ['?', '#'] {
            if let Some((before, _)) = text.split_once(found) {
                return Err(DirectoryAddressError::Extra {
                    text: before.to_owned(),
                    found,
                });
            }
        }
        if !text
            .to_ascii_lowercase()
            .starts_with(&format!("{}://", url.scheme()))
            || authority(text).is_empty()
        {
            return Err(not_a_url("it needs the form https://host/path"));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(DirectoryAddressError::NotSecret {
                text: text.to_owned(),
            });
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').into(),
        })
    }
}

impl fmt::Display for DirectoryAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Escaped(&self.text))
    }
}

fn authority(text: &str) -> &str {
    let rest = text.split_once("//").map_or(text, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// The part of the text that an error may repeat.
fn without_user_info(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, after)) => format!("…@{after}"),
        None => text.to_owned(),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_are_one() {
        for (written, normal) in [
            ("https://scim.example.com/v2", "https://scim.example.com/v2"),
            ("HTTPS://SCIM.Example.com:443/v2/", "https://scim.example.com/v2"),
            ("https://scim.example.com", "https://scim.example.com"),
            (
                "https://scim.example.com:8443/a/../v2//",
                "https://scim.example.com:8443/v2",
            ),
            ("https://bücher.example/v2", "https://xn--bcher-kva.example/v2"),
            ("http://127.0.0.1:8080/v2", "http://127.0.0.1:8080/v2"),
            ("http://[::1]:80/v2", "http://[::1]/v2"),
            ("http://localhost:9/", "http://localhost:9"),
        ] {
            assert_eq!(
                written
                    .parse::<DirectoryAddress>()
                    .map(|origin| origin.to_string())
                    .as_deref(),
                Ok(normal),
                "{written}"
            );
        }
    }

    #[test]
    fn a_password_is_never_repeated() {
        for text in [
            "https://ada:secret@scim.example.com/v2",
            "ada:secret@host",
            "ftp://ada:secret@host/",
            "https://ada:secret@ho st/",
        ] {
            let error = text.parse::<DirectoryAddress>().expect_err(text);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
