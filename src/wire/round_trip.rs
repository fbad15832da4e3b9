//! Tests that lifting a lowered resource gives the same resource, for every attribute of the catalog and for
//! unusual values; and that a service that follows the RFC holds the desired values after a patch.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::dialect::Dialect;
use crate::model::Live;
use crate::model::Member;
use crate::model::{Attribute, AttributeId, Attributes, Catalog, DataType, Kind, Place, Reference, Value};
use crate::wire::lift;
use crate::wire::lower;
use crate::wire::page;
use crate::wire::shape::Shape;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::built_in);

fn shape(catalog: &Catalog, kind: Kind) -> Shape {
    Shape::new(catalog, kind, &Dialect::default())
}

fn writable(catalog: &Catalog, kind: Kind) -> Vec<AttributeId> {
    catalog
        .of(kind)
        .filter(|attribute| {
            attribute.is_writable() && attribute.uniqueness != crate::model::Uniqueness::Global
        })
        .map(|attribute| attribute.id)
        .collect()
}

fn value_for(attribute: &Attribute, text: &str, number: i64) -> Value {
    match (&attribute.place, attribute.data_type) {
        (Place::Reference, _) => Value::Reference(Box::new(Reference::to_id(text))),
        (Place::Set { .. }, _) => Value::set(vec![Value::text(text), Value::text(format!("{text}2"))]),
        (_, DataType::Boolean) => Value::Boolean(number % 2 == 0),
        (_, DataType::Integer) => Value::Integer(number),
        _ => Value::text(text),
    }
}

/// A service's answer to a body: the body with an id.
fn answered(mut body: serde_json::Value) -> String {
    body["id"] = "x1".into();
    body.to_string()
}

/// An attribute, and the random input of its value.
#[derive(Clone, Debug)]
struct Chosen {
    attribute: prop::sample::Index,
    text: String,
    number: i64,
}

fn chosen() -> impl Strategy<Value = Chosen> {
    let text = "\\PC{1,12}|[\"\\\\\u{0}-\u{1f}]{1,4}|true|12";
    let parts = (any::<prop::sample::Index>(), text, any::<i64>());
    parts.prop_map(|(attribute, text, number)| Chosen {
        attribute,
        text,
        number,
    })
}

proptest! {
    #[test]
    fn lifting_undoes_lowering(chosen in prop::collection::vec(chosen(), 0..30)) {
        let catalog = &*CATALOG;
        for kind in Kind::ALL {
            let shape = shape(catalog, kind);
            let ids = writable(catalog, kind);
            let value = |chosen: &Chosen| {
                let id = *chosen.attribute.get(&ids);
                (id, value_for(catalog.attribute(id), &chosen.text, chosen.number))
            };
            let attributes: Attributes = chosen.iter().map(value).collect();
            let body = lower::resource(&attributes, &[], &shape, catalog).expect("it can be lowered");
            let live = lift::resource(&answered(body), &shape).expect("it can be lifted");
            for (id, value) in attributes.iter() {
                prop_assert_eq!(live.attributes.get(id), Some(value), "{}", catalog.attribute(id).path);
            }
            for (id, _) in live.attributes.iter().filter(|(id, _)| attributes.get(*id).is_none()) {
                let path = &catalog.attribute(id).path;
                prop_assert!(false, "{} was invented", path);
            }
        }
    }

    #[test]
    fn no_text_makes_lifting_panic(text in "\\PC{0,200}", json in "[\\[\\]{}:,\"a-z0-9 ]{0,200}") {
        let catalog = &*CATALOG;
        for text in [text, format!("{{\"id\":\"1\",\"emails\":{json}}}")] {
            let shape = shape(catalog, Kind::User);
            drop((lift::resource(&text, &shape), page::parse(&text, &shape)));
        }
    }
}

#[test]
fn f040_what_services_write_differently_is_read_as_it_is_meant() {
    let catalog = &*CATALOG;
    let shape = shape(catalog, Kind::User);
    let text = r#"{"ID":"a","Schemas":["URN:ietf:params:scim:schemas:core:2.0:user"],"USERNAME":"ada",
        "active":"True","title":null,"nickName":"","employeeNumber":1,"roles":["admin",{"value":"dev"}],
        "ims":[],"unknown":{"deep":[[[1e400]]]},"groups":[{"value":"g"}],
        "emails":[{"value":"a@x","type":"Work"},{"type":"work","value":"b@x"},{"value":"c@x"},
            {"value":"d@x","type":"secret"}],
        "Urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
            {"employeeNumber":701984,"MANAGER":"m1","costCenter":"4130"},
        "meta":{"version":"W/\"3\"","location":"https://evil.example/Users/a"}}"#;
    let live: Live = lift::resource(&text.replace("1e400", "1"), &shape).expect("it can be lifted");
    let get = |name: &str| {
        live.attributes
            .get(catalog.find(Kind::User, name).expect("known").id)
            .map(Value::plain)
    };
    for (name, value) in [
        ("userName", Some("ada")),
        ("active", Some("true")),
        ("title", None),
        ("nickName", None),
        ("ims", None),
        ("roles", Some("admin;dev")),
        ("emails.work", Some("a@x;b@x")),
        ("emails", Some("c@x")),
        ("employeeNumber", Some("701984")),
        ("manager", Some("m1")),
    ] {
        assert_eq!(get(name).as_deref(), value, "{name}");
    }
    assert_eq!(
        (&*live.id, live.version.as_deref(), live.members),
        ("a", Some("W/\"3\""), None)
    );
}

#[test]
fn members_are_read_in_every_form_and_never_guessed() {
    let catalog = &*CATALOG;
    let shape = shape(catalog, Kind::Group);
    let members = |json: &str| {
        lift::resource(&format!(r#"{{"id":"g","displayName":"G"{json}}}"#), &shape)
            .expect("it can be lifted")
            .members
    };
    assert_eq!(
        members(""),
        None,
        "a service that does not say is not read as empty"
    );
    assert_eq!(members(r#","members":null"#), None);
    assert_eq!(members(r#","members":[]"#), Some(vec![]));
    let member = |id: &str, kind| Member {
        reference: Reference::to_id(id),
        kind,
    };
    assert_eq!(
        members(
            r#","members":[{"value":"2","type":"Group"},
                {"$ref":"https://elsewhere.example/v2/Users/1"},{"value":"2"},"3"]"#
        ),
        Some(vec![
            member("1", Some(Kind::User)),
            member("2", None),
            member("3", None)
        ])
        .map(|all| all
            .into_iter()
            .map(|listed| if listed.reference.id.as_deref() == Some("2") {
                member("2", Some(Kind::Group))
            } else {
                listed
            })
            .collect())
    );
}

#[test]
fn what_is_not_the_resource_that_was_meant_is_refused() {
    let catalog = &*CATALOG;
    let shape = shape(catalog, Kind::User);
    for text in [
        r#"{"userName":"no id"}"#,
        r#"{"id":""}"#,
        r#"{"id":".."}"#,
        r#"{"id":"a\u0000b"}"#,
        r#"{"id":"a","id":"b"}"#,
        r#"{"id":"a","userName":"x","USERNAME":"y"}"#,
        r#"{"id":"a","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#,
        r#"{"id":"a","schemas":["urn:ietf:params:scim:api:messages:2.0:Error"]}"#,
        r#"{"id":"a"} {"id":"b"}"#,
        r#"[{"id":"a"}]"#,
        "<html>",
        "",
    ] {
        assert!(lift::resource(text, &shape).is_err(), "{text}");
    }
    assert!(lift::resource(&format!(r#"{{"id":"{}"}}"#, "x".repeat(513)), &shape).is_err());
}

#[test]
fn f039_depth_ends_in_an_error_and_not_in_a_crash() {
    let catalog = &*CATALOG;
    let deep = "[".repeat(100_000);
    for name in ["name", "emails", "unknown", "roles", "title"] {
        assert!(
            lift::resource(
                &format!(r#"{{"id":"a","{name}":{deep}"#),
                &shape(catalog, Kind::User)
            )
            .is_err(),
            "{name}"
        );
    }
}
