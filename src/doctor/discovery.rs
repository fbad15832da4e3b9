//! Examines what a service says about itself: `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`. wpsync
//! needs none of them.

use serde_json::Value as Json;

use super::answer::{Probe, ProbeAnswer, member, text};
use super::report::{Conformance, DoctorReport, Finding, word};
use crate::dialect::{Dialect, UpdateBy};
use crate::wire::Failure;

/// What a service announces about itself.
pub(super) struct Announced(Json);

impl Announced {
    /// A boolean, for instance `patch.supported`.
    pub(super) fn flag(&self, group: &str, name: &str) -> Option<bool> {
        member(member(&self.0, group)?, name)?.as_bool()
    }

    /// Whether lists are read by cursor if the dialect does not decide it.
    pub(super) fn wants_cursor(&self) -> bool {
        let pages = member(&self.0, "pagination");
        let prefers = pages.and_then(|pages| text(pages, "defaultPaginationMethod")) == Some("cursor");
        let cursor = self.flag("pagination", "cursor") == Some(true);
        cursor && (self.flag("pagination", "index") == Some(false) || prefers)
    }

    fn number(&self, group: &str, name: &str) -> Option<u64> {
        member(member(&self.0, group)?, name)?.as_u64()
    }
}

/// Reads discovery.
pub(super) async fn examine(
    probe: &Probe,
    dialect: &Dialect,
    report: &mut DoctorReport,
) -> Result<Option<Announced>, Failure> {
    let answer = probe.try_get(&["ServiceProviderConfig"], &[]).await?;
    report.add("reached", Finding::new(Conformance::Agrees, "yes", "yes"));
    let announced = answer
        .json()
        .filter(|json| answer.is_ok() && json.is_object())
        .cloned()
        .map(Announced);
    let service = announced
        .as_ref()
        .map_or_else(|| answer.said(), |_| "described".into());
    let hint = "nothing to do: wpsync goes by the dialect alone";
    report.add(
        "ServiceProviderConfig",
        Finding::new(
            Conformance::comparing(announced.is_some(), true),
            service,
            "described",
        )
        .or(hint),
    );
    if let Some(announced) = &announced {
        announcements(announced, dialect, report);
    }
    for (name, wanted) in [
        ("ResourceTypes", &["User", "Group"][..]),
        ("Schemas", &["core:2.0:User", "core:2.0:Group"]),
    ] {
        let answer = probe.get(&[name], &[]).await;
        let found: Vec<&str> = wanted
            .iter()
            .copied()
            .filter(|name| holds(&answer, name))
            .collect();
        let service = if answer.is_ok() {
            format!("{}, with {}", answer.rows().len(), listed(&found))
        } else {
            answer.said()
        };
        let finding = Finding::new(
            Conformance::comparing(found.len(), wanted.len()),
            service,
            format!("with {}", listed(wanted)),
        );
        report.add(name, finding.or("nothing to do: wpsync does not need it"));
    }
    Ok(announced)
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "none of ours".into()
    } else {
        names.join(" and ")
    }
}

fn holds(answer: &ProbeAnswer, name: &str) -> bool {
    let ends = |text: Option<&str>| text.is_some_and(|text| text.ends_with(name));
    answer
        .rows()
        .iter()
        .any(|row| ends(text(row, "id")) || text(row, "name") == Some(name))
}

fn announcements(announced: &Announced, dialect: &Dialect, report: &mut DoctorReport) {
    let patch = announced.flag("patch", "supported");
    let by_patch = dialect.update.users == UpdateBy::Patch;
    let expected = if by_patch {
        "update by patch"
    } else {
        "update by put"
    };
    let finding = Finding::new(
        Conformance::comparing(by_patch && patch == Some(false), false),
        word(patch),
        expected,
    );
    if by_patch && patch == Some(false) {
        report.rows.set("update", "{ users: put, groups: put }");
    }
    report.add(
        "announces PATCH",
        finding.or("set `update: { users: put }` in the dialect, or try one change on a test person first"),
    );
    let filter = announced.flag("filter", "supported");
    let finding = Finding::new(
        Conformance::comparing(filter == Some(false), false),
        word(filter),
        "yes",
    );
    report.add(
        "announces filters",
        finding.or("see the look-ups below for what really works"),
    );
    let most = announced.number("filter", "maxResults");
    let fits = most.is_none_or(|most| most >= u64::from(dialect.page_size));
    let service = most.map_or_else(|| "not said".into(), |most| most.to_string());
    let finding = Finding::new(
        Conformance::comparing(fits, true),
        service,
        format!("page_size {}", dialect.page_size),
    );
    report.add(
        "announces results",
        finding.or("set `page_size` in the dialect to what the page below really has"),
    );
    let bulk = announced.flag("bulk", "supported");
    report.add(
        "announces bulk",
        Finding::new(Conformance::Agrees, word(bulk), "not needed"),
    );
    let cursor = announced.flag("pagination", "cursor");
    report.add(
        "announces cursors",
        Finding::new(
            Conformance::Agrees,
            word(cursor),
            format!("paging {:?}", dialect.paging).to_lowercase(),
        ),
    );
}
