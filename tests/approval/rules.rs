//! Distinct people, never the author, and more of them for plans that remove.

use wpsync::approval::{
    AllowedSigners, ApprovalRules, Judgement, NAMESPACE, Refusal, RevokedKeys, Signature, statement,
};
use wpsync::plan::Plan;

use crate::company::sealed;
use crate::support::{Keys, plan};

struct Office {
    keys: Keys,
    rules: ApprovalRules,
}

/// ada (two keys), bob and cyd, who has a second line under another name.
fn office() -> Office {
    let keys = Keys::new();
    for name in ["ada", "ada2", "bob", "bob2", "cyd"] {
        keys.make(name, "ed25519");
    }
    let key = |name: &str| keys.public(name);
    let signers = format!(
        "ada,ada@example.com {}\nada@example.com {}\nBob,bob@example.com {}\nbob@EXAMPLE.com {}\ncyd {}\n",
        key("ada"),
        key("ada2"),
        key("bob"),
        key("bob2"),
        key("cyd")
    );
    let signers = AllowedSigners::parse(&signers);
    Office {
        keys,
        rules: ApprovalRules {
            required: 1,
            required_with_removals: 2,
            signers,
            revoked: RevokedKeys::default(),
        },
    }
}

impl Office {
    fn judge(&self, plan: &Plan, signers: &[&str]) -> Judgement {
        let statement = statement(plan);
        let signatures: Vec<_> = signers
            .iter()
            .map(|name| Signature {
                name: (*name).to_owned(),
                text: self.keys.sign_here(name, NAMESPACE, &statement),
            })
            .collect();
        self.rules.judge(plan, 3, &signatures, jiff::Timestamp::now())
    }
}

#[test]
fn f146_the_author_does_not_count_with_any_key_or_name() {
    let office = office();
    for key in ["ada", "ada2"] {
        let judgement = office.judge(&plan(0, 0), &[key]);
        assert!(!judgement.holds());
        assert_eq!(judgement.refusals, [(key.to_owned(), Refusal::Author)]);
    }
    let judgement = office.judge(&plan(0, 0), &["ada", "bob"]);
    assert!(judgement.holds());
    assert_eq!(
        judgement
            .approvers
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        ["Bob"]
    );
}

#[test]
fn f146_one_person_with_two_keys_is_one_person() {
    let office = office();
    let removing = plan(0, 4);
    let judgement = office.judge(&removing, &["bob", "bob2"]);
    assert_eq!(
        (judgement.required, judgement.approvers.len(), judgement.holds()),
        (2, 1, false)
    );
    assert_eq!(
        judgement.refusals,
        [("bob2".to_owned(), Refusal::Again("Bob".into()))]
    );
    assert!(office.judge(&removing, &["bob", "cyd"]).holds());
}

#[test]
fn a_plan_with_removals_over_the_limit_needs_two() {
    let office = office();
    assert!(office.judge(&plan(0, 3), &["bob"]).holds());
    assert!(!office.judge(&plan(0, 4), &["bob"]).holds());
}

#[test]
fn f145_an_approval_of_one_plan_is_none_of_another() {
    let office = office();
    let (reviewed, other) = (plan(0, 0), plan(1, 0));
    let signatures = [Signature {
        name: "bob".to_owned(),
        text: office.keys.sign_here("bob", NAMESPACE, &statement(&reviewed)),
    }];
    let judgement = office.rules.judge(&other, 3, &signatures, jiff::Timestamp::now());
    assert_eq!(
        (judgement.holds(), &judgement.refusals[0].1),
        (false, &Refusal::Mismatch)
    );
}

#[test]
fn f071_of_a_thousand_edits_that_were_sealed_again_none_is_approved() {
    let office = office();
    let reviewed = plan(0, 2);
    let signatures = [Signature {
        name: "bob".to_owned(),
        text: office.keys.sign_here("bob", NAMESPACE, &statement(&reviewed)),
    }];
    assert!(
        office
            .rules
            .judge(&reviewed, 3, &signatures, jiff::Timestamp::now())
            .holds()
    );
    for number in 0..1000 {
        let (mut header, mut changes) = (reviewed.header.clone(), reviewed.changes.clone());
        let place = number % changes.len();
        match number % 4 {
            0 => drop(changes[place].after.insert(
                "title".into(),
                Some(wpsync::model::Value::text(number.to_string())),
            )),
            1 => changes[place].remote_id = Some(format!("other{number}").into()),
            2 => header.author = Some(format!("cyd{number}")),
            _ => header.expires += jiff::SignedDuration::from_secs(i64::try_from(number).expect("small")),
        }
        let edited = sealed(header, changes);
        let judgement = office
            .rules
            .judge(&edited, 3, &signatures, jiff::Timestamp::now());
        assert_eq!(
            judgement.refusals,
            [("bob".to_owned(), Refusal::Mismatch)],
            "edit {number}"
        );
    }
}

#[test]
fn a_plan_without_an_author_is_approved_by_nobody() {
    let office = office();
    let plan = sealed(
        wpsync::plan::Header {
            author: None,
            ..crate::company::header()
        },
        Vec::new(),
    );
    let judgement = office.judge(&plan, &["bob", "cyd"]);
    assert!(!judgement.holds() && !judgement.author_is_known);
}

#[test]
fn a_pattern_and_the_names_that_it_covers_are_one_person() {
    let mut office = office();
    let signers = format!(
        "*@example.com {}\ncyd@example.com {}\n",
        office.keys.public("bob"),
        office.keys.public("cyd")
    );
    office.rules.signers = AllowedSigners::parse(&signers);
    assert!(!office.judge(&plan(0, 4), &["bob", "cyd"]).holds());
}

#[test]
fn the_statement_says_what_the_plan_does_and_is_the_same_each_time() {
    let plan = plan(7, 4);
    let text = statement(&plan);
    assert_eq!(
        text,
        statement(&Plan::from_bytes(&plan.to_bytes()).expect("a plan"))
    );
    for line in [
        format!("plan: {}", plan.header.plan_id),
        format!("digest: {}", plan.digest),
        format!("change digest: {}", plan.header.change_digest),
        "target: https://scim.example.com/v2".into(),
        "create: 2".into(),
        "update: 0".into(),
        "delete: 4".into(),
        "removals: 4".into(),
        format!("expires: {}", plan.header.expires),
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
    }
}

#[test]
fn no_text_of_a_plan_makes_a_line_of_its_own() {
    let mut header = crate::company::header();
    header.waivers = vec![wpsync::plan::guard::Waiver {
        count: 1,
        guard: "remove".into(),
        reason: "x\ndelete: 0\u{1b}[2K".into(),
    }];
    let text = statement(&sealed(header, Vec::new()));
    assert!(
        text.contains("waiver: remove=1: x\\ndelete: 0\\u{1b}[2K\n"),
        "{text}"
    );
}
