//! The output of a command: results on stdout, progress and problems on stderr. With `--json`, one JSON event
//! per line on stdout.

use std::fmt;
use std::io;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::diagnostics::{Diagnostics, Files, Severity, draw_in};
use wpsync::operation::{Environment, Problem};
use wpsync::review::Palette;

use super::exit::Exit;
use super::global_args::{ColorChoice, GlobalArgs};
use super::shell::Shell;
use super::streams::{Output, Streams};

/// The amount of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loudness {
    Quiet,
    Normal,
    Verbose,
}

/// The form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Events,
}

/// The output of a command.
#[derive(Debug)]
pub(crate) struct Ui {
    form: Form,
    loudness: Loudness,
    out: Palette,
    err: Palette,
    streams: Arc<Streams>,
}

impl Ui {
    pub(crate) fn new(global: &GlobalArgs, shell: &Shell) -> Self {
        let streams = Arc::clone(&shell.streams);
        let ui = Self {
            form: if global.json { Form::Events } else { Form::Text },
            loudness: match (global.quiet, global.verbose) {
                (true, _) => Loudness::Quiet,
                (false, true) => Loudness::Verbose,
                (false, false) => Loudness::Normal,
            },
            out: palette(global.color, &streams.out, &shell.environment),
            err: palette(global.color, &streams.err, &shell.environment),
            streams,
        };
        ui.event(version);
        ui
    }

    /// The colours of stdout.
    pub(crate) const fn palette(&self) -> Palette {
        self.out
    }

    /// The width of stdout in columns.
    pub(crate) fn width(&self) -> usize {
        let columns = self.streams.out.columns();
        columns.map_or(80, |columns| columns.clamp(60, 140))
    }

    /// Whether results are events.
    pub(crate) fn is_json(&self) -> bool {
        self.form == Form::Events
    }

    /// Whether a moving progress bar may be drawn. It would not stay in place between the lines of `-v`.
    pub(crate) fn shows_progress(&self) -> bool {
        self.form == Form::Text && self.loudness == Loudness::Normal && self.has_terminal()
    }

    /// Whether stderr is a terminal, so that a person can be asked.
    pub(crate) fn has_terminal(&self) -> bool {
        self.streams.err.is_terminal()
    }

    /// The streams, for tasks that outlive the command's own work.
    pub(crate) fn streams(&self) -> Arc<Streams> {
        Arc::clone(&self.streams)
    }

    /// Prints a result, in text form only.
    pub(crate) fn result(&self, text: &str) {
        if self.form == Form::Text {
            self.streams.print(text);
        }
    }

    /// Prints the content of a file: as it is, or as one event.
    pub(crate) fn document(&self, text: &str) {
        self.result(text);
        self.event(|| json!({ "type": "document", "text": text }));
    }

    /// Prints a line on stderr, in every form.
    pub(crate) fn say(&self, words: fmt::Arguments<'_>) {
        self.streams.say(words);
    }

    /// Asks a question on stderr and returns the line of the answer, from a terminal or a pipe.
    ///
    /// # Errors
    /// If the answer cannot be read.
    pub(crate) fn ask(&self, question: fmt::Arguments<'_>) -> io::Result<String> {
        self.prompt(question);
        let answer = self.streams.input.line()?;
        if !self.streams.input.is_terminal() {
            self.say(format_args!(""));
        }
        Ok(answer)
    }

    /// Prints a question on stderr; the answer is typed behind it.
    pub(crate) fn prompt(&self, question: fmt::Arguments<'_>) {
        let _ = self.streams.err.write(question);
    }

    /// Prints an event, in JSON form only.
    pub(crate) fn event(&self, event: impl FnOnce() -> Json) {
        if self.form == Form::Events {
            self.streams.print(&format!("{}\n", event()));
        }
    }

    /// Prints a line about the command's progress on stderr, in text form and without `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        if self.loudness > Loudness::Quiet && self.form == Form::Text {
            self.say(format_args!("{text}"));
        }
    }

    /// Prints a line on stderr, with `-v` only.
    pub(crate) fn detail(&self, text: &str) {
        if self.loudness == Loudness::Verbose {
            self.say(format_args!("{text}"));
        }
    }

    /// Prints a warning.
    pub(crate) fn warn(&self, text: &str) {
        self.event(|| json!({ "type": "diagnostic", "severity": "warning", "message": text }));
        if self.form == Form::Text {
            self.say(format_args!(
                "{}: {text}",
                self.err.style().yellow().bold().apply_to("warning")
            ));
        }
    }

    /// Prints the problems in people's files.
    pub(crate) fn diagnostics(&self, problems: &Diagnostics, files: &Files) {
        for problem in problems.sorted() {
            match self.form {
                Form::Events => self.event(|| json!(problem.event(files))),
                Form::Text => {
                    self.say(format_args!("{}", draw_in(&self.err.style(), problem, files)));
                }
            }
        }
        if problems.has_errors() && self.form == Form::Text {
            let (errors, warnings) = (problems.count(Severity::Error), problems.count(Severity::Warning));
            let warnings = if warnings > 0 {
                format!(" and {}", plural(warnings, "warning"))
            } else {
                String::new()
            };
            self.say(format_args!(
                "{}{warnings}; nothing was sent anywhere",
                plural(errors, "error")
            ));
        }
    }

    /// Prints the reason why the command could not do its work.
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
            let error = self.err.style().red().bold().apply_to("error");
            self.say(format_args!("{error}: {}", problem.message));
            if let Some(hint) = &problem.hint {
                self.say(format_args!("  = hint: {hint}"));
            }
        }
    }

    /// Whether a part of the result could not be written.
    pub(crate) fn lost_output(&self) -> bool {
        self.streams.lost_output()
    }

    /// Prints the error of a command line that cannot be parsed. It is JSON if `--json` or `WPSYNC_JSON` can
    /// be found.
    pub(crate) fn usage(error: &clap::Error, shell: &Shell) {
        let is_json = shell
            .arguments
            .iter()
            .take_while(|argument| *argument != "--")
            .any(|argument| argument == "--json");
        let is_set = shell.environment.value("WPSYNC_JSON").is_some_and(|value| {
            !matches!(
                value.to_str(),
                Some("" | "0" | "false" | "no" | "off" | "n" | "f")
            )
        });
        let streams = &shell.streams;
        if !(error.use_stderr() && (is_json || is_set)) {
            let output = if error.use_stderr() {
                &streams.err
            } else {
                &streams.out
            };
            let words = error.render();
            let _ = match palette(ColorChoice::Auto, output, &shell.environment) {
                Palette::Colour => output.write(format_args!("{}", words.ansi())),
                Palette::Plain => output.write(format_args!("{words}")),
            };
            return;
        }
        let event = json!({
            "type": "diagnostic",
            "severity": "error",
            "code": Exit::Usage.word(),
            "message": error.to_string().trim_end(),
        });
        streams.print(&format!("{}\n{event}\n{}\n", version(), end(Exit::Usage)));
    }

    /// Prints the end of a command, with `--json` only.
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

/// A count with its word: `1 error`, `2 errors`.
pub(crate) fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn palette(choice: ColorChoice, output: &Output, environment: &Environment) -> Palette {
    let no_color = environment
        .value("NO_COLOR")
        .is_some_and(|value| !value.is_empty());
    let dumb = environment.value("TERM").is_some_and(|term| term == "dumb");
    match choice {
        ColorChoice::Always => Palette::Colour,
        ColorChoice::Auto if output.is_terminal() && !no_color && !dumb => Palette::Colour,
        ColorChoice::Auto | ColorChoice::Never => Palette::Plain,
    }
}
