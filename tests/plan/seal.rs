//! What was sealed is what is believed, and nothing else.

use wpsync::plan::{Plan, SealError};

use crate::support::{Company, group, sealed, user};

fn plan() -> Plan {
    Company::default()
        .wants(user(&[
            ("userName", "ada@example.com"),
            ("name.givenName", "Zoë \"\u{1b}[31m\" </script>"),
            ("active", "true"),
            ("manager", "bob@example.com"),
        ]))
        .wants(user(&[("userName", "bob@example.com"), ("roles", "b;a")]))
        .wants(group("Sales", &["ada@example.com"]))
        .has_user("1", &[("userName", "bob@example.com"), ("title", "Boss")])
        .plan()
}

#[test]
fn the_digest_is_what_coreutils_compute() {
    let bytes = plan().to_bytes();
    let text = String::from_utf8(bytes).expect("text");
    let cut = text.trim_end().rfind('\n').expect("lines") + 1;
    assert_eq!(
        text[cut..],
        format!(
            "\"digest\":\"{}\"}}\n",
            wpsync::digest::Digest::of_bytes(&text.as_bytes()[..cut])
        )
    );
}

#[test]
fn a_plan_is_json_with_one_change_a_line_in_canonical_form() {
    let plan = plan();
    let text = String::from_utf8(plan.to_bytes()).expect("text");
    let json: serde_json::Value = serde_json::from_str(&text).expect("a plan is JSON");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "{\"wpsync_plan\":2,");
    assert_eq!(lines.len(), 5 + plan.changes.len());
    let canonical = |value: &serde_json::Value| serde_json_canonicalizer::to_string(value).expect("JSON");
    assert_eq!(lines[1], format!("\"header\":{},", canonical(&json["header"])));
    for (number, change) in json["changes"].as_array().expect("changes").iter().enumerate() {
        assert_eq!(lines[3 + number].trim_end_matches(','), canonical(change));
    }
}

#[test]
fn f070_a_plan_with_any_byte_changed_is_refused() {
    let bytes = plan().to_bytes();
    for at in 0..bytes.len() {
        for flip in [1, 0x20, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            assert!(
                Plan::from_bytes(&damaged).is_err(),
                "byte {at} flipped by {flip} was believed"
            );
        }
    }
}

/// A plan of at least so many bytes.
fn plan_of(bytes: usize) -> Vec<u8> {
    let mut company = Company::default();
    let mut people = 0;
    loop {
        let plan = company.plan().to_bytes();
        if plan.len() >= bytes {
            return plan;
        }
        for number in people..people * 2 + 4 {
            company = company.wants(user(&[
                ("userName", &format!("person{number:06}@example.com")),
                ("title", "Engineer"),
            ]));
        }
        people = people * 2 + 4;
    }
}

#[test]
fn f070_every_byte_of_a_plan_set_to_every_other_value_is_refused() {
    let bytes = plan_of(4 * 1024);
    let mut damaged = bytes.clone();
    for at in 0..bytes.len() {
        for value in (0..=u8::MAX).filter(|value| *value != bytes[at]) {
            damaged[at] = value;
            assert!(
                Plan::from_bytes(&damaged).is_err(),
                "byte {at} set to {value} was believed"
            );
        }
        damaged[at] = bytes[at];
    }
}

#[test]
fn f070_ten_thousand_random_edits_of_a_large_plan_are_refused() {
    let bytes = plan_of(1024 * 1024);
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |limit: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).expect("31 bits") % limit
    };
    for round in 0..10_000 {
        let (at, length, kind) = (below(bytes.len()), below(16) + 1, below(3));
        let end = (at + length).min(bytes.len());
        let mut edited = bytes.clone();
        match kind {
            0 => drop(edited.drain(at..end)),
            1 => drop(edited.splice(at..at, vec![b'x'; length])),
            _ => edited[at] = edited[at].wrapping_add(u8::try_from(below(255)).expect("a byte") + 1),
        }
        assert!(
            edited == bytes || Plan::from_bytes(&edited).is_err(),
            "edit {round} of kind {kind} at {at} was believed"
        );
    }
}

#[test]
fn f070_a_plan_cut_appended_or_re_encoded_is_refused() {
    let bytes = plan().to_bytes();
    for cut in 0..bytes.len() {
        assert!(Plan::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let text = String::from_utf8(bytes).expect("text");
    for other in [
        format!("{text}\n"),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
    ] {
        assert!(Plan::from_bytes(other.as_bytes()).is_err());
    }
}

/// The text with its digest made to fit again.
fn resealed(text: &str) -> Vec<u8> {
    let cut = text.trim_end().rfind('\n').expect("lines") + 1;
    let digest = wpsync::digest::Digest::of_bytes(&text.as_bytes()[..cut]);
    format!("{}\"digest\":\"{digest}\"}}\n", &text[..cut]).into_bytes()
}

#[test]
fn f072_a_second_form_of_the_same_content_is_refused_even_with_a_digest_that_fits() {
    let text = String::from_utf8(plan().to_bytes()).expect("text");
    for (from, to) in [
        ("\"action\":\"create\"", "\"action\": \"create\""),
        (
            "\"action\":\"create\",",
            "\"action\":\"create\",\"action\":\"create\",",
        ),
        ("\"action\":\"create\",", "\"action\":\"create\",\"extra\":1,"),
        ("Zoë", "Zo\\u00eb"),
        ("\"users\":0", "\"users\":0.0"),
        ("\"summary\":{\"create\":2", "\"summary\":{\"create\":3"),
        ("\"needs\":[]", "\"needs\":[\"user:nobody\"]"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from} is in the plan");
        assert!(
            matches!(
                Plan::from_bytes(&resealed(&edited)),
                Err(SealError::NotCanonical(_) | SealError::NotReadable(_) | SealError::NotOrdered(_))
            ),
            "{to} was believed"
        );
    }
}

#[test]
fn f076_a_plan_of_another_format_says_so() {
    let text = String::from_utf8(plan().to_bytes()).expect("text").replacen(
        "{\"wpsync_plan\":2,",
        "{\"wpsync_plan\":1,",
        1,
    );
    let refused = Plan::from_bytes(&resealed(&text)).expect_err("another format");
    assert!(
        matches!(&refused, SealError::OtherFormat(format) if format == "1"),
        "{refused}"
    );
}

#[test]
fn the_change_digest_is_about_meaning_alone() {
    let one = plan();
    let mut header = crate::support::header();
    header.commit = Some("a merge".into());
    let mut changes = one.changes.clone();
    changes[0].reason = "other words".into();
    changes[0].origin = Some("elsewhere.yaml:9:9".into());
    let other = sealed(header, changes.clone());
    assert_eq!(one.header.change_digest, other.header.change_digest);
    assert_ne!(one.digest, other.digest);
    changes[0].after.insert("title".into(), None);
    assert_ne!(
        sealed(crate::support::header(), changes).header.change_digest,
        one.header.change_digest
    );
}
