//! A project on disk, and the program run on it as in CI: the token's origin and the plan's digest come from
//! outside.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value as Json;

use super::company::Company;
use super::proxy::Proxy;
use super::server::Server;
use super::sources;

/// A project whose directory is a server, seen through a proxy.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    origin: String,
    token: &'static str,
}

/// Where a started apply says what it says.
const SAID: &str = "apply.log";

/// A saved plan.
pub(crate) struct Plan {
    pub(crate) digest: String,
    pub(crate) changes: Vec<Json>,
}

/// How a run of the program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A project with these lines at the end of its configuration.
    pub(crate) fn new(server: &Server, proxy: &Proxy, company: &Company, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let project = Self {
            folder,
            origin: proxy.base.clone(),
            token: server.token,
        };
        let config = format!(
            "version: 1\ndirectory:\n  scim: {}\n  token: {{ env: WPSYNC_TOKEN }}\nsources:\n\
             {}match: {{ users: [externalId, userName] }}\n\
             limits: {{ remove: 10000, create: 10000, update: 10000, identity: 10000 }}\n{more}",
            project.origin,
            sources::LIST
        );
        std::fs::write(project.path().join("wpsync.yaml"), config).expect("a written configuration");
        project.declare(company);
        project
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the sources anew.
    pub(crate) fn declare(&self, company: &Company) {
        sources::write(self.path(), company);
    }

    /// `wpsync plan --detailed-exitcode`, which must end with 0 or, where there are changes, with 2.
    pub(crate) fn plan(&self) -> Plan {
        self.plan_waiving(&[])
    }

    /// Plans with exceptions to guards, each as `group-shrunk=1: why`.
    fn plan_waiving(&self, waivers: &[&str]) -> Plan {
        let waivers = waivers.iter().flat_map(|waiver| ["--waive", waiver]);
        let ended = self.run(
            &["plan", "--detailed-exitcode"]
                .into_iter()
                .chain(waivers)
                .collect::<Vec<_>>(),
        );
        let text = std::fs::read_to_string(self.path().join("wpsync.plan.json"));
        let Ok(text) = text else {
            panic!("there is no plan\n{}", ended.said())
        };
        let plan: Json = serde_json::from_str(&text).expect("a plan is JSON");
        let changes = plan["changes"].as_array().expect("changes").clone();
        assert_eq!(
            ended.code,
            Some(if changes.is_empty() { 0 } else { 2 }),
            "{}",
            ended.said()
        );
        assert_eq!(
            changes.is_empty(),
            text.replace('\n', "").contains("\"changes\":[]"),
            "the form of an empty plan"
        );
        Plan {
            digest: plan["digest"].as_str().expect("a digest").to_owned(),
            changes,
        }
    }

    /// Plans, and expects no changes.
    pub(crate) fn expect_no_changes(&self) {
        let plan = self.plan();
        assert!(
            plan.changes.is_empty(),
            "{} changes where there should be none; the first: {}",
            plan.changes.len(),
            plan.changes[0]
        );
    }

    /// `wpsync apply` of the saved plan.
    pub(crate) fn apply(&self, plan: &Plan) -> Ended {
        self.run(&["apply", "wpsync.plan.json", "--expect", &plan.digest])
    }

    /// Plans and applies, which must succeed.
    pub(crate) fn converge(&self) -> Plan {
        self.converge_waiving(&[])
    }

    /// Plans with exceptions to guards and applies, which must succeed.
    pub(crate) fn converge_waiving(&self, waivers: &[&str]) -> Plan {
        let plan = self.plan_waiving(waivers);
        let ended = self.apply(&plan);
        assert_eq!(ended.code, Some(0), "{}", ended.said());
        plan
    }

    /// `wpsync apply` of the saved plan, under way; it says what it says into a file.
    pub(crate) fn start_apply(&self, plan: &Plan) -> Child {
        let mut command = self.command(&["apply", "wpsync.plan.json", "--expect", &plan.digest]);
        let said = std::fs::File::create(self.path().join(SAID)).expect("a file");
        let said_too = said.try_clone().expect("a second handle");
        command
            .stdin(Stdio::null())
            .stdout(said)
            .stderr(said_too)
            .spawn()
            .expect("wpsync")
    }

    /// What the last apply that was started said.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.path().join(SAID)).unwrap_or_default()
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let Output {
            status,
            stdout,
            stderr,
        } = self
            .command(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("wpsync");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ended {
            code: status.code(),
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wpsync"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WPSYNC_")) {
            command.env_remove(name);
        }
        command
            .env("CI", "true")
            .env("WPSYNC_ORIGIN", &self.origin)
            .env("WPSYNC_TOKEN", self.token);
        command.arg("-C").arg(self.path()).args(arguments);
        command
    }
}

impl Ended {
    /// Everything, for a failed assertion.
    pub(crate) fn said(&self) -> String {
        format!("exit {:?}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}
