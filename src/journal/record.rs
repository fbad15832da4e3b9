//! One record of the journal: its length, its checksum, the hash of the record before it, and an event.
//!
//! A record is a line, `<length> <crc32> <json>`, so that a person can read it. Only the last record may be
//! torn; a break before it means that the file was damaged, and it is refused.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// An event that has happened or is about to happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The apply of a plan begins. Always the first record.
    Begin {
        /// The plan's digest.
        plan: Digest,
        /// The plan's id.
        plan_id: String,
    },
    /// A request that writes is about to be sent.
    Intent {
        /// The change.
        change: String,
    },
    /// The directory took the change, and it was not read back yet.
    Taken {
        /// The change.
        change: String,
        /// The resource's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Box<str>>,
    },
    /// The change is done and was read back.
    Done {
        /// The change.
        change: String,
        /// The resource's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Box<str>>,
    },
    /// The change was refused, and nothing was written for it.
    Failed {
        /// The change.
        change: String,
        /// Why.
        reason: String,
    },
    /// Every change of the plan is done.
    Finished,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chained {
    event: Event,
    previous: u32,
}

/// What a journal file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// The events, in order.
    pub events: Vec<Event>,
    /// How many of the file's bytes are whole records. The bytes after them are a torn record, which is cut
    /// off before anything is appended.
    pub valid_bytes: usize,
    /// The chain's hash after the last record.
    pub(super) chain: u32,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A record is damaged, and others follow it.
    #[error(
        "the journal is damaged at byte {at}; move it away and run the same apply again: \
         what is done is recognised in the directory"
    )]
    Damaged {
        /// Where the damaged record begins.
        at: usize,
    },
    /// The journal belongs to another plan.
    #[error("the journal belongs to another plan (digest {0})")]
    OtherPlan(Digest),
    /// The file cannot be read or written.
    #[error("cannot write the journal, so nothing more is sent: {0}")]
    Io(#[source] Arc<std::io::Error>),
}

/// The bytes of a record, and the chain's hash after it.
pub(super) fn encode(event: &Event, previous: u32) -> (Vec<u8>, u32) {
    let json = serde_json::to_vec(&Chained {
        event: event.clone(),
        previous,
    })
    .unwrap_or_default();
    let checksum = crc32fast::hash(&json);
    let mut line = format!("{:08x} {checksum:08x} ", json.len()).into_bytes();
    line.extend_from_slice(&json);
    line.push(b'\n');
    (line, checksum)
}

/// Reads a journal's bytes.
///
/// # Errors
/// If a record is damaged and others follow it.
pub fn replay(bytes: &[u8]) -> Result<Replay, JournalError> {
    let mut replay = Replay::default();
    while replay.valid_bytes < bytes.len() {
        let rest = &bytes[replay.valid_bytes..];
        let damaged = JournalError::Damaged {
            at: replay.valid_bytes,
        };
        let Some((json, checksum, length)) = frame(rest) else {
            // A torn record is the last one: no whole record follows it.
            let whole_follows = (1..rest.len()).any(|at| frame(&rest[at..]).is_some());
            return if whole_follows { Err(damaged) } else { Ok(replay) };
        };
        match serde_json::from_slice::<Chained>(json) {
            Ok(chained) if chained.previous == replay.chain => replay.events.push(chained.event),
            _ => return Err(damaged),
        }
        replay.chain = checksum;
        replay.valid_bytes += length;
    }
    Ok(replay)
}

/// The next record's content, its checksum and its whole length; `None` if the record is torn or damaged.
fn frame(bytes: &[u8]) -> Option<(&[u8], u32, usize)> {
    let head = std::str::from_utf8(bytes.get(..18)?).ok()?;
    let length = usize::from_str_radix(head.get(..8)?, 16).ok()?;
    let checksum = u32::from_str_radix(head.get(9..17)?, 16).ok()?;
    let json = bytes.get(18..18usize.checked_add(length)?)?;
    let is_whole = head == format!("{length:08x} {checksum:08x} ") && bytes.get(18 + length) == Some(&b'\n');
    (is_whole && crc32fast::hash(json) == checksum).then_some((json, checksum, 18 + length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(count: usize) -> (Vec<u8>, Vec<Event>) {
        let events: Vec<_> = (0..count)
            .map(|number| Event::Intent {
                change: format!("user:{number}"),
            })
            .collect();
        let mut chain = 0;
        let mut bytes = Vec::new();
        for event in &events {
            let (line, next) = encode(event, chain);
            bytes.extend(line);
            chain = next;
        }
        (bytes, events)
    }

    #[test]
    fn f111_a_journal_cut_at_any_byte_keeps_every_whole_record() {
        let (bytes, events) = journal(5);
        for cut in 0..=bytes.len() {
            let replay = replay(&bytes[..cut]).expect("a cut is never damage");
            assert_eq!(replay.events, events[..replay.events.len()], "cut at {cut}");
            let whole = bytes[..cut]
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |at| at + 1);
            assert_eq!(replay.valid_bytes, whole, "cut at {cut}");
        }
    }

    #[test]
    fn f112_a_byte_changed_before_the_last_record_is_never_believed() {
        let (bytes, events) = journal(5);
        let last = bytes[..bytes.len() - 1]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .expect("several lines")
            + 1;
        for at in 0..last {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            if let Ok(replay) = replay(&damaged) {
                assert!(
                    replay.events.len() < events.len() && replay.events == events[..replay.events.len()],
                    "byte {at} was believed"
                );
                panic!("byte {at}: damage was taken for a torn end");
            }
        }
    }
}
