//! Appends to the journal and makes it durable. Events that arrive together are synced together.

use std::io;
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::record::{Event, JournalError, encode};

/// Where a journal is kept: a file, or a test's stand-in that fails.
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

struct Request {
    event: Event,
    durable: oneshot::Sender<Result<(), JournalError>>,
}

/// An open journal. Cheap to clone; all clones append to one file.
#[derive(Clone, Debug)]
pub struct Journal {
    requests: mpsc::Sender<Request>,
}

impl Journal {
    /// Starts a thread that appends after `chain`, the hash of the last record of a replay.
    pub fn start(file: impl JournalFile, replay: &super::Replay) -> Self {
        let (requests, inbox) = mpsc::channel();
        let chain = replay.chain;
        std::thread::spawn(move || write_all(file, &inbox, chain));
        Self { requests }
    }

    /// Appends an event and returns when it is durable.
    ///
    /// # Errors
    /// When it is not; then nothing more may be sent, and every later call fails too.
    pub async fn record(&self, event: Event) -> Result<(), JournalError> {
        let gone = || JournalError::Io("its writer has stopped".into());
        let (durable, answer) = oneshot::channel();
        self.requests.send(Request { event, durable }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// The most records that one sync waits for.
const GROUP: usize = 256;

fn write_all(mut file: impl JournalFile, inbox: &mpsc::Receiver<Request>, mut chain: u32) {
    let mut failed: Option<String> = None;
    while let Ok(first) = inbox.recv() {
        let group: Vec<Request> = std::iter::once(first).chain(inbox.try_iter().take(GROUP - 1)).collect();
        if failed.is_none() {
            let mut bytes = Vec::new();
            for request in &group {
                let (line, next) = encode(&request.event, chain);
                bytes.extend(line);
                chain = next;
            }
            failed = file.append(&bytes).and_then(|()| file.sync()).err().map(|error| error.to_string());
        }
        for request in group {
            let _ = request.durable.send(failed.clone().map_or(Ok(()), |reason| Err(JournalError::Io(reason))));
        }
    }
}
