//! Groups that are larger than one request may carry, and groups in groups.

use super::company::Company;
use super::plain;
use super::project::Project;
use super::proxy::{self, Proxy};
use super::server::Kind;

/// A group of 450, which is a member of another where the server has that.
fn large_groups_on(kind: Kind) {
    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let mut company = Company::generate(24, 470, 3);
    company.groups[1].people = (0..450).collect();
    if kind.nests_groups() {
        company.groups[0].groups = [1].into();
        company.groups[2].groups = [0, 1].into();
    }
    let rest = |people: usize| people.saturating_sub(100).div_ceil(100);
    let patches: usize = company
        .groups
        .iter()
        .map(|group| rest(group.people.len() + group.groups.len()))
        .sum();
    let project = Project::new(&server, &proxy, &company, "");
    project.converge();
    let expected = [("POST Users", 470), ("POST Groups", 3), ("PATCH Groups", patches)];
    assert_eq!(
        proxy::writes(&proxy.take()),
        expected.map(|(write, count)| (write.to_owned(), count)).into()
    );
    assert_eq!(plain::contents(&server), company.contents());
    project.expect_no_changes();

    company.groups[1].people = (130..465).collect(); // 130 leave and 15 join
    project.declare(&company);
    project.converge_waiving(&[
        "group-shrunk=1: a team is split",
        "source-shrunk=115: a team is split",
    ]);
    assert_eq!(
        proxy::writes(&proxy.take()),
        [("PATCH Groups".to_owned(), 3)].into()
    );
    assert_eq!(plain::contents(&server), company.contents());
    project.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn large_and_nested_groups_on_scim2_server() {
    large_groups_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn large_and_nested_groups_on_scimmy() {
    large_groups_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn large_groups_on_better_auth() {
    large_groups_on(Kind::BetterAuth);
}
