//! PATCH paths: the RFC's examples, hostile inputs, and that a printed path reads the same.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::Kind;
use crate::sandbox::resource::Content;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Value {
    json!({
        "userName": "ada",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"type": "work", "value": "a@work", "primary": true}, {"type": "home", "value": "a@home"}],
        ENTERPRISE: {"department": "R&D"},
    })
}

/// The `scimType` of a refusal.
#[derive(Debug, PartialEq)]
struct Refused(&'static str);

/// Ada after these operations.
fn patched(operations: &Value) -> Result<Value, Refused> {
    let resource_type = ResourceType::of(Kind::User);
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    let mut content: Content = ada().as_object().expect("an object").clone();
    let done = read(resource_type, &body).and_then(|operations| {
        operations
            .iter()
            .try_for_each(|operation| apply(&mut content, operation))
    });
    done.map_err(|problem| Refused(problem.scim_type.unwrap_or("none")))?;
    Ok(content.into())
}

fn one(verb: &str, path: &str, value: &Value) -> Result<Value, Refused> {
    patched(&json!([{"op": verb, "path": path, "value": value}]))
}

#[test]
fn add_sets_appends_and_merges() {
    assert_eq!(
        one("ADD", "title", &json!("Countess")).expect("done")["title"],
        "Countess"
    );
    assert_eq!(
        one("add", "NAME.givenname", &json!("A")).expect("done")["name"],
        json!({"givenName": "A", "familyName": "Lovelace"})
    );
    assert_eq!(
        one("add", "name", &json!({"middleName": "K"})).expect("done")["name"]["familyName"],
        "Lovelace"
    );
    let appended = one("add", "emails", &json!([{"value": "new"}])).expect("done");
    assert_eq!(appended["emails"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        one("add", "emails", &json!({"value": "new"})),
        Ok(appended),
        "one value needs no array"
    );
    assert_eq!(
        one("add", "emails", &json!([{"type": "home", "value": "a@home"}])),
        Ok(ada()),
        "what is there stays once"
    );
}

#[test]
fn without_a_path_the_value_names_the_attributes() {
    let value = json!({"title": "C", "name": {"givenName": "B"}, ENTERPRISE: {"division": "D"}});
    let after = patched(&json!([{"op": "add", "value": value}])).expect("done");
    assert_eq!(
        (&after["title"], &after["name"]["givenName"]),
        (&json!("C"), &json!("B"))
    );
    assert_eq!(after[ENTERPRISE], json!({"department": "R&D", "division": "D"}));
    assert_eq!(
        patched(&json!([{"op": "replace", "value": "x"}])),
        Err(Refused("invalidValue"))
    );
    assert_eq!(
        patched(&json!([{"op": "remove", "value": {"title": "C"}}])),
        Err(Refused("noTarget"))
    );
}

#[test]
fn a_value_filter_picks_elements() {
    let changed = one("replace", "emails[type eq \"work\"].value", &json!("b@work")).expect("done");
    assert_eq!(
        changed["emails"][0],
        json!({"type": "work", "value": "b@work", "primary": true})
    );
    assert_eq!(changed["emails"][1], ada()["emails"][1]);
    let removed = one("remove", "emails[value eq \"A@HOME\"]", &Value::Null).expect("done");
    assert_eq!(removed["emails"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        one("replace", "emails[type eq \"other\"].value", &json!("x")),
        Err(Refused("noTarget"))
    );
    assert_eq!(
        one("remove", "emails[type eq \"other\"]", &Value::Null),
        Ok(ada())
    );
    let made = one("add", "emails[type eq \"other\"].value", &json!("x")).expect("done");
    assert_eq!(made["emails"][2], json!({"type": "other", "value": "x"}));
}

#[test]
fn one_primary_takes_it_from_the_others() {
    let after = one("add", "emails", &json!([{"value": "new", "primary": true}])).expect("done");
    assert_eq!(
        (&after["emails"][0]["primary"], &after["emails"][2]["primary"]),
        (&json!(false), &json!(true))
    );
    let after = one("replace", "emails[type eq \"home\"].primary", &json!(true)).expect("done");
    assert_eq!(
        (&after["emails"][0]["primary"], &after["emails"][1]["primary"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        one(
            "replace",
            "emails",
            &json!([{"value": "1", "primary": true}, {"value": "2", "primary": true}])
        ),
        Err(Refused("invalidValue"))
    );
}

#[test]
fn extensions_are_named_by_their_urn() {
    let moved = one("replace", &format!("{ENTERPRISE}:department"), &json!("HR")).expect("done");
    assert_eq!(moved[ENTERPRISE]["department"], "HR");
    let managed = one("add", &format!("{ENTERPRISE}:manager.value"), &json!("m1")).expect("done");
    assert_eq!(managed[ENTERPRISE]["manager"], json!({"value": "m1"}));
    assert_eq!(
        one("replace", ENTERPRISE, &json!({"division": "D"})).expect("done")[ENTERPRISE]["division"],
        "D"
    );
    for path in [ENTERPRISE.to_owned(), format!("{ENTERPRISE}:department")] {
        assert!(
            one("remove", &path, &Value::Null)
                .expect("done")
                .get(ENTERPRISE)
                .is_none(),
            "an empty extension is none"
        );
    }
}

#[test]
fn null_and_empty_clear() {
    for (path, value) in [
        ("emails", json!([])),
        ("emails", Value::Null),
        ("name.givenName", Value::Null),
    ] {
        let after = one("replace", path, &value).expect("done");
        assert!(
            after.get("emails").is_none() || after["name"].get("givenName").is_none(),
            "{path}"
        );
    }
}

#[test]
fn what_cannot_be_is_refused() {
    for (verb, path, value, word) in [
        ("replace", "id", json!("x"), "mutability"),
        ("replace", "meta.created", json!("x"), "mutability"),
        ("add", "groups", json!([{"value": "x"}]), "mutability"),
        ("remove", "userName", Value::Null, "mutability"),
        ("remove", "emails", json!([{"value": "a@home"}]), "invalidValue"),
        ("add", "shoeSize", json!(4), "invalidPath"),
        ("add", "emails[type eq \"work\"", json!("x"), "invalidPath"),
        ("add", "emails[type eq \"work\"].nope", json!("x"), "invalidPath"),
        (
            "add",
            "emails[nope eq \"work\"].value",
            json!("x"),
            "invalidFilter",
        ),
        ("add", "userName[value eq \"x\"]", json!("x"), "invalidPath"),
        ("add", "title extra", json!("x"), "invalidPath"),
        ("add", "", json!("x"), "invalidPath"),
        ("replace", "active", json!("False"), "invalidValue"),
        ("replace", "name", json!("Ada"), "invalidValue"),
        ("move", "title", json!("x"), "invalidSyntax"),
    ] {
        assert_eq!(one(verb, path, &value), Err(Refused(word)), "{verb} {path}");
    }
    assert_eq!(patched(&json!([])), Err(Refused("invalidSyntax")));
    assert_eq!(
        patched(&json!([{"op": "add", "path": "title"}])),
        Err(Refused("invalidValue"))
    );
}

proptest! {
    #[test]
    fn no_path_is_a_panic(path in "[a-z.:$\"\\\\\\[\\]() é]{0,40}", verb in "add|remove|replace") {
        let _ = one(&verb, &path, &json!({"value": "x"}));
    }
}
