//! Forms of dates as .NET writes them (`yyyy-MM-ddTHH:mm:ssK`), which is how Entra's expressions say them.
//! English names, the Gregorian calendar, and an instant without an offset is UTC.

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
pub(crate) struct DateFormat(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// A specifier and how often its letter stands.
    Field(char, usize),
    Literal(char),
}

/// What has been read of a date.
struct Found {
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
    pub(crate) fn compile(form: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = form.chars().peekable();
        while let Some(one) = rest.next() {
            match one {
                'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'K' => {
                    let mut count = 1;
                    while rest.next_if_eq(&one).is_some() {
                        count += 1;
                    }
                    if count > most(one) {
                        return Err(format!(
                            "`{form}` is not a form of dates: {count} times `{one}` means nothing"
                        ));
                    }
                    parts.push(Part::Field(one, count));
                }
                '\'' | '"' => loop {
                    match rest.next() {
                        Some(end) if end == one => break,
                        Some(literal) => parts.push(Part::Literal(literal)),
                        None => return Err(format!("`{form}` is not a form of dates: a quote has no end")),
                    }
                },
                '\\' => parts.push(Part::Literal(
                    rest.next()
                        .ok_or_else(|| format!("`{form}` ends in a backslash"))?,
                )),
                'g' | '%' => {
                    return Err(format!(
                        "`{form}` is not a form of dates that wpsync knows: `{one}`"
                    ));
                }
                literal => parts.push(Part::Literal(literal)),
            }
        }
        if parts.iter().any(|part| matches!(part, Part::Field(..))) {
            return Ok(Self(parts));
        }
        Err(format!(
            "`{form}` is not a form of dates: write it as `yyyy-MM-dd`"
        ))
    }

    /// Reads a text of this form as a whole.
    pub(crate) fn read(&self, text: &str) -> Option<Timestamp> {
        let mut found = Found {
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
                Part::Literal(one) => rest.strip_prefix(*one)?,
                Part::Field(letter, count) => found.take(*letter, *count, rest)?,
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
                Part::Literal(one) => text.push(*one),
                Part::Field(letter, count) => text.push_str(&written(when, *letter, *count)),
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

impl Found {
    /// Takes a field off the front of a text; gives the rest.
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
                let (at, rest) = name(text, &MONTHS, count == 3)?;
                self.month = i8::try_from(at + 1).ok()?;
                Some(rest)
            }
            'd' if count > 2 => name(text, &DAYS, count == 3).map(|(_, rest)| rest),
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
            None if rest.starts_with(|one: char| one.is_ascii_digit()) => digits(rest, 2, 2)?,
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

fn name<'t>(text: &'t str, names: &[&str], is_short: bool) -> Option<(usize, &'t str)> {
    names.iter().enumerate().find_map(|(at, name)| {
        let name = if is_short { &name[..3] } else { name };
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
        'M' if count > 2 => MONTHS[place(when.month())][..if count == 3 {
            3
        } else {
            MONTHS[place(when.month())].len()
        }]
            .to_owned(),
        'd' if count > 2 => {
            let name = DAYS[place(when.weekday().to_monday_one_offset())];
            name[..if count == 3 { 3 } else { name.len() }].to_owned()
        }
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
