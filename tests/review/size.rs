//! A plan of twenty thousand changes stays readable: within the budget, and nothing is left out without a
//! count.

use wpsync::model::{Kind, Value};
use wpsync::plan::{Action, Change};
use wpsync::review::{DEFAULT_BUDGET, Palette, SMALLEST_BUDGET, html, markdown, text, text_in_short};

use crate::support::{change, everywhere, group, header, large, naughty, sealed, with};

/// The number before a word, as `1,480` in `**1,480 removals not shown here.**`.
fn counted(markdown: &str, words: &str) -> usize {
    let Some((before, _)) = markdown.split_once(words) else {
        return 0;
    };
    before
        .rsplit(['*', ' ', '\n'])
        .next()
        .expect("a word")
        .replace(',', "")
        .parse()
        .expect("a number")
}

#[test]
fn f059_every_removal_is_visible_or_counted() {
    let plan = large();
    let removals = plan
        .changes
        .iter()
        .filter(|change| change.action.is_removal())
        .count();
    assert_eq!((plan.changes.len(), removals), (20_000, 1_500));
    for budget in [SMALLEST_BUDGET, DEFAULT_BUDGET, 100_000_000] {
        let markdown = markdown(plan, budget, None);
        assert!(markdown.len() <= budget, "{} of {budget} bytes", markdown.len());
        let shown = markdown
            .lines()
            .filter(|line| line.starts_with("- delete ") || line.starts_with("- deactivate "))
            .count();
        assert_eq!(
            shown + counted(&markdown, " removed users not shown here"),
            removals,
            "{budget}"
        );
        let updates = markdown
            .lines()
            .filter(|line| line.starts_with("! user:") || line.starts_with("! group:"))
            .count();
        assert_eq!(
            updates + counted(&markdown, " updates not shown here"),
            12_500,
            "{budget}"
        );
        let creates = markdown
            .lines()
            .filter(|line| line.starts_with("+ user:"))
            .count();
        assert_eq!(
            creates + counted(&markdown, " creates not shown here"),
            6_000,
            "{budget}"
        );
        assert_eq!(
            markdown.contains("Left out for want of room"),
            budget <= 1_000_000
        );
    }
}

#[test]
fn f059_half_of_a_usual_page_goes_to_removals() {
    let plan = large();
    let markdown = markdown(plan, DEFAULT_BUDGET, None);
    let shown = markdown
        .lines()
        .filter(|line| line.starts_with("- delete "))
        .count();
    assert_eq!(shown, 500, "all that cannot be undone are visible");
    assert!(
        markdown.contains("- 7,500 users: `department` `\"Sales\"` → `\"Revenue\"`"),
        "patterns are there although much is cut"
    );
}

#[test]
fn nothing_that_a_plan_says_makes_markdown_exceed_its_budget() {
    for text in naughty() {
        let plan = everywhere(&text);
        let changes: Vec<_> = plan.changes.iter().cycle().take(40).cloned().collect();
        let plan = sealed(plan.header, changes);
        assert!(
            markdown(&plan, SMALLEST_BUDGET, None).len() <= SMALLEST_BUDGET,
            "{:?}",
            text.chars().take(60).collect::<String>()
        );
    }
}

#[test]
fn the_page_holds_every_change_once() {
    let plan = large();
    let page = html(plan, None);
    assert_eq!(
        page.matches("\"a\":\"delete\"").count() as u64,
        plan.header.summary[&Action::Delete]
    );
    assert_eq!(
        html(&sealed(header(), Vec::new()), None)
            .matches("\"a\":\"")
            .count(),
        0
    );
}

/// How many lines of a text begin like a change.
fn changes_shown(text: &str) -> usize {
    let signs = ["  + ", "  ~ ", "  ^ ", "  ! ", "  - "];
    let is_change = |line: &&str| signs.iter().any(|sign| line.starts_with(sign)) && line.contains(':');
    text.lines().filter(is_change).count()
}

#[test]
fn the_text_of_a_hundred_thousand_changes_fits_into_a_log() {
    let mut changes: Vec<Change> = Vec::new();
    for number in 0..100_000_u32 {
        let name = format!("person.{number:06}@example.com");
        let action = Action::BY_RISK[number as usize % 5];
        let one = change(action, Kind::User, &name);
        changes.push(with(
            with(one, "title", "Engineer", &"Chief ".repeat(10)),
            "userName",
            &name,
            &name,
        ));
    }
    let plan = sealed(header(), changes);
    let short = text_in_short(&plan, Palette::Plain, 80, "wpsync show wpsync.plan.json");
    assert!(short.len() < 220_000, "{} bytes", short.len());
    let headline = "Plan: 20,000 to create, 20,000 to update, 20,000 to reactivate, 20,000 to deactivate, \
                    20,000 to delete.";
    assert!(short.starts_with(headline), "{}", &short[..200]);
    let shown = changes_shown(&short);
    assert!(shown > 100, "{shown}");
    for action in Action::BY_RISK {
        let left_out = counted(&short, &format!(" more to {}", action.word()));
        assert!(left_out > 0 && left_out < 20_000, "{}: {left_out}", action.word());
    }
    let left_out = counted(
        &short,
        " changes not shown here: `wpsync show wpsync.plan.json` draws everything.",
    );
    assert_eq!(shown + left_out, 100_000);
    assert!(
        short.ends_with(&format!("digest      {}\n", plan.digest)),
        "the end is there"
    );
}

#[test]
fn a_plan_that_fits_is_the_same_in_short() {
    let plan = crate::support::small();
    assert_eq!(
        text_in_short(&plan, Palette::Plain, 80, "wpsync show"),
        text(&plan, Palette::Plain, 80)
    );
}

#[test]
fn no_text_makes_a_text_in_short_long() {
    // The longest are the worst.
    for nasty in naughty().into_iter().filter(|nasty| nasty.len() > 5_000) {
        let plan = everywhere(&nasty);
        let changes: Vec<_> = plan.changes.iter().cycle().take(300).cloned().collect();
        let plan = sealed(plan.header, changes);
        let short = text_in_short(&plan, Palette::Plain, 80, "wpsync show");
        let head = text(&everywhere(&nasty), Palette::Plain, 80).len();
        assert!(short.len() < 220_000 + head, "{} bytes", short.len());
    }
}

#[test]
fn one_change_does_not_push_out_the_others() {
    let members: Vec<String> = (0..5_000)
        .map(|number| format!("p{number:04}@example.com"))
        .collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let mut changes = vec![group("All", 0, &[], &members)];
    changes.extend((0..40).map(|number| {
        with(
            change(Action::Update, Kind::User, &format!("q{number:02}@example.com")),
            "title",
            "Engineer",
            &format!("Chief {number}"),
        )
    }));
    let plan = sealed(header(), changes);
    let markdown = markdown(&plan, SMALLEST_BUDGET, None);
    assert!(
        markdown.contains("! group:All")
            && markdown.contains(" more lines\n")
            && markdown.contains("! user:q00"),
        "{markdown}"
    );
    let short = text_in_short(&plan, Palette::Plain, 80, "wpsync show");
    assert!(
        short.contains(" lines of this change") && short.contains("user:q39@example.com"),
        "{short}"
    );
    assert!(
        text(&plan, Palette::Plain, 80).contains("p4999@example.com"),
        "a whole text is whole"
    );
}

#[test]
fn no_list_hides_a_role() {
    let roles = |names: &[String]| {
        Some(Value::set(
            names.iter().map(|name| Value::text(name.as_str())).collect(),
        ))
    };
    let plain: Vec<String> = (0..200)
        .map(|number| format!("role-number-{number:03}"))
        .collect();
    let mut more = plain.clone();
    more.push("zz-admin".into());
    let mut changes: Vec<Change> = (0..700)
        .map(|number| {
            change(
                Action::Delete,
                Kind::User,
                &format!("leaver.{number:03}@example.com"),
            )
        })
        .collect();
    let mut promoted = change(Action::Update, Kind::User, "zoe@example.com");
    promoted.before.insert("roles".into(), roles(&plain));
    promoted.after.insert("roles".into(), roles(&more));
    changes.push(promoted);
    let plan = sealed(header(), changes);
    for form in [
        markdown(&plan, SMALLEST_BUDGET, None),
        text_in_short(&plan, Palette::Plain, 80, "wpsync show"),
        html(&plan, None).replace("\\\"", "\""),
    ] {
        assert!(
            form.contains("role \"zz-admin\" for 1"),
            "{}",
            &form[..form.len().min(3_000)]
        );
    }
    // Beside the change, each role that comes or goes has a line of its own.
    let whole = markdown(&plan, DEFAULT_BUDGET * 10, None);
    assert!(whole.contains("\n+     roles  \"zz-admin\"\n"), "{whole}");
    assert!(!whole.contains("role-number-000"), "{whole}");
}
