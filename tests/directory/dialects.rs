//! The rows of dialects, each in what is sent and in what is believed.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::client::MemberRefusals;
use wpsync::client::WriteConnection;
use wpsync::client::Writer;
use wpsync::dialect::Dialect;
use wpsync::dialect::Method;
use wpsync::model::Live;
use wpsync::model::Member;
use wpsync::model::{Attributes, Kind, Reference, Value};
use wpsync::wire::Edit;
use wpsync::wire::Failure;
use wpsync::wire::Request;
use wpsync::wire::Response;

use crate::support::{
    LIST, Scripted, attribute, attributes, body, error_body, of, query, reader, reply, user, writer,
};

fn member(id: &str) -> Member {
    Member {
        reference: Reference::to_id(id),
        kind: None,
    }
}

fn members(count: usize) -> Vec<Member> {
    (1..=count).map(|number| member(&format!("u{number}"))).collect()
}

fn group() -> Live {
    Live {
        kind: Kind::Group,
        id: "g".into(),
        version: None,
        attributes: attributes(Kind::Group, &[]),
        members: None,
    }
}

/// How many members each request adds.
fn sizes(requests: &[Request]) -> Vec<usize> {
    requests
        .iter()
        .map(|request| {
            body(request)["Operations"][0]["value"]
                .as_array()
                .map_or(0, Vec::len)
        })
        .collect()
}

fn list(rows: &[Json]) -> Response {
    reply(
        200,
        &json!({ "schemas": [LIST], "totalResults": rows.len(), "Resources": rows }).to_string(),
    )
}

#[tokio::test]
async fn f095_a_batch_that_is_too_large_is_divided_and_later_ones_are_as_small() {
    let transport = Arc::new(Scripted::new(|request, _| {
        let too_many = sizes(std::slice::from_ref(request))[0] > 5;
        Ok(if too_many {
            reply(400, &error_body(400, "invalidValue", "too many members"))
        } else {
            reply(204, "")
        })
    }));
    writer(&transport, "members_per_request: 10\n")
        .await
        .change_members("g", &members(20), &[], &mut MemberRefusals::default())
        .await
        .expect("done");
    assert_eq!(sizes(&transport.requests()), [10, 1, 5, 4, 5, 5]);
}

#[tokio::test]
async fn a_refused_member_is_found_in_few_requests_and_the_others_are_taken() {
    let asked = |request: &Request| -> Vec<String> {
        let value = body(request)["Operations"][0]["value"].clone();
        let ids = value.as_array().cloned().unwrap_or_default();
        ids.iter()
            .filter_map(|id| Some(id["value"].as_str()?.to_owned()))
            .collect()
    };
    let all = members(100);
    let bad = all[37].clone();
    let bad_id = bad.reference.id.clone().expect("an id");
    for status in [400, 403, 404, 409, 413, 422] {
        let bad_id = bad_id.clone();
        let transport = Arc::new(Scripted::new(move |request, _| {
            let is_in = asked(request).iter().any(|id| **id == *bad_id);
            Ok(if is_in {
                reply(status, &error_body(status, "invalidValue", "no such person"))
            } else {
                reply(204, "")
            })
        }));
        let mut refusals = MemberRefusals::default();
        writer(&transport, "")
            .await
            .change_members("g", &all, &[], &mut refusals)
            .await
            .expect("the others are taken");
        let refused: Vec<&Member> = refusals.refused.iter().map(|one| &one.member).collect();
        assert_eq!(
            (refused, refusals.taken, refusals.untried.len()),
            (vec![&bad], 99, 0)
        );
        let requests = transport.requests().len();
        // The logarithm of 100 is 7; each step down asks for two halves.
        assert!(requests <= 16, "{status}: {requests} requests");
    }
}

#[tokio::test]
async fn a_service_that_takes_nobody_is_asked_few_times() {
    let refused = Arc::new(Scripted::new(|_, _| {
        Ok(reply(400, &error_body(400, "invalidValue", "no")))
    }));
    let mut refusals = MemberRefusals::default();
    writer(&refused, "members_per_request: 100\n")
        .await
        .change_members("g", &members(5000), &[], &mut refusals)
        .await
        .expect("refusals are no errors");
    let requests = refused.requests().len();
    assert!(requests <= 40, "{requests}");
    assert_eq!(refusals.taken, 0);
    assert_eq!(
        refusals.refused.len() + refusals.untried.len(),
        5000,
        "everybody is accounted for"
    );
}

#[tokio::test]
async fn f095_a_batch_is_cut_to_bytes_too() {
    let transport = Arc::new(Scripted::new(|_, _| Ok(reply(204, ""))));
    writer(
        &transport,
        "members_per_request: 100\nmembership: { bytes_per_request: 300 }\n",
    )
    .await
    .change_members("g", &members(20), &[], &mut MemberRefusals::default())
    .await
    .expect("done");
    let requests = transport.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.body.as_ref().is_some_and(|body| body.len() <= 300))
    );
    assert_eq!(sizes(&requests).iter().sum::<usize>(), 20);
}

#[tokio::test]
async fn a_put_stops_when_the_resource_moved_under_it() {
    let transport = Arc::new(Scripted::new(|_, _| Ok(reply(200, &user("a").to_string()))));
    let held = attributes(Kind::User, &[("userName", Value::text("other@example.com"))]);
    let live = Live {
        kind: Kind::User,
        id: "a".into(),
        version: None,
        attributes: held,
        members: None,
    };
    let edit = Edit {
        attribute: attribute(Kind::User, "title"),
        value: Some(Value::text("Dr")),
    };
    let error = writer(&transport, "update: { users: put }\n")
        .await
        .update(&live, &[edit])
        .await
        .expect_err("it moved");
    assert_eq!(
        (error.status(), of(Method::Put, &transport.requests()).len()),
        (Some(412), 0)
    );
}

#[tokio::test]
async fn f058_an_account_that_was_used_is_not_deleted_and_the_refusal_says_what_to_do() {
    let transport = Arc::new(Scripted::new(|_, _| {
        Ok(reply(412, &error_body(412, "", "claimed")))
    }));
    let error = writer(&transport, "delete: { users: unclaimed }\n")
        .await
        .delete(Kind::User, "a", None)
        .await
        .expect_err("refused");
    assert!(
        error
            .to_string()
            .contains("claimed (this service deletes only accounts that nobody has ever used"),
        "{error}"
    );
}

/// An attribute that is asked for in one place and told in another is written where it is heard, by POST and
/// by PUT.
#[tokio::test]
async fn an_invitation_is_asked_for_beside_the_core_attributes() {
    const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    const STATUS: &str = "urn:ietf:params:scim:schemas:extension:facebook:accountstatusdetails:2.0:User";
    let held = json!({
        "schemas": [USER], "id": "a", "userName": "ada@example.com",
        STATUS: { "invited": false, "claimed": false },
    });
    let transport = Arc::new(Scripted::new(move |request, _| {
        Ok(reply(
            if request.method == Method::Post { 201 } else { 200 },
            &held.to_string(),
        ))
    }));
    let dialect = Dialect::shipped("workplace").expect("it is shipped");
    let catalog = dialect.catalog();
    let id = |name: &str| catalog.find(Kind::User, name).expect("an attribute").id;
    let writer = Writer::open(WriteConnection::new(
        transport.clone(),
        dialect.clone(),
        Arc::new(catalog.clone()),
    ))
    .await
    .expect("a writer");
    let mut wanted = Attributes::new();
    wanted.set(id("userName"), Value::text("ada@example.com"));
    wanted.set(id("invited"), Value::Boolean(true));
    writer.create(Kind::User, &wanted, &[]).await.expect("created");
    let mut held = Attributes::new();
    held.set(id("userName"), Value::text("ada@example.com"));
    let live = Live {
        kind: Kind::User,
        id: "a".into(),
        version: None,
        attributes: held,
        members: None,
    };
    let edit = Edit {
        attribute: id("invited"),
        value: Some(Value::Boolean(true)),
    };
    writer.update(&live, &[edit]).await.expect("updated");
    let requests = transport.requests();
    let post = body(&of(Method::Post, &requests)[0]);
    assert_eq!(
        (&post["invited"], post.get(STATUS), &post["schemas"]),
        (&json!(true), None, &json!([USER]))
    );
    let put = body(&of(Method::Put, &requests)[0]);
    assert_eq!(
        (&put["invited"], &put[STATUS]),
        (&json!(true), &json!({ "invited": false, "claimed": false }))
    );
}

#[tokio::test]
async fn f096_a_hidden_membership_is_asked_for_and_never_empty() {
    let answers = |request: &Request| {
        let filter = query(request).remove("filter").unwrap_or_default();
        Ok(match filter.as_str() {
            "groups.value eq \"g\"" => list(&[user("u1"), user("u2")]),
            "id eq \"g\" and members eq \"u1\"" => list(&[json!({ "id": "g", "displayName": "G" })]),
            _ if request.path == "/Groups/g" => reply(200, r#"{"id":"g","displayName":"G","members":[]}"#),
            _ => list(&[]),
        })
    };
    let transport = || Arc::new(Scripted::new(move |request, _| answers(request)));
    let everybody =
        "absent_members: hidden\nmembership: { ask: { list: users, filter: 'groups.value eq {group}' } }\n";
    let pairs = "absent_members: hidden\nmembership: { ask: { list: groups, \
                 filter: 'id eq {group} and members eq {member}' } }\n";
    let candidates: Vec<Box<str>> = vec!["u1".into(), "u3".into()];
    for (rows, known) in [
        (everybody, Some(vec!["u1", "u2"])),
        (pairs, Some(vec!["u1"])),
        ("absent_members: hidden\n", None),
    ] {
        let reader = reader(&transport(), rows).await;
        let read = reader
            .get(Kind::Group, "g")
            .await
            .expect("readable")
            .expect("there");
        assert_eq!(
            read.members, None,
            "an empty list of a service that hides members says nothing"
        );
        let told = reader.ask_members(&group(), &candidates).await.expect("answered");
        let ids = told.map(|all| all.iter().map(|one| one.reference.plain()).collect::<Vec<_>>());
        assert_eq!(
            ids.as_deref()
                .map(|ids| ids.iter().map(String::as_str).collect::<Vec<_>>()),
            known,
            "{rows}"
        );
    }
}

#[tokio::test]
async fn a_service_without_pages_is_asked_once_and_without_groups_not_at_all() {
    let transport = Arc::new(Scripted::new(|_, _| Ok(list(&[user("a"), user("b")]))));
    let reader = reader(&transport, "paging: none\ngroups: none\n").await;
    let mut rows = 0;
    reader
        .list(Kind::User, &mut |_| rows += 1, &|_| ())
        .await
        .expect("a list");
    reader
        .list(Kind::Group, &mut |_| rows += 1, &|_| ())
        .await
        .expect("no list");
    let requests = transport.requests();
    assert_eq!((rows, requests.len(), requests[0].query.as_str()), (2, 1, ""));
    let short = Arc::new(Scripted::new(|_, _| {
        Ok(reply(
            200,
            &json!({ "schemas": [LIST], "totalResults": 5, "Resources": [user("a")] }).to_string(),
        ))
    }));
    let error = crate::support::reader(&short, "paging: none\n")
        .await
        .list(Kind::User, &mut |_| (), &|_| ())
        .await
        .expect_err("short");
    assert!(matches!(error.failure, Failure::Inconsistent { .. }), "{error}");
}

#[tokio::test]
async fn f040_values_are_written_and_read_as_the_service_has_them() {
    let rows = "booleans: capitalised\ndates: epoch\n\
                extensions: [{ id: 'urn:x:2.0:User', attributes: [{ name: startDate, type: dateTime }] }]\n";
    let dialect = crate::support::dialect(rows);
    let catalog = Arc::new(dialect.catalog());
    let held = r#"{"id":"a","userName":"ada","active":"False","urn:x:2.0:User":{"startDate":1769817600}}"#;
    let transport = Arc::new(Scripted::new(move |request, _| {
        Ok(reply(if request.method == Method::Get { 200 } else { 204 }, held))
    }));
    let connection = WriteConnection::new(transport.clone(), dialect, Arc::clone(&catalog));
    let writer = wpsync::client::Writer::open(connection).await.expect("it opens");
    let live = writer
        .reader()
        .get(Kind::User, "a")
        .await
        .expect("readable")
        .expect("there");
    let start = catalog.find(Kind::User, "startDate").expect("the service's own");
    assert_eq!(
        live.attributes.get(start.id),
        Some(&Value::text("2026-01-31T00:00:00Z"))
    );
    assert!(start.same(&Value::text("2026-01-31"), &Value::text("2026-01-31T00:00:00Z")));
    let edits = [
        Edit {
            attribute: start.id,
            value: Some(Value::text("2026-02-01")),
        },
        Edit {
            attribute: catalog.find(Kind::User, "active").expect("known").id,
            value: Some(Value::Boolean(true)),
        },
    ];
    writer.update(&live, &edits).await.expect("sent");
    let sent = body(of(Method::Patch, &transport.requests()).first().expect("a PATCH"));
    assert_eq!(sent["Operations"][0]["value"], json!(1_769_904_000));
    assert_eq!(sent["Operations"][1]["value"], json!("True"));
}
