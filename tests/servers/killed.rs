//! An apply that is killed in its middle, again and again, ends where an uninterrupted one ends; with its
//! journal, or without.

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::company::Company;
use super::plain;
use super::project::{Plan, Project};
use super::proxy::{Filtering, Proxy};
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
    let created = seen
        .iter()
        .filter(|one| one.method == "POST" && one.status == 201)
        .count();
    assert_eq!(created, 270, "each resource is created once");
    assert_eq!(plain::contents(&server), uninterrupted);
    assert_eq!(uninterrupted, company.contents());
    project.expect_no_changes();
}

/// Applies and sends SIGKILL as soon as the server has answered so many writes in all.
fn kill_after(writes: usize, project: &Project, plan: &Plan, proxy: &Proxy) {
    let mut apply = project.start_apply(plan);
    wait_for(writes, &mut apply, project, proxy);
    apply.kill().expect("SIGKILL");
    assert!(!apply.wait().expect("its end").success(), "it was killed");
}

fn wait_for(writes: usize, apply: &mut Child, project: &Project, proxy: &Proxy) {
    let patience = Instant::now() + PATIENCE;
    while proxy.writes_so_far() < writes {
        let ended = apply.try_wait().expect("a state");
        assert!(
            ended.is_none(),
            "it ended before it had made {writes} writes: {ended:?}\n{}",
            project.said()
        );
        assert!(Instant::now() < patience, "it does not come to {writes} writes");
        sleep(Duration::from_millis(1));
    }
}

#[test]
#[ignore = "installs and starts a server"]
fn f120_an_apply_that_is_asked_to_stop_says_that_it_can_be_resumed() {
    let company = Company::generate(29, 120, 8).nested();
    let server = Kind::Scim2.start();
    let proxy = Proxy::before(&server.base);
    let project = Project::new(&server, &proxy, &company, "");
    let plan = project.plan();
    let mut apply = project.start_apply(&plan);
    wait_for(40, &mut apply, &project, &proxy);
    let asked = Command::new("sh")
        .args(["-c", "kill -s TERM \"$0\"", &apply.id().to_string()])
        .status();
    assert!(asked.expect("a shell").success());
    assert_eq!(
        apply.wait().expect("its end").code(),
        Some(130),
        "{}",
        project.said()
    );
    assert!(proxy.writes_so_far() < 128, "it went on to the end");
    let ended = project.apply(&plan);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert_eq!(plain::contents(&server), company.contents());
    project.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn f115_a_resume_without_the_journal_ends_in_the_same_place() {
    let company = Company::generate(27, 120, 8).nested();
    let server = Kind::Scim2.start();
    let proxy = Proxy::before(&server.base);
    let project = Project::new(&server, &proxy, &company, "");
    let plan = project.plan();
    for writes in [50, 124] {
        kill_after(writes, &project, &plan, &proxy);
        std::fs::remove_dir_all(project.path().join(".wpsync")).expect("the journal's folder");
    }
    let ended = project.apply(&plan);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert_eq!(plain::contents(&server), company.contents());
    assert_eq!(
        proxy.take().iter().filter(|one| one.method == "POST").count(),
        128,
        "each resource is asked for once"
    );
    project.expect_no_changes();
}

/// A server that may hold a name of a group twice, and whose filters do not tell what is there.
fn killed_at_each_create(filtering: Filtering) {
    const GROUPS: usize = 24;
    let company = Company::generate(31, 12, GROUPS);
    let server = Kind::Scim2.start();
    let proxy = Proxy::before(&server.base);
    proxy.filter(filtering);
    let project = Project::new(&server, &proxy, &company, "");
    let plan = project.plan();
    let all = company.people.len() + GROUPS;
    for writes in 1..all {
        kill_after(writes, &project, &plan, &proxy);
    }
    let ended = project.apply(&plan);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    proxy.filter(Filtering::ByServer);
    assert_eq!(plain::contents(&server), company.contents());
    let creates = proxy
        .take()
        .iter()
        .filter(|one| one.method == "POST" && one.status == 201)
        .count();
    assert_eq!(creates, all, "each resource is created once");
    project.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn f034_killed_at_each_create_at_a_server_whose_filters_find_nobody() {
    killed_at_each_create(Filtering::FindsNobody);
}

#[test]
#[ignore = "installs and starts a server"]
fn f034_killed_at_each_create_at_a_server_that_ignores_filters() {
    killed_at_each_create(Filtering::Ignored);
}

#[test]
#[ignore = "installs and starts a server"]
fn f118_two_runners_with_one_plan_leave_no_duplicate_and_no_loss() {
    let company = Company::generate(28, 120, 8).nested();
    // It holds every name once; where a service does not, only its users can.
    let server = Kind::Scimmy.start();
    let proxy = Proxy::before(&server.base);
    let (one, other) = (
        Project::new(&server, &proxy, &company, ""),
        Project::new(&server, &proxy, &company, ""),
    );
    let plan = one.plan();
    std::fs::copy(
        one.path().join("wpsync.plan.json"),
        other.path().join("wpsync.plan.json"),
    )
    .expect("the same plan");
    let mut under_way = [one.start_apply(&plan), other.start_apply(&plan)];
    for (apply, project) in under_way.iter_mut().zip([&one, &other]) {
        let ended = apply.wait().expect("its end").code();
        assert!(
            ended.is_some_and(|code| [0, 3, 4].contains(&code)),
            "exit {ended:?}\n{}",
            project.said()
        );
    }
    let ended = one.apply(&plan);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert_eq!(plain::contents(&server), company.contents());
    one.expect_no_changes();
}

#[test]
#[ignore = "installs and starts a server"]
fn f110_killed_in_the_middle_of_an_apply_to_scim2_server() {
    killed_on(Kind::Scim2);
}

#[test]
#[ignore = "installs and starts a server"]
fn f110_killed_in_the_middle_of_an_apply_to_scimmy() {
    killed_on(Kind::Scimmy);
}

#[test]
#[ignore = "installs and starts a server"]
fn f110_killed_in_the_middle_of_an_apply_to_better_auth() {
    killed_on(Kind::BetterAuth);
}
