//! What comes from others: crates, and the actions of workflows.

use crate::repository::read;

#[test]
fn f149_every_crate_is_locked_to_a_checksum_of_one_registry() {
    let lock = read("Cargo.lock");
    let mut registries = std::collections::BTreeSet::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            package
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{name} = ")))
        };
        let name = field("name").expect("a name");
        if name == "\"wpsync\"" {
            continue;
        }
        let source = field("source").unwrap_or_else(|| panic!("{name} comes from a folder"));
        assert!(source.starts_with("\"registry+"), "{name} comes from {source}");
        assert!(
            field("checksum").is_some_and(|sum| sum.len() == 66),
            "{name} has no checksum"
        );
        registries.insert(source.to_owned());
    }
    assert_eq!(registries.len(), 1, "{registries:?}");
    assert!(
        read(".ci/run").contains("cargo test --locked"),
        "what is tested is what is locked"
    );
}

#[test]
fn f148_f149_workflows_pin_actions_by_commit_and_ask_for_little() {
    for path in [".github/workflows/ci.yml", "examples/ci/github.yml"] {
        let workflow = read(path);
        for action in workflow
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
        {
            let commit = action
                .split_once('@')
                .and_then(|(_, pin)| pin.split_whitespace().next())
                .unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit, "{path}: {action} is not pinned by a commit");
        }
        assert!(
            workflow.contains("permissions:\n  contents: read\n"),
            "{path} says what it may do"
        );
        assert!(
            !workflow.contains("pull_request_target"),
            "{path} runs what a fork wrote with our secrets"
        );
    }
    // The one token that may write stands behind an environment, and one apply runs at a time.
    let example = read("examples/ci/github.yml");
    let (before, apply) = example.split_once("\n  apply:").expect("a job that applies");
    assert!(apply.contains("environment: directory") && apply.contains("secrets.WPSYNC_TOKEN"));
    assert!(!before.contains("secrets.WPSYNC_TOKEN") && before.contains("\nconcurrency:"));
    assert!(
        before.contains("make that environment before the"),
        "an environment that nobody made protects nothing"
    );
}
