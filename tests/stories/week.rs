//! A week at a company of 5,000 where twenty things are wrong and nobody puts them right. Every night does
//! all the rest: leavers lose their access the same night, newcomers are made, movers are in their new teams.
//! And every night names the same twenty, in few lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::{Behaviour, Refusal, Refused, refusing};
use crate::support::Ran;

const PEOPLE: usize = 5000;
const TEAMS: usize = 100;
const NIGHTS: usize = 7;
/// What changes in a night, besides what is wrong: within the limits that hold by default, over the week too.
const JOINERS: usize = 12;
const LEAVERS: usize = 6;
const MOVERS: usize = 10;
const TITLES: usize = 90;
/// The most lines about what is wrong, of a plan and its apply together.
const MOST_LINES: usize = 40;

/// Who is there before the week, and has a problem in it.
const FROM_THE_START: [&str; 15] = [
    "dana", "emil", "bo", "tom", "sally", "dora", "anna", "fred", "nina", "uwe", "max", "lea", "boss",
    "ruth", "otto",
];

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A service that makes no groups, has each address once, and wants a title with a new person.
const ROWS: &str = "name: ours\ngroups: update\nunique: { users: [emails] }\nrequired: { users: [title] }\n\
                    page_size: 1000\npaging: index\nmembers_per_request: 1000\nversions: honoured\n\
                    complete_listings: true\nmax_concurrency: 8\n";

const RULES: &str = "problems: hold\nmanage: { users: { absent: deactivate, within: managed } }\n\
                     scope: { users: '!user.userName.startsWith(\"outside\")' }\n\
                     map: { users: { userType: 'FormatDateTime(row.hired, \"\", \
                     \"yyyy-MM-dd\", \"yyyy\")' } }\n";

fn full(name: &str) -> String {
    format!("{name}@example.com")
}

/// What the sources say of somebody.
#[derive(Clone)]
struct Person {
    title: String,
    team: Option<usize>,
    /// What is wrong with the row: cells that are other than they would be.
    odd: BTreeMap<&'static str, String>,
}

impl Person {
    fn row(&self, name: &str) -> String {
        let cell = |column: &'static str, usual: String| self.odd.get(column).cloned().unwrap_or(usual);
        format!(
            "{},{},{},{},{},{},{}\n",
            full(name),
            cell("externalId", format!("e-{name}")),
            cell("title", self.title.clone()),
            cell("emails.work", full(name)),
            cell("manager", String::new()),
            cell("active", String::new()),
            cell("hired", "2020-02-29".into()),
        )
    }
}

/// The company, independent of what wpsync makes of it. Nobody here has a problem unless `odd` says so.
struct Company {
    random: SmallRng,
    people: BTreeMap<String, Person>,
    left: BTreeMap<String, Person>,
    next: usize,
}

impl Company {
    fn new() -> Self {
        let mut company = Self {
            random: SmallRng::seed_from_u64(13),
            people: BTreeMap::new(),
            left: BTreeMap::new(),
            next: 0,
        };
        for (number, name) in FROM_THE_START.into_iter().enumerate() {
            company.add(name, (name != "max").then_some(number));
        }
        (FROM_THE_START.len()..PEOPLE).for_each(|_| company.join());
        company.odd("ruth", "manager", &full("boss"));
        company
    }

    fn join(&mut self) {
        let name = format!("p{:04}", self.next);
        let team = self.next % TEAMS;
        self.next += 1;
        self.add(&name, Some(team));
    }

    fn add(&mut self, name: &str, team: Option<usize>) {
        let person = Person {
            title: "Engineer".into(),
            team,
            odd: BTreeMap::new(),
        };
        self.people.insert(name.into(), person);
    }

    /// From now on, a cell of somebody is this.
    fn odd(&mut self, name: &str, column: &'static str, cell: &str) {
        let person = self.people.get_mut(name).expect("somebody");
        person.odd.insert(column, cell.into());
    }

    fn leave(&mut self, name: &str) {
        let person = self.people.remove(name).expect("somebody");
        self.left.insert(name.to_owned(), person);
    }

    /// People who have no problem.
    fn some(&mut self, count: usize) -> Vec<String> {
        let fine = self.people.keys().filter(|name| name.starts_with('p'));
        let mut fine: Vec<String> = fine.cloned().collect();
        fine.partial_shuffle(&mut self.random, count).0.to_vec()
    }

    /// A day of ordinary changes.
    fn day(&mut self, number: usize) {
        (0..JOINERS).for_each(|_| self.join());
        for name in self.some(LEAVERS) {
            self.leave(&name);
        }
        for name in self.some(MOVERS) {
            let by = self.random.random_range(1..TEAMS);
            let person = self.people.get_mut(&name).expect("somebody");
            person.team = person.team.map(|team| (team + by) % TEAMS);
        }
        for name in self.some(TITLES) {
            self.people.get_mut(&name).expect("somebody").title = format!("Title {number}");
        }
    }

    fn csv(&self) -> String {
        let head = "userName,externalId,title,emails.work,manager,active,hired\n".to_owned();
        self.people
            .iter()
            .fold(head, |text, (name, person)| text + &person.row(name))
    }

    /// The teams with their members, by number.
    fn teams(&self) -> Vec<BTreeSet<String>> {
        let mut teams = vec![BTreeSet::new(); TEAMS];
        for (name, person) in &self.people {
            if let Some(team) = person.team {
                teams[team].insert(full(name));
            }
        }
        teams
    }

    fn groups(&self) -> String {
        let mut text = "groups:\n".to_owned();
        for (number, members) in self.teams().iter().enumerate() {
            let members: Vec<_> = members.iter().map(String::as_str).collect();
            let _ = writeln!(
                text,
                "  - {{ displayName: {}, members: [{}] }}",
                team(number),
                members.join(", ")
            );
        }
        text
    }
}

fn team(number: usize) -> String {
    format!("Team {number:02}")
}

fn account(name: &str, external: &str, address: &str) -> Json {
    json!({
        "schemas": [USER], "userName": full(name), "externalId": external, "title": "Engineer",
        "active": true,
        "emails": [{ "type": "work", "value": full(address) }], "userType": "2020",
    })
}

/// The directory as it is before the week: everybody is there.
fn directory(company: &Company) -> AtService {
    let behaviour = Behaviour {
        unique: vec!["emails"],
        ..Behaviour::default()
    };
    let at = AtService::new(behaviour, ROWS);
    at.configure(RULES);
    at.project
        .edit("wpsync.yaml", "[people.yaml]", "[people.csv, teams.yaml]");
    let accounts = company.people.keys();
    let accounts: Vec<Json> = accounts
        .map(|name| account(name, &format!("e-{name}"), name))
        .collect();
    let ids = at.service.load(Kind::User, accounts);
    let ids: BTreeMap<String, &String> = company.people.keys().map(|name| full(name)).zip(&ids).collect();
    let groups = company.teams().into_iter().enumerate().map(|(number, members)| {
        let members: Vec<Json> = members.iter().map(|name| json!({ "value": ids[name] })).collect();
        json!({ "schemas": [GROUP], "displayName": team(number), "members": members })
    });
    at.service.load(Kind::Group, groups.collect());
    at
}

fn check_out(company: &Company, more: &str, at: &AtService) {
    at.project.write("people.csv", &company.csv());
    at.project
        .write("teams.yaml", &format!("{}{more}", company.groups()));
}

/// Everything goes wrong at once, on the first day.
fn go_wrong(company: &mut Company, at: &AtService) {
    for name in ["dana", "emil", "bo", "fred", "nina", "uwe", "ruth", "otto"] {
        company.people.get_mut(name).expect("somebody").title = "Chief".into();
    }
    for (name, team) in [
        ("mike", 21),
        ("ida", 22),
        ("rita", 23),
        ("carl", 24),
        ("outside", 25),
    ] {
        company.add(name, Some(team));
    }
    company.people.get_mut("max").expect("somebody").team = Some(26);
    ["lea", "boss"].into_iter().for_each(|name| company.leave(name));
    company.odd("dana", "hired", "soon");
    company.odd("emil", "emails.work", "emil at example.com");
    company.odd("bo", "active", "perhaps");
    company.odd("sally", "emails.work", &full("sales"));
    company.odd("rita", "title", "");
    company.odd("otto", "manager", &full("nobdy"));
    at.somebody_makes(account("tom.b", "e-tom", "tom.b"));
    at.somebody_makes(account("mi\u{212a}e", "k-1", "mik"));
    at.somebody_makes(account("ida", "old-7", "ida.old"));
    at.somebody_makes(account("shop", "k-2", "sales"));
    at.somebody_sets(&full("dora"), "active", &json!(false));
    at.somebody_sets(&full("anna"), "externalId", &Json::Null);
    at.somebody_sets(&full("anna"), "userName", &json!(full("anna.old")));
    let mut other = account("anna", "", "anna.new");
    other.as_object_mut().expect("an object").remove("externalId");
    at.somebody_makes(other);
    let of = |name: &str| at.id(&full(name));
    let refused = [
        (Refused::Resource(of("fred")), 403),
        (Refused::Resource(full("carl")), 400),
        (Refused::Resource(of("nina")), 409),
        (Refused::Resource(of("uwe")), 422),
        (Refused::Resource(of("lea")), 403),
        (Refused::Member(of("max")), 400),
    ];
    let refusals = refused.map(|(of, status)| Refusal { of, status });
    at.script(refusing(refusals.into()));
}

const CHOIR: &str = "  - { displayName: Choir, members: [p0100@example.com, p0200@example.com] }\n";

/// Each problem, and what names it in what the commands print.
const NAMED: [&str; 20] = [
    // Held: rows with an error, accounts in doubt, values of somebody else, what the service does not do.
    "user:dana@example.com",
    "user:emil@example.com",
    "user:bo@example.com",
    "user:tom@example.com",
    "user:mike@example.com",
    "user:ida@example.com",
    "user:anna@example.com",
    "user:dora@example.com",
    "user:sally@example.com",
    "user:rita@example.com",
    "group:Choir",
    // References that have no target.
    "manager boss@example.com (1: user:ruth@example.com)",
    "manager nobdy@example.com (1: user:otto@example.com)",
    "not in the directory, and left out: members (1)",
    // Refused by the service.
    "create user:carl@example.com",
    "update user:fred@example.com",
    "update user:nina@example.com",
    "update user:uwe@example.com",
    "deactivate user:lea@example.com",
    "members: user:max@example.com: the directory answered 400",
];

/// What a plan and its apply print, but for ordinary changes: not the sections of changes, and not the lines
/// at the end that say what the plan rests on. Everything else counts: headlines and hints too, and all that
/// is on standard error.
fn about_problems(ran: &Ran) -> Vec<&str> {
    const SECTIONS: [&str; 3] = ["Deactivate", "Update", "Create"];
    const ROWS: [&str; 8] = [
        "directory ",
        "left alone ",
        "members ",
        "cost ",
        "this week ",
        "expires ",
        "digest ",
        "spelling ",
    ];
    let is_a_change = |block: &&str| !SECTIONS.iter().any(|section| block.starts_with(section));
    let printed = ran.stdout.split("\n\n").filter(is_a_change);
    let printed = printed.flat_map(str::lines).chain(ran.stderr.lines());
    let is_a_row = |line: &&str| ROWS.iter().any(|row| line.starts_with(row));
    printed
        .filter(|line| !line.trim().is_empty() && !is_a_row(line))
        .collect()
}

/// Everybody in the directory after a night, with what says whether they can sign in, and their title: all
/// that the sources say, but for the twenty.
fn wanted_people(company: &Company) -> BTreeMap<String, (bool, String)> {
    let here = company.people.iter();
    let here = here.map(|(name, person)| (full(name), (true, person.title.clone())));
    let left = company.left.iter();
    let left = left.map(|(name, person)| (full(name), (false, person.title.clone())));
    let mut wanted: BTreeMap<_, _> = here.chain(left).collect();
    for not_made in ["mike", "rita", "carl", "outside"] {
        wanted.remove(&full(not_made));
    }
    let as_before = [
        "dana",
        "emil",
        "bo",
        "fred",
        "nina",
        "uwe",
        "ida",
        "lea",
        "tom.b",
        "mi\u{212a}e",
        "shop",
        "anna.old",
    ];
    for name in as_before {
        wanted.insert(full(name), (true, "Engineer".into()));
    }
    wanted.insert(full("dora"), (false, "Engineer".into()));
    wanted
}

/// Who is in each team after a night.
fn wanted_teams(company: &Company) -> BTreeMap<String, BTreeSet<String>> {
    let mut wanted = BTreeMap::new();
    for (number, mut members) in company.teams().into_iter().enumerate() {
        for not_in in ["mike", "ida", "rita", "carl", "outside", "max"] {
            members.remove(&full(not_in));
        }
        if members.remove(&full("anna")) {
            members.insert(full("anna.old"));
        }
        wanted.insert(team(number), members);
    }
    wanted
}

fn stored_people(users: &[Json]) -> BTreeMap<String, (bool, String)> {
    let of = |user: &Json| {
        let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
        (text("userName"), (user["active"] != json!(false), text("title")))
    };
    users.iter().map(of).collect()
}

fn stored_teams(at: &AtService, users: &[Json]) -> BTreeMap<String, BTreeSet<String>> {
    let text = |value: &Json| value.as_str().expect("text").to_owned();
    let named = users
        .iter()
        .map(|user| (text(&user["id"]), text(&user["userName"])));
    let names: BTreeMap<String, String> = named.collect();
    let of = |group: &Json| {
        let members = group["members"].as_array().cloned().unwrap_or_default();
        let members = members
            .iter()
            .map(|member| names[&text(&member["value"])].clone());
        (text(&group["displayName"]), members.collect())
    };
    at.service.stored(Kind::Group).iter().map(of).collect()
}

/// How two maps differ, which says more than both.
fn differences<V: PartialEq + std::fmt::Debug>(
    now: &BTreeMap<String, V>,
    wanted: &BTreeMap<String, V>,
) -> Vec<String> {
    let names: BTreeSet<&String> = now.keys().chain(wanted.keys()).collect();
    let differing = names
        .into_iter()
        .filter(|name| now.get(*name) != wanted.get(*name));
    differing
        .map(|name| format!("{name}: {:?}, not {:?}", now.get(name), wanted.get(name)))
        .collect()
}

#[test]
fn a_week_with_twenty_problems_that_nobody_puts_right() {
    let mut company = Company::new();
    let at = directory(&company);
    check_out(&company, "", &at);
    at.run("apply --auto-approve").exits(0);
    go_wrong(&mut company, &at);
    for night in 1..=NIGHTS {
        at.project.wait_for_days(1);
        company.day(night);
        check_out(&company, CHOIR, &at);
        let ran = at.run("apply --auto-approve").exits(3);
        let lines = about_problems(&ran);
        assert!(
            lines.len() <= MOST_LINES,
            "{} lines:\n{}",
            lines.len(),
            lines.join("\n")
        );
        let said = lines.join("\n");
        for name in NAMED {
            assert!(said.contains(name), "night {night}: no {name:?} in\n{said}");
        }
        let names_others = said.contains("user:p");
        assert!(!names_others, "night {night}: somebody else is named:\n{said}");
        let users = at.service.stored(Kind::User);
        let people = differences(&stored_people(&users), &wanted_people(&company));
        assert!(people.is_empty(), "night {night}: {people:#?}\n{said}");
        let teams = differences(&stored_teams(&at, &users), &wanted_teams(&company));
        assert!(teams.is_empty(), "night {night}: {teams:#?}\n{said}");
        let groups = at.service.stored(Kind::Group);
        assert_eq!(groups.len(), TEAMS, "night {night}");
    }
}
