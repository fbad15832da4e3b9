//! Our own service before judges that we did not write.

use std::process::Command;
use std::time::{Duration, Instant};

use super::install;
use super::process::Process;

const TOKEN: &str = "a-token-of-these-tests";
/// How long the sandbox may take until it says that it is ready.
const START: Duration = Duration::from_secs(30);

struct Sandbox {
    base: String,
    _process: Process,
}

impl Sandbox {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wpsync"));
        command
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .env("WPSYNC_SANDBOX_TOKEN", TOKEN);
        let mut process = Process::start(&command, tempfile::tempdir().expect("a temporary folder"));
        let patience = Instant::now() + START;
        loop {
            let log = process.log();
            if let Some(ready) = log.strip_prefix("READY ").and_then(|rest| rest.split_once('\n')) {
                let base = ready.0.split(' ').next().expect("an address").to_owned();
                return Self {
                    base,
                    _process: process,
                };
            }
            assert!(
                !process.has_ended() && Instant::now() < patience,
                "the sandbox does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Runs a judge, and returns everything that it said.
fn verdict(command: &mut Command) -> String {
    let done = command.env("NO_COLOR", "1").output().expect("a judge that runs");
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}

#[test]
#[ignore = "installs a judge"]
fn the_sandbox_before_scim2_tester() {
    let judge = install::from_pypi("scim2-cli", &["scim2-cli==0.6.0"]);
    let sandbox = Sandbox::start();
    let said = verdict(
        Command::new(judge.join("bin/scim2"))
            .args(["--url", &sandbox.base, "test"])
            .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {TOKEN}")),
    );
    let passed = said.lines().filter(|line| line.starts_with("SUCCESS ")).count();
    let others: Vec<&str> = said
        .lines()
        .filter(|line| {
            ["ERROR ", "CRITICAL ", "SKIPPED "]
                .iter()
                .any(|word| line.starts_with(word))
        })
        .collect();
    assert!(
        passed >= 135 && others.is_empty(),
        "{passed} checks of 135 passed; {others:?}\n{said}"
    );
}

#[test]
#[ignore = "installs a judge"]
fn the_sandbox_before_scim_sanity() {
    let judge = install::from_pypi("scim-sanity", &["scim-sanity==0.7.4"]);
    let sandbox = Sandbox::start();
    let said = verdict(Command::new(judge.join("bin/scim-sanity")).args([
        "probe",
        &sandbox.base,
        "--token",
        TOKEN,
        "--i-accept-side-effects",
    ]));
    let passed = said
        .lines()
        .filter(|line| line.trim_start().starts_with("[PASS]"))
        .count();
    let failed = said
        .lines()
        .filter(|line| line.trim_start().starts_with("[FAIL]"))
        .count();
    assert!(
        passed >= 26 && passed + failed >= 28,
        "{passed} checks passed and {failed} failed\n{said}"
    );
}
