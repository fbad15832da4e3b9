//! What a list leaves out though the resource itself has it. Unknown is not none: nobody stays in a group,
//! and no role stays, because a list does not show them, and no number is shown that nobody knows.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::stand_in::{Asked, Behaviour, Door, Fault, Line, Members, Operation, Service};
use crate::support::{Project, Ran};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PEOPLE: &str = "users:
  - { userName: ada@example.com, title: Engineer }
  - { userName: bob@example.com, title: Writer }
  - { userName: cyd@example.com, title: Pilot }
groups:
  - { displayName: Ops, members: [ada@example.com, bob@example.com] }
  - { displayName: Dev, members: [cyd@example.com] }
";

/// A service with four people, and a project that knows it over HTTP.
struct World {
    service: Arc<Service>,
    project: Project,
    people: Vec<String>,
    door: Door,
}

impl World {
    fn new(behaviour: Behaviour, sources: &str) -> Self {
        let service = Service::behaving(3, behaviour);
        let titles = [
            ("ada", "Engineer"),
            ("bob", "Writer"),
            ("cyd", "Pilot"),
            ("eve", "Chief"),
        ];
        let people = titles
            .map(|(name, title)| {
                json!({ "schemas": [USER], "userName": format!("{name}@example.com"), "title": title })
            })
            .to_vec();
        let people = service.load(Kind::User, people);
        let door = Door::open(Line::clear(&service));
        let project = Project::empty();
        let config = format!(
            "version: 1\ndirectory: {{ scim: '{}', dialect: rfc7644, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\nadopt: all\n",
            door.base()
        );
        project.write("wpsync.yaml", &config);
        project.write("people.yaml", sources);
        Self {
            service,
            project,
            people,
            door,
        }
    }

    fn group(&self, name: &str, members: &[usize]) {
        let members: Vec<Json> = members
            .iter()
            .map(|place| json!({ "value": self.people[*place] }))
            .collect();
        self.service.load(
            Kind::Group,
            vec![json!({ "schemas": [GROUP], "displayName": name, "members": members })],
        );
    }

    fn run(&self, command: &str) -> Ran {
        self.project.run_with(&[("TOKEN", "a-token-of-tests")], command)
    }

    /// How many requests of a kind a command sends.
    fn counts(&self, operation: Operation, command: &str) -> usize {
        self.service.forget();
        self.run(command).exits(0);
        self.service
            .requests_that(|exchange| exchange.operation == operation)
            .len()
    }

    /// The names of those who are in a group, behind wpsync's back.
    fn members(&self, group: &str) -> Vec<String> {
        let contents = self.service.contents_by_name();
        let members = contents[group]["members"].as_array().cloned().unwrap_or_default();
        let names = members.iter().filter_map(Json::as_str);
        names.map(|name| name.replace("@example.com", "")).collect()
    }
}

fn unlisted_members() -> Behaviour {
    Behaviour {
        members: Members::Unlisted,
        ..Behaviour::default()
    }
}

#[test]
fn who_left_leaves_the_group_though_the_list_shows_no_members() {
    let world = World::new(unlisted_members(), PEOPLE);
    world.group("Ops", &[0, 1, 3]);
    world.group("Dev", &[2]);
    let ran = world
        .run("plan")
        .exits(0)
        .says("members 3 → 2")
        .says("- eve@example.com");
    assert!(
        !ran.stdout.contains("group:Dev"),
        "nothing is to do there: {ran:?}"
    );
    world.run("apply wpsync.plan.json").exits(0);
    assert_eq!(world.members("Ops"), ["ada", "bob"]);
    world.run("plan --detailed-exitcode").exits(0).says("No changes.");
    world.run("drift --detailed-exitcode").exits(0).says("No drift.");
    assert_eq!(
        world.counts(Operation::GetGroup, "plan"),
        2,
        "each declared group is read once"
    );
}

#[test]
fn an_export_has_the_members_that_the_list_does_not_show() {
    let world = World::new(unlisted_members(), PEOPLE);
    world.group("Ops", &[0, 3]);
    world.group("Dev", &[2]);
    let ran = world.run("export").exits(0).says("eve@example.com");
    let exported = ran.stdout.split("groups:").nth(1).expect("groups").to_owned();
    assert!(exported.contains("ada@example.com") && exported.contains("cyd@example.com"));
}

#[test]
fn a_group_that_is_declared_empty_is_not_believed_to_be_empty() {
    let world = World::new(unlisted_members(), &PEOPLE.replace("[cyd@example.com]", "[]"));
    world.group("Ops", &[0, 1]);
    world.group("Dev", &[2]);
    world.run("plan").exits(5).says("- cyd@example.com");
}

#[test]
fn a_list_that_leaves_out_large_groups_alone_is_not_believed_about_them() {
    let behaviour = Behaviour {
        members: Members::ListedUpTo(2),
        ..Behaviour::default()
    };
    let world = World::new(behaviour, PEOPLE);
    world.group("Ops", &[0, 1, 3]);
    world.group("Dev", &[2]);
    world.run("plan").exits(0).says("members 3 → 2");
    assert_eq!(world.counts(Operation::GetGroup, "plan"), 1, "Dev was listed");
}

#[test]
fn groups_that_come_without_members_because_they_have_none_are_not_read_one_by_one() {
    let behaviour = Behaviour {
        members: Members::Unassigned,
        ..Behaviour::default()
    };
    let sources = (0..40).fold(PEOPLE.to_owned(), |text, number| {
        text + &format!("  - {{ displayName: Empty {number}, members: [] }}\n")
    });
    let world = World::new(behaviour, &sources);
    world.group("Ops", &[0, 1]);
    world.group("Dev", &[2]);
    for number in 0..40 {
        world.group(&format!("Empty {number}"), &[]);
    }
    world.run("plan --detailed-exitcode").exits(0).says("No changes.");
    assert_eq!(
        world.counts(Operation::GetGroup, "plan"),
        1,
        "one proves the list"
    );
}

#[test]
fn a_new_member_of_an_empty_group_is_counted_from_none() {
    let behaviour = Behaviour {
        members: Members::Unassigned,
        ..Behaviour::default()
    };
    let world = World::new(behaviour, PEOPLE);
    world.group("Ops", &[]);
    world.group("Dev", &[2]);
    world.run("plan").exits(0).says("members 0 → 2");
}

#[test]
fn a_number_of_members_that_nobody_tells_is_not_shown() {
    let behaviour = Behaviour {
        members: Members::Hidden,
        ..Behaviour::default()
    };
    let world = World::new(behaviour, PEOPLE);
    world.group("Ops", &[0, 1, 3]);
    world.group("Dev", &[2]);
    let ran = world
        .run("plan")
        .exits(0)
        .says("members (the directory does not tell who is in it)")
        .says("+ ada@example.com");
    assert!(!ran.stdout.contains("members 0"), "{ran:?}");
    let markdown = world.run("show --format markdown").exits(0);
    assert!(!markdown.stdout.contains("members 0"), "{markdown:?}");
    let shown: Json = serde_json::from_str(&world.run("show --format json").exits(0).stdout).expect("JSON");
    assert!(!shown.to_string().contains("\"before\":0"), "{shown}");
}

#[test]
fn roles_that_the_list_does_not_show_are_read_and_taken_away() {
    let behaviour = Behaviour {
        unlisted: vec!["roles"],
        ..Behaviour::default()
    };
    let sources = "users:
  - { userName: ada@example.com, roles: [reader] }
  - { userName: bob@example.com, roles: [reader] }
  - { userName: cyd@example.com, title: Pilot }
";
    let world = World::new(behaviour, sources);
    world.service.edit(
        &format!("/Users/{}", world.people[0]),
        "roles",
        &json!([{ "value": "reader" }, { "value": "admin" }]),
    );
    world.service.edit(
        &format!("/Users/{}", world.people[1]),
        "roles",
        &json!([{ "value": "reader" }]),
    );
    let ran = world
        .run("plan")
        .exits(0)
        .says(r#"roles  ["admin", "reader"] → ["reader"]"#);
    assert!(!ran.stdout.contains("user:bob@example.com"), "{ran:?}");
    world.run("apply wpsync.plan.json").exits(0);
    let roles = world.service.contents_by_name()["ada@example.com"]["roles"].clone();
    assert_eq!(roles.as_array().map(Vec::len), Some(1), "{roles}");
    world.run("plan --detailed-exitcode").exits(0).says("No changes.");
    assert_eq!(
        world.counts(Operation::GetUser, "plan"),
        2,
        "those who should have roles"
    );
}

#[test]
fn an_attribute_that_nobody_has_yet_costs_two_readings_and_no_more() {
    let people =
        (0..9).map(|number| json!({ "schemas": [USER], "userName": format!("p{number}@example.com") }));
    let sources = (0..9).fold("users:\n".to_owned(), |text, number| {
        text + &format!("  - {{ userName: p{number}@example.com, nickName: N{number} }}\n")
    });
    let world = World::new(Behaviour::default(), &sources);
    world.service.load(Kind::User, people.collect());
    assert_eq!(world.counts(Operation::GetUser, "plan"), 2);
    world.run("show").exits(0).says("9 to update");
}

#[test]
fn a_service_without_groups_is_refused_with_the_row_that_helps() {
    let world = World::new(
        Behaviour::default(),
        "users:\n  - { userName: ada@example.com, title: Chief }\n",
    );
    let refuse = |asked: &Asked<'_>| (asked.operation == Operation::ListGroups).then_some(Fault::Status(404));
    world
        .door
        .switch(Line::disturbed(&world.service, Box::new(refuse)));
    world
        .run("apply --auto-approve")
        .exits(1)
        .complains("listing groups: the directory answered 404")
        .complains("`groups: none`");
    world.project.write("ours.yaml", "name: ours\ngroups: none\n");
    world
        .project
        .edit("wpsync.yaml", "dialect: rfc7644", "dialect: ours.yaml");
    world.run("apply --auto-approve").exits(0);
    assert_eq!(
        world.service.contents_by_name()["ada@example.com"]["title"],
        "Chief"
    );
}
