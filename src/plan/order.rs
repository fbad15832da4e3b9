//! The order of changes, as a graph. A change comes after the changes that it refers to, and after those that
//! free its name, its address, or whatever else the service holds once. Removals that only removals wait for
//! come last: apply holds them back until everything else has its outcome. A group is deleted after its
//! members were put elsewhere (`settle_deletions`).

use std::collections::{BTreeSet, HashMap, HashSet};

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::change::{Action, Change, Proposal};
use super::swap::{Circle, Swapping, break_circle};
use super::unique::{UniqueValue, freed, taken};
use crate::dialect::UniqueAttributes;
use crate::escape::Escaped;
use crate::model::well_known::MANAGER;
use crate::model::{Key, Kind, Reference, Value};

/// A graph with an edge from each change to each change that waits for it.
pub(crate) type Graph = DiGraph<usize, ()>;

/// Why changes cannot be put in an order.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Two changes have the same id.
    #[error("two changes have the id {}", Escaped(.0))]
    SameId(String),
    /// A change needs a change that is not in the plan.
    #[error("{key} needs {}, which is not in the plan", Escaped(.need))]
    MissingNeed {
        /// The key of the change.
        key: Key,
        /// The id of the missing change.
        need: String,
    },
    /// Changes wait for each other.
    #[error(transparent)]
    Circle(#[from] Circle),
}

/// The changes as a graph.
///
/// # Errors
/// As [`OrderError`] lists them.
pub(crate) fn graph(changes: &[Change]) -> Result<Graph, OrderError> {
    let graph = edges(changes)?;
    match circles(&graph).first() {
        None => Ok(graph),
        Some(circle) => Err(Circle::closed(changes, circle).into()),
    }
}

fn edges(changes: &[Change]) -> Result<Graph, OrderError> {
    let mut graph = Graph::with_capacity(changes.len(), changes.len());
    let nodes: Vec<NodeIndex> = (0..changes.len()).map(|number| graph.add_node(number)).collect();
    let mut by_id = HashMap::with_capacity(changes.len());
    for (change, node) in changes.iter().zip(&nodes) {
        if by_id.insert(change.id.as_str(), *node).is_some() {
            return Err(OrderError::SameId(change.id.clone()));
        }
    }
    for (change, node) in changes.iter().zip(&nodes) {
        for need in &change.needs {
            let first = by_id.get(need.as_str()).ok_or_else(|| OrderError::MissingNeed {
                key: change.key.clone(),
                need: need.clone(),
            })?;
            graph.add_edge(*first, *node, ());
        }
    }
    Ok(graph)
}

/// For each change, whether a change that is no removal needs it, directly or through removals. Such a
/// removal frees a name or another unique value.
pub(crate) fn needed_before_removals(graph: &Graph, changes: &[Change]) -> Vec<bool> {
    let mut is_needed = vec![false; changes.len()];
    let others = graph
        .node_indices()
        .filter(|node| !changes[graph[*node]].action.is_removal());
    let mut open: Vec<NodeIndex> = others.collect();
    while let Some(node) = open.pop() {
        for need in graph.neighbors_directed(node, Direction::Incoming) {
            let number = graph[need];
            if changes[number].action.is_removal() && !std::mem::replace(&mut is_needed[number], true) {
                open.push(need);
            }
        }
    }
    is_needed
}

/// Lets the deletion of a group wait for the changes that put its members into other groups: if one of them
/// fails, the old group stays. A deletion that frees a name for another change waits for none of them, so
/// that no circle arises. A person who is deleted needs nothing of this kind: removals come last anyway, and
/// a reference that could not be taken away must not keep a leaver's access.
///
/// # Errors
/// As [`OrderError`] lists them.
pub(crate) fn settle_deletions(changes: &mut [Change]) -> Result<(), OrderError> {
    if !changes.iter().any(is_deleted_group) {
        return Ok(());
    }
    let is_needed = needed_before_removals(&edges(changes)?, changes);
    let joins = Joins::of(changes);
    let deleted = changes.iter().zip(&is_needed).enumerate();
    let deleted = deleted.filter(|(_, (change, is_needed))| is_deleted_group(change) && !**is_needed);
    let needs: Vec<(usize, BTreeSet<usize>)> = deleted
        .map(|(number, (change, _))| (number, joins.of_members(change)))
        .collect();
    for (number, joined) in needs {
        let joined: Vec<String> = joined.iter().map(|join| changes[*join].id.clone()).collect();
        let needs = &mut changes[number].needs;
        needs.extend(joined);
        needs.sort_unstable();
        needs.dedup();
    }
    Ok(())
}

/// Which changes put whom into groups. Members who join the same groups share an entry, so the work follows
/// the size of the plan.
struct Joins<'a> {
    by_member: HashMap<&'a str, usize>,
    groups: Vec<Vec<usize>>,
}

impl<'a> Joins<'a> {
    fn of(changes: &'a [Change]) -> Self {
        let mut joined: HashMap<&str, Vec<usize>> = HashMap::new();
        let joining = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| !change.action.is_removal());
        for (number, change) in joining {
            let members = change.members.iter().flat_map(|delta| &delta.add);
            for id in members.filter_map(|member| member.id.as_deref()) {
                joined.entry(id).or_default().push(number);
            }
        }
        let mut entries: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut by_member = HashMap::with_capacity(joined.len());
        for (id, groups) in joined {
            let next = entries.len();
            by_member.insert(id, *entries.entry(groups).or_insert(next));
        }
        let mut groups = vec![Vec::new(); entries.len()];
        for (of_entry, number) in entries {
            groups[number] = of_entry;
        }
        Self { by_member, groups }
    }

    /// The changes that put somebody elsewhere who is in a group that is deleted.
    fn of_members(&self, deleted: &Change) -> BTreeSet<usize> {
        let members = deleted.members.iter().flat_map(|delta| &delta.remove);
        let ids = members.filter_map(|member| member.id.as_deref());
        let entries: BTreeSet<usize> = ids.filter_map(|id| self.by_member.get(id).copied()).collect();
        entries
            .into_iter()
            .flat_map(|entry| self.groups[entry].iter().copied())
            .collect()
    }
}

/// Checks that the needs of a plan can be met.
///
/// # Errors
/// As [`OrderError`] lists them.
pub(crate) fn check(changes: &[Change]) -> Result<(), OrderError> {
    graph(changes).map(|_| ())
}

/// The circles of changes that wait for each other, each in the order of places.
fn circles(graph: &Graph) -> Vec<Vec<usize>> {
    let looped = |nodes: &Vec<NodeIndex>| nodes.len() > 1 || graph.contains_edge(nodes[0], nodes[0]);
    // Tarjan's algorithm recurses, and a chain of managers may be as long as a file.
    let mut circles: Vec<Vec<usize>> = kosaraju_scc(graph)
        .into_iter()
        .filter(looped)
        .map(|nodes| {
            let mut numbers: Vec<usize> = nodes.into_iter().map(|node| graph[node]).collect();
            numbers.sort_unstable();
            numbers
        })
        .collect();
    circles.sort_unstable();
    circles
}

/// Writes every change's `needs`, and sorts the changes. If the managers of creates form a circle, one create
/// omits its manager and a later change sets it. If names or other unique values form a circle, one resource
/// takes a temporary one, if that is allowed.
///
/// # Errors
/// [`OrderError::Circle`] if names would have to be swapped and the configuration does not allow it.
pub(crate) fn order(changes: &mut Vec<Change>, swapping: &Swapping<'_>) -> Result<(), OrderError> {
    let unbroken = order_around(changes, swapping)?;
    match unbroken.into_iter().next() {
        None => Ok(()),
        Some(first) => Err(first.circle.into()),
    }
}

/// A circle that nothing breaks, with the places of its changes.
pub(super) struct Unbroken {
    pub(super) changes: Vec<usize>,
    pub(super) circle: Circle,
}

/// Orders changes as [`order`] does. Returns the circles that nothing breaks; then there is no order.
///
/// # Errors
/// As [`OrderError`] lists them, but for circles.
pub(super) fn order_around(
    changes: &mut Vec<Change>,
    swapping: &Swapping<'_>,
) -> Result<Vec<Unbroken>, OrderError> {
    tell_apart(changes);
    break_manager_circles(changes);
    loop {
        write_needs(changes, swapping.unique);
        let circles = circles(&edges(changes)?);
        if circles.is_empty() {
            return Ok(Vec::new());
        }
        let (mut steps, mut unbroken) = (Vec::new(), Vec::new());
        for of_circle in circles {
            match break_circle(changes, &of_circle, swapping) {
                Ok(step) => steps.push(step),
                Err(circle) => unbroken.push(Unbroken {
                    changes: of_circle,
                    circle,
                }),
            }
        }
        if !unbroken.is_empty() {
            return Ok(unbroken);
        }
        changes.extend(steps);
        sort(changes);
    }
}

/// Gives a removal its own id if another change has the same key: a deleted resource may free its name for
/// another, and a service may have two resources of one name. Of several removals of one name, each has the
/// directory's id in its own.
fn tell_apart(changes: &mut [Change]) {
    let mut used: HashMap<String, usize> = HashMap::new();
    let mut removals: HashMap<String, usize> = HashMap::new();
    for change in &*changes {
        *used.entry(change.id.clone()).or_default() += 1;
        if change.action.is_removal() {
            *removals.entry(change.id.clone()).or_default() += 1;
        }
    }
    for change in changes.iter_mut().filter(|change| change.action.is_removal()) {
        if used[&change.id] < 2 {
            continue;
        }
        let own = match &change.remote_id {
            Some(id) if removals[&change.id] > 1 => format!("-{id}"),
            _ => String::new(),
        };
        change.id = format!("{}#{}{own}", change.id, change.action.word());
    }
    sort(changes);
}

/// Sorts by key, then by id.
pub(super) fn sort(changes: &mut [Change]) {
    changes.sort_by(|left, right| (&left.key, &left.id).cmp(&(&right.key, &right.id)));
}

fn write_needs(changes: &mut [Change], unique: &UniqueAttributes) {
    let suppliers = Suppliers::of(changes, unique);
    let needs: Vec<Vec<String>> = changes.iter().map(|change| suppliers.needs(change)).collect();
    for (change, needs) in changes.iter_mut().zip(needs) {
        change.needs = needs;
    }
}

/// The ids of the changes that other changes need.
struct Suppliers<'a> {
    unique: &'a UniqueAttributes,
    /// The changes that create, by key.
    created: HashMap<&'a Key, &'a str>,
    /// The changes that give up a unique value, by the value.
    freed: HashMap<UniqueValue, &'a str>,
    /// The first change of each resource. If a change gives a temporary name, that is the first.
    first: HashMap<(&'a Key, Option<&'a str>), &'a str>,
    /// The changes that delete a group, by the directory's id of each member that the group has.
    deleted_holders: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Suppliers<'a> {
    fn of(changes: &'a [Change], unique: &'a UniqueAttributes) -> Self {
        let created = changes.iter().filter(|change| change.action == Action::Create);
        let freed = changes.iter().flat_map(|change| {
            let values = freed(unique, change).into_iter();
            values.map(|freed| (freed.value, &*change.id))
        });
        let (steps, whole): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| change.is_step_between());
        let first = whole.iter().rev().chain(&steps);
        Self {
            unique,
            created: created.map(|change| (&change.key, &*change.id)).collect(),
            freed: freed.collect(),
            first: first.map(|change| (resource(change), &*change.id)).collect(),
            deleted_holders: deleted_holders(changes),
        }
    }

    fn needs(&self, change: &Change) -> Vec<String> {
        let created = references(change).filter_map(|key| self.created.get(key));
        let taken = if self.freed.is_empty() || change.is_step_between() {
            Vec::new()
        } else {
            taken(self.unique, change)
        };
        let freed = taken.iter().filter_map(|taken| self.freed.get(&taken.value));
        let first = self.first.get(&resource(change));
        // A group is deleted before the groups inside it, so that no group has a deleted member in between.
        let deleted_id = change.remote_id.as_deref().filter(|_| is_deleted_group(change));
        let holders = deleted_id.and_then(|id| self.deleted_holders.get(id));
        let mut needs: Vec<String> = created
            .chain(freed)
            .chain(first)
            .chain(holders.into_iter().flatten())
            .filter(|id| **id != change.id)
            .map(|id| (*id).to_owned())
            .collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}

/// The resource of a change. Two resources may share a key: one is deleted, and the other takes its name.
fn resource(change: &Change) -> (&Key, Option<&str>) {
    (&change.key, change.remote_id.as_deref())
}

/// The resources that a change refers to by a key without an id. This plan creates them.
fn references(change: &Change) -> impl Iterator<Item = &Key> {
    let pending = |reference: &'_ Reference| reference.id.is_none();
    let managers = change.after.values().filter_map(move |value| match value {
        Some(Value::Reference(reference)) if pending(reference) => reference.key.as_ref(),
        _ => None,
    });
    let members = change
        .members
        .iter()
        .flat_map(|delta| &delta.add)
        .filter(move |member| pending(member))
        .filter_map(|member| member.key.as_ref());
    managers.chain(members)
}

fn is_deleted_group(change: &Change) -> bool {
    change.kind == Kind::Group && change.action == Action::Delete
}

fn deleted_holders(changes: &[Change]) -> HashMap<&str, Vec<&str>> {
    let mut holders: HashMap<&str, Vec<&str>> = HashMap::new();
    for holder in changes.iter().filter(|change| is_deleted_group(change)) {
        let members = holder.members.iter().flat_map(|delta| &delta.remove);
        for id in members.filter_map(|member| member.id.as_deref()) {
            holders.entry(id).or_default().push(&holder.id);
        }
    }
    holders
}

/// Breaks circles of created people who manage each other: takes the manager of the first by key out of its
/// create and sets it in a later change, until no circle is left.
fn break_manager_circles(changes: &mut Vec<Change>) {
    loop {
        let created: HashMap<&Key, usize> = changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.action == Action::Create)
            .map(|(number, change)| (&change.key, number))
            .collect();
        let mut graph = Graph::new();
        let nodes: Vec<NodeIndex> = (0..changes.len()).map(|number| graph.add_node(number)).collect();
        for (number, change) in changes
            .iter()
            .enumerate()
            .filter(|(_, change)| change.action == Action::Create && change.kind == Kind::User)
        {
            for key in references(change) {
                if let Some(first) = created.get(key) {
                    graph.add_edge(nodes[*first], nodes[number], ());
                }
            }
        }
        let broken: HashSet<usize> = circles(&graph).into_iter().map(|circle| circle[0]).collect();
        if broken.is_empty() {
            return;
        }
        let later: Vec<Change> = broken
            .into_iter()
            .map(|number| set_manager_later(&mut changes[number]))
            .collect();
        changes.extend(later);
        sort(changes);
    }
}

/// Takes the manager out of a create, and makes the change that sets it.
fn set_manager_later(create: &mut Change) -> Change {
    let (manager, origin) = create.take(MANAGER);
    Change::part(
        MANAGER,
        Proposal {
            action: Action::Update,
            after: [(Box::from(MANAGER), manager)].into(),
            before: [(Box::from(MANAGER), None)].into(),
            key: create.key.clone(),
            members: None,
            origin: create.origin.clone(),
            origins: origin
                .map(|origin| (Box::from(MANAGER), origin))
                .into_iter()
                .collect(),
            reason: "people who manage each other are created first".into(),
            remote_id: None,
            version: create.precondition.version.clone(),
        },
    )
}
