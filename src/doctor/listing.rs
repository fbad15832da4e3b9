//! Examines lists: totals, pages, and what comes past the end. Pages are asked for as a plan asks for them.

use super::answer::{Probe, ProbeAnswer, text};
use super::discovery::Announced;
use super::report::{Conformance, DoctorReport, Finding};
use crate::dialect::{Dialect, Paging, Totals};
use crate::model::Kind;

/// How a plan walks lists.
#[derive(Clone, Copy)]
pub(super) struct ListWalk<'d> {
    dialect: &'d Dialect,
    by: By,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Index,
    Cursor,
    /// One answer is the whole list.
    Nothing,
}

impl<'d> ListWalk<'d> {
    pub(super) fn of(dialect: &'d Dialect, announced: Option<&Announced>) -> Self {
        let by = match dialect.paging {
            Paging::Cursor => By::Cursor,
            Paging::None => By::Nothing,
            Paging::Auto if announced.is_some_and(Announced::wants_cursor) => By::Cursor,
            Paging::Auto | Paging::Index => By::Index,
        };
        Self { dialect, by }
    }

    /// The first page, of so many rows.
    async fn first(self, probe: &Probe, kind: Kind, count: &str) -> ProbeAnswer {
        let position = match self.by {
            By::Index => ("startIndex", "1"),
            By::Cursor => ("cursor", ""),
            By::Nothing => return probe.get(&[kind.endpoint()], &[]).await,
        };
        probe.get(&[kind.endpoint()], &[position, ("count", count)]).await
    }
}

/// The first page of a list, by which a service is judged.
pub(super) struct ListSample {
    pub(super) kind: Kind,
    pub(super) first: ProbeAnswer,
}

/// Examines the lists of a kind.
pub(super) async fn examine(
    probe: &Probe,
    walk: ListWalk<'_>,
    kind: Kind,
    report: &mut DoctorReport,
) -> ListSample {
    let dialect = walk.dialect;
    let first = walk.first(probe, kind, &dialect.page_size.to_string()).await;
    if !first.is_list() {
        refused(kind, &first, report);
        return ListSample {
            kind,
            first: ProbeAnswer::default(),
        };
    }
    let counts_the_page = totals(probe, walk, kind, &first, report).await;
    page_size(dialect, kind, &first, report);
    match (walk.by, first.total().filter(|_| !counts_the_page)) {
        (By::Nothing, _) => return ListSample { kind, first },
        (By::Index, Some(total)) => by_index(probe, kind, &first, total, report).await,
        (By::Index, None) => {}
        (By::Cursor, _) => by_cursor(probe, walk, kind, &first, report).await,
    }
    nothing_asked(probe, kind, report).await;
    cursors(probe, dialect, kind, report).await;
    ListSample { kind, first }
}

/// A list that is not given.
fn refused(kind: Kind, first: &ProbeAnswer, report: &mut DoctorReport) {
    let name = kind.plural();
    let finding = Finding::new(Conformance::Problem, first.said(), "a list");
    let hint = match (kind, first.status) {
        (Kind::Group, Some(400 | 403 | 404 | 405 | 501)) => {
            report.rows.set("groups", "none");
            "if the service has no groups, or they are not to be managed, say `groups: none` in the dialect; \
             may the token read them?"
                .to_owned()
        }
        _ => format!("the service does not list {name}; may the token read them?"),
    };
    report.add(format!("{name}: list"), finding.or(hint));
}

/// Examines `totalResults`. Says whether it counts the page alone: then it is another number where fewer rows
/// are asked for.
async fn totals(
    probe: &Probe,
    walk: ListWalk<'_>,
    kind: Kind,
    first: &ProbeAnswer,
    report: &mut DoctorReport,
) -> bool {
    let question = format!("{}: total", kind.plural());
    let said = walk.dialect.totals;
    let expected = match said {
        Totals::Whole => "the whole list",
        Totals::Page => "totals page",
        Totals::Missing => "totals missing",
    };
    let Some(total) = first.total() else {
        let finding = Finding::new(
            Conformance::comparing(said == Totals::Whole, false),
            "no totalResults",
            expected,
        );
        report.add(
            question,
            finding.or("nothing to do: lists are walked until no new row comes"),
        );
        return false;
    };
    let may_count_the_page = walk.by != By::Nothing && total > 1 && total == first.rows().len() as u64;
    let fewer = if may_count_the_page {
        walk.first(probe, kind, "1").await.total()
    } else {
        None
    };
    let counts_the_page = fewer.is_some_and(|fewer| fewer < total);
    let (verdict, service) = match (counts_the_page, said) {
        (true, Totals::Whole) => (
            Conformance::Problem,
            format!("{total}, and fewer for a smaller page"),
        ),
        (true, _) => (Conformance::Agrees, "the number of the page".to_owned()),
        (false, Totals::Whole) => (Conformance::Agrees, total.to_string()),
        (false, _) => (Conformance::Differs, total.to_string()),
    };
    if verdict == Conformance::Problem {
        report.rows.set("totals", "page");
    }
    let hint = if counts_the_page {
        "totalResults counts the page: a plan of a longer list is refused; set `totals: page` in the dialect"
    } else {
        "nothing to do: totalResults is not read"
    };
    report.add(question, Finding::new(verdict, service, expected).or(hint));
    counts_the_page
}

/// Examines the second page, by the cursor that the first one tells.
async fn by_cursor(
    probe: &Probe,
    walk: ListWalk<'_>,
    kind: Kind,
    first: &ProbeAnswer,
    report: &mut DoctorReport,
) {
    let Some(next) = first.json().and_then(|json| text(json, "nextCursor")) else {
        return;
    };
    let count = walk.dialect.page_size.to_string();
    let query = [("cursor", next), ("count", count.as_str())];
    let second = probe.get(&[kind.endpoint()], &query).await;
    let ids = first.ids();
    let repeated = second.ids().iter().filter(|id| ids.contains(id)).count();
    let (verdict, service) = if !second.is_list() {
        (Conformance::Problem, second.said())
    } else if repeated > 0 {
        (Conformance::Problem, format!("{repeated} rows of page one again"))
    } else {
        (Conformance::Agrees, format!("{} other rows", second.rows().len()))
    };
    let hint = "pages by cursor do not work: set `paging: index` if the service has them";
    report.add(
        format!("{}: page two", kind.plural()),
        Finding::new(verdict, service, "other rows").or(hint),
    );
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
    if verdict == Conformance::Differs && given > 0 {
        report.rows.set("page_size", given.min(asked).to_string());
    }
    report.add(
        format!("{}: a page", kind.plural()),
        finding.or(format!(
            "set `page_size: {}` in the dialect: fewer wasted requests",
            given.min(asked)
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
            Conformance::Problem,
            format!("{} more rows: totalResults is too small", rows.len()),
        ),
        _ => (Conformance::Differs, past.said()),
    };
    let hint = if verdict == Conformance::Problem {
        report.rows.set("totals", "page");
        "a plan is refused, because the number is not believed; set `totals: page` in the dialect"
    } else {
        "do not set `complete_listings`: wpsync asks past the end and looks twice"
    };
    report.add(
        format!("{name}: past the end"),
        Finding::new(verdict, service, "no rows").or(hint),
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
    if has_next && report.is_stuck(kind) {
        report.rows.set("paging", "cursor");
    }
    let verdict = match dialect.paging {
        Paging::Cursor if !has_next && is_cut => Conformance::Problem,
        Paging::Cursor if !has_next && answer.status != Some(200) => Conformance::Problem,
        _ => Conformance::Agrees,
    };
    if verdict == Conformance::Problem {
        report.rows.set("paging", "index");
    }
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
