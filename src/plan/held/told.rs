//! The words about somebody who is held because it is not certain who they are: what the problem is, and
//! every way out of it.

use crate::desired::DesiredResource;
use crate::escape::CodePoints;
use crate::model::{AttributeId, Catalog, Kind, Likeness, Live, Value};
use crate::plan::lookalike::Alike;
use crate::plan::remainder::HeldReason;

/// What is told about somebody who is held.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Told {
    pub(in crate::plan) reason: HeldReason,
    pub(in crate::plan) message: String,
    pub(in crate::plan) next: String,
}

/// The word for what a directory holds of a kind.
pub(in crate::plan) const fn account(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "account",
        Kind::Group => "group",
    }
}

/// A name that looks like another. `count` is how many such names a plan has.
pub(super) fn lookalike(alike: &Alike, count: usize) -> Told {
    let waived = format!("wpsync plan --waive 'lookalike={count}: why'");
    let next = if alike.places.is_empty() {
        format!("spell it otherwise; or, if it is meant: {waived}")
    } else {
        format!(
            "if the two are one, spell it here as the directory has it, or correct it there; if they are \
             not: {waived}"
        )
    };
    Told {
        reason: HeldReason::Lookalike,
        message: alike.said(),
        next,
    }
}

/// The account of a name is not the one that is managed under it. `count` is how many accounts a waiver would
/// take instead; `None` if it cannot take this one.
pub(super) fn another_account(catalog: &Catalog, named: &Live, known: &Live, count: Option<usize>) -> Told {
    let word = account(named.kind);
    let way = count.map_or(String::new(), |count| {
        format!("if it is right: wpsync plan --waive 'rebind={count}: why'; if not, ")
    });
    Told {
        reason: HeldReason::AnotherAccount,
        message: format!(
            "the {word} of this name in the directory (id {}) is not the one that was applied before \
             (id {}), which is there as {}",
            named.id,
            known.id,
            CodePoints(&known.key(catalog).name)
        ),
        next: format!("{way}give the name back there to the one that had it, or remove the wrong one"),
    }
}

/// A declared resource, and the live one of its name that has another identity.
pub(super) struct Identities<'a> {
    pub(super) wanted: &'a DesiredResource,
    pub(super) live: &'a Live,
    /// The identifier that differs.
    pub(super) attribute: AttributeId,
    /// Its name.
    pub(super) path: &'a str,
}

impl Identities<'_> {
    /// What is told. `count` is how many accounts a waiver would bind to another identity; `None` if this one
    /// cannot be bound.
    pub(super) fn told(&self, naming: &str, count: Option<usize>) -> Told {
        let Self {
            wanted, live, path, ..
        } = self;
        let (word, key) = (account(wanted.key.kind), wanted.key.id());
        let text = |value: Option<&Value>| value.map(Value::plain).unwrap_or_default();
        let (held, asked) = (
            text(live.attributes.get(self.attribute)),
            text(wanted.value(self.attribute)),
        );
        let first = match count {
            Some(count) => format!(
                "if it is the same one: wpsync plan --waive 'rebind={count}: why' binds the {word} to {path} \
                 {asked}; if it was somebody's who left"
            ),
            None => format!("correct the {path}; or, if it was somebody's who left"),
        };
        let (held, asked) = match Likeness::of(&held, &asked) {
            Some(_) => (CodePoints(&held).to_string(), CodePoints(&asked).to_string()),
            None => (held, asked),
        };
        Told {
            reason: HeldReason::AnotherIdentity,
            message: format!(
                "the {word} that has its {naming} in the directory (id {}) has another {path}: {held} there, \
                 {asked} here",
                live.id
            ),
            next: format!(
                "{first}, remove that one first: wpsync plan --delete {}",
                quoted(&key)
            ),
        }
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
