//! Names that can be mistaken for somebody else's: two different names that look alike (Unicode Technical
//! Standard 39, section 4). ASCII letters that look alike (`1` and `l`) are common in real data. Two names in
//! ASCII are therefore compared only if one of them is protected.

use std::collections::BTreeMap;

use super::figure::GuardFigure;
use super::grounds::Grounds;
use super::name::Guard;
use crate::model::well_known::{EMAILS, USER_NAME};
use crate::model::{Kind, Value, fold, looks};
use crate::plan::change::{Action, Change};
use crate::project::Protected;

/// Names that people would get and that look like another name of the directory, of this plan, or of the
/// protected people.
pub(crate) fn lookalikes(grounds: &Grounds<'_>) -> GuardFigure {
    let mut taken = NamesByLooks::default();
    for change in grounds
        .changes
        .iter()
        .filter(|change| change.kind == Kind::User && change.action != Action::Delete)
    {
        for (path, value) in &change.after {
            if let Some(name) = value.as_ref().and_then(Value::as_text).filter(|_| is_name(path)) {
                taken.add(name, change);
            }
        }
    }
    let mut cases = taken.like_each_other();
    cases.extend(
        grounds
            .policy
            .protect
            .iter()
            .filter_map(|protected| match protected {
                Protected::Key(key) if key.kind == Kind::Group => None,
                Protected::Key(key) => taken.like(&key.name, Letters::All, None),
                Protected::Name(name) => taken.like(name, Letters::All, None),
            }),
    );
    if !taken.by_looks.is_empty() {
        let attributes: Vec<_> = grounds
            .catalog
            .of(Kind::User)
            .filter(|attribute| is_name(&attribute.path))
            .map(|attribute| attribute.id)
            .collect();
        for live in &grounds.snapshot.users {
            let names = attributes
                .iter()
                .filter_map(|id| live.attributes.get(*id).and_then(Value::as_text));
            cases.extend(names.filter_map(|name| taken.like(name, Letters::BeyondAscii, Some(&live.id))));
        }
    }
    cases.sort();
    cases.dedup();
    GuardFigure::of_cases(Guard::Lookalike, cases)
}

/// Which pairs of names are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    All,
    /// Pairs in which at least one name has letters that are not ASCII.
    BeyondAscii,
}

/// The names that changes give to people, by their look.
#[derive(Default)]
struct NamesByLooks<'a> {
    by_looks: BTreeMap<String, Vec<Taken<'a>>>,
    has_beyond_ascii: bool,
}

struct Taken<'a> {
    name: String,
    by: &'a Change,
}

impl<'a> NamesByLooks<'a> {
    fn add(&mut self, name: &str, by: &'a Change) {
        self.has_beyond_ascii |= !name.is_ascii();
        let name = fold(name);
        let alike = self.by_looks.entry(looks(&name)).or_default();
        if alike
            .iter()
            .all(|taken| taken.name != name || taken.by.key != by.key)
        {
            alike.push(Taken { name, by });
        }
    }

    /// The case of a new name that looks like `name`, which belongs to another. `None` if there is none.
    fn like(&self, name: &str, letters: Letters, holder: Option<&str>) -> Option<String> {
        if letters == Letters::BeyondAscii && name.is_ascii() && !self.has_beyond_ascii {
            return None;
        }
        let name = fold(name);
        let is_another = |taken: &&Taken<'_>| {
            let is_compared = letters == Letters::All || !taken.name.is_ascii() || !name.is_ascii();
            taken.name != name && is_compared && (holder.is_none() || taken.by.remote_id.as_deref() != holder)
        };
        self.by_looks
            .get(&looks(&name))?
            .iter()
            .find(is_another)
            .map(|taken| taken.looks_like(&name))
    }

    fn like_each_other(&self) -> Vec<String> {
        let mut cases = Vec::new();
        for alike in self.by_looks.values() {
            let strange = alike.iter().filter(|taken| !taken.name.is_ascii());
            for taken in strange {
                let lookalike = alike
                    .iter()
                    .find(|lookalike| lookalike.name != taken.name && lookalike.by.key != taken.by.key);
                cases.extend(lookalike.map(|lookalike| taken.looks_like(&lookalike.name)));
            }
        }
        cases
    }
}

impl Taken<'_> {
    /// Describes the two names. They look the same, so letters that are not ASCII are written as numbers.
    fn looks_like(&self, name: &str) -> String {
        format!(
            "{} of {} looks like {}",
            spelled(&self.name),
            self.by.key,
            spelled(name)
        )
    }
}

fn spelled(name: &str) -> String {
    name.chars()
        .flat_map(|letter| {
            if letter.is_ascii() {
                letter.to_string()
            } else {
                letter.escape_unicode().to_string()
            }
            .chars()
            .collect::<Vec<_>>()
        })
        .collect()
}

fn is_name(path: &str) -> bool {
    path == USER_NAME || path.split('.').next() == Some(EMAILS)
}
