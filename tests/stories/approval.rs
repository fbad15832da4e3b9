//! A plan is applied only after people agreed to it with their keys, and the receipt says who.

use std::process::{Command, Stdio};

use crate::commands::output;
use crate::support::{Project, Ran};

fn ssh_keygen(arguments: &[&str]) {
    // These stories compare with OpenSSH: it must be installed and on the PATH.
    let ran = output(Command::new("ssh-keygen").args(arguments).stdin(Stdio::null()));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// A planned project by grace, with keys of ada, bob and grace, who may approve.
fn planned() -> Project {
    let project = Project::example("quickstart");
    project.run_with(&[("WPSYNC_AUTHOR", "grace")], "plan").exits(0);
    allow(&project, &["ada", "bob", "grace"]);
    project
}

/// Makes keys, and the file that allows them.
fn allow(project: &Project, names: &[&str]) {
    let line = |name: &&str| {
        make_key(project, name, "");
        format!(
            "{name}@example.com,{name} namespaces=\"wpsync-plan-approval\" {}",
            project.read(&format!("{name}.pub"))
        )
    };
    project.write("signers", &names.iter().map(line).collect::<Vec<_>>().concat());
}

fn make_key(project: &Project, name: &str, passphrase: &str) {
    let path = project.path(name);
    ssh_keygen(&[
        "-q",
        "-t",
        "ed25519",
        "-a",
        "1",
        "-N",
        passphrase,
        "-C",
        name,
        "-f",
        path.to_str().expect("text"),
    ]);
}

const CI: (&str, &str) = ("CI", "true");

#[test]
fn a_plan_that_somebody_else_approved_is_applied_in_ci_and_the_receipt_says_who() {
    let project = planned();
    let apply = "apply wpsync.plan.json --allowed-signers signers";
    project
        .run_with(&[CI], apply)
        .exits(6)
        .complains("approved by 0 of the 1 other person")
        .complains("wpsync approve");
    project
        .run("approve --key ada")
        .exits(0)
        .says("create: 16")
        .complains("Approved with SHA256:");
    project
        .run_with(&[CI], apply)
        .exits(0)
        .says("16 created")
        .complains("Approved by ada@example.com (SHA256:");
    let receipt = project.receipt();
    project
        .run(&format!("show {}", receipt.display()))
        .exits(0)
        .says("approved by ada@example.com (SHA256:");
}

#[test]
fn openssh_verifies_what_approve_writes() {
    let project = planned();
    project.run("approve wpsync.plan.json --key ada").exits(0);
    let verify = "ssh-keygen -Y verify -f signers -I ada -n wpsync-plan-approval -s \
                  wpsync.plan.json.approvals/*.sig < wpsync.plan.json.approvals/statement.txt";
    let mut shell = Command::new("sh");
    let ran = output(shell.args(["-c", verify]).current_dir(project.path(".")));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn f145_an_approval_does_not_carry_over_to_another_plan() {
    let project = planned();
    project.run("approve --key ada").exits(0);
    project.edit("staff.csv", "Writer", "Editor");
    project.run_with(&[("WPSYNC_AUTHOR", "grace")], "plan").exits(0);
    project
        .run("apply wpsync.plan.json --allowed-signers signers")
        .exits(6)
        .complains("not a signature on this plan");
    assert!(
        !project.path("directory.db").exists() || project.exported().contains("users: []"),
        "nothing was sent"
    );
}

#[test]
fn f146_the_author_does_not_approve_and_a_key_that_was_revoked_does_not_either() {
    let project = planned();
    project.run("approve --key grace").exits(0);
    let apply = "apply wpsync.plan.json --allowed-signers signers";
    project
        .run(apply)
        .exits(6)
        .complains("it is by the author of the plan");
    project.run("approve --key ada").exits(0);
    project.write("revoked", &project.read("ada.pub"));
    project
        .run(&format!("{apply} --revoked-keys revoked"))
        .exits(6)
        .complains("its key is revoked");
    project.write("revoked", "not a key\n");
    project
        .run(&format!("{apply} --revoked-keys revoked"))
        .exits(6)
        .complains("line 1 is not a public key");
    project.run(apply).exits(0);
}

#[test]
fn a_plan_that_removes_many_needs_two_people() {
    let people = (0..6)
        .map(|number| format!("  - {{ userName: p{number}@example.com, active: true }}\n"))
        .collect::<Vec<_>>()
        .concat();
    let project = Project::with_people(&format!("users:\n{people}"));
    project.run("apply --auto-approve").exits(0);
    project.write(
        "people.yaml",
        "users:\n  - { userName: p0@example.com, active: true }\n",
    );
    project.edit(
        "wpsync.yaml",
        "sources:",
        "manage: { users: { absent: deactivate, within: all } }\nsources:",
    );
    project
        .line("plan")
        .waiving("remove=5: branch closed|source-shrunk=5: branch closed")
        .with(&[("WPSYNC_AUTHOR", "grace")])
        .run()
        .exits(0)
        .says("5 to deactivate");
    allow(&project, &["ada", "bob"]);
    project.run("approve --key ada").exits(0).says("removals: 5");
    let apply = "apply wpsync.plan.json --allowed-signers signers";
    project
        .run(apply)
        .exits(6)
        .complains("approved by 1 of the 2 other people")
        .complains("+ ada@example.com (SHA256:");
    project.run("approve --key bob").exits(0);
    project.run(apply).exits(0);
}

#[test]
fn a_line_that_is_not_understood_allows_nobody_and_is_named() {
    let project = planned();
    project.run("approve --key ada").exits(0);
    let signers = project.read("signers").replace("namespaces=", "name-spaces=");
    project.write("signers", &signers);
    let ran = project
        .run("apply wpsync.plan.json --allowed-signers signers")
        .exits(6);
    ran.complains("line 1 is ignored: it has an option that is not known")
        .complains("no line of the allowed signers has its key");
}

#[test]
fn a_plan_that_does_not_say_its_author_needs_one() {
    let project = planned();
    project.run("plan").exits(0);
    project.run("approve --key ada").exits(0);
    project
        .run("apply wpsync.plan.json --allowed-signers signers")
        .exits(6)
        .complains("WPSYNC_AUTHOR");
}

#[test]
fn the_variable_of_the_signers_is_not_passed_by() {
    let project = planned();
    let signers = [("WPSYNC_ALLOWED_SIGNERS", "signers")];
    project.run_with(&signers, "apply wpsync.plan.json").exits(6);
    project.run_with(&signers, "apply --auto-approve").exits(64);
    project
        .run_with(&[("WPSYNC_ALLOWED_SIGNERS", "missing")], "apply wpsync.plan.json")
        .exits(1)
        .complains("missing");
}

#[cfg(unix)]
#[test]
fn a_key_with_a_passphrase_is_opened_by_a_private_file_and_a_key_that_others_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = planned();
    make_key(&project, "locked", "open sesame");
    let mode = |name: &str, mode| {
        std::fs::set_permissions(project.path(name), std::fs::Permissions::from_mode(mode)).expect("set")
    };
    project
        .run("approve --key locked")
        .exits(1)
        .complains("WPSYNC_KEY_PASSPHRASE_FILE");
    project.write("passphrase", "open sesame\n");
    mode("passphrase", 0o644);
    let with_file = [("WPSYNC_KEY_PASSPHRASE_FILE", "passphrase")];
    project
        .run_with(&with_file, "approve --key locked")
        .exits(1)
        .complains("chmod 600");
    mode("passphrase", 0o600);
    project.run_with(&with_file, "approve --key locked").exits(0);
    project.write("passphrase", "open barley\n");
    project
        .run_with(&with_file, "approve --key locked")
        .exits(1)
        .complains("the passphrase does not open it");
    mode("ada", 0o644);
    project.run("approve --key ada").exits(1).complains("chmod 600");
}

#[test]
fn a_key_of_an_agent_signs_through_ssh_keygen() {
    let project = planned();
    let run = "unset CI; eval \"$(ssh-agent -s)\" > /dev/null; trap 'kill $SSH_AGENT_PID' EXIT; \
               ssh-add -q ada && mv ada gone && \"$WPSYNC\" approve --key ada.pub && rm -r \
               wpsync.plan.json.approvals && \"$WPSYNC\" approve --agent --key ada.pub";
    let mut shell = Command::new("sh");
    shell
        .args(["-c", run])
        .current_dir(project.path("."))
        .env("WPSYNC", env!("CARGO_BIN_EXE_wpsync"))
        .stdin(Stdio::null());
    Ran::of(output(&mut shell))
        .exits(0)
        .complains("Approved with SHA256:");
    project
        .run("apply wpsync.plan.json --allowed-signers signers")
        .exits(0);
    project.run("approve --key bob.pub").exits(0);
    project
        .run("approve --key people.yaml")
        .exits(1)
        .complains("neither an OpenSSH private key nor a public key");
}

#[test]
fn an_expired_plan_is_not_approved() {
    let project = planned();
    let text = project.read("wpsync.plan.json");
    let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let expired = text.replace(
        plan["header"]["expires"].as_str().expect("a time"),
        "2026-01-01T00:00:00Z",
    );
    let cut = expired.trim_end().rfind('\n').expect("lines") + 1;
    let digest = wpsync::digest::Digest::of_bytes(&expired.as_bytes()[..cut]);
    project.write(
        "wpsync.plan.json",
        &format!("{}\"digest\":\"{digest}\"}}\n", &expired[..cut]),
    );
    project.run("approve --key ada").exits(4).complains("expired");
}
