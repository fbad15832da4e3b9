//! Golden files: sections of requests.

use serde_json::{Value as Json, json};

/// A request.
#[derive(Debug, PartialEq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) body: Json,
}

/// One step of a file.
pub(crate) struct Section {
    pub(crate) step: String,
    pub(crate) requests: Vec<Sent>,
    /// The service has no such step, and the file says why.
    pub(crate) is_impossible: bool,
}

impl Section {
    /// Whether it is about several members more than one.
    pub(crate) fn is_more_of(&self, kind: &str) -> bool {
        self.step
            .strip_prefix(kind)
            .is_some_and(|number| number.trim() != "1")
    }
}

pub(crate) fn read(dialect: &str) -> Vec<Section> {
    let path = format!("{}/tests/golden/{dialect}.http", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (head, rest) = text.split_once("### ").expect("a section");
    assert!(
        head.contains("http") || head.contains("measured"),
        "{path} does not say where it is from"
    );
    rest.split("\n### ")
        .map(|section| read_section(section, &path))
        .collect()
}

fn read_section(text: &str, path: &str) -> Section {
    let (step, rest) = text.split_once('\n').unwrap_or((text, ""));
    let lines: Vec<&str> = rest.lines().filter(|line| !line.starts_with('#')).collect();
    let is_impossible = lines.iter().any(|line| line.starts_with("none: "));
    let blocks = lines
        .split(|line| line.trim().is_empty())
        .filter(|block| !block.is_empty() && !is_impossible);
    let request = |block: &[&str]| {
        let (method, target) = block[0]
            .split_once(' ')
            .unwrap_or_else(|| panic!("{path}: {step}: {}", block[0]));
        let body = expand(&block[1..].join("\n"));
        let body = if body.is_empty() {
            Json::Null
        } else {
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {step}: {error}: {body}"))
        };
        Sent {
            method: method.to_owned(),
            target: target.to_owned(),
            body,
        }
    };
    Section {
        step: step.trim().to_owned(),
        requests: blocks.map(request).collect(),
        is_impossible,
    }
}

/// Writes members and removals out.
fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (words, behind) = after.split_once("}}").expect("closing braces");
        let (what, range) = words.split_once(' ').expect("what and how many");
        let (first, last) = range.split_once("..").expect("a range");
        let (first, last): (u32, u32) = (first.parse().expect("a number"), last.parse().expect("a number"));
        let written = |number: u32| match what {
            "members" => json!({ "value": format!("u{number}") }),
            "removals" => json!({ "op": "remove", "path": format!("members[value eq \"u{number}\"]") }),
            what => panic!("{what}"),
        };
        out.push_str(before);
        out.push_str(
            &(first..=last)
                .map(|number| written(number).to_string())
                .collect::<Vec<_>>()
                .join(","),
        );
        rest = behind;
    }
    out + rest
}

pub(crate) fn shown(requests: &[Sent]) -> String {
    let shown = |sent: &Sent| {
        let body: String = sent.body.to_string().chars().take(700).collect();
        format!("{} {} {body}", sent.method, sent.target)
    };
    requests
        .iter()
        .map(shown)
        .collect::<Vec<_>>()
        .join("\n           ")
}
