//! `--redact`: what a command may show of people.

use std::collections::HashMap;

use clap::ValueEnum;
use wpsync::apply::{Duplicate, Outcome};
use wpsync::escape::Escaped;
use wpsync::plan::{Change, Plan};
use wpsync::redaction::{Redaction, redacted};

#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct RedactArgs {
    /// What to show of people
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        env = "WPSYNC_REDACT",
        default_value = "none",
        hide_default_value = true
    )]
    redact: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Everything
    None,
    /// First letters, as a***@e***
    Masked,
    /// The directory's ids and pseudonyms
    Ids,
}

impl RedactArgs {
    /// Whether people's data may be shown unredacted.
    pub(crate) const fn shows_people(self) -> bool {
        matches!(self.redact, Mode::None)
    }

    pub(crate) const fn redaction(self) -> Redaction {
        match self.redact {
            Mode::None => Redaction::None,
            Mode::Masked => Redaction::Masked,
            Mode::Ids => Redaction::Ids,
        }
    }
}

/// The names of a plan's changes in the output of an apply.
#[derive(Debug, Default)]
pub(crate) struct Names(Option<HashMap<String, ShownName>>);

#[derive(Debug)]
struct ShownName {
    id: String,
    key: String,
}

impl Names {
    pub(crate) fn of(plan: &Plan, redaction: Redaction) -> Self {
        if redaction == Redaction::None {
            return Self::default();
        }
        let view = redacted(plan, redaction);
        let name = |shown: &Change| ShownName {
            id: shown.id.clone(),
            key: shown.key.to_string(),
        };
        let changes = plan.changes.iter().zip(&view.changes);
        let names = changes.map(|(change, shown)| (change.id.clone(), name(shown)));
        Self(Some(names.collect()))
    }

    /// The change's id.
    pub(crate) fn id(&self, change: &Change) -> String {
        self.find(change)
            .map_or_else(|| change.id.clone(), |name| name.id.clone())
    }

    /// The key of the resource that the change is about.
    pub(crate) fn key(&self, change: &Change) -> String {
        self.find(change)
            .map_or_else(|| change.key.to_string(), |name| name.key.clone())
    }

    /// Why the change was not done. The reason may quote people's data and servers' answers, so with
    /// redaction it is in the receipt only.
    pub(crate) fn detail(&self, change: &Change, outcome: &Outcome) -> Option<String> {
        let detail = outcome.detail(change)?;
        Some(if self.0.is_some() {
            "the receipt says why".into()
        } else {
            detail
        })
    }

    /// What is there twice, with its ids. Ids may be addresses, so with redaction they are in the receipt
    /// only.
    pub(crate) fn duplicate(&self, plan: &Plan, duplicate: &Duplicate) -> String {
        let key = self.key(&plan.changes[duplicate.change]);
        if self.0.is_some() {
            return format!("{key}: the receipt says which");
        }
        let ids: Vec<String> = duplicate.ids.iter().map(|id| Escaped(id).to_string()).collect();
        format!(
            "{key}: the same {} have ids {}",
            duplicate.attribute,
            ids.join(", ")
        )
    }

    fn find(&self, change: &Change) -> Option<&ShownName> {
        self.0.as_ref()?.get(&change.id)
    }
}
