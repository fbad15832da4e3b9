//! Three hundred steps in the life of a company that keeps a file for each team: people join, leave and move,
//! teams are founded, retire and get another file. No guard of sources stops any step, the directory is as a
//! model says after each, and every accident with the files is stopped wherever it happens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;

const STEPS: usize = 300;
const PATTERN: &str = "teams/*.yaml";
const MANAGED: &str = "manage: { users: { absent: delete, within: managed }, \
                       groups: { absent: delete, within: managed } }\n";

/// A service that answers completely, so that most of the time goes into plans.
const ROWS: &str = "name: ours\npage_size: 1000\npaging: index\nmembers_per_request: 1000\n\
                    versions: honoured\n\
                    complete_listings: true\nabsent_members: empty\nmax_concurrency: 8\n";

/// A team: its group, and its people by number.
#[derive(Clone)]
struct Team {
    group: String,
    people: BTreeSet<usize>,
}

impl Team {
    fn yaml(&self) -> String {
        let names: Vec<_> = self.people.iter().map(|number| name(*number)).collect();
        let mut yaml = String::from("users:\n");
        for name in &names {
            let _ = writeln!(yaml, "  - {{ userName: {name} }}");
        }
        let _ = writeln!(
            yaml,
            "groups:\n  - {{ displayName: {}, members: [{}] }}",
            self.group,
            names.join(", ")
        );
        yaml
    }
}

fn name(number: usize) -> String {
    format!("p{number}@example.com")
}

/// What the company is, independent of what wpsync makes of it.
struct Company {
    random: SmallRng,
    /// By the name of the file.
    teams: BTreeMap<String, Team>,
    next: usize,
}

impl Company {
    fn new(seed: u64) -> Self {
        let mut company = Self {
            random: SmallRng::seed_from_u64(seed),
            teams: BTreeMap::new(),
            next: 0,
        };
        (0..9).for_each(|_| company.found());
        company
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn found(&mut self) {
        let size = self.random.random_range(4..7);
        let people = (0..size).map(|_| self.number()).collect();
        let number = self.number();
        let team = Team {
            group: format!("Team {number}"),
            people,
        };
        self.teams.insert(format!("t{number}.yaml"), team);
    }

    /// The file of a team for which a condition holds.
    fn any(&mut self, fits: impl Fn(&Team) -> bool) -> Option<String> {
        let fitting = self.teams.iter().filter(|(_, team)| fits(team));
        let files: Vec<_> = fitting.map(|(file, _)| file.clone()).collect();
        files.choose(&mut self.random).cloned()
    }

    fn one_of(&mut self, file: &str) -> usize {
        let people: Vec<_> = self.teams[file].people.iter().copied().collect();
        *people.choose(&mut self.random).expect("somebody")
    }

    fn take_out(&mut self, file: &str) -> usize {
        let one = self.one_of(file);
        self.team(file).people.remove(&one);
        one
    }

    fn team(&mut self, file: &str) -> &mut Team {
        self.teams.get_mut(file).expect("the team")
    }

    fn welcome(&mut self, one: usize) {
        let has_room = |team: &Team| team.people.len() < 9;
        let file = self.any(has_room).unwrap_or_else(|| {
            self.found();
            self.any(has_room).expect("the new team has room")
        });
        self.team(&file).people.insert(one);
    }

    /// One step. Returns how many removals need a waiver: those of a team that retires with its people.
    fn step(&mut self) -> Option<usize> {
        match self.random.random_range(0..10) {
            0 | 1 => {
                for _ in 0..self.random.random_range(1..3) {
                    let one = self.number();
                    self.welcome(one);
                }
            }
            2 | 3 => {
                for _ in 0..self.random.random_range(1..3) {
                    if let Some(file) = self.any(|team| team.people.len() > 4) {
                        self.take_out(&file);
                    }
                }
            }
            4 | 5 => {
                for _ in 0..self.random.random_range(1..4) {
                    if let Some(file) = self.any(|team| team.people.len() > 4) {
                        let one = self.take_out(&file);
                        self.welcome(one);
                    }
                }
            }
            6 if self.teams.len() < 12 => self.found(),
            7 => {
                let file = self.any(|_| true).expect("a team");
                let team = self.teams.remove(&file).expect("the team");
                let number = self.number();
                self.teams.insert(format!("renamed{number}.yaml"), team);
            }
            _ if self.teams.len() > 8 => return self.retire(),
            _ => self.found(),
        }
        None
    }

    /// A team retires: its file is deleted, and its people join other teams, or leave with it.
    fn retire(&mut self) -> Option<usize> {
        let file = self.any(|_| true).expect("a team");
        let team = self.teams.remove(&file).expect("the team");
        let room: usize = self.teams.values().map(|team| 9 - team.people.len()).sum();
        if room > team.people.len() && self.random.random_bool(0.5) {
            team.people.into_iter().for_each(|one| self.welcome(one));
            return None;
        }
        let count = team.people.len() + 1;
        Some(count)
    }

    fn users(&self) -> BTreeSet<String> {
        let here = self.teams.values().flat_map(|team| &team.people);
        here.map(|number| name(*number)).collect()
    }

    fn groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let members = |team: &Team| team.people.iter().map(|number| name(*number)).collect();
        let teams = self.teams.values();
        teams.map(|team| (team.group.clone(), members(team))).collect()
    }
}

/// The company's repository and its directory.
struct Repository(AtService);

impl Repository {
    fn new() -> Self {
        let at = AtService::new(Behaviour::default(), ROWS);
        let repository = Self(at);
        repository.read_from(PATTERN);
        repository
    }

    fn read_from(&self, pattern: &str) {
        self.0.configure(MANAGED);
        let project = &self.0.project;
        project.edit("wpsync.yaml", "[people.yaml]", &format!("['{pattern}']"));
    }

    /// The folder holds these files and no others.
    fn check_out(&self, teams: &BTreeMap<String, Team>) {
        let folder = self.0.project.path("teams");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).expect("a folder");
        for (file, team) in teams {
            self.0.project.write(&format!("teams/{file}"), &team.yaml());
        }
    }

    /// Only the newest receipt is kept, eight days old: each step is a week of its own.
    fn wait(&self) {
        let mut receipts = Vec::new();
        for entry in std::fs::read_dir(self.0.project.path(".wpsync/receipts")).expect("receipts") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("read");
            if path.to_string_lossy().ends_with(".plan.json") {
                std::fs::remove_file(path).expect("deleted");
                continue;
            }
            let receipt: Json = serde_json::from_str(&text).expect("JSON");
            receipts.push((receipt["memory"]["at"].to_string(), path));
        }
        receipts.sort();
        receipts.pop();
        for (_, path) in receipts {
            std::fs::remove_file(path).expect("deleted");
        }
        self.0.project.wait_for_days(8);
    }

    fn users(&self) -> BTreeSet<String> {
        self.0.stored("active").into_keys().collect()
    }

    fn groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let users = self.0.service.stored(Kind::User);
        let text = |value: &Json| value.as_str().expect("text").to_owned();
        let names: BTreeMap<String, String> = users
            .iter()
            .map(|user| (text(&user["id"]), text(&user["userName"])))
            .collect();
        let members = |group: &Json| {
            let members = group["members"].as_array().cloned().unwrap_or_default();
            members
                .iter()
                .map(|member| names[&text(&member["value"])].clone())
                .collect()
        };
        let groups = self.0.service.stored(Kind::Group);
        groups
            .iter()
            .map(|group| (text(&group["displayName"]), members(group)))
            .collect()
    }

    /// A plan of these files is stopped, and says why. Then the files are as they were.
    fn stops(&self, accident: &Accident, company: &Company) {
        self.check_out(&accident.teams);
        self.read_from(accident.pattern);
        let ran = self.0.run("plan");
        let is_said = accident.said.iter().any(|said| ran.stderr.contains(said));
        assert!(
            matches!(ran.code, Some(1 | 5)) && is_said,
            "{}: {:?}\n{}{}",
            accident.what,
            ran.code,
            ran.stdout,
            ran.stderr
        );
        self.read_from(PATTERN);
        self.check_out(&company.teams);
    }
}

/// What went wrong with the files.
struct Accident {
    what: &'static str,
    teams: BTreeMap<String, Team>,
    pattern: &'static str,
    said: &'static [&'static str],
}

const SHRUNK: &[&str] = &["rows of a source are gone", "sources that are gone or empty"];

/// A file that has another name since the last apply that changed something is not known by its rows; whom it
/// loses is known by id.
const HALVED: &[&str] = &["rows of a source are gone", "removals exceed the limit"];

fn accidents(company: &mut Company) -> Vec<Accident> {
    let mut all = Vec::new();
    let mut add = |what, teams, pattern, said| {
        all.push(Accident {
            what,
            teams,
            pattern,
            said,
        });
    };
    let half = company.teams.len() / 2;
    let first = |count| company.teams.clone().into_iter().take(count).collect();
    add("half of the files", first(half), PATTERN, SHRUNK);
    add(
        "an emptied folder",
        BTreeMap::new(),
        PATTERN,
        &["no file matches"],
    );
    add(
        "a truncated pattern",
        company.teams.clone(),
        "teams/t1*.yaml",
        &[
            "rows of a source are gone",
            "sources that are gone or empty",
            "no file matches",
        ],
    );
    let mut elsewhere = Company::new(7);
    elsewhere.teams = elsewhere.teams.into_iter().take(3).collect();
    add("a wrong checkout", elsewhere.teams, PATTERN, SHRUNK);
    if let Some(file) = company.any(|team| team.people.len() >= 8) {
        let mut teams = company.teams.clone();
        let team = teams.get_mut(&file).expect("the team");
        team.people = team.people.iter().copied().take(team.people.len() / 2).collect();
        add("half of a file", teams, PATTERN, HALVED);
    }
    all
}

#[test]
fn three_hundred_steps_with_a_file_for_each_team() {
    let mut company = Company::new(13);
    let repository = Repository::new();
    repository.check_out(&company.teams);
    let count = company.users().len();
    repository
        .0
        .run_waiving("apply --auto-approve", &format!("create={count}: first import"))
        .exits(0);
    let mut stopped = 0;
    for step in 0..STEPS {
        repository.wait();
        if step % 30 == 7 {
            for accident in accidents(&mut company) {
                repository.stops(&accident, &company);
                stopped += 1;
            }
        }
        let retired = company.step();
        repository.check_out(&company.teams);
        let waiver = retired.map(|count| format!("remove={count}: a team is dissolved"));
        let ran = match &waiver {
            Some(waiver) => repository.0.run_waiving("apply --auto-approve", waiver),
            None => repository.0.run("apply --auto-approve"),
        };
        assert_eq!(
            ran.code,
            Some(0),
            "step {step}, {waiver:?}:\n{}{}",
            ran.stdout,
            ran.stderr
        );
        assert_eq!(repository.users(), company.users(), "step {step}");
        assert_eq!(repository.groups(), company.groups(), "step {step}");
    }
    assert!(stopped > 40, "{stopped} accidents");
}
