//! How many requests a command takes.

use serde_json::{Value as Json, json};
use wpsync::model::Kind;

use crate::stand_in::{Door, Line, Operation, Service};
use crate::support::Project;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn person(name: &str, active: &Json) -> Json {
    json!({ "schemas": [USER], "userName": format!("{name}@example.com"), "active": active })
}

#[test]
fn people_who_were_deactivated_in_the_past_are_not_read_one_by_one() {
    let service = Service::new(5);
    let leavers = (0..1_000).map(|number| person(&format!("gone{number}"), &json!(false)));
    service.load(Kind::User, leavers.collect());
    service.load(
        Kind::User,
        (0..200)
            .map(|number| person(&format!("p{number}"), &json!(true)))
            .collect(),
    );
    let door = Door::open(Line::clear(&service));
    let project = Project::empty();
    let config = format!(
        "version: 1\ndirectory: {{ scim: '{}', dialect: rfc7644, token: {{ env: TOKEN }} }}\n\
         sources: [people.yaml]\nadopt: all\nmanage: {{ users: {{ absent: deactivate, within: all }} }}\n",
        door.base()
    );
    project.write("wpsync.yaml", &config);
    let people = |count: usize| {
        (0..count).fold("users:\n".to_owned(), |text, number| {
            text + &format!("  - {{ userName: p{number}@example.com }}\n")
        })
    };
    project.write("people.yaml", &people(200));
    project
        .run_with(&[("TOKEN", "a-token")], "plan --detailed-exitcode")
        .exits(0)
        .says("No changes.");
    let one_by_one = |service: &Service| {
        service
            .requests_that(|exchange| exchange.operation == Operation::GetUser)
            .len()
    };
    let pages = service
        .requests_that(|exchange| exchange.operation.is_list())
        .len();
    assert_eq!(one_by_one(&service), 0);
    assert!(pages <= 15, "1,200 people are 12 pages: {pages}");
    assert!(service.requests() <= pages + 4, "{} requests", service.requests());

    service.forget();
    project.write("people.yaml", &people(199));
    project
        .run_with(&[("TOKEN", "a-token")], "plan")
        .exits(0)
        .says("Plan: 1 to deactivate.");
    assert_eq!(one_by_one(&service), 1, "who leaves now is read");
}
