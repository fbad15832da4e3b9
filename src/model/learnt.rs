//! What a service was seen to make of the texts that people read: what was sent, and what it stored, twice.
//!
//! A rule is only believed where two different texts showed it and no text in the directory speaks against
//! it. A text alone is believed where it was itself sent and came back. So a change that somebody makes by
//! hand stays visible where the service rewrites nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::normalise::Rewriting;
use super::{Attribute, Catalog, Kind, Normalisation, Snapshot, Value};

/// How many different texts must show a rule.
const ENOUGH: usize = 2;

/// The most texts that are kept for one rule of one attribute.
const MOST_TEXTS: usize = 1_000;

/// A text that the service stored in another way than it was sent: each time of two, or under a rule that
/// other texts showed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewritten {
    /// The attribute, as `users.title`.
    pub attribute: Box<str>,
    /// The rule by which the stored text follows from the sent one.
    pub rule: Normalisation,
    /// What was sent.
    pub sent: Box<str>,
    /// What was stored.
    pub stored: Box<str>,
}

/// What is known of a service's rewriting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learnt {
    /// The texts that came back otherwise.
    pub texts: BTreeSet<Rewritten>,
    /// The rules that a text in the directory speaks against, by attribute. They are never believed again.
    pub contradicted: BTreeSet<(Box<str>, Normalisation)>,
}

/// A rule that some texts showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleShown<'a> {
    /// The attribute, as `users.title`.
    pub attribute: &'a str,
    /// The rule.
    pub rule: Normalisation,
    /// How many different texts showed it.
    pub texts: usize,
    /// Whether every text of the attribute is taken to follow it.
    pub is_believed: bool,
}

impl RuleShown<'_> {
    /// The dialect's row that says the same, as YAML.
    pub(crate) fn row(&self) -> String {
        let (kind, path) = self.attribute.split_once('.').unwrap_or_default();
        format!(
            "normalises: {{ {kind}: {{ {path}: [{}] }} }}",
            self.rule.written()
        )
    }
}

impl Learnt {
    /// Adds texts. Returns whether anything is new.
    pub(crate) fn add(&mut self, found: impl IntoIterator<Item = Rewritten>) -> bool {
        let before = self.texts.len();
        for one in found {
            let known = self.texts.iter();
            if known
                .filter(|known| (&known.attribute, known.rule) == (&one.attribute, one.rule))
                .count()
                < MOST_TEXTS
            {
                self.texts.insert(one);
            }
        }
        self.texts.len() > before
    }

    /// Whether a text came back so, or other texts of its attribute by a rule that is believed.
    pub(crate) fn explains(&self, one: &Rewritten) -> bool {
        let is_its = |shown: &RuleShown<'_>| {
            shown.is_believed && shown.rule == one.rule && *shown.attribute == *one.attribute
        };
        self.texts.contains(one) || self.shown().iter().any(is_its)
    }

    /// Each rule that some text showed.
    pub fn shown(&self) -> Vec<RuleShown<'_>> {
        let mut texts: BTreeMap<(&str, Normalisation), BTreeSet<&str>> = BTreeMap::new();
        for one in &self.texts {
            texts
                .entry((&one.attribute, one.rule))
                .or_default()
                .insert(&one.sent);
        }
        let shown = texts.into_iter().map(|((attribute, rule), texts)| RuleShown {
            attribute,
            rule,
            texts: texts.len(),
            is_believed: texts.len() >= ENOUGH && !self.contradicted.contains(&(attribute.into(), rule)),
        });
        shown.collect()
    }

    /// What the service does to the texts of an attribute.
    fn of(&self, attribute: &Attribute) -> Rewriting {
        let name = attribute.managed_name();
        let mut rewriting = Rewriting::default();
        for one in self.texts.iter().filter(|one| *one.attribute == *name) {
            rewriting
                .texts
                .entry(one.sent.clone())
                .or_default()
                .insert(one.stored.clone());
        }
        let believed = self
            .shown()
            .into_iter()
            .filter(|shown| shown.is_believed && shown.attribute == name);
        rewriting.rules = believed.map(|shown| shown.rule).collect();
        rewriting
    }

    /// The catalog of a service that does this. Nothing is ever learnt of attributes in `identifying`, or of
    /// those that are not single texts that people read.
    pub(crate) fn catalog(&self, catalog: &Catalog, identifying: &[super::AttributeId]) -> Catalog {
        catalog.adapted(|attribute| {
            let learns = attribute.is_read_by_people() && !identifying.contains(&attribute.id);
            attribute.rewriting = learns.then(|| self.of(attribute));
        })
    }

    /// Forgets what a directory speaks against: a rule, where a text does not follow it; a text, where the
    /// directory holds it as it was sent. Returns whether anything was forgotten.
    pub(crate) fn contradict(&mut self, catalog: &Catalog, snapshot: &Snapshot) -> bool {
        let mut changed = false;
        for kind in Kind::ALL {
            for attribute in catalog.of(kind).filter(|attribute| attribute.rewriting.is_some()) {
                let name = attribute.managed_name();
                let is_about = |one: &Rewritten| *one.attribute == *name;
                if !self.texts.iter().any(is_about) {
                    continue;
                }
                let live = snapshot.of(kind).iter();
                let held: BTreeSet<&str> = live
                    .filter_map(|live| live.attributes.get(attribute.id).and_then(Value::as_text))
                    .collect();
                let rules: BTreeSet<_> = self
                    .texts
                    .iter()
                    .filter(|one| is_about(one))
                    .map(|one| one.rule)
                    .collect();
                for rule in rules {
                    if held.iter().any(|text| rule.apply(text) != **text) {
                        changed |= self.contradicted.insert((name.as_str().into(), rule));
                    }
                }
                let before = self.texts.len();
                self.texts
                    .retain(|one| !is_about(one) || !held.contains(&*one.sent));
                changed |= self.texts.len() < before;
            }
        }
        changed
    }
}

impl Attribute {
    /// The rule by which the service may have made `stored` of `sent`. `None` where nothing is learnt of this
    /// attribute, or no rule explains it.
    pub(crate) fn rewritten(&self, sent: &Value, stored: &Value) -> Option<Rewritten> {
        self.rewriting.as_ref()?;
        let (sent, stored) = (sent.as_text()?, stored.as_text()?);
        Some(Rewritten {
            attribute: self.managed_name().into(),
            rule: Normalisation::between(sent, stored)?,
            sent: sent.into(),
            stored: stored.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::well_known::{ACTIVE, DISPLAY_NAME, EXTERNAL_ID, ROLES, USER_NAME};
    use crate::model::{Attributes, Live};

    fn rewritten(sent: &str, stored: &str) -> Rewritten {
        let rule = Normalisation::between(sent, stored).expect("a rule");
        let attribute = "users.title".into();
        Rewritten {
            attribute,
            rule,
            sent: sent.into(),
            stored: stored.into(),
        }
    }

    fn same(learnt: &Learnt, said: &str, held: &str) -> bool {
        let catalog = learnt.catalog(&Catalog::built_in(), &[]);
        let title = catalog.find(Kind::User, "title").expect("known");
        title.same(&Value::text(said), &Value::text(held))
    }

    fn holding(titles: &[&str]) -> Snapshot {
        let title = Catalog::built_in().well_known(Kind::User, "title");
        let person = |text: &&str| Live {
            attributes: [(title, Value::text(*text))].into_iter().collect::<Attributes>(),
            kind: Kind::User,
            id: "1".into(),
            version: None,
            members: None,
        };
        Snapshot {
            users: titles.iter().map(person).collect(),
            ..Snapshot::default()
        }
    }

    #[test]
    fn one_text_says_nothing_of_others() {
        let mut learnt = Learnt::default();
        assert!(learnt.add([rewritten("IT", "it")]) && !learnt.add([rewritten("IT", "it")]));
        assert!(same(&learnt, "IT", "it"));
        assert!(!same(&learnt, "HR", "hr") && !same(&learnt, "it", "IT") && !same(&learnt, "IT", "It"));
    }

    #[test]
    fn two_texts_show_a_rule_and_no_other() {
        let mut learnt = Learnt::default();
        learnt.add([rewritten("IT", "it"), rewritten("HR", "hr")]);
        assert!(same(&learnt, "Ops", "ops"));
        assert!(!same(&learnt, "ops", "Ops") && !same(&learnt, "Ops", "OPS") && !same(&learnt, "Ops", "op"));
    }

    #[test]
    fn a_directory_speaks_against_what_it_does_not_do() {
        let mut learnt = Learnt::default();
        learnt.add([rewritten("IT", "it"), rewritten("HR", "hr")]);
        let catalog = learnt.catalog(&Catalog::built_in(), &[]);
        assert!(!learnt.contradict(&catalog, &holding(&["it", "hr"])));
        assert!(learnt.contradict(&catalog, &holding(&["it", "Boss"])));
        assert!(same(&learnt, "IT", "it") && !same(&learnt, "Ops", "ops"));
        learnt.add([rewritten("Ops", "ops")]);
        assert!(!same(&learnt, "Law", "law"), "it is never believed again");
        assert!(learnt.contradict(&catalog, &holding(&["IT"])));
        assert!(!same(&learnt, "IT", "it") && same(&learnt, "HR", "hr"));
    }

    #[test]
    fn nothing_is_learnt_of_who_somebody_is_or_what_they_may_do() {
        let built_in = Catalog::built_in();
        let number = built_in.well_known(Kind::User, "employeeNumber");
        let catalog = Learnt::default().catalog(&built_in, &[number]);
        let learns = |kind, name: &str| catalog.find(kind, name).expect("known").rewriting.is_some();
        for name in [
            USER_NAME,
            EXTERNAL_ID,
            ACTIVE,
            ROLES,
            "emails.work",
            "entitlements",
            "manager",
            "employeeNumber",
        ] {
            assert!(!learns(Kind::User, name), "{name}");
        }
        assert!(!learns(Kind::Group, DISPLAY_NAME) && !learns(Kind::Group, EXTERNAL_ID));
        for name in ["title", DISPLAY_NAME, "name.familyName", "department"] {
            assert!(learns(Kind::User, name), "{name}");
        }
    }
}
