//! Examines lists: totals, pages, and what comes past the end.

use super::answer::{Probe, ProbeAnswer};
use super::report::{Conformance, DoctorReport, Finding};
use crate::dialect::{Dialect, Paging};
use crate::model::Kind;

/// The first page of a list, by which a service is judged.
pub(super) struct ListSample {
    pub(super) kind: Kind,
    pub(super) first: ProbeAnswer,
}

/// Examines the lists of a kind.
pub(super) async fn examine(
    probe: &Probe,
    dialect: &Dialect,
    kind: Kind,
    report: &mut DoctorReport,
) -> ListSample {
    let name = kind.plural();
    let endpoint = kind.endpoint();
    let asked = dialect.page_size.to_string();
    let query = [("startIndex", "1"), ("count", asked.as_str())];
    let first = probe
        .get(
            &[endpoint],
            if dialect.paging == Paging::None {
                &[]
            } else {
                &query
            },
        )
        .await;
    if !first.is_list() {
        let finding = Finding::new(Conformance::Problem, first.said(), "a list");
        report.add(
            format!("{name}: list"),
            finding.or(format!(
                "the service does not list {name}; may the token read them?"
            )),
        );
        return ListSample {
            kind,
            first: ProbeAnswer::default(),
        };
    }
    let total = first.total();
    let service = total.map_or_else(|| "no totalResults".into(), |total| total.to_string());
    let finding = Finding::new(Conformance::comparing(total.is_some(), true), service, "a number");
    report.add(
        format!("{name}: total"),
        finding.or("nothing to do: lists are walked until no new row comes"),
    );
    page_size(dialect, kind, &first, report);
    if dialect.paging == Paging::None {
        return ListSample { kind, first };
    }
    if let Some(total) = total {
        by_index(probe, kind, &first, total, report).await;
    }
    nothing_asked(probe, kind, report).await;
    cursors(probe, dialect, kind, report).await;
    ListSample { kind, first }
}

fn page_size(dialect: &Dialect, kind: Kind, first: &ProbeAnswer, report: &mut DoctorReport) {
    let given = first.rows().len() as u64;
    let asked = u64::from(dialect.page_size);
    let total = first.total().unwrap_or(given);
    let due = if dialect.paging == Paging::None {
        total
    } else {
        total.min(asked)
    };
    let verdict = if given > due {
        Conformance::Differs
    } else {
        Conformance::comparing(given, due)
    };
    let finding = Finding::new(verdict, page(first), format!("page_size {asked}"));
    report.add(
        format!("{}: a page", kind.plural()),
        finding.or(format!(
            "set `page_size: {given}` in the dialect: fewer wasted requests"
        )),
    );
}

/// Examines the second page and the page past the end.
async fn by_index(probe: &Probe, kind: Kind, first: &ProbeAnswer, total: u64, report: &mut DoctorReport) {
    let name = kind.plural();
    let (ids, given) = (first.ids(), first.rows().len() as u64);
    if given > 0 && given < total {
        let second = probe
            .get(
                &[kind.endpoint()],
                &[
                    ("startIndex", &(given + 1).to_string()),
                    ("count", &given.to_string()),
                ],
            )
            .await;
        let repeated = second.ids().iter().filter(|id| ids.contains(id)).count();
        let (verdict, service) = match second.rows().len() {
            0 => (Conformance::Problem, format!("{} and no rows", second.said())),
            _ if repeated > 0 => (Conformance::Problem, format!("{repeated} rows of page one again")),
            rows => (Conformance::Agrees, format!("{rows} other rows")),
        };
        let hint = "pages by startIndex do not work: set `paging: cursor` if the service has cursors";
        report.add(
            format!("{name}: page two"),
            Finding::new(verdict, service, "other rows").or(hint),
        );
    }
    let past = probe
        .get(
            &[kind.endpoint()],
            &[("startIndex", &(total + 1).to_string()), ("count", "10")],
        )
        .await;
    let rows = past.ids();
    let (verdict, service) = match past.status {
        Some(200) if rows.is_empty() => (Conformance::Agrees, "no rows".to_owned()),
        Some(200) if rows.iter().all(|id| ids.contains(id)) => {
            (Conformance::Differs, "rows of before again".into())
        }
        Some(200) => (
            Conformance::Differs,
            format!("{} more rows: totalResults is too small", rows.len()),
        ),
        _ => (Conformance::Differs, past.said()),
    };
    let finding = Finding::new(verdict, service, "no rows");
    report.add(
        format!("{name}: past the end"),
        finding.or("do not set `complete_listings`: wpsync asks past the end and looks twice"),
    );
}

async fn nothing_asked(probe: &Probe, kind: Kind, report: &mut DoctorReport) {
    let none = probe.get(&[kind.endpoint()], &[("count", "0")]).await;
    let agrees = none.status == Some(200) && none.rows().is_empty() && none.total().is_some();
    let service = if none.is_list() { page(&none) } else { none.said() };
    let finding = Finding::new(Conformance::comparing(agrees, true), service, "a total, no rows");
    report.add(
        format!("{}: count=0", kind.plural()),
        finding.or("nothing to do: wpsync does not ask so"),
    );
}

async fn cursors(probe: &Probe, dialect: &Dialect, kind: Kind, report: &mut DoctorReport) {
    let answer = probe
        .get(&[kind.endpoint()], &[("cursor", ""), ("count", "1")])
        .await;
    let has_next = answer.get("nextCursor").is_some();
    let is_cut = answer
        .total()
        .is_some_and(|total| total > answer.rows().len() as u64);
    let service = match answer.status {
        Some(200) if has_next => "yes".to_owned(),
        Some(200) if is_cut => "no, the parameter is ignored".into(),
        Some(200) => "too few rows to tell".into(),
        _ => format!("no ({})", answer.said()),
    };
    let expected = format!("paging {:?}", dialect.paging).to_lowercase();
    let verdict = match dialect.paging {
        Paging::Cursor if !has_next && is_cut => Conformance::Problem,
        Paging::Cursor if !has_next && answer.status != Some(200) => Conformance::Problem,
        _ => Conformance::Agrees,
    };
    report.add(
        format!("{}: cursors", kind.plural()),
        Finding::new(verdict, service, expected).or("set `paging: index` in the dialect"),
    );
}

/// The rows of a page and the total, in words.
fn page(answer: &ProbeAnswer) -> String {
    let total = answer
        .total()
        .map_or_else(|| "no total".to_owned(), |total| format!("of {total}"));
    format!("{} rows {total}", answer.rows().len())
}
