//! A server that says when to come back is not asked earlier.

use std::time::Duration;

use super::company::Company;
use super::plain;
use super::project::Project;
use super::proxy::{Exchange, Proxy};
use super::server::Kind;

/// What was under way when the server said so, on a busy machine.
const UNDER_WAY: Duration = Duration::from_millis(300);

#[test]
#[ignore = "installs and starts a server"]
fn f100_no_request_comes_earlier_than_better_auth_allows() {
    let server = Kind::BetterAuthLimited.start();
    let proxy = Proxy::before(&server.base);
    let company = Company::generate(26, 40, 4);
    let project = Project::new(&server, &proxy, &company, "");
    project.converge();
    let seen = proxy.take();
    assert_eq!(plain::contents(&server), company.contents());
    project.expect_no_changes();

    assert!(
        nobody_came_early(&seen) > 0,
        "{} requests never met the limit",
        seen.len()
    );
}

/// How many requests were refused for haste; nothing came between such a refusal and the time that it named.
pub(crate) fn nobody_came_early(seen: &[Exchange]) -> usize {
    let refused: Vec<&Exchange> = seen.iter().filter(|one| one.status == 429).collect();
    for refusal in &refused {
        let wait = refusal.told_to_wait.expect("the server says how long");
        let closed = refusal.answered + UNDER_WAY..refusal.answered + wait;
        let early: Vec<&Exchange> = seen.iter().filter(|one| closed.contains(&one.came)).collect();
        assert!(early.is_empty(), "told to wait {wait:?}, and then came {early:?}");
    }
    refused.len()
}
