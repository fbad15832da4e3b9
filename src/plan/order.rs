//! What must come first, as a graph over the changes: what a change refers to, and a name that must be freed
//! before it is used again. Removals nobody waits for come last of all; apply holds them back until
//! everything else is done.

use std::collections::{HashMap, HashSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Change;
use super::change::Action;
use super::swap::{Swapping, break_circle, freed_name, taken_name};
use crate::model::well_known::MANAGER;
use crate::model::{Key, Kind, Reference, Value};

/// A graph whose edges go from what must be first to what waits for it.
pub type Graph = DiGraph<usize, ()>;

/// The changes as a graph.
///
/// # Errors
/// A sentence about a need that is missing or part of a circle.
pub fn graph(changes: &[Change]) -> Result<Graph, String> {
    let graph = edges(changes)?;
    match circles(&graph).first() {
        None => Ok(graph),
        Some(circle) => Err(format!(
            "these changes wait for each other: {}",
            names(circle.iter().map(|number| &changes[*number]))
        )),
    }
}

fn edges(changes: &[Change]) -> Result<Graph, String> {
    let mut graph = Graph::new();
    let nodes: Vec<NodeIndex> = (0..changes.len()).map(|number| graph.add_node(number)).collect();
    let mut by_id = HashMap::with_capacity(changes.len());
    for (number, change) in changes.iter().enumerate() {
        if by_id.insert(change.id.as_str(), nodes[number]).is_some() {
            return Err(format!(
                "two changes have the id {}",
                crate::escape::Escaped(&change.id)
            ));
        }
    }
    for (number, change) in changes.iter().enumerate() {
        for need in &change.needs {
            let first = by_id.get(need.as_str()).ok_or_else(|| {
                format!(
                    "{} needs {}, which is not in the plan",
                    change.key,
                    crate::escape::Escaped(need)
                )
            })?;
            graph.add_edge(*first, nodes[number], ());
        }
    }
    Ok(graph)
}

/// Whether the needs of a plan can be met.
///
/// # Errors
/// A sentence about a need that is missing or part of a circle.
pub fn check(changes: &[Change]) -> Result<(), String> {
    graph(changes).map(|_| ())
}

/// The changes that wait for each other, in the order of their places.
fn circles(graph: &Graph) -> Vec<Vec<usize>> {
    let looped = |nodes: &Vec<NodeIndex>| nodes.len() > 1 || graph.contains_edge(nodes[0], nodes[0]);
    // Not Tarjan's algorithm: it recurses, and a chain of managers may be as long as a file.
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

fn names<'a>(changes: impl Iterator<Item = &'a Change>) -> String {
    changes
        .map(|change| change.key.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Writes every change's `needs`. Creates whose managers form a circle are broken: one of them is created
/// without its manager, and a later change sets it. Names that form a circle are broken by a temporary one,
/// where that is allowed.
///
/// # Errors
/// A sentence about names that would have to be swapped.
pub fn order(changes: &mut Vec<Change>, swapping: &Swapping<'_>) -> Result<(), String> {
    tell_apart(changes);
    break_manager_circles(changes);
    loop {
        write_needs(changes);
        let circles = circles(&edges(changes)?);
        if circles.is_empty() {
            return Ok(());
        }
        let steps: Vec<Change> = circles
            .iter()
            .map(|circle| break_circle(changes, circle, swapping))
            .collect::<Result<_, String>>()?;
        changes.extend(steps);
        sort(changes);
    }
}

/// A resource that is deleted may leave its name to another one: two changes of one key, on two resources.
fn tell_apart(changes: &mut [Change]) {
    let used: HashSet<String> = changes
        .iter()
        .filter(|change| change.action != Action::Delete)
        .map(|change| change.id.clone())
        .collect();
    for change in changes
        .iter_mut()
        .filter(|change| change.action == Action::Delete && used.contains(&change.id))
    {
        change.id = format!("{}#{}", change.id, change.action.word());
    }
    sort(changes);
}

fn sort(changes: &mut [Change]) {
    changes.sort_by(|one, other| (&one.key, &one.id).cmp(&(&other.key, &other.id)));
}

fn write_needs(changes: &mut [Change]) {
    let needs = needs_of(changes);
    for (change, mut needed) in changes.iter_mut().zip(needs) {
        needed.sort_unstable();
        needed.dedup();
        change.needs = needed;
    }
}

fn needs_of(changes: &[Change]) -> Vec<Vec<String>> {
    let created: HashMap<&Key, &str> = changes
        .iter()
        .filter(|change| change.action == Action::Create)
        .map(|change| (&change.key, change.id.as_str()))
        .collect();
    let freed = freed_names(changes);
    let deleted_holders = deleted_holders(changes);
    // Of the changes of one resource, the one that gives a temporary name comes first.
    let (steps, others): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| change.is_step_between());
    let first_of: HashMap<_, &str> = others
        .iter()
        .rev()
        .chain(&steps)
        .map(|change| (resource(change), change.id.as_str()))
        .collect();
    changes
        .iter()
        .map(|change| {
            let mut needs: Vec<String> = references(change)
                .filter_map(|key| created.get(key))
                .map(|id| (*id).to_owned())
                .collect();
            let taken = taken_name(change).filter(|_| !change.is_step_between());
            needs.extend(
                taken
                    .and_then(|name| freed.get(&(change.kind, name)))
                    .map(|id| (*id).to_owned()),
            );
            needs.extend(first_of.get(&resource(change)).map(|first| (*first).to_owned()));
            // A group is deleted before the groups inside it, so that no step leaves a group with a member
            // that is gone.
            let deleted_id = change.remote_id.as_deref().filter(|_| is_deleted_group(change));
            let holders = deleted_id.and_then(|id| deleted_holders.get(id));
            needs.extend(holders.into_iter().flatten().map(|holder| (*holder).to_owned()));
            needs.retain(|id| *id != change.id);
            needs
        })
        .collect()
}

/// What a change is about. Of a key there may be two: one that is deleted, and one that takes its name.
fn resource(change: &Change) -> (&Key, Option<&str>) {
    (&change.key, change.remote_id.as_deref())
}

/// The resources that a change refers to by a key without an id: they are created by this plan.
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

/// The names that changes give up, folded, with the change that does.
fn freed_names(changes: &[Change]) -> HashMap<(Kind, String), &str> {
    changes
        .iter()
        .filter_map(|change| Some(((change.kind, freed_name(change)?), change.id.as_str())))
        .collect()
}

fn is_deleted_group(change: &Change) -> bool {
    change.kind == Kind::Group && change.action == Action::Delete
}

/// The ids of the changes that delete a group, by the directory's id of each member that the group has.
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

/// Of people who are created and manage each other in a circle, takes the manager of the first by key out of
/// its create and sets it in a later change, until no circle is left.
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
    let manager = create.after.remove(MANAGER).flatten();
    let origin = create.origins.remove(MANAGER);
    create.seal();
    let mut later = Change {
        action: Action::Update,
        after: [(Box::from(MANAGER), manager)].into(),
        before: [(Box::from(MANAGER), None)].into(),
        id: format!("{}#{MANAGER}", create.id),
        key: create.key.clone(),
        members: None,
        needs: Vec::new(),
        origin: create.origin.clone(),
        origins: origin
            .map(|origin| (Box::from(MANAGER), origin))
            .into_iter()
            .collect(),
        postcondition: create.postcondition.clone(),
        precondition: create.precondition.clone(),
        reason: "people who manage each other are created first".into(),
        remote_id: None,
        kind: create.kind,
    };
    later.seal();
    later
}
