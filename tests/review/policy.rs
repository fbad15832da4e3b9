//! The example policy reads what `show --format json` writes, and refuses what its rules say.

use wpsync::model::{Kind, Value};
use wpsync::plan::{Action, Plan};
use wpsync::review::{html, json};

use crate::support::{change, group, guard, header, sealed, small, with};

/// What the policy says of a plan, as `deny: …` and `warn: …`.
fn verdicts(plan: &Plan) -> Vec<String> {
    let mut engine = regorus::Engine::new();
    engine
        .add_policy(
            "wpsync.rego".into(),
            include_str!("../../examples/ci/wpsync.rego").into(),
        )
        .expect("a policy");
    engine.set_input_json(&json(plan).to_string()).expect("an input");
    let mut said = Vec::new();
    for rule in ["deny", "warn"] {
        let messages = engine.eval_rule(format!("data.main.{rule}")).expect("a verdict");
        said.extend(
            messages
                .as_set()
                .expect("a set")
                .iter()
                .map(|message| format!("{rule}: {}", message.as_string().expect("a text"))),
        );
    }
    said
}

#[test]
fn the_policy_refuses_what_its_example_says() {
    let mut admin = with(
        change(Action::Create, Kind::User, "olu@example.com"),
        "userName",
        "",
        "olu@example.com",
    );
    admin
        .after
        .insert("roles".into(), Some(Value::set(vec![Value::text("admin")])));
    let renamed = with(
        change(Action::Update, Kind::User, "mary@example.com"),
        "userName",
        "maria@example.com",
        "mary@example.com",
    );
    let changes = vec![
        admin,
        change(Action::Delete, Kind::User, "zed@example.com"),
        change(Action::Delete, Kind::Group, "Old"),
        group("Everyone", 1, &["zed@example.com"], &[]),
        renamed,
    ];
    let mut header = header();
    header.guards = vec![guard("create", 1, 40), guard("remove", 2, 1)];
    let expected: Vec<_> = include_str!("../../examples/ci/denials.txt").lines().collect();
    assert_eq!(verdicts(&sealed(header, changes)), expected);
}

#[test]
fn the_policy_lets_a_harmless_plan_pass() {
    let mut plan = small();
    plan.changes
        .retain(|change| change.action == Action::Create || change.kind == Kind::Group);
    assert_eq!(verdicts(&sealed(plan.header, plan.changes)), [""; 0]);
    assert_eq!(verdicts(&sealed(header(), Vec::new())), [""; 0]);
}

#[test]
fn a_limit_that_the_week_has_used_up_fails_here_as_it_does_at_apply() {
    let mut spent = guard("remove", 15, 40);
    spent.earlier = 30;
    let mut header = header();
    header.guards = vec![spent];
    let plan = sealed(header, small().changes);
    let shown = json(&plan);
    assert_eq!(shown["checks"][0]["status"], "fail");
    assert_eq!(shown["checks"][0]["earlier"], 30);
    let said = "deny: guard.remove fails: 15 of 400, with 30 of the last 7 days, and the limit is 40";
    assert!(
        verdicts(&plan).contains(&said.to_owned()),
        "{:?}",
        verdicts(&plan)
    );
    assert!(html(&plan, None).contains(r#""earlier":30,"holds":false"#));
}
