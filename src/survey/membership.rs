//! Who is in the groups that do not tell it, for those groups whose members a source declares.

use crate::desired::DesiredResource;
use crate::diagnostics::Diagnostics;
use crate::directory::DirectoryError;
use crate::matching::Matcher;
use crate::model::{Key, Kind};

use super::{Snapshot, Survey};

impl Survey<'_> {
    /// Asks for the members of each declared group that came without, as far as the service can be asked.
    pub(super) async fn ask_members(&self, snapshot: &mut Snapshot) -> Result<(), DirectoryError> {
        if self.reader.dialect().membership.ask.is_none() {
            return Ok(());
        }
        let live_of = |kind: Kind, snapshot: &Snapshot| {
            let matcher = Matcher { catalog: self.catalog, kind, order: &self.policy.of(kind).matched_by };
            matcher.pair(self.desired_of(kind), snapshot.of(kind), &mut Diagnostics::new()).live_of
        };
        let places = Kind::ALL.map(|kind| live_of(kind, snapshot));
        let id_of = |key: &Key, snapshot: &Snapshot| -> Option<Box<str>> {
            let (place, desired) = (usize::from(key.kind == Kind::Group), self.desired_of(key.kind));
            // Desired resources are sorted by key.
            let at = desired.binary_search_by(|one: &DesiredResource| one.key.cmp(key)).ok()?;
            Some(snapshot.of(key.kind)[places[place][at]?].id.clone())
        };
        for (wanted, place) in self.desired.groups.iter().zip(&places[1]) {
            let (Some(place), Some(members)) = (place, &wanted.members) else { continue };
            if snapshot.groups[*place].members.is_some() {
                continue;
            }
            let candidates: Vec<Box<str>> = members.iter().filter_map(|member| id_of(&member.key, snapshot)).collect();
            let told = self.reader.ask_members(&snapshot.groups[*place], &candidates).await?;
            snapshot.groups[*place].members = told;
        }
        Ok(())
    }
}
