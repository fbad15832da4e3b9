//! Which rooms of the house know of which others.

use crate::code::{Code, Form, Mention};
use crate::purity::is_below;
use crate::resolve::Target;
use crate::rules::Violation;

/// What every room that stands below may import.
const GROUND: &[&str] = &["escape", "digest", "diagnostics", "model"];

/// Each room, and which of the rooms above it in this table it may import. The pure ones come first; from
/// `killpoint` on, rooms may touch the world. A file that stands elsewhere than its folder has a row of its
/// own.
const LAYERS: &str = "
escape =
digest =
diagnostics =
yaml =
model =
declared =
mapping = declared
desired = declared mapping
source = declared mapping yaml
export = declared source
whole::form =
dialect = whole::form
wire = dialect
whole = dialect whole::form wire
project = declared desired dialect mapping source yaml
policy = project
matching = desired
plan = declared desired dialect matching policy project whole whole::form wire
whole::compose = plan whole whole::form
approval = plan
receipt = plan wire
encryption =
redaction = plan receipt whole
capability = declared desired dialect plan policy project whole::form
why = capability desired dialect mapping matching plan project
undo = dialect plan project receipt
review = plan receipt
drift = declared desired matching plan policy project review
killpoint =
journal = killpoint
client = dialect killpoint whole whole::form wire
survey = client declared desired matching policy project whole::form
doctor = client dialect wire
apply = client dialect journal killpoint plan project receipt survey whole::form wire
whole::look = apply plan whole whole::form
whole::run = apply client journal killpoint receipt survey whole whole::compose whole::form whole::look wire
state = apply client drift journal killpoint plan receipt
sandbox = dialect
schemas = dialect plan receipt review
operation = apply approval capability client declared desired dialect doctor drift encryption export
    journal killpoint mapping matching plan policy project receipt redaction review sandbox source
    state survey undo whole whole::compose whole::form whole::run why wire
cli = apply approval capability client declared desired dialect doctor drift encryption export
    journal matching operation plan policy project receipt redaction review sandbox source state
    survey undo whole why wire
main = cli
";

/// The rows of the table: a room, and all that it may import.
fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in LAYERS.lines() {
        let imports = match line.split_once('=') {
            Some((room, imports)) => {
                rows.push((room.trim(), Vec::new()));
                imports
            }
            None => line,
        };
        if let Some((_, row)) = rows.last_mut() {
            row.extend(imports.split_whitespace());
        }
    }
    rows
}

pub fn violations(code: &Code) -> Vec<Violation> {
    let rows = rows();
    let mut found = Vec::new();
    for (name, module) in code.modules.iter().filter(|(name, _)| !name.is_empty()) {
        let room = row_of(&rows, name);
        let row = rows.iter().find(|(named, _)| *named == room);
        let may_import = |imported: &str| {
            row.is_some_and(|(_, imports)| imports.contains(&imported) || GROUND.contains(&imported))
        };
        for mention in module.mentions.iter().filter(|mention| is_import(mention)) {
            let (Target::Module(target) | Target::Item(target)) = code.target(name, mention) else {
                continue;
            };
            let imported = row_of(&rows, &target);
            if !target.is_empty() && imported != room && !may_import(imported) {
                found.push(Violation {
                    file: module.file.clone(),
                    line: mention.line,
                    subject: format!("{room} -> {imported}"),
                    why: format!("is not in the table of layers, by `{}`", mention.path.join("::")),
                });
            }
        }
    }
    found
}

/// Whether a mention is of something. `pub(super)` and `pub(crate)` name a place alone.
fn is_import(mention: &Mention) -> bool {
    let is_place = |word: &String| ["crate", "self", "super"].contains(&word.as_str());
    mention.form != Form::Method && !mention.path.iter().all(is_place)
}

/// The row of a module: its own, or that of the folder around it.
fn row_of<'a>(rows: &[(&'a str, Vec<&str>)], name: &'a [String]) -> &'a str {
    let full = name.join("::");
    let around = rows
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| is_below(&full, room));
    around
        .max_by_key(|room| room.len())
        .unwrap_or_else(|| Code::room(name))
}

#[test]
fn the_table_of_layers_goes_upwards() {
    let rows = rows();
    for (at, (room, imports)) in rows.iter().enumerate() {
        for import in imports {
            let is_above = rows[..at].iter().any(|(above, _)| above == import);
            assert!(is_above, "{room} imports {import}, which stands below");
        }
    }
}
