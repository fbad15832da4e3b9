//! Who is held, in words: by cause, with the way out once.

use std::collections::HashMap;

use super::words::thousands;
use crate::escape::Escaped;
use crate::plan::remainder::{Held, HeldReason, MOST_NAMES, UnreadRow};
use crate::plan::standing::Standing;

/// The most causes that are told in the words of each, and the most kinds of cause of which any is. More are
/// told by their kind.
const HANDFUL: usize = 5;

/// The number of names of a kind of cause.
const NAMED: usize = 3;

/// Who is held for one cause, with one way out.
pub(super) struct HeldAlike<'a> {
    pub(super) message: &'a str,
    pub(super) next: &'a str,
    /// Their names, escaped.
    pub(super) who: Vec<String>,
    /// How many of them are named where there is little room.
    most: usize,
}

impl HeldAlike<'_> {
    /// The first names, and how many more there are.
    pub(super) fn named(&self) -> String {
        let more = self.who.len().saturating_sub(self.most);
        let names = self.who[..self.who.len() - more].join(", ");
        if more > 0 {
            format!("{names} and {} more", thousands(more as u64))
        } else {
            names
        }
    }
}

/// Who is held, in a line for each cause: the names, why, and what ends it.
pub(crate) fn held_lines(standing: &Standing<'_>) -> Vec<String> {
    let line = |alike: &HeldAlike<'_>| {
        let (why, next) = (Escaped(alike.message), Escaped(alike.next));
        format!("{}: {why}; {next}", alike.named())
    };
    held_alike(standing).iter().map(line).collect()
}

/// A cause, and whom it concerns.
struct HeldCause<'a> {
    kind: CauseKind,
    message: &'a str,
    next: &'a str,
    who: String,
}

/// What sort of cause it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum CauseKind {
    Held(HeldReason),
    Unread,
}

impl CauseKind {
    /// The cause, without what is particular to one.
    const fn said(self) -> &'static str {
        match self {
            Self::Held(reason) => reason.said(),
            Self::Unread => "a row does not say whom it declares",
        }
    }

    const fn next(self) -> &'static str {
        match self {
            Self::Held(_) => "`wpsync why KEY` says of each what it is and what ends it",
            Self::Unread => "`wpsync show --format json` says of each row what it is and what ends it",
        }
    }
}

impl<'a> HeldCause<'a> {
    fn of(held: &'a Held) -> Self {
        Self {
            kind: CauseKind::Held(held.reason),
            message: &held.message,
            next: &held.next,
            who: match &held.origin {
                Some(origin) => format!("{} ({})", held.key, Escaped(origin)),
                None => held.key.to_string(),
            },
        }
    }

    fn of_row(row: &'a UnreadRow) -> Self {
        Self {
            kind: CauseKind::Unread,
            message: &row.message,
            next: &row.next,
            who: Escaped(&row.origin).to_string(),
        }
    }
}

/// The rows that do not say whom they declare, and the held people and groups; grouped by cause. The first of
/// each group decides the order. If the causes are many, those of one kind are told together. If the kinds
/// are many, each is told in the words of the kind, and all have one way out.
pub(super) fn held_alike<'a>(standing: &Standing<'a>) -> Vec<HeldAlike<'a>> {
    let Standing { held, unread, .. } = *standing;
    let rows = unread.nameless().map(HeldCause::of_row);
    let causes: Vec<HeldCause<'_>> = rows.chain(held.iter().map(HeldCause::of)).collect();
    let mut variants: HashMap<CauseKind, Vec<(&str, &str)>> = HashMap::new();
    for cause in &causes {
        let of_kind = variants.entry(cause.kind).or_default();
        if !of_kind.contains(&(cause.message, cause.next)) && of_kind.len() <= HANDFUL {
            of_kind.push((cause.message, cause.next));
        }
    }
    let is_many = variants.values().map(Vec::len).sum::<usize>() > HANDFUL;
    let is_told_by_kind = |kind| variants.len() > HANDFUL || is_many && variants[&kind].len() > 1;
    let mut alike: Vec<HeldAlike<'_>> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for cause in causes {
        let (message, next, most) = if is_told_by_kind(cause.kind) {
            (cause.kind.said(), cause.kind.next(), NAMED)
        } else {
            (cause.message, cause.next, MOST_NAMES)
        };
        let place = *places.entry((message, next)).or_insert(alike.len());
        if place == alike.len() {
            alike.push(HeldAlike {
                message,
                next,
                who: Vec::new(),
                most: if is_many { NAMED } else { most },
            });
        }
        alike[place].who.push(cause.who);
    }
    alike
}
