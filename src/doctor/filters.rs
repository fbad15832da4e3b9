//! Whether look-ups by filter find what is there, and nothing else. A service that ignores a filter answers
//! with everybody.

use serde_json::Value as Json;

use super::answer::{Answer, Probe, text};
use super::listing::List;
use super::{Finding, Report, Verdict};
use crate::dialect::Dialect;
use crate::dialect::Otherwise;
use crate::model::Kind;

/// A value that nobody has.
const NOBODY: &str = "wpsync-doctor-nobody-has-this";

/// Examines the look-ups of a kind.
pub(super) async fn examine(probe: &Probe, dialect: &Dialect, list: &List, report: &mut Report) {
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
    for name in names {
        let said = lookup.iter().any(|known| known.eq_ignore_ascii_case(name));
        by(probe, list, name, said, report).await;
    }
    unknown(probe, dialect, list, report).await;
}

async fn ask(probe: &Probe, list: &List, filter: &str) -> Answer {
    probe.get(&[list.kind.endpoint()], &[("filter", filter)]).await
}

/// One attribute: a value that is there, the same in other letters, and one that nobody has.
async fn by(probe: &Probe, list: &List, name: &str, said: bool, report: &mut Report) {
    let expected = if said {
        "looked up by it"
    } else {
        "not looked up by it"
    };
    let question = format!("{}: find by {name}", list.kind.plural());
    let nobody = ask(probe, list, &format!("{name} eq \"{NOBODY}\"")).await;
    let everybody = !nobody.rows().is_empty();
    let Some(value) = list.first.rows().iter().find_map(|row| text(row, name)) else {
        let service = if everybody {
            "answers with others"
        } else {
            "nobody on the first page has one"
        };
        return report.add(question, Finding::new(Verdict::Unknown, service, expected));
    };
    let found = ask(probe, list, &format!("{name} eq {}", Json::from(value))).await;
    let is = |row: &Json| text(row, name).is_some_and(|held| held.to_lowercase() == value.to_lowercase());
    let others = found.rows().iter().filter(|row| !is(row)).count();
    let works = found.is_list() && !found.rows().is_empty() && others == 0 && !everybody;
    let service = match () {
        () if works => "found, and nobody else".to_owned(),
        () if !found.is_list() => found.said(),
        () if everybody || others > 0 => "the filter is ignored: others are returned".into(),
        () => "not found, though it is listed".into(),
    };
    let verdict = match (works, said) {
        (true, true) | (false, false) => Verdict::Agrees,
        (true, false) => Verdict::Differs,
        (false, true) => Verdict::Problem,
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
}

/// The same name in other letters, which RFC 7643 takes for the same.
async fn letters(probe: &Probe, list: &List, name: &str, value: &str, report: &mut Report) {
    let upper = value.to_uppercase();
    let other = if upper == value {
        value.to_lowercase()
    } else {
        upper
    };
    if other == value {
        return;
    }
    let found = ask(probe, list, &format!("{name} eq {}", Json::from(other))).await;
    let agrees = !found.rows().is_empty();
    let service = if agrees { "found" } else { "not found" };
    let finding = Finding::new(Verdict::of(agrees), service, "found");
    report.add(
        format!("{}: {name} in capitals", list.kind.plural()),
        finding.or("keep to the directory's own spelling in the sources"),
    );
}

/// A filter on an attribute that does not exist.
async fn unknown(probe: &Probe, dialect: &Dialect, list: &List, report: &mut Report) {
    let answer = ask(probe, list, &format!("wpsyncDoctor eq \"{NOBODY}\"")).await;
    let (does, service) = match () {
        () if answer.is_list() && !answer.rows().is_empty() => {
            (Otherwise::Everybody, "everybody is returned".to_owned())
        }
        () if answer.is_list() => (Otherwise::Nobody, "nobody is returned".into()),
        () => (Otherwise::Refused, format!("refused ({})", answer.said())),
    };
    let word = |otherwise: Otherwise| format!("{otherwise:?}").to_lowercase();
    let said = dialect.emulation.filters.otherwise;
    let finding = Finding::new(
        Verdict::of(does == said || does == Otherwise::Refused),
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
