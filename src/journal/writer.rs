//! Appends to the journal and makes it durable. Events that arrive together are synced together.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::oneshot;

use crate::killpoint::reached;

use super::record::{Event, JournalError, encode};

/// The file of a journal, or a test's stand-in that fails.
pub trait JournalFile: Send + 'static {
    /// Appends bytes.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes everything appended durable.
    fn sync(&mut self) -> io::Result<()>;
}

impl JournalFile for std::fs::File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(self, bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl JournalFile for Box<dyn JournalFile> {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        (**self).append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        (**self).sync()
    }
}

/// An event that waits to be durable.
struct WaitingEvent {
    event: Event,
    durable: oneshot::Sender<Result<(), JournalError>>,
}

/// An open journal. Cheap to clone; all clones append to one file.
#[derive(Clone, Debug)]
pub struct Journal {
    appending: AppendingPlace,
}

/// The thread that appends records.
#[derive(Clone, Debug)]
enum AppendingPlace {
    Thread(mpsc::Sender<WaitingEvent>),
    Here(Arc<Mutex<Appender>>),
}

impl Journal {
    /// Starts a thread that appends after `chain`, the hash of the last record of a replay.
    pub(crate) fn start(file: impl JournalFile, replay: &super::Replay) -> Self {
        let (requests, inbox) = mpsc::channel();
        let appender = Appender::new(file, replay);
        std::thread::spawn(move || write_all(appender, &inbox));
        Self {
            appending: AppendingPlace::Thread(requests),
        }
    }

    /// Appends in the calling thread. This is for files that never wait, as in a simulation, which must not
    /// depend on when a thread runs.
    pub(crate) fn start_here(file: impl JournalFile, replay: &super::Replay) -> Self {
        Self {
            appending: AppendingPlace::Here(Arc::new(Mutex::new(Appender::new(file, replay)))),
        }
    }

    /// Appends an event and returns when it is durable.
    ///
    /// # Errors
    /// If the file cannot be written or synced. Then nothing more may be sent, and every later call fails.
    pub async fn record(&self, event: Event) -> Result<(), JournalError> {
        match &self.appending {
            AppendingPlace::Here(appender) => {
                let mut appender = appender.lock().unwrap_or_else(PoisonError::into_inner);
                appender.append(std::iter::once(&event)).map_err(JournalError::Io)
            }
            AppendingPlace::Thread(requests) => {
                let gone = || JournalError::Io(Arc::new(io::Error::other("its writer has stopped")));
                let (durable, answer) = oneshot::channel();
                requests
                    .send(WaitingEvent { event, durable })
                    .map_err(|_| gone())?;
                answer.await.map_err(|_| gone())?
            }
        }
    }
}

/// The most records that are synced together.
const GROUP: usize = 256;

/// The end of a journal's file.
struct Appender {
    file: Box<dyn JournalFile>,
    chain: u32,
    failed: Option<Arc<io::Error>>,
}

impl fmt::Debug for Appender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Appender")
    }
}

impl Appender {
    fn new(file: impl JournalFile, replay: &super::Replay) -> Self {
        Self {
            file: Box::new(file),
            chain: replay.chain,
            failed: None,
        }
    }

    /// Appends events and makes them durable together. After a failure, nothing is tried again.
    fn append<'e>(&mut self, events: impl Iterator<Item = &'e Event>) -> Result<(), Arc<io::Error>> {
        if self.failed.is_none() {
            let mut bytes = Vec::new();
            for event in events {
                let (line, next) = encode(event, self.chain);
                bytes.extend(line);
                self.chain = next;
            }
            let synced = self.file.append(&bytes).and_then(|()| {
                reached("journal.appended");
                self.file.sync()
            });
            self.failed = synced.err().map(Arc::new);
            reached("journal.synced");
        }
        self.failed.clone().map_or(Ok(()), Err)
    }
}

fn write_all(mut appender: Appender, inbox: &mpsc::Receiver<WaitingEvent>) {
    while let Ok(first) = inbox.recv() {
        let group: Vec<WaitingEvent> = std::iter::once(first)
            .chain(inbox.try_iter().take(GROUP - 1))
            .collect();
        let written = appender.append(group.iter().map(|request| &request.event));
        for request in group {
            let _ = request.durable.send(written.clone().map_err(JournalError::Io));
        }
    }
}
