//! One step of a golden file, taken by the client.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::client::{MemberRefusals, WriteConnection, Writer};
use wpsync::dialect::{Dialect, Method};
use wpsync::model::{Attributes, Catalog, Kind, Member, Reference, Value};
use wpsync::wire::{Edit, Response};

use crate::file::Sent;
use crate::stand_in::{Exchange, Incoming, Line, Service, reply};

const PERSON: &str = "2819c223";
const GROUP: &str = "e9e30dba";

/// What is sent for a step.
pub(crate) async fn sent(dialect: &str, step: &str) -> Vec<Sent> {
    let dialect = Dialect::shipped(dialect).expect("it is shipped");
    let words: Vec<&str> = step.split(' ').collect();
    let many = words.last().and_then(|word| word.parse().ok()).unwrap_or(0);
    let held = if words.contains(&"remove") { many } else { 0 };
    let held = Held {
        active: step != "reactivate",
        members: held,
    };
    let service = Service::scripted(move |incoming| Ok(held.answer(incoming)));
    let catalog = Arc::new(dialect.catalog());
    let writer = Writer::open(WriteConnection::new(
        Arc::new(Line::clear(&service)),
        dialect.clone(),
        Arc::clone(&catalog),
    ))
    .await
    .expect("it opens");
    let person = writer
        .reader()
        .get(Kind::User, PERSON)
        .await
        .expect("readable")
        .expect("there");
    let edit = |path: &str, value: Option<Value>| Edit {
        attribute: catalog.find(Kind::User, path).expect("known").id,
        value,
    };
    let change = |edit: Edit| async { writer.update(&person, &[edit]).await.map(drop) };
    match words[..] {
        ["create"] => writer
            .create(Kind::User, &new_person(&catalog, &dialect), &[])
            .await
            .map(drop),
        ["create", "group"] => {
            let name = (catalog.naming(Kind::Group), Value::text("Sales"));
            let count = dialect.members_on_create().min(1);
            let members = members(u32::try_from(count).expect("0 or 1"));
            writer
                .create(Kind::Group, &[name].into_iter().collect(), &members)
                .await
                .map(drop)
        }
        ["rename"] => change(edit("userName", Some(Value::text("ada.king@example.com")))).await,
        ["title"] => change(edit("title", Some(Value::text("Countess")))).await,
        ["clear", path] => change(edit(path, None)).await,
        ["set", path, text] => change(edit(path, Some(value(&catalog, path, text)))).await,
        ["deactivate"] => change(edit("active", Some(Value::Boolean(false)))).await,
        ["reactivate"] => change(edit("active", Some(Value::Boolean(true)))).await,
        ["delete"] => writer.delete(Kind::User, PERSON, None).await,
        ["members", "add", _] => writer
            .change_members(GROUP, &members(many), &[], &mut MemberRefusals::default())
            .await
            .map(drop),
        ["members", "remove", _] => writer
            .change_members(GROUP, &[], &members(many), &mut MemberRefusals::default())
            .await
            .map(drop),
        _ => panic!("no such step: {step}"),
    }
    .unwrap_or_else(|error| panic!("{step}: {error}"));
    let sent = |write: Exchange| Sent {
        method: write.method().as_str().to_owned(),
        target: write.request.target(),
        body: write.body,
    };
    service.writes().into_iter().map(sent).collect()
}

/// A person, and a group with so many members.
struct Held {
    active: bool,
    members: u32,
}

impl Held {
    /// What a service answers that holds them, and takes everything.
    fn answer(&self, incoming: &Incoming<'_>) -> Response {
        let request = incoming.request;
        let held = if request.path.starts_with("/Groups") {
            self.group()
        } else {
            self.person()
        };
        match request.method {
            Method::Get if request.path == "/ServiceProviderConfig" => reply(404, &[], ""),
            Method::Get => reply(200, &[], &held.to_string()),
            Method::Post => reply(201, &[], &held.to_string()),
            _ => reply(204, &[], ""),
        }
    }

    fn person(&self) -> Json {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": PERSON, "externalId": "E1", "userName": "ada@example.com",
            "name": { "givenName": "Ada", "familyName": "King" },
            "displayName": "Ada King", "title": "Analyst", "active": self.active,
            "emails": [{ "type": "work", "value": "ada@example.com", "primary": true }],
            "theirOwn": { "kept": [1, { "as": "it is" }] },
        })
    }

    fn group(&self) -> Json {
        let members: Vec<Json> = (1..=self.members)
            .map(|number| json!({ "value": format!("u{number}") }))
            .collect();
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        json!({ "schemas": [schema], "id": GROUP, "displayName": "Sales", "members": members })
    }
}

/// A new person with all that the service holds of this.
fn new_person(catalog: &Catalog, dialect: &Dialect) -> Attributes {
    let held = |path: &str| {
        catalog
            .find(Kind::User, path)
            .ok()
            .filter(|attribute| !dialect.does_not_hold(attribute))
    };
    // Some services keep no type, and one has an attribute of its own.
    let mail = held("emails.work").map_or("emails", |_| "emails.work");
    let all = [
        ("userName", "ada@example.com"),
        ("externalId", "E1"),
        ("name.givenName", "Ada"),
        ("name.familyName", "King"),
        ("displayName", "Ada King"),
        ("title", "Analyst"),
        ("department", "Engines"),
        (mail, "ada@example.com"),
        ("mailNickname", "ada"),
    ];
    let texts = all.map(|(path, text)| (path, Value::text(text)));
    let all = texts.into_iter().chain([("active", Value::Boolean(true))]);
    all.filter_map(|(path, value)| Some((held(path)?.id, value)))
        .collect()
}

fn value(catalog: &Catalog, path: &str, text: &str) -> Value {
    match catalog.find(Kind::User, path).expect("known").place {
        wpsync::model::Place::Reference => Value::Reference(Box::new(Reference::to_id(text))),
        _ => Value::text(text),
    }
}

fn members(count: u32) -> Vec<Member> {
    (1..=count)
        .map(|number| Member {
            reference: Reference::to_id(format!("u{number}")),
            kind: Some(Kind::User),
        })
        .collect()
}
