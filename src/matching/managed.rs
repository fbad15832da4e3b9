//! Pairs by the ids of the state what no attribute pairs. A service may store somebody under another name
//! than was sent, or somebody gave the account another name there. It is still the account that an apply
//! made.

use std::collections::HashMap;

use super::{Matcher, Matches};
use crate::desired::DesiredResource;
use crate::model::{Key, Live, ManagedAccounts};

impl Matcher<'_> {
    /// Pairs each unpaired desired resource with the live resource that is managed under its name, if that
    /// one is unpaired too and nothing says that it is somebody else: it has no other value of an attribute
    /// to match by, besides the name.
    pub(crate) fn pair_managed(
        &self,
        matches: &mut Matches,
        desired: &[DesiredResource],
        live: &[Live],
        managed: &ManagedAccounts,
    ) {
        let mut places: HashMap<Key, Vec<usize>> = HashMap::new();
        for (place, row) in live.iter().enumerate() {
            if matches.desired_of[place].is_none()
                && let Some(name) = managed.of(self.kind).get(&row.id)
            {
                places.entry(Key::new(self.kind, name)).or_default().push(place);
            }
        }
        if places.is_empty() {
            return;
        }
        for (number, wanted) in desired.iter().enumerate() {
            if matches.live_of[number].is_some() || matches.doubts.contains_key(&number) {
                continue;
            }
            if let Some([place]) = places.get(&wanted.key).map(Vec::as_slice)
                && !self.has_another_identity(wanted, &live[*place])
            {
                matches.bind(number, *place);
            }
        }
    }
}
