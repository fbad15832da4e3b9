//! What people read is compared letter by letter: capitals, the form of accents, spaces. Who somebody is, is
//! not.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::stand_in::{Behaviour, Door, Line, Service};
use crate::support::{Project, Ran};

/// A project at a service, which a test reads and edits behind everybody's back.
pub struct World {
    pub service: Arc<Service>,
    pub project: Project,
    door: Door,
}

impl World {
    /// A service that holds these people and groups, and behaves so from then on.
    pub fn new(behaviour: Behaviour, people: &[Json], groups: &[Json]) -> Self {
        let service = Service::new(3);
        let world = Self::empty(service);
        world.load(Kind::User, people);
        world.load(Kind::Group, groups);
        world.service.behave(behaviour);
        world
    }

    fn empty(service: Arc<Service>) -> Self {
        let door = Door::open(Line::clear(&service));
        let world = Self {
            service,
            project: Project::empty(),
            door,
        };
        world.configure("rfc7644");
        world
    }

    pub fn load(&self, kind: Kind, all: &[Json]) {
        let marked = all.iter().map(|resource| {
            let mut resource = resource.clone();
            resource["schemas"] = json!([format!("urn:ietf:params:scim:schemas:core:2.0:{kind:?}")]);
            resource
        });
        self.service.load(kind, marked.collect());
    }

    /// Names the dialect.
    pub fn configure(&self, dialect: &str) {
        let base = self.door.base();
        let config = format!(
            "version: 1\ndirectory: {{ scim: '{base}', dialect: {dialect}, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\n"
        );
        self.project.write("wpsync.yaml", &config);
    }

    pub fn declare(&self, people: &str) {
        self.project.write("people.yaml", people);
    }

    pub fn run(&self, command: &str) -> Ran {
        self.project.run_with(&[("TOKEN", "a-token-of-tests")], command)
    }

    /// An attribute of somebody, as the service's store has it.
    pub fn stored(&self, name: &str, pointer: &str) -> String {
        let contents = self.service.contents_by_name();
        let value = contents[name].pointer(pointer);
        value.and_then(Json::as_str).unwrap_or_default().to_owned()
    }

    /// Checks that plan and drift find nothing, and that nobody is asked to write.
    pub fn is_settled(&self) {
        self.service.forget();
        self.run("plan --detailed-exitcode").exits(0).says("No changes.");
        self.run("drift --detailed-exitcode").exits(0).says("No drift.");
        assert_eq!(self.service.writes().len(), 0);
    }
}

fn ada() -> Json {
    json!({
        "userName": "ada@example.com", "title": "it support", "displayName": "ADA DEVRIES",
        "name": { "familyName": "DeVries", "givenName": "Jos\u{e9}" },
    })
}

const CORRECTED: &str = "users:
  - userName: ada@example.com
    title: IT Support
    displayName: Ada deVries
    name: { familyName: deVries, givenName: \"Jose\u{301}\" }
groups:
  - { displayName: Sales, members: [ada@example.com] }
";

/// A service that holds shouted names, and sources that correct them.
fn corrected() -> World {
    let world = World::new(Behaviour::default(), &[ada()], &[]);
    let id = world.service.stored(Kind::User)[0]["id"].clone();
    let members = json!([{ "value": id }]);
    world.load(
        Kind::Group,
        &[json!({ "displayName": "sales", "members": members })],
    );
    world.declare(CORRECTED);
    world
}

#[test]
fn capitals_and_accents_are_corrected() {
    let world = corrected();
    world
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Plan: 2 to update.")
        .says("\"it support\" → \"IT Support\"")
        .says("\"ADA DEVRIES\" → \"Ada deVries\"")
        .says("\"DeVries\" → \"deVries\"");
    world
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete");
    for (pointer, text) in [
        ("/title", "IT Support"),
        ("/displayName", "Ada deVries"),
        ("/name/familyName", "deVries"),
        ("/name/givenName", "Jose\u{301}"),
    ] {
        assert_eq!(world.stored("ada@example.com", pointer), text);
    }
    world.is_settled();
}

#[test]
fn texts_that_look_the_same_are_shown_apart() {
    let world = corrected();
    let apart = r#""Jos\u{e9}" → "Jose\u{301}""#;
    world.run("plan").exits(0).says(apart);
    world
        .run("show --format markdown")
        .exits(0)
        .says(r#"name.givenName  "Jos\u{e9}""#)
        .says(r#"name.givenName  "Jose\u{301}""#);
    world
        .run("why ada@example.com")
        .exits(0)
        .says(r#""Jos\u{e9}"        "Jose\u{301}""#);
}

#[test]
fn why_and_drift_see_what_a_plan_corrects() {
    let world = corrected();
    let why = world.run("why ada@example.com").exits(0);
    why.says("the sources and the directory differ in displayName, name.familyName, name.givenName, title");
    world.run("apply --auto-approve").exits(0);
    let id = world.service.stored(Kind::User)[0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    world
        .service
        .edit(&format!("/Users/{id}"), "title", &json!("it support"));
    world
        .run("drift --detailed-exitcode")
        .exits(2)
        .says("last applied \"IT Support\", directory \"it support\", sources \"IT Support\"");
}

#[test]
fn a_group_whose_name_differs_by_capitals_is_renamed() {
    let world = corrected();
    world
        .run("plan")
        .exits(0)
        .says("group:Sales (was sales)")
        .says("displayName  \"sales\" → \"Sales\"");
    world.run("apply wpsync.plan.json").exits(0);
    let groups = world.service.stored(Kind::Group);
    assert_eq!(groups.len(), 1, "no second group is made: {groups:?}");
    assert_eq!(groups[0]["displayName"], "Sales");
    assert_eq!(groups[0]["members"].as_array().map(Vec::len), Some(1));
}

#[test]
fn two_groups_exchange_their_capitals() {
    let world = World::new(
        Behaviour::default(),
        &[],
        &[json!({ "displayName": "sales" }), json!({ "displayName": "Ops" })],
    );
    world.declare("groups:\n  - { displayName: Sales }\n  - { displayName: ops }\n");
    world.run("apply --auto-approve").exits(0).says("2 to update");
    let mut names: Vec<_> = world
        .service
        .stored(Kind::Group)
        .iter()
        .map(|group| group["displayName"].to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["\"Sales\"", "\"ops\""]);
    world.is_settled();
}

#[test]
fn who_somebody_is_has_no_capitals() {
    let people = [json!({
        "userName": "Ada@Example.com", "emails": [{ "type": "work", "value": "ADA@example.com" }],
        "roles": [{ "value": "Admin" }],
    })];
    let world = World::new(Behaviour::default(), &people, &[]);
    world
        .declare("users:\n  - { userName: ada@example.com, emails.work: ada@example.com, roles: [admin] }\n");
    world.run("plan --detailed-exitcode").exits(0).says("No changes.");
    world
        .project
        .write("exact.yaml", "name: exact\ncase_exact: { users: [emails] }\n");
    world.configure("exact.yaml");
    world
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("user:ada@example.com (Ada@Example.com in the directory)")
        .says("\"ADA@example.com\" → \"ada@example.com\"");
    world.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        world.stored("Ada@Example.com", "/emails/0/value"),
        "ada@example.com"
    );
}

#[test]
fn where_capitals_make_another_name_nobody_is_taken_for_another() {
    let world = World::new(
        Behaviour::default(),
        &[json!({ "userName": "Ada@Example.com" })],
        &[],
    );
    world.declare("users:\n  - { userName: ada@example.com, title: Writer }\n");
    world
        .project
        .write("exact.yaml", "name: exact\ncase_exact: { users: [userName] }\n");
    world.configure("exact.yaml");
    world
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("1 person is held")
        .says_over_lines("ada@example.com looks like Ada@Example.com")
        .says_over_lines("in the directory, by case");
    world.run("apply wpsync.plan.json").exits(0);
    assert_eq!(world.stored("Ada@Example.com", "/title"), "");
}

#[test]
fn two_files_that_spell_a_title_in_two_ways_disagree() {
    let project = Project::with_people("users:\n  - { userName: ada@example.com, title: \"Caf\u{e9}\" }\n");
    project.edit("wpsync.yaml", "[people.yaml]", "[people.yaml, more.yaml]");
    project.write(
        "more.yaml",
        "users:\n  - { userName: ADA@example.com, title: \"Cafe\u{301}\" }\n",
    );
    project
        .run("plan")
        .exits(1)
        .complains("two files disagree on title: `Caf\\u{e9}` here and `Cafe\\u{301}` elsewhere");
}

/// Three corrections, and one change that is more.
fn first_plan_after_an_upgrade() -> Project {
    let people = "users:
  - { userName: ada@example.com, title: it support }
  - { userName: bob@example.com, title: WRITER }
  - { userName: cyd@example.com, title: pilot, displayName: CYD }
groups:
  - { displayName: sales }
";
    let project = Project::with_people(people);
    project.run("apply --auto-approve").exits(0);
    project.write(
        "people.yaml",
        "users:
  - { userName: ada@example.com, title: IT Support }
  - { userName: bob@example.com, title: Writer }
  - { userName: cyd@example.com, title: Captain, displayName: Cyd }
groups:
  - { displayName: Sales }
",
    );
    project
}

const THREE: &str = "3 changes only correct capitals, the form of accents, or spaces";

#[test]
fn corrections_have_a_line_of_their_own_in_every_view() {
    let project = first_plan_after_an_upgrade();
    project
        .run("plan")
        .exits(0)
        .says("Plan: 4 to update.")
        .says(&format!("spelling    {THREE}"));
    for view in [
        "--format markdown",
        "--format html",
        "--redact ids",
        "--format markdown --redact masked",
    ] {
        project.run(&format!("show {view}")).exits(0).says(THREE);
    }
    let shown = project.run("show --format json").exits(0);
    let shown: Json = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["standing"]["corrections"], 3);
}

#[test]
fn corrections_are_taken_over_in_one_reviewed_step() {
    let project = first_plan_after_an_upgrade();
    let plan = project.run("plan --corrections --detailed-exitcode").exits(2);
    let plan = plan
        .says("Plan: 3 to update.")
        .says("only        corrections of capitals, accents and spaces; nobody else is in this plan");
    assert!(!plan.stdout.contains("cyd@example.com"), "{plan:?}");
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete: 3 updated.");
    let exported = project.exported();
    for text in ["IT Support", "Writer", "Sales", "pilot", "CYD"] {
        assert!(exported.contains(text), "{exported}");
    }
    let rest = project.run("plan").exits(0).says("Plan: 1 to update.");
    assert!(!rest.stdout.contains("spelling"), "{rest:?}");
    project
        .run("plan --corrections --detailed-exitcode")
        .exits(0)
        .says("No changes for whom this plan is about.");
}

#[test]
fn corrections_of_one_person_are_planned_and_nobody_leaves_with_them() {
    let project = first_plan_after_an_upgrade();
    project.edit(
        "people.yaml",
        "  - { userName: bob@example.com, title: Writer }\n",
        "",
    );
    let configuration = project.read("wpsync.yaml");
    let manage = "manage: { users: { absent: deactivate, within: all } }\n";
    project.write("wpsync.yaml", &format!("{configuration}{manage}"));
    project
        .run("plan --corrections")
        .exits(0)
        .says("Plan: 2 to update.");
    project
        .run("plan --corrections --only user:ada@example.com")
        .exits(0)
        .says("Plan: 1 to update.")
        .says("only        corrections of capitals, accents and spaces; user:ada@example.com");
    project
        .run("plan --corrections --deactivate bob@example.com")
        .exits(64);
}
