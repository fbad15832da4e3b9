//! How long a service asks clients to wait, in the many forms in use.

use std::time::{Duration, SystemTime};

use crate::wire::message::Response;

/// The longest wait that is accepted.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// A number of seconds between 2017 and 2065 is a point in time, not a wait.
const POINTS_IN_TIME: std::ops::Range<u64> = 1_500_000_000..3_000_000_000;

/// How long the service asks to wait: seconds, or a date. A date is compared with the answer's own `Date`, so
/// that a wrong clock on either side does no harm. `None` if the header is missing or cannot be understood.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name: &str| {
        response
            .header(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    let reset = || header("ratelimit-reset").or_else(|| header("x-ratelimit-reset"));
    match header("retry-after").or_else(|| header("x-retry-after")) {
        Some(text) => wait_of(text, response),
        // Some services send these headers with every answer. They ask for a wait only with this status.
        None if response.status == 429 => reset().map_or_else(
            || structured(response).map(|(_, reset)| reset),
            |text| wait_of(text, response),
        ),
        None => None,
    }
}

/// How long to send nothing, if the service says that no requests are left until then. `None` for a wait
/// beyond the longest one; a refusal may follow.
pub(crate) fn exhausted(response: &Response) -> Option<Duration> {
    let left = response
        .header("ratelimit-remaining")
        .or_else(|| response.header("x-ratelimit-remaining"));
    let reset = response
        .header("ratelimit-reset")
        .or_else(|| response.header("x-ratelimit-reset"));
    let wait = match (left, reset) {
        (Some(left), Some(reset)) if left.trim() == "0" => wait_of(reset.trim(), response),
        (None, _) => structured(response).and_then(|(left, reset)| (left == 0).then_some(reset)),
        _ => None,
    };
    wait.filter(|wait| *wait <= LONGEST_WAIT)
}

/// `RateLimit: "default";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers): the requests left, and the time.
fn structured(response: &Response) -> Option<(u64, Duration)> {
    let text = response.header("ratelimit")?;
    let parameter = |name: &str| {
        text.split([';', ','])
            .find_map(|part| part.trim().strip_prefix(name)?.trim().parse::<u64>().ok())
    };
    Some((parameter("r=")?, Duration::from_secs(parameter("t=")?)))
}

/// The wait in a text: seconds, seconds since 1970, or a date.
fn wait_of(text: &str, response: &Response) -> Option<Duration> {
    let now = || {
        response
            .header("date")
            .and_then(|date| httpdate::parse_http_date(date).ok())
            .unwrap_or(response.received)
    };
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u64::MAX);
        if POINTS_IN_TIME.contains(&seconds) {
            return Some(
                (SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
                    .duration_since(now())
                    .unwrap_or_default(),
            );
        }
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    Some(until.duration_since(now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::HeaderMap;

    fn answer(headers: &[(&'static str, &str)]) -> Response {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header"));
        }
        Response {
            status: 429,
            headers: map,
            body: Vec::new().into(),
            received: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        }
    }

    #[test]
    fn f100_a_wish_to_wait_is_understood_in_every_form() {
        const DATE: (&str, &str) = ("date", "Tue, 14 Nov 2023 22:13:20 GMT"); // 1700000000
        for (headers, seconds) in [
            (&[("retry-after", "7")][..], Some(7)),
            (&[("x-retry-after", "10")], Some(10)),
            (&[("ratelimit-reset", "12")], Some(12)),
            (&[DATE, ("x-ratelimit-reset", "1700000030")], Some(30)),
            (
                &[DATE, ("retry-after", "Tue, 14 Nov 2023 22:14:20 GMT")],
                Some(60),
            ),
            (&[("ratelimit", "\"default\";r=0;t=9")], Some(9)),
            // Without a `Date`, the time of arrival counts.
            (&[("retry-after", "Tue, 14 Nov 2023 22:13:25 GMT")], Some(5)),
            (&[("retry-after", "soon")], None),
            (&[], None),
        ] {
            assert_eq!(
                retry_after(&answer(headers)).map(|wait| wait.as_secs()),
                seconds,
                "{headers:?}"
            );
        }
    }

    #[test]
    fn what_is_used_up_is_not_asked_for() {
        for (headers, seconds) in [
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "5")][..],
                Some(5),
            ),
            (
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")],
                Some(5),
            ),
            (&[("ratelimit", "\"a\";r=0;t=3")], Some(3)),
            (&[("ratelimit-remaining", "1"), ("ratelimit-reset", "5")], None),
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "3600")], None),
            (&[("ratelimit-reset", "5")], None),
        ] {
            assert_eq!(
                exhausted(&answer(headers)).map(|wait| wait.as_secs()),
                seconds,
                "{headers:?}"
            );
        }
    }
}
