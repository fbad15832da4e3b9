//! Who is who: the attributes that `match` names, and people who have no name to sign in with.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::sandbox::Sandbox;
use crate::stand_in::Behaviour;
use crate::support::{Project, Ran};

const ORDER: &str = "match: { users: [employeeNumber, externalId, userName, emails.work] }\n";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn at(order: &str, people: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(order);
    at.declare(people);
    at
}

/// The names that the service holds, by id.
fn names(at: &AtService) -> BTreeMap<String, String> {
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let stored = at.service.stored(Kind::User);
    stored
        .iter()
        .map(|one| (text(&one["id"]), text(&one["userName"])))
        .collect()
}

#[test]
fn people_are_matched_by_an_employee_number_and_at_last_by_an_address() {
    let before = "users:
  - { userName: ada@example.com, employeeNumber: E1 }
  - { userName: bob@example.com, emails.work: bob@example.com }
";
    let at = at(ORDER, before);
    at.run("apply --auto-approve").exits(0).says("2 created");
    let (ada, bob) = (at.id("ada@example.com"), at.id("bob@example.com"));
    // A number is compared without case, as its schema says.
    at.declare(
        "users:
  - { userName: ada.king@example.com, employeeNumber: e1 }
  - { userName: b.ob@example.com, emails.work: Bob@example.com }
",
    );
    at.run("plan")
        .exits(0)
        .says("user:ada.king@example.com (was ada@example.com)")
        .says("user:b.ob@example.com (was bob@example.com)");
    at.run("apply wpsync.plan.json").exits(0);
    let after = [(ada, "ada.king@example.com"), (bob, "b.ob@example.com")];
    assert_eq!(
        names(&at),
        after
            .map(|(id, name)| (id, name.to_owned()))
            .into_iter()
            .collect()
    );
    at.run("why b.ob@example.com").exits(0).says("by userName");
    at.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn a_stronger_identifier_that_differs_is_another_person_and_a_name_that_differs_is_not() {
    let at = at(ORDER, "users: [{ userName: ada@example.com }]\n");
    at.somebody_makes(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": "kim@example.com",
        "emails": [{ "type": "work", "value": "kim@example.com" }],
        ENTERPRISE: { "employeeNumber": "7" },
    }));
    at.declare(
        "users: [{ userName: kim.new@example.com, employeeNumber: '8', emails.work: kim@example.com }]\n",
    );
    let ran = at.run("apply --auto-approve");
    assert_eq!(names(&at).len(), 1, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(at.stored("userName").len(), 1);
    assert!(at.stored("userName").contains_key("kim@example.com"));
    at.declare(
        "users: [{ userName: kim.new@example.com, employeeNumber: '7', emails.work: kim@example.com }]\n",
    );
    at.run("apply --auto-approve").exits(0);
    assert!(at.stored("userName").contains_key("kim.new@example.com"));
    assert_eq!(names(&at).len(), 1);
}

#[test]
fn what_the_service_does_not_hold_cannot_say_who_is_who() {
    let dialect = "name: ours\nnot_held: { users: [employeeNumber] }\n";
    let at = AtService::new(Behaviour::default(), dialect);
    at.configure(ORDER);
    at.declare("users: [{ userName: ada@example.com, employeeNumber: E1 }]\n");
    for command in ["validate", "plan"] {
        at.run(command)
            .exits(1)
            .complains("`match` names `employeeNumber` for users, and ours does not hold it")
            .complains("take it out of `match`");
    }
    at.configure("match: { users: [externalId, userName] }\n");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(names(&at).len(), 1);
}

/// A sandbox that behaves as Workplace, with what was sent to it.
struct Workplace {
    project: Project,
    sandbox: Sandbox,
}

impl Workplace {
    fn new(order: &str) -> Self {
        let project = Project::empty();
        let sandbox = Sandbox::start(&project, "--dialect workplace --record requests.jsonl");
        let config = format!(
            "version: 1\ndirectory: {{ scim: '{}', dialect: workplace, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\n{order}",
            sandbox.url
        );
        project.write("wpsync.yaml", &config);
        Self { project, sandbox }
    }

    #[must_use = "say which exit code is expected"]
    fn run(&self, arguments: &str) -> Ran {
        self.project
            .run_with(&[("TOKEN", &*self.sandbox.token)], arguments)
    }

    /// The bodies that were sent by a method.
    fn sent(&self, method: &str) -> Vec<Json> {
        let text = self.project.read("requests.jsonl");
        let requests = text
            .lines()
            .map(|line| serde_json::from_str::<Json>(line).expect("JSON"));
        let sent = requests.filter(|request| request["method"] == method);
        sent.map(|request| request["body"].clone()).collect()
    }
}

const NAMELESS: &str = "users:
  - { userName: ada@example.com, externalId: E1, name.formatted: Ada King, manager: E7 }
  - { externalId: E7, name.formatted: Grace Hopper, authMethod: password, title: Admiral }
  - { employeeNumber: '900', name.formatted: Kim Doe, authMethod: password, title: Driver }
";

#[test]
fn people_without_a_user_name_are_known_by_what_else_identifies_them() {
    let workplace = Workplace::new("match: { users: [externalId, employeeNumber, userName] }\n");
    workplace.project.write("people.yaml", NAMELESS);
    workplace
        .run("plan")
        .exits(0)
        .says("user:E7")
        .says("user:900")
        .says("3 to create");
    workplace
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 3 created");
    let sent = workplace.sent("POST");
    assert_eq!(sent.len(), 3);
    assert_eq!(
        sent.iter().filter(|body| body.get("userName").is_none()).count(),
        2,
        "{sent:?}"
    );
    workplace
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    workplace.run("drift --detailed-exitcode").exits(0);

    // The journal is lost, and the same apply is run again: what is done is recognised.
    std::fs::remove_dir_all(workplace.project.path(".wpsync")).expect("removed");
    workplace.run("apply wpsync.plan.json").exits(0);
    assert_eq!(workplace.sent("POST").len(), 3);

    workplace.project.edit("people.yaml", "Admiral", "Rear Admiral");
    workplace.project.edit("people.yaml", "Driver", "Pilot");
    workplace.run("apply --auto-approve").exits(0).says("2 updated");
    workplace.run("plan --detailed-exitcode").exits(0);
    let exported = workplace.run("export").exits(0).stdout;
    assert!(
        exported.contains("Rear Admiral") && exported.contains("Pilot"),
        "{exported}"
    );
    assert!(exported.contains("manager: E7"), "{exported}");
    assert_eq!(exported.matches("userName:").count(), 1, "{exported}");
    assert_eq!(workplace.sent("POST").len(), 3);

    // Somebody who gets an address later is the same person.
    workplace.project.edit(
        "people.yaml",
        "externalId: E7,",
        "externalId: E7, userName: grace@example.com,",
    );
    workplace
        .project
        .edit("people.yaml", "manager: E7", "manager: grace@example.com");
    workplace.run("apply --auto-approve").exits(0).says("1 updated");
    assert_eq!(workplace.sent("POST").len(), 3);
    workplace.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn a_person_without_a_user_name_is_refused_where_everybody_has_one_or_nothing_else_identifies() {
    let nameless = "users: [{ externalId: E7, title: Admiral }]\n";
    let project = Project::with_people(nameless);
    project
        .run("validate")
        .exits(1)
        .complains("no file gives this user a `userName`");
    let workplace = Workplace::new("match: { users: [userName] }\n");
    workplace.project.write("people.yaml", nameless);
    workplace
        .run("validate")
        .exits(1)
        .complains("no file gives this user a `userName`");
}

#[test]
fn an_identifier_that_is_somebody_elses_name_is_refused() {
    let workplace = Workplace::new("");
    workplace.project.write(
        "people.yaml",
        "users:\n  - { userName: E7 }\n  - { externalId: E7, title: Admiral }\n",
    );
    workplace
        .run("validate")
        .exits(1)
        .complains("two people are user:E7: one of them has no name")
        .complains("people.yaml:3:5");
}
