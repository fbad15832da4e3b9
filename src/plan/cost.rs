//! What an apply of some changes costs the service: how many requests of which verb, and how long they take
//! at least under the limits that its dialect states. Some services bill each request, and some take hours.
//! Pure, and an estimate: a write whose answer is lost, or an answer that says less than it could, costs
//! more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Change};
use crate::dialect::Dialect;
use crate::dialect::Method;
use crate::dialect::Reactivation;
use crate::dialect::UpdateBy;
use crate::model::well_known::EXTERNAL_ID;
use crate::model::{Catalog, Kind};
use crate::whole::form::Writes;

/// What one more member adds to a body, about.
const MEMBER_BYTES: usize = 50;

/// What an apply costs. Fields stand in the order of their names, so that plain serialisation is the
/// canonical form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// How many requests of each verb.
    pub requests: Requests,
    /// How many seconds they take at least, under the dialect's limits; 0 where it states none that matters.
    pub seconds: u64,
}

/// How many requests of each verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// All of them.
    pub const fn total(&self) -> u64 {
        self.delete + self.get + self.patch + self.post + self.put
    }

    /// By verb, those that there are.
    pub fn by_verb(&self) -> impl Iterator<Item = (&'static str, u64)> {
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

/// What an apply of these changes costs.
pub fn cost(changes: &[Change], dialect: &Dialect, catalog: &Catalog) -> Cost {
    if let Writes::Whole(_) = dialect.writes {
        // One reading before, the request, and one reading after it; each reading is two requests.
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
    Cost {
        requests: bill.requests(),
        seconds: bill.seconds(),
    }
}

/// A kind of request: the verb, the path below the base URL, and the size of its body.
type Sort = (Method, &'static str, usize);

struct Bill<'a> {
    dialect: &'a Dialect,
    catalog: &'a Catalog,
    counts: BTreeMap<Sort, u64>,
}

impl Bill<'_> {
    /// A change is read before anything is written, once more just before it is made, and once after.
    fn charge(&mut self, change: &Change) {
        let (list, one) = paths(change.kind);
        match change.action {
            Action::Create => {
                self.add((Method::Get, list, 0), 2 * self.lookups(change));
                self.add((Method::Post, list, 0), 1);
            }
            Action::Delete => {
                self.add((Method::Get, one, 0), 3);
                self.add((Method::Delete, one, 0), 1);
            }
            _ => {
                self.add((Method::Get, one, 0), 3);
                if change.action == Action::Reactivate && self.dialect.reactivation == Reactivation::Create {
                    self.add((Method::Post, list, 0), 1);
                } else if !change.after.is_empty() {
                    self.charge_update(change.kind, 0);
                }
            }
        }
        self.charge_members(change);
    }

    fn charge_update(&mut self, kind: Kind, bytes: usize) {
        let (_, one) = paths(kind);
        match self.dialect.update.of(kind) {
            UpdateBy::Patch => self.add((Method::Patch, one, bytes), 1),
            UpdateBy::Put => {
                self.add((Method::Get, one, 0), 1);
                self.add((Method::Put, one, bytes), 1);
            }
        }
    }

    fn charge_members(&mut self, change: &Change) {
        let Some(delta) = change
            .members
            .as_ref()
            .filter(|_| change.action != Action::Delete)
        else {
            return;
        };
        let with_the_group = if change.action == Action::Create {
            self.dialect.members_on_create().min(delta.add.len())
        } else {
            0
        };
        let later = delta.add.len() - with_the_group;
        if *self.dialect.update.of(Kind::Group) == UpdateBy::Put {
            if later + delta.remove.len() > 0 {
                let members = usize::try_from(delta.after).unwrap_or(usize::MAX);
                self.charge_update(Kind::Group, members.saturating_mul(MEMBER_BYTES));
            }
        } else {
            for (count, most) in [
                (later, self.dialect.members_per_request()),
                (delta.remove.len(), self.dialect.removals_per_request()),
            ] {
                let sizes = (0..count).step_by(most).map(|start| most.min(count - start));
                sizes.for_each(|size| self.charge_update(Kind::Group, size * MEMBER_BYTES));
            }
        }
        if let Some(ask) = self
            .dialect
            .membership
            .ask
            .as_ref()
            .filter(|_| self.dialect.hides_members())
        {
            let questions = if ask.tells_everybody() {
                1
            } else {
                delta.add.len() + delta.remove.len()
            };
            let times = if change.action == Action::Create { 1 } else { 3 };
            self.add(
                (Method::Get, paths(ask.list.kind()).0, 0),
                (questions * times) as u64,
            );
        }
    }

    /// By how many identifiers a new resource is looked up.
    fn lookups(&self, change: &Change) -> u64 {
        let known = match change.kind {
            Kind::User => &self.dialect.lookup.users,
            Kind::Group => &self.dialect.lookup.groups,
        };
        let asks = |name: &str| {
            let can = known.iter().any(|one| {
                self.catalog
                    .find(change.kind, one)
                    .is_ok_and(|one| one.path.eq_ignore_ascii_case(name))
            });
            let has = name == change.kind.naming_attribute() || change.after.contains_key(name);
            u64::from(can && has)
        };
        asks(EXTERNAL_ID) + asks(change.kind.naming_attribute())
    }

    fn add(&mut self, sort: Sort, count: u64) {
        *self.counts.entry(sort).or_default() += count;
    }

    fn requests(&self) -> Requests {
        let mut requests = Requests::default();
        for ((method, ..), count) in &self.counts {
            *match method {
                Method::Get => &mut requests.get,
                Method::Post => &mut requests.post,
                Method::Put => &mut requests.put,
                Method::Patch => &mut requests.patch,
                Method::Delete => &mut requests.delete,
            } += count;
        }
        requests
    }

    /// The slowest class decides: classes run beside each other.
    fn seconds(&self) -> u64 {
        let of = |rate: &crate::dialect::Rate| {
            let covered = self
                .counts
                .iter()
                .filter(|((method, path, bytes), _)| rate.covers(*method, path, *bytes));
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
        };
        self.dialect.rates.iter().map(of).max().unwrap_or(0)
    }
}

const fn paths(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::User => ("/Users", "/Users/x"),
        Kind::Group => ("/Groups", "/Groups/x"),
    }
}
