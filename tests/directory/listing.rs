//! Lists that lie, and lists that only look as if they did.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use wpsync::wire::Failure;
use wpsync::wire::Request;

use crate::support::{Scripted, Window, error_body, page, query, reply, slice, users, walk};

/// A service whose pages are a function of the window asked for and the number of the request.
fn service(pages: impl Fn(Window, usize) -> Json + Send + Sync + 'static) -> Arc<Scripted> {
    Arc::new(Scripted::new(move |request, number| {
        Ok(reply(200, &pages(Window::of(request), number).to_string()))
    }))
}

fn all(count: usize) -> Vec<usize> {
    (0..count).collect()
}

async fn complete(transport: &Arc<Scripted>, count: usize) {
    let (mut ids, _) = walk(transport, "").await.expect("it adds up");
    ids.sort();
    let mut expected: Vec<String> = (0..count).map(|id| format!("u{id}")).collect();
    expected.sort();
    assert_eq!(ids, expected);
}

async fn refused(transport: &Arc<Scripted>, why: &str) {
    let error = walk(transport, "").await.expect_err("it does not add up");
    assert!(
        matches!(error.failure, Failure::Inconsistent { .. }) && error.to_string().contains(why),
        "{error}"
    );
    assert!(
        transport.requests().len() < 60,
        "it gives up early: {} requests",
        transport.requests().len()
    );
}

#[tokio::test]
async fn an_honest_list_is_walked_once_by_rows_received() {
    for count in [0, 1, 9, 10, 11, 25, 30] {
        let transport = service(move |window, _| page(Some(count), &slice(&all(count), window)));
        complete(&transport, count).await;
    }
}

#[tokio::test]
async fn f031_a_page_smaller_than_asked_is_stepped_by_what_came() {
    complete(
        &service(|window, _| page(Some(25), &slice(&all(25), Window { count: 7, ..window }))),
        25,
    )
    .await;
}

#[tokio::test]
async fn f031_page_one_again_behind_the_end_is_the_end() {
    let transport = service(|window, _| {
        let start = if window.start > 25 { 1 } else { window.start };
        page(Some(25), &slice(&all(25), window.starting_at(start)))
    });
    complete(&transport, 25).await;
}

#[tokio::test]
async fn f031_an_error_behind_the_end_is_the_end() {
    let transport = Arc::new(Scripted::new(|request, _| {
        let window = Window::of(request);
        Ok(if window.start > 25 {
            reply(400, &error_body(400, "invalidValue", "startIndex"))
        } else {
            reply(200, &page(Some(25), &slice(&all(25), window)).to_string())
        })
    }));
    complete(&transport, 25).await;
}

#[tokio::test]
async fn f031_a_missing_total_ends_with_an_empty_page() {
    complete(&service(|window, _| page(None, &slice(&all(25), window))), 25).await;
}

#[tokio::test]
async fn f031_resources_may_be_written_in_lower_case_and_left_out_when_empty() {
    let transport = service(|window, _| {
        json!({
            "SCHEMAS": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalresults": 25,
            "resources": slice(&all(25), window),
        })
    });
    complete(&transport, 25).await;
    complete(
        &service(|_, _| {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0,
            })
        }),
        0,
    )
    .await;
}

#[tokio::test]
async fn f031_an_early_empty_page_is_refused() {
    refused(
        &service(|window, _| {
            page(
                Some(25),
                &if window.start > 10 {
                    vec![]
                } else {
                    slice(&all(25), window)
                },
            )
        }),
        "is empty",
    )
    .await;
}

#[tokio::test]
async fn f031_a_total_without_any_row_is_refused() {
    refused(&service(|_, _| page(Some(25), &[])), "is empty").await;
}

#[tokio::test]
async fn f031_a_repeated_page_is_refused() {
    refused(
        &service(|window, _| page(Some(25), &slice(&all(25), window.starting_at(1)))),
        "repeats",
    )
    .await;
}

#[tokio::test]
async fn f031_a_repeated_page_without_a_total_is_refused() {
    refused(
        &service(|window, _| page(None, &slice(&all(25), window.starting_at(1)))),
        "repeats",
    )
    .await;
}

#[tokio::test]
async fn f031_without_a_total_only_page_one_again_is_an_end() {
    complete(
        &service(|window, _| {
            let start = if window.start > 25 { 1 } else { window.start };
            page(None, &slice(&all(25), window.starting_at(start)))
        }),
        25,
    )
    .await;
    refused(
        &service(|window, _| page(None, &slice(&all(45), window.starting_at(window.start.min(21))))),
        "repeats",
    )
    .await;
}

#[tokio::test]
async fn f031_a_total_capped_at_the_page_is_refused() {
    refused(
        &service(|window, _| {
            let rows = slice(&all(25), window);
            page(Some(rows.len()), &rows)
        }),
        "totalResults",
    )
    .await;
    refused(
        &service(|window, _| page(Some(10), &slice(&all(25), window))),
        "there are more rows",
    )
    .await;
}

#[tokio::test]
async fn f031_a_total_one_too_high_is_refused() {
    refused(
        &service(|window, _| page(Some(26), &slice(&all(25), window))),
        "totalResults says 26",
    )
    .await;
}

#[tokio::test]
async fn f031_a_total_one_too_low_is_refused() {
    refused(
        &service(|window, _| page(Some(24), &slice(&all(25), window))),
        "totalResults",
    )
    .await;
}

#[tokio::test]
async fn f031_a_dropped_page_is_refused() {
    let transport = service(|window, _| {
        let start = if window.start == 11 { 21 } else { window.start };
        page(Some(25), &slice(&all(25), window.starting_at(start)))
    });
    refused(&transport, "").await;
}

#[tokio::test]
async fn f031_a_row_that_comes_twice_is_refused() {
    let ids = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11];
    refused(
        &service(move |window, _| page(Some(13), &slice(&ids, window))),
        "twice",
    )
    .await;
}

#[tokio::test]
async fn f031_pages_without_end_are_refused() {
    let transport = service(|window, _| page(None, &users(window.rows())));
    let error = walk(&transport, "page_cap: 40\n")
        .await
        .expect_err("it has no end");
    assert!(
        error.to_string().contains("has not ended after 40 pages"),
        "{error}"
    );
    let transport = service(|window, _| page(Some(window.start + 1000), &users(window.rows())));
    assert!(walk(&transport, "page_cap: 40\n").await.is_err());
}

/// A service with cursors: the cursor is the next position; no `totalResults`.
fn by_cursor(
    rows: impl Fn(usize, usize) -> (Vec<Json>, Option<String>) + Send + Sync + 'static,
) -> Arc<Scripted> {
    let config = json!({ "patch": { "supported": true }, "pagination": { "cursor": true, "index": false } });
    Arc::new(
        Scripted::new(move |request: &Request, number| {
            assert!(
                !query(request).contains_key("startIndex"),
                "a cursor walk has no startIndex"
            );
            let cursor = query(request).get("cursor").cloned().unwrap_or_default();
            let at = if cursor.is_empty() {
                0
            } else {
                cursor.parse().expect("our cursor")
            };
            let (rows, next) = rows(at, number);
            let mut page = page(None, &rows);
            if let Some(next) = next {
                page["nextCursor"] = next.into();
            }
            Ok(reply(200, &page.to_string()))
        })
        .with_config(config),
    )
}

#[tokio::test]
async fn f031_a_cursor_walk_ends_where_no_cursor_comes_and_not_at_an_empty_page() {
    let transport = by_cursor(|at, _| match at {
        0 => (users(0..10), Some("10".to_owned())),
        10 => (vec![], Some("11".to_owned())),
        11 => (users(10..20), Some("20".to_owned())),
        _ => (users(20..25), None),
    });
    complete(&transport, 25).await;
}

#[tokio::test]
async fn f031_a_cursor_that_comes_back_is_refused() {
    refused(
        &by_cursor(|at, _| {
            (
                users(at..at + 5),
                Some(if at == 0 { "5" } else { "0" }.to_owned()),
            )
        }),
        "cursor came back",
    )
    .await;
}

#[tokio::test]
async fn f031_a_cursor_behind_a_plain_answer_is_followed() {
    let transport = Arc::new(Scripted::new(|request, _| {
        Ok(reply(
            200,
            &match query(request).get("cursor") {
                None => {
                    let mut first = page(Some(25), &users(0..20));
                    first["nextCursor"] = "more".into();
                    first
                }
                Some(_) => page(Some(25), &users(20..25)),
            }
            .to_string(),
        ))
    }));
    complete(&transport, 25).await;
}

#[tokio::test]
async fn f031_an_expired_cursor_starts_the_walk_again() {
    let transport = Arc::new(Scripted::new(|request, number| {
        let cursor = query(request).get("cursor").cloned().unwrap_or_default();
        if number == 2 {
            return Ok(reply(400, &error_body(400, "expiredCursor", "too late")));
        }
        let mut first = page(
            Some(15),
            &if cursor.is_empty() {
                users(0..10)
            } else {
                users(10..15)
            },
        );
        if cursor.is_empty() {
            first["nextCursor"] = "next".into();
        }
        Ok(reply(200, &first.to_string()))
    }));
    let (ids, passes) = crate::support::walk(&transport, "paging: cursor\n")
        .await
        .expect("the second walk adds up");
    assert_eq!((ids.len(), passes), (15, 2));
}

#[tokio::test]
async fn f030_a_change_between_any_two_pages_gives_the_right_list_or_none() {
    for removed in 0..25 {
        for after in 1..4 {
            let transport = service(move |window, number| {
                let ids: Vec<usize> = all(25)
                    .into_iter()
                    .filter(|id| number <= after || *id != removed)
                    .collect();
                page(Some(ids.len()), &slice(&ids, window))
            });
            let (mut ids, passes) = walk(&transport, "").await.expect("it holds still afterwards");
            ids.sort();
            let mut expected: Vec<String> = all(25)
                .into_iter()
                .filter(|id| *id != removed || passes == 1)
                .map(|id| format!("u{id}"))
                .collect();
            expected.sort();
            assert_eq!(
                ids, expected,
                "u{removed} removed after request {after}, {passes} passes"
            );
        }
    }
}

#[tokio::test]
async fn f030_a_directory_that_never_holds_still_is_refused() {
    let transport = service(|window, number| {
        let ids = all(20 + number);
        page(Some(ids.len()), &slice(&ids, window))
    });
    let error = walk(&transport, "").await.expect_err("it moves");
    assert!(error.to_string().contains("after 4 readings"), "{error}");
}

#[tokio::test]
async fn users_and_groups_are_listed_by_two_tasks_at_once() {
    let transport = Arc::new(Scripted::new(|request, _| {
        let rows = if request.path == "/Users" {
            users(0..3)
        } else {
            vec![json!({ "id": "g", "displayName": "G", "members": [{ "value": "u1" }] })]
        };
        Ok(reply(
            200,
            &if Window::of(request).start > 1 {
                page(Some(rows.len()), &[])
            } else {
                page(Some(rows.len()), &rows)
            }
            .to_string(),
        ))
    }));
    let reader = crate::support::reader(&transport, "").await;
    let tasks = wpsync::model::Kind::ALL.map(|kind| {
        let reader = reader.clone();
        tokio::spawn(async move {
            let mut count = 0;
            reader
                .list(kind, &mut |_| count += 1, &|_| ())
                .await
                .map(|listed| (listed.rows, count))
        })
    });
    for (task, rows) in tasks.into_iter().zip([3, 1]) {
        assert_eq!(task.await.expect("no panic").expect("it adds up"), (rows, rows));
    }
    assert_eq!(reader.tally().get, 5);
}

#[tokio::test]
async fn a_dialect_of_complete_listings_asks_for_no_page_behind_the_end() {
    let transport = service(|window, _| page(Some(25), &slice(&all(25), window)));
    assert_eq!(
        walk(&transport, "complete_listings: true\n")
            .await
            .expect("it adds up")
            .0
            .len(),
        25
    );
    assert_eq!(transport.requests().len(), 3);
}
