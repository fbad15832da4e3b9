//! A nasty text in every field of a plan changes nothing but itself: the same nodes, the same elements, the
//! same lines as a harmless one.

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options, parse_document};
use wpsync::escape::is_unsafe_to_show;
use wpsync::plan::Plan;
use wpsync::receipt::{Receipt, ReceiptLine, Twofold};
use wpsync::review::{
    Palette, html, json, json_text, markdown, receipt_html, receipt_markdown, receipt_text, text,
};

use crate::support::{everywhere, naughty};

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// No control character, nothing invisible, nothing that a CI system reads as a command.
fn assert_harmless(form: &str, nasty: &str) {
    for line in form.split('\n') {
        let unsafe_character = line.chars().find(|character| is_unsafe_to_show(*character));
        assert_eq!(unsafe_character, None, "{:?} in {:?}", short(nasty), short(line));
        // GitHub's runner reads `::` after blanks; its older `##[`, Azure's `##vso[` and TeamCity's
        // `##teamcity[` are read anywhere.
        assert!(
            !line.trim_start().starts_with("::"),
            "{:?} in {:?}",
            short(nasty),
            short(line)
        );
        assert!(!line.contains("##["), "{:?} in {:?}", short(nasty), short(line));
        assert!(
            !line.contains("##vso[") && !line.contains("##teamcity["),
            "{:?} in {:?}",
            short(nasty),
            short(line)
        );
    }
}

fn receipt(text: &str) -> Receipt {
    let plan = everywhere(text);
    Receipt {
        halted: None,
        acknowledged: None,
        wpsync_receipt: 1,
        approved_by: vec![text.into()],
        change_digest: plan.digest,
        directory: text.into(),
        duplicates: vec![Twofold {
            attribute: text.into(),
            change: text.into(),
            ids: vec![text.into()],
        }],
        duplicates_unknown: Some(text.into()),
        finished: plan.header.created,
        memory: None,
        outcomes: vec![ReceiptLine {
            action: Some(wpsync::plan::Action::Create),
            change: text.into(),
            detail: Some(text.into()),
            left_undone: None,
            evidence: None,
            memberships: Some(1),
            outcome: text.into(),
        }],
        plan: plan.digest,
        plan_id: text.into(),
        requests: wpsync::client::Tally::default(),
        started: plan.header.created,
        verdict: text.into(),
    }
}

#[test]
fn f130_f132_no_form_acts_on_a_terminal_or_a_log() {
    for nasty in naughty() {
        let plan = everywhere(&nasty);
        let receipt = receipt(&nasty);
        assert_harmless(&text(&plan, Palette::Plain, 80), &nasty);
        assert_harmless(&markdown(&plan, 60_000, None), &nasty);
        assert_harmless(&json_text(&json(&plan)), &nasty);
        assert_harmless(&receipt_text(&receipt), &nasty);
        assert_harmless(&receipt_markdown(&receipt), &nasty);
        let page = html(&plan, None);
        let (_, data, _) = parts(&page);
        assert_harmless(data, &nasty);
    }
}

#[test]
fn f133_a_name_forges_no_line() {
    let lines = |text: &str| {
        let plan = everywhere(text);
        wpsync::review::text(&plan, Palette::Plain, 1_000_000)
            .lines()
            .map(|line| line.chars().take(2).collect::<String>())
            .collect::<Vec<_>>()
    };
    let usual = lines("x");
    for nasty in naughty() {
        assert_eq!(lines(&nasty), usual, "{:?}", short(&nasty));
    }
}

#[test]
fn f133_json_keeps_every_text_exactly() {
    for nasty in naughty() {
        let json = json(&everywhere(&nasty));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&json_text(&json)).expect("JSON"),
            json
        );
        assert_eq!(json["resource_changes"][0]["name"], nasty.as_str());
    }
}

/// Every extension that a forge may have on.
fn everything_on() -> Options<'static> {
    let mut options = Options::default();
    let on = &mut options.extension;
    on.strikethrough = true;
    on.table = true;
    on.autolink = true;
    on.tasklist = true;
    on.superscript = true;
    on.footnotes = true;
    on.inline_footnotes = true;
    on.description_lists = true;
    on.front_matter_delimiter = Some("---".into());
    on.multiline_block_quotes = true;
    on.alerts = true;
    on.math_dollars = true;
    on.math_code = true;
    on.wikilinks_title_before_pipe = true;
    on.underline = true;
    on.subscript = true;
    on.spoiler = true;
    on.greentext = true;
    options.parse.relaxed_autolinks = true;
    options.parse.relaxed_tasklist_matching = true;
    options
}

/// What Markdown consists of, without the content of code and without digests; code alone holds foreign text.
fn skeleton(markdown: &str) -> Vec<String> {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &everything_on());
    root.descendants()
        .map(|node| format!("{} {}", node.ancestors().count(), words(node)))
        .collect()
}

fn words<'a>(node: &'a AstNode<'a>) -> String {
    match &node.data.borrow().value {
        NodeValue::Code(_) => "code".into(),
        NodeValue::CodeBlock(block) => {
            let lines: Vec<_> = block
                .literal
                .lines()
                .map(|line| line.chars().take(6).collect::<String>())
                .collect();
            format!("block {} {}", block.info, lines.join("/"))
        }
        // The mark of a directory holds a digest of its address.
        NodeValue::HtmlBlock(block) if block.literal.starts_with("<!-- wpsync:plan:") => {
            format!("mark of {} bytes", block.literal.len())
        }
        NodeValue::HtmlBlock(block) => format!("html {}", block.literal),
        NodeValue::Text(text) => format!("text {text}"),
        NodeValue::Document => "document".into(),
        NodeValue::Paragraph => "paragraph".into(),
        NodeValue::Heading(heading) => format!("heading {}", heading.level),
        NodeValue::List(_) => "list".into(),
        NodeValue::Item(_) => "item".into(),
        NodeValue::Strong => "strong".into(),
        NodeValue::SoftBreak => "break".into(),
        foreign => panic!("a foreign node: {foreign:?}"),
    }
}

/// The plan's Markdown, with room for everything.
fn whole(plan: &Plan) -> String {
    markdown(plan, 100_000_000, None)
}

#[test]
fn f131_no_text_makes_a_node_of_its_own() {
    let usual = skeleton(&whole(&everywhere("x")));
    assert!(
        usual.iter().any(|node| node.contains("html <details>")),
        "{usual:#?}"
    );
    for nasty in naughty() {
        // Text that shows nothing is replaced by a word of ours.
        if nasty.trim().is_empty() && !nasty.chars().any(is_unsafe_to_show) {
            continue;
        }
        let found = skeleton(&whole(&everywhere(&nasty)));
        let different = usual.iter().zip(&found).find(|(one, other)| one != other);
        assert!(
            different.is_none() && usual.len() == found.len(),
            "{:?}: {different:?}",
            short(&nasty)
        );
        // The same is true of a comment that was cut.
        skeleton(&markdown(&everywhere(&nasty), 8_000, None));
        skeleton(&receipt_markdown(&receipt(&nasty)));
    }
}

#[test]
fn the_markdown_check_can_fail() {
    for foreign in [
        "<b>x</b>",
        "https://evil.example",
        "[x](y)",
        "![x](y)",
        "| a |\n|---|\n| b |",
        "$x$",
        "---",
        "> x",
        "a@example.com",
    ] {
        assert!(
            std::panic::catch_unwind(|| skeleton(foreign)).is_err(),
            "{foreign}"
        );
    }
}

/// A page before its data, the data, and after it.
fn parts(page: &str) -> (&str, &str, &str) {
    let (before, rest) = page
        .split_once("<script type=\"application/json\" id=\"plan\">")
        .expect("data");
    let (data, after) = rest.split_once("</script>").expect("an end");
    (before, data, after)
}

#[test]
fn f131_a_page_holds_foreign_text_only_in_data_that_ends_no_element() {
    let usual = everywhere("x");
    let (page, digest) = (html(&usual, None), usual.digest.to_string());
    let (before, _, after) = parts(&page);
    for nasty in naughty() {
        let plan = everywhere(&nasty);
        let page = html(&plan, None);
        let (its_before, data, its_after) = parts(&page);
        assert!(!data.contains(['<', '>', '&', '\n']), "{:?}", short(&nasty));
        serde_json::from_str::<serde_json::Value>(data).expect("JSON");
        assert_eq!(
            its_before.replace(&plan.digest.to_string(), &digest),
            before,
            "{:?}",
            short(&nasty)
        );
        assert_eq!(its_after, after);
    }
}

#[test]
fn f131_a_receipts_page_holds_foreign_text_only_as_text() {
    let tags = |text: &str| {
        let page = receipt_html(&receipt(text));
        let (_, body) = page.split_once("<body>").expect("a body");
        assert!(!page.contains("<script"), "{page}");
        let tags = body.split('<').skip(1);
        let tags = tags.map(|tag| tag.split('>').next().unwrap_or_default().to_owned());
        tags.collect::<Vec<_>>()
    };
    let usual = tags("x");
    for nasty in naughty() {
        assert_eq!(tags(&nasty), usual, "{:?}", short(&nasty));
    }
}

#[test]
fn a_page_loads_nothing_and_makes_no_html_of_text() {
    let page = html(&everywhere("x"), None);
    let (before, _, after) = parts(&page);
    assert!(before.contains("content=\"default-src 'none'; script-src 'sha256-"));
    for forbidden in [
        "http://",
        "https://",
        "url(",
        "@import",
        "src=",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        " onclick",
        "style=\"",
    ] {
        assert!(
            !before.contains(forbidden) && !after.contains(forbidden),
            "{forbidden}"
        );
    }
}
