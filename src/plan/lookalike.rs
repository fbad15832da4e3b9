//! Names that can be mistaken for somebody else's: two different names that look alike. A name is looked at
//! where a plan gives it to somebody; names that are there and stay are nobody's concern.
//!
//! ASCII letters that look alike (`1` and `l`) are common in real data. Two names in ASCII are therefore
//! compared by such letters only if one of them is protected.

use std::collections::{BTreeMap, HashMap};

use crate::escape::CodePoints;
use crate::model::{Attribute, Catalog, Key, Kind, Likeness, Live, Snapshot, Value, fold, looks, uncased};
use crate::policy::Policy;
use crate::project::Protected;

/// A name that a plan gives to a person or a group.
pub(super) struct Taken<'a> {
    /// The attribute that holds it: what names the resource, or an email address.
    pub(super) attribute: &'a Attribute,
    /// Who gets it.
    pub(super) by: &'a Key,
    /// The directory's id of who gets it. `None` for somebody new.
    pub(super) id: Option<&'a str>,
    /// The name.
    pub(super) name: &'a str,
}

/// What the names that a plan gives can be mistaken for.
pub(super) struct Around<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) policy: &'a Policy,
    pub(super) snapshot: &'a Snapshot,
}

/// A name that looks like another.
#[derive(Debug)]
pub(super) struct Alike {
    /// The live resources of the other name, by position. Empty if no live resource has it.
    pub(super) places: Vec<usize>,
    /// The new name.
    name: Box<str>,
    /// The other name.
    other: Box<str>,
    /// Whose name the other one is, for people.
    whose: String,
}

impl Alike {
    /// The two names, whose the other one is, and the rule by which they look alike. They look the same, so
    /// letters beyond ASCII are written as numbers.
    pub(super) fn said(&self) -> String {
        let (name, other) = (CodePoints(&self.name), CodePoints(&self.other));
        let rule = Likeness::of(&self.name, &self.other).unwrap_or(Likeness::Letters);
        format!("{name} looks like {other} {}, by {rule}", self.whose)
    }
}

/// The names that a plan gives, by their look.
#[derive(Default)]
pub(super) struct NamesByLooks<'a> {
    by_looks: HashMap<(Kind, String), Vec<Taken<'a>>>,
    /// Whether a name has anything but visible ASCII.
    has_strange: bool,
}

impl<'a> NamesByLooks<'a> {
    pub(super) fn add(&mut self, taken: Taken<'a>) {
        self.has_strange |= is_strange(taken.name);
        let alike = self
            .by_looks
            .entry((taken.by.kind, looks(taken.name)))
            .or_default();
        if alike
            .iter()
            .all(|known| known.by != taken.by || known.name != taken.name)
        {
            alike.push(taken);
        }
    }

    /// For each person or group that gets a name which looks like another: that other name.
    pub(super) fn mistaken(&self, around: &Around<'_>) -> BTreeMap<&'a Key, Alike> {
        let mut found = BTreeMap::new();
        if !self.by_looks.is_empty() {
            for kind in Kind::ALL {
                self.like_live(kind, around, &mut found);
            }
            self.like_protected(around.policy, &mut found);
            self.like_each_other(&mut found);
        }
        found
    }

    fn like_live(&self, kind: Kind, around: &Around<'_>, found: &mut BTreeMap<&'a Key, Alike>) {
        let attributes: Vec<_> = around
            .catalog
            .of(kind)
            .filter(|attribute| attribute.is_name())
            .collect();
        for (place, live) in around.snapshot.of(kind).iter().enumerate() {
            for attribute in &attributes {
                let Some(name) = live.attributes.get(attribute.id).and_then(Value::as_text) else {
                    continue;
                };
                // The look of a million names is costly. Plain ones differ from plain ones by case at most.
                if !self.has_strange && !attribute.case_exact && !is_strange(name) {
                    continue;
                }
                for taken in self.of_look(kind, name) {
                    let is_own = taken.id == Some(&*live.id);
                    if !is_own && taken.differs_from(attribute, name) && are_compared(taken.name, name) {
                        let whose = || described(name, live, around.catalog);
                        let alike = found.entry(taken.by).or_insert_with(|| taken.like(name, whose()));
                        alike.places.push(place);
                    }
                }
            }
        }
    }

    fn like_protected(&self, policy: &Policy, found: &mut BTreeMap<&'a Key, Alike>) {
        for protected in &policy.protect {
            let (kinds, name) = match protected {
                Protected::Key(key) => (vec![key.kind], &*key.name),
                Protected::Name(name) => (Kind::ALL.to_vec(), &**name),
            };
            for taken in kinds.into_iter().flat_map(|kind| self.of_look(kind, name)) {
                if uncased(taken.name) != uncased(name) {
                    let whose = "that is protected".to_owned();
                    found.entry(taken.by).or_insert_with(|| taken.like(name, whose));
                }
            }
        }
    }

    fn like_each_other(&self, found: &mut BTreeMap<&'a Key, Alike>) {
        for alike in self.by_looks.values().filter(|alike| alike.len() > 1) {
            for taken in alike {
                let is_mistaken = |other: &&Taken<'_>| {
                    other.by != taken.by
                        && taken.differs_from(other.attribute, other.name)
                        && are_compared(taken.name, other.name)
                        // Of a plain and a strange name, the strange one is looked at.
                        && (is_strange(taken.name) || !is_strange(other.name))
                };
                if let Some(other) = alike.iter().find(is_mistaken) {
                    let whose = format!("of {}, which is new too", other.by.id());
                    found
                        .entry(taken.by)
                        .or_insert_with(|| taken.like(other.name, whose));
                }
            }
        }
    }

    fn of_look(&self, kind: Kind, name: &str) -> impl Iterator<Item = &Taken<'a>> {
        self.by_looks.get(&(kind, looks(name))).into_iter().flatten()
    }
}

impl Taken<'_> {
    /// Whether it is not the same name as another one. In an attribute that both have, the service's own rule
    /// says what is the same.
    fn differs_from(&self, attribute: &Attribute, name: &str) -> bool {
        if self.attribute.id == attribute.id {
            !attribute.names_the_same(self.name, name)
        } else {
            uncased(self.name) != uncased(name)
        }
    }

    fn like(&self, other: &str, whose: String) -> Alike {
        Alike {
            places: Vec::new(),
            name: self.name.into(),
            other: other.into(),
            whose,
        }
    }
}

/// Whether two names of one look are compared. Names in ASCII are, where more than confusable letters makes
/// them alike.
fn are_compared(left: &str, right: &str) -> bool {
    !left.is_ascii() || !right.is_ascii() || fold(left) == fold(right)
}

fn is_strange(name: &str) -> bool {
    !name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whose a live name is.
fn described(name: &str, live: &Live, catalog: &Catalog) -> String {
    let (key, id) = (live.key(catalog), &live.id);
    if *key.name == *name {
        format!("(id {id}) in the directory")
    } else {
        format!(
            "of {}:{} (id {id}) in the directory",
            key.kind.word(),
            CodePoints(&key.name)
        )
    }
}
