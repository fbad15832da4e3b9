//! From declared rows to what is desired: joins rows, resolves names, finds circles, sorts everything.

use super::cycles::cycles;
use super::join::{Joined, join};
use super::lost::ReferenceRole;
use super::names::DeclaredNames;
use super::problems::ResourceProblems;
use super::resolve::{self, NameLookup, ResolvedMembership, ResolvedReference, ResolvedReferences};
use super::{
    Desired, DesiredMember, DesiredResource, Leader, RowProblem, SourceFacts, Unreadable, Wish, former,
    named, removals,
};
use crate::declared::Declared;
use crate::diagnostics::{Diagnostic, Diagnostics};
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
    rows.extend(named::rows(declared.named_groups, &rows, catalog, diagnostics));
    let Joined {
        mut resources,
        of_row,
        unreadable: nameless,
    } = join(rows, catalog, diagnostics);
    let mut unreadable = declared.unreadable;
    unreadable.extend(nameless);
    unreadable.extend(of_groups(&declared.unread_groups, &of_row, &resources));
    let mut names = DeclaredNames::new(&resources, catalog);
    let is_hidden = |kind: &Kind| declared.is_cut || unreadable.iter().any(|row| row.hides_name_of(*kind));
    names.may_be_missing(Kind::ALL.into_iter().filter(is_hidden));
    let mut problems = ResourceProblems::new(diagnostics);
    let former_names = former::check(declared.former_names, &of_row, &names, &mut problems);
    names.learn_former(&former_names);
    let mut resolver = NameLookup::new(&mut names, &of_row, problems.others());
    let all = resolver.members(declared.memberships, ReferenceRole::Member);
    let (members, unread) = (all.resolved, all.unread);
    let leaders = resolver.members(declared.leaders, ReferenceRole::Leader).resolved;
    let ResolvedReferences {
        resolved: managers,
        outside,
    } = resolver.references(&resources, &declared.live_names);
    let lost = resolver.lost;
    resolve::hold_unread(&mut names, &of_row, declared.unread_memberships, &mut problems);
    let removals = removals::check(declared.removals, &names, &resources, &mut problems);
    drop(names);
    let leaders = placed_leaders(leaders, &resources);
    check_groups(&resources, &members, &mut problems);
    check_managers(&resources, &managers, &mut problems);
    problems.place(&mut resources);
    for group in unread {
        resources[group as usize].has_unread_members = true;
    }
    place_members(&mut resources, members);
    place_references(&mut resources, &managers);
    let lost = resolve::place_lost(lost, &mut resources);
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
        lost,
        unreadable,
        not_held: std::collections::BTreeMap::new(),
        sources,
    }
}

/// The rows whose cell of groups cannot be read, as declarations of groups that cannot be read.
fn of_groups<'a>(
    rows: &'a [(u32, RowProblem)],
    of_row: &'a [Option<u32>],
    resources: &'a [DesiredResource],
) -> impl Iterator<Item = Unreadable> + 'a {
    rows.iter().map(|(row, problem)| Unreadable {
        kind: Kind::Group,
        named: of_row[*row as usize].map(|at| resources[at as usize].key.clone()),
        problem: problem.clone(),
    })
}

fn placed_leaders(leaders: Vec<ResolvedMembership>, resources: &[DesiredResource]) -> Vec<Leader> {
    let key = |at: u32| resources[at as usize].key.clone();
    let leader = |leads: ResolvedMembership| Leader {
        group: key(leads.group),
        leader: key(leads.member),
        origin: leads.origin,
    };
    leaders.into_iter().map(leader).collect()
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
