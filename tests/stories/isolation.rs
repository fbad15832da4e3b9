//! One person's problem is that person's: what is refused, or has drifted, keeps nobody else waiting.

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Asked, Behaviour, Fault, Operation, Refusal, Refused, refusing};

pub const ROWS: &str = "name: ours\ngroups: full\n";
pub const LEAVERS: &str = "adopt: all\nmanage: { users: { absent: deactivate, within: all } }\n\
                       limits: { remove: 100, create: 1000, update: 1000 }\n";

pub fn account(name: &str) -> Json {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@example.com"), "title": "Old", "active": true,
    })
}

/// A service with these accounts, of whom the sources declare some with another title.
pub fn company(declared: &[&str], leavers: usize) -> AtService {
    let at = AtService::new(Behaviour::default(), ROWS);
    at.configure(LEAVERS);
    at.service
        .load(Kind::User, declared.iter().map(|name| account(name)).collect());
    let gone = (0..leavers).map(|number| account(&format!("gone{number:02}")));
    at.service.load(Kind::User, gone.collect());
    declare(&at, declared, "New");
    at
}

pub fn declare(at: &AtService, names: &[&str], title: &str) {
    let people = names
        .iter()
        .map(|name| format!("  - {{ userName: {name}@example.com, title: {title} }}\n"));
    at.declare(&format!("users:\n{}", people.collect::<String>()));
}

/// From now on the service refuses to change these people.
pub fn refuse(at: &AtService, names: &[&str], status: u16) {
    let ids: Vec<String> = names
        .iter()
        .map(|name| at.id(&format!("{name}@example.com")))
        .collect();
    at.script(Box::new(move |asked: &Asked<'_>| {
        let is_theirs = ids.iter().any(|id| asked.request.path.ends_with(id));
        (is_theirs && !asked.operation.is_read()).then_some(Fault::Status(status))
    }));
}

/// How many of the leavers can still sign in, by the service's store.
pub fn leavers_left(at: &AtService) -> usize {
    let active = at.stored("active").into_iter();
    active
        .filter(|(name, active)| name.starts_with("gone") && *active == json!(true))
        .count()
}

pub fn titled_new(at: &AtService) -> Vec<String> {
    let titles = at.stored("title").into_iter();
    titles
        .filter(|(_, title)| *title == json!("New"))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn leavers_are_deactivated_in_the_same_run_in_which_somebody_is_refused() {
    let at = company(&["ada", "bob"], 3);
    refuse(&at, &["bob"], 403);
    at.run("plan").exits(0);
    let ran = at.run("apply wpsync.plan.json").exits(3);
    ran.says("Applied in part: 1 updated, 3 deactivated, 1 failed.\n")
        .complains("failed   update user:bob@example.com: ")
        .complains("the directory answered 403")
        .complains("make a new plan; it has what is left");
    assert_eq!(leavers_left(&at), 0);
    assert_eq!(titled_new(&at), ["ada@example.com"]);
}

#[test]
fn three_nights_with_somebody_refused_are_no_quarantine_and_a_newcomer_is_made() {
    let at = company(&["ada", "bob"], 0);
    at.run("apply --auto-approve").exits(0);
    refuse(&at, &["bob"], 403);
    for night in 0..4 {
        let title = format!("T{night}");
        at.declare(&format!(
            "users:\n  - {{ userName: ada@example.com, title: New }}\n  \
             - {{ userName: bob@example.com, title: {title} }}\n"
        ));
        at.run("apply --auto-approve")
            .exits(1)
            .says("Nothing was written: 1 failed.\n")
            .complains("correct what the directory refused, then plan again");
    }
    declare(&at, &["ada", "bob", "new"], "New");
    refuse(&at, &["bob"], 403);
    at.declare(
        "users:\n  - { userName: ada@example.com, title: New }\n  \
         - { userName: bob@example.com, title: T9 }\n  - { userName: new@example.com, title: New }\n",
    );
    at.run("apply --auto-approve").exits(3);
    assert!(at.stored("title").contains_key("new@example.com"));
}

#[test]
fn a_service_that_fails_for_three_nights_is_left_alone_until_somebody_looks() {
    let names = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
    let at = company(&names, 2);
    at.script(Box::new(|asked: &Asked<'_>| {
        (!asked.operation.is_read()).then_some(Fault::Status(500))
    }));
    for _ in 0..3 {
        let ran = at.run("apply --auto-approve");
        assert!([Some(1), Some(3)].contains(&ran.code), "{}", ran.stderr);
        assert_eq!(leavers_left(&at), 2, "nobody is removed at a service that fails");
    }
    at.run("apply --auto-approve")
        .exits(5)
        .complains("in quarantine: it failed in each of the last 3 applies")
        .complains("--acknowledge");
    at.script(Box::new(|_| None));
    at.run("apply --auto-approve --acknowledge repaired").exits(0);
    let kept = std::fs::read_dir(at.project.path(".wpsync/receipts")).expect("receipts");
    let kept = kept.map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).expect("text"));
    let said = kept
        .filter(|text| text.contains("\"acknowledged\": \"repaired\""))
        .count();
    assert_eq!(said, 1, "what was said is in the receipt");
    assert_eq!((leavers_left(&at), titled_new(&at).len()), (0, names.len()));
    at.run("apply --auto-approve").exits(0);
}

#[test]
fn a_service_that_fails_part_way_stops_the_run() {
    let names = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
    let at = company(&names, 2);
    let id = at.id("ada@example.com");
    at.script(Box::new(move |asked: &Asked<'_>| {
        let is_hers = asked.request.path.ends_with(&id);
        (!is_hers && !asked.operation.is_read()).then_some(Fault::Status(500))
    }));
    at.run("plan").exits(0);
    at.run("apply wpsync.plan.json --parallelism 1")
        .exits(3)
        .says("Stopped part-way: 1 updated, ")
        .complains("skipped ")
        .complains("run the same apply again to go on");
    assert_eq!(leavers_left(&at), 2);
    at.script(Box::new(|_| None));
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(leavers_left(&at), 0);
}

#[test]
fn an_import_whose_first_ten_are_refused_for_one_cause_stops_and_says_it_once() {
    let at = AtService::new(Behaviour::default(), ROWS);
    at.configure(LEAVERS);
    let names: Vec<String> = (0..60).map(|number| format!("p{number:02}")).collect();
    declare(&at, &names.iter().map(String::as_str).collect::<Vec<_>>(), "New");
    for status in [403, 400] {
        at.script(Box::new(move |asked: &Asked<'_>| {
            (!asked.operation.is_read()).then_some(Fault::Status(status))
        }));
        at.service.forget();
        let ran = at.run("apply --auto-approve").exits(1);
        let ran = ran
            .says("Nothing was written: ")
            .complains("the first 10 changes that were tried all failed for one cause")
            .complains("one cause is behind it");
        let cause = format!("answered {status}");
        assert_eq!(ran.stderr.matches(&cause).count(), 1, "{}", ran.stderr);
        assert!(at.service.writes().len() < 30, "{}", at.service.writes().len());
    }
    // The nearest other world: one of them is taken.
    let mut writes = 0;
    at.script(Box::new(move |asked: &Asked<'_>| {
        writes += usize::from(!asked.operation.is_read());
        (!asked.operation.is_read() && writes != 5).then_some(Fault::Status(400))
    }));
    at.service.forget();
    at.run("apply --auto-approve").exits(3);
    assert_eq!(at.service.writes().len(), 60, "everybody was tried");
}

#[test]
fn removals_do_not_begin_where_six_in_a_hundred_are_refused_and_do_where_five_are() {
    let names: Vec<String> = (0..100).map(|number| format!("p{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (refused, left) in [(6, 3), (5, 0)] {
        let at = company(&names, 3);
        refuse(&at, &names[..refused], 403);
        let ran = at.run("apply --auto-approve").exits(3);
        assert_eq!(leavers_left(&at), left, "{refused} of 100");
        if left > 0 {
            ran.complains(
                "skipped  3 changes (deactivate user:gone00@example.com, deactivate \
                 user:gone01@example.com, deactivate user:gone02@example.com): removals come last, and 6 of \
                 the 100 changes before them failed; they begin if at most 5 do",
            )
            .complains(
                "failed   6 changes (update user:p00@example.com, update user:p01@example.com, update \
                        user:p02@example.com and 3 more): the directory answered 403",
            );
        } else {
            assert!(!ran.stderr.contains("skipped"), "{}", ran.stderr);
        }
    }
}

#[test]
fn three_newcomers_who_are_refused_are_three_failures_though_three_groups_lack_them() {
    let group_with = |number: usize, more: &str| {
        format!("  - {{ displayName: G{number}, members: [ada@example.com{more}] }}\n")
    };
    let old_groups: String = (0..3).map(|number| group_with(number, "")).collect();
    let with_newcomer = |number| group_with(number, &format!(", n{number}@example.com"));
    let new_groups: String = (0..3).map(with_newcomer).collect();
    let people = |names: &[&str]| {
        let of = |name: &&str| format!("  - {{ userName: {name}@example.com, title: New }}\n");
        format!("users:\n{}", names.iter().map(of).collect::<String>())
    };
    let at = company(&["ada"], 0);
    at.declare(&format!("{}groups:\n{old_groups}", people(&["ada"])));
    at.run("apply --auto-approve").exits(0);
    at.service.load(Kind::User, vec![account("gone00")]);
    let everybody = people(&["ada", "n0", "n1", "n2"]);
    at.declare(&format!("{everybody}groups:\n{new_groups}"));
    let refusals = (0..3).map(|number| Refusal {
        of: Refused::Resource(format!("n{number}@example.com")),
        status: 400,
    });
    at.script(refusing(refusals.collect()));
    at.run("apply --auto-approve")
        .exits(3)
        .complains("failed   3 changes (create user:n0@example.com, ")
        .complains(
            "skipped  3 changes (update group:G0, update group:G1, update group:G2): of the first: left as",
        );
    assert_eq!(leavers_left(&at), 0);
}

#[test]
fn the_next_removal_is_tried_where_the_first_is_refused() {
    let at = company(&["ada"], 8);
    refuse(&at, &["gone00", "gone04"], 403);
    at.run("apply --auto-approve")
        .exits(3)
        .says("Applied in part: 1 updated, 6 deactivated, 2 failed.\n");
    assert_eq!(leavers_left(&at), 2);
}

#[test]
fn removals_end_where_the_service_accepts_one_and_does_something_else() {
    let at = company(&["ada"], 8);
    let id = at.id("gone00@example.com");
    let service = std::sync::Arc::clone(&at.service);
    at.script(Box::new(move |asked: &Asked<'_>| {
        let is_theirs = asked.request.path.ends_with(&id) && !asked.operation.is_read();
        if is_theirs {
            service.edit(&asked.request.path, "title", &json!("Harmed"));
        }
        is_theirs.then_some(Fault::NoEffect200)
    }));
    at.run("apply --auto-approve")
        .exits(3)
        .complains("user:gone00@example.com did not come out as it should, and nothing more is taken away");
    assert_eq!(leavers_left(&at), 8);
    assert_eq!(titled_new(&at), ["ada@example.com"]);
}

#[test]
fn who_needs_a_name_that_could_not_be_freed_waits_and_is_named_and_nobody_else() {
    let at = AtService::new(Behaviour::default(), ROWS);
    at.configure(LEAVERS);
    at.declare(
        "users:\n  - { userName: ada@example.com, externalId: a, title: New }\n  \
         - { userName: bob@example.com, externalId: b, title: New }\n  \
         - { userName: cyd@example.com, externalId: c, title: New }\n",
    );
    at.run("apply --auto-approve").exits(0);
    // Ada gives her name to Bob.
    at.declare(
        "users:\n  - { userName: ada.b@example.com, externalId: a, title: New }\n  \
         - { userName: ada@example.com, externalId: b, title: New }\n  \
         - { userName: cyd@example.com, externalId: c, title: Chief }\n",
    );
    refuse(&at, &["ada"], 403);
    let ran = at
        .run_waiving("apply --auto-approve", "identity=2: renamed")
        .exits(3);
    ran.complains("skipped  update user:ada@example.com: it needs user:ada.b@example.com, which is not done");
    let titles = at.stored("title");
    assert_eq!(titles["cyd@example.com"], json!("Chief"));
    assert_eq!(
        titles.keys().collect::<Vec<_>>(),
        ["ada@example.com", "bob@example.com", "cyd@example.com"]
    );
}

#[test]
fn an_old_group_stays_where_its_members_could_not_be_put_elsewhere() {
    for is_refused in [true, false] {
        let at = AtService::new(Behaviour::default(), ROWS);
        at.configure("adopt: all\nmanage: { groups: { absent: delete, within: all } }\n");
        let people = "users:\n  - { userName: ada@example.com }\n  - { userName: bob@example.com }\n";
        at.declare(&format!(
            "{people}groups:\n  - {{ displayName: Old, members: [ada@example.com, bob@example.com] }}\n"
        ));
        at.run("apply --auto-approve").exits(0);
        at.declare(&format!(
            "{people}groups:\n  - {{ displayName: Fresh, members: [ada@example.com, bob@example.com] }}\n"
        ));
        at.script(Box::new(move |asked: &Asked<'_>| {
            (is_refused && asked.operation == Operation::CreateGroup).then_some(Fault::Status(403))
        }));
        let waivers = "rename=1: another group|group-emptied=1: moved|remove=1: moved";
        let ran = at.run_waiving("apply --auto-approve", waivers);
        let groups = at.service.stored(Kind::Group);
        let names: Vec<&str> = groups
            .iter()
            .filter_map(|group| group["displayName"].as_str())
            .collect();
        if is_refused {
            ran.complains("skipped  delete group:Old: it needs group:Fresh, which is not done");
            assert_eq!(names, ["Old"]);
        } else {
            ran.exits(0);
            assert_eq!(names, ["Fresh"]);
        }
    }
}

/// A plan for these people, after which somebody gives some of them another title by hand.
fn drifted(names: &[&str], drifted: &[&str]) -> AtService {
    let at = company(names, 2);
    at.run("plan").exits(0);
    for name in drifted {
        at.somebody_sets(&format!("{name}@example.com"), "title", &json!("Theirs"));
    }
    at.service.forget();
    at
}

#[test]
fn drift_of_one_is_left_out_and_the_rest_is_done_where_that_is_asked_for() {
    let at = drifted(&["ada", "bob", "cyd"], &["bob"]);
    at.run("apply wpsync.plan.json")
        .exits(4)
        .says("Nothing was written");
    assert_eq!((leavers_left(&at), at.service.writes().len()), (2, 0));
    at.run("apply wpsync.plan.json --on-drift skip")
        .exits(3)
        .says("Applied in part: 2 updated, 2 deactivated, 1 drifted.\n")
        .complains("drifted  update user:bob@example.com: title was \"Old\"")
        .complains("what drifted was left alone; make a new plan");
    assert_eq!(leavers_left(&at), 0);
    assert_eq!(at.stored("title")["bob@example.com"], json!("Theirs"));
    at.run("plan").exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(titled_new(&at).len(), 3);
}

#[test]
fn the_configuration_may_say_that_drift_is_skipped_and_the_command_line_that_it_is_not() {
    let at = company(&["ada", "bob"], 1);
    at.configure(&format!("{LEAVERS}on_drift: skip\n"));
    at.run("plan").exits(0);
    at.somebody_sets("bob@example.com", "title", &json!("Theirs"));
    at.run("apply wpsync.plan.json --on-drift stop").exits(4);
    assert_eq!(leavers_left(&at), 1);
    at.run("apply wpsync.plan.json").exits(3);
    assert_eq!(leavers_left(&at), 0);
}

#[test]
fn much_drift_stops_the_apply_before_the_first_write_even_where_drift_is_skipped() {
    let names = ["ada", "bob", "cyd", "dan", "eve", "fay"];
    let at = drifted(&names, &names[..4]);
    at.run("apply wpsync.plan.json --on-drift skip")
        .exits(4)
        .complains("4 of 8 changes have drifted, which is more than the 3 that are skipped");
    assert_eq!(at.service.writes().len(), 0);
    let at = drifted(&names, &names[..3]);
    at.run("apply wpsync.plan.json --on-drift skip").exits(3);
    assert_eq!(leavers_left(&at), 0);
}

#[test]
fn a_change_that_was_stored_otherwise_does_not_stop_the_others_of_a_resumed_apply() {
    let at = company(&["ada", "bob"], 1);
    let id = at.id("ada@example.com");
    at.run("plan").exits(0);
    at.script(Box::new(move |asked: &Asked<'_>| {
        let is_theirs = asked.request.path.ends_with(&id);
        (is_theirs && !asked.operation.is_read()).then_some(Fault::NoEffect200)
    }));
    at.run("apply wpsync.plan.json").exits(3);
    assert_eq!(leavers_left(&at), 0);
    at.somebody_sets("bob@example.com", "title", &json!("New"));
    at.run("apply wpsync.plan.json").exits(3);
}

#[test]
fn whoever_names_a_manager_who_is_refused_is_made_without_them_and_the_next_plan_asks_again() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let at = company(&["ada", "bob"], 1);
    at.declare(
        "users:\n  - { userName: ada@example.com, title: New, manager: boss@example.com }\n  \
         - { userName: bob@example.com, title: Old, manager: boss@example.com }\n  \
         - { userName: boss@example.com, title: New }\n  \
         - { userName: new@example.com, title: New, manager: boss@example.com }\n  \
         - { userName: newer@example.com, title: New, manager: new@example.com }\n",
    );
    at.script(refusing(vec![Refusal {
        of: Refused::Resource("boss@example.com".into()),
        status: 400,
    }]));
    let why = "user:boss@example.com, which it refers to, is not in the directory; the next plan asks for it";
    at.run("apply --auto-approve")
        .exits(3)
        .says("2 created, 1 updated, 1 deactivated, 3 failed, 1 skipped.\n")
        .complains(why)
        .complains("skipped  update user:bob@example.com: left as it is: ");
    assert_eq!(leavers_left(&at), 0);
    assert_eq!(
        titled_new(&at),
        ["ada@example.com", "new@example.com", "newer@example.com"]
    );
    let managers = |at: &AtService| -> Vec<Json> {
        let all = at.stored(ENTERPRISE);
        let of = |name: &str| all[&format!("{name}@example.com")]["manager"]["value"].clone();
        ["ada", "bob", "new", "newer"].map(of).to_vec()
    };
    let new = json!(at.id("new@example.com"));
    assert_eq!(managers(&at), [Json::Null, Json::Null, Json::Null, new.clone()]);
    at.script(refusing(Vec::new()));
    at.run("apply --auto-approve").exits(0);
    let boss = json!(at.id("boss@example.com"));
    assert_eq!(managers(&at), [boss.clone(), boss.clone(), boss, new]);
}

#[test]
fn what_was_made_without_a_refused_manager_is_finished_by_another_runner_without_a_journal() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let at = company(&["ada"], 1);
    at.declare(
        "users:\n  - { userName: ada@example.com, title: New }\n  \
         - { userName: boss@example.com, title: New }\n  \
         - { userName: new@example.com, title: New, manager: boss@example.com }\n",
    );
    at.run("plan").exits(0);
    at.script(refusing(vec![Refusal {
        of: Refused::Resource("boss@example.com".into()),
        status: 400,
    }]));
    at.run("apply wpsync.plan.json").exits(3);
    std::fs::remove_dir_all(at.project.path(".wpsync")).expect("forgotten");
    at.script(refusing(Vec::new()));
    at.run("apply wpsync.plan.json").exits(0);
    let manager = &at.stored(ENTERPRISE)["new@example.com"]["manager"]["value"];
    assert_eq!(*manager, json!(at.id("boss@example.com")));
    assert_eq!(leavers_left(&at), 0);
}
