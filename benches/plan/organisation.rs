//! People and groups made up from their numbers, the same in every run: twelve attributes each, names from many scripts, a manager
//! over every eight, and a team that each belongs to.

use serde_json::{Value, json};

/// So many people in teams of fifty.
#[derive(Clone, Copy, Debug)]
pub struct Organisation {
    pub people: u32,
}

/// One person, without the manager.
#[derive(Clone, Debug)]
pub struct Person {
    pub user_name: String,
    pub external_id: String,
    pub given_name: &'static str,
    pub family_name: &'static str,
    pub phone: String,
    pub title: &'static str,
    pub department: &'static str,
    pub employee_number: String,
    pub active: bool,
}

/// The columns of a CSV file, which are the attributes that both forms declare.
pub const ATTRIBUTES: [&str; 12] = [
    "userName",
    "externalId",
    "name.givenName",
    "name.familyName",
    "displayName",
    "emails.work",
    "phoneNumbers.work",
    "title",
    "department",
    "employeeNumber",
    "manager",
    "active",
];

/// The title of everybody whom the sources change.
pub const NEW_TITLE: &str = "Head of nothing yet";

const TEAM: u32 = 50;
const SPAN: u32 = 8;
const GIVEN: [&str; 16] = [
    "Ada",
    "José",
    "Zoë",
    "小龍",
    "Łukasz",
    "Grace",
    "Ανδρέας",
    "Noor",
    "Mei",
    "Sean",
    "Beyoncé",
    "Юрий",
    "Mary Ann",
    "Ines",
    "Tadhg",
    "Olu",
];
const FAMILY: [&str; 16] = [
    "Lovelace",
    "Núñez",
    "van der Berg",
    "李",
    "Wałęsa",
    "Hopper",
    "Παπαδόπουλος",
    "O'Brien",
    "Müller",
    "Okafor",
    "Smith",
    "Иванов",
    "Sørensen",
    "d'Arc",
    "Nguyễn",
    "Fernández-Ruiz",
];
const TITLES: [&str; 8] =
    ["Engineer", "Account manager", "Nurse", "Head of Sales, EMEA", "Technicien supérieur", "Analyst", "Warehouse operator", "Lead"];
const DEPARTMENTS: [&str; 10] =
    ["Sales", "Engineering", "Research & Development", "Finanzen", "Logistics", "People", "Legal, Risk", "Support", "Facilities", "Field"];
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Well mixed bits of a number (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn pick<T: Copy>(from: &[T], bits: u64) -> T {
    from[usize::try_from(bits).unwrap_or(0) % from.len()]
}

impl Organisation {
    /// How many teams there are.
    pub fn teams(self) -> u32 {
        self.people.div_ceil(TEAM)
    }

    /// Whoever a person reports to; the first reports to nobody.
    pub fn manager(self, number: u32) -> Option<u32> {
        (number > 0).then_some(number / SPAN)
    }

    /// The members of a team.
    pub fn members(self, team: u32) -> impl Iterator<Item = u32> {
        (team..self.people).step_by(self.teams() as usize)
    }

    /// The people of whom one comes after all whom they report to, in runs that do not refer to themselves.
    pub fn levels(self) -> impl Iterator<Item = std::ops::Range<u32>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let end = (start * SPAN).max(start + 1).min(self.people);
            let level = start..end;
            start = end;
            (!level.is_empty()).then_some(level)
        })
    }
}

impl Person {
    /// The person of a number.
    pub fn new(number: u32) -> Self {
        let bits = mixed(u64::from(number));
        Self {
            user_name: user_name(number),
            external_id: format!("E{number:07}"),
            given_name: pick(&GIVEN, bits),
            family_name: pick(&FAMILY, bits >> 8),
            phone: format!("+31 20 {:03} {:04}", (bits >> 16) % 1_000, (bits >> 32) % 10_000),
            title: pick(&TITLES, bits >> 24),
            department: pick(&DEPARTMENTS, bits >> 40),
            employee_number: format!("{}", 100_000 + number),
            active: !bits.is_multiple_of(31),
        }
    }

    /// The person as the sources ask for it: one in a hundred has a new title for each percent that changes.
    pub fn declared(number: u32, percent_changed: u32) -> Self {
        let person = Self::new(number);
        if number % 100 < percent_changed { Self { title: NEW_TITLE, ..person } } else { person }
    }

    /// The given and the family name.
    pub fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// As a SCIM resource without an id, under a manager's id.
    pub fn scim(&self, manager: Option<&str>) -> Value {
        let mut enterprise = json!({"employeeNumber": self.employee_number, "department": self.department});
        if let Some(id) = manager {
            enterprise["manager"] = json!({ "value": id });
        }
        json!({
            "schemas": [USER, ENTERPRISE],
            "userName": self.user_name,
            "externalId": self.external_id,
            "name": {"givenName": self.given_name, "familyName": self.family_name},
            "displayName": self.display_name(),
            "emails": [{"value": self.user_name, "type": "work", "primary": true}],
            "phoneNumbers": [{"value": self.phone, "type": "work"}],
            "title": self.title,
            "active": self.active,
            ENTERPRISE: enterprise,
        })
    }
}

/// The name that a person signs in with.
pub fn user_name(number: u32) -> String {
    format!("person.{number:06}@example.com")
}

/// The name of a team.
pub fn team_name(team: u32) -> String {
    format!("Team {team:05}")
}

/// A team as a SCIM resource without an id.
pub fn team_scim(team: u32, members: impl Iterator<Item = Value>) -> Value {
    json!({ "schemas": [GROUP], "displayName": team_name(team), "members": members.collect::<Vec<_>>() })
}
