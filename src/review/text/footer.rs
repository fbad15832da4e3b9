//! What a plan rests on, below its changes.

use super::page::TextPage;
use crate::escape::Escaped;
use crate::plan::{self, Plan};
use crate::review::figures;
use crate::review::standing;
use crate::review::words::{Moves, clip, count_of, invited, kinds, pushed};

/// The longest text of a selection that is shown, in characters.
const LONGEST_SELECTION: usize = 400;

/// The place where the values of rows begin.
const INDENT: &str = "            ";

impl TextPage<'_> {
    fn row(&mut self, name: &str, value: &str) {
        let name = self.palette.faint(&format!("{name:<10}"));
        self.line(&format!("{name}  {value}"));
    }

    pub(super) fn footer(&mut self, plan: &Plan) {
        let header = &plan.header;
        let snapshot = &header.snapshot;
        let directory = format!(
            "{}: {}, {}",
            Escaped(&header.directory.origin),
            count_of(snapshot.users, "user"),
            count_of(snapshot.groups, "group")
        );
        self.row("directory", &directory);
        if let Some(about) = standing::about(plan) {
            let words: Vec<_> = about.text.split(' ').map(str::to_owned).collect();
            self.wrap(&words, &format!("{:<10}  ", about.name), "");
        }
        if let Some(selection) = &header.selection {
            let said = clip(&selection.said(), LONGEST_SELECTION);
            self.row("only", &format!("{said}; nobody else is in this plan"));
        }
        if snapshot.unmanaged_users + snapshot.unmanaged_groups > 0 {
            let left = format!(
                "{} that no source declares",
                kinds(snapshot.unmanaged_users, snapshot.unmanaged_groups)
            );
            self.row("left alone", &left);
        }
        if let Some(moves) = Moves::of(plan).sentence() {
            self.row("members", &moves);
        }
        if let Some(push) = pushed(plan) {
            self.row("push", &push);
        }
        if let Some(invited) = invited(plan) {
            self.row("invited", invited);
        }
        if header.cost.requests.total() > 0 {
            self.row("cost", &cost(plan));
        }
        for row in standing::rows(&plan::standing(plan)).chain(figures::rows(plan)) {
            self.row(row.name, &row.text);
        }
        self.exceptions(plan);
        self.row("expires", &header.expires.to_string());
        self.row("digest", &plan.digest.to_string());
    }

    /// The adopted names and the waivers of the plan.
    fn exceptions(&mut self, plan: &Plan) {
        let header = &plan.header;
        if !header.adopted.is_empty() {
            let names = header.adopted.iter().map(|name| Escaped(name).to_string());
            self.row("adopted", &names.collect::<Vec<_>>().join(", "));
        }
        for waiver in &header.waivers {
            let (guard, reason) = (Escaped(&waiver.guard), Escaped(&waiver.reason));
            self.row("waiver", &format!("{guard} = {}: {reason}", waiver.count));
            let waived = figures::waived(plan, waiver).join("; ");
            let words = waived
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned);
            self.wrap(&words.collect::<Vec<_>>(), INDENT, "");
        }
    }
}

/// The number of requests of an apply, and the least time that they take if the dialect has limits.
fn cost(plan: &Plan) -> String {
    let cost = &plan.header.cost;
    let verbs = cost
        .requests
        .by_verb()
        .map(|(verb, count)| format!("{count} {verb}"))
        .collect::<Vec<_>>()
        .join(", ");
    let (mut time, mut limits) = (String::new(), String::new());
    if cost.seconds > 0 {
        time = format!("; at least {}", crate::review::time(cost.seconds));
        limits = format!(" under the limits of {}", Escaped(&plan.header.directory.dialect));
    }
    format!("about {} requests ({verbs}){time}{limits}", cost.requests.total())
}
