//! An organisation whose sources and directory live on: people are hired, leave and return, titles and their
//! capitals change, teams come and retire, somebody edits by hand. A model that shares no code with the
//! engine says what the directory must hold.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng as _;
use rand::rngs::SmallRng;
use rand::seq::IteratorRandom as _;
use serde_json::{Value as Json, json};
use wpsync::model::Kind;
use wpsync::project::Absent;

use crate::scene::Declared;
use crate::support::Service;

const TITLES: [&str; 6] = ["engineer", "Engineer", "ENGINEER", "lead", "Lead", "Writer"];

/// What the sources say of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Person {
    title: &'static str,
    /// Whether the person may sign in; `None` where the sources do not say.
    active: Option<bool>,
}

/// What the sources say.
#[derive(Clone, Debug, Default)]
pub struct Organisation {
    people: BTreeMap<String, Person>,
    teams: BTreeMap<String, BTreeSet<String>>,
    hired: usize,
    founded: usize,
    left: BTreeSet<String>,
    /// Those whom the sources called inactive, and not active since. Where the sources fall silent, that
    /// stays: presence turns round no deactivation that was somebody's word.
    called_inactive: BTreeSet<String>,
}

/// What a service may be taken to make of a title, besides keeping it.
pub type Rewriting = fn(&str) -> Vec<String>;

impl Organisation {
    /// One step of its life.
    pub fn step(&mut self, random: &mut SmallRng) {
        match random.random_range(0..12) {
            0..=2 => self.hire(),
            3 if self.people.len() > 2 => self.let_go(random),
            4 => self.take_back(random),
            5..=6 => {
                if let Some(person) = self.people.values_mut().choose(random) {
                    person.title = TITLES[random.random_range(0..TITLES.len())];
                }
            }
            7 => {
                if let Some((name, person)) = self.people.iter_mut().choose(random) {
                    person.active = [None, Some(true), Some(false)][random.random_range(0..3)];
                    match person.active {
                        Some(false) => drop(self.called_inactive.replace(name.clone())),
                        Some(true) => self.called_inactive.retain(|called| called != name),
                        None => {}
                    }
                }
            }
            8 => self.found(random),
            9 if self.teams.len() > 1 => {
                let retired = self.teams.keys().choose(random).cloned().expect("a team");
                self.teams.remove(&retired);
            }
            _ => self.move_somebody(random),
        }
    }

    fn hire(&mut self) {
        let person = Person {
            title: TITLES[self.hired % TITLES.len()],
            active: None,
        };
        self.people.insert(format!("p{}@example.com", self.hired), person);
        self.hired += 1;
    }

    fn let_go(&mut self, random: &mut SmallRng) {
        let name = self.people.keys().choose(random).cloned().expect("somebody");
        self.people.remove(&name);
        self.teams
            .values_mut()
            .for_each(|members| members.retain(|member| *member != name));
        self.left.insert(name);
    }

    fn take_back(&mut self, random: &mut SmallRng) {
        let Some(name) = self.left.iter().choose(random).cloned() else {
            return self.hire();
        };
        self.left.remove(&name);
        let title = TITLES[random.random_range(0..TITLES.len())];
        self.people.insert(name, Person { title, active: None });
    }

    fn found(&mut self, random: &mut SmallRng) {
        let members = self
            .people
            .keys()
            .filter(|_| random.random_bool(0.4))
            .cloned()
            .collect();
        self.teams.insert(format!("Team {}", self.founded), members);
        self.founded += 1;
    }

    fn move_somebody(&mut self, random: &mut SmallRng) {
        let name = self.people.keys().choose(random).cloned();
        let (Some(name), Some(team)) = (name, self.teams.values_mut().choose(random)) else {
            return;
        };
        if !team.remove(&name) {
            team.insert(name);
        }
    }

    /// Its sources.
    pub fn declared(&self) -> Declared {
        let mut declared = Declared::default();
        for (name, person) in &self.people {
            let external = format!("x-{name}");
            let mut user = json!({ "userName": name, "externalId": external, "title": person.title });
            if let Some(active) = person.active {
                user["active"] = active.into();
            }
            declared.users.push(user);
        }
        for (name, members) in &self.teams {
            declared
                .groups
                .push(json!({ "displayName": name, "members": members }));
        }
        declared
    }

    /// How the directory differs from what the sources say, in sentences; none where it does not.
    pub fn differences(&self, service: &Service, absent: Absent, stored_as: Rewriting) -> Vec<String> {
        let mut found = Vec::new();
        let users = service.stored(Kind::User);
        let text = |row: &Json, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> = users
            .iter()
            .map(|row| (text(row, "id"), text(row, "userName")))
            .collect();
        for (name, person) in &self.people {
            let accounts: Vec<&Json> = users.iter().filter(|row| row["userName"] == **name).collect();
            let [account] = accounts[..] else {
                found.push(format!("{name} has {} accounts", accounts.len()));
                continue;
            };
            // What was written before the service began to rewrite is as it was declared.
            let titles = stored_as(person.title);
            let is_rewritten = titles.iter().any(|title| account["title"] == **title);
            if account["title"] != *person.title && !is_rewritten {
                found.push(format!(
                    "{name} is {} and should be {}",
                    account["title"], person.title
                ));
            }
            let is_active = account["active"].as_bool().unwrap_or(true);
            // Where absence does not deactivate, presence does not say who may sign in.
            let is_open = absent == Absent::Deactivate && !self.called_inactive.contains(name);
            let wanted = person.active.or(is_open.then_some(true));
            if wanted.is_some_and(|wanted| wanted != is_active) {
                found.push(format!("{name}'s account is active: {is_active}"));
            }
        }
        for row in users
            .iter()
            .filter(|row| !self.people.contains_key(&text(row, "userName")))
        {
            if absent == Absent::Delete || row["active"] != false {
                found.push(format!("{} is declared nowhere, and there", row["userName"]));
            }
        }
        let groups = service.stored(Kind::Group);
        for (name, members) in &self.teams {
            let of_name: Vec<&Json> = groups.iter().filter(|row| row["displayName"] == **name).collect();
            let [group] = of_name[..] else {
                found.push(format!("{} groups are called {name}", of_name.len()));
                continue;
            };
            let held = group["members"].as_array().into_iter().flatten();
            let held: BTreeSet<String> = held
                .map(|member| names.get(&text(member, "value")).cloned().unwrap_or_default())
                .collect();
            if held != *members {
                found.push(format!("{held:?} are in {name}, and {members:?} should be"));
            }
        }
        let is_declared = |row: &&Json| self.teams.contains_key(&text(row, "displayName"));
        found.extend(
            groups
                .iter()
                .filter(|row| !is_declared(row))
                .map(|row| format!("{} is declared nowhere, and there", row["displayName"])),
        );
        found
    }
}
