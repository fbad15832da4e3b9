//! Two runners that plan for one directory and apply at the same time, each with a state of its own. Where
//! the service refuses a second of a name, nobody is there twice. Where it does not, some are, and who they
//! are is said.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use wpsync::apply::{Next, Report, Verdict};
use wpsync::model::Kind;
use wpsync::project::Absent;

use crate::disk::Disk;
use crate::scene::{Account, Declared, Scene, declared, declared_group, project};
use crate::support::{Behaviour, Filters, Names, Service, tail};

const ROUNDS: u64 = 15;
const PEOPLE: usize = 12;
const GROUPS: usize = 4;

fn sources() -> Declared {
    let person = |number: usize| format!("new{number}@example.com");
    let group = |number: usize| {
        let members = [person(number), person(number + 7)];
        declared_group(&format!("Team {number}"), &[&members[0], &members[1]])
    };
    Declared {
        users: (0..PEOPLE)
            .map(person)
            .map(|name| declared(&name, &name, "writer", Account::Active))
            .collect(),
        groups: (0..GROUPS).map(group).collect(),
    }
}

/// The ids under each name, as the service stores them.
fn stored(service: &Service) -> BTreeMap<String, Vec<String>> {
    let text = |row: &Json, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in Kind::ALL {
        let name = if kind == Kind::User {
            "userName"
        } else {
            "displayName"
        };
        for row in service.stored(kind) {
            ids.entry(text(&row, name)).or_default().push(text(&row, "id"));
        }
    }
    ids.values_mut().for_each(|ids| ids.sort());
    ids
}

/// What a report says is there twice: the ids by name.
fn said(scene: &Scene, report: &Report) -> BTreeMap<String, Vec<String>> {
    let found = report.duplicates.found.iter().map(|duplicate| {
        let mut ids: Vec<String> = duplicate.ids.iter().map(ToString::to_string).collect();
        ids.sort();
        (scene.plan.changes[duplicate.change].key.name.to_string(), ids)
    });
    found.collect()
}

fn is_done(report: &Report) -> bool {
    matches!(report.verdict, Verdict::Applied | Verdict::AlreadyApplied)
}

/// Two runners at once; gives how many names are there twice.
async fn race(round: u64, behaviour: Behaviour) -> usize {
    let context = format!("round {round}, {behaviour:?}");
    let names = behaviour.names;
    let service = Service::behaving(round, behaviour);
    let project = project("", &sources(), Absent::Keep);
    let one = Scene::new(Arc::clone(&service), project.clone()).await;
    let other = Scene::new(Arc::clone(&service), project).await;
    let apply = async |scene: &Scene, line: usize, later: Duration| {
        tokio::time::sleep(later).await;
        let disk = Disk::default();
        let line = scene.line(line, &disk, Box::new(|_| None));
        scene.apply(line, &disk, 8).await.expect("it begins")
    };
    let later = Duration::from_millis(round * 7);
    let number = 100 + 2 * usize::try_from(round).expect("few");
    let (first, second) = tokio::join!(
        apply(&one, number, Duration::ZERO),
        apply(&other, number + 1, later)
    );
    let stored = stored(&service);
    assert_eq!(stored.len(), PEOPLE + GROUPS, "{context}");
    let twice: BTreeMap<String, Vec<String>> = stored.into_iter().filter(|(_, ids)| ids.len() > 1).collect();
    let reports = [(&one, &first), (&other, &second)];
    let mut all_said = BTreeMap::new();
    for (scene, report) in reports {
        let said = said(scene, report);
        for (name, ids) in &said {
            assert_eq!(twice.get(name), Some(ids), "{context}: {name} is not there so");
        }
        assert!(
            said.is_empty() || !is_done(report) && report.next() == Some(Next::Duplicates),
            "{context}: {report:?}"
        );
        all_said.extend(said);
    }
    assert_eq!(all_said, twice, "{context}: what is there twice is said");
    if names == Names::Unique {
        assert!(twice.is_empty(), "{context}: {twice:?}");
        assert!(
            is_done(&first) && is_done(&second),
            "{context}: {first:?}\n{second:?}\n{}",
            tail(&service.history())
        );
    }
    twice.len()
}

fn raced(names: Names, filters: Filters) -> usize {
    let round = |round| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let behaviour = Behaviour {
            filters,
            names,
            ..Behaviour::default()
        };
        runtime.block_on(race(round, behaviour))
    };
    (0..ROUNDS).map(round).sum()
}

#[test]
fn two_runners_at_once_make_nobody_twice_where_names_are_unique() {
    for filters in [Filters::Work, Filters::Nobody, Filters::Everybody] {
        assert_eq!(raced(Names::Unique, filters), 0);
    }
}

#[test]
fn two_runners_at_once_say_whom_they_made_twice_where_names_are_not() {
    for filters in [Filters::Work, Filters::Nobody, Filters::Everybody] {
        let twice = raced(Names::Shared, filters);
        println!("{filters:?}: {twice} names were made twice in {ROUNDS} rounds, and all are said");
        assert!(twice > 0, "the runners never met");
    }
}
