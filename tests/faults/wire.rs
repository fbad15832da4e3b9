//! The faults over a socket: to the client's transport they are what the matrix takes them for, and the real
//! command, disturbed by them, writes down every intent before it sends, stops truly, and goes on to the same
//! end.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use secrecy::SecretString;
use wpsync::client::http::HttpLimits;
use wpsync::client::http::HttpTransport;
use wpsync::client::transport::Transport as _;
use wpsync::dialect::Method;
use wpsync::journal::{Event, replay};
use wpsync::model::Kind;
use wpsync::plan::Plan;
use wpsync::wire::Failure;
use wpsync::wire::HeaderMap;
use wpsync::wire::Request;
use wpsync::wire::Response;

use crate::command::Project;
use crate::intents::{Intends, Intents};
use crate::scene::person;
use crate::support::{Asked, Door, Fault, Line, Script, Service, Throttle, tail};

/// What a client knows after a request: a status and whether there is a body, or a sort of failure.
fn in_short(result: &Result<Response, Failure>) -> String {
    match result {
        Ok(response) if response.status == 204 => "204".to_owned(), // which has no body
        Ok(response) => format!(
            "{} {}",
            response.status,
            if response.body.is_empty() { "empty" } else { "full" }
        ),
        Err(failure) => {
            let words = format!("{failure:?}");
            words.split(' ').next().unwrap_or_default().to_owned()
        }
    }
}

fn client(origin: &str) -> HttpTransport {
    let limits = HttpLimits {
        connect: Duration::from_secs(1),
        read: Duration::from_millis(1500),
        total: Duration::from_secs(3),
        response_bytes: 50_000,
    };
    HttpTransport::new(
        origin.parse().expect("an origin"),
        Some(&SecretString::from("no-secret")),
        limits,
    )
    .expect("a client")
}

fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port()
}

/// Where a client goes that meets a fault of the way.
fn origin(fault: Fault, door: &Door, silent: &std::net::TcpListener) -> String {
    match fault {
        Fault::ConnectionRefused => format!("http://127.0.0.1:{}", closed_port()),
        Fault::Tls => format!("https://127.0.0.1:{}", door.port),
        Fault::Dns => "https://nobody.invalid".to_owned(),
        // It accepts, and then never says a word of TLS.
        Fault::TimeoutBeforeSend => format!(
            "https://127.0.0.1:{}",
            silent.local_addr().expect("an address").port()
        ),
        _ => door.base(),
    }
}

async fn compare(fault: Fault, of_id: fn(&str) -> Request) {
    let service = Service::new(1);
    let id = service
        .load(Kind::User, vec![person("ann", "engineer")])
        .remove(0);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let door = Door::open(Line::new(&service, 1, Box::new(move |_| Some(fault))));
    let over_http = client(&origin(fault, &door, &silent)).send(of_id(&id)).await;

    let twin = Service::new(1);
    twin.load(Kind::User, vec![person("ann", "engineer")]);
    let line = Line::new(&twin, 1, Box::new(move |_| Some(fault)));
    let request = of_id(&id);
    let arrived = line.arrive(&request);
    let real = line.real_answer(&arrived, &request, &HeaderMap::new()).await;
    let inside = real.and_then(|real| fault.answer(&request, real));
    assert_eq!(
        in_short(&over_http),
        in_short(&inside),
        "{fault:?} of {request:?}: {over_http:?}"
    );
    assert_eq!(
        service.contents(),
        twin.contents(),
        "{fault:?}: it takes effect, or does not, alike"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_over_a_socket_what_the_matrix_takes_it_for() {
    let get: fn(&str) -> Request = |id| Request::new(Method::Get, &["Users", id]);
    let post: fn(&str) -> Request =
        |_| Request::new(Method::Post, &["Users"]).with_body(&person("bob", "engineer"));
    let delete: fn(&str) -> Request = |id| Request::new(Method::Delete, &["Users", id]);
    let slots = std::sync::Arc::new(tokio::sync::Semaphore::new(8));
    let mut running = tokio::task::JoinSet::new();
    for fault in Fault::ALL {
        for request in [get, post, delete] {
            let slots = slots.clone();
            running.spawn(async move {
                let _slot = slots.acquire().await;
                compare(fault, request).await;
            });
        }
    }
    let mut compared = 0;
    while let Some(result) = running.join_next().await {
        result.expect("alike");
        compared += 1;
    }
    assert_eq!(compared, 3 * 36);
}

/// What strikes the command's writes.
const STRIKES: [Fault; 9] = [
    Fault::Reset,
    Fault::CutMidBody,
    Fault::BrokenBeforeCommit,
    Fault::BrokenAfterCommit,
    Fault::NoBody201,
    Fault::Html200,
    Fault::Status(409),
    Fault::DuplicateKeys,
    Fault::Throttled(Throttle::Silent),
];

fn strikes(seed: u64) -> Script {
    let mut random = SmallRng::seed_from_u64(seed);
    Box::new(move |asked: &Asked<'_>| {
        let strikes = !asked.operation.is_read() && random.random_bool(0.15);
        if strikes {
            STRIKES.choose(&mut random).copied()
        } else {
            None
        }
    })
}

/// Whether the journal in a file has the intent of a change, and nothing that came of it.
fn intends(journal: PathBuf) -> Intends {
    Box::new(move |change| {
        let events = replay(&std::fs::read(&journal).unwrap_or_default())
            .map(|found| found.events)
            .unwrap_or_default();
        let last = |event: &Event| match event {
            Event::Intent { change: of } if of == change => Some(true),
            Event::Done { change: of, .. } | Event::Failed { change: of, .. } if of == change => Some(false),
            _ => None,
        };
        events.iter().rev().find_map(last).unwrap_or(false)
    })
}

/// A plan of the real command, applied by it over a disturbed socket and then over a clear one.
fn command_life(seed: u64) {
    let service = Service::new(seed);
    let ids = service.load(
        Kind::User,
        vec![person("old", "engineer"), person("eve", "engineer")],
    );
    let door = Door::open(Line::clear(&service));
    let project = Project::empty();
    let mut people = "users:\n  - { userName: old, externalId: x-old, title: chief }\n  \
         - { userName: eve, externalId: x-eve }\n"
        .to_owned();
    for number in 0..12 {
        writeln!(people, "  - {{ userName: n{number}, externalId: x-n{number} }}").expect("text");
    }
    people.push_str("groups:\n  - { displayName: crew, members: [old, n0, n1] }\n");
    project.write("people.yaml", &people);
    project.write("test.yaml", "name: test\nmax_concurrency: 8\n");
    project.write(
        "wpsync.yaml",
        &format!(
            "version: 1\ndirectory: {{ scim: \"{}\", dialect: test.yaml, token: {{ env: TOKEN }} }}\n\
             sources: [people.yaml]\nlimits: {{ create: 100, update: 100 }}\n",
            door.base()
        ),
    );
    let token = [("TOKEN", "no-secret")];
    project.run_with(&token, "plan").exits(0);
    let plan = Plan::from_bytes(project.read("wpsync.plan.json").as_bytes()).expect("a plan");
    let intents = Arc::new(Intents::of(&plan));
    let journal = || project.path(".wpsync/journal").join(&plan.header.plan_id);
    let line = |number: usize, script: Script| {
        Line::new(&service, number, script).checked(intents.where_intended(intends(journal())))
    };
    for run in 0..3 {
        door.switch(line(10 + run, strikes(seed * 10 + run as u64)));
        let done = project.run_with(&token, "apply wpsync.plan.json");
        let wrote = service
            .history()
            .iter()
            .any(|one| one.line == 10 + run && one.took_effect());
        assert!(
            matches!(done.code, Some(0 | 3)) || (done.code == Some(1) && !wrote),
            "seed {seed}: {done:?}"
        );
    }
    door.switch(line(90, Box::new(|_| None)));
    project.run_with(&token, "apply wpsync.plan.json").exits(0);
    let history = service.history();
    assert!(
        service.violations().is_empty(),
        "seed {seed}: {:#?}\n{}",
        service.violations(),
        tail(&history)
    );
    let created = history
        .iter()
        .filter(|one| one.operation.is_create() && one.took_effect())
        .count();
    assert_eq!(created, 13, "seed {seed}: each is made once\n{}", tail(&history));
    assert_eq!(service.contents()[&ids[0]]["title"], "chief", "seed {seed}");
    let before = service.history().len();
    project.run_with(&token, "plan --detailed-exitcode").exits(0);
    assert!(
        service.history()[before..].iter().all(|one| !one.is_write()),
        "seed {seed}"
    );
}

#[test]
fn f110_the_command_writes_every_intent_down_before_it_sends() {
    std::thread::scope(|scope| {
        for first in 0..2 {
            scope.spawn(move || (0..4).for_each(|round| command_life(first * 4 + round)));
        }
    });
}
