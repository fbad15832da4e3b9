//! A project in memory where the system has such a place, and the real command run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::company;
use crate::support::{Door, Line, Script, Service};

const TOKEN: &str = "t0ken-of-a-test";

/// A project with its service, and the plan of the reference apply.
pub struct Project {
    pub service: Arc<Service>,
    pub door: Door,
    folder: tempfile::TempDir,
    pub plan_id: String,
    /// The plan's changes by what a request names.
    pub changes: Arc<BTreeMap<String, Vec<String>>>,
}

/// A folder that needs no disk: a crash of a process does not either.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a folder")
}

impl Project {
    /// Everything is ready for the reference apply.
    pub fn planned() -> Self {
        let folder = folder();
        let service = Service::new(0);
        let door = Door::guarded(Line::clear(&service), TOKEN);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write(
            "wpsync.yaml",
            &company::CONFIGURATION.replace("BASE", &door.origin()),
        );
        write("ours.yaml", company::DIALECT);
        write("people.yaml", &company::people());
        let mut project = Self {
            service,
            door,
            folder,
            plan_id: String::new(),
            changes: Arc::default(),
        };
        project.start_over();
        let planned = project.command("plan").output().expect("the command starts");
        assert_eq!(planned.status.code(), Some(0), "{}", said(&planned));
        let plan: Json =
            serde_json::from_slice(&std::fs::read(project.path("wpsync.plan.json")).expect("read"))
                .expect("JSON");
        project.plan_id = text(&plan["header"]["plan_id"]);
        project.changes = Arc::new(company::changes_by_resource(&plan));
        assert_eq!(
            plan["changes"].as_array().map(Vec::len),
            Some(company::CHANGES),
            "{}",
            said(&planned)
        );
        project
    }

    /// The directory and the project as they were before anything was applied.
    pub fn start_over(&self) {
        self.door.switch(Line::clear(&self.service));
        self.service.start_over(11);
        company::fill(&self.service);
        self.lose_state();
    }

    /// From now on, a script sees every request.
    pub fn script(&self, script: Script) {
        self.door.switch(Line::disturbed(&self.service, script));
    }

    /// Loses everything that a run has left.
    pub fn lose_state(&self) {
        let _ = std::fs::remove_dir_all(self.path(".wpsync"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn journal(&self) -> PathBuf {
        self.path(".wpsync/journal").join(&self.plan_id)
    }

    /// The command, in an environment that says nothing but the token.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wpsync"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars_os()
            .filter(|(name, _)| name.to_string_lossy().starts_with("WPSYNC_") || name == "CI")
        {
            command.env_remove(name);
        }
        command.env("WPSYNC_TOKEN", TOKEN);
        command
    }

    pub fn apply(&self, parallelism: usize) -> Command {
        self.command(&format!("apply wpsync.plan.json --parallelism {parallelism}"))
    }
}

/// What a command said.
pub fn said(output: &Output) -> String {
    format!(
        "{:?}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn text(value: &Json) -> String {
    value.as_str().expect("text").to_owned()
}
