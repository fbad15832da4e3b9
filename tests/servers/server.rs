//! The servers: what is installed, how each is started, and what it can do.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::http::Http;
use super::install;
use super::process::Process;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(90);
/// A port that was free may be taken by somebody else before the server has it.
const STARTS: u32 = 3;

/// A server that we did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// python-scim's reference server: strict and full.
    Scim2,
    /// The same, announcing pages by cursor alone.
    Scim2Cursor,
    /// The same, with cursors by default and indices too.
    Scim2Both,
    /// The same, with a cap on pages and without cursors.
    Scim2Index,
    /// A library that many Node services use.
    Scimmy,
    /// A strict service as products have it: at most 100 members a request, no groups in groups.
    BetterAuth,
    /// The same, with its limit of 100 requests in 10 seconds.
    BetterAuthLimited,
}

/// A running server.
pub(crate) struct Server {
    /// Its SCIM base.
    pub(crate) base: String,
    /// The token that it accepts.
    pub(crate) token: &'static str,
    _process: Process,
}

impl Kind {
    /// Whether a group may be a member of a group.
    pub(crate) const fn nests_groups(self) -> bool {
        !matches!(self, Self::BetterAuth | Self::BetterAuthLimited)
    }

    /// Installs and starts it on a free port, and waits until it answers.
    pub(crate) fn start(self) -> Server {
        for _ in 0..STARTS {
            if let Some(server) = self.try_start() {
                return server;
            }
        }
        panic!("{self:?} did not start");
    }

    fn try_start(self) -> Option<Server> {
        let port = free_port();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (command, path, token) = match self {
            Self::Scim2 | Self::Scim2Cursor | Self::Scim2Both | Self::Scim2Index => {
                (self.scim2(port, folder.path()), "/v2", "tok")
            }
            Self::Scimmy => (scimmy(port), "/scim", "tok"),
            Self::BetterAuth | Self::BetterAuthLimited => {
                (self.better_auth(port), "/api/auth/scim/v2", BETTER_AUTH_TOKEN)
            }
        };
        let mut process = Process::start(&command, folder);
        let base = format!("http://127.0.0.1:{port}{path}");
        let http = Http::new(&base, token);
        let patience = Instant::now() + START;
        while !http.answers() {
            if process.has_ended() {
                eprintln!("{self:?} ended at once:\n{}", process.log());
                return None;
            }
            assert!(
                Instant::now() < patience,
                "{self:?} does not answer after {START:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Server {
            base,
            token,
            _process: process,
        })
    }

    fn scim2(self, port: u16, folder: &Path) -> Command {
        let installed = install::from_pypi("scim2-server", &["scim2-server[cursor]==0.8.3"]);
        let mut command = Command::new(installed.join("bin/scim2-server"));
        command.args(["--port", &port.to_string(), "--bearer-token", "tok"]);
        if let Some(announced) = self.announced() {
            let file = folder.join("config.json");
            fs::write(&file, announced.to_string()).expect("a written file");
            command.arg("--service-provider-config").arg(file);
        }
        command
    }

    /// What scim2-server shall announce of itself, where that is not what it announces by default.
    fn announced(self) -> Option<serde_json::Value> {
        let mut announced = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": { "supported": true },
            "bulk": { "supported": true, "maxOperations": 100, "maxPayloadSize": 1_048_576 },
            "filter": { "supported": true, "maxResults": 100 },
            "changePassword": { "supported": true },
            "sort": { "supported": true },
            "etag": { "supported": true },
            "authenticationSchemes": [{
                "type": "oauthbearertoken", "name": "Bearer", "description": "static token",
            }],
        });
        let by_index = match self {
            Self::Scim2Index => return Some(announced),
            Self::Scim2Both => true,
            Self::Scim2Cursor => false,
            _ => return None,
        };
        announced["pagination"] = serde_json::json!({
            "cursor": true, "index": by_index, "defaultPaginationMethod": "cursor", "defaultPageSize": 50,
            "maxPageSize": 100, "cursorTimeout": 600,
        });
        Some(announced)
    }

    fn better_auth(self, port: u16) -> Command {
        let mut command = node(
            "better-auth",
            &[
                "better-auth@1.7.5",
                "@better-auth/scim@1.7.5",
                "@better-auth/core@1.7.5",
                "better-call@1.4.0",
                "@better-auth/utils@0.4.2",
                "better-sqlite3@12",
            ],
            include_str!("node/better_auth.mjs"),
        );
        command.arg(port.to_string()).arg(BETTER_AUTH_TOKEN);
        if self == Self::BetterAuthLimited {
            command.arg("limited");
        }
        command
    }
}

const BETTER_AUTH_TOKEN: &str = "a-token-of-these-tests-0123456789abcdef";

fn scimmy(port: u16) -> Command {
    let mut command = node(
        "scimmy",
        &["express@4", "scimmy@1.3.5", "scimmy-routers@1.3.2"],
        include_str!("node/scimmy.mjs"),
    );
    command.arg(port.to_string()).arg("tok");
    command
}

/// A module of ours beside the packages that it imports.
fn node(name: &str, packages: &[&str], module: &str) -> Command {
    let folder = install::from_npm(name, packages);
    let file = folder.join("server.mjs");
    // Tests start servers side by side, and none may read half a file.
    let written = tempfile::NamedTempFile::new_in(&folder).expect("a temporary file");
    fs::write(written.path(), module).expect("a written module");
    written.persist(&file).expect("a module in its place");
    let mut command = Command::new("node");
    command.arg(file);
    command
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
