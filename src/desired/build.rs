//! From declared rows to what is desired: joins rows, resolves names, finds circles, sorts everything.

use super::cycles::cycles;
use super::join::{Joined, join};
use super::names::DeclaredNames;
use super::position::narrow;
use super::{Desired, DesiredMember, DesiredResource, Leader, SourceFacts, Wish, former, removals};
use crate::declared::{Declared, DeclaredMembership, Party};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin, UnplacedProblem};
use crate::model::{Catalog, Key, Kind, Reference, Value};

/// Builds what is desired. Where `diagnostics` gets an error, the result is incomplete and must not be
/// planned.
pub(crate) fn build(
    declared: Declared,
    sources: Vec<SourceFacts>,
    catalog: &Catalog,
    diagnostics: &mut Diagnostics,
) -> Desired {
    let tells_leaders = declared.tells_leaders;
    let is_partial =
        declared.is_partial || declared.rows.iter().any(|row| row.is_faulty && row.key.is_none());
    let Joined {
        mut resources,
        of_row,
    } = join(declared.rows, catalog, diagnostics);
    let mut names = DeclaredNames::new(&resources, catalog);
    if is_partial {
        names.may_be_missing();
    }
    let former_names = former::check(declared.former_names, &of_row, &names, &resources, diagnostics);
    names.learn_former(&former_names);
    let members = resolve_members(&mut names, &of_row, declared.memberships, diagnostics);
    let leaders = resolve_members(&mut names, &of_row, declared.leaders, diagnostics);
    let ResolvedReferences {
        resolved: managers,
        outside,
    } = resolve_references(&mut names, &resources, &declared.live_names, diagnostics);
    let removals = removals::check(declared.removals, &names, &resources, diagnostics);
    drop(names);
    let key = |at: u32| resources[at as usize].key.clone();
    let leaders = leaders
        .into_iter()
        .map(|leads| Leader {
            group: key(leads.group),
            leader: key(leads.member),
            origin: leads.origin,
        })
        .collect();
    check_groups(&resources, &members, diagnostics);
    check_managers(&resources, &managers, diagnostics);
    place_members(&mut resources, members);
    place_references(&mut resources, &managers);
    let groups_from = resources.partition_point(|resource| resource.key.kind == Kind::User);
    let groups = resources.split_off(groups_from);
    resources.shrink_to_fit();
    Desired {
        users: resources,
        groups,
        out_of_scope: Vec::new(),
        former_names,
        removals,
        leaders,
        tells_leaders,
        outside,
        unreadable: Vec::new(),
        not_held: std::collections::BTreeMap::new(),
        sources,
    }
}

/// A membership of two resources, by their positions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ResolvedMembership {
    group: u32,
    member: u32,
    origin: Origin,
}

/// All memberships, sorted by group and member, each once, with the place that mentions it first.
fn resolve_members(
    names: &mut DeclaredNames<'_>,
    of_row: &[Option<u32>],
    memberships: Vec<DeclaredMembership>,
    diagnostics: &mut Diagnostics,
) -> Vec<ResolvedMembership> {
    let mut reports = Reports {
        left: 200,
        diagnostics,
    };
    let mut found = Vec::with_capacity(memberships.len());
    for DeclaredMembership {
        group,
        member,
        origin,
    } in memberships
    {
        let group = match &group {
            Party::Row(row) => of_row[*row as usize],
            Party::Name(name) => reports.or_report(names.find_of(Kind::Group, name), origin),
            Party::External(kind, id) => reports.or_report(names.find_external(*kind, id), origin),
        };
        let member = match &member {
            Party::Row(row) => of_row[*row as usize],
            Party::Name(name) => reports.or_report(names.find(name), origin),
            Party::External(kind, id) => reports.or_report(names.find_external(*kind, id), origin),
        };
        if let (Some(group), Some(member)) = (group, member) {
            found.push(ResolvedMembership {
                group,
                member,
                origin,
            });
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|membership| (membership.group, membership.member));
    found
}

/// Reports names that cannot be resolved; only the first 200, which is more than a person reads.
struct Reports<'a> {
    /// How many more problems are reported.
    left: u32,
    diagnostics: &'a mut Diagnostics,
}

impl Reports<'_> {
    fn or_report(&mut self, found: Result<usize, Option<UnplacedProblem>>, origin: Origin) -> Option<u32> {
        match found {
            Ok(at) => Some(narrow(at)),
            Err(None) => None,
            Err(Some(problem)) => {
                if self.left > 0 {
                    self.left -= 1;
                    self.diagnostics.push(problem.at(origin));
                }
                None
            }
        }
    }
}

/// A reference of a resource, for instance `manager`, and the resource that it names.
struct ResolvedReference {
    /// The position of the resource that has the reference.
    holder: u32,
    /// The position of the reference among the holder's attributes.
    attribute: usize,
    /// The position of the resource that the reference names.
    target: u32,
    origin: Origin,
}

/// The references of all resources.
struct ResolvedReferences {
    resolved: Vec<ResolvedReference>,
    /// The names that no source declares and that the directory may have.
    outside: Vec<(Key, Origin)>,
}

fn resolve_references(
    names: &mut DeclaredNames<'_>,
    resources: &[DesiredResource],
    live_names: &[FileId],
    diagnostics: &mut Diagnostics,
) -> ResolvedReferences {
    let mut reports = Reports {
        left: 200,
        diagnostics,
    };
    let mut found = ResolvedReferences {
        resolved: Vec::new(),
        outside: Vec::new(),
    };
    for (holder, resource) in resources.iter().enumerate() {
        for (attribute, wanted) in resource.attributes.iter().enumerate() {
            let Some(Value::Reference(reference)) = wanted.wish.value() else {
                continue;
            };
            let Some(key) = &reference.key else { continue };
            match names.find_of(key.kind, &key.name) {
                Err(Some(problem))
                    if problem.code == "unknown-name" && live_names.contains(&wanted.origin.file) =>
                {
                    found.outside.push((key.clone(), wanted.origin));
                }
                target => {
                    if let Some(target) = reports.or_report(target, wanted.origin) {
                        found.resolved.push(ResolvedReference {
                            holder: narrow(holder),
                            attribute,
                            target,
                            origin: wanted.origin,
                        });
                    }
                }
            }
        }
    }
    found.outside.sort();
    found.outside.dedup_by(|later, first| later.0 == first.0);
    found
}

fn check_groups(
    resources: &[DesiredResource],
    members: &[ResolvedMembership],
    diagnostics: &mut Diagnostics,
) {
    let nested = members
        .iter()
        .filter(|membership| resources[membership.member as usize].key.kind == Kind::Group)
        .map(|membership| (membership.group, membership.member))
        .collect();
    for circle in cycles(resources.len(), nested) {
        let (first, second) = (circle[0], circle.get(1).copied().unwrap_or(circle[0]));
        let at = members
            .binary_search_by_key(&(first, second), |membership| {
                (membership.group, membership.member)
            })
            .unwrap_or(0);
        let message = match circle.len() {
            1 => format!(
                "the group `{}` contains itself",
                resources[first as usize].key.name
            ),
            _ => format!(
                "groups contain one another in a circle: {}",
                circle_text(&circle, resources)
            ),
        };
        diagnostics.push(
            Diagnostic::error("group-cycle", members[at].origin, message)
                .hint("remove one of these memberships"),
        );
    }
}

fn check_managers(
    resources: &[DesiredResource],
    managers: &[ResolvedReference],
    diagnostics: &mut Diagnostics,
) {
    let mut leads = Vec::with_capacity(managers.len());
    for reference in managers {
        if reference.holder == reference.target {
            let message = format!(
                "`{}` is their own manager",
                resources[reference.holder as usize].key.name
            );
            diagnostics.push(
                Diagnostic::error("self-manager", reference.origin, message)
                    .hint("write another person, or leave the manager out"),
            );
        } else {
            leads.push((reference.holder, reference.target));
        }
    }
    for circle in cycles(resources.len(), leads) {
        let Some(at) = managers.iter().find(|reference| reference.holder == circle[0]) else {
            continue;
        };
        let message = format!(
            "people manage one another in a circle: {}",
            circle_text(&circle, resources)
        );
        diagnostics.push(
            Diagnostic::warning("manager-cycle", at.origin, message)
                .hint("check who leads whom; the directory accepts it"),
        );
    }
}

/// A circle as text: `Sales → North → Sales`. More than eight names are shortened in the middle.
fn circle_text(circle: &[u32], resources: &[DesiredResource]) -> String {
    let name = |at: &u32| resources[*at as usize].key.name.to_string();
    let mut names: Vec<_> = circle.iter().map(name).collect();
    if names.len() > 8 {
        let hidden = names.len() - 6;
        names.splice(5..5 + hidden, [format!("… {hidden} more …")]);
    }
    names.push(name(&circle[0]));
    names.join(" → ")
}

fn place_members(resources: &mut [DesiredResource], members: Vec<ResolvedMembership>) {
    for membership in members {
        let key: Key = resources[membership.member as usize].key.clone();
        resources[membership.group as usize]
            .members
            .get_or_insert_default()
            .push(DesiredMember {
                key,
                origin: membership.origin,
            });
    }
}

fn place_references(resources: &mut [DesiredResource], references: &[ResolvedReference]) {
    for reference in references {
        let key = resources[reference.target as usize].key.clone();
        let value = Value::Reference(Box::new(Reference::to_key(key)));
        let wish = &mut resources[reference.holder as usize].attributes[reference.attribute].wish;
        *wish = if wish.lasts() {
            Wish::Set(value)
        } else {
            Wish::Initially(value)
        };
    }
}
