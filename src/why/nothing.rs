//! Why a plan has no change of a resource.

use super::explain::Teller;
use super::focus::InSources;
use crate::desired::DesiredResource;
use crate::escape::Escaped;
use crate::model::well_known::ACTIVE;
use crate::model::{Key, Kind, Live};
use crate::plan::remainder::{LeftReferences, NameKnown, Remainder};
use crate::project::Absent;

impl Teller<'_> {
    /// The reason, in a sentence without an end.
    pub(super) fn why_nothing(&self, remainder: &Remainder) -> String {
        let protected = self.basis.policy.protects(&self.key);
        let is_kept = matches!(self.in_sources, InSources::Undeclared);
        let also = if protected && !is_kept {
            "; it is protected besides"
        } else {
            ""
        };
        let reason = match (self.in_sources, self.live) {
            (InSources::Declared(_), _) => self.why_unchanged(remainder),
            (InSources::OutOfScope(_), _) => "`scope` leaves it out, so it is left alone".to_owned(),
            (InSources::Undeclared, Some(live)) => self
                .why_held(remainder)
                .unwrap_or_else(|| self.why_left_alone(live, remainder)),
            (InSources::Undeclared, None) => "nobody knows it".to_owned(),
        };
        reason + also
    }

    /// Why a plan has no change of a declared resource.
    fn why_unchanged(&self, remainder: &Remainder) -> String {
        let held = self.why_held(remainder);
        let withheld = remainder.withheld.iter().filter(|(name, _)| self.is_about(name));
        let withheld = withheld.map(|(name, _)| still_there(name));
        let staying = remainder.staying.iter().filter(|(name, _)| self.is_about(name));
        let staying = staying.map(|(name, _)| format!("the service does not change {}", Escaped(name)));
        let left = self.why_references_stay(remainder);
        let reasons: Vec<_> = held
            .into_iter()
            .chain(withheld)
            .chain(staying)
            .chain(left)
            .collect();
        if reasons.is_empty() {
            "the directory is as the sources say".into()
        } else {
            reasons.join("; ")
        }
    }

    /// What nothing is planned for it because of, and what ends that. `None` if it is not held.
    fn why_held(&self, remainder: &Remainder) -> Option<String> {
        let held = remainder.held.iter().find(|held| held.key == self.key)?;
        Some(format!("{}; {}", Escaped(&held.message), Escaped(&held.next)))
    }

    /// Why nothing else is planned for it. `None` if nothing else could be.
    pub(super) fn why_no_more(&self, remainder: &Remainder) -> Option<String> {
        let held = self.why_held(remainder).into_iter();
        let reasons: Vec<_> = held.chain(self.why_references_stay(remainder)).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// Which of its references stay as they are, and why. `None` if none does. The draft's remainder has
    /// nobody else's.
    fn why_references_stay(&self, remainder: &Remainder) -> Option<String> {
        let of_lost = |left: &LeftReferences| {
            let (role, name) = (Escaped(&left.role), Escaped(&left.name));
            let why = match left.known {
                NameKnown::ByDirectoryOrRecord => "no source declares any more",
                NameKnown::OutsideScope => "`scope` leaves out, while the directory holds something else",
                NameKnown::ByNobody => "nobody knows",
            };
            format!("its {role} \"{name}\" is left alone, whom {why}")
        };
        let lost = remainder.references.iter().map(of_lost);
        let outside = self.out_of_reach().into_iter().map(|key| {
            format!("{key} is left out of it: `scope` leaves it out, and the directory does not have it")
        });
        let all: Vec<_> = lost.chain(outside).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Whom it refers to and the scope leaves out, where the directory does not have them.
    fn out_of_reach(&self) -> Vec<&Key> {
        let referred = self.in_sources.resource().into_iter();
        let referred = referred.flat_map(DesiredResource::referred);
        let is_outside = |key: &&Key| {
            let mut outside = self.basis.desired.out_of_scope.iter();
            outside.any(|one| one.key == **key)
        };
        let is_live = |key: &Key| {
            let mut live = self.basis.snapshot.of(key.kind).iter();
            live.any(|live| live.key(self.basis.catalog) == *key)
        };
        referred.filter(is_outside).filter(|key| !is_live(key)).collect()
    }

    /// The row that keeps it from being removed for absence. `None` if no row does.
    fn why_kept(&self, remainder: &Remainder) -> Option<String> {
        let row = remainder
            .unread
            .rows
            .iter()
            .find(|row| row.kind == self.key.kind)?;
        Some(format!(
            "no source declares it, and {} may mean it: {}; {}",
            Escaped(&row.origin),
            Escaped(&row.message),
            Escaped(&row.next)
        ))
    }

    /// Whether a name in the draft's remainder is about this resource and not only about those that it refers
    /// to: its members, or an attribute that differs.
    fn is_about(&self, name: &str) -> bool {
        if name.starts_with("group:") {
            return name == self.key.id();
        }
        let Some(path) = name
            .strip_prefix(self.key.kind.plural())
            .and_then(|rest| rest.strip_prefix('.'))
        else {
            return false;
        };
        let Ok(attribute) = self.basis.catalog.find(self.key.kind, path) else {
            return false;
        };
        let asked = self
            .in_sources
            .resource()
            .and_then(|resource| resource.get(attribute.id));
        let held = self.live.and_then(|live| live.attributes.get(attribute.id));
        asked.is_some_and(|asked| match (asked.wish.value(), held) {
            (Some(wanted), Some(held)) => !attribute.same(wanted, held),
            (wanted, held) => wanted.is_some() != held.is_some(),
        })
    }

    fn why_left_alone(&self, live: &Live, remainder: &Remainder) -> String {
        let (policy, accounts) = (self.basis.policy.of(live.kind), self.basis.accounts);
        let inactive = live.is_inactive(self.basis.catalog.well_known(Kind::User, ACTIVE));
        let kind = live.kind.plural();
        match policy.absent {
            Absent::Keep => {
                format!("no source declares it, and `manage: {kind}: absent: keep` leaves it alone")
            }
            _ if policy.is_partly_named => {
                "no source declares it, and partial sources say nothing about who is absent, so it is left \
                 alone"
                    .into()
            }
            _ if !policy.removes(live, accounts) && policy.rests_on_accounts() => {
                let why = if accounts.of(live.kind).is_empty() {
                    "no state says who is managed"
                } else {
                    "no applied plan ever declared it"
                };
                format!("no source declares it, and {why}, so `within: managed` leaves it alone")
            }
            _ if !policy.removes(live, accounts) => {
                "no source declares it, and `within` does not cover it, so it is left alone".into()
            }
            _ if self.basis.policy.protects(&self.key) => {
                "no source declares it, and `protect` keeps it".into()
            }
            Absent::Deactivate if inactive => "no source declares it, and it is inactive already".into(),
            _ if !self.basis.ownership.may_remove(live.kind, self.basis.policy) => {
                format!("no source declares it, and {}", still_there(kind))
            }
            _ => self
                .why_kept(remainder)
                .unwrap_or_else(|| "no source declares it".into()),
        }
    }
}

/// Why an undeclared resource or value is not removed.
fn still_there(name: &str) -> String {
    let name = Escaped(name);
    format!("`{name}` is managed for the first time; --adopt {name} removes it")
}
