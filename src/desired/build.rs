//! From declared rows to what is desired: rows joined, names resolved, circles found, everything sorted.

use super::cycles::cycles;
use super::join::{Joined, join};
use super::names::Names;
use super::{Desired, DesiredMember, DesiredResource, Leader, SourceFacts, Wish, removals};
use crate::declared::{Declared, Membership, Party};
use crate::diagnostics::Problem;
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin};
use crate::model::{Catalog, Key, Kind, Reference, Value};

/// Builds what is desired. Where a problem is an error, what is returned is incomplete and must not be
/// planned from.
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
    let mut names = Names::new(&resources, catalog);
    if is_partial {
        names.may_be_missing();
    }
    let members = resolve_members(&mut names, &of_row, declared.memberships, diagnostics);
    let leaders = resolve_members(&mut names, &of_row, declared.leaders, diagnostics);
    let References {
        resolved: managers,
        outside,
    } = resolve_references(&mut names, &resources, &declared.live_names, diagnostics);
    let removals = removals::check(declared.removals, &names, &resources, diagnostics);
    drop(names);
    let key = |at: u32| resources[at as usize].key.clone();
    let leaders = leaders
        .into_iter()
        .map(|one| Leader {
            group: key(one.group),
            leader: key(one.member),
            origin: one.origin,
        })
        .collect();
    check_groups(&resources, &members, diagnostics);
    check_managers(&resources, &managers, diagnostics);
    place_members(&mut resources, members);
    place_references(&mut resources, &managers);
    let groups_from = resources.partition_point(|one| one.key.kind == Kind::User);
    let groups = resources.split_off(groups_from);
    resources.shrink_to_fit();
    Desired {
        users: resources,
        groups,
        out_of_scope: Vec::new(),
        removals,
        leaders,
        tells_leaders,
        outside,
        sources,
    }
}

/// One membership between resources, by position.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Belonging {
    group: u32,
    member: u32,
    origin: Origin,
}

/// All memberships, sorted by group and member, each once with its first place.
fn resolve_members(
    names: &mut Names<'_>,
    of_row: &[Option<u32>],
    memberships: Vec<Membership>,
    diagnostics: &mut Diagnostics,
) -> Vec<Belonging> {
    let mut reports = Reports {
        left: 200,
        diagnostics,
    };
    let mut found = Vec::with_capacity(memberships.len());
    for Membership {
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
            found.push(Belonging {
                group,
                member,
                origin,
            });
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|one| (one.group, one.member));
    found
}

/// Reports names that cannot be resolved, up to a number that a person would read.
struct Reports<'a> {
    left: u32,
    diagnostics: &'a mut Diagnostics,
}

impl Reports<'_> {
    fn or_report(&mut self, found: Result<usize, Option<Problem>>, origin: Origin) -> Option<u32> {
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

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// One reference of a resource, as `manager`: where it stands among the attributes, and whom it means.
struct Resolved {
    holder: u32,
    attribute: usize,
    target: u32,
    origin: Origin,
}

/// Whom references mean: resources by position, and names that no source declares and that the directory may
/// have.
struct References {
    resolved: Vec<Resolved>,
    outside: Vec<(Key, Origin)>,
}

fn resolve_references(
    names: &mut Names<'_>,
    resources: &[DesiredResource],
    live_names: &[FileId],
    diagnostics: &mut Diagnostics,
) -> References {
    let mut reports = Reports {
        left: 200,
        diagnostics,
    };
    let mut found = References {
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
                        found.resolved.push(Resolved {
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

fn check_groups(resources: &[DesiredResource], members: &[Belonging], diagnostics: &mut Diagnostics) {
    let nested = members
        .iter()
        .filter(|one| resources[one.member as usize].key.kind == Kind::Group)
        .map(|one| (one.group, one.member))
        .collect();
    for circle in cycles(resources.len(), nested) {
        let (first, second) = (circle[0], circle.get(1).copied().unwrap_or(circle[0]));
        let at = members
            .binary_search_by_key(&(first, second), |one| (one.group, one.member))
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

fn check_managers(resources: &[DesiredResource], managers: &[Resolved], diagnostics: &mut Diagnostics) {
    let mut leads = Vec::with_capacity(managers.len());
    for one in managers {
        if one.holder == one.target {
            let message = format!(
                "`{}` is their own manager",
                resources[one.holder as usize].key.name
            );
            diagnostics.push(
                Diagnostic::error("self-manager", one.origin, message)
                    .hint("write another person, or leave the manager out"),
            );
        } else {
            leads.push((one.holder, one.target));
        }
    }
    for circle in cycles(resources.len(), leads) {
        let Some(at) = managers.iter().find(|one| one.holder == circle[0]) else {
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

/// `Sales → North → Sales`, shortened in the middle where it is long.
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

fn place_members(resources: &mut [DesiredResource], members: Vec<Belonging>) {
    for one in members {
        let key: Key = resources[one.member as usize].key.clone();
        resources[one.group as usize]
            .members
            .get_or_insert_default()
            .push(DesiredMember {
                key,
                origin: one.origin,
            });
    }
}

fn place_references(resources: &mut [DesiredResource], references: &[Resolved]) {
    for one in references {
        let key = resources[one.target as usize].key.clone();
        let value = Value::Reference(Box::new(Reference::to_key(key)));
        let wish = &mut resources[one.holder as usize].attributes[one.attribute].wish;
        *wish = if wish.lasts() {
            Wish::Set(value)
        } else {
            Wish::Initially(value)
        };
    }
}
