//! The write-ahead record of an apply: what was about to be sent, and its outcome.
//!
//! A write is sent only after its intent is durable here. The journal makes a resume cheap, and shows whether
//! a write may have been done whose answer was lost. A resume is safe without it, by each change's pre- and
//! postconditions, so a lost journal loses nothing. People read the receipt, not the journal.
//!
//! Common pitfalls: an event that is appended but not awaited is not durable; a failed sync is never tried
//! again, because the kernel may have dropped the pages and then report success (PostgreSQL's fsync lesson of
//! 2018).

mod progress;
mod record;
mod writer;

pub use progress::{Progress, Status};
pub use record::{Event, JournalError, Replay, replay};
pub use writer::{Journal, JournalFile};
