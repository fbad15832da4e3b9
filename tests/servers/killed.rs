//! An apply that is killed in its middle, again and again, ends where an uninterrupted one ends.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::company::Company;
use super::plain;
use super::project::{Plan, Project};
use super::proxy::Proxy;
use super::server::Kind;

/// Long enough for a slow machine.
const PATIENCE: Duration = Duration::from_mins(2);

fn killed_on(kind: Kind) {
    let mut company = Company::generate(25, 250, 20);
    company.groups[1].people = (0..249).collect(); // more than one request carries
    let uninterrupted = {
        let server = kind.start();
        let proxy = Proxy::before(&server.base);
        Project::new(&server, &proxy, &company, "").converge();
        plain::contents(&server)
    };

    let server = kind.start();
    let proxy = Proxy::before(&server.base);
    let project = Project::new(&server, &proxy, &company, "");
    let plan = project.plan();
    for writes in [1, 90, 200, 255, 265] {
        kill_after(writes, &project, &plan, &proxy);
    }
    let ended = project.apply(&plan);
    assert_eq!(ended.code, Some(0), "{}", ended.said());

    let seen = proxy.take();
    let created = seen.iter().filter(|one| one.method == "POST" && one.status == 201).count();
    assert_eq!(created, 270, "each resource is created once");
    assert_eq!(plain::contents(&server), uninterrupted);
    assert_eq!(uninterrupted, company.contents());
    project.expect_no_changes();
}

/// Applies and sends SIGKILL as soon as the server has answered so many writes in all.
fn kill_after(writes: usize, project: &Project, plan: &Plan, proxy: &Proxy) {
    let mut apply = project.start_apply(plan);
    let patience = Instant::now() + PATIENCE;
    while proxy.writes_so_far() < writes {
        let ended = apply.try_wait().expect("a state");
        assert!(
            ended.is_none(),
            "it ended before it had made {writes} writes: {ended:?}
{}",
            project.said()
        );
        assert!(Instant::now() < patience, "it does not come to {writes} writes");
        sleep(Duration::from_millis(1));
    }
    apply.kill().expect("SIGKILL");
    assert!(!apply.wait().expect("its end").success(), "it was killed");
}

#[test]
#[ignore = "installs and starts a server"]
fn killed_in_the_middle_of_an_apply_to_scim2_server() {
    killed_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn killed_in_the_middle_of_an_apply_to_scimmy() {
    killed_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn killed_in_the_middle_of_an_apply_to_better_auth() {
    killed_on(Kind::BetterAuth);
}
