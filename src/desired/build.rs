//! From declared rows to what is desired: joins rows, resolves names, finds circles, sorts everything.

use super::cycles::cycles;
use super::join::{Joined, join};
use super::names::DeclaredNames;
use super::position::narrow;
use super::problems::ResourceProblems;
use super::{
    Desired, DesiredMember, DesiredResource, Leader, RowProblem, SourceFacts, Wish, former, removals,
};
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
    let mut rows = declared.rows;
    rows.extend(declared.named_groups.rows(&rows, catalog, diagnostics));
    let Joined {
        mut resources,
        of_row,
        unreadable: nameless,
    } = join(rows, catalog, diagnostics);
    let mut unreadable = declared.unreadable;
    unreadable.extend(nameless);
    let mut names = DeclaredNames::new(&resources, catalog);
    if declared.is_cut || !unreadable.is_empty() {
        names.may_be_missing();
    }
    let mut problems = ResourceProblems::new(diagnostics);
    let former_names = former::check(declared.former_names, &of_row, &names, &mut problems);
    names.learn_former(&former_names);
    let all = resolve_members(&mut names, &of_row, declared.memberships, problems.others());
    let (members, unread) = (all.resolved, all.unread);
    let leaders = resolve_members(&mut names, &of_row, declared.leaders, problems.others()).resolved;
    let ResolvedReferences {
        resolved: managers,
        outside,
    } = resolve_references(&mut names, &resources, &declared.live_names, problems.others());
    hold_unread(&mut names, &of_row, declared.unread_memberships, &mut problems);
    let removals = removals::check(declared.removals, &names, &resources, &mut problems);
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
    check_groups(&resources, &members, &mut problems);
    check_managers(&resources, &managers, &mut problems);
    problems.place(&mut resources);
    for group in unread {
        resources[group as usize].has_unread_members = true;
    }
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
        unreadable,
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

/// The memberships of all groups.
struct ResolvedMemberships {
    resolved: Vec<ResolvedMembership>,
    /// The groups with a member who may stand in a row that cannot be read.
    unread: Vec<u32>,
}

/// All memberships, sorted by group and member, each once, with the place that mentions it first.
fn resolve_members(
    names: &mut DeclaredNames<'_>,
    of_row: &[Option<u32>],
    memberships: Vec<DeclaredMembership>,
    diagnostics: &mut Diagnostics,
) -> ResolvedMemberships {
    let mut reports = Reports {
        left: 200,
        diagnostics,
    };
    let mut found = Vec::with_capacity(memberships.len());
    let mut unread = Vec::new();
    for DeclaredMembership {
        group,
        member,
        origin,
    } in memberships
    {
        let group = reports.group(names, of_row, &group, origin);
        let member = match &member {
            Party::Row(row) => of_row[*row as usize],
            Party::Name(name) => reports.or_report(names.find(name), origin),
            Party::External(kind, id) => reports.or_report(names.find_external(*kind, id), origin),
        };
        match (group, member) {
            (Some(group), Some(member)) => found.push(ResolvedMembership {
                group,
                member,
                origin,
            }),
            (Some(group), None) => unread.push(group),
            (None, _) => {}
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|membership| (membership.group, membership.member));
    ResolvedMemberships {
        resolved: found,
        unread,
    }
}

/// Reports names that cannot be resolved; only the first 200 names, which is more than a person reads.
struct Reports<'a> {
    /// How many more names are reported.
    left: u32,
    diagnostics: &'a mut Diagnostics,
}

/// Holds the groups that have a membership which cannot be read.
fn hold_unread(
    names: &mut DeclaredNames<'_>,
    of_row: &[Option<u32>],
    unread: Vec<(Party, RowProblem)>,
    problems: &mut ResourceProblems<'_>,
) {
    for (group, problem) in unread {
        let mut reports = Reports {
            left: 200,
            diagnostics: problems.others(),
        };
        let found = reports.group(names, of_row, &group, problem.origin);
        if let Some(group) = found {
            problems.hold(group as usize, problem);
        }
    }
}

impl Reports<'_> {
    /// The position of the group of a membership.
    fn group(
        &mut self,
        names: &mut DeclaredNames<'_>,
        of_row: &[Option<u32>],
        group: &Party,
        origin: Origin,
    ) -> Option<u32> {
        match group {
            Party::Row(row) => of_row[*row as usize],
            Party::Name(name) => self.or_report(names.find_of(Kind::Group, name), origin),
            Party::External(kind, id) => self.or_report(names.find_external(*kind, id), origin),
        }
    }

    fn or_report(&mut self, found: Result<usize, Option<UnplacedProblem>>, origin: Origin) -> Option<u32> {
        match found {
            Ok(at) => Some(narrow(at)),
            Err(None) => None,
            Err(Some(problem)) => {
                let problem = problem.at(origin);
                if self.diagnostics.knows(&problem) {
                    self.diagnostics.push(problem);
                } else if self.left > 0 {
                    self.left -= 1;
                    self.diagnostics.push(problem);
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
    problems: &mut ResourceProblems<'_>,
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
        let problem = Diagnostic::error("group-cycle", members[at].origin, message);
        let groups = circle.iter().map(|at| *at as usize);
        problems.report(groups, problem.hint("remove one of these memberships"));
    }
}

fn check_managers(
    resources: &[DesiredResource],
    managers: &[ResolvedReference],
    problems: &mut ResourceProblems<'_>,
) {
    let mut leads = Vec::with_capacity(managers.len());
    for reference in managers {
        if reference.holder == reference.target {
            let message = format!(
                "`{}` is their own manager",
                resources[reference.holder as usize].key.name
            );
            let problem = Diagnostic::error("self-manager", reference.origin, message);
            let problem = problem.hint("write another person, or leave the manager out");
            problems.report([reference.holder as usize], problem);
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
        problems.others().push(
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
