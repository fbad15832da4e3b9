//! Somebody edits the directory between a plan and its apply.

use std::collections::BTreeMap;

use super::company::Company;
use super::http::Http;
use super::plain;
use super::project::Project;
use super::proxy::{self, Proxy};
use super::server::Kind;
use super::sources;

#[test]
#[ignore = "installs and starts a server"]
fn f098_an_edit_between_plan_and_apply_stops_it_before_anything_is_written() {
    let server = Kind::Scim2.start();
    let proxy = Proxy::before(&server.base);
    let mut company = Company::generate(21, 40, 4);
    let project = Project::new(&server, &proxy, &company, "");
    project.converge();
    for person in &mut company.people {
        person.title = Some("Reviewed".to_owned());
    }
    project.declare(&company);
    let plan = project.plan();
    assert_eq!(plan.changes.len(), 40);
    proxy.take();

    let edited = &company.people[12];
    let directory = Http::new(&server.base, server.token);
    let id = plain::id_of(&directory, &edited.user_name);
    directory.patch(&format!("Users/{id}"), &serde_json::json!([{ "op": "replace", "path": "title", "value": "Somebody else's" }]));
    let before = plain::contents(&server);
    let ended = project.apply(&plan);

    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert_eq!(proxy::writes(&proxy.take()), BTreeMap::new(), "nothing may be written");
    assert_eq!(plain::contents(&server), before);
    let place = format!("{}:{}", sources::YAML, sources::line_of_title(project.path(), edited));
    let line = ended.stderr.lines().find(|line| line.contains(&edited.user_name));
    let line = line.unwrap_or_else(|| panic!("the person is not named\n{}", ended.said()));
    for part in ["title", "Somebody else's", &place] {
        assert!(line.contains(part), "{part} is not in: {line}");
    }
}
