//! Reads what a list leaves out though the resource itself has it: groups without `members`, people without
//! roles. Unknown is not none.
//!
//! A no-change plan must not read one by one, so a list is doubted only where it gives a reason:
//!
//! - An attribute that the list shows for somebody is believed for everybody. If it shows a declared
//!   attribute for nobody, two of those who should have it are read by id. If they have it, all whose
//!   sources name it are read by id; if they have not, nobody has it.
//! - `members` is doubted group by group, because some services leave out the members of large groups alone.
//!   An empty list is an answer: the group has none. A group without the list is read by id if the sources
//!   declare members for it, if the last apply left members in it, or if it holds the administrators that a
//!   guard counts. Of the other groups whose members are managed, one is read by id if the list shows the
//!   members of some group, and all are read if it shows those of none. If any group that was read has
//!   members that the list left out, all of them are read; if none has, the list is believed.
//! - A group that comes without `members` when it is read by id has none, if the service shows members of any
//!   group. If it never shows members, they stay unknown.
//!
//! Nothing is doubted where the dialect states it: `complete_listings`, `absent_members`, `membership.ask`.

use super::Survey;
use super::by_id::{Doubts, leaves_members_open, read_by_id, read_members, replace};
use crate::client::DirectoryError;
use crate::desired::DesiredResource;
use crate::model::{AttributeId, AttributeSet, Key, Kind, Live, Snapshot};
use crate::project::{Admins, MinAdmins};
use crate::whole::form::Writes;

/// How many resources are read by id to find out whether a list leaves an attribute out.
const SAMPLE: usize = 2;

impl Survey<'_> {
    /// Reads by id what the lists may have left out.
    pub(super) async fn read_unlisted(&self, snapshot: &mut Snapshot) -> Result<(), DirectoryError> {
        let dialect = self.reader.dialect();
        if dialect.writes == Writes::Each && !dialect.complete_listings {
            for kind in Kind::ALL {
                self.read_unlisted_attributes(kind, snapshot.of_mut(kind)).await?;
            }
        }
        let doubts = self.doubts(&snapshot.groups);
        read_members(self.reader, &mut snapshot.groups, doubts).await
    }

    async fn read_unlisted_attributes(&self, kind: Kind, rows: &mut Vec<Live>) -> Result<(), DirectoryError> {
        let unseen = self.unseen(kind, rows);
        if unseen.is_empty() || rows.is_empty() {
            return Ok(());
        }
        let pairs = self.pairs(kind, rows);
        let named = |among: &[AttributeId], wishing: fn(&DesiredResource, &[AttributeId]) -> bool| {
            let of_each = self.desired_of(kind).iter().zip(&pairs);
            let ids = of_each.filter(|(wanted, _)| wishing(wanted, among));
            ids.filter_map(|(_, place)| Some(rows[(*place)?].id.clone()))
                .collect::<Vec<Box<str>>>()
        };
        let mut sample = spread(named(&unseen, sets_any));
        if sample.is_empty() {
            sample = named(&unseen, names_any).into_iter().take(1).collect();
        }
        let read = read_by_id(self.reader, kind, sample.clone()).await?;
        let found: Vec<AttributeId> = unseen
            .into_iter()
            .filter(|attribute| {
                read.values()
                    .flatten()
                    .any(|live| live.attributes.get(*attribute).is_some())
            })
            .collect();
        let mut others = named(&found, names_any);
        others.retain(|id| !sample.contains(id));
        replace(rows, read);
        replace(rows, read_by_id(self.reader, kind, others).await?);
        Ok(())
    }

    /// The declared attributes that no row shows.
    fn unseen(&self, kind: Kind, rows: &[Live]) -> Vec<AttributeId> {
        let shown: AttributeSet = rows
            .iter()
            .flat_map(|row| row.attributes.iter().map(|(attribute, _)| attribute))
            .collect();
        let wishes = self.desired_of(kind).iter().flat_map(|wanted| &wanted.attributes);
        let mut unseen: Vec<AttributeId> = wishes
            .filter(|asked| asked.wish.lasts() && !shown.contains(asked.attribute))
            .map(|asked| asked.attribute)
            .collect();
        unseen.sort_unstable();
        unseen.dedup();
        unseen
    }

    /// The groups that came without their members and whose members matter to the plan.
    fn doubts(&self, groups: &[Live]) -> Doubts {
        let mut doubts = Doubts::default();
        if !leaves_members_open(self.reader) || groups.iter().all(|group| group.members.is_some()) {
            return doubts;
        }
        let shows_some = groups.iter().any(|group| group.members.is_some());
        let counted: Vec<&Key> = self.policy.min_admins.iter().filter_map(counted_group).collect();
        let mut declared = vec![None; groups.len()];
        for (wanted, place) in self.desired.groups.iter().zip(self.pairs(Kind::Group, groups)) {
            if let Some(place) = place {
                declared[place] = wanted.members.as_ref();
            }
        }
        for (group, declared) in groups.iter().zip(declared) {
            let key = group.key(self.catalog);
            if group.members.is_some() || (declared.is_none() && !counted.contains(&&key)) {
                continue;
            }
            let is_empty = declared.is_some_and(Vec::is_empty) && !counted.contains(&&key);
            if is_empty && shows_some && !self.remembered.has_members(&key) {
                doubts.perhaps.push(group.id.clone());
            } else {
                doubts.surely.push(group.id.clone());
            }
        }
        doubts
    }
}

fn counted_group(rule: &MinAdmins) -> Option<&Key> {
    match &rule.admins {
        Admins::Group(key) => Some(key),
        Admins::Role(_) => None,
    }
}

fn sets_any(wanted: &DesiredResource, among: &[AttributeId]) -> bool {
    let mut wishes = wanted.attributes.iter();
    wishes.any(|asked| asked.wish.lasts() && asked.wish.value().is_some() && among.contains(&asked.attribute))
}

fn names_any(wanted: &DesiredResource, among: &[AttributeId]) -> bool {
    let mut wishes = wanted.attributes.iter();
    wishes.any(|asked| asked.wish.lasts() && among.contains(&asked.attribute))
}

/// The first and the last one.
fn spread(ids: Vec<Box<str>>) -> Vec<Box<str>> {
    let last = ids.len().saturating_sub(1);
    let chosen: [usize; SAMPLE] = [0, last];
    let of_each = ids.into_iter().enumerate();
    of_each
        .filter(|(place, _)| chosen.contains(place))
        .map(|(_, id)| id)
        .collect()
}
