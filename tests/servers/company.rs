//! An organisation made from a seed: what the sources of a project declare, and what a directory shall hold
//! in the end.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

const GIVEN: [&str; 16] = [
    "Ada",
    "Zoë",
    "José",
    "Łukasz",
    "Søren",
    "Ольга",
    "Дмитро",
    "Ελένη",
    "小明",
    "さくら",
    "민준",
    "فاطمة",
    "נועה",
    "आरव",
    "Nguyễn",
    "Ọlá",
];
const FAMILY: [&str; 16] = [
    "O'Neill",
    "Müller-Straße",
    "Núñez",
    "Żółć",
    "Ångström",
    "Иванова",
    "Шевченко",
    "Παπαδοπούλου",
    "王",
    "佐藤",
    "김",
    "الزهراء",
    "כהן",
    "शर्मा",
    "Văn \"Tư\"",
    "Adébáyò, Jr.",
];
const TITLES: [&str; 6] = [
    "Engineer",
    "Engineer, compilers",
    "Account manager",
    "Écrivaine",
    "Чтец",
    "Head of R&D",
];
const DEPARTMENTS: [&str; 4] = [
    "Engineering",
    "Vertrieb & Service",
    "総務部",
    "People: Operations",
];

/// People and groups. People are known by their place, so that renaming one changes no reference.
#[derive(Clone)]
pub(crate) struct Company {
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user_name: String,
    pub(crate) external_id: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    /// None declares that there shall be none.
    pub(crate) title: Option<String>,
    pub(crate) department: String,
    /// Always a person of a lower number.
    pub(crate) manager: Option<usize>,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) active: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) people: BTreeSet<usize>,
    pub(crate) groups: BTreeSet<usize>,
}

/// Everything that tests compare of a directory: people by name with their attributes, and groups by name
/// with their members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) people: BTreeMap<String, BTreeMap<&'static str, String>>,
    pub(crate) groups: BTreeMap<String, BTreeSet<String>>,
}

impl Company {
    /// So many people and groups.
    pub(crate) fn generate(seed: u64, people: usize, groups: usize) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let people: Vec<Person> = (0..people).map(|number| person(number, &mut random)).collect();
        let group = |number: usize| {
            let size = random.random_range(3..=people.len() / 4);
            Group {
                name: format!(
                    "{} {number:02}",
                    ["Équipe", "Team", "グループ", "Команда"][number % 4]
                ),
                people: (0..size).map(|_| random.random_range(0..people.len())).collect(),
                groups: BTreeSet::new(),
            }
        };
        let groups = (0..groups).map(group).collect();
        Self { people, groups }
    }

    /// The same, and the last group holds the first two.
    pub(crate) fn nested(mut self) -> Self {
        self.groups.last_mut().expect("a group").groups = [0, 1].into();
        self
    }

    /// The same without its last people, whom nobody else reports to.
    pub(crate) fn without_last(mut self, count: usize) -> Self {
        self.people.truncate(self.people.len() - count);
        for group in &mut self.groups {
            group.people.retain(|number| *number < self.people.len());
        }
        self
    }

    /// What a directory holds that is as this company wants it.
    pub(crate) fn contents(&self) -> Contents {
        let person = |person: &Person| {
            let attributes = [
                ("externalId", Some(person.external_id.clone())),
                ("givenName", Some(person.given_name.clone())),
                ("familyName", Some(person.family_name.clone())),
                ("title", person.title.clone()),
                ("department", Some(person.department.clone())),
                (
                    "manager",
                    person
                        .manager
                        .map(|manager| self.people[manager].user_name.clone()),
                ),
                ("email", Some(person.email.clone())),
                ("phone", Some(person.phone.clone())),
                ("active", Some(person.active.to_string())),
            ];
            let set = attributes
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect();
            (person.user_name.clone(), set)
        };
        Contents {
            people: self.people.iter().map(person).collect(),
            groups: self
                .groups
                .iter()
                .map(|group| (group.name.clone(), self.members(group)))
                .collect(),
        }
    }

    /// The members of a group, groups as sources write them.
    pub(crate) fn members(&self, group: &Group) -> BTreeSet<String> {
        let people = group
            .people
            .iter()
            .map(|number| self.people[*number].user_name.clone());
        people
            .chain(
                group
                    .groups
                    .iter()
                    .map(|number| format!("group:{}", self.groups[*number].name)),
            )
            .collect()
    }
}

fn person(number: usize, random: &mut SmallRng) -> Person {
    let mut one_of = |words: &[&str]| words[random.random_range(0..words.len())].to_owned();
    let (given_name, family_name, title, department) = (
        one_of(&GIVEN),
        one_of(&FAMILY),
        one_of(&TITLES),
        one_of(&DEPARTMENTS),
    );
    let user_name = format!("person.{number:03}@example.com");
    Person {
        email: user_name.clone(),
        user_name,
        external_id: format!("E{number:05}"),
        given_name,
        family_name,
        title: Some(title),
        department,
        manager: (number > 0).then(|| random.random_range(0..number)),
        phone: format!("+49 30 {:07}", random.random_range(0..10_000_000)),
        active: true,
    }
}
