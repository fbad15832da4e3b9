//! One organisation, and a week of edits of it, as sources declare them, whatever the service can hold.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use wpsync::dialect::Dialect;
use wpsync::dialect::Groups;
use wpsync::model::Kind;

use super::support::{GROUP, USER};

/// Those who are there before and stay as they are: one more than fit into one request about members.
pub(crate) const MORE_THAN_A_THOUSAND: usize = 1_001;

/// Whether somebody may sign in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Account {
    Active,
    Inactive,
}

pub(crate) struct Organisation {
    /// How many there are besides those who have names.
    pub(crate) crowd: usize,
    /// Attributes that the service wants with somebody new and few others have.
    wanted: Vec<&'static str>,
}

impl Organisation {
    pub(crate) fn of(dialect: &Dialect, at_most: usize) -> Self {
        let batch = if dialect.groups == Groups::None {
            1
        } else {
            dialect.members_per_request()
        };
        let holds_types = !dialect.not_held.users.iter().any(|path| path == "emails.work");
        let wanted = ["emails", "mailNickname"]
            .into_iter()
            .filter(|path| dialect.required.users.iter().any(|required| required == path))
            .filter(|path| *path != "emails" || !holds_types);
        Self {
            crowd: (batch + 1).min(at_most),
            wanted: wanted.collect(),
        }
    }

    fn extra(number: usize) -> (String, String) {
        (format!("extra{number}@example.com"), format!("X{number}"))
    }

    /// The crowd as the directory holds it.
    pub(crate) fn crowd_at(&self, dialect: &Dialect) -> Vec<Json> {
        let catalog = dialect.catalog();
        let holds = |path: &str| {
            catalog
                .find(Kind::User, path)
                .is_ok_and(|attribute| !dialect.does_not_hold(attribute))
        };
        let person = |number: usize| {
            let (name, id) = Self::extra(number);
            let mut body = json!({
                "schemas": [USER], "userName": stored(dialect, &name), "externalId": id, "active": true,
                "name": { "givenName": "Extra", "familyName": number.to_string() },
                "emails": [{ "type": "work", "value": name, "primary": true }],
            });
            if holds("displayName") {
                body["displayName"] = format!("Extra {number}").into();
            }
            if holds("entitlements") {
                body["entitlements"] = json!([{ "value": "basic" }]);
            }
            body
        };
        (0..self.crowd).map(person).collect()
    }

    /// The groups, for a service that makes none by SCIM.
    pub(crate) fn groups_at(dialect: &Dialect) -> Vec<Json> {
        let names = if dialect.groups == Groups::Update {
            &["Everybody", "Sales", "Above", "Nobody"][..]
        } else {
            &[]
        };
        names
            .iter()
            .map(|name| json!({ "schemas": [GROUP], "displayName": name, "externalId": format!("G-{name}") }))
            .collect()
    }

    /// The sources at first.
    pub(crate) fn at_first(&self) -> String {
        let mut text = String::from("users:\n");
        let named = [
            "userName: Ada@Example.com, externalId: E1, name.givenName: Ada, name.familyName: King, \
             title: Analyst, department: Engines, phoneNumbers.work: '+44 (20) 7946 0958', nickName: A, \
             addresses.work.locality: Ulm",
            "userName: bob@example.com, externalId: E2, name.givenName: Bob, name.familyName: Stone, \
             title: Builder, manager: Ada@Example.com",
            "userName: carol@example.com, externalId: E3, name.givenName: Carol, name.familyName: Hill, \
             title: Clerk, manager: bob@example.com, employeeNumber: '0042'",
            "userName: dan@example.com, externalId: E4, name.givenName: Dan, name.familyName: Wood, \
             manager: Ada@Example.com",
            "userName: erin@example.com, externalId: E5, name.givenName: Erin, name.familyName: Lake",
        ];
        for person in named {
            text += &self.declared(person, Account::Active);
        }
        text += &self.declared(
            "userName: ivan@example.com, externalId: E6, name.givenName: Ivan, name.familyName: Field",
            Account::Inactive,
        );
        text += &self.crowd_in_sources();
        let everybody = self.names(0).chain(
            [
                "Ada@Example.com",
                "bob@example.com",
                "carol@example.com",
                "erin@example.com",
            ]
            .map(str::to_owned),
        );
        text += "groups:\n";
        text += &group("Everybody", everybody);
        text += &group("Sales", ["Ada@Example.com", "bob@example.com"].map(str::to_owned));
        text += &group("Above", ["group:Sales", "carol@example.com"].map(str::to_owned));
        text += &group("Nobody", []);
        text
    }

    /// After a week: a rename, a new title, one cleared, somebody deactivated, somebody back, somebody gone,
    /// members come and gone.
    pub(crate) fn after_a_week(&self) -> String {
        let mut text = String::from("users:\n");
        let named = [
            "userName: Ada@Example.com, externalId: E1, name.givenName: Ada, name.familyName: King, \
             title: Countess, department: Engines, phoneNumbers.work: '+44 (20) 7946 0958', nickName: A, \
             addresses.work.locality: Ulm",
            "userName: robert@example.com, externalId: E2, name.givenName: Robert, name.familyName: Stone, \
             title: Builder, manager: Ada@Example.com",
            "userName: carol@example.com, externalId: E3, name.givenName: Carol, name.familyName: Hill, \
             title: null, manager: Ada@Example.com, employeeNumber: '0042'",
        ];
        for person in named {
            text += &self.declared(person, Account::Active);
        }
        text += &self.declared(
            "userName: dan@example.com, externalId: E4, name.givenName: Dan, name.familyName: Wood, \
             manager: Ada@Example.com",
            Account::Inactive,
        );
        text += &self.declared(
            "userName: ivan@example.com, externalId: E6, name.givenName: Ivan, name.familyName: Field",
            Account::Active,
        );
        text += &self.declared(
            "userName: judy@example.com, externalId: E7, name.givenName: Judy, name.familyName: Vale, \
             title: Driver",
            Account::Active,
        );
        text += &self.crowd_in_sources();
        let everybody = self.names(3).chain(
            [
                "Ada@Example.com",
                "robert@example.com",
                "carol@example.com",
                "judy@example.com",
            ]
            .map(str::to_owned),
        );
        text += "groups:\n";
        text += &group("Everybody", everybody);
        text += &group(
            "Sales",
            ["robert@example.com", "judy@example.com"].map(str::to_owned),
        );
        text += &group("Above", ["group:Sales", "carol@example.com"].map(str::to_owned));
        text += &group("Nobody", []);
        text
    }

    /// The names of the crowd but for the first so many.
    fn names(&self, skipped: usize) -> impl Iterator<Item = String> {
        (skipped..self.crowd).map(|number| Self::extra(number).0)
    }

    fn declared(&self, person: &str, account: Account) -> String {
        let active = account == Account::Active;
        let name = person
            .split(", ")
            .next()
            .and_then(|first| first.strip_prefix("userName: "))
            .expect("a name first");
        let wanted: String = self
            .wanted
            .iter()
            .map(|path| format!("{path}: {name}, "))
            .collect();
        format!(
            "  - {{ {person}, displayName: '{name}', emails.work: {name}, {wanted}active: {active}, \
             entitlements: [basic] }}\n"
        )
    }

    fn crowd_in_sources(&self) -> String {
        (0..self.crowd).fold(String::new(), |mut text, number| {
            let (name, id) = Self::extra(number);
            let _ = writeln!(
                text,
                "  - {{ userName: {name}, externalId: {id}, name.givenName: Extra, \
                 name.familyName: '{number}', displayName: Extra {number}, emails.work: {name}, \
                 active: true, entitlements: [basic] }}"
            );
            text
        })
    }
}

/// The name as the service stores it when it was written by itself.
pub(crate) fn stored(dialect: &Dialect, name: &str) -> String {
    let catalog = dialect.catalog();
    catalog
        .attribute(catalog.naming(Kind::User))
        .normal(name)
        .into_owned()
}

fn group(name: &str, members: impl IntoIterator<Item = String>) -> String {
    let members = members.into_iter().collect::<Vec<_>>().join(", ");
    format!("  - {{ displayName: {name}, externalId: G-{name}, members: [{members}] }}\n")
}
