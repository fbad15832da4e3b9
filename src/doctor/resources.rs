//! Examines single resources and compares them with their rows in a list: members, versions, reading by id.

use serde_json::Value as Json;

use super::answer::{Probe, member, text};
use super::discovery::Announced;
use super::listing::ListSample;
use super::report::{Conformance, DoctorReport, Finding, word};
use crate::dialect::{AbsentMembers, Dialect, Versions};
use crate::model::Kind;

/// The groups that are read, to compare them with their rows.
const GROUPS: usize = 5;

/// Examines single resources of a kind.
pub(super) async fn examine(probe: &Probe, dialect: &Dialect, list: &ListSample, report: &mut DoctorReport) {
    let Some(id) = list.first.ids().first().copied() else {
        if list.first.is_list() {
            report.add(
                format!("{}: read by id", list.kind.plural()),
                Finding::new(Conformance::Unknown, "there are none", "found"),
            );
        }
        return;
    };
    let resource = probe.get(&[list.kind.endpoint(), id], &[]).await;
    let found = resource.is_ok() && resource.get("id").and_then(Json::as_str) == Some(id);
    let verdict = if found {
        Conformance::Agrees
    } else {
        Conformance::Problem
    };
    let service = if found { "found".into() } else { resource.said() };
    let hint = "wpsync reads what it changes; ask the service's operator";
    report.add(
        format!("{}: read by id", list.kind.plural()),
        Finding::new(verdict, service, "found").or(hint),
    );
    let versioned = list
        .first
        .rows()
        .iter()
        .filter(|row| member(row, "meta").is_some_and(|meta| text(meta, "version").is_some()))
        .count();
    let service = format!(
        "{versioned} of {} rows, ETag header: {}",
        list.first.rows().len(),
        word(Some(resource.has_etag))
    );
    report.add(
        format!("{}: versions", list.kind.plural()),
        Finding::new(Conformance::Agrees, service, "not needed"),
    );
    if list.kind == Kind::Group {
        members(probe, dialect, list, report).await;
    }
}

/// What a sample of groups says about members in the rows of a list.
#[derive(Default)]
struct MemberSample {
    /// The groups that were read.
    read: usize,
    /// The groups that have members and whose row shows none.
    hidden: usize,
    /// The groups whose row shows another number of members.
    differing: usize,
}

fn member_count(json: &Json) -> Option<usize> {
    member(json, "members").and_then(Json::as_array).map(Vec::len)
}

impl MemberSample {
    /// Reads the first groups, those whose rows show no members before the others.
    async fn read(probe: &Probe, rows: &[Json]) -> Self {
        let mut sample = Self::default();
        let mut groups: Vec<&Json> = rows.iter().collect();
        groups.sort_by_key(|row| member_count(row).is_some());
        for row in groups.into_iter().take(GROUPS) {
            let Some(id) = text(row, "id") else { continue };
            let group = probe.get(&["Groups", id], &[]).await;
            let Some(json) = group.json().filter(|_| group.is_ok()) else {
                continue;
            };
            let held = member_count(json).unwrap_or(0);
            sample.read += 1;
            match member_count(row) {
                None => sample.hidden += usize::from(held > 0),
                Some(listed) => sample.differing += usize::from(listed != held),
            }
        }
        sample
    }
}

/// Examines the members in the rows of a list, and in groups that are read one by one.
async fn members(probe: &Probe, dialect: &Dialect, list: &ListSample, report: &mut DoctorReport) {
    let rows = list.first.rows();
    let with = rows.iter().filter(|row| member_count(row).is_some()).count();
    let said = dialect.absent_members;
    let expected = match said {
        AbsentMembers::Unknown => "absent_members unknown",
        AbsentMembers::Empty => "absent_members empty",
        AbsentMembers::Hidden => "absent_members hidden",
    };
    let sample = MemberSample::read(probe, rows).await;
    let (verdict, hint) = if sample.hidden > 0 && said == AbsentMembers::Empty {
        (
            Conformance::Problem,
            "set `absent_members: unknown` in the dialect: lists leave members out",
        )
    } else if sample.differing > 0 {
        (
            Conformance::Problem,
            "lists hold other members than the groups themselves; ask the service's operator",
        )
    } else if sample.hidden > 0 {
        (
            Conformance::Differs,
            "nothing to do: a plan reads each declared group that comes without members by id, which takes a \
             request for each",
        )
    } else if said == AbsentMembers::Hidden && with > 0 {
        (
            Conformance::Differs,
            "set `absent_members: unknown` in the dialect, if the service does tell who is in a group",
        )
    } else if with == rows.len() || matches!(said, AbsentMembers::Hidden | AbsentMembers::Empty) {
        (Conformance::Agrees, "")
    } else {
        (
            Conformance::Differs,
            "set `absent_members: empty` in the dialect, if groups without members always come like this",
        )
    };
    if sample.hidden > 0 && said == AbsentMembers::Empty {
        report.rows.set("absent_members", "unknown");
    }
    let service = format!(
        "{with} of {} rows have them; of {} read, {} had some that the row hides",
        rows.len(),
        sample.read,
        sample.hidden
    );
    report.add(
        "groups: members",
        Finding::new(verdict, service, expected).or(hint),
    );
}

/// Compares what the service announces about versions with the dialect.
pub(super) fn versions(dialect: &Dialect, announced: Option<&Announced>, report: &mut DoctorReport) {
    let etag = announced.and_then(|announced| announced.flag("etag", "supported"));
    let (expected, verdict) = match dialect.versions {
        Versions::Auto => ("versions auto", Conformance::Agrees),
        Versions::Honoured => (
            "versions honoured",
            Conformance::comparing(etag == Some(false), false),
        ),
        Versions::Ignored => (
            "versions ignored",
            Conformance::comparing(etag == Some(true), false),
        ),
    };
    if verdict == Conformance::Differs {
        report.rows.set("versions", "auto");
    }
    report.add(
        "announces ETags",
        Finding::new(verdict, word(etag), expected).or("set `versions: auto` in the dialect"),
    );
}
