//! Command lines, run in this process: as the binary runs them, with streams, variables and a folder of their
//! own. What is about the process itself (signals, pipes, limits, variables that libraries read) is a
//! process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead as _, Cursor, Read as _, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, RwLock};

use tokio::sync::mpsc;
use wpsync::operation::Environment;

use crate::cli;
use crate::cli::shell::Shell;
use crate::cli::signals::Interruptions;
use crate::cli::streams::{Answers, Output as Stream, Streams};
use crate::support::{Project, Ran};

/// The variables that commands ask their environment for, and those that configurations of stories name.
const ASKED_FOR: [&str; 16] = [
    "CI",
    "CI_COMMIT_SHA",
    "GITHUB_ACTOR",
    "GITHUB_SHA",
    "GITLAB_USER_LOGIN",
    "NO_COLOR",
    "OFFICEVIBE_KEY",
    "TOKEN",
    "WORKLEAP_KEY",
    "WPSYNC_AUTHOR",
    "WPSYNC_COMMIT",
    "WPSYNC_NOTIFY",
    "WPSYNC_ORIGIN",
    "WPSYNC_SANDBOX_TOKEN",
    "WPSYNC_TOKEN",
    "WPSYNC_WORKLEAP_ORIGIN",
];

/// Whether somebody set variables for all commands: clap reads them from the process.
static HAS_SETTINGS: LazyLock<bool> =
    LazyLock::new(|| std::env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("WPSYNC_")));

/// Between its fork and its exec, a process holds copies of all open files, and so their locks. Whoever runs
/// a command line here reads this, whoever starts a process writes it.
static STARTING: RwLock<()> = RwLock::new(());

/// Starts a process.
pub fn spawn(command: &mut Command) -> Child {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn().expect("the command starts")
}

/// Runs a process to its end, and keeps what it says.
pub fn output(command: &mut Command) -> Output {
    let child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    child.wait_with_output().expect("its end")
}

/// A command line in a project's folder.
pub struct CommandLine<'p> {
    project: &'p Project,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    input: String,
}

impl CommandLine<'_> {
    /// With one more argument, which may have spaces.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With waivers, separated by `|`.
    pub fn waiving(self, waivers: &str) -> Self {
        waivers
            .split('|')
            .fold(self, |line, waiver| line.argument("--waive").argument(waiver))
    }

    /// With variables set.
    pub fn with(mut self, variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().copied();
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.variables.extend(owned);
        self
    }

    /// With something to read on standard input.
    pub fn answering(mut self, input: &str) -> Self {
        input.clone_into(&mut self.input);
        self
    }

    /// Runs it: in this process, unless its variables are the process's business.
    #[must_use = "say which exit code is expected"]
    pub fn run(self) -> Ran {
        let is_ours = |name: &String| ASKED_FOR.contains(&name.as_str());
        // A process has one subscriber of traces.
        let is_traced = |argument: &String| ["-v", "--verbose", "--trace"].contains(&argument.as_str());
        let is_the_process_s = *HAS_SETTINGS || self.arguments.iter().any(is_traced);
        if is_the_process_s || !self.variables.keys().all(is_ours) {
            return self.run_as_a_process();
        }
        // Approvals may start ssh-keygen.
        let (_beside, _alone);
        if self.arguments.first().is_some_and(|command| command == "approve") {
            _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
        } else {
            _beside = STARTING.read().unwrap_or_else(PoisonError::into_inner);
        }
        let (out, err) = (Captured::default(), Captured::default());
        let exit = cli::start(&self.shell(&out, &err, never()));
        Ran {
            stdout: out.text(),
            stderr: err.text(),
            code: Some(exit as i32),
        }
    }

    fn run_as_a_process(self) -> Ran {
        let mut command = self.project.command("");
        command.args(&self.arguments).envs(&self.variables);
        if !self.input.is_empty() {
            let file = self.project.path("standard input");
            std::fs::write(&file, &self.input).expect("written");
            command.stdin(std::fs::File::open(file).expect("opened"));
        }
        Ran::of(output(&mut command))
    }

    fn shell(&self, out: &Captured, err: &Captured, interruptions: mpsc::UnboundedReceiver<()>) -> Shell {
        let variables = self.variables.clone();
        let name = std::iter::once(OsString::from("wpsync"));
        let interruptions = Mutex::new(Some(interruptions));
        Shell {
            arguments: name.chain(self.arguments.iter().map(Into::into)).collect(),
            environment: Environment::new(move |name| variables.get(name).map(Into::into)),
            folder: self.project.path(""),
            streams: Arc::new(Streams::new(
                Answers::piped(Cursor::new(self.input.clone())),
                Stream::new(out.clone(), None),
                Stream::new(err.clone(), None),
            )),
            listen: Arc::new(move || {
                let mut interruptions = interruptions.lock().unwrap_or_else(PoisonError::into_inner);
                Interruptions::over(interruptions.take().unwrap_or_else(never))
            }),
        }
    }

    /// Begins to run it on a thread of its own, in this process.
    pub fn start(self) -> Running {
        let (interrupt, interruptions) = mpsc::unbounded_channel();
        let (mut said, out) = io::pipe().expect("a pipe");
        let out = Captured {
            text: Arc::default(),
            copy: Some(Arc::new(out)),
        };
        let shell = self.shell(&out, &Captured::default(), interruptions);
        drop(out);
        let thread = std::thread::spawn(move || cli::start(&shell) as i32);
        let mut line = String::new();
        io::BufReader::new(said.by_ref())
            .read_line(&mut line)
            .expect("a line");
        Running {
            line,
            interrupt,
            thread: Some(thread),
            _said: said,
        }
    }
}

/// Nobody interrupts.
fn never() -> mpsc::UnboundedReceiver<()> {
    mpsc::unbounded_channel().1
}

/// A command line that runs on a thread, until this is dropped.
pub struct Running {
    /// The first line that it said.
    pub line: String,
    interrupt: mpsc::UnboundedSender<()>,
    thread: Option<std::thread::JoinHandle<i32>>,
    _said: io::PipeReader,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.interrupt.send(());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                std::thread::panicking() || matches!(ended, Ok(0)),
                "interrupted, it ends well: {ended:?}"
            );
        }
    }
}

/// What was written to a stream.
#[derive(Clone, Default)]
struct Captured {
    text: Arc<Mutex<Vec<u8>>>,
    copy: Option<Arc<io::PipeWriter>>,
}

impl Captured {
    fn text(&self) -> String {
        let bytes = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).expect("text")
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        if let Some(copy) = &self.copy {
            (&**copy).write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Project {
    /// A command line, its arguments separated by spaces.
    pub fn line(&self, arguments: &str) -> CommandLine<'_> {
        CommandLine {
            project: self,
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
            variables: BTreeMap::new(),
            input: String::new(),
        }
    }

    /// Runs a command line.
    #[must_use = "say which exit code is expected"]
    pub fn run(&self, arguments: &str) -> Ran {
        self.line(arguments).run()
    }

    /// Runs a command line with waivers, separated by `|`.
    #[must_use = "say which exit code is expected"]
    pub fn run_waiving(&self, arguments: &str, waivers: &str) -> Ran {
        self.line(arguments).waiving(waivers).run()
    }

    /// Runs a command line with variables set.
    #[must_use = "say which exit code is expected"]
    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &str) -> Ran {
        self.line(arguments).with(variables).run()
    }

    /// Starts the command as a process, without waiting for it.
    pub fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    /// Everything that the directory holds, as sources; two directories that export alike hold the same.
    pub fn exported(&self) -> String {
        self.run("export").exits(0).stdout
    }
}
