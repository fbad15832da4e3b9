//! People and groups who get another name and stay who they are.

use std::collections::BTreeMap;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value as Json;
use wpsync::model::Kind;

use crate::at_service::AtService;
use crate::stand_in::Behaviour;
use crate::support::{LOCAL, Project};

const MANAGED: &str = "adopt: all\nmanage: { users: { absent: delete, within: all }, \
                       groups: { absent: delete, within: all } }\n";

fn at(people: &str) -> AtService {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(MANAGED);
    at.declare(people);
    at.run("apply --auto-approve").exits(0);
    at
}

/// The ids that the service gave, by name.
fn ids(at: &AtService, kind: Kind) -> BTreeMap<String, String> {
    let naming = match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    };
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    let stored = at.service.stored(kind);
    stored
        .iter()
        .map(|one| (text(&one[naming]), text(&one["id"])))
        .collect()
}

fn members(at: &AtService) -> BTreeMap<String, usize> {
    let stored = at.service.stored(Kind::Group);
    let size = |one: &Json| one["members"].as_array().map_or(0, Vec::len);
    let name = |one: &Json| one["displayName"].as_str().expect("a name").to_owned();
    stored.iter().map(|one| (name(one), size(one))).collect()
}

const BEFORE: &str = "users:
  - { userName: ada@example.com }
  - { userName: bob@example.com }
groups:
  - { displayName: Eng, members: [ada@example.com, bob@example.com] }
";
const AFTER: &str = "users:
  - { userName: ada.king@example.com, previously: ada@example.com }
  - { userName: bob@example.com }
groups:
  - displayName: Engineering
    previously: [Eng, Engineers]
    members: [ada.king@example.com, bob@example.com]
";

#[test]
fn a_person_and_a_group_with_their_former_names_are_renamed_and_every_view_says_so() {
    let at = at(BEFORE);
    let (people, groups) = (ids(&at, Kind::User), ids(&at, Kind::Group));
    at.declare(AFTER);
    at.run("plan")
        .exits(0)
        .says("group:Engineering (was Eng)")
        .says("user:ada.king@example.com (was ada@example.com)")
        .says("2 to update");
    for (format, said) in [
        ("markdown", "(was Eng)"),
        ("html", "\"w\":\"Eng\""),
        ("json", "\"displayName\":\"Eng\""),
    ] {
        let shown = at
            .run(&format!("show wpsync.plan.json --format {format}"))
            .exits(0);
        assert!(
            shown.stdout.replace(": ", ":").contains(&said.replace(": ", ":")),
            "{}",
            shown.stdout
        );
    }
    at.run("why group:Eng")
        .exits(0)
        .says("by previously \"Eng\"")
        .says("its name was \"Eng\"");
    at.run("apply wpsync.plan.json").exits(0);
    assert_eq!(ids(&at, Kind::Group)["Engineering"], groups["Eng"]);
    assert_eq!(
        ids(&at, Kind::User)["ada.king@example.com"],
        people["ada@example.com"]
    );
    assert_eq!(members(&at), BTreeMap::from([("Engineering".to_owned(), 2)]));
    assert_eq!(ids(&at, Kind::User).len(), 2);
    // The line may stay.
    at.run("plan --detailed-exitcode").exits(0).says("No changes.");
    at.run("drift --detailed-exitcode").exits(0);
    at.run("why group:Engineering").exits(0).says("by displayName");
}

#[test]
fn a_column_of_former_names_renames_too() {
    let at = at("users:\n  - { userName: ada@example.com, title: Engineer }\n");
    let before = ids(&at, Kind::User);
    let config = at
        .project
        .read("wpsync.yaml")
        .replace("people.yaml", "people.csv");
    at.project.write("wpsync.yaml", &config);
    at.project.write(
        "people.csv",
        "userName,previously,title\nada.king@example.com,ada.byron@example.com;ada@example.com,Engineer\n\
         bob@example.com,,Writer\n",
    );
    at.run("apply --auto-approve")
        .exits(0)
        .says("(was ada@example.com)");
    assert_eq!(
        ids(&at, Kind::User)["ada.king@example.com"],
        before["ada@example.com"]
    );
    let columns = "sources: [{ csv: people.csv, columns: { Login: userName, Old: previously } }]";
    at.project
        .write("wpsync.yaml", &config.replace("sources: [people.csv]", columns));
    at.project.write(
        "people.csv",
        "Login,Old\nada.lovelace@example.com,ada.king@example.com\nbob@example.com,\n",
    );
    at.run("apply --auto-approve")
        .exits(0)
        .says("(was ada.king@example.com)");
    assert_eq!(
        ids(&at, Kind::User)["ada.lovelace@example.com"],
        before["ada@example.com"]
    );
}

#[test]
fn a_former_name_that_two_claim_is_refused_at_the_second_place() {
    let project = Project::with_people(
        "groups:\n  - { displayName: North, previously: Sales }\n  \
         - { displayName: South, previously: sales }\n",
    );
    project
        .run("validate")
        .exits(1)
        .complains("group:North and group:South were both group:sales")
        .complains("people.yaml:3:39")
        .complains("take it out of one of the two");
    project.edit("people.yaml", ", previously: sales", "");
    project.run("validate").exits(0);
}

#[test]
fn a_former_name_that_somebody_else_has_now_means_them() {
    let at = at("groups:\n  - { displayName: Sales }\n  - { displayName: North }\n");
    let before = ids(&at, Kind::Group);
    at.declare(
        "groups:\n  - { displayName: Sales }\n  - { displayName: North }\n  \
         - { displayName: Trade, previously: Sales }\n",
    );
    at.run("apply --auto-approve").exits(0);
    let after = ids(&at, Kind::Group);
    assert_eq!(
        (&after["Sales"], &after["North"]),
        (&before["Sales"], &before["North"])
    );
    assert_eq!(after.len(), 3);
}

#[test]
fn a_former_name_whose_account_has_another_identity_is_somebody_else() {
    let at = at("users:\n  - { userName: ada@example.com, externalId: E1 }\n");
    at.configure("");
    let before = ids(&at, Kind::User);
    at.declare(
        "users:\n  - { userName: ada.king@example.com, externalId: E2, previously: ada@example.com }\n",
    );
    at.run("apply --auto-approve").exits(0).says("1 created");
    assert_eq!(ids(&at, Kind::User)["ada@example.com"], before["ada@example.com"]);
    assert_eq!(ids(&at, Kind::User).len(), 2);
}

#[test]
fn a_member_under_an_old_name_is_unknown_and_the_hint_says_the_new_one() {
    let project = Project::with_people(&AFTER.replace("members: [ada.king", "members: [ada"));
    project
        .run("validate")
        .exits(1)
        .complains("no source declares the person or group `ada@example.com`")
        .complains("it has another name now: write `ada.king@example.com`");
}

#[test]
fn a_rename_is_undone_and_a_group_that_is_deleted_under_its_old_name_is_said_to_be_declared() {
    let at = at(BEFORE);
    let before = ids(&at, Kind::Group);
    at.declare(AFTER);
    at.run("plan --delete group:Eng")
        .exits(0)
        .says("people.yaml:5:5 declares it, so the next plan would create it again");
    at.run("apply --auto-approve").exits(0);
    assert_eq!(ids(&at, Kind::Group)["Engineering"], before["Eng"]);
    at.run("undo last").exits(0).says("group:Eng (was Engineering)");
    at.run("apply wpsync.undo.plan.json").exits(0);
    assert_eq!(ids(&at, Kind::Group), before);
    at.run("plan").exits(0).says("group:Engineering (was Eng)");
}

#[test]
fn a_condition_cannot_ask_for_former_names() {
    let project = Project::with_people(BEFORE);
    project.write(
        "wpsync.yaml",
        &format!("{LOCAL}scope: {{ users: 'user.previously != \"\"' }}\n"),
    );
    project
        .run("validate")
        .exits(1)
        .complains("a condition asks for attributes, not for former names");
}

fn team(name: &str, size: usize) -> String {
    let people: Vec<_> = (0..size).map(|number| format!("p{number}@example.com")).collect();
    let users: String = people
        .iter()
        .map(|name| format!("  - {{ userName: {name} }}\n"))
        .collect();
    let members = people.join(", ");
    format!("users:\n{users}groups:\n  - {{ displayName: \"{name}\", members: [{members}] }}\n")
}

#[test]
fn f020_a_group_of_forty_under_another_name_is_refused_with_the_line_to_add() {
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(&format!("limits: {{ create: 100%, remove: 100% }}\n{MANAGED}"));
    at.declare(&team("Team: One", 40));
    at.run("apply --auto-approve").exits(5);
    at.configure(&format!("limits: {{ create: 99, remove: 99 }}\n{MANAGED}"));
    at.run("apply --auto-approve").exits(0);
    let before = ids(&at, Kind::Group);
    at.declare(&team("Team: Two", 36));
    at.run("plan")
        .exits(5)
        .complains("removed and created again, as if renamed: 1")
        .complains("group:Team: Two and group:Team: One have 36 of 40 members in common")
        .complains("add `previously: \"Team: One\"` at people.yaml:39");
    assert_eq!(ids(&at, Kind::Group), before);
    let line = "displayName: \"Team: Two\",";
    at.project
        .edit("people.yaml", line, &format!("{line} previously: \"Team: One\","));
    at.run("apply --auto-approve").exits(0);
    assert_eq!(ids(&at, Kind::Group)["Team: Two"], before["Team: One"]);
}

#[test]
fn f020_a_small_group_under_another_name_is_refused_and_the_waiver_deletes_it() {
    let at = at(&team("Eng", 3));
    let before = ids(&at, Kind::Group);
    at.declare(&team("Engineering", 3));
    at.run("plan")
        .exits(5)
        .complains("group:Engineering and group:Eng have 3 of 3 members in common")
        .complains("add `previously: Eng` at people.yaml:6");
    at.project
        .line("plan")
        .with(&[("TOKEN", "t0ken")])
        .waiving("rename=1: another team")
        .run()
        .exits(0);
    at.run("apply wpsync.plan.json").exits(0);
    assert_ne!(ids(&at, Kind::Group)["Engineering"], before["Eng"]);
}

#[test]
fn f020_a_group_that_goes_beside_a_new_one_of_other_people_is_no_rename() {
    let at = at(&team("Eng", 12));
    let everybody = team("Everybody", 12);
    // Seven of twelve are fewer than four fifths.
    let cut = everybody.rfind("p7@").expect("a member");
    at.declare(&format!("{}] }}\n", everybody[..cut].trim_end_matches(", ")));
    at.configure(&format!("limits: {{ remove: 99 }}\n{MANAGED}"));
    at.run("plan").exits(0).says("1 to create").says("1 to delete");
    // A group that only stays behind is no removal.
    at.configure("");
    at.declare(&team("Engineering", 12));
    at.run("plan")
        .exits(0)
        .says("1 to create")
        .complains("group:Engineering has 12 of 12 members of group:Eng, which stays. It looks like a rename")
        .complains("add `previously: Eng` at people.yaml:15");
}

#[test]
fn f020_a_person_from_a_csv_file_is_told_the_column() {
    let at = at("users:\n  - { userName: ada@example.com, emails.work: ada@example.com }\n");
    let config = at
        .project
        .read("wpsync.yaml")
        .replace("people.yaml", "people.csv");
    at.project.write("wpsync.yaml", &config);
    at.project.write(
        "people.csv",
        "userName,emails.work\nada.king@example.com,ada@example.com\n",
    );
    at.run("plan")
        .exits(5)
        .complains("write `ada@example.com` in a column `previously` at people.csv:2");
    let before = ids(&at, Kind::User);
    at.project.write(
        "people.csv",
        "userName,emails.work,previously\nada.king@example.com,ada@example.com,ada@example.com\n",
    );
    at.run("apply --auto-approve").exits(0);
    assert_eq!(
        ids(&at, Kind::User)["ada.king@example.com"],
        before["ada@example.com"]
    );
}

/// What a model of a company knows of one person or group.
struct Named {
    name: String,
    former: Vec<String>,
    id: String,
}

/// The people or the groups of a model.
struct Model {
    kind: Kind,
    /// What sets its names apart from those of other models.
    seed: u64,
    all: Vec<Named>,
    /// How many names there were.
    names: usize,
}

impl Model {
    fn new(kind: Kind, seed: u64, count: usize) -> Self {
        let mut model = Self {
            kind,
            seed,
            all: Vec::new(),
            names: 0,
        };
        for _ in 0..count {
            let name = model.fresh();
            model.all.push(Named {
                name,
                former: Vec::new(),
                id: String::new(),
            });
        }
        model
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("{}{}n{}", self.kind.word(), self.seed, self.names)
    }

    /// Some take another name: a new one, one of their own old ones, or one that somebody gave up before.
    fn rename(&mut self, random: &mut SmallRng) {
        let taken: Vec<String> = self.all.iter().map(|one| one.name.clone()).collect();
        let given_up: Vec<String> = self
            .all
            .iter()
            .flat_map(|one| one.former.clone())
            .filter(|name| !taken.contains(name))
            .collect();
        let mut chosen = Vec::new();
        for number in 0..self.all.len() {
            if random.random_bool(0.5) {
                continue;
            }
            let reused = given_up.choose(random).filter(|name| !chosen.contains(*name));
            let name = match reused.filter(|_| random.random_bool(0.5)) {
                Some(name) => name.clone(),
                None => self.fresh(),
            };
            chosen.push(name.clone());
            let one = &mut self.all[number];
            let old = std::mem::replace(&mut one.name, name);
            // The name was this one's last: an older claim to it has to go.
            for other in &mut self.all {
                other.former.retain(|former| *former != old);
            }
            self.all[number].former.push(old);
        }
    }

    fn declared(&self, members: &str) -> String {
        let naming = match self.kind {
            Kind::User => "userName",
            Kind::Group => "displayName",
        };
        let line = |one: &Named| {
            let former = one.former.join(", ");
            format!(
                "  - {{ {naming}: {}, previously: [{former}]{members} }}\n",
                one.name
            )
        };
        self.all.iter().map(line).collect()
    }

    fn check(&mut self, stored: &BTreeMap<String, String>, story: &str) {
        for one in &mut self.all {
            let id = stored
                .get(&one.name)
                .unwrap_or_else(|| panic!("{} is gone: {story}", one.name));
            if one.id.is_empty() {
                one.id.clone_from(id);
            }
            assert_eq!(one.id, *id, "{} is another one: {story}", one.name);
        }
    }
}

/// A company that takes other names at random, a few steps long.
struct Sequence {
    seed: u64,
    random: SmallRng,
    people: Model,
    groups: Model,
}

impl Sequence {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            random: SmallRng::seed_from_u64(seed),
            people: Model::new(Kind::User, seed, 3),
            groups: Model::new(Kind::Group, seed, 2),
        }
    }

    fn rename(&mut self) {
        self.people.rename(&mut self.random);
        self.groups.rename(&mut self.random);
    }

    /// The declared people and groups.
    fn declared(&self) -> (String, String) {
        let names: Vec<&str> = self.people.all.iter().map(|one| &*one.name).collect();
        let members = format!(
            ", members: [{}]",
            names[usize::from(self.seed % 2 == 1)..].join(", ")
        );
        (self.people.declared(""), self.groups.declared(&members))
    }
}

#[test]
fn f020_fifty_sequences_of_renames_leave_everybody_with_the_same_id() {
    let mut sequences: Vec<Sequence> = (0..50).map(Sequence::new).collect();
    let at = AtService::new(Behaviour::default(), "rfc7644");
    at.configure(&format!(
        "limits: {{ create: 999, identity: 999, update: 999 }}\n{MANAGED}"
    ));
    for step in 0..5 {
        if step > 0 {
            sequences.iter_mut().for_each(Sequence::rename);
        }
        let (people, groups): (Vec<String>, Vec<String>) = sequences.iter().map(Sequence::declared).unzip();
        at.declare(&format!(
            "users:\n{}groups:\n{}",
            people.concat(),
            groups.concat()
        ));
        at.run("apply --auto-approve").exits(0);
        let (people, groups) = (ids(&at, Kind::User), ids(&at, Kind::Group));
        assert_eq!((people.len(), groups.len()), (150, 100), "step {step}");
        for sequence in &mut sequences {
            let story = format!("seed {}, step {step}: {:?}", sequence.seed, sequence.declared());
            sequence.people.check(&people, &story);
            sequence.groups.check(&groups, &story);
        }
    }
    at.run("plan --detailed-exitcode").exits(0);
}
