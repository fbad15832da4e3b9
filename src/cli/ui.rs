//! What a command says and where: results on stdout, progress and problems on stderr, or one JSON event a
//! line on stdout.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value as Json, json};
use wpsync::diagnostics::{Diagnostics, Files, Severity, draw_in};
use wpsync::operation::Problem;
use wpsync::review::Palette;

use super::exit::Exit;
use super::global::{ColorChoice, Global};

/// Whether a result could not be written, for a reason other than a reader that went away.
static LOST: AtomicBool = AtomicBool::new(false);

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loudness {
    Quiet,
    Normal,
    Verbose,
}

/// What results look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Events,
}

/// The voice of a command.
#[derive(Debug)]
pub(crate) struct Ui {
    form: Form,
    loudness: Loudness,
    out: Palette,
    err: Palette,
}

impl Ui {
    pub(crate) fn new(global: &Global) -> Self {
        let ui = Self {
            form: if global.json { Form::Events } else { Form::Text },
            loudness: match (global.quiet, global.verbose) {
                (true, _) => Loudness::Quiet,
                (false, true) => Loudness::Verbose,
                (false, false) => Loudness::Normal,
            },
            out: palette(global.color, std::io::stdout().is_terminal()),
            err: palette(global.color, std::io::stderr().is_terminal()),
        };
        ui.event(version);
        ui
    }

    /// The colours of stdout.
    pub(crate) const fn palette(&self) -> Palette {
        self.out
    }

    /// The width of stdout in columns.
    pub(crate) fn width() -> usize {
        let (_, columns) = console::Term::stdout().size();
        if std::io::stdout().is_terminal() {
            usize::from(columns).clamp(60, 140)
        } else {
            80
        }
    }

    /// Whether results are events.
    pub(crate) fn is_json(&self) -> bool {
        self.form == Form::Events
    }

    /// Whether a moving progress bar may be drawn. Between the lines of `-v` it would not stay where it is.
    pub(crate) fn shows_progress(&self) -> bool {
        self.form == Form::Text && self.loudness == Loudness::Normal && std::io::stderr().is_terminal()
    }

    /// A result, in text form only.
    pub(crate) fn result(&self, text: &str) {
        if self.form == Form::Text {
            Self::print(text);
        }
    }

    /// A file's content: as it is, or as one event.
    pub(crate) fn document(&self, text: &str) {
        self.result(text);
        self.event(|| json!({ "type": "document", "text": text }));
    }

    fn print(text: &str) {
        // A reader that went away (`| head`) is not an error of ours.
        let mut stdout = std::io::stdout().lock();
        if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
            && error.kind() != std::io::ErrorKind::BrokenPipe
            && !LOST.swap(true, Ordering::Relaxed)
        {
            say!("error: cannot write the output: {error}");
        }
    }

    /// An event, in JSON form only.
    pub(crate) fn event(&self, event: impl FnOnce() -> Json) {
        if self.form == Form::Events {
            Self::print(&format!("{}\n", event()));
        }
    }

    /// A line about what is going on, on stderr.
    pub(crate) fn note(&self, text: &str) {
        if self.loudness > Loudness::Quiet && self.form == Form::Text {
            say!("{text}");
        }
    }

    /// A line that only `-v` wants.
    pub(crate) fn detail(&self, text: &str) {
        if self.loudness == Loudness::Verbose {
            say!("{text}");
        }
    }

    /// Something that went wrong beside the point.
    pub(crate) fn warn(&self, text: &str) {
        self.event(|| json!({ "type": "diagnostic", "severity": "warning", "message": text }));
        if self.form == Form::Text {
            say!("{}: {text}", self.err.style().yellow().bold().apply_to("warning"));
        }
    }

    /// Problems in people's files.
    pub(crate) fn diagnostics(&self, problems: &Diagnostics, files: &Files) {
        for problem in problems.sorted() {
            match self.form {
                Form::Events => self.event(|| json!(problem.event(files))),
                Form::Text => say!("{}", draw_in(&self.err.style(), problem, files)),
            }
        }
        if problems.has_errors() && self.form == Form::Text {
            let (errors, warnings) = (problems.count(Severity::Error), problems.count(Severity::Warning));
            let warnings = if warnings > 0 {
                format!(" and {}", plural(warnings, "warning"))
            } else {
                String::new()
            };
            say!("{}{warnings}; nothing was sent anywhere", plural(errors, "error"));
        }
    }

    /// Why the command could not do its work.
    pub(crate) fn problem(&self, problem: &Problem) {
        if let Some(found) = &problem.in_files {
            self.diagnostics(&found.diagnostics, &found.files);
            return;
        }
        let code = Exit::from(problem.kind).word();
        self.event(|| {
            json!({
                "type": "diagnostic",
                "severity": "error",
                "code": code,
                "message": problem.message,
                "hint": problem.hint,
            })
        });
        if self.form == Form::Text {
            say!(
                "{}: {}",
                self.err.style().red().bold().apply_to("error"),
                problem.message
            );
            if let Some(hint) = &problem.hint {
                say!("  = hint: {hint}");
            }
        }
    }

    /// Whether a result was lost on its way out.
    pub(crate) fn lost_output() -> bool {
        LOST.load(Ordering::Relaxed)
    }

    /// A command line that cannot be understood, said as it was asked to be said as far as that can be seen.
    pub(crate) fn usage(error: &clap::Error) {
        let is_json = std::env::args()
            .take_while(|argument| argument != "--")
            .any(|argument| argument == "--json");
        let is_set = std::env::var_os("WPSYNC_JSON").is_some_and(|value| {
            !matches!(
                value.to_str(),
                Some("" | "0" | "false" | "no" | "off" | "n" | "f")
            )
        });
        if !(error.use_stderr() && (is_json || is_set)) {
            let _ = error.print();
            return;
        }
        let event = json!({
            "type": "diagnostic",
            "severity": "error",
            "code": Exit::Usage.word(),
            "message": error.to_string().trim_end(),
        });
        Self::print(&format!("{}\n{event}\n{}\n", version(), end(Exit::Usage)));
    }

    /// The end of a command, for `--json`.
    pub(crate) fn end(&self, exit: Exit) {
        self.event(|| end(exit));
    }
}

fn version() -> Json {
    json!({ "type": "version", "wpsync": env!("CARGO_PKG_VERSION"), "ui": "1.0" })
}

fn end(exit: Exit) -> Json {
    json!({ "type": "exit", "code": exit as u8, "meaning": exit.word() })
}

/// `1 error`, `2 errors`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn palette(choice: ColorChoice, is_terminal: bool) -> Palette {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    match choice {
        ColorChoice::Always => Palette::Colour,
        ColorChoice::Auto if is_terminal && !no_color && !dumb => Palette::Colour,
        ColorChoice::Auto | ColorChoice::Never => Palette::Plain,
    }
}
