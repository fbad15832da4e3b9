//! `allowed_signers`, OpenSSH's file of who may sign: `principals [options] key`, one a line (ssh-keygen(1),
//! ALLOWED SIGNERS).
//!
//! A line that is not understood in full is ignored, with a problem that says why: it never allows more than
//! it says. Two things that ssh-keygen takes are not understood on purpose: certificate authorities, and
//! times without `Z`, whose meaning depends on the machine.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::patterns;

/// Who may sign.
#[derive(Clone, Debug, Default)]
pub struct AllowedSigners {
    pub(super) entries: Vec<Entry>,
    problems: Vec<LineProblem>,
}

/// A line that is ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is ignored: {reason}")]
pub struct LineProblem {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// A line that is understood.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Names and patterns, joined by commas.
    pub principals: String,
    pub key: KeyData,
    options: Options,
}

#[derive(Clone, Debug, Default)]
struct Options {
    namespaces: Option<String>,
    valid_after: Option<jiff::Timestamp>,
    valid_before: Option<jiff::Timestamp>,
}

/// Why a line does not allow a signature that its key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    Namespace,
    NotYetValid,
    Expired,
}

impl AllowedSigners {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Self {
        let mut signers = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match entry(line) {
                Ok(entry) => signers.entries.push(entry),
                Err(reason) => signers.problems.push(LineProblem {
                    line: number + 1,
                    reason,
                }),
            }
        }
        signers
    }

    /// The lines that are ignored.
    pub fn problems(&self) -> &[LineProblem] {
        &self.problems
    }
}

impl Entry {
    /// Whether the line allows its key to sign for a namespace at a time.
    pub fn permits(&self, namespace: &str, now: jiff::Timestamp) -> Result<(), Bar> {
        let Options {
            namespaces,
            valid_after,
            valid_before,
        } = &self.options;
        let second = now.as_second();
        match () {
            () if namespaces
                .as_ref()
                .is_some_and(|list| !patterns::covers(list, namespace)) =>
            {
                Err(Bar::Namespace)
            }
            () if valid_after.is_some_and(|after| second < after.as_second()) => Err(Bar::NotYetValid),
            () if valid_before.is_some_and(|before| second > before.as_second()) => Err(Bar::Expired),
            () => Ok(()),
        }
    }
}

fn entry(line: &str) -> Result<Entry, &'static str> {
    if line.starts_with('"') {
        return Err("principals in quotation marks are not understood");
    }
    let (principals, rest) = line.split_once([' ', '\t']).ok_or("there is no key")?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let unreadable = "there is no key that is understood (ed25519, ecdsa, or their sk- forms)";
    let (options, key) = match key(rest) {
        Some(key) => (Options::default(), key),
        None if ["ssh-", "ecdsa-", "sk-"]
            .iter()
            .any(|kind| rest.starts_with(kind)) =>
        {
            return Err(unreadable);
        }
        None => {
            let (options, rest) = past_options(rest)?;
            (parse_options(options)?, key(rest).ok_or(unreadable)?)
        }
    };
    Ok(Entry {
        principals: principals.to_owned(),
        key,
        options,
    })
}

/// `ssh-ed25519 AAAA… comment`
pub(super) fn key(text: &str) -> Option<KeyData> {
    let mut words = text.split_ascii_whitespace();
    let (algorithm, encoded) = (words.next()?, words.next()?);
    PublicKey::from_openssh(&format!("{algorithm} {encoded}"))
        .ok()
        .map(|key| key.key_data().clone())
}

/// Splits at the first blank that is not in quotation marks.
fn past_options(text: &str) -> Result<(&str, &str), &'static str> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if escaped => escaped = false,
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return Ok((&text[..at], text[at..].trim_start_matches([' ', '\t']))),
            _ => escaped = character == '\\',
        }
    }
    Err(if quoted {
        "a quotation mark is not closed"
    } else {
        "there is no key"
    })
}

fn parse_options(text: &str) -> Result<Options, &'static str> {
    let mut options = Options::default();
    let mut rest = text;
    loop {
        let end = rest.find(['=', ',']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.eq_ignore_ascii_case("cert-authority") {
            return Err("certificate authorities are not supported");
        }
        let known = ["namespaces", "valid-after", "valid-before"]
            .into_iter()
            .find(|known| name.eq_ignore_ascii_case(known));
        let known = known.ok_or("it has an option that is not known")?;
        let (value, after) = quoted(after.strip_prefix('=').ok_or("an option has no value")?)?;
        match known {
            "namespaces" => once(&mut options.namespaces, value)?,
            "valid-after" => once(&mut options.valid_after, time(&value)?)?,
            _ => once(&mut options.valid_before, time(&value)?)?,
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => break,
            None => return Err("it has an option that is not known"),
        }
    }
    match (options.valid_after, options.valid_before) {
        (Some(after), Some(before)) if before <= after => {
            Err("its valid-before is not after its valid-after")
        }
        _ => Ok(options),
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), &'static str> {
    if place.replace(value).is_some() {
        Err("an option stands twice")
    } else {
        Ok(())
    }
}

/// A value in quotation marks, in which `\"` is one; and what follows.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut rest = text
        .strip_prefix('"')
        .ok_or("an option's value is not in quotation marks")?;
    let mut value = String::new();
    loop {
        if let Some(after) = rest.strip_prefix("\\\"") {
            value.push('"');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            return Ok((value, after));
        } else {
            let mut characters = rest.chars();
            value.push(characters.next().ok_or("a quotation mark is not closed")?);
            rest = characters.as_str();
        }
    }
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`.
fn time(text: &str) -> Result<jiff::Timestamp, &'static str> {
    const WRONG: &str = "a time is not YYYYMMDD[HHMM[SS]]Z";
    let digits = text
        .strip_suffix(['Z', 'z'])
        .ok_or("a time has no Z at its end, so it would differ from machine to machine")?;
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WRONG);
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Ok(0), str::parse::<i8>);
    let civil = || -> Option<jiff::civil::DateTime> {
        let year = digits[..4].parse().ok()?;
        let date = jiff::civil::Date::new(year, part(4, 6).ok()?, part(6, 8).ok()?).ok()?;
        let time =
            jiff::civil::Time::new(part(8, 10).ok()?, part(10, 12).ok()?, part(12, 14).ok()?, 0).ok()?;
        Some(date.to_datetime(time))
    };
    let moment = civil()
        .and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|zoned| zoned.timestamp());
    moment.filter(|moment| moment.as_second() > 0).ok_or(WRONG)
}
