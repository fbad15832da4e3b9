//! How an apply reads what a plan touches: each resource by its id, or the whole list where that takes fewer
//! requests. The rule is here because the plan's cost and the apply must agree.

use super::change::{Action, Change};
use crate::dialect::{Dialect, Paging};
use crate::model::{Catalog, Kind, Kinds, Uniqueness};

/// How many written resources of each kind and action are read by id right after the write, before others
/// wait for the list. They show early whether a service does what it says.
pub(crate) const READ_AT_ONCE: u64 = 6;

/// How resources are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReadBy {
    /// Each by its id.
    #[default]
    Id,
    /// All of a kind, by its list.
    List,
}

/// How the resources of one kind are read in an apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KindReading {
    /// Before anything is written.
    pub(crate) check: ReadBy,
    /// After the writes, as evidence.
    pub(crate) evidence: ReadBy,
    /// How many requests the list takes.
    pub(crate) pages: u64,
    /// How many resources are read by id, or come with the list, before anything is written.
    pub(crate) checked: u64,
    /// How many written resources can wait for the list.
    pub(crate) deferrable: u64,
}

/// How many requests a list of `count` resources takes: its pages, and one past the end.
pub(crate) fn pages(count: u64, dialect: &Dialect) -> u64 {
    match dialect.paging {
        Paging::None => 1,
        _ => count.div_ceil(u64::from(dialect.page_size.max(1))) + 1,
    }
}

/// How an apply reads the resources that a plan touches. `counts` says how many resources the plan found.
pub(crate) fn readings(changes: &[Change], counts: &Kinds<u64>, dialect: &Dialect) -> Kinds<KindReading> {
    let of = |kind| reading(kind, changes, *counts.of(kind), dialect);
    Kinds {
        users: of(Kind::User),
        groups: of(Kind::Group),
    }
}

fn reading(kind: Kind, changes: &[Change], count: u64, dialect: &Dialect) -> KindReading {
    let of_kind = || changes.iter().filter(move |change| change.kind == kind);
    let checked = of_kind().filter(|change| change.remote_id.is_some()).count() as u64;
    let deferrable = Action::BY_RISK
        .into_iter()
        .map(|action| {
            let same = of_kind().filter(|change| change.action == action && may_wait(change, dialect));
            (same.count() as u64).saturating_sub(READ_AT_ONCE)
        })
        .sum();
    let created = of_kind().filter(|change| change.action == Action::Create).count() as u64;
    let by_list = |resources: u64, pages: u64| {
        if pages < resources {
            ReadBy::List
        } else {
            ReadBy::Id
        }
    };
    KindReading {
        check: by_list(checked, pages(count, dialect)),
        evidence: by_list(deferrable, pages(count + created, dialect)),
        pages: pages(count + created, dialect),
        checked,
        deferrable,
    }
}

/// Whether a change may wait for the list. What takes something away is read back at once, because what
/// follows it rests on that. The list does not show members whom the service hides.
pub(crate) fn may_wait(change: &Change, dialect: &Dialect) -> bool {
    !change.takes_away() && (change.members.is_none() || !dialect.hides_members())
}

/// Whether a service refuses a second resource of a name (RFC 7643, section 7, `uniqueness`). Then nobody is
/// looked up once more just before a create.
pub(crate) fn names_are_unique(kind: Kind, catalog: &Catalog) -> bool {
    let naming = catalog.attribute(catalog.naming(kind));
    matches!(naming.uniqueness, Uniqueness::Server | Uniqueness::Global)
}
