//! Finds declared people and groups by the names that sources use.

use hashbrown::HashMap;

use super::lost::meant;
use super::{DesiredResource, FormerName};
use crate::diagnostics::{UnplacedProblem, suggest};
use crate::model::{AttributeId, Catalog, Key, Kind, uncased};

/// The declared people and groups by name.
pub(super) struct DeclaredNames<'a> {
    resources: &'a [DesiredResource],
    /// By kind and name without capitals.
    by_key: HashMap<(Kind, &'a str), u32>,
    by_external: HashMap<(Kind, &'a str), u32>,
    external: [AttributeId; 2],
    /// The name that a resource has now, by a name that it had before.
    now: HashMap<Key, Key>,
    /// How many more unknown names get a suggestion. A suggestion costs a comparison with every name.
    suggestions: u32,
    /// The kinds of which an unknown name may be declared in a part that could not be read.
    may_be_missing: Vec<Kind>,
}

impl<'a> DeclaredNames<'a> {
    pub(super) fn new(resources: &'a [DesiredResource], catalog: &Catalog) -> Self {
        let external = Kind::ALL.map(|kind| catalog.external_id(kind));
        let numbered = || resources.iter().zip(0..);
        let id = |resource: &'a DesiredResource| {
            let external = catalog.external_id(resource.key.kind);
            resource.value(external)?.as_text()
        };
        let by_external = numbered()
            .filter_map(|(resource, at)| Some(((resource.key.kind, id(resource)?), at)))
            .collect();
        let by_key = numbered()
            .map(|(resource, at)| ((resource.key.kind, resource.key.uncased()), at))
            .collect();
        Self {
            resources,
            by_key,
            by_external,
            external,
            now: HashMap::new(),
            suggestions: 20,
            may_be_missing: Vec::new(),
        }
    }

    /// Notes that declarations of these kinds could not be read. An unknown name of such a kind is then not a
    /// problem, because it may be declared there.
    pub(super) fn may_be_missing(&mut self, kinds: impl Iterator<Item = Kind>) {
        self.may_be_missing.extend(kinds);
    }

    /// Learns which names people and groups had before. An old name is unknown, and the hint says the new
    /// one.
    pub(super) fn learn_former(&mut self, former: &[FormerName]) {
        let names = former
            .iter()
            .map(|former| (former.name.clone(), former.now.clone()));
        self.now = names.collect();
    }

    /// The key of the resource at a position.
    pub(super) fn key(&self, position: usize) -> &'a Key {
        &self.resources[position].key
    }

    /// The position of the resource with a key.
    pub(super) fn position(&self, key: &Key) -> Option<usize> {
        self.by_key(key.kind, &key.name)
    }

    /// Whether somebody had a name before, and has another one now.
    pub(super) fn was_called(&self, kind: Option<Kind>, name: &str) -> bool {
        meant(kind).any(|kind| self.now.contains_key(&Key::new(kind, name)))
    }

    /// Whether a source declares a resource with this name.
    pub(super) fn declares(&self, key: &Key) -> bool {
        self.by_key(key.kind, &key.name).is_some()
    }

    /// Finds the position of a person or a group. `user:` or `group:` before the name decides which. Without
    /// it, a person is found by `userName` or `externalId`, and a group by `displayName`.
    ///
    /// # Errors
    /// If no resource or more than one has the name. The error has a problem, unless the name may be declared
    /// in a part that was not read.
    pub(super) fn find(&mut self, name: &str) -> Result<usize, Option<UnplacedProblem>> {
        if let Some(key) = Key::parse(name) {
            return self.find_of(key.kind, &key.name);
        }
        let (person, group) = (self.person(name)?, self.by_key(Kind::Group, name));
        match (person, group) {
            (Some(_), Some(_)) => {
                let hint = format!("write `user:{name}` or `group:{name}`");
                Err(Some(UnplacedProblem::new(
                    "ambiguous-name",
                    format!("`{name}` is a person and a group"),
                    hint,
                )))
            }
            (Some(found), None) | (None, Some(found)) => Ok(found),
            (None, None) => Err(self.unknown(name, None)),
        }
    }

    /// Finds the position of a resource of a kind. A person is found by `userName` or `externalId`.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub(super) fn find_of(&mut self, kind: Kind, name: &str) -> Result<usize, Option<UnplacedProblem>> {
        let found = match kind {
            Kind::User => self.person(name)?,
            Kind::Group => self.by_key(kind, name),
        };
        found.ok_or_else(|| self.unknown(name, Some(kind)))
    }

    /// Finds the position of a resource of a kind by its `externalId`.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub(super) fn find_external(&self, kind: Kind, id: &str) -> Result<usize, Option<UnplacedProblem>> {
        self.by_external
            .get(&(kind, id))
            .map(|at| *at as usize)
            .ok_or_else(|| {
                let message = format!("no source declares a {} whose externalId is `{id}`", kind.word());
                let problem = UnplacedProblem::new(
                    "unknown-name",
                    message,
                    "declare it in a source, or remove this row",
                );
                (!self.may_be_missing.contains(&kind)).then_some(problem)
            })
    }

    /// The text by which a removal is compared with others: names without capitals, identifiers as they are.
    pub(super) fn compared(&self, by: AttributeId, key: &Key) -> Box<str> {
        if self.external.contains(&by) {
            key.name.clone()
        } else {
            key.uncased().into()
        }
    }

    /// The position of the declared resource that a removal names.
    pub(super) fn holder(&self, by: AttributeId, key: &Key) -> Option<usize> {
        if self.external.contains(&by) {
            return self
                .by_external
                .get(&(key.kind, &*key.name))
                .map(|at| *at as usize);
        }
        self.by_key(key.kind, &key.name)
    }

    fn person(&self, name: &str) -> Result<Option<usize>, UnplacedProblem> {
        let (by_name, by_external) = (
            self.by_key(Kind::User, name),
            self.by_external.get(&(Kind::User, name)).map(|at| *at as usize),
        );
        match (by_name, by_external) {
            (Some(named), Some(identified)) if named != identified => {
                let message = format!("`{name}` is the userName of one person and the externalId of another");
                Err(UnplacedProblem::new(
                    "ambiguous-name",
                    message,
                    "write the identifier that only one of them has",
                ))
            }
            (Some(found), _) | (None, Some(found)) => Ok(Some(found)),
            (None, None) => Ok(None),
        }
    }

    fn by_key(&self, kind: Kind, name: &str) -> Option<usize> {
        self.by_key.get(&(kind, &*uncased(name))).map(|at| *at as usize)
    }

    fn unknown(&mut self, name: &str, kind: Option<Kind>) -> Option<UnplacedProblem> {
        if meant(kind).any(|kind| self.may_be_missing.contains(&kind)) {
            return None;
        }
        let word = kind.map_or("person or group", Kind::word);
        let message = format!("no source declares the {word} `{name}`");
        if let Some(now) = meant(kind).find_map(|kind| self.now.get(&Key::new(kind, name))) {
            let hint = format!("it has another name now: write `{}`", now.name);
            return Some(UnplacedProblem::new("unknown-name", message, hint));
        }
        // Of a person, the nearest name is another person's.
        let near = if self.suggestions > 0 && kind != Some(Kind::User) {
            let names = self
                .resources
                .iter()
                .filter(|resource| resource.key.kind == Kind::Group)
                .map(|resource| &*resource.key.name);
            suggest::closest(name, names)
        } else {
            None
        };
        self.suggestions = self.suggestions.saturating_sub(1);
        let hint = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it in a source, or remove the {word} here"),
        };
        Some(UnplacedProblem::new("unknown-name", message, hint))
    }
}
