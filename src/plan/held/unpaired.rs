//! Who is held because the matcher could not pair them.

use super::Settling;
use super::told::{Identities, Told, account, another_account};
use crate::escape::CodePoints;
use crate::matching::Doubt;
use crate::model::{AttributeId, Kind};
use crate::plan::remainder::HeldReason;

impl Settling<'_, '_> {
    /// Holds whoever the matcher could not pair.
    pub(super) fn hold_unpaired(&mut self) {
        let rebindings = self.rebindings();
        for kind in Kind::ALL {
            let doubts: Vec<_> = self.pairing.of(kind).doubts.clone().into_iter().collect();
            for (number, doubt) in doubts {
                if self.back.of(kind, number).is_some() {
                    continue; // a row of theirs has an error
                }
                let mut same = rebindings.iter();
                let is_one = same.any(|one| (one.kind, one.number) == (kind, number));
                let count = is_one.then_some(rebindings.len());
                let told = match &doubt {
                    Doubt::Ambiguous { attribute, places } => self.ambiguous(kind, *attribute, places),
                    Doubt::ClaimedTwice { place, other } => self.claimed_twice(kind, *place, *other),
                    Doubt::FormerNames { places } => self.formerly_several(kind, places),
                    Doubt::AnotherAccount { places } => {
                        let [named, known] = places.map(|place| self.live(kind, place));
                        another_account(self.basis.catalog, named, known, count)
                    }
                    Doubt::AnotherIdentity { attribute, place } => {
                        let told = Identities {
                            wanted: self.wanted(kind, number),
                            live: self.live(kind, *place),
                            path: &self.basis.catalog.attribute(*attribute).path,
                            attribute: *attribute,
                        };
                        told.told(
                            &self.basis.catalog.attribute(self.basis.catalog.naming(kind)).path,
                            count,
                        )
                    }
                };
                self.hold(kind, number, told, doubt.places());
            }
        }
    }

    fn ambiguous(&self, kind: Kind, attribute: AttributeId, places: &[usize]) -> Told {
        let ids: Vec<_> = places.iter().map(|place| &*self.live(kind, *place).id).collect();
        let path = &self.basis.catalog.attribute(attribute).path;
        Told {
            reason: HeldReason::AmbiguousMatch,
            message: format!(
                "it could be {} {}s in the directory: their {path} is the same (ids {})",
                places.len(),
                account(kind),
                ids.join(", ")
            ),
            next: "make them distinct in the directory, or remove the wrong one there; wpsync never guesses \
                   which one is meant"
                .to_owned(),
        }
    }

    fn formerly_several(&self, kind: Kind, places: &[usize]) -> Told {
        let ids: Vec<_> = places.iter().map(|place| &*self.live(kind, *place).id).collect();
        Told {
            reason: HeldReason::AmbiguousMatch,
            message: format!(
                "it could be {} {}s in the directory: each has a name that it had before (ids {})",
                places.len(),
                account(kind),
                ids.join(", ")
            ),
            next: "leave in `previously` only the name of the one that it is".to_owned(),
        }
    }

    fn claimed_twice(&self, kind: Kind, place: usize, other: usize) -> Told {
        let (live, other) = (self.live(kind, place), self.wanted(kind, other));
        Told {
            reason: HeldReason::ClaimedTwice,
            message: format!(
                "it and {} ({}) are one {} in the directory: {} (id {})",
                other.key.id(),
                self.basis.files.place(other.origin),
                account(kind),
                CodePoints(&live.key(self.basis.catalog).name),
                live.id
            ),
            next: format!(
                "give each the externalId of the {} that it is, or remove one of the two declarations",
                account(kind)
            ),
        }
    }
}
