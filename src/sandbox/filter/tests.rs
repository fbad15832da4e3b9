//! Filters: the RFC's examples, precedence, hostile inputs, and that a printed filter reads the same.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::Kind;
use crate::sandbox::schema::ResourceType;

fn ada() -> Value {
    json!({
        "userName": "Bjensen@example.com",
        "externalId": "E1",
        "name": {"familyName": "O'Malley", "givenName": "Ada \"the\" first\\last"},
        "title": "Straße",
        "userType": "Employee",
        "active": true,
        "emails": [
            {"type": "work", "value": "bjensen@example.com", "primary": true},
            {"type": "home", "value": "b@home.org"},
        ],
        "meta": {"lastModified": "2011-05-13T04:42:34Z", "resourceType": "User"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "R&D",
            "manager": {"value": "m1"},
        },
    })
}

/// Whether Ada satisfies a filter. `None` if the filter is refused.
fn holds(text: &str) -> Option<bool> {
    let condition = parse(text)
        .and_then(|filter| bind(&filter, ResourceType::of(Kind::User)))
        .ok()?;
    Some(condition.holds(ada().as_object().expect("an object")))
}

#[test]
fn the_examples_of_the_rfc_hold() {
    for text in [
        "userName eq \"bjensen@example.com\"",
        "name.familyName co \"O'Malley\"",
        "userName sw \"B\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"b\"",
        "title pr",
        "meta.lastModified gt \"2011-05-13T06:42:33+02:00\"",
        "meta.lastModified ge \"2011-05-13T04:42:34.000Z\"",
        "meta.lastModified le \"2011-05-13T06:42:34+02:00\"",
        "title pr and userType eq \"Employee\"",
        "title pr or userType eq \"Intern\"",
        "userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")",
        "userType ne \"Intern\" and not (emails co \"example.net\")",
        "userType eq \"Employee\" and (emails.type eq \"work\")",
        "userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]",
        "emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\" and value \
         co \"@foo.com\"]",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"r&d\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq \"m1\"",
    ] {
        assert_eq!(holds(text), Some(true), "{text}");
    }
}

#[test]
fn not_binds_before_and_and_and_before_or() {
    assert_eq!(
        holds("active eq true or active eq true and active eq false"),
        Some(true)
    );
    assert_eq!(
        holds("(active eq true or active eq true) and active eq false"),
        Some(false)
    );
    assert_eq!(holds("not (active eq false) and title pr"), Some(true));
    assert_eq!(holds("not (active eq false and title pr)"), Some(true));
    assert_eq!(holds("not (active eq true) or title pr"), Some(true));
}

#[test]
fn a_value_filter_asks_one_element_at_a_time() {
    assert_eq!(
        holds("emails[type eq \"home\" and value co \"example.com\"]"),
        Some(false)
    );
    assert_eq!(
        holds("emails.type eq \"home\" and emails.value co \"example.com\""),
        Some(true)
    );
}

#[test]
fn text_compares_as_its_attribute_says() {
    assert_eq!(holds("title eq \"STRASSE\""), Some(true));
    assert_eq!(holds("externalId eq \"e1\""), Some(false));
    assert_eq!(holds("USERNAME EQ \"BJENSEN@example.com\""), Some(true));
    assert_eq!(
        holds(r#"name.givenName eq "ada \"THE\" first\\last""#),
        Some(true)
    );
    assert_eq!(holds("name.givenName co \"\\u0022the\""), Some(true));
}

#[test]
fn null_and_absent_are_one_state() {
    assert_eq!(holds("nickName eq null"), Some(true));
    assert_eq!(holds("title eq null"), Some(false));
    assert_eq!(holds("nickName ne \"x\""), Some(true));
    assert_eq!(holds("nickName pr"), Some(false));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for text in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName eq \"ada",
        "userName eq \"ada\" and",
        "userName eq \"ada\" title pr",
        "(userName pr",
        "userName pr)",
        "not userName pr",
        "userName is \"ada\"",
        "shoeSize eq 4",
        "active eq \"true\"",
        "active gt true",
        "userName eq 5",
        "userName eq [1]",
        "meta.created gt \"yesterday\"",
        "emails[type eq \"work\"",
        "emails[emails[type pr]]",
        "userName[value pr]",
        "name eq \"x\"",
        "password pr",
        "é eq \"x\"",
        "userName eq \"\u{0}\"",
    ] {
        assert_eq!(holds(text), None, "{text:?}");
    }
}

#[test]
fn a_filter_too_deep_or_too_long_is_refused_at_once() {
    let started = std::time::Instant::now();
    for text in [
        "(".repeat(100_000),
        "not (".repeat(100_000),
        "a[".repeat(100_000),
        vec!["id pr"; 100_000].join(" or "),
        "and ".repeat(100_000),
    ] {
        assert!(parse(&text).is_err());
    }
    assert!(started.elapsed().as_secs() < 2);
    assert!(
        parse(&vec!["id eq \"1\""; 1_000].join(" or ")).is_ok(),
        "a thousand ids in one request are usual"
    );
}

#[test]
fn a_lookup_begins_where_the_filter_says_so_outright() {
    let must = |text: &str| {
        parse(text)
            .expect("valid")
            .must_equal(&["userName"])
            .map(str::to_owned)
    };
    assert_eq!(must("title pr and username eq \"a\"").as_deref(), Some("a"));
    assert_eq!(must("title pr or userName eq \"a\""), None);
    assert_eq!(must("not (userName eq \"a\")"), None);
}

fn filters() -> impl Strategy<Value = Filter> {
    let value = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::Null)
    ];
    let operator = proptest::sample::select(Operator::ALL.map(|(operator, _)| operator).to_vec());
    let path = "(urn:[a-z]{1,5}:)?[a-mo-z][A-Za-z0-9_-]{0,6}(\\.\\$?[a-z]{1,4})?";
    let term = prop_oneof![
        path.prop_map(Filter::Present),
        (path, operator, value).prop_map(|(path, operator, value)| Filter::Compare(path, operator, value))
    ];
    let tree = |leaf| {
        Strategy::prop_recursive(leaf, 5, 40, 4, |inner: BoxedStrategy<Filter>| {
            let several = || proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several().prop_map(Filter::And),
                several().prop_map(Filter::Or),
                inner.clone().prop_map(|it| Filter::Not(Box::new(it)))
            ]
        })
        .boxed()
    };
    let element =
        (path, tree(term.clone().boxed())).prop_map(|(path, inner)| Filter::Element(path, Box::new(inner)));
    tree(prop_oneof![4 => term, 1 => element].boxed())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(256)))]

    #[test]
    fn what_is_printed_reads_as_it_was(filter in filters()) {
        let text = filter.to_string();
        prop_assert_eq!(parse(&text).map_err(|problem| format!("{text}: {}", problem.detail)), Ok(filter));
    }

    #[test]
    fn no_text_is_a_panic(text in "[a-z.:$\"\\\\\\[\\]() é]{0,60}") {
        let _ = holds(&text);
    }
}
