//! `apply --deadline`: the time after which a run starts nothing new. A job that is killed at its limit, or a
//! token that expires, is worse than a run that stops by itself and says how far it came.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug, clap::Args)]
pub(crate) struct DeadlineArgs {
    /// Start nothing new after this long, as 45m or 1h30m; the same apply goes on later
    #[arg(long, value_name = "DURATION", env = "WPSYNC_DEADLINE", value_parser = parse)]
    deadline: Option<Deadline>,
}

/// A duration, counted from when the command line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Deadline {
    after: Duration,
    at: Instant,
}

fn parse(text: &str) -> Result<Deadline, String> {
    let after = duration(text)?;
    Ok(Deadline {
        after,
        at: Instant::now()
            .checked_add(after)
            .ok_or_else(|| "that is longer than any run".to_owned())?,
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time as 45m, 90s or 1h30m".to_owned();
    let duration: jiff::SignedDuration = text.trim().parse().map_err(|_| expected())?;
    Duration::try_from(duration)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(expected)
}

impl DeadlineArgs {
    /// The moment after which nothing new is started.
    pub(crate) fn at(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.at)
    }

    /// The duration from when the command line was read to the deadline.
    pub(crate) fn after(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_time_that_is_left() {
        for (text, seconds) in [
            ("45m", 2_700),
            ("1h30m", 5_400),
            ("90s", 90),
            ("1h 5m", 3_900),
            ("PT10M", 600),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "45", "0s", "-5m", "soon", "5 m in"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
