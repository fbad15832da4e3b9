//! The cost of an apply for the service: the number of requests of each verb, and the least time that they
//! take under the limits of its dialect. Some services bill each request, and some take hours. The cost is a
//! pure function and an estimate: an apply costs more if the answer to a write is lost or incomplete.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{Action, Change, MembersDelta};
use super::reading::{KindReading, ReadBy, names_are_unique, readings};
use crate::dialect::{Dialect, Lookup, Method, Rate, Reactivation, UpdateBy};
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Kind, Kinds};
use crate::whole::form::Writes;

/// The approximate number of bytes that one member adds to a body.
const MEMBER_BYTES: usize = 50;

// Fields are in the order of their names, so that plain serialisation is the canonical form.
/// What an apply costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// How many requests of each verb.
    pub requests: Requests,
    /// How many seconds they take at least under the dialect's limits; 0 where no limit matters.
    pub seconds: u64,
}

/// How many requests of each verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are HTTP's")]
pub struct Requests {
    pub delete: u64,
    pub get: u64,
    pub patch: u64,
    pub post: u64,
    pub put: u64,
}

impl Requests {
    /// The total number of requests.
    pub const fn total(&self) -> u64 {
        self.delete + self.get + self.patch + self.post + self.put
    }

    /// The verbs with at least one request, and the number of requests of each.
    pub(crate) fn by_verb(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            ("GET", self.get),
            ("POST", self.post),
            ("PUT", self.put),
            ("PATCH", self.patch),
            ("DELETE", self.delete),
        ];
        all.into_iter().filter(|(_, count)| *count > 0)
    }
}

/// The cost of an apply of these changes. `counts` says how many resources the plan found.
pub fn cost(changes: &[Change], counts: &Kinds<u64>, dialect: &Dialect, catalog: &Catalog) -> Cost {
    if let Writes::Whole(_) = dialect.writes {
        // One reading before the push and one after it. Each reading takes two requests.
        let requests = Requests {
            get: 4,
            post: 1,
            ..Requests::default()
        };
        return if changes.is_empty() {
            Cost::default()
        } else {
            Cost { requests, seconds: 0 }
        };
    }
    let mut bill = Bill {
        dialect,
        catalog,
        counts: BTreeMap::new(),
    };
    for change in changes {
        bill.charge(change);
    }
    for kind in Kind::ALL {
        bill.charge_readings(kind, changes, readings(changes, counts, dialect).of(kind));
    }
    Cost {
        requests: bill.requests(),
        seconds: bill.seconds(),
    }
}

/// A kind of request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RequestKind {
    method: Method,
    /// The path below the base URL.
    path: &'static str,
    /// The size of the request's body in bytes; 0 if the size does not matter.
    bytes: usize,
}

impl RequestKind {
    const fn new(method: Method, path: &'static str) -> Self {
        Self::with_body(method, path, 0)
    }

    const fn with_body(method: Method, path: &'static str, bytes: usize) -> Self {
        Self { method, path, bytes }
    }
}

struct Bill<'a> {
    dialect: &'a Dialect,
    catalog: &'a Catalog,
    counts: BTreeMap<RequestKind, u64>,
}

impl Bill<'_> {
    /// Adds the writes of a change, and the readings just before them. Readings before everything and after
    /// the writes depend on the other changes.
    fn charge(&mut self, change: &Change) {
        let Endpoints { list, resource } = endpoints(change.kind);
        let create = RequestKind::new(Method::Post, list);
        if change.action == Action::Create {
            if !names_are_unique(change.kind, self.catalog) {
                self.charge_lookups(change.kind, self.lookups(change));
            }
        } else {
            self.add(RequestKind::new(Method::Get, resource), 1);
        }
        match change.action {
            Action::Create => self.add(create, 1),
            Action::Delete => self.add(RequestKind::new(Method::Delete, resource), 1),
            Action::Reactivate if self.dialect.reactivation == Reactivation::Create => self.add(create, 1),
            _ if change.after.is_empty() => {}
            _ => self.charge_update(change.kind, 0),
        }
        if let Some(delta) = &change.members
            && change.action != Action::Delete
        {
            self.charge_members(change.action, delta);
        }
    }

    /// Adds the readings before anything is written, and those that are the evidence.
    fn charge_readings(&mut self, kind: Kind, changes: &[Change], reading: &KindReading) {
        let Endpoints { list, resource } = endpoints(kind);
        let (list, resource) = (
            RequestKind::new(Method::Get, list),
            RequestKind::new(Method::Get, resource),
        );
        let of_kind = || changes.iter().filter(|change| change.kind == kind);
        let created = || of_kind().filter(|change| change.action == Action::Create);
        let lookups = created().map(|change| self.lookups(change)).sum();
        self.charge_lookups(kind, lookups);
        if created().next().is_some() && reading.evidence == ReadBy::Id {
            // Afterwards, duplicates are looked for.
            self.add(list, reading.pages.min(self.requests_of_lookups(lookups)));
        }
        match reading.check {
            ReadBy::List => self.add(list, reading.pages),
            ReadBy::Id => self.add(resource, reading.checked),
        }
        let written = of_kind().count() as u64;
        match reading.evidence {
            ReadBy::List => {
                self.add(list, reading.pages);
                self.add(resource, written - reading.deferrable);
            }
            ReadBy::Id => self.add(resource, written),
        }
    }

    /// Adds look-ups, as many in a request as the service takes.
    fn charge_lookups(&mut self, kind: Kind, count: u64) {
        let requests = self.requests_of_lookups(count);
        self.add(RequestKind::new(Method::Get, endpoints(kind).list), requests);
    }

    fn requests_of_lookups(&self, count: u64) -> u64 {
        if count < Lookup::FEWEST_TOGETHER as u64 {
            count
        } else {
            count.div_ceil(self.dialect.lookup.at_once.max(1) as u64)
        }
    }

    fn charge_update(&mut self, kind: Kind, bytes: usize) {
        let Endpoints { resource, .. } = endpoints(kind);
        match self.dialect.update.of(kind) {
            UpdateBy::Patch => self.add(RequestKind::with_body(Method::Patch, resource, bytes), 1),
            UpdateBy::Put => {
                self.add(RequestKind::new(Method::Get, resource), 1);
                self.add(RequestKind::with_body(Method::Put, resource, bytes), 1);
            }
        }
    }

    fn charge_members(&mut self, action: Action, delta: &MembersDelta) {
        let with_the_group = if action == Action::Create {
            self.dialect.members_on_create().min(delta.add.len())
        } else {
            0
        };
        let later = delta.add.len() - with_the_group;
        if *self.dialect.update.of(Kind::Group) == UpdateBy::Put {
            if later + delta.remove.len() > 0 {
                let members = delta.after.unwrap_or(delta.add.len() as u64);
                let members = usize::try_from(members).unwrap_or(usize::MAX);
                self.charge_update(Kind::Group, members.saturating_mul(MEMBER_BYTES));
            }
        } else {
            self.charge_batches(later, self.dialect.members_per_request());
            self.charge_batches(delta.remove.len(), self.dialect.removals_per_request());
        }
        let hidden = self.dialect.hides_members();
        if let Some(ask) = self.dialect.membership.ask.as_ref().filter(|_| hidden) {
            let questions = if ask.tells_everybody() {
                // The service lists all members page by page.
                let pages = delta
                    .before
                    .max(delta.after)
                    .unwrap_or(delta.add.len() as u64)
                    .div_ceil(u64::from(self.dialect.page_size));
                pages.max(1)
            } else {
                (delta.add.len() + delta.remove.len()) as u64
            };
            let times = if action == Action::Create { 1 } else { 3 };
            let Endpoints { list, .. } = endpoints(ask.list.kind());
            self.add(RequestKind::new(Method::Get, list), questions * times);
        }
    }

    /// Updates of a group with `count` members, at most `most` in each.
    fn charge_batches(&mut self, count: usize, most: usize) {
        for start in (0..count).step_by(most) {
            self.charge_update(Kind::Group, most.min(count - start) * MEMBER_BYTES);
        }
    }

    /// The number of identifiers by which a new resource is looked up.
    fn lookups(&self, change: &Change) -> u64 {
        let known = match change.kind {
            Kind::User => &self.dialect.lookup.users,
            Kind::Group => &self.dialect.lookup.groups,
        };
        let asks = |name: &str| {
            let can = known.iter().any(|known| {
                self.catalog
                    .find(change.kind, known)
                    .is_ok_and(|attribute| attribute.path.eq_ignore_ascii_case(name))
            });
            let has = name == change.kind.naming_attribute() || change.after.contains_key(name);
            u64::from(can && has)
        };
        asks(EXTERNAL_ID) + asks(change.kind.naming_attribute())
    }

    fn add(&mut self, kind: RequestKind, count: u64) {
        *self.counts.entry(kind).or_default() += count;
    }

    fn requests(&self) -> Requests {
        let mut requests = Requests::default();
        for (kind, count) in &self.counts {
            *match kind.method {
                Method::Get => &mut requests.get,
                Method::Post => &mut requests.post,
                Method::Put => &mut requests.put,
                Method::Patch => &mut requests.patch,
                Method::Delete => &mut requests.delete,
            } += count;
        }
        requests
    }

    /// The time under the slowest limit. Requests under different limits run at the same time.
    fn seconds(&self) -> u64 {
        let seconds = |rate| self.seconds_under(rate);
        self.dialect.rates.iter().map(seconds).max().unwrap_or(0)
    }

    fn seconds_under(&self, rate: &Rate) -> u64 {
        let counts = self.counts.iter();
        let covered = counts.filter(|(kind, _)| rate.covers(kind.method, kind.path, kind.bytes));
        let count: u64 = covered.map(|(_, count)| count).sum();
        let (most, window) = (u64::from(rate.requests), u64::from(rate.seconds));
        let by_window = count.saturating_sub(1) / most * window;
        let by_burst = count
            .saturating_sub(u64::from(rate.burst()))
            .saturating_mul(window)
            .div_ceil(most);
        if rate.burst.is_some() {
            by_window.max(by_burst)
        } else {
            by_window
        }
    }
}

struct Endpoints {
    list: &'static str,
    /// The path of one resource, with a placeholder for its id.
    resource: &'static str,
}

const fn endpoints(kind: Kind) -> Endpoints {
    match kind {
        Kind::User => Endpoints {
            list: "/Users",
            resource: "/Users/x",
        },
        Kind::Group => Endpoints {
            list: "/Groups",
            resource: "/Groups/x",
        },
    }
}
