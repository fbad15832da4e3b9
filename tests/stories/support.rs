//! A project in a folder of its own, and the real command for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use wpsync::sandbox::Service;

/// A project folder that is gone at the end.
pub struct Project {
    folder: tempfile::TempDir,
}

/// A project on the embedded directory, with `people.yaml` as its source.
pub const LOCAL: &str = "version: 1\ndirectory: { local: directory.db }\nsources: [people.yaml]\n";

impl Project {
    /// An empty folder.
    pub fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A project on the embedded directory with these people.
    pub fn with_people(people: &str) -> Self {
        let project = Self::empty();
        project.write("wpsync.yaml", LOCAL);
        project.write("people.yaml", people);
        project
    }

    /// A copy of an example.
    pub fn example(name: &str) -> Self {
        let project = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        for entry in fs::read_dir(from).expect("the example is there") {
            let path = entry.expect("an entry").path();
            let is_source = path
                .extension()
                .is_some_and(|extension| ["yaml", "csv", "json"].iter().any(|known| extension == *known));
            if is_source {
                fs::copy(
                    &path,
                    project.path(path.file_name().expect("a name").to_str().expect("text")),
                )
                .expect("copied");
            }
        }
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("read")
    }

    /// Replaces text in a file, which must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// The command in this folder, as a process, in an environment that says nothing.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wpsync"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        let settings = std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_string_lossy().starts_with("WPSYNC_"));
        for name in settings.chain(
            [
                "CI",
                "NO_COLOR",
                "GITHUB_SHA",
                "GITHUB_ACTOR",
                "CI_COMMIT_SHA",
                "GITLAB_USER_LOGIN",
            ]
            .map(Into::into),
        ) {
            command.env_remove(name);
        }
        command
    }

    /// Makes everything that was applied so far a number of days older.
    pub fn wait_for_days(&self, days: i64) {
        let ago = jiff::SignedDuration::from_hours(24 * days);
        for entry in fs::read_dir(self.path(".wpsync/receipts")).expect("receipts") {
            let path = entry.expect("an entry").path();
            if path.to_string_lossy().ends_with(".plan.json") {
                continue;
            }
            let mut receipt: serde_json::Value =
                serde_json::from_slice(&fs::read(&path).expect("read")).expect("JSON");
            let earlier = |time: &mut serde_json::Value| {
                let then: jiff::Timestamp = time.as_str().expect("a time").parse().expect("a time");
                *time = (then - ago).to_string().into();
            };
            earlier(&mut receipt["started"]);
            earlier(&mut receipt["finished"]);
            earlier(&mut receipt["memory"]["at"]);
            earlier(&mut receipt["memory"]["created"]);
            fs::write(&path, receipt.to_string()).expect("written");
        }
    }

    /// The embedded directory, opened by somebody else. Close it before the next command.
    pub fn directory(&self) -> Service {
        Service::open(&self.path("directory.db")).expect("the directory opens")
    }

    /// The receipt of an apply, where there is one; its plan is kept beside it.
    pub fn receipt(&self) -> PathBuf {
        let mut kept = fs::read_dir(self.path(".wpsync/receipts"))
            .expect("receipts")
            .map(|entry| entry.expect("an entry").path());
        kept.find(|path| !path.to_string_lossy().ends_with(".plan.json"))
            .expect("a receipt")
    }

    /// The id of the saved plan.
    pub fn plan_id(&self) -> String {
        let plan: serde_json::Value = serde_json::from_str(&self.read("wpsync.plan.json")).expect("JSON");
        plan["header"]["plan_id"].as_str().expect("an id").to_owned()
    }

    /// The digest that the saved plan prints.
    pub fn digest(&self) -> String {
        let plan = self.read("wpsync.plan.json");
        let last = plan.lines().last().expect("lines");
        last.trim_start_matches("\"digest\":\"")
            .trim_end_matches("\"}")
            .to_owned()
    }
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code(),
        }
    }

    /// Checks the exit code.
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Checks that stdout says something.
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "stdout does not say {text:?}:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Checks that stdout says something, on however many lines.
    pub fn says_over_lines(self, text: &str) -> Self {
        let words: Vec<_> = self.stdout.split_whitespace().collect();
        assert!(
            words.join(" ").contains(text),
            "stdout does not say {text:?}:\n{}",
            self.stdout
        );
        self
    }

    /// Checks that stderr says something.
    pub fn complains(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "stderr does not say {text:?}:\n{}\nstdout:\n{}",
            self.stderr,
            self.stdout
        );
        self
    }
}

/// A listener that counts who connects.
pub struct Door {
    listener: std::net::TcpListener,
}

impl Door {
    pub fn open() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("nonblocking");
        Self { listener }
    }

    pub fn address(&self) -> String {
        self.listener.local_addr().expect("an address").to_string()
    }

    /// Whether anybody connected.
    pub fn was_knocked_at(&self) -> bool {
        self.listener.accept().is_ok()
    }
}
