//! Who can read a plan, and what is shown of people.

use crate::support::Project;

fn planned() -> Project {
    let project = Project::example("quickstart");
    project.run("apply --auto-approve").exits(0);
    project.edit("staff.csv", "Writer", "Editor");
    project.run("plan").exits(0);
    project
}

const PERSONAL: [&str; 4] = ["donald@", "Writer", "Editor", "example.com"];

#[test]
fn f137_a_redacted_view_shows_nobody_in_either_form() {
    let project = planned();
    project
        .run("show")
        .exits(0)
        .says("user:donald@example.com")
        .says("\"Writer\" → \"Editor\"");
    for (mode, said) in [("masked", "user:d***@e*** ("), ("ids", "This view is redacted")] {
        for form in ["text", "json"] {
            let shown = project
                .run(&format!("show --redact {mode} --format {form}"))
                .exits(0);
            for personal in PERSONAL {
                assert!(
                    !shown.stdout.contains(personal),
                    "{mode} {form} shows {personal}:\n{}",
                    shown.stdout
                );
            }
            assert!(
                shown.stdout.contains(&project.digest()),
                "the plan's digest is shown"
            );
        }
        project.run(&format!("show --redact {mode}")).exits(0).says(said);
    }
    project
        .run("show --redact masked")
        .exits(0)
        .says("\"W***\" → \"E***\"")
        .says("staff.csv:4:1");
    let json = project.run("show --redact ids --format json").exits(0);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["redacted"], "ids");
}

#[test]
fn f137_a_log_of_plan_and_apply_shows_nobody_where_the_variable_says_so() {
    let project = planned();
    for (number, command) in [
        "plan",
        "plan --json",
        "apply wpsync.plan.json --verbose",
        "apply --auto-approve --json",
    ]
    .into_iter()
    .enumerate()
    {
        if number == 3 {
            project.edit("staff.csv", "Editor", "Writer");
        }
        let ran = project.run_with(&[("WPSYNC_REDACT", "masked")], command).exits(0);
        for personal in PERSONAL {
            assert!(
                !ran.stdout.contains(personal) && !ran.stderr.contains(personal),
                "{command} shows {personal}:\n{ran:?}"
            );
        }
    }
    project.run("plan --detailed-exitcode").exits(0);
}

#[test]
fn a_redacted_view_is_not_applied() {
    let project = planned();
    let plan = wpsync::plan::Plan::from_bytes(project.read("wpsync.plan.json").as_bytes()).expect("a plan");
    let view = wpsync::redaction::redacted(&plan, wpsync::redaction::Redaction::Masked);
    std::fs::write(project.path("wpsync.plan.json"), view.to_bytes()).expect("written");
    project
        .run(&format!("apply wpsync.plan.json --expect {}", plan.digest))
        .exits(6)
        .complains("the seal is broken");
}

#[cfg(unix)]
#[test]
fn f137_plans_and_approvals_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = planned();
    let mode = |name: &str| {
        std::fs::metadata(project.path(name))
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("wpsync.plan.json"), 0o600);
    assert_eq!(mode(".wpsync"), 0o700);
}

#[cfg(not(feature = "encrypt"))]
#[test]
fn without_the_feature_an_encrypted_plan_is_recognised_and_nothing_is_written_in_clear() {
    let project = planned();
    std::fs::remove_file(project.path("wpsync.plan.json")).expect("removed");
    project
        .run("plan --encrypt-to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p")
        .exits(1)
        .complains("--features encrypt");
    assert!(!project.path("wpsync.plan.json").exists());
    project.write("wpsync.plan.json", "-----BEGIN AGE ENCRYPTED FILE-----\n");
    project
        .run("apply wpsync.plan.json")
        .exits(1)
        .complains("the plan is encrypted")
        .complains("--identity");
}

#[cfg(feature = "encrypt")]
mod encrypted {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{PERSONAL, planned};
    use crate::support::Project;

    use age::secrecy::ExposeSecret as _;

    /// A recipient, and the identity that opens what is encrypted to it.
    fn pair() -> (String, String) {
        let identity = age::x25519::Identity::generate();
        (
            identity.to_public().to_string(),
            identity.to_string().expose_secret().to_owned(),
        )
    }

    fn identity(project: &Project, name: &str, secret: &str) {
        project.write(name, &format!("# made for a test\n{secret}\n"));
        std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(0o600)).expect("set");
    }

    fn encrypted() -> Project {
        let project = planned();
        let (recipient, secret) = pair();
        project
            .run(&format!(
                "plan --encrypt-to {} --encrypt-to {recipient}",
                pair().0
            ))
            .exits(0);
        identity(&project, "mine", &secret);
        project
    }

    #[test]
    fn a_plan_is_read_by_its_recipients_alone() {
        let project = encrypted();
        let text = project.read("wpsync.plan.json");
        assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assert!(PERSONAL.iter().all(|personal| !text.contains(personal)));
        project
            .run("show")
            .exits(1)
            .complains("the plan is encrypted")
            .complains("--identity");
        project
            .run("show --identity mine")
            .exits(0)
            .says("user:donald@example.com");
        identity(&project, "other", &pair().1);
        project
            .run("apply wpsync.plan.json --identity other")
            .exits(1)
            .complains("none of the identities opens this plan");
        project
            .run_with(&[("WPSYNC_IDENTITY", "mine")], "apply wpsync.plan.json")
            .exits(0)
            .says("1 updated");
    }

    #[test]
    fn the_seal_is_verified_after_the_plan_is_decrypted() {
        let project = planned();
        let (recipient, secret) = pair();
        let plan = project.read("wpsync.plan.json").replace("Editor", "Edited");
        let sealed = wpsync::encryption::encrypt(plan.as_bytes(), &[recipient]).expect("encrypted");
        std::fs::write(project.path("wpsync.plan.json"), sealed).expect("written");
        identity(&project, "mine", &secret);
        project
            .run("apply wpsync.plan.json --identity mine")
            .exits(6)
            .complains("the seal is broken");
    }

    #[test]
    fn what_was_encrypted_is_what_is_decrypted_or_nothing() {
        let project = encrypted();
        let text = project.read("wpsync.plan.json");
        let lines: Vec<&str> = text.lines().collect();
        for line in [1, lines.len() / 2, lines.len() - 2] {
            let mut damaged = lines.clone();
            let other = format!(
                "{}{}",
                if lines[line].starts_with('B') { 'C' } else { 'B' },
                &lines[line][1..]
            );
            damaged[line] = &other;
            project.write("wpsync.plan.json", &format!("{}\n", damaged.join("\n")));
            project
                .run("apply wpsync.plan.json --identity mine")
                .exits(6)
                .complains("damaged");
        }
        project.write("wpsync.plan.json", &text);
        std::fs::set_permissions(project.path("mine"), std::fs::Permissions::from_mode(0o644)).expect("set");
        project
            .run("apply wpsync.plan.json --identity mine")
            .exits(1)
            .complains("chmod 600");
        project
            .run("plan --encrypt-to age1nobody")
            .exits(1)
            .complains("is not an age recipient");
    }
}
