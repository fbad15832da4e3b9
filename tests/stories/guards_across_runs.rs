//! Limits count across the runs of a week, and ordinary weeks trip none of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Fault, Operation};
use crate::support::{LOCAL, Project};

fn people(inactive: usize) -> String {
    let line = |number| {
        format!(
            "  - {{ userName: p{number}@example.com, active: {} }}\n",
            number >= inactive
        )
    };
    format!("users:\n{}", (0..20).map(line).collect::<String>())
}

#[test]
fn f051_many_small_plans_are_one_large_one() {
    let project = Project::with_people(&people(0));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &people(2));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &people(4));
    let before = project.exported();
    project
        .run("plan")
        .exits(5)
        .complains("2 removals, with 2 of the last 7 days, exceed the limit of 3");
    project.run("apply wpsync.plan.json").exits(5);
    assert_eq!(project.exported(), before);
    project.wait_for_days(8);
    project.run("apply --auto-approve").exits(0);
}

#[test]
fn f051_a_plan_made_before_another_was_applied_counts_that_one_too() {
    let project = Project::with_people(&people(0));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &people(2));
    project.run("plan --out first.json").exits(0);
    project.edit(
        "people.yaml",
        "p18@example.com, active: true",
        "p18@example.com, active: false",
    );
    project.edit(
        "people.yaml",
        "p19@example.com, active: true",
        "p19@example.com, active: false",
    );
    project.edit(
        "people.yaml",
        "p0@example.com, active: false",
        "p0@example.com, active: true",
    );
    project.edit(
        "people.yaml",
        "p1@example.com, active: false",
        "p1@example.com, active: true",
    );
    project.run("plan --out second.json").exits(0);
    project.run("apply first.json").exits(0);
    project
        .run("apply second.json")
        .exits(5)
        .complains("2 removals, with 2 of the last 7 days, exceed the limit of 3");
}

#[test]
fn f054_a_group_is_not_gutted_in_steps() {
    let people = (0..12)
        .map(|number| format!("  - userName: p{number}@example.com"))
        .collect::<Vec<_>>()
        .join("\n");
    let names = |to| {
        (0..to)
            .map(|number| format!("p{number}@example.com"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let company = |to: usize| {
        format!(
            "users:\n{people}\ngroups:\n  - {{ displayName: All, members: [{}] }}\n  \
             - {{ displayName: Crew, members: [{}] }}\n",
            names(12),
            names(to)
        )
    };
    let project = Project::with_people(&company(12));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &company(9));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &company(8));
    project
        .run("plan")
        .exits(5)
        .complains("(group:Crew loses 4 of 12, with 3 of the last 7 days)");
    project.run("apply wpsync.plan.json").exits(5);
    project.wait_for_days(8);
    project.run("apply --auto-approve").exits(0);
}

#[test]
fn what_was_waived_does_not_use_up_the_week() {
    let project = Project::with_people(&people(0));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &people(10));
    project
        .run_waiving("apply --auto-approve", "remove=10: branch closed")
        .exits(0);
    project.write("people.yaml", &people(12));
    project.run("apply --auto-approve").exits(0);
}

/// A company that changes a little every week.
struct Company {
    /// By externalId: name, title, department, activity.
    people: BTreeMap<usize, (String, &'static str, &'static str, bool)>,
    teams: Vec<Vec<usize>>,
}

impl Company {
    fn new() -> Self {
        let person = |number: usize| {
            (
                format!("p{number}"),
                "Engineer",
                ["Sales", "Research"][number % 2],
                true,
            )
        };
        Self {
            people: (0..150).map(|number| (number, person(number))).collect(),
            teams: (0..10)
                .map(|team| (team * 15..team * 15 + 15).collect())
                .collect(),
        }
    }

    /// At most 3 of 150 people: somebody joins, leaves, is renamed, promoted, or moves.
    fn week(&mut self, week: usize) {
        let one = 7 * week;
        match week % 5 {
            0 => {
                self.people
                    .insert(1_000 + week, (format!("new{week}"), "Trainee", "Sales", true));
                self.teams[week % 10].push(1_000 + week);
                self.person(one).1 = "Lead";
            }
            1 => {
                self.person(one).3 = false;
                self.teams
                    .iter_mut()
                    .for_each(|team| team.retain(|member| *member != one));
            }
            2 => self.person(one).0 = format!("married{one}"),
            3 => {
                let (from, to) = (one / 15, (one / 15 + 1) % 10);
                self.teams[from].retain(|member| *member != one);
                self.teams[to].push(one);
                self.person(one).2 = "Operations";
            }
            _ => {
                for number in one..one + 3 {
                    self.person(number).1 = "Principal";
                }
            }
        }
    }

    fn person(&mut self, number: usize) -> &mut (String, &'static str, &'static str, bool) {
        self.people.get_mut(&number).expect("the person")
    }

    fn yaml(&self) -> String {
        let mut yaml = String::from("users:\n");
        for (number, (name, title, department, active)) in &self.people {
            let _ = writeln!(
                yaml,
                "  - {{ externalId: E{number}, userName: {name}@example.com, \
                 emails: {{ work: {name}@example.com }}, title: {title}, department: {department}, \
                 active: {active} }}"
            );
        }
        yaml.push_str("groups:\n");
        for (number, team) in self.teams.iter().enumerate() {
            let members: Vec<_> = team
                .iter()
                .map(|member| format!("{}@example.com", self.people[member].0))
                .collect();
            let _ = writeln!(
                yaml,
                "  - {{ displayName: Team {number}, members: [{}] }}",
                members.join(", ")
            );
        }
        yaml
    }
}

#[test]
fn twenty_ordinary_weeks_trip_no_guard() {
    let mut company = Company::new();
    let project = Project::with_people(&company.yaml());
    let safeguards = "manage: { users: { absent: deactivate, within: all } }\nprotect: [p149@example.com]\n\
                      self: p148@example.com\n\
                      min_admins: { group: Team 9, count: 2 }\n";
    project.write("wpsync.yaml", &format!("{LOCAL}{safeguards}"));
    project
        .run_waiving("apply --auto-approve", "create=150: first import")
        .exits(0);
    for week in 0..20 {
        project.wait_for_days(7);
        company.week(week);
        project.write("people.yaml", &company.yaml());
        let ran = project.run("plan").exits(0);
        assert!(!ran.stdout.contains("No changes"), "week {week}");
        project
            .run(&format!("apply wpsync.plan.json --expect {}", project.digest()))
            .exits(0);
    }
    project.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn whom_a_service_refused_does_not_count_as_created() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure("limits: { create: 4 }\n");
    let people = |count: usize| {
        let line = |number| format!("  - {{ userName: p{number}@example.com }}\n");
        format!("users:\n{}", (0..count).map(line).collect::<String>())
    };
    at.declare(&people(4));
    at.script(Box::new(|asked| {
        (asked.operation == Operation::CreateUser && asked.occurrence > 1).then_some(Fault::Status(400))
    }));
    at.run("apply --auto-approve --parallelism 1").exits(3);
    assert_eq!(at.stored("userName").len(), 1);
    at.script(Box::new(|_| None));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(at.stored("userName").len(), 4);
    at.declare(&people(5));
    at.run("plan")
        .exits(5)
        .complains("1 new people, with 4 of the last 7 days, exceed the limit of 4");
}

#[test]
fn the_budget_of_the_week_is_said_before_it_bites() {
    let project = Project::with_people(&people(0));
    project.run("apply --auto-approve").exits(0);
    project.write("people.yaml", &people(1));
    let first = project.run("plan").exits(0).stdout;
    assert!(!first.contains("this week"), "nothing of it is used yet\n{first}");
    project.run("apply wpsync.plan.json").exits(0);
    project.write("people.yaml", &people(2));
    project
        .run("plan")
        .exits(0)
        .says("this week   remove 2 of 3 (1 by earlier applies)");
    project
        .run("show --format markdown")
        .exits(0)
        .says("- this week: `remove 2 of 3 (1 by earlier applies)`");
}
