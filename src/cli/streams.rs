//! The streams of a command: its output and the answers to its questions.

use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Standard input, output and error.
pub(crate) struct Streams {
    pub(crate) input: Answers,
    pub(crate) out: Output,
    pub(crate) err: Output,
    /// Whether a result could not be written. A closed pipe does not count.
    lost: AtomicBool,
}

impl Streams {
    pub(crate) const fn new(input: Answers, out: Output, err: Output) -> Self {
        Self {
            input,
            out,
            err,
            lost: AtomicBool::new(false),
        }
    }

    /// The streams of this process.
    pub(crate) fn of_process() -> Self {
        let columns = |term: &console::Term| term.is_term().then(|| usize::from(term.size().1));
        let input = BufReader::new(io::stdin());
        let answers = if io::stdin().is_terminal() {
            Answers::typed(input)
        } else {
            Answers::piped(input)
        };
        Self::new(
            answers,
            Output::new(io::stdout(), columns(&console::Term::stdout())),
            Output::new(io::stderr(), columns(&console::Term::stderr())),
        )
    }

    /// Prints a part of the result.
    pub(crate) fn print(&self, text: &str) {
        // A closed pipe (`| head`) is not our error.
        if let Err(error) = self.out.write(format_args!("{text}"))
            && error.kind() != io::ErrorKind::BrokenPipe
            && !self.lost.swap(true, Ordering::Relaxed)
        {
            self.say(format_args!("error: cannot write the output: {error}"));
        }
    }

    /// Whether a part of the result could not be written.
    pub(crate) fn lost_output(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Prints a line on standard error. If it cannot be written, nothing happens: it must never end a run.
    pub(crate) fn say(&self, words: fmt::Arguments<'_>) {
        let _ = self.err.write(format_args!("{words}\n"));
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Streams")
    }
}

/// The source of answers.
pub(crate) struct Answers {
    reader: Mutex<Box<dyn BufRead + Send>>,
    is_terminal: bool,
}

impl Answers {
    /// Answers that a person types.
    pub(crate) fn typed(reader: impl BufRead + Send + 'static) -> Self {
        Self {
            is_terminal: true,
            ..Self::piped(reader)
        }
    }

    /// Answers that were written before.
    pub(crate) fn piped(reader: impl BufRead + Send + 'static) -> Self {
        Self {
            reader: Mutex::new(Box::new(reader)),
            is_terminal: false,
        }
    }

    pub(crate) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// The next line; empty at the end of the input.
    ///
    /// # Errors
    /// If the input cannot be read or is not Unicode.
    pub(crate) fn line(&self) -> io::Result<String> {
        let mut line = String::new();
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.read_line(&mut line)?;
        Ok(line)
    }
}

/// An output stream.
pub(crate) struct Output {
    writer: Mutex<Box<dyn Write + Send>>,
    /// The width of the terminal in columns; `None` if there is no terminal.
    columns: Option<usize>,
}

impl Output {
    pub(crate) fn new(writer: impl Write + Send + 'static, columns: Option<usize>) -> Self {
        Self {
            writer: Mutex::new(Box::new(writer)),
            columns,
        }
    }

    pub(crate) const fn is_terminal(&self) -> bool {
        self.columns.is_some()
    }

    pub(crate) const fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// Writes words and flushes them.
    ///
    /// # Errors
    /// If the words cannot be written.
    pub(crate) fn write(&self, words: fmt::Arguments<'_>) -> io::Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_fmt(words)?;
        writer.flush()
    }
}
