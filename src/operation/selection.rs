//! A plan about selected people and groups. It is sealed, reviewed, guarded and applied like any other.

use super::opened::Opened;
use super::problem::{Problem, ProblemKind};
use super::surroundings::Watch;
use crate::desired::{Desired, NameBeside, Removal, Removing};
use crate::escape::Escaped;
use crate::matching::Index;
use crate::model::{Catalog, Key, Kind, Snapshot, Value};
use crate::plan::{Draft, Selection};
use crate::why::{self, Focus, InSources};

/// The people and groups that a plan is about, by names as the user writes them. If all lists are empty, the
/// plan is about everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// Whether only what corrects capitals, the form of accents, or spaces is planned.
    pub corrections: bool,
    /// The people and groups that are compared with the sources, as `user:ada@example.com` or `group:Sales`.
    pub only: Vec<String>,
    /// The people who are deactivated, whatever the sources say.
    pub deactivate: Vec<String>,
    /// The people and groups that are deleted, whatever the sources say.
    pub delete: Vec<String>,
}

impl Selected {
    /// Whether the plan is about named people and groups alone.
    pub fn names_somebody(&self) -> bool {
        [&self.only, &self.deactivate, &self.delete]
            .into_iter()
            .any(|names| !names.is_empty())
    }

    /// The selection. `None` if nothing is selected. The removals that the command line asks for are added to
    /// `opened.desired`.
    pub(super) fn selection(&self, opened: &mut Opened) -> Result<Option<Selection>, Problem> {
        let (desired, catalog) = (&opened.desired, &opened.catalog);
        let only = self
            .only
            .iter()
            .map(|name| declared(desired, catalog, name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut removals = Vec::new();
        let mut remove = |names: &[String], removing: Removing| {
            names
                .iter()
                .map(|name| leaver(desired, catalog, name, removing, &mut removals))
                .collect::<Result<Vec<_>, _>>()
        };
        let deactivate = remove(&self.deactivate, Removing::Deactivate)?;
        let delete = remove(&self.delete, Removing::Delete)?;
        let mut selection = Selection {
            corrections: self.corrections,
            deactivate,
            delete,
            only,
        };
        for keys in [
            &mut selection.deactivate,
            &mut selection.delete,
            &mut selection.only,
        ] {
            keys.sort();
            keys.dedup();
        }
        let all = || {
            selection
                .only
                .iter()
                .chain(&selection.deactivate)
                .chain(&selection.delete)
        };
        if let Some(twice) = all()
            .enumerate()
            .find_map(|(number, key)| all().skip(number + 1).find(|later| *later == key))
        {
            return Err(
                Problem::new(ProblemKind::Usage, format!("{twice} is selected for two things"))
                    .hint("make two plans of it"),
            );
        }
        if all().next().is_none() && !selection.corrections {
            return Ok(None);
        }
        // A file's removal of the same person asks for the same, or for something that this plan is not
        // about.
        opened
            .desired
            .removals
            .retain(|removal| !removals.iter().any(|asked| asked.key == removal.key));
        opened.desired.removals.extend(removals);
        Ok(Some(selection))
    }
}

/// The key of a name that the sources declare.
fn declared(desired: &Desired, catalog: &Catalog, name: &str) -> Result<Key, Problem> {
    let focus = find(desired, catalog, name)?;
    // A file that asks for a removal also names the person or group.
    let leaving = focus
        .names
        .iter()
        .find(|key| desired.removals.iter().any(|removal| removal.key == **key));
    match focus.in_sources {
        InSources::Declared(resource) => Ok(resource.key.clone()),
        InSources::Undeclared if let Some(key) = leaving => Ok(key.clone()),
        InSources::OutOfScope(resource) => Err(Problem::error(format!(
            "{} is declared, and `scope` leaves it out",
            resource.key
        ))
        .hint("`wpsync why` says by which condition")),
        InSources::Undeclared => {
            let near = why::nearest(desired, name);
            // Of a person, the nearest name is another person's.
            let near = near.filter(|near| near.kind == Kind::Group);
            let near = near.map(|near| format!("did you mean {near}? "));
            let hint = "to end an access or to delete, say --deactivate or --delete";
            Err(Problem::error(format!(
                "no source declares {}: --only compares, and removes nobody for being absent",
                Escaped(name)
            ))
            .hint(format!("{}{hint}", near.unwrap_or_default())))
        }
    }
}

/// The key of a resource to remove. Adds one removal for each attribute that may hold the name.
fn leaver(
    desired: &Desired,
    catalog: &Catalog,
    name: &str,
    removing: Removing,
    removals: &mut Vec<Removal>,
) -> Result<Key, Problem> {
    let focus = find(desired, catalog, name)?;
    let resource = focus.in_sources.resource();
    let key = resource
        .map(|resource| resource.key.clone())
        .or_else(|| Key::parse(name))
        .unwrap_or_else(|| Key::new(Kind::User, name));
    if key.kind == Kind::Group && removing == Removing::Deactivate {
        return Err(Problem::new(
            ProblemKind::Usage,
            format!("{key} is a group, and only people can be deactivated"),
        )
        .hint("say --delete"));
    }
    let external = catalog.external_id(key.kind);
    let id = resource
        .map_or(Some(&*key.name), |resource| {
            resource.value(external).and_then(Value::as_text)
        })
        .map(str::to_owned);
    let ids = id.map(|id| (Key::new(key.kind, &id), external));
    let naming = catalog.naming(key.kind);
    removals.push(Removal {
        key: key.clone(),
        by: naming,
        removing,
        origin: None,
        beside: None,
    });
    let beside = NameBeside {
        key: key.clone(),
        is_asked: why::keys(name).contains(&key),
    };
    removals.extend(ids.map(|(key, by)| Removal {
        key,
        by,
        removing,
        origin: None,
        beside: Some(beside),
    }));
    Ok(key)
}

fn find<'d>(desired: &'d Desired, catalog: &Catalog, name: &str) -> Result<Focus<'d>, Problem> {
    Focus::find(desired, catalog, name).map_err(|several| {
        let keys = several
            .keys
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or ");
        Problem::new(ProblemKind::Usage, format!("{} can be {keys}", Escaped(name)))
            .hint("write the one that is meant")
    })
}

/// Checks that each resource to remove is in the directory, and notes each one that is already inactive.
pub(super) fn check_leavers(
    opened: &Opened,
    snapshot: &Snapshot,
    selection: &Selection,
    draft: &Draft,
    watch: &dyn Watch,
) -> Result<(), Problem> {
    let live_of = |key: &Key| {
        let asked = opened
            .desired
            .removals
            .iter()
            .filter(|removal| removal.origin.is_none() && removal.key.kind == key.kind);
        let mut named = asked.filter(|removal| is_of(opened, removal, key));
        named.find_map(|removal| {
            let index = Index::new(&opened.catalog, removal.by, snapshot.of(key.kind));
            let places = index.find(&removal.key.name).iter();
            let ids: Vec<&str> = places
                .map(|place| &*snapshot.of(key.kind)[*place as usize].id)
                .collect();
            (!ids.is_empty()).then_some(ids)
        })
    };
    // A removal is held under the name that the directory has.
    let is_held = |key: &Key, ids: &[&str]| {
        let of_id = |held: &Key| {
            let mut all = snapshot.of(held.kind).iter();
            all.any(|live| ids.contains(&&*live.id) && live.key(&opened.catalog) == *held)
        };
        let mut held = draft.remainder.held.iter();
        held.any(|held| held.key == *key || of_id(&held.key))
    };
    for key in selection.deactivate.iter().chain(&selection.delete) {
        match live_of(key) {
            None => {
                return Err(Problem::error(format!("the directory does not have {key}"))
                    .hint("people go by userName or externalId, groups by displayName"));
            }
            Some(ids) => {
                let mut changed = draft
                    .changes
                    .iter()
                    .filter_map(|change| change.remote_id.as_deref());
                if !is_held(key, &ids) && !changed.any(|id| ids.contains(&id)) {
                    watch.note(&format!("{key} is inactive already."));
                }
            }
        }
    }
    Ok(())
}

/// Whether a removal is of the selected resource: by the selected name, or by the `externalId` that the
/// sources declare for it.
fn is_of(opened: &Opened, removal: &Removal, key: &Key) -> bool {
    let declared = opened
        .desired
        .find(key)
        .and_then(|resource| resource.value(opened.catalog.external_id(key.kind)));
    removal.key == *key || declared.and_then(Value::as_text) == Some(&*removal.key.name)
}
