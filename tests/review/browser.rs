//! A real browser opens the page. `cargo test --test review -- --ignored browser` runs these, with Chromium
//! on the PATH (or the program that `WPSYNC_CHROMIUM` names).

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use wpsync::plan::Plan;
use wpsync::review::{DEFAULT_BUDGET, html, markdown};

use crate::support::{everywhere, large, naughty, sealed, small};

/// The elements that the page may consist of once it is drawn.
const OURS: [&str; 39] = [
    "html", "head", "meta", "title", "style", "body", "noscript", "p", "a", "header", "div", "span", "aside",
    "main", "form", "label", "input", "ol", "ul", "li", "button", "h1", "h3", "code", "strong", "details",
    "summary", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "b", "script", "!doctype",
];

/// A page as the browser drew it.
struct Drawn {
    document: String,
    took: Duration,
}

impl Drawn {
    /// Opens a plan's page; the fragment searches and filters.
    fn of(plan: &Plan, fragment: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("plan.html");
        std::fs::write(&page, html(plan, None)).expect("written");
        let started = Instant::now();
        let output = chromium(folder.path())
            .arg("--dump-dom")
            .arg(format!("file://{}{fragment}", page.display()))
            .output()
            .expect("Chromium starts");
        let document = String::from_utf8(output.stdout).expect("text");
        assert!(
            document.contains("data-ready="),
            "the script did not run: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self {
            document,
            took: started.elapsed(),
        }
    }

    /// A number that the page wrote about itself.
    fn number(&self, name: &str) -> u64 {
        let (_, rest) = self
            .document
            .split_once(&format!(" data-{name}=\""))
            .expect("a number");
        rest.split('"').next().expect("an end").parse().expect("a number")
    }

    /// The document without its scripts and styles, whose text is not parsed.
    fn elements(&self) -> Vec<&str> {
        let mut rest = &*self.document;
        let mut elements = Vec::new();
        while let Some((_, after)) = rest.split_once('<') {
            let end = after.find('>').expect("an end");
            elements.push(&after[..end]);
            rest = &after[end..];
            for raw in ["script", "style"] {
                if after.starts_with(raw) {
                    rest = rest.split_once(&format!("</{raw}")).expect("an end").1;
                }
            }
        }
        elements
    }
}

fn chromium(folder: &Path) -> Command {
    let program = std::env::var_os("WPSYNC_CHROMIUM").unwrap_or_else(|| "chromium".into());
    let mut command = Command::new(program);
    command
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND",
        ]);
    command
}

#[test]
#[ignore = "needs Chromium"]
fn browser_draws_twenty_thousand_changes_in_three_seconds_and_finds_one() {
    let plan = large();
    let all = Drawn::of(plan, "");
    println!(
        "{} bytes; {} ms until drawn, {:?} with the browser's start",
        html(plan, None).len(),
        all.number("ready"),
        all.took
    );
    assert_eq!(all.number("found"), 20_000);
    assert!(all.number("ready") < 3_000, "{} ms", all.number("ready"));
    assert!(all.document.contains("Show 400 more of 19,900"));
    let one = Drawn::of(plan, "#q=user:person.00017%40example.com");
    println!(
        "search: {} found, {} ms until drawn",
        one.number("found"),
        one.number("ready")
    );
    assert_eq!(one.number("found"), 1);
    let removals = Drawn::of(plan, "#action=delete&kind=user");
    assert_eq!(removals.number("found"), 500);
}

/// Writes the pages into the folder that `WPSYNC_PAGES` names, to be looked at.
#[test]
#[ignore = "writes files for people"]
fn browser_pages_to_look_at() {
    let Some(folder) = std::env::var_os("WPSYNC_PAGES") else {
        return;
    };
    let mut refused = small();
    refused
        .header
        .guards
        .iter_mut()
        .filter(|guard| guard.guard == "remove")
        .for_each(|guard| guard.limit = 1);
    let refused = sealed(refused.header, refused.changes);
    for (name, plan) in [("small.html", &refused), ("large.html", large())] {
        let page = Path::new(&folder).join(name);
        std::fs::write(&page, html(plan, None)).expect("written");
        std::fs::write(page.with_extension("md"), markdown(plan, DEFAULT_BUDGET, None)).expect("written");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn browser_shows_removals_first() {
    let drawn = Drawn::of(&small(), "");
    let places = [
        "zed@example.com</span>",
        "bob@example.com</span>",
        "ada@example.com</span>",
    ]
    .map(|name| drawn.document.find(name).expect("a name"));
    assert!(places.is_sorted());
}

#[test]
#[ignore = "needs Chromium"]
fn browser_makes_no_element_of_foreign_text() {
    // All texts in one plan, so that one start of the browser sees them all.
    let mut changes = Vec::new();
    for (number, nasty) in naughty().iter().enumerate() {
        for mut change in everywhere(nasty).changes {
            change.id = format!("{number} {}", change.id);
            change.needs.clear();
            changes.push(change);
        }
    }
    for nasty in [
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "--><svg onload=alert(1)>",
    ] {
        let header = everywhere(nasty).header;
        let drawn = Drawn::of(&sealed(header, changes.clone()), "#q=script");
        assert!(drawn.number("found") > 10);
        let (mut scripts, elements) = (0, drawn.elements());
        for element in elements {
            let name = element
                .trim_start_matches('/')
                .split([' ', '\n'])
                .next()
                .expect("a name")
                .to_ascii_lowercase();
            assert!(OURS.contains(&&*name), "a foreign element: {element}");
            assert!(
                !element.contains(" on") && !element.contains("javascript:"),
                "a handler: {element}"
            );
            scripts += usize::from(name == "script" && !element.starts_with('/'));
        }
        assert_eq!(scripts, 2);
    }
}
