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
    directory.patch(
        &format!("Users/{id}"),
        &serde_json::json!([{ "op": "replace", "path": "title", "value": "Somebody else's" }]),
    );
    let before = plain::contents(&server);
    let ended = project.apply(&plan);

    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert_eq!(
        proxy::writes(&proxy.take()),
        BTreeMap::new(),
        "nothing may be written"
    );
    assert_eq!(plain::contents(&server), before);
    let place = format!(
        "{}:{}",
        sources::YAML,
        sources::line_of_title(project.path(), edited)
    );
    let line = ended.stderr.lines().find(|line| line.contains(&edited.user_name));
    let line = line.unwrap_or_else(|| panic!("the person is not named\n{}", ended.said()));
    for part in ["title", "Somebody else's", &place] {
        assert!(line.contains(part), "{part} is not in: {line}");
    }
}

/// The same name with another id is another account, whoever made it.
fn made_anew_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let mut company = Company::generate(31, 20, 2);
    let project = Project::new(&server, &proxy, &company, "");
    project.converge();
    company.people[7].title = Some("Reviewed".to_owned());
    company.people[8].title = Some("Reviewed".to_owned());
    project.declare(&company);
    let plan = project.plan();
    proxy.take();

    let person = &company.people[7];
    let directory = Http::new(&server.base, server.token);
    directory.delete(&format!("Users/{}", plain::id_of(&directory, &person.user_name)));
    let anew = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": person.user_name,
        "externalId": person.external_id,
        "name": { "givenName": person.given_name, "familyName": person.family_name },
        "emails": [{ "value": person.email, "type": "work" }], "active": true
    });
    directory.post("Users", &anew);
    let before = plain::contents(&server);
    let ended = project.apply(&plan);

    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(ended.stderr.contains(&person.user_name), "{}", ended.said());
    assert_eq!(
        proxy::writes(&proxy.take()),
        BTreeMap::new(),
        "nothing may be written"
    );
    assert_eq!(plain::contents(&server), before);

    // A new plan sees the new account for what it is, and gives it what the sources say; dangling memberships
    // and managers included.
    project.converge();
    assert_eq!(plain::contents(&server), company.contents());
    project.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn f022_an_account_made_anew_between_plan_and_apply_on_scim2_server() {
    made_anew_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn f022_an_account_made_anew_between_plan_and_apply_on_scimmy() {
    made_anew_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn f022_an_account_made_anew_between_plan_and_apply_on_better_auth() {
    made_anew_on(Kind::BetterAuth);
}
