//! Which rooms of the house know of which others.

use std::collections::BTreeMap;

use crate::code::{Code, Form};
use crate::resolve::Target;
use crate::rules::Violation;

/// What every room that stands below may import.
const GROUND: &[&str] = &["escape", "digest", "diagnostics", "model"];

/// Each room, and which of the rooms above it in this table it may import. The pure ones come first; from
/// `killpoint` on, rooms may touch the world.
const LAYERS: &[(&str, &str)] = &[
    ("escape", ""),
    ("digest", ""),
    ("diagnostics", ""),
    ("yaml", ""),
    ("model", ""),
    ("declared", ""),
    ("mapping", "declared"),
    ("desired", "declared mapping"),
    ("source", "declared mapping yaml"),
    ("export", "declared source"),
    ("dialect", ""),
    ("wire", "dialect"),
    ("project", "declared desired dialect mapping source yaml"),
    ("policy", "project"),
    ("matching", "desired"),
    ("plan", "declared desired dialect matching policy project wire"),
    ("approval", "plan"),
    ("receipt", "plan wire"),
    ("encryption", ""),
    ("redaction", "plan"),
    ("capability", "declared desired dialect plan policy project"),
    ("drift", "declared desired matching plan policy project"),
    ("why", "desired mapping matching plan project"),
    ("undo", "plan project receipt"),
    ("review", "plan receipt"),
    ("killpoint", ""),
    ("journal", "killpoint"),
    ("client", "dialect killpoint wire"),
    ("whole", "client dialect wire"),
    ("survey", "client declared desired matching policy project"),
    ("doctor", "client dialect wire"),
    ("apply", "client dialect journal killpoint plan survey wire"),
    ("state", "apply client drift journal killpoint plan receipt"),
    ("sandbox", "dialect"),
    (
        "operation",
        "apply approval capability client declared desired dialect doctor drift encryption export journal killpoint mapping \
         matching plan policy project receipt redaction review sandbox source state survey undo whole why wire",
    ),
    (
        "cli",
        "apply approval capability client declared desired dialect doctor drift encryption export journal matching operation \
         plan policy project receipt redaction review sandbox source state survey undo whole why wire",
    ),
    ("main", "cli"),
];

pub fn violations(code: &Code) -> Vec<Violation> {
    let layers: BTreeMap<&str, Vec<&str>> = LAYERS
        .iter()
        .map(|(room, imports)| {
            (
                *room,
                imports.split_whitespace().chain(GROUND.iter().copied()).collect(),
            )
        })
        .collect();
    let mut found = Vec::new();
    for (name, module) in code.modules.iter().filter(|(name, _)| !name.is_empty()) {
        let room = Code::room(name);
        for mention in module
            .mentions
            .iter()
            .filter(|mention| mention.form != Form::Method)
        {
            let (Target::Module(target) | Target::Item(target)) = code.target(name, mention) else {
                continue;
            };
            let imported = Code::room(&target);
            let is_below = !target.is_empty() && imported != room;
            if is_below
                && !layers
                    .get(room)
                    .is_some_and(|imports| imports.contains(&imported))
            {
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

#[test]
fn the_table_of_layers_goes_upwards() {
    for (at, (room, imports)) in LAYERS.iter().enumerate() {
        let above: Vec<&str> = LAYERS[..at].iter().map(|(room, _)| *room).collect();
        for import in imports.split_whitespace() {
            assert!(
                above.contains(&import),
                "{room} imports {import}, which stands below"
            );
        }
    }
}
