//! Reads `allowed_signers`, OpenSSH's file of who may sign: `principals [options] key`, one entry per line
//! (ssh-keygen(1), ALLOWED SIGNERS).
//!
//! A line that is not understood in full is ignored, with a problem that says why. So a line never allows
//! more than it says. Two forms that ssh-keygen takes are not understood on purpose: certificate authorities,
//! and times without `Z`, whose meaning depends on the machine.

use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::patterns;

/// Who may sign.
#[derive(Clone, Debug, Default)]
pub struct AllowedSigners {
    pub(super) lines: Vec<SignerLine>,
    problems: Vec<LineProblem>,
}

/// A line that is ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is ignored: {reason}")]
pub struct LineProblem {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub reason: NotUnderstood,
}

/// Why a line is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NotUnderstood {
    #[error("principals in quotation marks are not understood")]
    QuotedPrincipals,
    #[error("there is no key")]
    NoKey,
    #[error("there is no key that is understood (ed25519, ecdsa, or their sk- forms)")]
    UnknownKey,
    #[error("a quotation mark is not closed")]
    OpenQuotation,
    #[error("certificate authorities are not supported")]
    CertificateAuthority,
    #[error("it has an option that is not known")]
    UnknownOption,
    #[error("an option has no value")]
    NoValue,
    #[error("an option's value is not in quotation marks")]
    UnquotedValue,
    #[error("an option stands twice")]
    OptionTwice,
    #[error("its valid-before is not after its valid-after")]
    NeverValid,
    #[error("a time has no Z at its end, so it would differ from machine to machine")]
    LocalTime,
    #[error("a time is not YYYYMMDD[HHMM[SS]]Z")]
    NotATime,
}

/// A line that was understood.
#[derive(Clone, Debug)]
pub(super) struct SignerLine {
    /// Names and patterns, joined by commas.
    pub principals: String,
    pub key: KeyData,
    options: LineOptions,
}

#[derive(Clone, Debug, Default)]
struct LineOptions {
    namespaces: Option<String>,
    valid_after: Option<jiff::Timestamp>,
    valid_before: Option<jiff::Timestamp>,
}

/// Why a line does not let its key sign: its options exclude the purpose or the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excluded {
    /// `namespaces` does not cover the purpose.
    Namespace,
    /// `valid-after` is later.
    NotYetValid,
    /// `valid-before` is past.
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
            match SignerLine::parse(line) {
                Ok(line) => signers.lines.push(line),
                Err(reason) => signers.problems.push(LineProblem {
                    line: number + 1,
                    reason,
                }),
            }
        }
        signers
    }

    /// The lines that were ignored.
    pub fn problems(&self) -> &[LineProblem] {
        &self.problems
    }
}

impl SignerLine {
    /// Checks that the line lets its key sign for a namespace at a time.
    pub(crate) fn permits(&self, namespace: &str, now: jiff::Timestamp) -> Result<(), Excluded> {
        let options = &self.options;
        let second = now.as_second();
        let covers = |list: &String| patterns::covers(list, namespace);
        if !options.namespaces.as_ref().is_none_or(covers) {
            return Err(Excluded::Namespace);
        }
        if options
            .valid_after
            .is_some_and(|after| second < after.as_second())
        {
            return Err(Excluded::NotYetValid);
        }
        if options
            .valid_before
            .is_some_and(|before| second > before.as_second())
        {
            return Err(Excluded::Expired);
        }
        Ok(())
    }

    fn parse(line: &str) -> Result<Self, NotUnderstood> {
        if line.starts_with('"') {
            return Err(NotUnderstood::QuotedPrincipals);
        }
        let (principals, rest) = line.split_once([' ', '\t']).ok_or(NotUnderstood::NoKey)?;
        let rest = rest.trim_start_matches([' ', '\t']);
        let begins_with_a_key = ["ssh-", "ecdsa-", "sk-"]
            .iter()
            .any(|beginning| rest.starts_with(beginning));
        let (options, key) = match key(rest) {
            Some(key) => (LineOptions::default(), key),
            None if begins_with_a_key => return Err(NotUnderstood::UnknownKey),
            None => {
                let (options, rest) = past_options(rest)?;
                let options = LineOptions::parse(options)?;
                (options, key(rest).ok_or(NotUnderstood::UnknownKey)?)
            }
        };
        Ok(Self {
            principals: principals.to_owned(),
            key,
            options,
        })
    }
}

/// Reads a public key: `ssh-ed25519 AAAA… comment`.
pub(super) fn key(text: &str) -> Option<KeyData> {
    let mut words = text.split_ascii_whitespace();
    let (algorithm, encoded) = (words.next()?, words.next()?);
    PublicKey::from_openssh(&format!("{algorithm} {encoded}"))
        .ok()
        .map(|key| key.key_data().clone())
}

/// Splits a text at the first blank that is not in quotation marks.
fn past_options(text: &str) -> Result<(&str, &str), NotUnderstood> {
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
        NotUnderstood::OpenQuotation
    } else {
        NotUnderstood::NoKey
    })
}

impl LineOptions {
    fn parse(text: &str) -> Result<Self, NotUnderstood> {
        let mut options = Self::default();
        let mut rest = text;
        loop {
            let end = rest.find(['=', ',']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.eq_ignore_ascii_case("cert-authority") {
                return Err(NotUnderstood::CertificateAuthority);
            }
            let known = ["namespaces", "valid-after", "valid-before"]
                .into_iter()
                .find(|known| name.eq_ignore_ascii_case(known));
            let known = known.ok_or(NotUnderstood::UnknownOption)?;
            let (value, after) = quoted(after.strip_prefix('=').ok_or(NotUnderstood::NoValue)?)?;
            match known {
                "namespaces" => once(&mut options.namespaces, value)?,
                "valid-after" => once(&mut options.valid_after, time(&value)?)?,
                _ => once(&mut options.valid_before, time(&value)?)?,
            }
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None if after.is_empty() => break,
                None => return Err(NotUnderstood::UnknownOption),
            }
        }
        match (options.valid_after, options.valid_before) {
            (Some(after), Some(before)) if before <= after => Err(NotUnderstood::NeverValid),
            _ => Ok(options),
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), NotUnderstood> {
    if place.replace(value).is_some() {
        Err(NotUnderstood::OptionTwice)
    } else {
        Ok(())
    }
}

/// Reads a value in quotation marks, in which `\"` means a quotation mark. Returns the value and the text
/// after it.
fn quoted(text: &str) -> Result<(String, &str), NotUnderstood> {
    let mut rest = text.strip_prefix('"').ok_or(NotUnderstood::UnquotedValue)?;
    let mut value = String::new();
    loop {
        if let Some(after) = rest.strip_prefix("\\\"") {
            value.push('"');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('"') {
            return Ok((value, after));
        } else {
            let mut characters = rest.chars();
            value.push(characters.next().ok_or(NotUnderstood::OpenQuotation)?);
            rest = characters.as_str();
        }
    }
}

/// Reads a time in UTC: `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`.
fn time(text: &str) -> Result<jiff::Timestamp, NotUnderstood> {
    let digits = text.strip_suffix(['Z', 'z']).ok_or(NotUnderstood::LocalTime)?;
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotUnderstood::NotATime);
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
    moment
        .filter(|moment| moment.as_second() > 0)
        .ok_or(NotUnderstood::NotATime)
}
