//! Looks up what memberships and references name, over everything that is declared.

use super::lost::{LostReference, ReferenceRole, meant};
use super::names::DeclaredNames;
use super::position::narrow;
use super::problems::ResourceProblems;
use super::{DesiredResource, RowProblem};
use crate::declared::{DeclaredMembership, Party};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin, UnplacedProblem};
use crate::model::{Key, Kind, Value};

/// A membership of two resources, by their positions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ResolvedMembership {
    pub(super) group: u32,
    pub(super) member: u32,
    pub(super) origin: Origin,
}

/// The memberships of all groups.
pub(super) struct ResolvedMemberships {
    pub(super) resolved: Vec<ResolvedMembership>,
    /// The groups with a member who may stand in a row that cannot be read.
    pub(super) unread: Vec<u32>,
}

/// Looks up what memberships and references name, and collects the names that nobody has.
pub(super) struct NameLookup<'a, 'n> {
    names: &'a mut DeclaredNames<'n>,
    of_row: &'a [Option<u32>],
    reports: Reports<'a>,
    pub(super) lost: Vec<LostAt>,
}

impl<'a, 'n> NameLookup<'a, 'n> {
    pub(super) fn new(
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
    pub(super) fn members(
        &mut self,
        memberships: Vec<DeclaredMembership>,
        role: ReferenceRole,
    ) -> ResolvedMemberships {
        let mut found = Vec::with_capacity(memberships.len());
        let mut unread = Vec::new();
        for DeclaredMembership {
            group,
            member,
            origin,
        } in memberships
        {
            let (group, lost_group) = match self.group(&group) {
                Ok(at) => (at, None),
                Err(None) => (None, None),
                Err(Some(problem)) => {
                    self.reports.report(problem.at(origin).of_row());
                    (None, Some(named(&group).1))
                }
            };
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
                (Some(group), Named::One(member)) => found.push(ResolvedMembership {
                    group,
                    member,
                    origin,
                }),
                (Some(group), Named::Unread) => unread.push(group),
                (None, Named::One(holder)) => self.lost.extend(lost_group.map(|name| LostAt {
                    holder,
                    role: ReferenceRole::Group,
                    kind: Some(Kind::Group),
                    name,
                    origin,
                })),
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

    /// The position of the group of a membership; `None` for a row without a name.
    fn group(&mut self, group: &Party) -> Result<Option<u32>, Option<UnplacedProblem>> {
        let found = match group {
            Party::Row(row) => return Ok(self.of_row[*row as usize]),
            Party::Name(name) => self.names.find_of(Kind::Group, name),
            Party::External(kind, id) => self.names.find_external(*kind, id),
        };
        found.map(|at| Some(narrow(at)))
    }

    /// What a lookup found. A name that nobody has is collected as `lost`. If it is somebody's former name,
    /// or that of several, it is an error of the row.
    fn or_lose(
        &mut self,
        target: Result<Option<u32>, Option<UnplacedProblem>>,
        lost: impl FnOnce() -> Option<LostAt>,
        origin: Origin,
    ) -> Named {
        let problem = match target {
            Ok(Some(at)) => return Named::One(at),
            Ok(None) | Err(None) => return Named::Unread,
            Err(Some(problem)) => problem,
        };
        let lost = lost();
        let is_unknown =
            |lost: &LostAt| problem.code == "unknown-name" && !self.names.was_called(lost.kind, &lost.name);
        if lost.as_ref().is_some_and(is_unknown) {
            self.reports.warn(problem, origin);
        } else {
            self.reports.report(problem.at(origin).of_row());
        }
        self.lost.extend(lost);
        Named::Lost
    }

    pub(super) fn references(
        &mut self,
        resources: &[DesiredResource],
        live_names: &[FileId],
    ) -> ResolvedReferences {
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
                match self.or_lose(target, lost, wanted.origin) {
                    Named::One(target) => found.resolved.push(ResolvedReference {
                        holder: narrow(holder),
                        attribute,
                        target,
                        origin: wanted.origin,
                    }),
                    // Whoever stands in the part that was not read cannot be referred to.
                    Named::Unread => self.lost.extend(lost()),
                    Named::Lost => {}
                }
            }
        }
        found.outside.sort();
        found.outside.dedup_by(|later, first| later.0 == first.0);
        found
    }
}

/// What a lookup found.
enum Named {
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

impl Reports<'_> {
    /// Warns of a name that nobody has. Whether it is wrong, only the directory and the record can tell.
    fn warn(&mut self, problem: UnplacedProblem, origin: Origin) {
        let hint = "a plan leaves what refers to it as it is if the directory or the record of applies knows \
                    the name; if not, it is refused, unless the configuration says `problems: hold`; correct \
                    the name, or take it out here";
        let warning = Diagnostic::warning(problem.code, origin, problem.message);
        self.report(warning.of_row().hint(hint));
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

/// Holds the groups that have a membership which cannot be read.
pub(super) fn hold_unread(
    names: &mut DeclaredNames<'_>,
    of_row: &[Option<u32>],
    unread: Vec<(Party, RowProblem)>,
    problems: &mut ResourceProblems<'_>,
) {
    for (group, problem) in unread {
        match NameLookup::new(names, of_row, problems.others()).group(&group) {
            Ok(Some(group)) => problems.hold(group as usize, problem),
            Ok(None) | Err(None) => {}
            Err(Some(unknown)) => problems.others().push(unknown.at(problem.origin).of_row()),
        }
    }
}

/// A reference of a resource, for instance `manager`, and the resource that it names.
pub(super) struct ResolvedReference {
    /// The position of the resource that has the reference.
    pub(super) holder: u32,
    /// The position of the reference among the holder's attributes.
    pub(super) attribute: usize,
    /// The position of the resource that the reference names.
    pub(super) target: u32,
    pub(super) origin: Origin,
}

/// The references of all resources.
pub(super) struct ResolvedReferences {
    pub(super) resolved: Vec<ResolvedReference>,
    /// The names that no source declares and that the directory may have.
    pub(super) outside: Vec<(Key, Origin)>,
}

/// A reference by the position of its holder.
pub(super) struct LostAt {
    pub(super) holder: u32,
    pub(super) role: ReferenceRole,
    /// The kind that is meant. `None` if the name may be a person's or a group's.
    pub(super) kind: Option<Kind>,
    pub(super) name: Box<str>,
    pub(super) origin: Origin,
}

/// Takes the lost attributes out of the resources, and gives every reference the name of its holder.
pub(super) fn place_lost(lost: Vec<LostAt>, resources: &mut [DesiredResource]) -> Vec<LostReference> {
    let mut placed = Vec::with_capacity(lost.len());
    for LostAt {
        holder,
        role,
        kind,
        name,
        origin,
    } in lost
    {
        let holder = &mut resources[holder as usize];
        if let ReferenceRole::Attribute(attribute) = role {
            holder.attributes.retain(|asked| asked.attribute != attribute);
        }
        placed.push(LostReference {
            holder: holder.key.clone(),
            role,
            targets: meant(kind).map(|kind| Key::new(kind, &name)).collect(),
            origin,
        });
    }
    placed.sort_by(|left, right| {
        let order = |lost: &LostReference| (lost.role, lost.origin);
        (&left.holder, &left.targets, order(left)).cmp(&(&right.holder, &right.targets, order(right)))
    });
    placed.dedup_by(|later, first| {
        later.role == first.role && (&later.holder, &later.targets) == (&first.holder, &first.targets)
    });
    placed
}
