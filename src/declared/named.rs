//! Groups that exist because rows of people name them: a column of groups with `declare: true`.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{DeclaredRow, DesiredAttribute, Loss, MemberList, RowFault, RowProblem, Wish};
use crate::diagnostics::{Diagnostic, Diagnostics, Origin};
use crate::model::{Catalog, Key, Kind, Likeness, Value, looks, uncased};

/// The groups that rows name, each with its spellings.
#[derive(Debug, Default)]
pub(crate) struct NamedGroups {
    /// By name without capitals.
    groups: HashMap<String, NamedGroup>,
}

#[derive(Debug)]
struct NamedGroup {
    /// The first place.
    origin: Origin,
    /// How often each spelling stands in the sources. They differ in capitals alone.
    spellings: BTreeMap<Box<str>, u64>,
}

impl NamedGroup {
    /// The most frequent spelling; of several, the first by its letters. So the order of the rows does not
    /// matter.
    fn spelling(&self) -> &str {
        let most = self.spellings.values().max();
        let found = self.spellings.iter().find(|(_, count)| Some(*count) == most);
        found.map_or("", |(spelling, _)| spelling)
    }
}

impl NamedGroups {
    /// Adds a name at a place.
    pub(crate) fn add(&mut self, name: &str, origin: Origin) {
        let group = self
            .groups
            .entry_ref(&*uncased(name))
            .or_insert_with(|| NamedGroup {
                origin,
                spellings: BTreeMap::new(),
            });
        group.origin = group.origin.min(origin);
        match group.spellings.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                group.spellings.insert(name.into(), 1);
            }
        }
    }

    /// A row for each group that none of these rows declares. Of names that look alike, each has an error.
    pub(crate) fn rows(
        self,
        declared: &[DeclaredRow],
        catalog: &Catalog,
        diagnostics: &mut Diagnostics,
    ) -> Vec<DeclaredRow> {
        if self.groups.is_empty() {
            return Vec::new();
        }
        let written = declared.iter().filter(|row| row.kind == Kind::Group);
        let mut by_looks: BTreeMap<String, Vec<(String, Origin)>> = BTreeMap::new();
        let mut known = hashbrown::HashSet::new();
        for (key, origin) in written.filter_map(|row| Some((row.key.as_ref()?, row.origin))) {
            if known.insert(key.uncased().to_owned()) {
                by_looks
                    .entry(looks(&key.name))
                    .or_default()
                    .push((key.name.to_string(), origin));
            }
        }
        let mut groups: Vec<NamedGroup> = self
            .groups
            .into_iter()
            .filter(|(uncased, _)| !known.contains(uncased.as_str()))
            .map(|(_, group)| group)
            .collect();
        groups.sort_by(|left, right| left.spelling().cmp(right.spelling()));
        for group in &groups {
            let alike = by_looks.entry(looks(group.spelling())).or_default();
            alike.push((group.spelling().to_owned(), group.origin));
        }
        let row = |group: NamedGroup| {
            let name = group.spelling();
            let mut others = by_looks[&looks(name)].iter().filter(|(other, _)| other != name);
            let fault = others.next().map(|(other, place)| {
                let problem = alike(&group, other, *place);
                let fault = RowFault {
                    problem: RowProblem::of(&problem),
                    loss: Loss::Value,
                };
                diagnostics.push(problem);
                Box::new(fault)
            });
            DeclaredRow {
                key: Some(Key::new(Kind::Group, name)),
                attributes: vec![DesiredAttribute {
                    attribute: catalog.naming(Kind::Group),
                    wish: Wish::Set(Value::text(name)),
                    origin: group.origin,
                }],
                members: MemberList::Names,
                fault,
                ..DeclaredRow::nothing(Kind::Group, group.origin)
            }
        };
        groups.into_iter().map(row).collect()
    }
}

fn alike(group: &NamedGroup, other: &str, place: Origin) -> Diagnostic {
    let name = group.spelling();
    let rule = Likeness::of(name, other).map_or(String::new(), |rule| format!(" by {rule}"));
    let message = format!("the groups `{name}` and `{other}` look alike{rule}");
    Diagnostic::error("lookalike-group", group.origin, message)
        .related(place, "the other one")
        .hint("write one name in all rows; if they are two groups, declare both in a file of groups")
        .of_row()
}
