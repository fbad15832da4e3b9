//! `wpsync validate`: checks everything that can be checked without a directory.

use serde_json::json;
use wpsync::operation::{self, HeldRows};

use super::exit::Exit;
use super::global::Global;
use super::result::Result;
use super::ui::{Ui, plural};
use super::watching::Watching;

pub(crate) fn run(global: &Global, ui: &Ui) -> Result<Exit> {
    let watching = Watching::new(ui);
    let opened = operation::validate(&global.location(), &global.outside.watched_by(&watching))?;
    let (users, groups, files) = (
        opened.desired.users.len(),
        opened.desired.groups.len(),
        opened.desired.sources.len(),
    );
    let held = HeldRows::of(&opened);
    let outside = opened.desired.references_outside_scope();
    ui.event(|| {
        let mut event = json!({ "type": "validated", "users": users, "groups": groups, "sources": files });
        if held.count > 0 {
            event["held"] = json!(held.count);
            event["most_held"] = json!(held.most);
        }
        if outside > 0 {
            event["outside_scope"] = json!(outside);
        }
        event
    });
    ui.result(&format!(
        "Valid: {} and {} in {}.\n{}{}",
        plural(users, "user"),
        plural(groups, "group"),
        plural(files, "file"),
        said(held),
        said_outside(outside)
    ));
    if let Some(nothing) = opened.says_nothing_about() {
        ui.result(&format!("The {nothing}.\n"));
    }
    Ok(Exit::Done)
}

/// What a plan would do about the rows that have an error.
fn said(held: HeldRows) -> String {
    let HeldRows { count, most } = held;
    let first = match count {
        0 => return String::new(),
        1 => "1 is held because its row has an error: nothing is planned for it.\n".to_owned(),
        count => format!("{count} are held because their rows have errors: nothing is planned for them.\n"),
    };
    if count > most {
        format!(
            "{first}A plan that changes something would be refused: at most {most} may be held (`limits: \
             held`).\n"
        )
    } else {
        first
    }
}

/// What a plan would do about memberships and references that name somebody outside of `scope`.
fn said_outside(references: usize) -> String {
    let (subject, them) = match references {
        0 => return String::new(),
        1 => ("1 membership or reference names".to_owned(), "it"),
        count => (format!("{count} memberships and references name"), "them"),
    };
    format!(
        "{subject} somebody whom `scope` leaves out: a plan leaves {them} out where the directory does not \
         have that person or group.\n"
    )
}
