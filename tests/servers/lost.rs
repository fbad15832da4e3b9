//! Answers that never arrive, although the server did what was asked: looked up, and never asked for twice.

use super::company::Company;
use super::edits;
use super::plain;
use super::project::Project;
use super::proxy::{self, Proxy};
use super::server::Kind;

fn answers_lost_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let mut company = Company::generate(30, 150, 8);
    company.groups[1].people = (0..140).collect(); // more than one request carries
    let project = Project::new(&server, &proxy, &company, "");
    // A service that loses more than one in ten answers is not well, and an apply stops.
    proxy.lose_one_of(15);
    project.converge();
    let expected = [("POST Users", 150), ("POST Groups", 8), ("PATCH Groups", 1)];
    assert_eq!(
        proxy::writes(&proxy.take()),
        expected.map(|(write, count)| (write.to_owned(), count)).into()
    );
    assert_eq!(plain::contents(&server), company.contents());
    assert!(proxy.lost() > 8, "{} answers of 159 were lost", proxy.lost());

    let week = edits::of(&company);
    project.declare(&week.company);
    project.converge();
    assert_eq!(proxy::writes(&proxy.take()), week.writes());
    assert_eq!(plain::contents(&server), week.company.contents());
    project.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn f090_answers_of_scim2_server_that_are_lost() {
    answers_lost_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn f090_answers_of_scimmy_that_are_lost() {
    answers_lost_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn f090_answers_of_better_auth_that_are_lost() {
    answers_lost_on(Kind::BetterAuth);
}
