//! Functions of dates. A date is a text, in UTC, of the form `M/d/yyyy h:mm:ss tt`, as Entra passes it
//! between functions; any of the usual forms is read.

use std::sync::LazyLock;

use jiff::civil::{DateTime, Weekday};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

use super::{Argument, DateFormat};

type Given = Result<Argument<'static>, String>;

/// The units of time.
pub(crate) const INTERVALS: [&str; 7] = ["yyyy", "m", "d", "ww", "h", "n", "s"];

/// The forms that a date is read in, the first that fits; the first of all is the one it is written in.
const FORMS: [&str; 12] = [
    "M/d/yyyy h:mm:ss tt",
    "yyyy-MM-ddTHH:mm:ssK",
    "yyyy-MM-ddTHH:mm:ss.FFFFFFFK",
    "yyyy-MM-dd HH:mm:ssK",
    "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    "yyyy-MM-ddTHH:mmK",
    "yyyy-MM-dd HH:mmK",
    "yyyy-MM-ddK",
    "M/d/yyyy",
    "M/d/yyyy H:mm:ss",
    "M/d/yyyy h:mm tt",
    "yyyyMMdd",
];

static KNOWN: LazyLock<Vec<DateFormat>> = LazyLock::new(|| {
    FORMS
        .iter()
        .map(|form| DateFormat::compile(form).expect("a form of the table compiles"))
        .collect()
});

/// Reads a date of any of the usual forms.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    KNOWN.iter().find_map(|form| form.read(text))
}

/// Writes a date as functions pass it.
pub(crate) fn write(instant: Timestamp) -> String {
    KNOWN[0].write(instant)
}

fn date(argument: &Argument<'_>) -> Result<Option<Timestamp>, String> {
    let Some(text) = argument.text()?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let wrong = || {
        format!(
            "`{text}` is not a date that is known, as 2026-01-31 or 1/31/2026 9:00:00 AM; name its form with `FormatDateTime`"
        )
    };
    read(&text).map(Some).ok_or_else(wrong)
}

/// `CDate(expression)`.
pub(super) fn c_date(arguments: &[Argument<'_>]) -> Given {
    Ok(date(&arguments[0])?.map_or(Argument::Nothing, |instant| write(instant).into()))
}

/// `DateAdd(interval, value, dateTime)`: a month that has no such day ends earlier.
pub(super) fn add(arguments: &[Argument<'_>]) -> Given {
    let interval = interval(&arguments[0])?;
    let (Some(value), Some(instant)) = (arguments[1].integer()?, date(&arguments[2])?) else {
        return Ok(Argument::Nothing);
    };
    let span = match interval {
        "yyyy" => Span::new().try_years(value),
        "m" => Span::new().try_months(value),
        "d" => Span::new().try_days(value),
        "ww" => Span::new().try_weeks(value),
        "h" => Span::new().try_hours(value),
        "n" => Span::new().try_minutes(value),
        _ => Span::new().try_seconds(value),
    };
    let moved = span
        .and_then(|span| civil(instant).checked_add(span))
        .and_then(|when| Offset::UTC.to_timestamp(when));
    moved
        .map(|instant| write(instant).into())
        .map_err(|_| format!("{value} {interval} from there is no date"))
}

/// `DateDiff(interval, date1, date2)`: years, months and weeks by the calendar, the others by whole units, as
/// Visual Basic counts.
pub(super) fn difference(arguments: &[Argument<'_>]) -> Given {
    let interval = interval(&arguments[0])?;
    let (Some(one), Some(other)) = (date(&arguments[1])?, date(&arguments[2])?) else {
        return Ok(Argument::Nothing);
    };
    let (from, to) = (civil(one), civil(other));
    let seconds = other.as_second() - one.as_second();
    let months = |when: DateTime| i64::from(when.year()) * 12 + i64::from(when.month());
    Ok(Argument::Integer(match interval {
        "yyyy" => i64::from(to.year()) - i64::from(from.year()),
        "m" => months(to) - months(from),
        "ww" => {
            let week = |when: DateTime| {
                when.date().duration_since(jiff::civil::date(1, 1, 1)).as_hours() / 24 - since_sunday(when)
            };
            (week(to) - week(from)) / 7
        }
        "d" => seconds / 86_400,
        "h" => seconds / 3_600,
        "n" => seconds / 60,
        _ => seconds,
    }))
}

fn since_sunday(when: DateTime) -> i64 {
    i64::from(Weekday::Sunday.until(when.weekday()))
}

fn civil(instant: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(instant)
}

fn interval(argument: &Argument<'_>) -> Result<&'static str, String> {
    let word = argument.text()?.unwrap_or_default();
    let known = INTERVALS.into_iter().find(|one| *one == word);
    known.ok_or_else(|| {
        format!(
            "`{word}` is not an interval; it is one of {}",
            INTERVALS.join(", ")
        )
    })
}

/// From 1601-01-01 to 1970-01-01.
const EPOCH_SECONDS: i64 = 11_644_473_600;
const TICKS: i64 = 10_000_000;

/// `DateFromNum(value)`: from hundreds of nanoseconds since 1601.
pub(super) fn from_number(arguments: &[Argument<'_>]) -> Given {
    let Some(ticks) = arguments[0].integer()? else {
        return Ok(Argument::Nothing);
    };
    let instant = Timestamp::from_second(ticks.div_euclid(TICKS) - EPOCH_SECONDS)
        .map_err(|_| format!("{ticks} is no date"))?;
    Ok(write(instant).into())
}

/// `NumFromDate(value)`: hundreds of nanoseconds since 1601.
pub(super) fn to_number(arguments: &[Argument<'_>]) -> Given {
    let Some(instant) = date(&arguments[0])? else {
        return Ok(Argument::Nothing);
    };
    let ticks = instant.as_second() + EPOCH_SECONDS;
    let part = i64::from(instant.subsec_nanosecond()) / 100;
    Ok(ticks
        .checked_mul(TICKS)
        .map_or(Argument::Nothing, |ticks| Argument::Integer(ticks + part)))
}

/// The styles of .NET that change nothing here, where white space around a date is always allowed and no
/// offset means UTC.
const STYLES: [&str; 9] = [
    "None",
    "AllowLeadingWhite",
    "AllowTrailingWhite",
    "AllowInnerWhite",
    "AllowWhiteSpaces",
    "NoCurrentDateDefault",
    "AdjustToUniversal",
    "AssumeUniversal",
    "RoundtripKind",
];

/// `FormatDateTime(source, dateTimeStyles, inputFormat, outputFormat)`.
pub(super) fn format(arguments: &[Argument<'_>]) -> Given {
    let styles = arguments[1].text()?.unwrap_or_default();
    for style in styles
        .split([',', '|'])
        .map(|style| style.trim().trim_start_matches("DateTimeStyles."))
        .filter(|style| !style.is_empty())
    {
        if !STYLES.contains(&style) {
            return Err(format!(
                "the style `{style}` is not known; a time without an offset is UTC, wherever wpsync runs"
            ));
        }
    }
    let form = |at: usize| {
        arguments[at]
            .text()?
            .ok_or_else(|| "a form of dates is missing".to_owned())
    };
    let (input, output) = (form(2)?, form(3)?);
    let Some(source) = arguments[0].text()?.filter(|source| !source.is_empty()) else {
        return Ok(Argument::Nothing);
    };
    let instant = DateFormat::compile(&input)?.read(&source);
    let instant = instant.ok_or_else(|| format!("`{source}` is not a date of the form `{input}`"))?;
    Ok(DateFormat::compile(&output)?.write(instant).into())
}
