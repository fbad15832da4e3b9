//! Functions of dates. A date is a text in UTC of the form `M/d/yyyy h:mm:ss tt`, in which Entra passes
//! dates between functions. Other usual forms are read, too.

use std::sync::LazyLock;

use jiff::civil::{DateTime, Weekday};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

use super::argument::{Argument, ComputedValue};
use super::date_format::DateFormat;
use super::error::FunctionError;

/// The units of time.
pub(crate) const INTERVALS: [&str; 7] = ["yyyy", "m", "d", "ww", "h", "n", "s"];

/// The forms of dates that are read. The first form that fits counts, and dates are written in the first
/// form.
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

/// Writes a date in the first form of [`FORMS`], in which functions pass dates to each other.
pub(crate) fn write(instant: Timestamp) -> String {
    KNOWN[0].write(instant)
}

fn date(argument: &Argument<'_>) -> Result<Option<Timestamp>, FunctionError> {
    let Some(text) = argument.text()?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    read(&text)
        .map(Some)
        .ok_or_else(|| FunctionError::NotADate(text.into_owned()))
}

/// `CDate(expression)`.
pub(super) fn c_date(arguments: &[Argument<'_>]) -> ComputedValue {
    Ok(date(&arguments[0])?.map_or(Argument::Nothing, |instant| write(instant).into()))
}

/// `DateAdd(interval, value, dateTime)`. If the month does not have the day, the result is its last day.
pub(super) fn add(arguments: &[Argument<'_>]) -> ComputedValue {
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
        .map_err(|_| FunctionError::MovedBeyondCalendar { value, interval })
}

/// `DateDiff(interval, date1, date2)`, counted as in Visual Basic: years, months and weeks by the calendar,
/// other intervals in whole units.
pub(super) fn difference(arguments: &[Argument<'_>]) -> ComputedValue {
    let interval = interval(&arguments[0])?;
    let (Some(start), Some(end)) = (date(&arguments[1])?, date(&arguments[2])?) else {
        return Ok(Argument::Nothing);
    };
    let (from, to) = (civil(start), civil(end));
    let seconds = end.as_second() - start.as_second();
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

fn interval(argument: &Argument<'_>) -> Result<&'static str, FunctionError> {
    let word = argument.text()?.unwrap_or_default();
    let known = INTERVALS.into_iter().find(|interval| *interval == word);
    known.ok_or_else(|| FunctionError::NotAnInterval(word.into_owned()))
}

/// The seconds from 1601-01-01 to 1970-01-01.
const EPOCH_SECONDS: i64 = 11_644_473_600;
const TICKS: i64 = 10_000_000;

/// `DateFromNum(value)`: the date of a number of 100-nanosecond units since 1601.
pub(super) fn from_number(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(ticks) = arguments[0].integer()? else {
        return Ok(Argument::Nothing);
    };
    let instant = Timestamp::from_second(ticks.div_euclid(TICKS) - EPOCH_SECONDS)
        .map_err(|_| FunctionError::BeyondCalendar(ticks))?;
    Ok(write(instant).into())
}

/// `NumFromDate(value)`: the number of 100-nanosecond units from 1601 to a date.
pub(super) fn to_number(arguments: &[Argument<'_>]) -> ComputedValue {
    let Some(instant) = date(&arguments[0])? else {
        return Ok(Argument::Nothing);
    };
    let ticks = instant.as_second() + EPOCH_SECONDS;
    let part = i64::from(instant.subsec_nanosecond()) / 100;
    Ok(ticks
        .checked_mul(TICKS)
        .map_or(Argument::Nothing, |ticks| Argument::Integer(ticks + part)))
}

/// The .NET styles that have no effect here: white space around a date is always allowed, and a date without
/// an offset is in UTC.
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
pub(super) fn format(arguments: &[Argument<'_>]) -> ComputedValue {
    let styles = arguments[1].text()?.unwrap_or_default();
    for style in styles
        .split([',', '|'])
        .map(|style| style.trim().trim_start_matches("DateTimeStyles."))
        .filter(|style| !style.is_empty())
    {
        if !STYLES.contains(&style) {
            return Err(FunctionError::UnknownStyle(style.to_owned()));
        }
    }
    let form = |at: usize| arguments[at].text()?.ok_or(FunctionError::MissingDateForm);
    let (input, output) = (form(2)?, form(3)?);
    let Some(source) = arguments[0].text()?.filter(|source| !source.is_empty()) else {
        return Ok(Argument::Nothing);
    };
    let instant = DateFormat::compile(&input)?.read(&source);
    let instant = instant.ok_or_else(|| FunctionError::NotOfForm {
        text: source.into_owned(),
        form: input.into_owned(),
    })?;
    Ok(DateFormat::compile(&output)?.write(instant).into())
}
