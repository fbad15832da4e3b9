//! What is written, and what is never written.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::client::MemberRefusals;
use wpsync::dialect::Method;
use wpsync::model::Live;
use wpsync::model::Member;
use wpsync::model::{Attributes, Kind, Reference, Value};
use wpsync::wire::Edit;
use wpsync::wire::Failure;

use crate::support::{Scripted, attribute, attributes, body, error_body, of, reply, user, writer};

fn member(id: &str) -> Member {
    Member {
        reference: Reference::to_id(id),
        kind: Some(Kind::User),
    }
}

fn done() -> Arc<Scripted> {
    Arc::new(Scripted::new(|_, _| Ok(reply(204, ""))))
}

fn live(values: &[(&str, Value)]) -> Live {
    Live {
        kind: Kind::User,
        id: "a/1".into(),
        version: Some("W/\"1\"".into()),
        attributes: attributes(Kind::User, values),
        members: None,
    }
}

/// The operations that some edits become.
async fn operations(before: &[(&str, Value)], edits: &[(&str, Option<Value>)]) -> Json {
    let transport = done();
    let edits: Vec<Edit> = edits
        .iter()
        .map(|(name, value)| Edit {
            attribute: attribute(Kind::User, name),
            value: value.clone(),
        })
        .collect();
    writer(&transport, "")
        .await
        .update(&live(before), &edits)
        .await
        .expect("it is sent");
    transport
        .requests()
        .first()
        .map_or(Json::Null, |request| body(request)["Operations"].clone())
}

#[tokio::test]
async fn every_attribute_is_one_operation_with_a_path() {
    let text = |text: &str| Value::text(text);
    let held = [
        ("emails.work", text("a@x")),
        ("emails.home", text("h@x")),
        ("title", text("Dr")),
        ("addresses.work.locality", text("Bern")),
    ];
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for (name, value, expected) in [
        (
            "title",
            Some(text("Prof")),
            json!([{ "op": "replace", "path": "title", "value": "Prof" }]),
        ),
        ("title", None, json!([{ "op": "remove", "path": "title" }])),
        (
            "active",
            Some(Value::Boolean(false)),
            json!([{ "op": "replace", "path": "active", "value": false }]),
        ),
        (
            "name.givenName",
            Some(text("Ada")),
            json!([{ "op": "replace", "path": "name.givenName", "value": "Ada" }]),
        ),
        (
            "emails.work",
            Some(text("b@x")),
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x" }]),
        ),
        (
            "emails.other",
            Some(text("o@x")),
            json!([{ "op": "add", "path": "emails", "value": [{ "type": "other", "value": "o@x" }] }]),
        ),
        (
            "emails.home",
            None,
            json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]),
        ),
        (
            "addresses.work.country",
            Some(text("CH")),
            json!([{ "op": "replace", "path": "addresses[type eq \"work\"].country", "value": "CH" }]),
        ),
        (
            "roles",
            Some(Value::set(vec![text("a"), text("b")])),
            json!([{ "op": "replace", "path": "roles", "value": [{ "value": "a" }, { "value": "b" }] }]),
        ),
        (
            "department",
            Some(text("R&D")),
            json!([{ "op": "replace", "path": format!("{urn}:department"), "value": "R&D" }]),
        ),
        (
            "manager",
            Some(Value::Reference(Box::new(Reference::to_id("m1")))),
            json!([{ "op": "replace", "path": format!("{urn}:manager"), "value": { "value": "m1" } }]),
        ),
        (
            "manager",
            None,
            json!([{ "op": "remove", "path": format!("{urn}:manager") }]),
        ),
    ] {
        assert_eq!(operations(&held, &[(name, value)]).await, expected, "{name}");
    }
    assert_eq!(
        operations(&held, &[]).await,
        Json::Null,
        "nothing to change is no request"
    );
}

#[tokio::test]
async fn a_new_element_is_added_whole_and_several_of_one_type_are_replaced() {
    let text = |text: &str| Value::text(text);
    let parts = [
        ("addresses.home.locality", Some(text("Ulm"))),
        ("addresses.home.country", Some(text("DE"))),
    ];
    assert_eq!(
        operations(&[], &parts).await,
        json!([{
            "op": "add", "path": "addresses",
            "value": [{ "type": "home", "locality": "Ulm", "country": "DE" }],
        }])
    );
    let several = [("emails.work", Value::set(vec![text("a@x"), text("b@x")]))];
    assert_eq!(
        operations(&several, &[("emails.work", Some(text("c@x")))]).await,
        json!([
            { "op": "remove", "path": "emails[type eq \"work\"]" },
            { "op": "add", "path": "emails", "value": [{ "type": "work", "value": "c@x" }] },
        ])
    );
    let both = [("emails", text("A@x")), ("emails.work", text("a@x"))];
    let transport = done();
    let edit = Edit {
        attribute: attribute(Kind::User, "emails"),
        value: None,
    };
    let error = writer(&transport, "")
        .await
        .update(&live(&both), &[edit])
        .await
        .expect_err("the path would match the other one too");
    assert!(
        matches!(error.failure, Failure::NotSent { .. }) && transport.requests().is_empty(),
        "{error}"
    );
}

#[tokio::test]
async fn an_element_is_removed_as_the_dialect_says() {
    let edits = ["emails.home", "addresses.home.locality"].map(|name| Edit {
        attribute: attribute(Kind::User, name),
        value: None,
    });
    let held = live(&[
        ("emails.home", Value::text("h@x")),
        ("addresses.home.locality", Value::text("Ulm")),
    ]);
    for (rows, email) in [
        ("", "emails[type eq \"home\"]"),
        ("element_removal: value\n", "emails[type eq \"home\"].value"),
    ] {
        let transport = done();
        writer(&transport, rows)
            .await
            .update(&held, &edits)
            .await
            .expect("done");
        let expected = json!([
            { "op": "remove", "path": email }, { "op": "remove", "path": "addresses[type eq \"home\"]" },
        ]);
        assert_eq!(body(&transport.requests()[0])["Operations"], expected);
    }
}

#[tokio::test]
async fn f095_members_change_by_delta_in_batches_of_the_dialect() {
    let transport = done();
    let ids: Vec<Member> = (0..5).map(|id| member(&format!("u\"{id}"))).collect();
    writer(&transport, "members_per_request: 2\n")
        .await
        .change_members("g", &ids[..3], &ids[3..], &mut MemberRefusals::default())
        .await
        .expect("done");
    let sent: Vec<Json> = transport
        .requests()
        .iter()
        .map(|request| body(request)["Operations"].clone())
        .collect();
    assert_eq!(
        sent,
        [
            json!([{ "op": "add", "path": "members", "value": [{ "value": "u\"0" }, { "value": "u\"1" }] }]),
            json!([{ "op": "add", "path": "members", "value": [{ "value": "u\"2" }] }]),
            json!([
                { "op": "remove", "path": "members[value eq \"u\\\"3\"]" },
                { "op": "remove", "path": "members[value eq \"u\\\"4\"]" },
            ]),
        ]
    );
    let group = attributes(Kind::Group, &[("displayName", Value::text("G"))]);
    let error = writer(&done(), "members_per_request: 2\n")
        .await
        .create(Kind::Group, &group, &ids)
        .await
        .expect_err("too many");
    assert!(matches!(error.failure, Failure::NotSent { .. }), "{error}");
}

#[tokio::test]
async fn a_creation_is_believed_only_with_the_resource_in_the_answer() {
    let new = attributes(
        Kind::User,
        &[
            ("userName", Value::text("ada")),
            ("emails.home", Value::text("h@x")),
            ("emails.work", Value::text("w@x")),
            ("department", Value::text("R&D")),
        ],
    );
    let created = Arc::new(Scripted::new(|_, _| Ok(reply(201, &user("a").to_string()))));
    let live = writer(&created, "")
        .await
        .create(Kind::User, &new, &[])
        .await
        .expect("created");
    assert_eq!(&*live.id, "a");
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(
        body(&created.requests()[0]),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", urn],
            "userName": "ada",
            "emails": [
                { "type": "home", "value": "h@x" }, { "type": "work", "value": "w@x" },
            ],
            urn: { "department": "R&D" },
        })
    );
    for (status, answer) in [
        (200, user("a").to_string()),
        (202, user("a").to_string()),
        (201, String::new()),
        (201, "{}".to_owned()),
        (201, error_body(500, "", "boom")),
        (204, String::new()),
    ] {
        let transport = Arc::new(Scripted::new(move |_, _| Ok(reply(status, &answer))));
        let error = writer(&transport, "")
            .await
            .create(Kind::User, &new, &[])
            .await
            .expect_err("not believed");
        assert!(
            matches!(error.failure, Failure::NotUsable { .. }) && error.may_have_been_applied(),
            "{status}: {error}"
        );
        assert_eq!(
            of(Method::Post, &transport.requests()).len(),
            1,
            "a creation is never repeated"
        );
    }
}

#[tokio::test]
async fn f090_a_write_without_an_answer_is_never_repeated_here() {
    let transport = Arc::new(Scripted::new(|_, _| {
        Err(Failure::NoAnswer {
            origin: "x".into(),
            reason: "reset".into(),
        })
    }));
    let writer = writer(&transport, "").await;
    let error = writer
        .create(Kind::User, &Attributes::new(), &[])
        .await
        .expect_err("unknown");
    assert!(error.may_have_been_applied());
    writer.delete(Kind::User, "a", None).await.expect_err("unknown");
    writer
        .change_members("g", &[member("a")], &[], &mut MemberRefusals::default())
        .await
        .expect_err("unknown");
    assert_eq!(transport.requests().len(), 3);
    for status in [500, 502, 503, 504, 408, 409] {
        let transport = Arc::new(Scripted::new(move |_, _| Ok(reply(status, ""))));
        let error = crate::support::writer(&transport, "")
            .await
            .create(Kind::User, &Attributes::new(), &[])
            .await
            .expect_err("refused");
        assert!(
            error.may_have_been_applied() && transport.requests().len() == 1,
            "{status}"
        );
    }
}

#[tokio::test]
async fn f098_a_version_is_sent_where_it_is_heeded() {
    let edit = [Edit {
        attribute: attribute(Kind::User, "title"),
        value: None,
    }];
    for (rows, etag, sent) in [
        ("versions: honoured\n", false, true),
        ("versions: ignored\n", true, false),
        ("", true, true),
        ("", false, false),
    ] {
        let config = json!({ "etag": { "supported": etag } });
        let transport = Arc::new(Scripted::new(|_, _| Ok(reply(204, ""))).with_config(config));
        let writer = writer(&transport, rows).await;
        writer
            .update(&live(&[("title", Value::text("Dr"))]), &edit)
            .await
            .expect("done");
        writer
            .delete(Kind::User, "a", Some("W/\"1\""))
            .await
            .expect("done");
        for request in transport.requests() {
            assert_eq!(
                request.if_match.as_deref(),
                sent.then_some("W/\"1\""),
                "{rows} {etag}"
            );
        }
    }
    let transport = done();
    writer(&transport, "")
        .await
        .update(&live(&[]), &edit)
        .await
        .expect("done");
    assert_eq!(transport.requests()[0].path, "/Users/a%2F1");
}

#[tokio::test]
async fn a_reference_without_an_id_is_not_sent() {
    let manager = Value::Reference(Box::new(Reference::to_key(wpsync::model::Key::new(
        Kind::User,
        "boss",
    ))));
    let transport = done();
    let error = writer(&transport, "")
        .await
        .create(Kind::User, &attributes(Kind::User, &[("manager", manager)]), &[])
        .await
        .expect_err("unresolved");
    assert!(
        matches!(error.failure, Failure::NotSent { .. }) && transport.requests().is_empty(),
        "{error}"
    );
}
