//! A plan of twenty thousand changes stays readable: within the budget, and nothing is left out without a
//! count.

use wpsync::plan::Action;
use wpsync::review::{DEFAULT_BUDGET, SMALLEST_BUDGET, html, markdown};

use crate::support::{everywhere, header, large, naughty, sealed};

/// The number before a word, as `1,480` in `**1,480 removals not shown here.**`.
fn counted(markdown: &str, words: &str) -> usize {
    let Some((before, _)) = markdown.split_once(words) else {
        return 0;
    };
    before
        .rsplit(['*', ' '])
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
            shown + counted(&markdown, " removals not shown here"),
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
