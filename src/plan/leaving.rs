//! The live accounts of resources that a file or the command line asks to remove by name. Absence from the
//! sources removes only what `within` covers; a removal by name removes any resource.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::draft::DraftBasis;
use super::held::told::account;
use super::remainder::{Counted, Held, HeldReason};
use crate::desired::{NameBeside, Removal, Removing};
use crate::matching::Index;
use crate::model::well_known::ACTIVE;
use crate::model::{AttributeId, Key, Kind, Live};

/// Who is to be removed by name.
#[derive(Default)]
pub(super) struct Leaving {
    /// The live resources to remove, by kind and place in the snapshot, each with the number of its removal.
    found: BTreeMap<(Kind, usize), usize>,
    /// The removals that could be of several live resources, by number, each with their places.
    in_doubt: BTreeMap<usize, Vec<usize>>,
    /// The removals, by number, of which the directory has no account.
    without_account: Vec<usize>,
}

/// Where the live resources are that are managed under the names of those who are to be removed.
struct ManagedPlaces(HashMap<Key, Vec<usize>>);

impl ManagedPlaces {
    fn of_removed(basis: &DraftBasis<'_>) -> Self {
        let removals = basis.desired.removals.iter();
        let mut places: HashMap<Key, Vec<usize>> = removals
            .map(|removal| (removal.key.clone(), Vec::new()))
            .collect();
        if places.is_empty() {
            return Self(places);
        }
        for kind in Kind::ALL {
            for (place, live) in basis.snapshot.of(kind).iter().enumerate() {
                let name = basis.accounts.of(kind).get(&live.id);
                if let Some(found) = name.and_then(|name| places.get_mut(&Key::new(kind, name))) {
                    found.push(place);
                }
            }
        }
        Self(places)
    }

    fn of(&self, key: &Key) -> impl Iterator<Item = usize> {
        self.0.get(key).into_iter().flatten().copied()
    }
}

/// A sentence about those whom a file says to deactivate and nobody knows. `None` if there are none.
pub(crate) fn unknown_leavers(unknown: &Counted) -> Option<String> {
    let names: Vec<String> = unknown.first.iter().map(ToString::to_string).collect();
    let more = if unknown.count > names.len() as u64 {
        ", …"
    } else {
        ""
    };
    let (whom, names) = (unknown.count, names.join(", "));
    let verb = if whom == 1 { "is" } else { "are" };
    (whom > 0).then(|| {
        format!(
            "{whom} of those whom a file says to deactivate {verb} known to nobody, neither to the directory \
             nor to the record of applies: {names}{more}. Correct the names, or take them out."
        )
    })
}

/// A live resource to remove.
pub(super) struct Leaver<'a> {
    pub(super) live: &'a Live,
    pub(super) removal: &'a Removal,
}

/// The accounts that a removal could be about, by their places.
enum AccountFound {
    None,
    One(usize),
    Several(Vec<usize>),
}

/// Finds the live accounts of removals.
struct AccountSearch<'a> {
    basis: &'a DraftBasis<'a>,
    managed: ManagedPlaces,
    indexes: BTreeMap<(Kind, AttributeId), Index<'a>>,
}

impl<'a> AccountSearch<'a> {
    fn new(basis: &'a DraftBasis<'a>) -> Self {
        let mut indexes = BTreeMap::new();
        for removal in &basis.desired.removals {
            let kind = removal.key.kind;
            indexes
                .entry((kind, removal.by))
                .or_insert_with(|| Index::new(basis.catalog, removal.by, basis.snapshot.of(kind)));
        }
        Self {
            basis,
            managed: ManagedPlaces::of_removed(basis),
            indexes,
        }
    }

    /// The account of a removal. Of several the one is meant that the record knows as managed: whoever leaves
    /// does not stay in by a second account, nor by another name for the first.
    fn account(&self, removal: &Removal) -> AccountFound {
        let (basis, kind) = (self.basis, removal.key.kind);
        let named = self.indexes[&(kind, removal.by)].find(&removal.key.name);
        let mut places: Vec<usize> = named.iter().map(|place| *place as usize).collect();
        if removal.by == basis.catalog.naming(kind) {
            places.extend(self.managed.of(&removal.key));
            places.sort_unstable();
            places.dedup();
        }
        let is_ours = |place: &&usize| basis.accounts.has(kind, &basis.snapshot.of(kind)[**place].id);
        let ours: Vec<usize> = places.iter().filter(is_ours).copied().collect();
        // An account that left under this name long ago does not stand in for the one that has it now.
        let has_name = |place: &&usize| named.iter().any(|named| *named as usize == **place);
        let ours_of_name: Vec<usize> = ours.iter().filter(has_name).copied().collect();
        match (&places[..], &ours_of_name[..], &ours[..]) {
            ([], ..) => AccountFound::None,
            ([place], ..) | (_, [place], _) | (_, [], [place]) => AccountFound::One(*place),
            _ => AccountFound::Several(places),
        }
    }

    /// Whether a removal has no effect on an account.
    fn is_done(&self, removal: &Removal, place: usize) -> bool {
        let active = self.basis.catalog.well_known(Kind::User, ACTIVE);
        let live = &self.basis.snapshot.of(removal.key.kind)[place];
        removal.removing == Removing::Deactivate && live.is_inactive(active)
    }
}

impl Leaving {
    /// Finds the live account of each removal. A removal without an account is already done.
    pub(super) fn find(basis: &DraftBasis<'_>) -> Self {
        let mut leaving = Self::default();
        let search = AccountSearch::new(basis);
        for (number, removal) in basis.desired.removals.iter().enumerate() {
            match (search.account(removal), &removal.beside) {
                (AccountFound::None, _) => leaving.without_account.push(number),
                (account, Some(beside)) => leaving.add_beside(&search, number, beside, account),
                (AccountFound::One(place), None) => {
                    leaving.found.insert((removal.key.kind, place), number);
                }
                (AccountFound::Several(places), None) => {
                    leaving.in_doubt.insert(number, places);
                }
            }
        }
        leaving
    }

    /// Adds the account of an identifier that stands beside a name, as a source declares both. Where the two
    /// mean two accounts, the one of the name is meant, if the command line says the name and that account
    /// is still to be removed. Otherwise the removal is in doubt.
    fn add_beside(
        &mut self,
        search: &AccountSearch<'_>,
        number: usize,
        beside: &NameBeside,
        account: AccountFound,
    ) {
        let removals = &search.basis.desired.removals;
        let kind = beside.key.kind;
        let is_of_name =
            |other: &Removal| other.origin.is_none() && other.beside.is_none() && other.key == beside.key;
        let by_name = removals.iter().position(is_of_name);
        let named = by_name.map_or(AccountFound::None, |at| search.account(&removals[at]));
        let mut places = match (named, account) {
            // In doubt already, or nothing to add.
            (AccountFound::Several(_), _) | (_, AccountFound::None) => return,
            (AccountFound::None, AccountFound::Several(places)) => places,
            (AccountFound::None, AccountFound::One(place)) => {
                self.found.insert((kind, place), number);
                return;
            }
            (AccountFound::One(named), account) => {
                let others = match account {
                    AccountFound::Several(places) => places,
                    AccountFound::One(place) => vec![place],
                    AccountFound::None => Vec::new(),
                };
                let removal = &removals[number];
                let open = others.iter().filter(|place| !search.is_done(removal, **place));
                let is_meant = beside.is_asked && !search.is_done(removal, named);
                if is_meant || open.count() == 0 || others.contains(&named) {
                    return;
                }
                if self.found.get(&(kind, named)) == by_name.as_ref() {
                    self.found.remove(&(kind, named));
                }
                [vec![named], others].concat()
            }
        };
        places.sort_unstable();
        self.in_doubt.insert(number, places);
    }

    /// Whether the resource at a place is to be removed.
    pub(super) fn has(&self, kind: Kind, place: usize) -> bool {
        self.found.contains_key(&(kind, place))
    }

    /// All resources to remove.
    pub(super) fn all<'a>(&'a self, basis: &'a DraftBasis<'_>) -> impl Iterator<Item = Leaver<'a>> {
        self.found.iter().map(|((kind, place), number)| Leaver {
            live: &basis.snapshot.of(*kind)[*place],
            removal: &basis.desired.removals[*number],
        })
    }

    /// Whom a file says to deactivate although neither the directory nor the record of applies knows them:
    /// the name may be mistyped, and somebody else keeps access. Who is to be deleted may be gone already.
    pub(super) fn unknown(&self, basis: &DraftBasis<'_>) -> Counted {
        let mut unknown = Counted::default();
        if basis.selection.is_some() || self.without_account.is_empty() {
            return unknown;
        }
        let removals = self
            .without_account
            .iter()
            .map(|number| &basis.desired.removals[*number]);
        let recorded = Kind::ALL.into_iter().flat_map(|kind| {
            let names = basis.accounts.of(kind).iter();
            names.map(move |(_, name)| Key::new(kind, name))
        });
        let recorded: HashSet<Key> = recorded.collect();
        removals
            .filter(|removal| removal.origin.is_some() && removal.removing == Removing::Deactivate)
            .filter(|removal| !recorded.contains(&removal.key))
            .for_each(|removal| unknown.add(&removal.key));
        unknown
    }

    /// The live resources that a removal could be about, by kind and place.
    pub(super) fn in_doubt(&self, basis: &DraftBasis<'_>) -> Vec<(Kind, usize)> {
        let of_each = self.in_doubt.iter().flat_map(|(number, places)| {
            let kind = basis.desired.removals[*number].key.kind;
            places.iter().map(move |place| (kind, *place))
        });
        of_each.collect()
    }

    /// The removals that are held because they could be about several live resources.
    pub(super) fn held(&self, basis: &DraftBasis<'_>) -> Vec<Held> {
        let all = self
            .in_doubt
            .iter()
            .map(|(number, places)| (&basis.desired.removals[*number], places));
        let is_meant = |removal: &Removal| {
            let selection = basis.selection;
            removal.origin.is_none() || selection.is_none_or(|selection| selection.compares(&removal.key))
        };
        let meant = all.filter(|(removal, _)| is_meant(removal));
        let of_each = meant.map(|(removal, places)| {
            let (word, live) = (account(removal.key.kind), basis.snapshot.of(removal.key.kind));
            let ids: Vec<&str> = places.iter().map(|place| &*live[*place].id).collect();
            if let Some(beside) = &removal.beside {
                return Held {
                    key: beside.key.clone(),
                    message: format!(
                        "it is to be removed, and the name and the identifier that are declared for it are \
                         not one {word}'s in the directory (ids {})",
                        ids.join(", ")
                    ),
                    next: format!(
                        "name the {word} that is meant as the directory has it, or correct the row"
                    ),
                    origin: None,
                    reason: HeldReason::AmbiguousMatch,
                };
            }
            Held {
                key: removal.key.clone(),
                message: format!(
                    "it is to be removed, and could be {} {word}s in the directory (ids {}), none of which, \
                     or several of which, are known here as managed",
                    places.len(),
                    ids.join(", ")
                ),
                next: format!("remove the right {word} in the directory, or make them distinct there"),
                origin: removal.origin.map(|origin| basis.files.place(origin).to_string()),
                reason: HeldReason::AmbiguousMatch,
            }
        });
        of_each.collect()
    }
}
