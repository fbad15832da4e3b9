//! Composes the answer: drafts a plan from the part of the sources that the question rests on, and adds the
//! other facts.

use super::focus::{Focus, InSources};
use super::{
    AttributeLine, AttributeVerdict, Belonging, DeclaredAt, DesiredValue, Explanation, ExpressionUsed,
    Matched, MemberLines, PlanOutcome,
};
use crate::capability;
use crate::desired::{Desired, DesiredResource};
use crate::diagnostics::{Diagnostics, Origin};
use crate::dialect::Dialect;
use crate::mapping::Mapping;
use crate::matching::{Index, Pairing};
use crate::model::Live;
use crate::model::Snapshot;
use crate::model::{AttributeId, Key, Kind, Reference, Value};
use crate::plan::{Blocked, Change, Draft, DraftBasis};

/// The input of an answer.
pub struct Question<'a> {
    /// All desired resources, and at least the live ones that `survey::Survey::look` reads.
    pub basis: &'a DraftBasis<'a>,
    /// What the service holds and can do.
    pub dialect: &'a Dialect,
    /// The configuration's expressions.
    pub mapping: &'a Mapping,
}

impl Question<'_> {
    /// The draft of a plan from a part of the desired resources.
    fn draft(&self, part: &Desired) -> Result<Draft, Blocked> {
        let basis = DraftBasis {
            desired: part,
            ..*self.basis
        };
        Ok(capability::draft(&basis, self.dialect, &|_| Vec::new())?.draft)
    }
}

/// Explains the resource of a question. `None` if neither a source nor the directory has it.
pub fn explain(focus: &Focus<'_>, question: &Question<'_>) -> Option<Explanation> {
    let Question { basis, mapping, .. } = *question;
    let who_is_who = WhoIsWho::of(basis);
    let part = focus.part(basis.desired, who_is_who.claimants());
    let live = lives(basis.snapshot).find(|live| focus.names.iter().any(|key| is_named(basis, live, key)));
    let drafted = question.draft(&part);
    // Whoever is removed under the name that the directory has is nobody who is declared.
    let claimant = live.and_then(|live| who_is_who.claimant(live));
    let renamed = claimant.filter(|_| live.is_none_or(|live| !is_removed(basis, live, &drafted)));
    let in_sources = match (focus.in_sources, renamed) {
        (InSources::Undeclared, Some(resource)) => InSources::Declared(resource),
        (in_sources, _) => in_sources,
    };
    let (key, live) = match in_sources.resource() {
        Some(resource) => (
            resource.key.clone(),
            who_is_who
                .live_of(resource)
                .or(live.filter(|_| renamed.is_none())),
        ),
        None => (live?.key(basis.catalog), live),
    };
    let teller = Teller {
        basis,
        mapping,
        in_sources,
        live,
        key,
        is_in_doubt: in_sources
            .resource()
            .is_some_and(|resource| who_is_who.doubts(resource)),
    };
    let outcome = teller.outcome(&drafted);
    Some(Explanation {
        declared: teller.declared(),
        matched: teller.matched(&outcome),
        attributes: teller.attributes(&outcome),
        members: teller.members(),
        belongs_to: teller.belongs_to(),
        memberships: None,
        key: teller.key,
        outcome,
    })
}

/// Whether a draft removes a live resource under the name that it has in the directory.
fn is_removed(basis: &DraftBasis<'_>, live: &Live, drafted: &Result<Draft, Blocked>) -> bool {
    let changes = drafted.iter().flat_map(|draft| &draft.changes);
    let mut removals = changes.filter(|change| change.action.is_removal());
    let key = live.key(basis.catalog);
    removals.any(|change| change.key == key && change.remote_id.as_ref() == Some(&live.id))
}

fn lives(snapshot: &Snapshot) -> impl Iterator<Item = &Live> {
    snapshot.users.iter().chain(&snapshot.groups)
}

/// Whether a live resource has a name: as its key, or as a value that it is matched by.
fn is_named(basis: &DraftBasis<'_>, live: &Live, key: &Key) -> bool {
    let by = &basis.policy.of(key.kind).matched_by;
    let is = |attribute: &AttributeId| {
        live.attributes.get(*attribute).and_then(Value::as_text) == Some(&*key.name)
    };
    live.kind == key.kind && (live.key(basis.catalog) == *key || by.iter().any(is))
}

/// The pairing of all desired and all live resources.
struct WhoIsWho<'a> {
    basis: &'a DraftBasis<'a>,
    pairing: Pairing,
}

impl<'a> WhoIsWho<'a> {
    fn of(basis: &'a DraftBasis<'a>) -> Self {
        let pairing = basis.pair();
        Self { basis, pairing }
    }

    /// The declared resource that matches a live one.
    fn claimant(&self, live: &Live) -> Option<&'a DesiredResource> {
        let place = self
            .basis
            .snapshot
            .of(live.kind)
            .iter()
            .position(|one| one.id == live.id)?;
        self.pairing.of(live.kind).desired_of[place].map(|number| &self.basis.desired.of(live.kind)[number])
    }

    /// The live resource that matches a declared one.
    fn live_of(&self, resource: &DesiredResource) -> Option<&'a Live> {
        let kind = resource.key.kind;
        let number = self
            .basis
            .desired
            .of(kind)
            .iter()
            .position(|one| one.key == resource.key)?;
        self.pairing.of(kind).live_of[number].map(|place| &self.basis.snapshot.of(kind)[place])
    }

    /// Whether a declared resource could not be matched for certain.
    fn doubts(&self, resource: &DesiredResource) -> bool {
        let desired = self.basis.desired.of(resource.key.kind);
        let number = desired.iter().position(|one| one.key == resource.key);
        number.is_some_and(|number| self.pairing.of(resource.key.kind).doubts.contains_key(&number))
    }

    /// All declared resources that match a live one, or could. Each may be about to give up a name that it
    /// has.
    fn claimants(&self) -> impl Iterator<Item = &'a DesiredResource> {
        let of = move |kind: Kind| {
            let matches = self.pairing.of(kind);
            let paired = matches.desired_of.iter().flatten();
            paired
                .chain(matches.doubts.keys())
                .map(move |number| &self.basis.desired.of(kind)[*number])
        };
        Kind::ALL.into_iter().flat_map(of)
    }
}

pub(super) struct Teller<'a> {
    pub(super) basis: &'a DraftBasis<'a>,
    mapping: &'a Mapping,
    pub(super) in_sources: InSources<'a>,
    pub(super) live: Option<&'a Live>,
    pub(super) key: Key,
    /// Whether the directory has accounts that it could be, and nothing says which.
    is_in_doubt: bool,
}

impl Teller<'_> {
    fn place(&self, origin: Origin) -> String {
        self.basis.files.place(origin).to_string()
    }

    fn declared(&self) -> DeclaredAt {
        let rule = |scope: &crate::mapping::Scoping| ExpressionUsed {
            expression: scope.text().into_owned(),
            origin: self.place(scope.origin()),
        };
        let scope = self.mapping.scope(self.key.kind).map(rule);
        match self.in_sources {
            InSources::Declared(resource) => DeclaredAt::InScope {
                origin: self.place(resource.origin),
                scope: scope.filter(|_| resource.problem.is_none()),
            },
            InSources::OutOfScope(resource) => DeclaredAt::OutOfScope {
                origin: self.place(resource.origin),
                scope,
            },
            InSources::Undeclared => DeclaredAt::Undeclared,
        }
    }

    fn matched(&self, outcome: &PlanOutcome) -> Matched {
        let catalog = self.basis.catalog;
        let order = &self.basis.policy.of(self.key.kind).matched_by;
        let found_by = |wanted: &DesiredResource, live: &Live| {
            order.iter().find_map(|attribute| {
                let value = wanted.value(*attribute).and_then(Value::as_text)?;
                let index = Index::new(catalog, *attribute, std::slice::from_ref(live));
                let path = catalog.attribute(*attribute).path.clone();
                (!index.find(value).is_empty()).then(|| (path, value.to_owned()))
            })
        };
        let found_by_former_name = |wanted: &DesiredResource, live: &Live| {
            let name = live.key(catalog);
            let mut former = self.basis.desired.former_names_of(name.kind).iter();
            let is_live = former.any(|former| former.now == wanted.key && former.name == name);
            is_live.then(|| ("previously".into(), name.name.to_string()))
        };
        match (self.in_sources, self.live) {
            (InSources::Declared(wanted), Some(live)) => {
                match found_by(wanted, live).or_else(|| found_by_former_name(wanted, live)) {
                    Some((attribute, value)) => Matched::By {
                        attribute,
                        value,
                        id: live.id.clone(),
                    },
                    None => Matched::Unsettled,
                }
            }
            (_, Some(live)) => Matched::LiveOnly { id: live.id.clone() },
            (InSources::Declared(_), None)
                if self.is_in_doubt || matches!(outcome, PlanOutcome::Blocked { .. }) =>
            {
                Matched::Unsettled
            }
            (_, None) => Matched::Absent {
                by: order
                    .iter()
                    .map(|attribute| catalog.attribute(*attribute).path.clone())
                    .collect(),
            },
        }
    }

    fn attributes(&self, outcome: &PlanOutcome) -> Vec<AttributeLine> {
        let catalog = self.basis.catalog;
        let resource = self.in_sources.resource();
        let line = |id: AttributeId| {
            let attribute = catalog.attribute(id);
            let asked = resource.and_then(|resource| resource.get(id));
            let live = self
                .live
                .and_then(|live| live.attributes.get(id))
                .map(|value| self.named(value));
            let verdict = match (outcome, asked) {
                (PlanOutcome::Changes { changes, .. }, _)
                    if changes.iter().any(|one| one.after.contains_key(&attribute.path)) =>
                {
                    AttributeVerdict::Changes
                }
                (_, None) => AttributeVerdict::LeftAlone,
                (_, Some(asked)) if self.live.is_some() && !asked.wish.lasts() => AttributeVerdict::LeftAlone,
                (PlanOutcome::Blocked { .. }, _) => AttributeVerdict::Unsettled,
                _ if matches!(self.in_sources, InSources::OutOfScope(_)) => AttributeVerdict::LeftAlone,
                _ => AttributeVerdict::Same,
            };
            let asked = asked.map(|asked| DesiredValue {
                desired: asked.wish.value().cloned(),
                origin: self.place(asked.origin),
                computed: self.computed(id, asked.origin),
            });
            AttributeLine {
                path: attribute.path.clone(),
                live,
                asked,
                verdict,
            }
        };
        let has = |id: AttributeId| {
            resource.is_some_and(|one| one.get(id).is_some())
                || self.live.is_some_and(|one| one.attributes.get(id).is_some())
        };
        catalog
            .of(self.key.kind)
            .map(|attribute| attribute.id)
            .filter(|id| has(*id))
            .map(line)
            .collect()
    }

    /// The expression of `map` that computed an attribute. The origin of a computed value is the start of its
    /// row.
    fn computed(&self, id: AttributeId, origin: Origin) -> Option<ExpressionUsed> {
        let rule = self.mapping.of(self.key.kind).find(|one| one.attribute == id)?;
        let row = self.in_sources.resource()?.origin;
        let at_row = origin == row || (origin.file != row.file && origin.column == row.column);
        at_row.then(|| ExpressionUsed {
            expression: rule.text().to_owned(),
            origin: self.place(rule.origin),
        })
    }

    /// A live value whose references have the names of their targets, if these were read.
    fn named(&self, value: &Value) -> Value {
        let Value::Reference(reference) = value else {
            return value.clone();
        };
        let target = lives(self.basis.snapshot).find(|live| Some(&live.id) == reference.id.as_ref());
        Value::Reference(Box::new(Reference {
            id: reference.id.clone(),
            key: target.map(|live| live.key(self.basis.catalog)),
        }))
    }

    fn members(&self) -> Option<MemberLines> {
        if self.key.kind != Kind::Group {
            return None;
        }
        let listed = self.in_sources.resource().and_then(|one| one.members.as_ref());
        Some(MemberLines {
            desired: listed.map(Vec::len),
            live: self.live.and_then(|live| live.members.as_ref()).map(Vec::len),
            listed: listed
                .into_iter()
                .flatten()
                .map(|member| Belonging {
                    key: member.key.clone(),
                    origin: self.place(member.origin),
                })
                .collect(),
        })
    }

    fn belongs_to(&self) -> Vec<Belonging> {
        let groups = self.basis.desired.groups.iter();
        let of = |group: &DesiredResource| {
            let member = group
                .members
                .iter()
                .flatten()
                .find(|member| member.key == self.key)?;
            Some(Belonging {
                key: group.key.clone(),
                origin: self.place(member.origin),
            })
        };
        groups.filter_map(of).collect()
    }

    fn outcome(&self, drafted: &Result<Draft, Blocked>) -> PlanOutcome {
        let draft = match drafted {
            Err(Blocked(problems)) => return self.blocked(problems),
            Ok(draft) => draft,
        };
        let changes = draft.changes.iter().filter(|change| change.key == self.key);
        let changes: Vec<Change> = changes.cloned().collect();
        if changes.is_empty() {
            return PlanOutcome::Nothing {
                reason: self.why_nothing(&draft.remainder),
            };
        }
        let protected = |change: &Change| {
            let old = change.renamed_from().map(|name| Key::new(change.kind, name));
            self.basis
                .policy
                .protect
                .iter()
                .any(|one| one.covers(&change.key) || old.as_ref().is_some_and(|old| one.covers(old)))
        };
        let refused = changes
            .iter()
            .any(protected)
            .then(|| format!("{} is protected: a plan with this change is refused", self.key));
        PlanOutcome::Changes {
            changes,
            held: self.why_no_more(&draft.remainder),
            refused,
        }
    }

    fn blocked(&self, problems: &Diagnostics) -> PlanOutcome {
        let say = |one: &&crate::diagnostics::Diagnostic| {
            let place = one
                .origin
                .map(|origin| format!("{}: ", self.place(origin)))
                .unwrap_or_default();
            format!(
                "{place}{}{}",
                one.message,
                one.hint
                    .as_ref()
                    .map(|hint| format!(" ({hint})"))
                    .unwrap_or_default()
            )
        };
        PlanOutcome::Blocked {
            problems: problems.sorted().iter().map(say).collect(),
        }
    }
}
