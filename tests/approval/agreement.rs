//! `ssh-keygen -Y verify` and wpsync say the same of 200 signatures, by both programs, with keys of two
//! kinds, on statements of five plans.

use wpsync::approval::{NAMESPACE, statement};

use crate::support::{Keys, Letter, plan, verdict};

/// What is put before both verifiers.
struct Case {
    signers: String,
    revoked: String,
    principal: &'static str,
    namespace: &'static str,
    /// What becomes of the statement and the signature before they are verified.
    harm: fn(&str, &str) -> (String, String),
    accepted: bool,
}

fn unharmed(statement: &str, signature: &str) -> (String, String) {
    (statement.to_owned(), signature.to_owned())
}

fn edited_statement(statement: &str, signature: &str) -> (String, String) {
    (
        statement.replacen("delete: 0", "delete: 1", 1),
        signature.to_owned(),
    )
}

/// Changes one character in the middle of the signature's base64.
fn damaged_signature(statement: &str, signature: &str) -> (String, String) {
    let at = signature.len() * 3 / 5;
    let other = if signature.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    let at = if signature.as_bytes()[at] == b'\n' {
        at + 1
    } else {
        at
    };
    (
        statement.to_owned(),
        format!("{}{other}{}", &signature[..at], &signature[at + 1..]),
    )
}

/// The ten kinds of cases, for a signer's public key and the key of somebody else.
fn cases(own: &str, other: &str) -> Vec<(&'static str, Case)> {
    let case = |signers: String| Case {
        signers,
        revoked: String::new(),
        principal: "ada",
        namespace: NAMESPACE,
        harm: unharmed,
        accepted: false,
    };
    let options = |options: &str| case(format!("ada {options} {own}\n"));
    vec![
        (
            "good",
            Case {
                accepted: true,
                ..case(format!("# people\n\nbob {other}\nada,ada@example.com {own}\n"))
            },
        ),
        (
            "good, with every option",
            Case {
                accepted: true,
                principal: "ada@example.com",
                ..case(format!(
                    "*@example.com,!root@* \
                     NAMESPACES=\"git,wpsync-*\",valid-after=\"20200101Z\",valid-before=\"20990101000000Z\" \
                     {own}\n"
                ))
            },
        ),
        (
            "wrong namespace",
            Case {
                namespace: "file",
                ..case(format!("ada {own}\n"))
            },
        ),
        (
            "key for other namespaces",
            options("namespaces=\"git,!wpsync*,file\""),
        ),
        ("expired", options("valid-before=\"20200101Z\"")),
        ("not valid yet", options("valid-after=\"209901010000Z\"")),
        ("unknown", case(format!("ada {other}\n*,!ada {own}\n"))),
        (
            "revoked",
            Case {
                revoked: format!("# gone\n{other}\n{own}\n"),
                ..case(format!("ada {own}\n"))
            },
        ),
        (
            "edited statement",
            Case {
                harm: edited_statement,
                ..case(format!("ada {own}\n"))
            },
        ),
        (
            "damaged signature, or a line with an unknown option",
            Case {
                harm: damaged_signature,
                ..options("verify-required,namespaces=\"*\"")
            },
        ),
    ]
}

#[test]
fn f147_ssh_keygen_and_wpsync_agree_on_200_signatures() {
    let keys = Keys::new();
    for (name, kind) in [("one", "ed25519"), ("two", "ecdsa"), ("stranger", "ed25519")] {
        keys.make(name, kind);
    }
    let mut judged = 0;
    for number in 0..5 {
        let statement = statement(&plan(number, 0));
        for signer in ["one", "two"] {
            for (name, case) in cases(&keys.public(signer), &keys.public("stranger")) {
                for sign in [Keys::sign_here, Keys::sign_there] {
                    let signature = sign(&keys, signer, case.namespace, &statement);
                    let (statement, signature) = (case.harm)(&statement, &signature);
                    let letter = Letter {
                        statement: &statement,
                        signature: &signature,
                    };
                    let there = keys.is_accepted_there(&case.signers, &case.revoked, case.principal, letter);
                    let here = verdict(&case.signers, &case.revoked, case.principal, letter);
                    assert_eq!(
                        there, case.accepted,
                        "ssh-keygen on {name}, {signer}, plan {number}"
                    );
                    assert_eq!(
                        here.is_ok(),
                        there,
                        "wpsync on {name}, {signer}, plan {number}: {here:?}"
                    );
                    judged += 1;
                }
            }
        }
    }
    assert_eq!(judged, 200);
}
