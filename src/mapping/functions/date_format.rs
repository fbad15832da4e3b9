//! Forms of dates as .NET writes them (`yyyy-MM-ddTHH:mm:ssK`), which Entra's expressions use. Names are
//! English, the calendar is the Gregorian one, and a date without an offset is in UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// A compiled form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DateFormat(Vec<FormPart>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum FormPart {
    /// A letter that stands for a part of the date, and its number of repetitions.
    Field(char, usize),
    Literal(char),
}

/// Why a text is not a date format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DateFormatError {
    /// A letter is repeated more often than it may be.
    #[error("`{form}` is not a form of dates: {count} times `{letter}` means nothing")]
    TooOften {
        /// The form.
        form: String,
        /// The letter.
        letter: char,
        /// The number of repetitions.
        count: usize,
    },
    /// A quote has no end.
    #[error("`{0}` is not a form of dates: a quote has no end")]
    OpenQuote(String),
    /// Nothing follows a backslash.
    #[error("`{0}` ends in a backslash")]
    OpenEscape(String),
    /// A letter that .NET knows and wpsync does not.
    #[error("`{form}` is not a form of dates that wpsync knows: `{letter}`")]
    UnknownLetter {
        /// The form.
        form: String,
        /// The letter.
        letter: char,
    },
    /// No letter stands for a part of a date.
    #[error("`{0}` is not a form of dates: write it as `yyyy-MM-dd`")]
    NoField(String),
}

/// The parts of a date that have been read so far.
struct DateParts {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    is_afternoon: Option<bool>,
    offset: Offset,
}

impl DateFormat {
    /// Compiles a form.
    ///
    /// # Errors
    /// If a letter means nothing in the form, a quote or an escape has no end, or no letter stands for a part
    /// of a date.
    pub(crate) fn compile(form: &str) -> Result<Self, DateFormatError> {
        let mut parts = Vec::new();
        let mut rest = form.chars().peekable();
        while let Some(letter) = rest.next() {
            match letter {
                'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'K' => {
                    let mut count = 1;
                    while rest.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    if count > most(letter) {
                        return Err(DateFormatError::TooOften {
                            form: form.to_owned(),
                            letter,
                            count,
                        });
                    }
                    parts.push(FormPart::Field(letter, count));
                }
                '\'' | '"' => loop {
                    match rest.next() {
                        Some(end) if end == letter => break,
                        Some(literal) => parts.push(FormPart::Literal(literal)),
                        None => return Err(DateFormatError::OpenQuote(form.to_owned())),
                    }
                },
                '\\' => {
                    let escaped = rest.next();
                    parts.push(FormPart::Literal(
                        escaped.ok_or_else(|| DateFormatError::OpenEscape(form.to_owned()))?,
                    ));
                }
                'g' | '%' => {
                    return Err(DateFormatError::UnknownLetter {
                        form: form.to_owned(),
                        letter,
                    });
                }
                literal => parts.push(FormPart::Literal(literal)),
            }
        }
        if parts.iter().any(|part| matches!(part, FormPart::Field(..))) {
            return Ok(Self(parts));
        }
        Err(DateFormatError::NoField(form.to_owned()))
    }

    /// Reads a date; `None` if the text as a whole does not have this form.
    pub(crate) fn read(&self, text: &str) -> Option<Timestamp> {
        let mut found = DateParts {
            year: 1,
            month: 1,
            day: 1,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            is_afternoon: None,
            offset: Offset::UTC,
        };
        let mut rest = text.trim();
        for part in &self.0 {
            rest = match part {
                FormPart::Literal(literal) => rest.strip_prefix(*literal)?,
                FormPart::Field(letter, count) => found.take(*letter, *count, rest)?,
            };
        }
        if rest.is_empty() { found.instant() } else { None }
    }

    /// Writes an instant in this form, in UTC.
    pub(crate) fn write(&self, instant: Timestamp) -> String {
        let when = Offset::UTC.to_datetime(instant);
        let mut text = String::new();
        for part in &self.0 {
            match part {
                FormPart::Literal(literal) => text.push(*literal),
                FormPart::Field(letter, count) => text.push_str(&written(when, *letter, *count)),
            }
        }
        text
    }
}

const fn most(letter: char) -> usize {
    match letter {
        'K' => 1,
        'H' | 'h' | 'm' | 's' | 't' => 2,
        'z' => 3,
        'M' | 'd' | 'y' => 4,
        _ => 7,
    }
}

impl DateParts {
    /// Reads a field at the start of a text and returns the rest.
    fn take<'t>(&mut self, letter: char, count: usize, text: &'t str) -> Option<&'t str> {
        let (least, most) = if count == 1 { (1, 2) } else { (2, 2) };
        let number = |least, most, field: &mut i8| {
            let (value, rest) = digits(text, least, most)?;
            *field = i8::try_from(value).ok()?;
            Some(rest)
        };
        match letter {
            'y' if count == 2 => {
                let (value, rest) = digits(text, 2, 2)?;
                let year = i16::try_from(value).ok()?;
                self.year = if year < 50 { 2000 + year } else { 1900 + year };
                Some(rest)
            }
            'y' => {
                let (value, rest) = digits(text, 4, 4)?;
                self.year = i16::try_from(value).ok()?;
                Some(rest)
            }
            'M' if count > 2 => {
                let (at, rest) = name(text, &MONTHS, count)?;
                self.month = i8::try_from(at + 1).ok()?;
                Some(rest)
            }
            'd' if count > 2 => name(text, &DAYS, count).map(|(_, rest)| rest),
            'M' => number(least, most, &mut self.month),
            'd' => number(least, most, &mut self.day),
            'H' | 'h' => number(least, most, &mut self.hour),
            'm' => number(least, most, &mut self.minute),
            's' => number(least, most, &mut self.second),
            'f' | 'F' => {
                let length = text.bytes().take(count).take_while(u8::is_ascii_digit).count();
                if letter == 'f' && length != count {
                    return None;
                }
                let places = u32::try_from(9 - length).ok()?;
                self.nanosecond = format!("0{}", &text[..length]).parse::<i32>().ok()? * 10_i32.pow(places);
                Some(&text[length..])
            }
            't' => {
                let (half, rest) = text.split_at_checked(count)?;
                let is_afternoon = match half.to_ascii_uppercase().as_str() {
                    "A" | "AM" => false,
                    "P" | "PM" => true,
                    _ => return None,
                };
                self.is_afternoon = Some(is_afternoon);
                Some(rest)
            }
            _ if letter == 'K' && !text.starts_with(['Z', '+', '-']) => Some(text),
            _ => self.take_offset(text),
        }
    }

    fn take_offset<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix('Z') {
            return Some(rest);
        }
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 1, 2)?;
        let (minutes, rest) = match rest.strip_prefix(':') {
            Some(rest) => digits(rest, 2, 2)?,
            None if rest.starts_with(|first: char| first.is_ascii_digit()) => digits(rest, 2, 2)?,
            None => (0, rest),
        };
        self.offset = Offset::from_seconds(sign * (i32::from(hours) * 60 + i32::from(minutes)) * 60).ok()?;
        Some(rest)
    }

    fn instant(&self) -> Option<Timestamp> {
        let hour = match self.is_afternoon {
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(is_afternoon) => self.hour % 12 + if is_afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let date = Date::new(self.year, self.month, self.day).ok()?;
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        self.offset.to_timestamp(DateTime::from_parts(date, time)).ok()
    }
}

fn digits(text: &str, least: usize, most: usize) -> Option<(u16, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// A name in the length that `count` repetitions of its letter ask for: three letters, or the whole name.
fn shortened(name: &'static str, count: usize) -> &'static str {
    if count == 3 { &name[..3] } else { name }
}

/// Finds the name at the start of a text. Returns its position in `names` and the rest of the text.
fn name<'t>(text: &'t str, names: &[&'static str], count: usize) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = shortened(name, count);
        let start = text.get(..name.len())?;
        start
            .eq_ignore_ascii_case(name)
            .then(|| (at, &text[name.len()..]))
    })
}

fn written(when: DateTime, letter: char, count: usize) -> String {
    let two = |number: i8| {
        if count == 1 {
            number.to_string()
        } else {
            format!("{number:02}")
        }
    };
    let place = |number: i8| usize::try_from(number - 1).unwrap_or(0);
    let twelve = |hour: i8| if hour % 12 == 0 { 12 } else { hour % 12 };
    match letter {
        'y' if count == 2 => format!("{:02}", when.year() % 100),
        'y' => format!("{:04}", when.year()),
        'M' if count > 2 => shortened(MONTHS[place(when.month())], count).to_owned(),
        'd' if count > 2 => shortened(DAYS[place(when.weekday().to_monday_one_offset())], count).to_owned(),
        'M' => two(when.month()),
        'd' => two(when.day()),
        'H' => two(when.hour()),
        'h' => two(twelve(when.hour())),
        'm' => two(when.minute()),
        's' => two(when.second()),
        'f' => format!("{:09}", when.subsec_nanosecond())[..count].to_owned(),
        'F' => format!("{:09}", when.subsec_nanosecond())[..count]
            .trim_end_matches('0')
            .to_owned(),
        't' => ["AM", "PM"][usize::from(when.hour() >= 12)][..count].to_owned(),
        'K' => "Z".to_owned(),
        _ => ["+0", "+00", "+00:00"][count - 1].to_owned(),
    }
}
