//! The data of the page's script: the plan in short, with every text escaped and ready to show. The names are
//! short because a plan may have twenty thousand changes. `page.js` has the same list.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use crate::escape::Escaped;
use crate::model::Reference;
use crate::plan::{self, Action, Change, Plan, guard};
use crate::review::by_hand;
use crate::review::figures;
use crate::review::held::{HeldAlike, held_alike};
use crate::review::pattern::patterns;
use crate::review::rights::{Right, rights, risk};
use crate::review::standing::{self, headline};
use crate::review::steps::steps;
use crate::review::words::{Moves, invited, name, place, pushed, show, show_both, symbol, title};

fn shown(text: &str) -> String {
    Escaped(text).to_string()
}

/// The plan as the page's data.
pub(super) fn of(plan: &Plan) -> Json {
    let numbers: HashMap<&str, usize> = plan
        .changes
        .iter()
        .enumerate()
        .map(|(number, change)| (change.id.as_str(), number))
        .collect();
    let steps = steps(&plan.changes);
    let changes: Vec<_> = plan
        .changes
        .iter()
        .zip(steps)
        .map(|(change, step)| {
            let mut data = change_of(change, step, &numbers);
            data["z"] = risk(plan, change).into();
            data
        })
        .collect();
    let shared: Vec<_> = patterns(plan)
        .into_iter()
        .map(|pattern| {
            json!({
                "kind": pattern.kind.word(),
                "path": shown(pattern.path),
                "before": pattern.before,
                "after": pattern.after,
                "changes": pattern.changes,
            })
        })
        .collect();
    let actions: Vec<_> = Action::BY_RISK
        .into_iter()
        .map(|action| json!({ "word": action.word(), "symbol": symbol(action), "title": title(action) }))
        .collect();
    json!({
        "summary": headline(&plan::standing(plan)),
        "kinds": figures::by_kind(plan),
        "moves": Moves::of(plan).sentence(),
        "digest": plan.digest,
        "facts": facts(plan),
        "refusals": guard::refusals_said(plan).iter().map(|text| shown(text)).collect::<Vec<_>>(),
        "guards": guards(plan),
        "held": held(plan),
        "byHand": by_hand::lines(plan),
        "byHandTitle": by_hand::TITLE,
        "rights": given(plan),
        "actions": actions,
        "patterns": shared,
        "changes": changes,
    })
}

/// What the plan rests on, as names and texts.
fn facts(plan: &Plan) -> Vec<(String, String)> {
    let header = &plan.header;
    let snapshot = &header.snapshot;
    let mut facts = vec![
        ("directory".to_owned(), shown(&header.directory.origin)),
        ("dialect".to_owned(), shown(&header.directory.dialect)),
        (
            "read".to_owned(),
            super::super::words::kinds(snapshot.users, snapshot.groups),
        ),
        (
            "left alone".to_owned(),
            super::super::words::kinds(snapshot.unmanaged_users, snapshot.unmanaged_groups),
        ),
        ("made".to_owned(), header.created.to_string()),
        ("expires".to_owned(), header.expires.to_string()),
    ];
    facts.extend(
        header
            .selection
            .iter()
            .map(|selection| ("only".to_owned(), shown(&selection.said()))),
    );
    facts.extend(
        header
            .author
            .iter()
            .map(|author| ("author".to_owned(), shown(author))),
    );
    facts.extend(
        header
            .commit
            .iter()
            .map(|commit| ("commit".to_owned(), shown(commit))),
    );
    facts.extend(standing::about(plan).map(|row| (row.name.to_owned(), row.text)));
    let standing = plan::standing(plan);
    let said = standing::rows(&standing).chain(figures::rows(plan));
    facts.extend(said.map(|row| (row.name.to_owned(), row.text)));
    facts.extend(pushed(plan).map(|push| ("push".to_owned(), push)));
    facts.extend(invited(plan).map(|invited| ("invited".to_owned(), invited.to_owned())));
    facts.extend(
        plan.shown_change_digest()
            .map(|digest| ("change digest".to_owned(), digest.to_string())),
    );
    facts.push(("tool".to_owned(), shown(&header.tool)));
    facts.push(("plan".to_owned(), shown(&header.plan_id)));
    facts.push(("configuration".to_owned(), shown(&header.config.path)));
    facts.extend(header.sources.iter().map(|source| {
        (
            "source".to_owned(),
            format!("{}: {} rows", shown(&source.path), source.rows),
        )
    }));
    facts
}

/// The held people and groups, by reason and way out.
fn held(plan: &Plan) -> Vec<Json> {
    let groups = held_alike(&plan::standing(plan)).into_iter();
    let group = |alike: HeldAlike<'_>| {
        let (why, next) = (shown(alike.message), shown(alike.next));
        json!({ "why": why, "next": next, "who": alike.who })
    };
    groups.map(group).collect()
}

/// The rights that people get, and who gets each.
fn given(plan: &Plan) -> Vec<Json> {
    let right = |right: &Right| json!({ "what": right.heading(), "who": right.names() });
    rights(plan).iter().map(right).collect()
}

fn guards(plan: &Plan) -> Vec<Json> {
    let figure = |figure: &guard::GuardFigure| {
        json!({
            "name": shown(&figure.guard),
            "count": figure.count,
            "earlier": figure.earlier,
            "limit": figure.limit,
            "of": figure.of,
            "holds": figure.holds(&plan.header.waivers),
        })
    };
    let exception = |waiver: &guard::Waiver| {
        json!({
            "name": shown(&waiver.guard),
            "count": waiver.count,
            "reason": shown(&waiver.reason),
            "cases": figures::waived(plan, waiver),
        })
    };
    plan.header
        .guards
        .iter()
        .map(figure)
        .chain(plan.header.waivers.iter().map(exception))
        .collect()
}

/// One change: `a`ction, `k`ind, `n`ame, `i`d, `w`as (the old name), `p`lace, `r`eason, `d`irectory's id,
/// `t`here (the directory's spelling), `s`tep, `f`irst (numbers of changes), `v`alues as path, before, after,
/// `m`embers. `z`, the risk among the changes of its action, is added to it.
fn change_of(change: &Change, step: usize, numbers: &HashMap<&str, usize>) -> Json {
    let mut out = Map::new();
    let mut put = |name: &str, value: Json| {
        out.insert(name.to_owned(), value);
    };
    put("a", json!(change.action.word()));
    put("k", json!(change.kind.word()));
    put("n", json!(shown(&change.key.name)));
    put("i", json!(shown(&change.id)));
    put("p", json!(place(change)));
    put("r", json!(shown(&change.reason)));
    put("s", json!(step));
    put("v", json!(values(change)));
    if let Some(old) = change
        .renamed_from()
        .filter(|_| !matches!(change.action, Action::Create | Action::Delete))
    {
        put("w", json!(shown(old)));
    }
    if let Some(there) = change.spelled_there() {
        put("t", json!(shown(there)));
    }
    if let Some(id) = &change.remote_id {
        put("d", json!(shown(id)));
    }
    let first: Vec<_> = change
        .needs
        .iter()
        .filter_map(|need| numbers.get(need.as_str()))
        .collect();
    if !first.is_empty() {
        put("f", json!(first));
    }
    if let Some(members) = &change.members {
        let names = |references: &[Reference]| references.iter().map(name).collect::<Vec<_>>();
        put(
            "m",
            json!({
                "before": members.before,
                "after": members.after,
                "leave": names(&members.remove),
                "join": names(&members.add),
            }),
        );
    }
    Json::Object(out)
}

/// The changed values, as path, before, after. A removal shows everything that was read, so that a reviewer
/// can recognise the person.
fn values(change: &Change) -> Vec<(String, Option<String>, Option<String>)> {
    let before = |path: &str| change.before.get(path).and_then(Option::as_ref).map(show);
    let mut values: Vec<_> = change
        .after
        .iter()
        .map(|(path, value)| {
            let read = change.before.get(path).and_then(Option::as_ref);
            let [was, becomes] = show_both(read, value.as_ref());
            (shown(path), read.map(|_| was), value.as_ref().map(|_| becomes))
        })
        .collect();
    if change.action.is_removal() {
        let kept = change
            .before
            .keys()
            .filter(|path| !change.after.contains_key(*path));
        let after = |path: &str| {
            if change.action == Action::Delete {
                None
            } else {
                before(path)
            }
        };
        values.extend(kept.map(|path| (shown(path), before(path), after(path))));
    }
    values
}
