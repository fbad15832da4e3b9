//! The write-ahead record of an apply: what was about to be sent, and what came of it.
//!
//! A write is sent only after its intent is durable here. The journal makes a resume cheap and an answer that
//! was lost decidable; it is never what makes a resume safe (that is each change's pre- and postcondition),
//! so a lost journal loses nothing. It is not a log for people: that is the receipt.
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
