//! The exact requests that each dialect must lead to, written by hand from the vendors' documents in
//! `tests/golden/<dialect>.http`, compared with what the client sends through a transport that only
//! remembers.
//!
//! A file has a section for each step: `### title` and then requests, each a line with method and path, and a
//! JSON body. `none:` says why a service has no such step. `{{members 1..100}}` and `{{removals 1..100}}`
//! stand for as many members and operations.

mod file;
#[path = "../support/mod.rs"]
mod stand_in;
mod step;

use wpsync::dialect::Dialect;

/// The steps that every file must speak of.
const STEPS: [&str; 12] = [
    "create",
    "rename",
    "title",
    "clear title",
    "deactivate",
    "reactivate",
    "delete",
    "create group",
    "members add 1",
    "members remove 1",
    "members add more",
    "members remove more",
];

#[tokio::test]
async fn every_dialect_sends_what_its_vendor_documents() {
    let mut wrong = Vec::new();
    for name in Dialect::names() {
        let golden = file::read(name);
        for step in STEPS {
            let (kind, number) = step.rsplit_once(' ').unwrap_or((step, ""));
            let is_there = golden
                .iter()
                .any(|section| section.step == step || (number == "more" && section.is_more_of(kind)));
            if !is_there {
                wrong.push(format!("{name}: no section `{step}`"));
            }
        }
        for section in golden.iter().filter(|section| !section.is_impossible) {
            let sent = step::sent(name, &section.step).await;
            if sent != section.requests {
                wrong.push(format!(
                    "{name}: {}\n  sent     {}\n  expected {}",
                    section.step,
                    file::shown(&sent),
                    file::shown(&section.requests)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
