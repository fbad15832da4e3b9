//! What is behind an outcome, without what is the change's own. Many people who are refused for one reason
//! have one cause, so it can be counted and said once. Pure.

use crate::escape::Escaped;
use crate::plan::Change;

/// The words with which the description of a request begins.
const REQUESTS: [&str; 5] = ["creating ", "changing ", "deleting ", "reactivating ", "reading "];
/// A word with a digit that is as long as this is an id, a time or a number of the change's own.
const OWN_NUMBER: usize = 6;

/// Why a change came to its outcome, without the request that says whose outcome it is.
fn without_request(reason: &str) -> &str {
    let is_request = REQUESTS.iter().any(|verb| reason.starts_with(verb));
    match reason.split_once(": ") {
        // The key of a resource has a colon without a space after it.
        Some((_, cause)) if is_request => cause,
        _ => reason,
    }
}

/// Why several changes came to their outcome: neither the request nor the place of one of them is said.
pub fn of_several(reason: &str) -> &str {
    without_place(without_request(reason))
}

fn without_place(text: &str) -> &str {
    text.split(" (declared at ").next().unwrap_or_default()
}

/// The same text for all changes that came to their outcome for one cause. It is compared, and not shown.
pub fn cause(change: &Change, reason: &str) -> String {
    let (key, name) = (change.key.to_string(), Escaped(&change.key.name).to_string());
    let id = change.remote_id.as_deref().map(|id| Escaped(id).to_string());
    let own = [Some(key), Some(name), id];
    let mut text = without_request(reason).to_owned();
    for own in own.into_iter().flatten().filter(|own| own.len() > 2) {
        text = text.replace(&own, "…");
    }
    let unquoted = text.split('"').step_by(2).collect::<Vec<_>>().join("…");
    let words = without_place(&unquoted).split_whitespace().map(|word| {
        let has_digit = word.contains(|letter: char| letter.is_ascii_digit());
        let is_own = word.contains('@') || has_digit && word.len() >= OWN_NUMBER;
        if is_own { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Key, Kind};
    use crate::plan::{Action, Proposal};

    fn change(name: &str, id: &str) -> Change {
        Change::new(Proposal {
            action: Action::Update,
            after: [].into(),
            before: [].into(),
            key: Key::new(Kind::User, name),
            members: None,
            origin: None,
            origins: [].into(),
            reason: String::new(),
            remote_id: Some(id.into()),
            version: None,
        })
    }

    #[test]
    fn one_refusal_of_two_people_is_one_cause() {
        let (ada, bob) = (change("ada@example.com", "a-1"), change("bob@example.com", "b-2"));
        let same = [
            [
                "changing user a-1: the directory answered 403: Blocked",
                "changing user b-2: the directory answered 403: Blocked",
            ],
            [
                "the directory answered 400: ada@example.com is odd",
                "the directory answered 400: bob@example.com is odd",
            ],
            [
                "title was sent as \"A\" and is stored as \"a\"",
                "title was sent as \"B\" and is stored as \"b\"",
            ],
            ["no such request 9f8e7d6c", "no such request 1a2b3c4d"],
            ["refused (declared at a.yaml:3)", "refused (declared at b.yaml:7)"],
        ];
        for [of_ada, of_bob] in same {
            assert_eq!(cause(&ada, of_ada), cause(&bob, of_bob));
        }
        let other = [
            [
                "the directory answered 403: Blocked",
                "the directory answered 400: Blocked",
            ],
            [
                "the directory answered 400: no title",
                "the directory answered 400: no e-mail",
            ],
        ];
        for [of_ada, of_bob] in other {
            assert_ne!(cause(&ada, of_ada), cause(&bob, of_bob));
        }
        assert_eq!(without_request("changing user a-1: refused: why"), "refused: why");
        assert_eq!(without_request("it needs user:a: b"), "it needs user:a: b");
    }
}
