//! A server's process: it ends with the test that started it, however that test ends, and says what it said
//! if the test fails.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a program until it ends or our end of its standard input is closed: a killed test run leaves no
/// server behind.
const UNTIL_CLOSED: &str = r#"exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ cat <&3 >/dev/null; kill "$server"; } 2>/dev/null &
exec 3<&-
wait "$server""#;

/// The last lines of a log that a failed test shows.
const SHOWN_LINES: usize = 60;

/// A process group of our own.
pub(crate) struct Process {
    child: Child,
    folder: tempfile::TempDir,
}

impl Process {
    /// Starts a program with a folder of its own, where its output goes.
    pub(crate) fn start(command: &Command, folder: tempfile::TempDir) -> Self {
        let log = File::create(folder.path().join("log")).expect("a log");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", UNTIL_CLOSED, "sh"])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        let child = shell
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log)
            .spawn()
            .expect("a shell");
        Self { child, folder }
    }

    /// Whether it ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("the state of a child").is_some()
    }

    /// What it said so far.
    pub(crate) fn log(&self) -> String {
        read(self.folder.path())
    }

    fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal("TERM");
        let patience = Instant::now() + Duration::from_secs(5);
        while !self.has_ended() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        if !self.has_ended() {
            self.signal("KILL");
            let _ = self.child.wait();
        }
    }

    /// To the whole group. It is ours alone: its number is the shell's, which nobody else can have before we
    /// have seen the shell end.
    fn signal(&self, name: &str) {
        let _ = Command::new("sh")
            .args([
                "-c",
                "kill -s \"$0\" -- \"-$1\"",
                name,
                &self.child.id().to_string(),
            ])
            .status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "--- the server's last words\n{}\n---",
                lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
            );
        }
        self.stop();
    }
}

fn read(folder: &Path) -> String {
    std::fs::read(folder.join("log"))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
