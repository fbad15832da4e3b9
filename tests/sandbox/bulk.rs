//! Writes that are sent together: as few requests as the service's limits need, and nothing lost where an
//! answer is not whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::Value;
use wpsync::dialect::Dialect;

use super::world::World;

const PEOPLE: usize = 24;

fn people(title: &str) -> String {
    let person = |number: usize| {
        format!("  - {{ userName: p{number}@example.com, externalId: E{number}, title: {title} }}\n")
    };
    let people = (0..PEOPLE).map(person).collect::<Vec<_>>().concat();
    let members: Vec<String> = (0..PEOPLE)
        .map(|number| format!("p{number}@example.com"))
        .collect();
    format!(
        "users:\n{people}groups:\n  - {{ displayName: All, members: [{}] }}\n",
        members.join(", ")
    )
}

fn world(rows: &str, served: &str) -> World {
    let file = |rows: &str| format!("name: x\nfilters: {{ attributes: any }}\n{rows}");
    let served = Dialect::parse(&file(served)).expect("a dialect");
    World::new(&file(rows), served, &[])
}

/// The paths of the writes that were asked for, with how many of each.
fn writes(world: &World) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for one in world
        .seen()
        .into_iter()
        .filter(wpsync::sandbox::Exchange::is_write)
    {
        *counts
            .entry(format!(
                "{} {}",
                one.method,
                one.path.split('/').nth(1).unwrap_or_default()
            ))
            .or_default() += 1;
    }
    counts.into_iter().collect()
}

#[tokio::test(start_paused = true)]
async fn writes_under_way_at_one_time_are_one_request() {
    let world = world("bulk: { operations: 10 }", "bulk: { operations: 10 }");
    world.converges(&people("Clerk")).await;
    let sent = writes(&world);
    let (bulk, single): (Vec<_>, Vec<_>) = sent.iter().partition(|(path, _)| path == "POST Bulk");
    let single: usize = single.iter().map(|(_, count)| count).sum();
    assert!(
        bulk[0].1 <= 6 && single <= 4,
        "{PEOPLE} people and a group: {sent:?}"
    );
    world.converges(&people("Builder")).await;
    let sent = writes(&world);
    assert!(
        sent.iter().map(|(_, count)| count).sum::<usize>() < PEOPLE / 2,
        "{sent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn f097_a_request_that_is_too_large_is_halved_once_and_later_ones_are_as_small() {
    let world = world("bulk: { operations: 16 }", "bulk: { operations: 8 }");
    world.converges(&people("Clerk")).await;
    let bulk: Vec<_> = world
        .seen()
        .into_iter()
        .filter(|one| one.path == "/Bulk")
        .collect();
    let refused = bulk.iter().filter(|one| one.status == 413).count();
    assert!(
        refused == 1 && bulk.len() > 2,
        "{:?}",
        bulk.iter().map(|one| one.status).collect::<Vec<_>>()
    );
}

/// How many answers were changed so far.
static CHANGED: AtomicUsize = AtomicUsize::new(0);

/// Of the first Bulk answer, loses a result, says one twice, gives one to somebody else, and writes a status
/// in another form.
async fn lossy(request: Request, next: Next) -> Response {
    let is_bulk = request.uri().path() == "/Bulk";
    let answer = next.run(request).await;
    if !is_bulk {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let mut body: Value = serde_json::from_slice(&bytes).expect("JSON");
    if let Some(results) = body["Operations"]
        .as_array_mut()
        .filter(|results| results.len() > 4 && CHANGED.fetch_add(1, Ordering::Relaxed) == 0)
    {
        results.remove(0);
        results.push(results[0].clone());
        results[2]["bulkId"] = "somebody else's".into();
        results[3]["status"] = serde_json::json!({ "code": "201" });
    }
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(body.to_string()))
}

#[tokio::test(start_paused = true)]
async fn f097_a_result_that_is_missing_is_looked_up_and_nobody_is_made_twice() {
    let world = world("bulk: { operations: 10 }", "bulk: { operations: 10 }")
        .behind(|router: Router| router.layer(from_fn(lossy)));
    world.converges(&people("Clerk")).await;
    assert!(CHANGED.load(Ordering::Relaxed) > 0, "answers were changed");
    let made = world
        .seen()
        .into_iter()
        .filter(|one| one.path == "/Users" && one.method == "POST")
        .count();
    assert!(made <= 1, "{made} were sent again");
    let found = world.store().get("/Users?count=1000").await;
    assert_eq!(found.body["totalResults"], PEOPLE);
}
