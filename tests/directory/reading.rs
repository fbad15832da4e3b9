//! Single reads: what a look-up may return, what an answer must be, and what an id may do.

use std::sync::Arc;

use serde_json::json;
use wpsync::client::DirectoryAddress;
use wpsync::client::InProcessTransport;
use wpsync::dialect::Method;
use wpsync::model::Kind;
use wpsync::wire::Failure;

use crate::support::{Scripted, attribute, error_body, page, query, reader, reply, reply_with, user};

fn answering(status: u16, body: String) -> Arc<Scripted> {
    Arc::new(Scripted::new(move |_, _| Ok(reply(status, &body))))
}

#[tokio::test]
async fn f034_filter_ignored_is_not_believed() {
    let everybody = page(Some(3), &["ada", "bob", "eve"].map(user)).to_string();
    for name in ["ada@example.com", "nobody@example.com"] {
        let error = reader(&answering(200, everybody.clone()), "")
            .await
            .find(attribute(Kind::User, "userName"), name)
            .await
            .expect_err("not an answer");
        assert!(matches!(error.failure, Failure::NotUsable { .. }), "{error}");
    }
}

#[tokio::test]
async fn f034_a_row_in_another_case_is_an_answer_and_a_missing_row_is_not() {
    let transport = answering(200, page(Some(1), &[user("ADA")]).to_string());
    let reader = reader(&transport, "").await;
    let user_name = attribute(Kind::User, "userName");
    assert_eq!(
        reader
            .find(user_name, "ada@EXAMPLE.com")
            .await
            .expect("an answer")
            .len(),
        1
    );
    let transport = answering(200, page(Some(2), &[user("ada")]).to_string());
    let error = crate::support::reader(&transport, "")
        .await
        .find(user_name, "ada@example.com")
        .await
        .expect_err("one is missing");
    assert!(matches!(error.failure, Failure::Inconsistent { .. }), "{error}");
}

/// A service may compare more widely than we do. What it finds then is for the caller to tell apart; anybody
/// else is no answer.
#[tokio::test]
async fn f034_a_row_that_looks_like_the_answer_is_told_and_any_other_is_an_error() {
    let row = json!({ "id": "1", "externalId": "e1", "userName": "x" });
    let transport = answering(200, page(Some(1), &[row]).to_string());
    let external = attribute(Kind::User, "externalId");
    let alike = reader(&transport, "").await.find(external, "E1").await;
    assert_eq!(alike.expect("a row that looks like it").len(), 1);
    let error = reader(&transport, "").await.find(external, "e2").await;
    let failure = error.expect_err("another id").failure;
    assert!(matches!(failure, Failure::NotUsable { .. }), "{failure}");
}

#[tokio::test]
async fn f034_what_the_dialect_does_not_let_be_looked_up_is_never_asked() {
    let transport = answering(200, page(Some(0), &[]).to_string());
    let reader = reader(
        &transport,
        "lookup: { users: [userName], groups: [displayName] }\n",
    )
    .await;
    let external = attribute(Kind::User, "externalId");
    assert!(!reader.can_find(external) && reader.can_find(attribute(Kind::Group, "displayName")));
    let error = reader.find(external, "x").await.expect_err("not asked");
    assert!(matches!(error.failure, Failure::NotSent { .. }) && !error.may_have_been_applied());
    assert!(transport.requests().is_empty());
}

#[tokio::test]
async fn a_filter_says_exactly_the_value_that_was_asked() {
    let value = "a\"b\\c&d=e+f%#\u{1f642} \n";
    let transport = answering(200, page(Some(0), &[]).to_string());
    assert!(
        reader(&transport, "")
            .await
            .find(attribute(Kind::User, "userName"), value)
            .await
            .expect("nobody")
            .is_empty()
    );
    let request = &transport.requests()[0];
    let filter = &query(request)["filter"];
    let literal = filter.strip_prefix("userName eq ").expect("an eq");
    assert_eq!(
        serde_json::from_str::<String>(literal).expect("a JSON string"),
        value
    );
}

#[tokio::test]
async fn f035_what_is_not_scim_is_an_error_and_not_an_empty_list() {
    let error = error_body(500, "", "boom");
    for body in [
        "<html><title>Sign in</title></html>",
        "",
        "null",
        "[]",
        "{}",
        "{\"Resources\":[]}",
        "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"totalResults\":0}",
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":-1}",
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":1,\
         \"Resources\":[{\"userName\":\"no id\"}]}",
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":0,\
         \"totalResults\":0}",
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":0",
        &error,
    ] {
        let transport = answering(200, body.to_owned());
        let error = crate::support::walk(&transport, "").await.expect_err(body);
        assert!(
            matches!(error.failure, Failure::NotUsable { .. }),
            "{body}: {error}"
        );
        let found = reader(&transport, "")
            .await
            .get(Kind::User, "a")
            .await
            .expect_err(body);
        assert!(
            matches!(found.failure, Failure::NotUsable { .. }),
            "{body}: {found}"
        );
    }
    for status in [201, 202, 204, 206] {
        let error = crate::support::walk(&answering(status, page(Some(0), &[]).to_string()), "")
            .await
            .expect_err("not a list");
        assert!(
            matches!(error.failure, Failure::NotUsable { .. }),
            "{status}: {error}"
        );
    }
    let latin = Arc::new(Scripted::new(|_, _| {
        let mut response = reply(200, "");
        response.body = b"{\"id\":\"\xe9\"}"[..].into();
        Ok(response)
    }));
    assert!(
        reader(&latin, "")
            .await
            .get(Kind::User, "a")
            .await
            .expect_err("not UTF-8")
            .to_string()
            .contains("UTF-8")
    );
}

#[tokio::test]
async fn f035_another_resource_than_the_one_asked_for_is_refused() {
    let error = reader(&answering(200, user("b").to_string()), "")
        .await
        .get(Kind::User, "a")
        .await
        .expect_err("another one");
    assert!(matches!(error.failure, Failure::NotUsable { .. }), "{error}");
    assert!(
        reader(&answering(404, String::new()), "")
            .await
            .get(Kind::User, "a")
            .await
            .expect("none")
            .is_none()
    );
    let live = Arc::new(Scripted::new(|_, _| {
        Ok(reply_with(200, &[("etag", "W/\"7\"")], &user("a").to_string()))
    }));
    assert_eq!(
        reader(&live, "")
            .await
            .get(Kind::User, "a")
            .await
            .expect("it")
            .expect("it")
            .version
            .as_deref(),
        Some("W/\"7\"")
    );
}

#[tokio::test]
async fn f037_hostile_ids_are_one_segment_or_nothing() {
    for id in [
        "../Groups/1",
        "a/b",
        "?x=1",
        "#frag",
        "%2f",
        "%2e%2e",
        "a b",
        "é",
        "\\..\\",
        ";p=1",
        "x:y@z",
    ] {
        let asked = id.to_owned();
        let transport = Arc::new(Scripted::new(move |_, _| {
            Ok(reply(200, &user(&asked).to_string()))
        }));
        assert!(
            reader(&transport, "")
                .await
                .get(Kind::User, id)
                .await
                .expect("it is read")
                .is_some(),
            "{id}"
        );
        let request = &transport.requests()[0];
        assert_eq!(
            (request.path.matches('/').count(), request.query.as_str()),
            (2, ""),
            "{}",
            request.path
        );
        let segment = request.path.strip_prefix("/Users/").expect("a user");
        assert_eq!(
            percent_encoding::percent_decode_str(segment)
                .decode_utf8()
                .expect("text"),
            id
        );
    }
    for id in ["", ".", "..", "a\0b", "a\nb", "a\u{9b}b", &"x".repeat(513)] {
        let transport = answering(200, user("a").to_string());
        let error = reader(&transport, "")
            .await
            .get(Kind::User, id)
            .await
            .expect_err(id);
        assert!(
            matches!(error.failure, Failure::NotSent { .. }) && transport.requests().is_empty(),
            "{id:?}: {error}"
        );
        let row = json!({ "id": id, "userName": "x" });
        assert!(
            crate::support::walk(&answering(200, page(Some(1), &[row]).to_string()), "")
                .await
                .is_err(),
            "{id:?} in a list"
        );
    }
}

#[tokio::test]
async fn f038_addresses_in_answers_are_never_followed() {
    let mut row = user("a");
    row["meta"] = json!({ "location": "https://evil.example/Users/a" });
    row["manager"] = json!({ "$ref": "https://evil.example/Users/b" });
    let body = page(Some(1), &[row]).to_string();
    let transport = Arc::new(Scripted::new(move |_, number| {
        Ok(if number > 1 {
            reply(200, &page(Some(1), &[]).to_string())
        } else {
            reply_with(
                200,
                &[
                    ("link", "<https://evil.example/2>; rel=next"),
                    ("location", "https://evil.example/3"),
                ],
                &body,
            )
        })
    }));
    crate::support::walk(&transport, "").await.expect("it adds up");
    assert!(
        transport
            .requests()
            .iter()
            .all(|request| request.path == "/Users")
    );
}

#[tokio::test]
async fn f140_a_redirect_is_an_error_that_shows_its_target_escaped() {
    let transport = Arc::new(Scripted::new(|_, _| {
        Ok(reply_with(
            307,
            &[("location", "https://evil.example/?token=s3cr3t")],
            "",
        ))
    }));
    let error = reader(&transport, "")
        .await
        .get(Kind::User, "a")
        .await
        .expect_err("not followed");
    assert_eq!((error.status(), transport.requests().len()), (Some(307), 1));
    let text = error.to_string();
    assert!(
        text.contains("https://evil.example/") && !text.contains("s3cr3t"),
        "{text}"
    );
}

#[tokio::test]
async fn f136_the_token_is_not_in_errors_and_no_half_of_it() {
    for detail in [
        "wrong token s3cr3t".to_owned(),
        format!("{}s3cr3t", "x".repeat(397)),
    ] {
        let transport = answering(400, error_body(400, "s3cr3t", &detail));
        let error = reader(&transport, "")
            .await
            .get(Kind::User, "s3cr3t")
            .await
            .expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("s3c"), "{error}");
    }
}

#[tokio::test]
async fn errors_are_read_in_every_form_in_use_and_escaped() {
    for (body, words) in [
        (error_body(409, "uniqueness", "taken"), "409 uniqueness: taken"),
        ("{\"status\":409,\"detail\":\"taken\"}".to_owned(), "409: taken"),
        ("{\"message\":\"taken\"}".to_owned(), "409: taken"),
        (
            "{\"Errors\":[{\"description\":\"taken\",\"code\":\"409\"}]}".to_owned(),
            "409: taken",
        ),
        ("{\"error\":{\"message\":\"taken\"}}".to_owned(), "409: taken"),
        ("taken".to_owned(), "409: taken"),
        ("<html>\u{1b}[31m</html>".to_owned(), "409: (an HTML page)"),
        ("ta\u{1b}ken".to_owned(), "409: ta\\u{1b}ken"),
        (String::new(), "answered 409"),
    ] {
        let error = reader(&answering(409, body), "")
            .await
            .get(Kind::User, "a")
            .await
            .expect_err("refused");
        assert!(error.to_string().ends_with(words), "{error}");
    }
}

#[tokio::test]
async fn a_reader_cannot_write_even_through_its_transport() {
    use wpsync::client::transport::ReadTransport;
    use wpsync::client::transport::Transport as _;
    use wpsync::wire::Request;
    let transport = answering(204, String::new());
    let reading = ReadTransport::new(transport.clone());
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        assert!(matches!(
            reading.send(Request::new(method, &["Users"])).await,
            Err(Failure::NotSent { .. })
        ));
    }
    assert!(transport.requests().is_empty());
}

#[tokio::test]
async fn the_embedded_service_is_called_with_the_same_requests() {
    use axum::extract::Request;
    let router = axum::Router::new().fallback(|request: Request| async move {
        let user_name = format!("{} {}", request.method(), request.uri());
        json!({ "id": "../a", "userName": user_name }).to_string()
    });
    let transport = Arc::new(InProcessTransport::new(
        DirectoryAddress::local("directory.db"),
        router,
    ));
    let reader =
        wpsync::client::Reader::open(crate::support::connection(transport, crate::support::dialect("")))
            .await
            .expect("it opens");
    let live = reader
        .get(Kind::User, "../a")
        .await
        .expect("an answer")
        .expect("it is there");
    assert_eq!(
        live.attributes
            .get(attribute(Kind::User, "userName"))
            .and_then(|value| value.as_text()),
        Some("GET /Users/..%2Fa")
    );
    assert_eq!(
        (reader.facts().origin.as_str(), reader.tally().get),
        ("local:directory.db", 2)
    );
}

#[tokio::test]
async fn f055_the_tokens_account_is_asked_for_and_a_service_without_me_has_none() {
    let me = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "7", "userName": "Robot@example.com",
    });
    let transport = answering(200, me.to_string());
    assert_eq!(
        reader(&transport, "")
            .await
            .own_account()
            .await
            .map(|live| live.id),
        Some("7".into())
    );
    assert_eq!(transport.requests()[0].path, "/Me");
    for (status, body) in [(404, ""), (501, ""), (401, ""), (200, "<html>"), (200, "[]")] {
        assert_eq!(
            reader(&answering(status, body.into()), "")
                .await
                .own_account()
                .await,
            None,
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn f079_the_services_clock_is_read_from_its_answers() {
    let offset = async |headers: &'static [(&'static str, &str)]| {
        let transport = Arc::new(Scripted::new(move |_, _| Ok(reply_with(404, headers, ""))));
        let reader = reader(&transport, "").await;
        let _ = reader.get(Kind::User, "1").await;
        reader.clock_offset()
    };
    assert_eq!(offset(&[]).await, None);
    assert_eq!(offset(&[("date", "yesterday")]).await, None);
    assert!(
        offset(&[("date", "Thu, 01 Jan 2015 00:00:00 GMT")])
            .await
            .is_some_and(|seconds| seconds < -300_000_000)
    );
    let aged = offset(&[("date", "Thu, 01 Jan 2015 00:00:00 GMT"), ("age", "3000000000")]).await;
    assert!(
        aged.is_some_and(|seconds| seconds > 1_000_000_000),
        "what a cache kept was true when it was kept"
    );
}
