//! Examines whether a look-up by filter finds exactly what it asks for. A service that ignores filters
//! answers with everybody.

use serde_json::Value as Json;

use super::answer::{Probe, ProbeAnswer, text};
use super::listing::ListSample;
use super::report::{Conformance, DoctorReport, Finding};
use crate::dialect::{Dialect, Otherwise};
use crate::model::Kind;

/// A value that nobody has.
const NOBODY: &str = "wpsync-doctor-nobody-has-this";

/// Examines the look-ups of a kind.
pub(super) async fn examine(probe: &Probe, dialect: &Dialect, list: &ListSample, report: &mut DoctorReport) {
    if !list.first.is_list() {
        return;
    }
    let (names, lookup) = match list.kind {
        Kind::User => (
            &["userName", "externalId", "displayName"][..],
            &dialect.lookup.users,
        ),
        Kind::Group => (&["displayName", "externalId"][..], &dialect.lookup.groups),
    };
    let mut working = Vec::new();
    let mut differs = false;
    for name in names {
        let expectation = if lookup.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            Expectation::LookedUp
        } else {
            Expectation::NotLookedUp
        };
        let works = by(probe, list, name, expectation, report).await;
        let expected = expectation == Expectation::LookedUp;
        differs |= works.is_some_and(|works| works != expected);
        if works.unwrap_or(expected) {
            working.push((*name).to_owned());
        }
    }
    if differs {
        let is_examined = |known: &&String| names.iter().any(|name| known.eq_ignore_ascii_case(name));
        working.extend(lookup.iter().filter(|known| !is_examined(known)).cloned());
        report.rows.look_up_by(list.kind, working);
    }
    unknown(probe, dialect, list, report).await;
}

async fn ask(probe: &Probe, list: &ListSample, filter: &str) -> ProbeAnswer {
    probe.get(&[list.kind.endpoint()], &[("filter", filter)]).await
}

/// What the dialect says about an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expectation {
    /// wpsync looks people or groups up by it.
    LookedUp,
    /// wpsync does not look people or groups up by it.
    NotLookedUp,
}

/// Examines an attribute: a value that exists, the same value in another case, and a value that nobody has.
/// Says whether the look-up works, where that can be told.
async fn by(
    probe: &Probe,
    list: &ListSample,
    name: &str,
    expectation: Expectation,
    report: &mut DoctorReport,
) -> Option<bool> {
    let expected = match expectation {
        Expectation::LookedUp => "looked up by it",
        Expectation::NotLookedUp => "not looked up by it",
    };
    let question = format!("{}: find by {name}", list.kind.plural());
    let nobody = ask(probe, list, &format!("{name} eq \"{NOBODY}\"")).await;
    let everybody = !nobody.rows().is_empty();
    let Some(value) = list.first.rows().iter().find_map(|row| text(row, name)) else {
        let (service, verdict) = match (everybody, expectation) {
            (true, Expectation::LookedUp) => ("answers with others", Conformance::Problem),
            (true, Expectation::NotLookedUp) => ("answers with others", Conformance::Agrees),
            (false, _) => ("nobody on the first page has one", Conformance::Unknown),
        };
        let hint = format!(
            "take {name} out of `lookup: {}:` in the dialect",
            list.kind.plural()
        );
        report.add(question, Finding::new(verdict, service, expected).or(hint));
        return everybody.then_some(false);
    };
    let found = ask(probe, list, &format!("{name} eq {}", Json::from(value))).await;
    let is = |row: &Json| text(row, name).is_some_and(|held| held.to_lowercase() == value.to_lowercase());
    let others = found.rows().iter().filter(|row| !is(row)).count();
    let works = found.is_list() && !found.rows().is_empty() && others == 0 && !everybody;
    let service = if works {
        "found, and nobody else".to_owned()
    } else if !found.is_list() {
        found.said()
    } else if everybody || others > 0 {
        "the filter is ignored: others are returned".into()
    } else {
        "not found, though it is listed".into()
    };
    let verdict = match (works, expectation) {
        (true, Expectation::LookedUp) | (false, Expectation::NotLookedUp) => Conformance::Agrees,
        (true, Expectation::NotLookedUp) => Conformance::Differs,
        (false, Expectation::LookedUp) => Conformance::Problem,
    };
    let which = list.kind.plural();
    let hint = if works {
        format!("add {name} to `lookup: {which}:` in the dialect")
    } else {
        format!("take {name} out of `lookup: {which}:` in the dialect")
    };
    report.add(question, Finding::new(verdict, service, expected).or(hint));
    if works && name != "externalId" {
        letters(probe, list, name, value, report).await;
    }
    Some(works)
}

/// Examines whether a name is found in another case, as RFC 7643 asks.
async fn letters(probe: &Probe, list: &ListSample, name: &str, value: &str, report: &mut DoctorReport) {
    let upper = value.to_uppercase();
    let recased = if upper == value {
        value.to_lowercase()
    } else {
        upper
    };
    if recased == value {
        return;
    }
    let found = ask(probe, list, &format!("{name} eq {}", Json::from(recased))).await;
    let agrees = !found.rows().is_empty();
    let service = if agrees { "found" } else { "not found" };
    let finding = Finding::new(Conformance::comparing(agrees, true), service, "found");
    report.add(
        format!("{}: {name} in capitals", list.kind.plural()),
        finding.or("keep to the directory's own spelling in the sources"),
    );
}

/// Examines a filter on an attribute that does not exist.
async fn unknown(probe: &Probe, dialect: &Dialect, list: &ListSample, report: &mut DoctorReport) {
    let answer = ask(probe, list, &format!("wpsyncDoctor eq \"{NOBODY}\"")).await;
    let (does, service) = if !answer.is_list() {
        (Otherwise::Refused, format!("refused ({})", answer.said()))
    } else if answer.rows().is_empty() {
        (Otherwise::Nobody, "nobody is returned".to_owned())
    } else {
        (Otherwise::Everybody, "everybody is returned".to_owned())
    };
    let word = |otherwise: Otherwise| format!("{otherwise:?}").to_lowercase();
    let said = dialect.emulation.filters.otherwise;
    let finding = Finding::new(
        Conformance::comparing(does == said || does == Otherwise::Refused, true),
        service,
        format!("filters otherwise {}", word(said)),
    );
    let hint = format!(
        "set `filters: {{ otherwise: {} }}` in the dialect; wpsync checks every row that a look-up returns",
        word(does)
    );
    report.add(
        format!("{}: an unknown filter", list.kind.plural()),
        finding.or(hint),
    );
}
