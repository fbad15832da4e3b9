//! What a directory holds instead of what a change wants, in words: the attribute, what was sent, what is
//! stored, and the row of a dialect that ends it.

use super::decide::{LiveDifference, OtherValue, Work};
use super::refusals;
use crate::client::DirectoryError;
use crate::dialect::Versions;
use crate::escape::Escaped;
use crate::model::{Kind, Normalisation, Reference, Value};
use crate::plan::{Action, Change};

/// The ways in which services rewrite text.
const REWRITINGS: [Normalisation; 5] = [
    Normalisation::LowerCase,
    Normalisation::Trimmed,
    Normalisation::Telephone,
    Normalisation::AtInBrackets,
    Normalisation::Day,
];

/// What is stored after a write of our own that is not what the write asked for.
pub(super) fn something_else(change: &Change, differences: &[LiveDifference]) -> String {
    let said = differences.iter().map(|difference| match difference {
        LiveDifference::Attribute { path, found, .. } if change.after.contains_key(path) => {
            attribute(change, path, found.as_ref())
        }
        LiveDifference::Appeared { values, .. } if !values.is_empty() => {
            let values = values
                .iter()
                .map(|OtherValue { path, found }| attribute(change, path, found.as_ref()));
            values.collect::<Vec<_>>().join("; ")
        }
        other => difference_since_the_plan(change, other),
    });
    said.collect::<Vec<_>>().join("; ")
}

/// What a directory that accepted a write did not do of it.
pub(super) fn accepted_and_not_done(change: &Change, work: &Work) -> String {
    if change.action == Action::Delete {
        return format!(
            "the directory accepted the deletion, and the {} is still there",
            change.kind.word()
        );
    }
    format!(
        "the directory accepted it and did not do it: {}",
        not_done(change, work)
    )
}

fn not_done(change: &Change, work: &Work) -> String {
    let attributes = work.attributes.iter().map(|path| {
        let stored = change.before.get(path).and_then(Option::as_ref);
        attribute(change, path, stored)
    });
    let asked = change.members.iter();
    let asked: usize = asked.map(|delta| delta.add.len() + delta.remove.len()).sum();
    // A service that did it for others keeps members.
    let way_out = if work.add.len() + work.remove.len() == asked {
        "; if the service keeps no members, its dialect says `groups: none`"
    } else {
        ""
    };
    let counted = |members: &[Reference], what: &str| {
        (!members.is_empty()).then(|| {
            let named = refusals::named(members.iter());
            format!("{} members {what}: {named}{way_out}", members.len())
        })
    };
    let members = [counted(&work.add, "to add"), counted(&work.remove, "to remove")];
    let all = attributes.chain(members.into_iter().flatten());
    all.collect::<Vec<_>>().join("; ")
}

/// The error of a refused write, with the row of a dialect that may end it.
pub(super) fn refused(change: &Change, error: &DirectoryError, versions: Versions) -> String {
    let sent_a_version = change.precondition.version.is_some() && versions != Versions::Ignored;
    // A deletion is refused with this status for other reasons too.
    if error.status() == Some(412) && change.action != Action::Delete && sent_a_version {
        return format!(
            "{error}; if nobody else writes to it, the service does not heed its own versions, and its \
             dialect says `versions: ignored`"
        );
    }
    error.to_string()
}

/// One attribute that was sent and is not stored as sent.
fn attribute(change: &Change, path: &str, stored: Option<&Value>) -> String {
    let sent = change.after.get(path).and_then(Option::as_ref);
    let before = change.before.get(path).and_then(Option::as_ref);
    let place = change
        .origins
        .get(path)
        .map(|place| format!(" (declared at {})", Escaped(place)))
        .unwrap_or_default();
    format!(
        "{} was sent as {} and is stored as {}{place}; {}",
        Escaped(path),
        shown(sent),
        shown(stored),
        way_out(change.kind, path, AroundWrite { sent, before, stored })
    )
}

/// The values of an attribute around a write.
#[derive(Clone, Copy)]
struct AroundWrite<'a> {
    sent: Option<&'a Value>,
    before: Option<&'a Value>,
    stored: Option<&'a Value>,
}

/// The row of a dialect that ends a difference between what is sent and what is stored.
fn way_out(kind: Kind, path: &str, values: AroundWrite<'_>) -> String {
    let (kind, path) = (kind.plural(), Escaped(path));
    match values {
        AroundWrite { stored: None, .. } => {
            format!("if the service does not hold it, its dialect says `not_held: {{ {kind}: [{path}] }}`")
        }
        AroundWrite {
            sent: Some(sent),
            stored: Some(stored),
            ..
        } if let Some(rule) = rewriting(sent, stored) => format!(
            "if the service rewrites it, its dialect says `normalises: {{ {kind}: {{ {path}: [{rule}] }} }}`"
        ),
        AroundWrite { before, stored, .. } if before == stored => {
            format!("if the service never changes it, its dialect says `fixed: {{ {kind}: [{path}] }}`")
        }
        _ => "if the service writes it in words of its own, declare it as it is stored".into(),
    }
}

/// The name of the rewriting that makes one value of another.
fn rewriting(sent: &Value, stored: &Value) -> Option<String> {
    let (sent, stored) = (sent.as_text()?, stored.as_text()?);
    let rule = REWRITINGS.into_iter().find(|rule| rule.apply(sent) == stored)?;
    let word = serde_json::to_value(rule).ok()?;
    word.as_str().map(str::to_owned)
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(
        || "nothing".to_owned(),
        |value| format!("{:?}", Escaped(&value.plain()).to_string()),
    )
}

/// A difference between the directory and what the plan read, which somebody else made.
pub(super) fn difference_since_the_plan(change: &Change, difference: &LiveDifference) -> String {
    let origin = |path: &str| {
        let place = change.origin_of(path);
        place
            .map(|place| format!(" (declared at {})", Escaped(place)))
            .unwrap_or_default()
    };
    match difference {
        LiveDifference::Attribute {
            path,
            expected,
            found,
        } => format!(
            "{} was {} when the plan was made and is {} now{}",
            Escaped(path),
            shown(expected.as_ref()),
            shown(found.as_ref()),
            origin(path)
        ),
        LiveDifference::Gone => format!("it is gone from the directory{}", origin("")),
        LiveDifference::Appeared { id, values } => {
            let values = values.iter().map(|OtherValue { path, found }| {
                let wanted = change.after.get(path).and_then(Option::as_ref);
                format!(
                    "{} is {} there and {} here",
                    Escaped(path),
                    shown(found.as_ref()),
                    shown(wanted)
                )
            });
            format!(
                "somebody has made it since the plan was made, with other values (id {}: {}){}",
                Escaped(id),
                values.collect::<Vec<_>>().join(", "),
                origin("")
            )
        }
        LiveDifference::Elsewhere { what } => format!(
            "nothing was sent, since the push would undo what somebody else did: {}",
            what.join("; ")
        ),
        LiveDifference::Vanished { id } => vanished(change, id),
        LiveDifference::LookAlike { id, name } => look_alike(change, id, name) + &origin(""),
        LiveDifference::Ambiguous => format!(
            "several resources in the directory answer to its identifiers{}",
            origin("")
        ),
    }
}

/// A created resource that is not there any more.
fn vanished(change: &Change, id: &str) -> String {
    format!(
        "it was made with the id {}, and there is no such {} now: somebody may have deleted it, or the \
         directory shows it late; look at it there, for this plan does not make it a second time",
        Escaped(id),
        change.kind.word()
    )
}

/// Somebody whose name the directory takes for that of a new resource.
fn look_alike(change: &Change, id: &str, name: &str) -> String {
    let (wanted, found) = (Value::text(&*change.key.name), Value::text(name));
    let [wanted, found] = Value::shown_beside([Some(&wanted), Some(&found)]);
    format!(
        "the name {wanted} looks like that of another {}, {found} (id {}), so nothing was sent",
        change.kind.word(),
        Escaped(id)
    )
}
