//! The files of the systems that presets know, planned and applied, and exported as they were.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::support::{LOCAL, Project, Ran};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const DATES: &str = "urn:ietf:params:scim:schemas:extension:facebook:starttermdates:2.0:User";
const HEADER: &str =
    "email,first name,last name,job title,department,phone number,location,locale,manager email,start date\n";

/// An example at a sandbox in Workplace's dialect, which writes down what it is asked.
struct Workplace {
    project: Project,
    sandbox: Sandbox,
}

impl Workplace {
    fn of(example: &str) -> Self {
        let project = Project::example(example);
        let sandbox = Sandbox::start(&project, "--dialect workplace --record requests.jsonl");
        project.edit("wpsync.yaml", "http://127.0.0.1:8080", &sandbox.url);
        Self { project, sandbox }
    }

    #[must_use = "say which exit code is expected"]
    fn run(&self, arguments: &str) -> Ran {
        self.project
            .run_with(&[("WPSYNC_TOKEN", &self.sandbox.token)], arguments)
    }

    /// The bodies that were sent by a method.
    fn sent(&self, method: &str) -> Vec<Value> {
        let text = self.project.read("requests.jsonl");
        let requests = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        requests
            .filter(|request| request["method"] == method)
            .map(|request| request["body"].clone())
            .collect()
    }
}

#[test]
fn the_agents_people_are_sent_as_workplace_has_them() {
    let workplace = Workplace::of("workplace-agent");
    workplace
        .run("apply --auto-approve")
        .exits(0)
        .says("Apply complete: 3 created.");
    let sent = workplace.sent("POST");
    let of = |name: &str| {
        sent.iter()
            .find(|body| body["userName"] == name)
            .expect("created")
    };
    let grace = of("grace@example.com");
    assert_eq!(
        grace["name"],
        json!({ "givenName": "Grace", "familyName": "Hopper", "formatted": "Grace Hopper" })
    );
    assert_eq!(
        grace["phoneNumbers"],
        json!([{ "type": "work", "value": "+1 202 555 0143", "primary": true }])
    );
    assert_eq!(
        grace["addresses"],
        json!([{ "type": "work", "formatted": "Arlington", "primary": true }])
    );
    assert_eq!(
        (&grace[ENTERPRISE]["costCenter"], &grace["active"]),
        (&json!("C-1"), &json!(true))
    );
    assert_eq!(
        (&grace["externalId"], grace.get("emails"), grace.get("externalID")),
        (&json!("E1"), None, None)
    );
    assert_eq!(
        grace[DATES],
        json!({ "startDate": 1_769_817_600 }),
        "a termination date is not touched"
    );
    let schemas: Vec<&str> = grace["schemas"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        schemas.contains(&ENTERPRISE) && schemas.contains(&DATES),
        "{schemas:?}"
    );
    assert!(
        of("jose@example.com")[ENTERPRISE]["manager"]["managerId"].is_string(),
        "by id, after the manager is there"
    );

    workplace
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    workplace
        .run("export --preset workplace-agent --out again.csv")
        .exits(0);
    let again = workplace.project.read("again.csv");
    let header = "email,first name,last name,job title,department,phone number,location,locale,manager email,\
                  timezone,external id,organization,division,cost center,start date\n";
    assert!(again.starts_with(header), "{again}");
    workplace.project.write("people.csv", &again);
    workplace
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
}

#[test]
fn a_termination_date_stays_when_a_start_date_is_set() {
    let workplace = Workplace::of("workplace-agent");
    let config = workplace.project.read("wpsync.yaml");
    workplace.project.write(
        "dates.yaml",
        "users:\n  - { userName: ada@example.com, termDate: 2030-01-31T00:00:00Z }\n",
    );
    workplace.project.write(
        "wpsync.yaml",
        &config
            .split("sources:")
            .next()
            .map(|head| format!("{head}sources: [dates.yaml]\n"))
            .expect("a head"),
    );
    workplace.run("apply --auto-approve").exits(0);
    workplace.project.write("wpsync.yaml", &config);
    workplace.project.write(
        "people.csv",
        &format!("{HEADER}ada@example.com,Ada,,,,,,,,2026-01-31\n"),
    );
    workplace.run("apply --auto-approve").exits(0);
    workplace
        .run("export")
        .exits(0)
        .says("termDate: \"2030-01-31T00:00:00Z\"")
        .says("startDate: \"2026-01-31T00:00:00Z\"");
}

#[test]
fn a_manager_may_be_somebody_whom_only_the_directory_has() {
    let workplace = Workplace::of("workplace-agent");
    workplace.run("apply --auto-approve").exits(0);
    let row = "zoe@example.com,Zoë,,Head,,,,,MANAGER,\n";
    workplace.project.write(
        "people.csv",
        &format!("{HEADER}{}", row.replace("MANAGER", "jose@example.com")),
    );
    workplace
        .run_waived("source-shrunk=2: one only")
        .exits(0)
        .says("manager  grace@example.com → jose@example.com");
    workplace.run("apply wpsync.plan.json").exits(0);
    workplace.project.write(
        "people.csv",
        &format!("{HEADER}{}", row.replace("MANAGER", "jos@example.com")),
    );
    workplace
        .run("plan")
        .exits(1)
        .complains(" --> people.csv:2:31")
        .complains("neither a source nor the directory has user:jos@example.com");
}

impl Workplace {
    #[must_use = "say which exit code is expected"]
    fn run_waived(&self, waiver: &str) -> Ran {
        let token = [("WPSYNC_TOKEN", &*self.sandbox.token)];
        self.project.line("plan").waiving(waiver).with(&token).run()
    }
}

#[test]
fn an_invitation_is_sent_once() {
    let workplace = Workplace::of("workplace-agent");
    workplace.project.edit(
        "wpsync.yaml",
        "match:",
        "map: { users: { invited: 'row.email != \"\"' } }\nmatch:",
    );
    workplace.run("apply --auto-approve").exits(0);
    assert!(workplace.sent("POST").iter().all(|body| body["invited"] == true));
    workplace
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
}

#[test]
fn wp_sync_services_people_are_sent_with_a_boolean_and_compared_by_meaning() {
    let workplace = Workplace::of("wp-sync-service");
    workplace.run("apply --auto-approve").exits(0);
    let ada = workplace
        .sent("POST")
        .into_iter()
        .find(|body| body["userName"] == "ada@example.com")
        .expect("created");
    assert_eq!(
        (&ada["active"], &ada["name"]),
        (&json!(true), &json!({ "formatted": "Lovelace, Ada" }))
    );
    workplace.project.edit("users.csv", "TRUE", "true");
    workplace
        .run("plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    workplace.project.write(
        "users.csv",
        "email,name,active\nada@example.com,\"Lovelace, Ada\",TRUE\n",
    );
    workplace
        .run_waived("source-shrunk=2: two files now")
        .exits(0)
        .says("No changes.")
        .says("left alone  2 users that no source declares");
}

/// A file of a preset, with the kind of what it holds.
struct File {
    kind: &'static str,
    name: &'static str,
    text: &'static str,
}

/// The three files of each preset, with their traps.
const FILES: [(&str, [File; 3]); 2] = [
    (
        "officevibe",
        [
            File {
                kind: "users",
                name: "users.csv",
                text: "\u{feff}id,email,firstName,lastName,jobTitle,imageUrl,LANGUAGE\r\n\
                 u-1,zoe@example.com,Zoë,\"Müller, S\",Head,,fr\r\n\
                 u2,bob@example.com,Bob,Builder,,https://example.com/b.png,en\r\n",
            },
            File {
                kind: "groups",
                name: "groups.csv",
                text: "\u{feff}id,name\r\n10,Everyone\r\n11,Sales\r\n",
            },
            File {
                kind: "memberships",
                name: "groups-mapping.csv",
                text: "\u{feff}groupId,userId,subGroupId,isMember,isManager\r\n11,u2,,TRUE,FALSE\r\n\
                 11,u-1,,FALSE,TRUE\r\n10,,11,,\r\n10,u-1,,TRUE,TRUE\r\n",
            },
        ],
    ),
    (
        "workleap",
        [
            File {
                kind: "users",
                name: "members.csv",
                text: "\u{feff}externalMemberId,email,firstName,lastName,jobTitle,languagePreferences\r\n\
                 u-1,zoe@example.com,Zoë,\"Müller, S\",Head,fr\r\nu2,bob@example.com,Bob,Builder,,en\r\n",
            },
            File {
                kind: "groups",
                name: "teams.csv",
                text: "\u{feff}externalTeamId,teamName\r\n10,Everyone\r\n11,Sales\r\n",
            },
            File {
                kind: "memberships",
                name: "teams-mappings.csv",
                text: "\u{feff}externalTeamId,externalMemberId,externalSubteamId,isMember,isManager\r\n\
                 11,u2,,TRUE,FALSE\r\n11,u-1,,FALSE,TRUE\r\n10,,11,,\r\n10,u-1,,TRUE,TRUE\r\n",
            },
        ],
    ),
];

#[test]
fn officevibes_and_workleaps_files_go_to_any_directory_and_come_back() {
    for (preset, files) in FILES {
        let project = Project::empty();
        let sources = files
            .each_ref()
            .map(|file| format!("{{ csv: {}, preset: {preset} }}", file.name))
            .join(", ");
        project.write("wpsync.yaml", &LOCAL.replace("people.yaml", &sources));
        for file in &files {
            project.write(file.name, file.text);
        }
        let plan = project.run("plan").exits(0).says("Plan: 4 to create.");
        assert!(
            plan.stderr.contains("local does not hold who leads a group"),
            "{}",
            plan.stderr
        );
        project
            .run("apply wpsync.plan.json")
            .exits(0)
            .says("Apply complete: 4 created, 3 memberships.");
        project
            .run("plan --detailed-exitcode")
            .exits(0)
            .says("No changes.");
        let held = project.exported();
        assert!(
            held.contains("displayName: Zoë Müller, S") && held.contains("emails.work: zoe@example.com"),
            "{held}"
        );
        assert!(
            held.contains("- bob@example.com\n")
                && !held.contains(
                    "displayName: Sales\n  externalId: '11'\n  members:\n  - bob@example.com\n  - zoe"
                ),
            "{held}"
        );
        for File { kind, name, .. } in files {
            project
                .run(&format!(
                    "export --preset {preset} --kind {kind} --out again-{name}"
                ))
                .exits(0);
            let again = project.read(&format!("again-{name}"));
            assert!(
                again.starts_with('\u{feff}'),
                "the tool wants its byte order mark"
            );
            project.write(name, &again);
        }
        project
            .run("plan --detailed-exitcode")
            .exits(0)
            .says("No changes.");
    }
}

#[test]
fn a_preset_that_does_not_exist_or_does_not_hold_that_is_said() {
    let project = Project::with_people("users:\n  - { userName: ada@example.com }\n");
    project
        .run("export --preset workplace")
        .exits(64)
        .complains("there is no preset workplace")
        .complains("workplace-agent");
    project
        .run("export --preset wp-sync-service --kind groups")
        .exits(64)
        .complains("has no file of groups");
}
