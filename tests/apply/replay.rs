//! The same plan again and again.

use serde_json::json;
use wpsync::apply::Verdict;
use wpsync::plan::Plan;
use wpsync::project::{Absent, Swaps};

use crate::company::{Company, group, header, user};
use crate::support::{How, Paper, World, run};

#[tokio::test]
async fn f073_a_plan_that_was_applied_writes_nothing_a_thousand_times_over() {
    let person = |name: &str, id: &str| json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": id, "active": true });
    let world = World::with(vec![person("ada", "E1"), person("bob", "E2"), person("cyd", "E3")], Vec::new());
    let company =
        Company { users_absent: Absent::Deactivate, swaps: Swaps::Temporary, snapshot: world.snapshot().await, ..Company::default() };
    let company = company
        .wants(user(&[("userName", "ada"), ("externalId", "E2")]))
        .wants(user(&[("userName", "bob"), ("externalId", "E1"), ("title", "Lead")]))
        .wants(user(&[("userName", "dan"), ("externalId", "E4"), ("manager", "eve")]))
        .wants(user(&[("userName", "eve"), ("externalId", "E5"), ("manager", "dan")]))
        .wants(group("All", &["ada", "dan"]));
    let plan = Plan::seal(header(), company.changes());
    assert_eq!(plan.changes.len(), 8, "a swap, a circle of managers, one who leaves, and a group");
    let (line, paper) = (world.line(None), Paper::default());
    let report = run(&plan, &line, &paper, How::default()).await.expect("an end");
    assert_eq!(report.verdict, Verdict::Applied, "{report:?}");
    let wanted = world.contents().await;
    for round in 0..1_000 {
        let (line, paper) = (world.line(None), if round % 2 == 0 { paper.clone() } else { Paper::default() });
        let report = run(&plan, &line, &paper, How { parallelism: 1 + round % 8, ..How::default() }).await.expect("an end");
        assert_eq!((report.verdict, line.count()), (Verdict::AlreadyApplied, 0), "round {round}: {report:?}");
    }
    assert_eq!(world.contents().await, wanted);
}
