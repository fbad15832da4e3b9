//! Each page on a system that wpsync replaces (`docs/from-*.md`) shows an example of its own, and what it
//! shows is what happens.
//!
//! `WPSYNC_BLESS=1 cargo test --test stories pages` writes what is printed into the pages.
//!
//! A page names its example first as `examples/NAME`. Its session runs in a copy of that folder. Where the
//! example's directory is [`ADDRESS`], a sandbox in the configuration's dialect stands there; where it is
//! Officevibe, a stand-in for it does.

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
    Some(
        rest.split(|one: char| !one.is_ascii_alphanumeric() && one != '-')
            .next()
            .unwrap_or_default(),
    )
}

/// Where an example finds Officevibe.
const OFFICEVIBE: &str = "https://app.officevibe.com";

/// Where a service is, and where its page says that it is.
struct Place<'a> {
    url: &'a str,
    shown: &'a str,
}

/// Runs a page, or writes it anew.
fn run(path: &Path) -> usize {
    let page = fs::read_to_string(path).expect("a page");
    let is_blessed = std::env::var_os("WPSYNC_BLESS").is_some();
    let run = |page: &str, project: &Project, variables: &[(&str, &str)], place: &Place<'_>| {
        if !is_blessed {
            return session::run(page, project, variables);
        }
        let anew = session::written_anew(page, project, variables).replace(place.url, place.shown);
        fs::write(path, anew).expect("a written page");
        page.matches("\n$ ").count()
    };
    let project = Project::example(after(&page, "examples/").expect("the page names its example"));
    let config = project.read("wpsync.yaml");
    if config.contains(OFFICEVIBE) {
        let officevibe = Officevibe::start();
        project.write("wpsync.yaml", &config.replace(OFFICEVIBE, &officevibe.url()));
        let url = officevibe.url();
        return run(
            &page.replace(OFFICEVIBE, &url),
            &project,
            &[("OFFICEVIBE_KEY", KEY)],
            &Place {
                url: &url,
                shown: OFFICEVIBE,
            },
        );
    }
    if !config.contains(ADDRESS) {
        let place = Place {
            url: ADDRESS,
            shown: ADDRESS,
        };
        return run(&page, &project, &[], &place);
    }
    let dialect = after(&config, "dialect: ")
        .map(|name| format!("--dialect {name}"))
        .unwrap_or_default();
    let claimed = after_line(&page, "wpsync sandbox --dialect").unwrap_or_default();
    let sandbox = Sandbox::start(&project, &format!("{dialect} {claimed}"));
    project.write("wpsync.yaml", &config.replace(ADDRESS, &sandbox.url));
    let page = page.replace(ADDRESS, &sandbox.url);
    let variables = [("WPSYNC_TOKEN", &*sandbox.token)];
    let place = Place {
        url: &sandbox.url,
        shown: ADDRESS,
    };
    run(&page, &project, &variables, &place)
}

/// The options on the line on which a page starts its sandbox.
fn after_line<'t>(page: &'t str, command: &str) -> Option<&'t str> {
    let rest = page.split_once(command)?.1.lines().next()?;
    Some(&rest[rest.find(" --")?..])
}

#[test]
fn each_page_shows_what_its_example_does() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages = 0;
    for entry in fs::read_dir(docs)
        .expect("pages")
        .map(|entry| entry.expect("an entry"))
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with("from-") || entry.path().extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        println!("{name}"); // which page it was, when one fails
        let steps = run(&entry.path());
        assert!(steps >= 3, "{name} shows a session");
        pages += 1;
    }
    assert!(pages > 0, "there are pages");
}
