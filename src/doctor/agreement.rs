//! Compares the rows of a list with the same resources read by id, attribute by attribute, as a plan and its
//! apply would read them. A plan compares what the list says; an apply reads by id, and calls a difference
//! drift.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::answer::{Probe, text};
use super::listing::ListSample;
use super::report::{Conformance, DoctorReport, Finding};
use crate::dialect::Dialect;
use crate::model::{Attribute, Kind, Live};
use crate::wire::lift;
use crate::wire::shape::Shape;

/// The resources that are read by id.
const SAMPLE: usize = 3;

/// The names of the attributes in which a list and its resources differ.
#[derive(Default)]
struct Differences {
    read: usize,
    /// In the list, and not by id.
    listed_only: BTreeSet<String>,
    /// By id, and in no row of the list.
    unlisted: BTreeSet<String>,
    /// By id, and only in other rows of the list.
    partly_listed: BTreeSet<String>,
    /// With another value.
    other: BTreeSet<String>,
}

/// Examines the first resources of a kind.
pub(super) async fn examine(probe: &Probe, dialect: &Dialect, list: &ListSample, report: &mut DoctorReport) {
    let question = format!("{}: list and read by id", list.kind.plural());
    let expected = "the same";
    let catalog = dialect.catalog();
    let shape = Shape::new(&catalog, list.kind, dialect);
    let lifted = |json: &Json| lift::resource(&json.to_string(), &shape).ok();
    let rows: Option<Vec<Live>> = list.first.rows().iter().map(lifted).collect();
    let Some(rows) = rows else {
        let finding = Finding::new(Conformance::Problem, "a row is no SCIM resource", expected);
        return report.add(
            question,
            finding.or("wpsync refuses such a list; ask the service's operator"),
        );
    };
    let compared: Vec<&Attribute> = catalog
        .of(list.kind)
        .filter(|attribute| attribute.is_writable() && !dialect.does_not_hold(attribute))
        .collect();
    let mut found = Differences::default();
    for row in rows.iter().take(SAMPLE) {
        let answer = probe.get(&[list.kind.endpoint(), &row.id], &[]).await;
        let json = answer.json().filter(|json| text(json, "id") == Some(&*row.id));
        if let Some(live) = json.and_then(lifted) {
            let compared = compared.iter().copied();
            found.read += 1;
            compared.for_each(|attribute| found.note(attribute, Both { row, live: &live }, &rows));
        }
    }
    if found.read > 0 {
        found.tell(list.kind, question, report);
    }
}

/// A resource as a list has it, and as it is read by id.
#[derive(Clone, Copy)]
struct Both<'l> {
    row: &'l Live,
    live: &'l Live,
}

impl Differences {
    /// Notes how an attribute differs; `rows` are all rows of the list.
    fn note(&mut self, attribute: &Attribute, both: Both<'_>, rows: &[Live]) {
        let of = |live: &Live| live.attributes.get(attribute.id).cloned();
        let differing = match (of(both.row), of(both.live)) {
            (Some(_), None) => &mut self.listed_only,
            (None, Some(_)) if rows.iter().any(|other| of(other).is_some()) => &mut self.partly_listed,
            (None, Some(_)) => &mut self.unlisted,
            (Some(listed), Some(held)) if !attribute.same(&listed, &held) => &mut self.other,
            _ => return,
        };
        let name = attribute.path.split('.').next().unwrap_or_default();
        differing.insert(name.to_owned());
    }

    fn tell(self, kind: Kind, question: String, report: &mut DoctorReport) {
        let parts = [
            ("only in the list", &self.listed_only),
            ("only by id", &self.unlisted),
            ("left out by some rows", &self.partly_listed),
            ("another value", &self.other),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(how, names)| format!("{how}: {}", listed(names)))
            .collect();
        let doubtful: BTreeSet<String> = [self.listed_only, self.partly_listed, self.other]
            .into_iter()
            .flatten()
            .collect();
        let service = if told.is_empty() {
            format!("the same, in {} read", self.read)
        } else {
            told.join("; ")
        };
        let (verdict, hint) = if !doubtful.is_empty() {
            (
                Conformance::Problem,
                "an apply would call that drift, each time; unless somebody changed it just now, do not \
                 declare it, or say `not_held` in the dialect",
            )
        } else if self.unlisted.is_empty() {
            (Conformance::Agrees, "")
        } else {
            (
                Conformance::Differs,
                "nothing to do: where sources declare it, a plan reads those people or groups by id, which \
                 takes a request for each",
            )
        };
        report.rows.does_not_hold(
            kind,
            doubtful
                .into_iter()
                .filter(|name| name != kind.naming_attribute()),
        );
        report.add(question, Finding::new(verdict, service, "the same").or(hint));
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
