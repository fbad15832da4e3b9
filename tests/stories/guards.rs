//! Every guard: what trips it, that nothing is sent then, and the way out.

use std::fmt::Write as _;

use crate::service::Service;
use crate::stranger::stranger_deactivates;
use crate::support::{LOCAL, Project};

/// A person, as the sources of these stories write them.
fn person(number: usize) -> String {
    format!(
        "  - {{ userName: p{number}@example.com, externalId: E{number}, \
         emails: {{ work: p{number}@example.com }}, title: Engineer, active: true }}\n"
    )
}

fn members(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers
        .into_iter()
        .map(|number| format!("p{number}@example.com"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Forty people: all in Everyone, twenty in Engineering, two in Admins and in Crew.
fn company() -> String {
    let mut yaml = String::from("users:\n");
    yaml.extend((0..40).map(person));
    let _ = writeln!(
        yaml,
        "groups:\n  - {{ displayName: Everyone, members: [{}] }}",
        members(0..40)
    );
    let _ = writeln!(
        yaml,
        "  - {{ displayName: Engineering, members: [{}] }}",
        members(0..20)
    );
    let _ = writeln!(
        yaml,
        "  - {{ displayName: Admins, members: [{}] }}",
        members(0..2)
    );
    let _ = writeln!(
        yaml,
        "  - {{ displayName: Crew, members: [{}] }}",
        members(30..32)
    );
    yaml
}

/// A company whose directory is as its sources say.
fn applied(people: &str, more: &str) -> Project {
    let project = Project::with_people(people);
    project.write("wpsync.yaml", &format!("{LOCAL}{more}"));
    project
        .run_waiving("apply --auto-approve", "create=40: first import")
        .exits(0);
    project
}

/// The plan is refused at plan and at apply, for one reason, and the directory stays as it is.
fn refuses(project: &Project, reasons: &[&str]) {
    let before = project.exported();
    let ran = project.run("plan").exits(5);
    for reason in reasons {
        assert!(ran.stderr.contains(reason), "{reason} is not in\n{}", ran.stderr);
    }
    assert_eq!(
        ran.stderr.matches("\n  - ").count(),
        reasons.len(),
        "{}",
        ran.stderr
    );
    project
        .run("apply wpsync.plan.json")
        .exits(5)
        .complains(reasons[0]);
    project.run("apply --auto-approve").exits(5).complains(reasons[0]);
    assert_eq!(project.exported(), before, "nothing was sent");
}

/// A waiver of another number does not help; the exact one does.
fn waives(project: &Project, guard: &str, count: u64) {
    project
        .run_waiving("plan", &format!("{guard}={}: too few", count - 1))
        .exits(5)
        .complains("allows exactly");
    project
        .run_waiving("plan", &format!("{guard}={count}: reviewed"))
        .exits(0)
        .says(&format!("{guard} = {count}: reviewed"));
    project
        .run("apply wpsync.plan.json")
        .exits(0)
        .says("Apply complete");
    project.run("plan --detailed-exitcode").exits(0);
}

/// Replaces text in the lines of some people.
fn edit(
    project: &Project,
    people: impl IntoIterator<Item = usize>,
    from: &str,
    to: impl Fn(usize) -> String,
) {
    for number in people {
        let line = person(number);
        assert!(line.contains(from), "{line}");
        project.edit("people.yaml", &line, &line.replace(from, &to(number)));
    }
}

#[test]
fn f050_removals() {
    let project = applied(&company(), "");
    edit(&project, 4..7, "active: true", |_| "active: false".into());
    project.run("plan").exits(0).says("3 to deactivate");
    edit(&project, [7], "active: true", |_| "active: false".into());
    refuses(
        &project,
        &[
            "4 removals exceed the limit of 3 (for 40 managed active people): 4 people (user:p4@example.com, \
             user:p5@example.com, user:p6@example.com and 1 more); \
             if that is meant: wpsync plan --waive 'remove=4: why'",
        ],
    );
    waives(&project, "remove", 4);
}

#[test]
fn f050_who_loses_the_last_group_is_removed_too() {
    let project = applied(&company(), "");
    project.edit(
        "people.yaml",
        &format!("[{}]", members(0..40)),
        &format!("[{}]", members(0..36)),
    );
    refuses(
        &project,
        &[
            "4 removals exceed the limit of 3 (for 40 managed active people): 4 people who lose their last \
             group (user:p36@example.com, user:p37@example.com, user:p38@example.com, \
             user:p39@example.com); if that",
        ],
    );
    waives(&project, "remove", 4);
    project.edit(
        "people.yaml",
        &format!("[{}]", members(0..36)),
        &format!("[{}]", members(0..30)),
    );
    let crew = format!("[{}]", members(30..32));
    project.edit("people.yaml", &crew, &format!("[{}]", members(30..36)));
    project.run("plan").exits(0).says("Plan: 2 to update."); // they are in another group now
}

#[test]
fn f052_new_people() {
    let project = applied(&company(), "");
    project.wait_for_days(8);
    project.edit(
        "people.yaml",
        "groups:\n",
        &format!("{}groups:\n", (40..65).map(person).collect::<String>()),
    );
    project.run("plan").exits(0).says("25 to create");
    project.edit("people.yaml", "groups:\n", &format!("{}groups:\n", person(65)));
    refuses(&project, &["26 new people exceed the limit of 25"]);
    waives(&project, "create", 26);
}

#[test]
fn f052_a_first_import_of_more_than_a_few_is_said() {
    let people: String = (0..250).map(person).collect();
    let project = Project::with_people(&format!("users:\n{people}"));
    refuses(&project, &["250 new people exceed the limit of 25"]);
    waives(&project, "create", 250);
}

#[test]
fn f053_identities() {
    let project = applied(&company(), "");
    edit(&project, 10..14, "work: p", |_| "work: new.p".into());
    refuses(
        &project,
        &["4 changes of userName, emails, externalId, active or roles exceed the limit of 3"],
    );
    waives(&project, "identity", 4);
}

#[test]
fn f053_any_change() {
    let project = applied(&company(), "");
    edit(&project, 10..22, "Engineer", |_| "Lead".into());
    project.run("plan").exits(0).says("12 to update");
    edit(&project, [22], "Engineer", |_| "Lead".into());
    refuses(&project, &["13 changed people exceed the limit of 12"]);
    waives(&project, "update", 13);
}

#[test]
fn f054_a_group_is_emptied() {
    let project = applied(&company(), "");
    project.edit(
        "people.yaml",
        &format!("Crew, members: [{}]", members(30..32)),
        "Crew, members: []",
    );
    refuses(
        &project,
        &["groups that would have no members left: 1 (group:Crew loses 2 of 2)"],
    );
    project.run_waiving("plan", "group-emptied=1: disbanded").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
}

#[test]
fn f054_a_large_group_is_gutted() {
    let project = applied(&company(), "");
    let engineering = |to| format!("Engineering, members: [{}]", members(0..to));
    project.edit("people.yaml", &engineering(20), &engineering(15));
    project.run("plan").exits(0).says("members 20 → 15");
    project.edit("people.yaml", &engineering(15), &engineering(14));
    refuses(
        &project,
        &["lose more members than their limits allow: 1 (group:Engineering loses 6 of 20)"],
    );
    project.run_waiving("plan", "group-shrunk=1: split").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
}

#[test]
fn f056_protected_people_stay_in_their_groups_and_no_waiver_helps() {
    let project = applied(&company(), "protect: [P31@example.com]\n");
    project.edit(
        "people.yaml",
        &format!("Crew, members: [{}]", members(30..32)),
        &format!("Crew, members: [{}]", members(30..31)),
    );
    refuses(
        &project,
        &["what is protected: 1 (take user:p31@example.com out of group:Crew); no waiver allows that"],
    );
    project
        .run_waiving("plan", "protected=1: please")
        .exits(64)
        .complains("no waiver allows");
    project.write("wpsync.yaml", LOCAL);
    project.run("plan").exits(0);
    project.run("apply wpsync.plan.json").exits(0);
}

#[test]
fn f055_another_name_is_no_way_around_protection() {
    for rule in ["protect: [p3@example.com]", "self: p3@example.com"] {
        let project = applied(&company(), "");
        project.edit("people.yaml", "p3@example.com", "ｐ３.new@example.com");
        project.write("wpsync.yaml", &format!("{LOCAL}{rule}\n"));
        refuses(
            &project,
            &[": 1 (update user:ｐ３.new@example.com); no waiver allows that"],
        );
    }
}

#[test]
fn f055_the_configured_account_of_the_token_is_left_alone() {
    let project = applied(&company(), "self: P3@Example.com\n");
    edit(&project, [3], "active: true", |_| "active: false".into());
    refuses(
        &project,
        &["the token's own account: 1 (deactivate user:p3@example.com); no waiver allows that"],
    );
    project.run_waiving("plan", "self=1: please").exits(64);
    project.edit("people.yaml", "active: false", "active: true");
    project.edit(
        "people.yaml",
        &format!("Admins, members: [{}]", members(0..2)),
        "Admins, members: [p0@example.com, p1@example.com, p3@example.com]",
    );
    project.run("apply --auto-approve").exits(0); // to join a group harms nobody
    project.edit(
        "people.yaml",
        ", p3@example.com] }\n  - { displayName: Crew",
        "] }\n  - { displayName: Crew",
    );
    refuses(&project, &["take user:p3@example.com out of group:Admins"]);
}

#[test]
fn f055_the_service_tells_whose_token_it_is() {
    let service = Service::start();
    let project = Project::with_people("users:\n  - { userName: robot@example.com, title: Robot }\n");
    project.write(
        "wpsync.yaml",
        &format!(
            "version: 1\ndirectory: {{ scim: {}, token: {{ env: TOKEN }} }}\nsources: [people.yaml]\n",
            service.base()
        ),
    );
    let token = [("TOKEN", "secret")];
    project
        .run_with(&token, "plan")
        .exits(5)
        .complains("the token's own account: 1 (update user:robot@example.com)");
    project.run_with(&token, "apply wpsync.plan.json").exits(5);
    assert_eq!(service.writes(), 0);
    service.forget_me();
    project.run_with(&token, "plan").exits(0);
    service.remember_me();
    project
        .run_with(&token, "apply wpsync.plan.json")
        .exits(5)
        .complains("the token's own account");
    assert_eq!(
        service.writes(),
        0,
        "the account is asked for again before the first write"
    );
}

#[test]
fn f056_the_last_administrators_stay() {
    let project = applied(&company(), "min_admins: { group: Admins, count: 2 }\n");
    let admins = |names: &str| format!("Admins, members: [{names}]");
    let (both, one) = (admins(&members(0..2)), admins(&members(0..1)));
    project.edit("people.yaml", &both, &one);
    refuses(
        &project,
        &[
            "too few administrators would stay (group:Admins: 2 active now, 1 afterwards, and 2 must stay); \
             no waiver allows that",
        ],
    );
    project.run_waiving("plan", "last-admins=1: please").exits(64);
    project.edit("people.yaml", &one, &admins("p0@example.com, p5@example.com"));
    project.run("plan").exits(0);
    project.edit("people.yaml", &admins("p0@example.com, p5@example.com"), &both);
    edit(&project, [1], "active: true", |_| "active: false".into());
    refuses(&project, &["2 active now, 1 afterwards"]);
    project.edit("wpsync.yaml", "count: 2", "count: 1");
    project.run("apply --auto-approve").exits(0);
}

#[test]
fn f056_administrators_may_be_those_with_a_role() {
    let project = Project::with_people(
        "users:\n  - { userName: ada@example.com, roles: [admin] }\n  \
         - { userName: bob@example.com, roles: [admin, editor] }\n",
    );
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}min_admins: {{ role: admin, count: 2 }}\n"),
    );
    project.run("apply --auto-approve").exits(0);
    project.edit("people.yaml", "[admin, editor]", "[editor]");
    refuses(&project, &["role admin: 2 active now, 1 afterwards"]);
    project.edit(
        "people.yaml",
        "users:\n",
        "users:\n  - { userName: cyd@example.com, roles: [admin] }\n",
    );
    project.run("apply --auto-approve").exits(0);
}

#[test]
fn f001_a_source_is_empty_or_gone() {
    let project = Project::empty();
    std::fs::create_dir(project.path("people")).expect("a folder");
    project.write(
        "people/staff.yaml",
        &format!("users:\n{}", (0..20).map(person).collect::<String>()),
    );
    project.write(
        "people/contractors.yaml",
        &format!("users:\n{}", (20..72).map(person).collect::<String>()),
    );
    project.write("wpsync.yaml", &LOCAL.replace("people.yaml", "people/*.yaml"));
    project
        .run_waiving("apply --auto-approve", "create=72: first import")
        .exits(0);
    project.edit(
        "people/staff.yaml",
        "p1@example.com }, title: Engineer",
        "p1@example.com }, title: Lead",
    );
    project.write("people/contractors.yaml", "users: []\n");
    // Of a pattern, an empty file is one that nobody needs any more, unless many were in it.
    refuses(
        &project,
        &["sources that are gone or empty: 1 (people/contractors.yaml declared 52 when it was last applied)"],
    );
    std::fs::rename(
        project.path("people/contractors.yaml"),
        project.path("contractors.yaml"),
    )
    .expect("moved");
    refuses(
        &project,
        &["sources that are gone or empty: 1 (people/contractors.yaml declared 52 when it was last applied)"],
    );
    waives(&project, "source-empty", 1);
    project.edit("people/staff.yaml", "title: Lead", "title: Head");
    std::fs::rename(
        project.path("people/staff.yaml"),
        project.path("people/everybody.yaml"),
    )
    .expect("renamed");
    project.run("plan").exits(0); // a file under another name is not gone
}

#[test]
fn f002_a_source_shrank() {
    let people = |to| format!("users:\n{}", (0..to).map(person).collect::<String>());
    let project = applied(&people(40), "");
    project.write("people.yaml", &people(36));
    edit(&project, [1], "Engineer", |_| "Lead".into());
    project.run("plan").exits(0);
    project.write("people.yaml", &people(35));
    edit(&project, [1], "Engineer", |_| "Lead".into());
    refuses(
        &project,
        &["5 of the 40 rows of a source are gone, \
           and 4 may be (people.yaml declared 40 when it was last applied, and 35 now)"],
    );
    waives(&project, "source-shrunk", 5);
    project.write(
        "others.yaml",
        &format!("users:\n{}", (20..35).map(person).collect::<String>()),
    );
    project.write("people.yaml", &people(20));
    project.write(
        "wpsync.yaml",
        &LOCAL.replace("people.yaml", "people.yaml, others.yaml"),
    );
    edit(&project, [2], "Engineer", |_| "Lead".into());
    project.run("plan").exits(0); // rows that moved to another file are not gone
}

#[test]
fn f032_a_directory_is_empty_or_much_smaller() {
    let project = applied(&company(), "");
    std::fs::rename(project.path("directory.db"), project.path("kept.db")).expect("renamed");
    refuses(
        &project,
        &[
            "40 of the 40 people whom the directory had after the last apply are not in it, \
             and 8 may be missing",
            "40 new people",
        ],
    );
    project
        .run_waiving(
            "plan",
            "directory-shrunk=40: a new directory|create=40: a new directory",
        )
        .exits(0);
    project.run("apply wpsync.plan.json").exits(0);
}

/// People without an externalId, so that a new name is a new person.
fn nameless(names: &[&str]) -> String {
    let line = |name: &&str| {
        format!(
            "  - {{ userName: {name}@example.com, emails: {{ work: {}@example.com }}, active: true }}\n",
            &name[..3]
        )
    };
    format!("users:\n{}", names.iter().map(line).collect::<String>())
}

#[test]
fn f020_a_person_removed_and_created_again_is_a_rename() {
    for absent in ["delete", "deactivate"] {
        let project = Project::with_people(&nameless(&["ada", "bob", "cyd"]));
        project.write(
            "wpsync.yaml",
            &format!("{LOCAL}manage: {{ users: {{ absent: {absent}, within: all }} }}\n"),
        );
        project.run("apply --auto-approve").exits(0);
        project.write("people.yaml", &nameless(&["ada", "bob", "cyd.married"]));
        refuses(
            &project,
            &[
                "as if renamed: 1 (user:cyd.married@example.com and user:cyd@example.com have one emails: \
                 add `previously: cyd@example.com` at people.yaml:4)",
            ],
        );
        waives(&project, "rename", 1);
    }
}

#[test]
fn f021_a_person_created_beside_an_inactive_account_is_a_rehire() {
    let project = Project::with_people(&nameless(&["ada", "bob", "cyd"]));
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}manage: {{ users: {{ absent: deactivate, within: all }} }}\n"),
    );
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &nameless(&["ada", "bob"]));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &nameless(&["ada", "bob", "cyd.again"]));
    refuses(
        &project,
        &[
            "an inactive account of theirs: 1; declare that account as active instead \
             (user:cyd.again@example.com and user:cyd@example.com (inactive)",
        ],
    );
    waives(&project, "rehire", 1);
}

#[test]
fn f061_what_somebody_deactivated_in_an_emergency_is_not_activated_again_by_the_way() {
    let project = applied(&company(), "");
    stranger_deactivates(&project, "p5@example.com");
    refuses(
        &project,
        &["deactivated in the directory since the last apply, \
           and this plan would activate: 1 (user:p5@example.com)"],
    );
    project
        .run_waiving("plan", "reactivate=1: the alarm was false")
        .exits(0);
    project.run("apply wpsync.plan.json").exits(0);
    // What the sources themselves took and give back is nobody's emergency.
    edit(&project, [6], "active: true", |_| "active: false".into());
    project.run("apply --auto-approve").exits(0);
    project.edit("people.yaml", "active: false", "active: true");
    project
        .run("apply --auto-approve")
        .exits(0)
        .says("1 to reactivate");
}

#[test]
fn f025_a_name_that_looks_like_somebody_elses_is_held() {
    let project = applied(&company(), "protect: [root@example.com]\n");
    // A Cyrillic letter in the name of a new person: the plan spells what nobody can see.
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - { userName: \"\u{440}7@example.com\" }\ngroups:\n",
    );
    project
        .run("plan --detailed-exitcode")
        .exits(2)
        .says_over_lines("1 person is held")
        .says_over_lines("\\u{440}7@example.com looks like p7@example.com (id")
        .says_over_lines("by confusable letters");
    project
        .run_waiving("plan", "lookalike=1: he writes himself so")
        .exits(0)
        .says_over_lines("Plan: 1 to create")
        .says_over_lines("lookalike = 1: he writes himself so");
    // Among plain letters only the protected count.
    project.edit("people.yaml", "\u{440}7@example.com", "r00t@example.com");
    project
        .run("plan")
        .exits(0)
        .says_over_lines("r00t@example.com looks like root@example.com that is protected");
    project.edit("people.yaml", "r00t@example.com", "pl7@example.com");
    project.edit(
        "people.yaml",
        "groups:\n",
        "  - { userName: p17@example.org }\n  - { userName: pl7@example.org }\ngroups:\n",
    );
    project.run("plan").exits(0);
    // Who gives up such a name is not mistaken for another.
    project.edit("people.yaml", "pl7@example.com", "\u{440}99@example.com");
    project
        .run_waiving("apply --auto-approve", "create=3: known")
        .exits(0);
}

#[test]
fn a_waiver_for_no_guard_is_a_usage_error() {
    let project = Project::with_people("users:\n  - userName: ada@example.com\n");
    project
        .run_waiving("plan", "removals=3: why")
        .exits(64)
        .complains("there is no guard removals");
    project
        .run_waiving("plan", "remove=3")
        .exits(64)
        .complains("GUARD=NUMBER: REASON");
}

#[test]
fn whoever_joins_the_administrators_is_named_before_everything_else() {
    let project = applied(&company(), "min_admins: { group: Crew, count: 1 }\n");
    let crew = format!("[{}]", members(30..32));
    project.edit("people.yaml", &crew, &format!("[{}]", members(29..32)));
    edit(&project, 0..20, "Engineer", |_| "Writer".into());
    edit(&project, [39], "active: true", |_| {
        "active: true, roles: [payroll]".into()
    });
    let rights = "Rights that people get\n  * group:Crew for 1\n      p29@example.com\n  \
                  * role \"payroll\" for 1\n      user:p39@example.com\n";
    let ran = project
        .run_waiving("plan", "update=21: promoted")
        .exits(0)
        .says(rights);
    assert!(
        ran.stdout.find("Rights") < ran.stdout.find("Writer"),
        "{}",
        ran.stdout
    );
    let markdown = project.run("show --format markdown").exits(0).stdout;
    assert!(
        markdown.find("! group:Crew for 1") < markdown.find("The same for many"),
        "{markdown}"
    );
}
