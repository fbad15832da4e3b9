//! Each page on a system that wpsync replaces (`docs/from-*.md`) shows an example of its own, and what it shows is what happens.
//!
//! A page names its example first as `examples/NAME`. Its session runs in a copy of that folder. Where the example's directory is
//! [`ADDRESS`], a sandbox in the configuration's dialect stands there; where it is Officevibe, a stand-in for it does.

use std::fs;
use std::path::Path;

use crate::fake_officevibe::{KEY, Officevibe};
use crate::sandbox::Sandbox;
use crate::session;
use crate::support::Project;

/// Where an example that needs a service finds it.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// The word that follows a text.
fn after<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let rest = text.split_once(before)?.1;
    Some(rest.split(|one: char| !one.is_ascii_alphanumeric() && one != '-').next().unwrap_or_default())
}

/// Where an example finds Officevibe.
const OFFICEVIBE: &str = "https://app.officevibe.com";

fn run(page: &str) -> usize {
    let project = Project::example(after(page, "examples/").expect("the page names its example"));
    let config = project.read("wpsync.yaml");
    if config.contains(OFFICEVIBE) {
        let officevibe = Officevibe::start();
        project.write("wpsync.yaml", &config.replace(OFFICEVIBE, &officevibe.url()));
        return session::run(&page.replace(OFFICEVIBE, &officevibe.url()), &project, &[("OFFICEVIBE_KEY", KEY)]);
    }
    if !config.contains(ADDRESS) {
        return session::run(page, &project, &[]);
    }
    let dialect = after(&config, "dialect: ").map(|name| format!("--dialect {name}")).unwrap_or_default();
    let sandbox = Sandbox::start(&project, &dialect);
    project.write("wpsync.yaml", &config.replace(ADDRESS, &sandbox.url));
    let page = page.replace(ADDRESS, &sandbox.url);
    session::run(&page, &project, &[("WPSYNC_TOKEN", &sandbox.token)])
}

#[test]
fn each_page_shows_what_its_example_does() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages = 0;
    for entry in fs::read_dir(docs).expect("pages").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with("from-") || entry.path().extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        println!("{name}"); // which page it was, when one fails
        let steps = run(&fs::read_to_string(entry.path()).expect("a page"));
        assert!(steps >= 3, "{name} shows a session");
        pages += 1;
    }
    assert!(pages > 0, "there are pages");
}
