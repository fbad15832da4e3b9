//! From declared rows to what is desired: joins rows, resolves names, finds circles, sorts everything.

use super::cycles::cycles;
use super::join::{Joined, join};
use super::lost::{self, LostAt, ReferenceRole};
use super::names::DeclaredNames;
use super::position::narrow;
use super::problems::ResourceProblems;
use super::{
    Desired, DesiredMember, DesiredResource, Leader, RowProblem, SourceFacts, Wish, former, named, removals,
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
    rows.extend(named::rows(declared.named_groups, &rows, catalog, diagnostics));
    let Joined {
        mut resources,
        of_row,
        unreadable: nameless,
    } = join(rows, catalog, diagnostics);
    let mut unreadable = declared.unreadable;
    unreadable.extend(nameless);
    let mut names = DeclaredNames::new(&resources, catalog);
    if declared.is_cut || unreadable.iter().any(|row| row.named.is_none()) {
        names.may_be_missing();
    }
    let mut problems = ResourceProblems::new(diagnostics);
    let former_names = former::check(declared.former_names, &of_row, &names, &mut problems);
    names.learn_former(&former_names);
    let mut resolver = Resolver::new(&mut names, &of_row, problems.others());
    let all = resolver.members(declared.memberships, ReferenceRole::Member);
    let (members, unread) = (all.resolved, all.unread);
    let leaders = resolver.members(declared.leaders, ReferenceRole::Leader).resolved;
    let ResolvedReferences {
        resolved: managers,
        outside,
    } = resolver.references(&resources, &declared.live_names);
    let lost = resolver.lost;
    hold_unread(&mut names, &of_row, declared.unread_memberships, &mut problems);
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
    let lost = lost::place(lost, &mut resources);
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

fn placed_leaders(leaders: Vec<ResolvedMembership>, resources: &[DesiredResource]) -> Vec<Leader> {
    let key = |at: u32| resources[at as usize].key.clone();
    let leader = |leads: ResolvedMembership| Leader {
        group: key(leads.group),
        leader: key(leads.member),
        origin: leads.origin,
    };
    leaders.into_iter().map(leader).collect()
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

/// Looks up what memberships and references name, and collects the names that nobody has.
struct Resolver<'a, 'n> {
    names: &'a mut DeclaredNames<'n>,
    of_row: &'a [Option<u32>],
    reports: Reports<'a>,
    lost: Vec<LostAt>,
}

impl<'a, 'n> Resolver<'a, 'n> {
    fn new(
        names: &'a mut DeclaredNames<'n>,
        of_row: &'a [Option<u32>],
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            names,
            of_row,
            reports: Reports {
                left: 200,
                diagnostics,
            },
            lost: Vec::new(),
        }
    }

    /// All memberships, sorted by group and member, each once, with the place that mentions it first.
    fn members(&mut self, memberships: Vec<DeclaredMembership>, role: ReferenceRole) -> ResolvedMemberships {
        let mut found = Vec::with_capacity(memberships.len());
        let mut unread = Vec::new();
        for DeclaredMembership {
            group,
            member,
            origin,
        } in memberships
        {
            let group = self.reports.group(self.names, self.of_row, &group, origin);
            let target = match &member {
                Party::Row(row) => Ok(self.of_row[*row as usize]),
                Party::Name(name) => self.names.find(name).map(|at| Some(narrow(at))),
                Party::External(kind, id) => self.names.find_external(*kind, id).map(|at| Some(narrow(at))),
            };
            let lost = || {
                let (kind, name) = named(&member);
                let holder = group?;
                Some(LostAt {
                    holder,
                    role,
                    kind,
                    name,
                    origin,
                })
            };
            match (group, self.or_lose(target, lost, origin)) {
                (Some(group), Found::One(member)) => found.push(ResolvedMembership {
                    group,
                    member,
                    origin,
                }),
                (Some(group), Found::Unread) => unread.push(group),
                _ => {}
            }
        }
        found.sort_unstable();
        found.dedup_by_key(|membership| (membership.group, membership.member));
        ResolvedMemberships {
            resolved: found,
            unread,
        }
    }

    /// What a lookup found. A name that nobody has is collected as `lost`, and is an error where nobody would
    /// have the reference.
    fn or_lose(
        &mut self,
        target: Result<Option<u32>, Option<UnplacedProblem>>,
        lost: impl FnOnce() -> Option<LostAt>,
        origin: Origin,
    ) -> Found {
        let problem = match target {
            Ok(Some(at)) => return Found::One(at),
            Ok(None) | Err(None) => return Found::Unread,
            Err(Some(problem)) => problem,
        };
        let lost = lost().filter(|_| problem.code == "unknown-name");
        match lost.filter(|lost| !self.names.was_called(lost.kind, &lost.name)) {
            Some(lost) => {
                self.reports.warn(problem, origin);
                self.lost.push(lost);
                Found::Lost
            }
            None => {
                self.reports.report(problem.at(origin));
                Found::Unread
            }
        }
    }

    fn references(&mut self, resources: &[DesiredResource], live_names: &[FileId]) -> ResolvedReferences {
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
                let target = self.names.find_of(key.kind, &key.name);
                let is_unknown = matches!(&target, Err(Some(problem)) if problem.code == "unknown-name");
                if is_unknown && live_names.contains(&wanted.origin.file) {
                    found.outside.push((key.clone(), wanted.origin));
                    continue;
                }
                let lost = || {
                    Some(LostAt {
                        holder: narrow(holder),
                        role: ReferenceRole::Attribute(wanted.attribute),
                        kind: Some(key.kind),
                        name: key.name.clone(),
                        origin: wanted.origin,
                    })
                };
                let target = target.map(|at| Some(narrow(at)));
                if let Found::One(target) = self.or_lose(target, lost, wanted.origin) {
                    found.resolved.push(ResolvedReference {
                        holder: narrow(holder),
                        attribute,
                        target,
                        origin: wanted.origin,
                    });
                }
            }
        }
        found.outside.sort();
        found.outside.dedup_by(|later, first| later.0 == first.0);
        found
    }
}

/// What a lookup found.
enum Found {
    /// The position of the resource.
    One(u32),
    /// Nobody has the name.
    Lost,
    /// It may be declared in a part that was not read, or it was reported.
    Unread,
}

/// The kind and the name of a party, as the source writes them.
fn named(party: &Party) -> (Option<Kind>, Box<str>) {
    match party {
        Party::Row(_) => (None, Box::default()),
        Party::External(kind, id) => (Some(*kind), id.clone()),
        Party::Name(name) => match Key::parse(name) {
            Some(key) => (Some(key.kind), key.name),
            None => (None, name.clone()),
        },
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
                self.report(problem.at(origin));
                None
            }
        }
    }

    /// Warns of a name that nobody has. Whether it is wrong, only the directory and the record can tell.
    fn warn(&mut self, problem: UnplacedProblem, origin: Origin) {
        let hint = "a plan leaves what refers to it as it is if the directory or the record of applies knows \
                    the name, and is refused if not; correct the name, or take it out here";
        self.report(Diagnostic::warning(problem.code, origin, problem.message).hint(hint));
    }

    fn report(&mut self, problem: Diagnostic) {
        if self.diagnostics.knows(&problem) {
            self.diagnostics.push(problem);
        } else if self.left > 0 {
            self.left -= 1;
            self.diagnostics.push(problem);
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
