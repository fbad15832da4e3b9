//! Where a command is heard, and where it is answered.

use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Standard input, output and error.
pub(crate) struct Streams {
    pub(crate) input: Answers,
    pub(crate) out: Output,
    pub(crate) err: Output,
    /// Whether a result could not be written, for a reason other than a reader that went away.
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

    /// Those of this process.
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

    /// A part of the result.
    pub(crate) fn print(&self, text: &str) {
        // A reader that went away (`| head`) is not an error of ours.
        if let Err(error) = self.out.write(format_args!("{text}"))
            && error.kind() != io::ErrorKind::BrokenPipe
            && !self.lost.swap(true, Ordering::Relaxed)
        {
            self.say(format_args!("error: cannot write the output: {error}"));
        }
    }

    /// Whether a part of the result was lost on its way out.
    pub(crate) fn lost_output(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// A line on standard error. Where nobody listens any more, saying nothing is all that is left; it must
    /// never end a run.
    pub(crate) fn say(&self, words: fmt::Arguments<'_>) {
        let _ = self.err.write(format_args!("{words}\n"));
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Streams")
    }
}

/// Where answers come from.
pub(crate) struct Answers {
    reader: Mutex<Box<dyn BufRead + Send>>,
    is_terminal: bool,
}

impl Answers {
    /// Somebody types them.
    pub(crate) fn typed(reader: impl BufRead + Send + 'static) -> Self {
        Self {
            is_terminal: true,
            ..Self::piped(reader)
        }
    }

    /// They were written before.
    pub(crate) fn piped(reader: impl BufRead + Send + 'static) -> Self {
        Self {
            reader: Mutex::new(Box::new(reader)),
            is_terminal: false,
        }
    }

    pub(crate) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// The next line; empty at the end.
    ///
    /// # Errors
    /// When the input cannot be read or is not Unicode.
    pub(crate) fn line(&self) -> io::Result<String> {
        let mut line = String::new();
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.read_line(&mut line)?;
        Ok(line)
    }
}

/// Where a command is heard.
pub(crate) struct Output {
    writer: Mutex<Box<dyn Write + Send>>,
    /// The width of the terminal; none where there is no terminal.
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

    /// Writes words, and lets them through at once.
    ///
    /// # Errors
    /// When that is not possible.
    pub(crate) fn write(&self, words: fmt::Arguments<'_>) -> io::Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.write_fmt(words)?;
        writer.flush()
    }
}
