//! Officevibe, written in one request: the plan shows who changes, the push carries everybody, and nobody is
//! removed or overwritten whom the plan does not name.

use serde_json::json;

use crate::commands::{output, spawn};
use crate::fake_officevibe::{KEY, Next, Officevibe, WORKLEAP_KEY};
use crate::support::{Project, Ran};

const PEOPLE: &str = "\
users:
  - userName: ada@example.com
    externalId: e1
    name: { givenName: Ada, familyName: Lovelace }
    title: Analyst
    preferredLanguage: en
    department: Research
    managedGroups: [g1]
  - userName: zoe@example.com
    externalId: e2
    name: { givenName: Zoé, familyName: Müller }
    title: \"Sales, North\"
    preferredLanguage: fr
    photos.photo: https://pictures.example.com/zoe.png
groups:
  - displayName: Research
    externalId: g1
    members: [zoe@example.com, group:Interns]
  - displayName: Interns
    externalId: g2
    members: [zoe@example.com]
";

const MANAGE: &str =
    "manage:\n  users: { absent: delete, within: all }\n  groups: { absent: delete, within: all }\n";

fn config(url: &str, more: &str) -> String {
    format!(
        "version: 1\ndirectory:\n  officevibe: {url}\n  token: {{ env: OFFICEVIBE_KEY }}\n  \
         sync_manager: hr@example.com\n  properties: {{ department: Department }}\nsources: [people.yaml]\n\
         limits: {{ create: 100%, update: 100% }}\n{more}"
    )
}

/// A project whose people are pushed to a fake.
struct Company {
    project: Project,
    officevibe: Officevibe,
}

impl Company {
    fn new() -> Self {
        let (project, officevibe) = (Project::empty(), Officevibe::start());
        project.write("wpsync.yaml", &config(&officevibe.url(), MANAGE));
        project.write("people.yaml", PEOPLE);
        Self { project, officevibe }
    }

    /// The same, pushed.
    fn pushed() -> Self {
        let company = Self::new();
        company.run("plan").exits(0);
        company.run("apply wpsync.plan.json").exits(0);
        company.officevibe.forget();
        company
    }

    fn run(&self, arguments: &str) -> Ran {
        self.project.run_with(
            &[("OFFICEVIBE_KEY", KEY), ("WORKLEAP_KEY", WORKLEAP_KEY)],
            arguments,
        )
    }
}

#[test]
fn the_push_has_the_form_of_the_enterprise_sync_tool() {
    let company = Company::new();
    company
        .run("plan")
        .exits(0)
        .says("Plan: 4 to create.")
        .says("ada@example.com")
        .says("Interns");
    assert_eq!(company.officevibe.pushes(), Vec::<serde_json::Value>::new());
    assert!(
        company
            .officevibe
            .requests()
            .iter()
            .all(|request| request.starts_with("GET ")),
        "{:?}",
        company.officevibe.requests()
    );

    company
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete")
        .says("unverified");
    assert_eq!(company.officevibe.pushed_to(), "/api/v2/sync");
    let expected = json!({
        "settings": { "syncManagerEmail": "hr@example.com", "inviteNewUsers": false },
        "users": [
            {
                "id": "e1", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
                "jobTitle": "Analyst", "language": "en", "Department": "Research",
            },
            {
                "id": "e2", "email": "zoe@example.com", "firstName": "Zoé", "lastName": "Müller",
                "jobTitle": "Sales, North", "language": "fr",
                "imageUrl": "https://pictures.example.com/zoe.png",
            },
        ],
        "groups": [{ "id": "g1", "name": "Research" }, { "id": "g2", "name": "Interns" }],
        "mappings": [
            { "groupId": "g1", "userId": "e1", "subGroupId": "", "isMember": false, "isManager": true },
            { "groupId": "g1", "userId": "e2", "subGroupId": "", "isMember": true, "isManager": false },
            { "groupId": "g1", "userId": "", "subGroupId": "g2", "isMember": true, "isManager": false },
            { "groupId": "g2", "userId": "e2", "subGroupId": "", "isMember": true, "isManager": false },
        ],
    });
    assert_eq!(company.officevibe.pushed(), expected);
    company.run("plan").exits(0).says("No changes");
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        company.officevibe.pushes().len(),
        1,
        "a plan without changes sends nothing"
    );
}

#[test]
fn a_key_that_is_not_accepted_is_said_and_not_shown() {
    let company = Company::new();
    let wrong = company
        .project
        .run_with(&[("OFFICEVIBE_KEY", "wrong-key-4711")], "plan")
        .exits(1);
    let wrong = wrong
        .complains("login page")
        .complains("custom integration is activated");
    assert!(
        !wrong.stderr.contains("4711") && !wrong.stderr.contains("DOCTYPE"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn one_membership_is_one_change_and_the_push_still_holds_everybody() {
    let company = Company::pushed();
    company.project.edit(
        "people.yaml",
        "members: [zoe@example.com]",
        "members: [zoe@example.com, ada@example.com]",
    );
    let plan = company.run("plan").exits(0);
    let plan = plan
        .says("Plan: 1 to update.")
        .says("Interns")
        .says("ada@example.com");
    assert!(!plan.stdout.contains("zoe@example.com"), "{}", plan.stdout);
    company
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("1 membership");
    let body = company.officevibe.pushed();
    assert_eq!(
        (
            body["users"].as_array().map(Vec::len),
            body["mappings"].as_array().map(Vec::len)
        ),
        (Some(2), Some(5))
    );
    assert_eq!(
        body["users"][1]["imageUrl"], "https://pictures.example.com/zoe.png",
        "what cannot be read is sent as it was last sent"
    );
    company.run("plan").exits(0).says("No changes");
}

#[test]
fn what_cannot_be_read_is_a_change_once_and_not_again() {
    let company = Company::pushed();
    company
        .project
        .edit("people.yaml", "preferredLanguage: fr", "preferredLanguage: en");
    company
        .run("plan")
        .exits(0)
        .says("Plan: 1 to update.")
        .says("preferredLanguage");
    company
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("1 unverified")
        .complains("Unverified");
    assert_eq!(company.officevibe.pushed()["users"][1]["language"], "en");
    company.run("plan").exits(0).says("No changes");
    company.run("drift").exits(0);
}

#[test]
fn whoever_leaves_the_sources_is_named_before_the_push_leaves_them_out() {
    let company = Company::pushed();
    let people = company.project.read("people.yaml");
    let (before, rest) = people.split_once("  - userName: zoe").expect("she is there");
    let after = rest.split_once("groups:\n").expect("groups").1;
    let after = after
        .replace("[zoe@example.com, group:Interns]", "[group:Interns]")
        .replace("[zoe@example.com]", "[]");
    company
        .project
        .write("people.yaml", &format!("{before}groups:\n{after}"));
    let plan = company
        .project
        .line("plan")
        .waiving("remove=1: she left|group-emptied=1: she left")
        .with(&[("OFFICEVIBE_KEY", KEY)])
        .run();
    plan.exits(0)
        .says("zoe@example.com")
        .complains("deletes for good who was only invited");
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(company.officevibe.emails(), ["ada@example.com"]);
}

#[test]
fn nobody_is_removed_whom_the_plan_does_not_name() {
    let company = Company::pushed();
    company
        .project
        .edit("people.yaml", "title: Analyst", "title: Chief Analyst");
    company.run("plan").exits(0).says("Plan: 1 to update.");
    company.officevibe.add_person("eve@example.com");
    company
        .run("apply wpsync.plan.json")
        .exits(4)
        .complains("eve@example.com has appeared since");
    assert_eq!(company.officevibe.pushes().len(), 0);
    // A plan made now names her, where it may remove her, and is refused where it may not.
    company
        .project
        .write("wpsync.yaml", &config(&company.officevibe.url(), ""));
    company
        .run("plan")
        .exits(1)
        .complains("1 people and 0 groups are there that no source declares");
}

#[test]
fn what_somebody_else_changed_since_is_not_overwritten() {
    for change in [
        &(|officevibe: &Officevibe| officevibe.edit("zoe@example.com", "jobTitle", "Head of Sales"))
            as &dyn Fn(&Officevibe),
        &|officevibe| officevibe.add_member("g2", "e1"),
        &|officevibe| officevibe.edit("ada@example.com", "jobTitle", "Countess"),
    ] {
        let company = Company::pushed();
        company
            .project
            .edit("people.yaml", "title: Analyst", "title: Chief Analyst");
        company.run("plan").exits(0).says("Plan: 1 to update.");
        change(&company.officevibe);
        company
            .run("apply wpsync.plan.json")
            .exits(4)
            .says("Nothing was written");
        assert_eq!(company.officevibe.pushes().len(), 0);
    }
}

#[test]
fn a_push_whose_answer_was_lost_is_looked_at_and_not_repeated() {
    let company = Company::new();
    company.officevibe.next(Next::Silence);
    company.run("plan").exits(0);
    company
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete");
    assert_eq!(company.officevibe.pushes().len(), 1);
    company.run("plan").exits(0).says("No changes");
}

#[test]
fn a_run_that_was_killed_goes_on_without_a_second_push() {
    let company = Company::new();
    company.run("plan").exits(0);
    let mut command = company.project.command("apply wpsync.plan.json");
    // It is killed while it waits for what it has pushed to show.
    company.officevibe.next(Next::Pending);
    let mut child = spawn(
        command
            .env("OFFICEVIBE_KEY", KEY)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null()),
    );
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while company.officevibe.pushes().is_empty() && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    // The push is worked off afterwards.
    company.officevibe.work_off();
    company
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete");
    assert_eq!(company.officevibe.pushes().len(), 1);
    company.run("plan").exits(0).says("No changes");
}

#[cfg(unix)]
#[test]
fn f110_a_push_that_is_killed_at_any_place_is_sent_once() {
    for (place, times) in [
        ("push.intended", 1),
        ("push.answered", 1),
        ("push.recorded", 1),
        ("push.recorded", 3),
        ("plan.finished", 1),
    ] {
        for keeps_its_journal in [true, false] {
            let company = Company::new();
            company.run("plan").exits(0);
            let mut command = company.project.command("apply wpsync.plan.json");
            command
                .env("OFFICEVIBE_KEY", KEY)
                .env("WPSYNC_KILL_AT", format!("{place}:{times}"));
            let killed = output(&mut command);
            assert_eq!(killed.status.code(), None, "{place}: it is killed");
            let sent = company.officevibe.pushes().len();
            assert_eq!(sent, usize::from(place != "push.intended"), "{place}");
            if !keeps_its_journal {
                std::fs::remove_dir_all(company.project.path(".wpsync")).expect("removed");
            }
            if keeps_its_journal || sent == 0 {
                company.run("apply wpsync.plan.json").exits(0);
                company.run("plan").exits(0).says("No changes");
            } else {
                // What cannot be read back is known by the journal alone: without it nothing is sent again.
                company
                    .run("apply wpsync.plan.json")
                    .exits(4)
                    .says("Nothing was written");
            }
            assert_eq!(
                company.officevibe.pushes().len(),
                1,
                "{place}, journal kept: {keeps_its_journal}"
            );
        }
    }
}

#[test]
fn a_push_that_is_refused_is_said_with_its_words() {
    let company = Company::new();
    company.officevibe.next(Next::Refused);
    company.run("plan").exits(0);
    company
        .run("apply wpsync.plan.json")
        .exits(3)
        .complains("is no administrator");
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(company.officevibe.emails().len(), 2);
}

#[test]
fn workleap_gets_its_own_names_its_own_key_and_no_settings() {
    let company = Company::new();
    let config = config(&company.officevibe.url(), MANAGE).replace(
        "  sync_manager: hr@example.com\n",
        "  form: workleap\n  workleap_key: { env: WORKLEAP_KEY }\n",
    );
    company.project.write("wpsync.yaml", &config);
    company.run("plan").exits(0);
    let variables = [
        ("OFFICEVIBE_KEY", KEY),
        ("WORKLEAP_KEY", WORKLEAP_KEY),
        ("WPSYNC_WORKLEAP_ORIGIN", &company.officevibe.url()),
    ];
    company
        .project
        .run_with(&variables, "apply wpsync.plan.json")
        .exits(0);
    let body = company.officevibe.pushed();
    assert_eq!(company.officevibe.pushed_to(), "/public/provisioning/json");
    assert_eq!(
        body["members"][1],
        json!({
            "externalMemberId": "e2", "email": "zoe@example.com", "firstName": "Zoé", "lastName": "Müller",
            "jobTitle": "Sales, North", "languagePreferences": "fr",
            "imageUrl": "https://pictures.example.com/zoe.png",
        })
    );
    assert_eq!(
        body["teams"][0],
        json!({ "externalTeamId": "g1", "teamName": "Research" })
    );
    assert_eq!(
        body["teamMappings"][0],
        json!({
            "externalTeamId": "g1", "externalMemberId": "e1", "externalSubteamId": "", "isMember": false,
            "isManager": true,
        })
    );
    assert_eq!(
        body.as_object().map(serde_json::Map::len),
        Some(3),
        "Workleap refuses settings"
    );
}

#[test]
fn whoever_leads_a_group_that_is_not_there_is_held_and_everybody_else_is_pushed() {
    let company = Company::new();
    company
        .project
        .edit("people.yaml", "managedGroups: [g1]", "managedGroups: [g9]");
    company
        .run("plan")
        .exits(0)
        .says("1 person is held")
        .says_over_lines("names g9, which is no group's externalId");
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(company.officevibe.emails(), ["zoe@example.com"]);
    company
        .run("plan --detailed-exitcode")
        .exits(2)
        .says("Nothing to apply. 1 person is held.");
    company.project.write("people.yaml", PEOPLE);
    company.run("plan").exits(0);
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        company.officevibe.emails(),
        ["ada@example.com", "zoe@example.com"]
    );
}

#[test]
fn whoever_is_not_active_is_held_and_everybody_else_is_pushed() {
    let company = Company::new();
    company.project.edit(
        "people.yaml",
        "title: Analyst",
        "title: Analyst\n    active: false",
    );
    company
        .run("plan")
        .exits(0)
        .says("1 person is held")
        .says("leave them out of the sources; `scope` can")
        .complains("user:ada@example.com is not active");
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(company.officevibe.emails(), ["zoe@example.com"]);
}

/// The example, whose files are the Enterprise Sync Tool's, pushed to a fake.
fn example() -> (Project, Officevibe) {
    let (project, officevibe) = (Project::example("officevibe"), Officevibe::start());
    project.edit("wpsync.yaml", "https://app.officevibe.com", &officevibe.url());
    (project, officevibe)
}

#[test]
fn the_tools_own_files_are_pushed_as_the_tool_does() {
    let (project, officevibe) = example();
    let key = [("OFFICEVIBE_KEY", KEY)];
    project.run_with(&key, "plan").exits(0);
    // What would be sent is told offline and without a key, exactly.
    let shown = project.run("show --format json --wire").exits(0);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
    project.run_with(&key, "apply wpsync.plan.json").exits(0);
    let body = officevibe.pushed();
    assert_eq!(shown["wire"][0]["body"], body);
    assert_eq!(
        (&shown["wire"][0]["path"], shown["wire"].as_array().map(Vec::len)),
        (&json!("/api/v2/sync"), Some(1))
    );
    assert_eq!(
        body["users"][0],
        json!({
            "id": "1001", "email": "ada.lovelace@example.com", "firstName": "Ada", "lastName": "Lovelace",
            "jobTitle": "Analyst, Engines", "imageUrl": "https://pictures.example.com/ada.png",
            "language": "en", "Department": "Research", "Employee Category": "Full time",
        })
    );
    assert_eq!(body["users"][1]["lastName"], "O'Neil \"BJ\"");
    let mappings = body["mappings"].as_array().expect("a list");
    assert!(mappings.contains(
        &json!({ "groupId": "G-3", "userId": "1002", "subGroupId": "", "isMember": false, "isManager": true })
    ));
    assert!(mappings.contains(
        &json!({ "groupId": "G-2", "userId": "", "subGroupId": "G-3", "isMember": true, "isManager": false })
    ));
    assert_eq!(mappings.len(), 7, "{mappings:#?}");
    project.run_with(&key, "plan").exits(0).says("No changes");

    // The last manager of a group is one no more.
    project.edit(
        "groups-mapping.csv",
        "G-1,1001,,TRUE,TRUE",
        "G-1,1001,,TRUE,FALSE",
    );
    officevibe.forget();
    project
        .run_with(&key, "plan")
        .exits(0)
        .says("Plan: 1 to update.")
        .says("managedGroups");
    project.run_with(&key, "apply wpsync.plan.json").exits(0);
    assert!(
        !officevibe.pushed()["mappings"]
            .to_string()
            .contains(r#""groupId":"G-1","isManager":true"#)
    );
}

#[test]
fn what_would_be_sent_is_redacted_like_the_rest() {
    let (project, _officevibe) = example();
    project.run_with(&[("OFFICEVIBE_KEY", KEY)], "plan").exits(0);
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let schema = json(&project.run("schema show").exits(0).stdout);
    for mode in ["masked", "ids"] {
        let shown = project
            .run(&format!("show --format json --wire --redact {mode}"))
            .exits(0)
            .stdout;
        assert!(jsonschema::is_valid(&schema, &json(&shown)), "{mode}");
        for secret in [
            "ada.lovelace",
            "Lovelace",
            "Müller",
            "pictures.example.com",
            "hr@example.com",
        ] {
            assert!(!shown.contains(secret), "{mode} shows {secret}:\n{shown}");
        }
        // A digest may hold these digits among others.
        let mut words = shown.split(|character: char| !character.is_alphanumeric());
        assert!(!words.any(|word| word == "1001"), "{mode} shows 1001:\n{shown}");
    }
    project.run("show --wire").exits(64).complains("--format json");
}

#[test]
fn the_tools_configuration_is_taken_over_without_its_key() {
    let project = Project::example("officevibe");
    project.write("mine.yaml", &project.read("wpsync.yaml"));
    std::fs::remove_file(project.path("wpsync.yaml")).expect("removed");
    project.edit("config.json", "put-the-key-into-OFFICEVIBE_KEY", "s3cr3t-4711");
    let ran = project
        .run("init --from officevibe config.json")
        .exits(0)
        .says("wrote wpsync.yaml")
        .complains("OFFICEVIBE_KEY");
    let written = project.read("wpsync.yaml");
    assert!(!format!("{ran:?}{written}").contains("4711"));
    // The example's configuration is this one, with what the tool's does not say.
    for line in written.lines().filter(|line| !line.contains("users.csv")) {
        assert!(project.read("mine.yaml").contains(line), "{line}");
    }
    project.run("validate").exits(0);
    project.write("wpsync.yaml", "version: 1 # mine\n");
    project
        .run("init --from officevibe config.json")
        .exits(0)
        .says("kept  wpsync.yaml");
    assert_eq!(project.read("wpsync.yaml"), "version: 1 # mine\n");
    project
        .run("init --from okta config.json")
        .exits(64)
        .complains("officevibe");
}

#[test]
fn what_a_scim_directory_would_be_sent_is_told_in_order_and_offline() {
    let people = "users:\n  - { userName: ada@example.com, name: { givenName: Ada } }\n  \
        - { userName: bob@example.com, manager: ada@example.com }\n\
        groups:\n  - { displayName: Engines, members: [ada@example.com, bob@example.com] }\n";
    let project = Project::with_people(people);
    project.run("plan").exits(0);
    let wire = |project: &Project| {
        let shown: serde_json::Value =
            serde_json::from_str(&project.run("show --format json --wire").exits(0).stdout).expect("JSON");
        shown["wire"].as_array().expect("a list").clone()
    };
    let requests = wire(&project);
    let said: Vec<_> = requests
        .iter()
        .map(|one| {
            format!(
                "{} {}",
                one["method"].as_str().unwrap_or(""),
                one["path"].as_str().unwrap_or("")
            )
        })
        .collect();
    assert_eq!(said, ["POST /Users", "POST /Users", "POST /Groups"]);
    assert_eq!(requests[0]["body"]["name"], json!({ "givenName": "Ada" }));
    let enterprise = &requests[1]["body"]["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    assert_eq!(enterprise["manager"]["value"], "id-of-user:ada@example.com");
    assert_eq!(
        requests[2]["body"]["members"][1]["value"],
        "id-of-user:bob@example.com"
    );
    project.run("apply wpsync.plan.json").exits(0);

    project.edit("people.yaml", "givenName: Ada", "givenName: Augusta");
    project.edit(
        "people.yaml",
        "members: [ada@example.com, bob@example.com]",
        "members: [ada@example.com]",
    );
    project.run("plan").exits(0);
    let requests = wire(&project);
    let sent: Vec<_> = requests
        .iter()
        .map(|one| {
            (
                one["change"].as_str().unwrap_or(""),
                one["method"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(sent.len(), 2);
    assert!(
        sent.contains(&("user:ada@example.com", "PATCH")) && sent.contains(&("group:Engines", "PATCH")),
        "{sent:?}"
    );
    let renamed = requests
        .iter()
        .find(|one| one["change"] == "user:ada@example.com")
        .expect("the change");
    assert_eq!(
        renamed["body"]["Operations"],
        json!([{ "op": "replace", "path": "name.givenName", "value": "Augusta" }])
    );
}

#[test]
fn whoever_is_there_already_is_adopted_by_name_or_nothing_is_pushed() {
    let company = Company::new();
    company.officevibe.add_person("old@example.com");
    company
        .run("plan")
        .exits(1)
        .complains("a push would remove them")
        .complains("--adopt users");
    company
        .project
        .line("plan --adopt users")
        .waiving("remove=1: left long ago")
        .with(&[("OFFICEVIBE_KEY", KEY)])
        .run()
        .exits(0)
        .says("old@example.com");
    company.run("apply wpsync.plan.json").exits(0);
    assert_eq!(
        company.officevibe.emails(),
        ["ada@example.com", "zoe@example.com"]
    );
}

#[test]
fn nobody_is_promised_to_be_only_deactivated() {
    let company = Company::pushed();
    company.project.edit(
        "wpsync.yaml",
        "users: { absent: delete",
        "users: { absent: deactivate",
    );
    company.officevibe.add_person("old@example.com");
    company
        .project
        .line("plan --adopt users")
        .waiving("remove=1: left long ago")
        .with(&[("OFFICEVIBE_KEY", KEY)])
        .run()
        .exits(1)
        .complains("a push cannot deactivate anybody");
    assert_eq!(company.officevibe.pushes().len(), 0);
}

#[test]
fn an_apply_is_turned_round_and_people_are_explained_and_exported() {
    let company = Company::pushed();
    company.run("why ada@example.com").exits(0).says("Analyst");
    company
        .run("export")
        .exits(0)
        .says("zoe@example.com")
        .says("managedGroups");
    company.run("doctor").exits(1).complains("is none");
    company
        .project
        .edit("people.yaml", "title: Analyst", "title: Countess");
    company.run("plan").exits(0);
    company.run("apply wpsync.plan.json").exits(0);
    let receipts = std::fs::read_dir(company.project.path(".wpsync/receipts"))
        .expect("receipts")
        .map(|entry| entry.expect("an entry"));
    let newest = receipts
        .filter(|entry| !entry.file_name().to_string_lossy().ends_with(".plan.json"))
        .max_by_key(|entry| {
            entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .expect("a time")
        })
        .expect("a receipt");
    company.officevibe.forget();
    company.run(&format!("undo {}", newest.path().display())).exits(0);
    company.run("apply wpsync.undo.plan.json").exits(0);
    let body = company.officevibe.pushed();
    assert_eq!(
        (
            &body["users"][0]["jobTitle"],
            &body["users"][0]["language"],
            &body["users"][1]["language"]
        ),
        (&json!("Analyst"), &json!("en"), &json!("fr"))
    );
}

#[test]
fn a_plan_about_one_person_pushes_everybody_else_as_they_are() {
    let company = Company::pushed();
    company
        .project
        .edit("people.yaml", "title: Analyst", "title: Countess");
    company
        .project
        .edit("people.yaml", "title: \"Sales, North\"", "title: Head of Sales");
    company
        .run("plan --only user:ada@example.com")
        .exits(0)
        .says("Plan: 1 to update.");
    company.run("apply wpsync.plan.json").exits(0);
    let body = company.officevibe.pushed();
    assert_eq!(
        (&body["users"][0]["jobTitle"], &body["users"][1]["jobTitle"]),
        (&json!("Countess"), &json!("Sales, North"))
    );
    assert_eq!(body["users"][1]["language"], "fr");
    // Whoever is there and in no source cannot be left alone by a push.
    company.officevibe.add_person("eve@example.com");
    company
        .run("plan --only user:zoe@example.com")
        .exits(1)
        .complains("that no source declares");
    company.run("plan --delete user:zoe@example.com").exits(1);
}

#[test]
fn f031_a_list_that_does_not_add_up_is_refused() {
    let company = Company::pushed();
    company.officevibe.cut_list();
    company
        .run("plan")
        .exits(1)
        .complains("2 users came, and it says that there are 3");
    let company = Company::pushed();
    company.officevibe.add_namesake("Interns");
    company
        .run("plan")
        .exits(1)
        .complains("in the group Interns, and there is none or more than one of that name");
    assert_eq!(company.officevibe.pushes().len(), 0);
}
