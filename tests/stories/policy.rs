//! The policy file: what a pull request cannot change.

use std::path::PathBuf;

use crate::support::{LOCAL, Project};

/// A policy outside the project's folder.
struct Policy {
    folder: tempfile::TempDir,
}

impl Policy {
    fn new(text: &str) -> Self {
        let policy = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        policy.write(text);
        policy
    }

    fn write(&self, text: &str) {
        std::fs::write(self.path(), text).expect("written");
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("policy.yaml")
    }
}

fn people(active: usize) -> String {
    let line = |number| {
        format!(
            "  - {{ userName: p{number}@example.com, active: {} }}\n",
            number < active
        )
    };
    format!("users:\n{}", (0..20).map(line).collect::<String>())
}

#[test]
fn of_configuration_and_policy_the_stricter_wins() {
    let policy = Policy::new("version: 1\n");
    let path = policy.path();
    let set = [("WPSYNC_POLICY", path.to_str().expect("text"))];
    let project = Project::with_people(&people(20));
    project.run_with(&set, "apply --auto-approve").exits(0);
    project.write("people.yaml", &people(15));
    project.write("wpsync.yaml", &format!("{LOCAL}limits: {{ remove: 100 }}\n"));
    project.run("plan").exits(0);
    project
        .run_with(&set, "plan")
        .exits(5)
        .complains("5 removals exceed the limit of 3");
    policy.write("version: 1\nlimits: { remove: 4 }\n");
    project
        .run_with(&set, "plan")
        .exits(5)
        .complains("5 removals exceed the limit of 4");
    policy.write("version: 1\nlimits: { remove: 10 }\nprotect: [p19@example.com]\n");
    project
        .run_with(&set, "plan")
        .exits(5)
        .complains("what is protected: 1 (deactivate user:p19@example.com)");
    policy.write("version: 1\nlimits: { remove: 10 }\nself: p18@example.com\n");
    project
        .run_with(&set, "plan")
        .exits(5)
        .complains("the token's own account");
    policy.write("version: 1\nlimits: { remove: 10 }\n");
    project.run_with(&set, "plan").exits(0);
    project.run_with(&set, "apply wpsync.plan.json").exits(0);
}

#[test]
fn a_plan_is_bound_to_its_policy() {
    let policy = Policy::new("version: 1\n");
    let path = policy.path();
    let set = [("WPSYNC_POLICY", path.to_str().expect("text"))];
    let project = Project::example("quickstart");
    project.run_with(&set, "plan").exits(0);
    project
        .run("apply wpsync.plan.json")
        .exits(4)
        .complains("the plan was made with a policy file, and there is none here");
    policy.write("version: 1\nlimits: { create: 1 }\n");
    project
        .run_with(&set, "apply wpsync.plan.json")
        .exits(4)
        .complains("the policy file is not the one that the plan was made with");
    project.run("plan").exits(0);
    project
        .run_with(&set, "apply wpsync.plan.json")
        .exits(4)
        .complains("the plan was made without a policy file, and there is one here");
    assert!(!project.path("directory.db").exists() || project.exported().contains("users: []"));
}

#[test]
fn f062_f141_the_policy_names_origin_and_tenant() {
    let policy = Policy::new("version: 1\norigin: https://scim.example.com\ntenant: acme\n");
    let path = policy.path();
    let set = [
        ("WPSYNC_POLICY", path.to_str().expect("text")),
        ("TOKEN", "secret"),
    ];
    let project = Project::with_people(&people(1));
    let configure = |rest: &str| {
        project.write(
            "wpsync.yaml",
            &format!(
                "version: 1\ndirectory: {{ {rest}, token: {{ env: TOKEN }} }}\nsources: [people.yaml]\n"
            ),
        );
    };
    configure("scim: https://elsewhere.example.com/v2, tenant: acme");
    project
        .run_with(&set, "plan")
        .exits(5)
        .complains("the token belongs to https://scim.example.com");
    configure("scim: https://scim.example.com/v2");
    project
        .run_with(&set, "plan")
        .exits(5)
        .complains("the policy is for the tenant acme, and the configuration names none");
    configure("scim: https://scim.example.com/v2, tenant: other");
    project.run_with(&set, "plan").exits(5).complains("names other");
}

#[test]
fn a_policy_that_cannot_be_read_is_an_error() {
    let policy = Policy::new("version: 1\nlimit: { remove: 3 }\nmin_admins: { count: two }\n");
    let path = policy.path();
    let set = [("WPSYNC_POLICY", path.to_str().expect("text"))];
    let project = Project::example("quickstart");
    project
        .run_with(&set, "plan")
        .exits(1)
        .complains("policy.yaml:2:1")
        .complains("did you mean `limits`?")
        .complains("policy.yaml:3:");
    project
        .run_with(&[("WPSYNC_POLICY", "nowhere.yaml")], "plan")
        .exits(1)
        .complains("cannot read the policy");
}

#[test]
fn the_policy_asks_for_approvals() {
    let policy = Policy::new("version: 1\napprovals: { required: 1 }\n");
    let path = policy.path();
    let set = [
        ("WPSYNC_POLICY", path.to_str().expect("text")),
        ("WPSYNC_AUTHOR", "ada"),
    ];
    let project = Project::example("quickstart");
    project.run_with(&set, "plan").exits(0);
    project
        .run_with(&set, "apply wpsync.plan.json")
        .exits(6)
        .complains("nobody says who may give them");
    policy.write("version: 1\nallowed_signers: signers\napprovals: { required: 2 }\n");
    std::fs::write(path.with_file_name("signers"), "").expect("written");
    project.run_with(&set, "plan").exits(0);
    project
        .run_with(&set, "apply wpsync.plan.json")
        .exits(6)
        .complains("approved by 0 of the 2");
    project
        .run_with(&set, "apply --auto-approve")
        .exits(6)
        .complains("nobody can approve a plan that is made now");
    assert!(project.exported().contains("users: []"));
}
