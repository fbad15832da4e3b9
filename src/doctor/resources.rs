//! Single resources beside their rows in a list: members, versions, and whether an id leads back to its
//! resource.

use serde_json::Value as Json;

use super::answer::{Probe, member, text};
use super::discovery::Announced;
use super::listing::List;
use super::{Finding, Report, Verdict, word};
use crate::dialect::AbsentMembers;
use crate::dialect::Dialect;
use crate::dialect::Versions;
use crate::model::Kind;

/// How many groups are read, to compare them with their rows.
const GROUPS: usize = 5;

/// Examines single resources of a kind.
pub(super) async fn examine(probe: &Probe, dialect: &Dialect, list: &List, report: &mut Report) {
    let Some(id) = list.first.ids().first().copied() else {
        if list.first.is_list() {
            report.add(
                format!("{}: read by id", list.kind.plural()),
                Finding::new(Verdict::Unknown, "there are none", "found"),
            );
        }
        return;
    };
    let one = probe.get(&[list.kind.endpoint(), id], &[]).await;
    let found = one.is_ok() && one.get("id").and_then(Json::as_str) == Some(id);
    let verdict = if found { Verdict::Agrees } else { Verdict::Problem };
    let service = if found { "found".into() } else { one.said() };
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
        word(Some(one.has_etag))
    );
    report.add(
        format!("{}: versions", list.kind.plural()),
        Finding::new(Verdict::Agrees, service, "not needed"),
    );
    if list.kind == Kind::Group {
        members(probe, dialect, list, report).await;
    }
}

/// Members in the rows of a list, and in groups that are read one by one.
async fn members(probe: &Probe, dialect: &Dialect, list: &List, report: &mut Report) {
    let rows = list.first.rows();
    let count = |json: &Json| member(json, "members").and_then(Json::as_array).map(Vec::len);
    let with = rows.iter().filter(|row| count(row).is_some()).count();
    let expected = match dialect.absent_members {
        AbsentMembers::Unknown => "absent_members unknown",
        AbsentMembers::Empty => "absent_members empty",
        AbsentMembers::Hidden => "absent_members hidden",
    };
    let (mut hidden, mut differing, mut read) = (0, 0, 0);
    // Groups whose row says nothing are the ones that tell.
    let mut sample: Vec<&Json> = rows.iter().collect();
    sample.sort_by_key(|row| count(row).is_some());
    for row in sample.into_iter().take(GROUPS) {
        let Some(id) = text(row, "id") else { continue };
        let one = probe.get(&["Groups", id], &[]).await;
        let Some(held) = one
            .json()
            .filter(|_| one.is_ok())
            .map(|json| count(json).unwrap_or(0))
        else {
            continue;
        };
        read += 1;
        match count(row) {
            None => hidden += usize::from(held > 0),
            Some(listed) => differing += usize::from(listed != held),
        }
    }
    let (verdict, hint) = match () {
        () if hidden > 0 && dialect.absent_members == AbsentMembers::Empty => (
            Verdict::Problem,
            "set `absent_members: unknown` in the dialect: lists leave members out",
        ),
        () if differing > 0 => (
            Verdict::Problem,
            "lists hold other members than the groups themselves; ask the service's operator",
        ),
        () if hidden > 0 => (
            Verdict::Differs,
            "nothing to do: members that a list leaves out are taken as unknown, not as none",
        ),
        () if dialect.absent_members == AbsentMembers::Hidden && with > 0 => (
            Verdict::Differs,
            "set `absent_members: unknown` in the dialect, if the service does tell who is in a group",
        ),
        () if with == rows.len() || dialect.absent_members == AbsentMembers::Hidden => (Verdict::Agrees, ""),
        () if dialect.absent_members == AbsentMembers::Empty => (Verdict::Agrees, ""),
        () => (
            Verdict::Differs,
            "set `absent_members: empty` in the dialect, if groups without members always come like this",
        ),
    };
    let service = format!(
        "{with} of {} rows have them; of {read} read, {hidden} had some that the row hides",
        rows.len()
    );
    report.add(
        "groups: members",
        Finding::new(verdict, service, expected).or(hint),
    );
}

/// What the service announces of versions, beside the dialect.
pub(super) fn versions(dialect: &Dialect, announced: Option<&Announced>, report: &mut Report) {
    let etag = announced.and_then(|announced| announced.flag("etag", "supported"));
    let (expected, verdict) = match dialect.versions {
        Versions::Auto => ("versions auto", Verdict::Agrees),
        Versions::Honoured => ("versions honoured", Verdict::of(etag != Some(false))),
        Versions::Ignored => ("versions ignored", Verdict::of(etag != Some(true))),
    };
    report.add(
        "announces ETags",
        Finding::new(verdict, word(etag), expected).or("set `versions: auto` in the dialect"),
    );
}
