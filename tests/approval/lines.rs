//! Lines of `allowed_signers`: what is understood, what is ignored and why, beside what `ssh-keygen` makes of
//! the same line.

use wpsync::approval::{AllowedSigners, NAMESPACE, Refusal, RevokedKeys, RevokedKeysError, statement};

use crate::support::{Keys, Letter, plan, verdict};

/// Lines, with the reason for which one is ignored, and whether `ssh-keygen` accepts it. `KEY` is the key.
const LINES: [(&str, Option<&str>, bool); 22] = [
    ("ada KEY a comment with \"marks\"", None, true),
    ("  \tada\t KEY", None, true),
    ("bob,ada KEY", None, true),
    ("ad? KEY", None, true),
    ("ada namespaces=\"wpsync-plan-approval\" KEY", None, true),
    ("ada Namespaces=\"a b,wpsync-plan-approval\" KEY", None, true),
    (
        "ada valid-before=\"20990101Z\",valid-after=\"20200101Z\" KEY",
        None,
        true,
    ),
    (
        "ada namespaces=wpsync-plan-approval KEY",
        Some("not in quotation marks"),
        false,
    ),
    (
        "ada namespaces=\"a\",namespaces=\"wpsync-plan-approval\" KEY",
        Some("stands twice"),
        false,
    ),
    (
        "ada namespaces=\"wpsync-plan-approval KEY",
        Some("not closed"),
        false,
    ),
    (
        "ada namespaces=\"wpsync-plan-approval\", KEY",
        Some("not known"),
        false,
    ),
    ("ada unknown KEY", Some("not known"), false),
    ("ada unknown=\"x\" KEY", Some("not known"), false),
    ("ada valid-after=\"20201301Z\" KEY", Some("YYYYMMDD"), false),
    ("ada valid-after=\"tomorrowZ\" KEY", Some("YYYYMMDD"), false),
    (
        "ada valid-after=\"20210101Z\",valid-before=\"20200101Z\" KEY",
        Some("not after"),
        false,
    ),
    ("ada", Some("no key"), false),
    ("ada ssh-ed25519 AAAA", Some("no key"), false),
    ("ada cert-authority KEY", Some("certificate authorities"), false),
    // Where wpsync is stricter: the time depends on the machine's zone, and a name in quotation marks may
    // hold a comma.
    ("ada valid-after=\"20200101\" KEY", Some("no Z"), true),
    ("\"ada\" KEY", Some("quotation marks"), true),
    ("Ada KEY", None, false),
];

#[test]
fn every_line_is_understood_or_ignored_with_a_reason() {
    let keys = Keys::new();
    keys.make("one", "ed25519");
    let statement = statement(&plan(0, 0));
    let signature = keys.sign_here("one", NAMESPACE, &statement);
    for (line, problem, accepted_there) in LINES {
        let signers = format!("{}\n", line.replace("KEY", &keys.public("one")));
        let parsed = AllowedSigners::parse(&signers);
        let problems: Vec<String> = parsed.problems().iter().map(ToString::to_string).collect();
        match problem {
            Some(part) => assert!(
                problems.len() == 1 && problems[0].contains(part),
                "{line}: {problems:?}"
            ),
            None => assert_eq!(problems, Vec::<String>::new(), "{line}"),
        }
        let there = keys.is_accepted_there(
            &signers,
            "",
            "ada",
            Letter {
                statement: &statement,
                signature: &signature,
            },
        );
        let here = verdict(
            &signers,
            "",
            "ada",
            Letter {
                statement: &statement,
                signature: &signature,
            },
        );
        assert_eq!(there, accepted_there, "ssh-keygen on {line}");
        assert_eq!(
            here.is_ok(),
            there && problem.is_none(),
            "wpsync on {line}: {here:?}"
        );
    }
}

#[test]
fn each_refusal_has_its_own_reason() {
    let keys = Keys::new();
    keys.make("one", "ed25519");
    keys.make("big", "rsa");
    let (own, text) = (keys.public("one"), statement(&plan(0, 0)));
    let good = keys.sign_here("one", NAMESPACE, &text);
    let refusal = |signers: &str, revoked: &str, signature: &str| {
        verdict(
            signers,
            revoked,
            "ada",
            Letter {
                statement: &text,
                signature,
            },
        )
        .expect_err("refused")
    };
    let all = format!("ada {own}\nada {}\n", keys.public("big"));
    assert_eq!(refusal(&all, "", "no signature"), Refusal::NotASignature);
    assert_eq!(
        refusal(&all, "", &keys.sign_there("one", "file", &text)),
        Refusal::Namespace("file".into())
    );
    assert!(matches!(
        refusal(&all, "", &keys.sign_there("big", NAMESPACE, &text)),
        Refusal::Unsupported(_)
    ));
    assert_eq!(
        refusal(&all, "", &keys.sign_here("one", NAMESPACE, "another statement")),
        Refusal::Mismatch
    );
    assert_eq!(refusal(&all, &own, &good), Refusal::Revoked);
    assert_eq!(refusal("", "", &good), Refusal::Unknown);
    assert_eq!(
        refusal(&format!("ada namespaces=\"git\" {own}"), "", &good),
        Refusal::KeyNamespace
    );
    assert_eq!(
        refusal(&format!("ada valid-after=\"20990101Z\" {own}"), "", &good),
        Refusal::NotYetValid
    );
    assert_eq!(
        refusal(&format!("ada valid-before=\"20200101Z\" {own}"), "", &good),
        Refusal::Expired
    );
}

#[test]
fn a_list_of_revoked_keys_that_is_not_understood_in_full_is_refused() {
    assert_eq!(
        RevokedKeys::parse(b"# none\n\nssh-ed25519 AAAA\n").err(),
        Some(RevokedKeysError::Line(3))
    );
    assert_eq!(
        RevokedKeys::parse(b"SSHKRL\n\0\0").err(),
        Some(RevokedKeysError::Binary)
    );
}
