//! Entra's mapping to Workplace: the example's people become the SCIM documents that Workplace takes, and a
//! second plan is empty.

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::support::Project;

/// The bodies that the example creates, the manager's id replaced by their place.
fn bodies(project: &Project) -> Vec<Value> {
    let recorded = project.read("requests.jsonl");
    let exchanges = recorded
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    exchanges
        .filter(|exchange| exchange["method"] == "POST")
        .map(|exchange| exchange["body"].clone())
        .collect()
}

#[test]
fn the_29_attributes_become_the_documents_that_workplace_takes() {
    let project = Project::example("entra");
    let sandbox = Sandbox::start(&project, "--dialect workplace --record requests.jsonl");
    project.edit("wpsync.yaml", "http://127.0.0.1:8080", &sandbox.url);
    let token = [("WPSYNC_TOKEN", sandbox.token.as_str())];
    project.run_with(&token, "apply --auto-approve").exits(0);

    let mut found = bodies(&project);
    found.sort_by_key(|body| body["userName"].to_string());
    let urn = |name: &str| format!("urn:ietf:params:scim:schemas:extension:{name}:2.0:User");
    let enterprise = urn("enterprise");
    let manager = found[1][&enterprise]["manager"]["managerId"].clone();
    assert!(manager.is_string(), "a manager is written by id: {found:#?}");
    let golden: Value = serde_json::from_str(include_str!("../golden/entra-workplace.json")).expect("JSON");
    let text = serde_json::to_string_pretty(&found)
        .expect("JSON")
        .replace(manager.as_str().expect("an id"), "id of ada@contoso.com");
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found, golden, "{text}");

    project.run_with(&token, "plan --detailed-exitcode").exits(0);
    // What is for new accounts is not touched again, and Entra's column names find the person.
    project.edit("wpsync.yaml", "New colleague", "Newest colleague");
    project.run_with(&token, "plan --detailed-exitcode").exits(0);
    project.edit("wpsync.yaml", "\"de-DE\", \"en-GB\"", "\"de-AT\", \"en-IE\"");
    project.run_with(&token, "plan --detailed-exitcode").exits(0);
    project
        .run_with(&token, "why user:zoe@contoso.com")
        .exits(0)
        .says("Coalesce([mail], [userPrincipalName])")
        .says("Engineering and Sales");
    project.edit("users.csv", "Field Sales", "Area Manager");
    project
        .run_with(&token, "plan --detailed-exitcode")
        .exits(2)
        .says("Area Manager");
}
