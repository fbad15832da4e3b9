//! How near an apply comes to what its service can take, and in how much memory: `cargo bench --bench apply`.
//!
//! The service is the embedded one over loopback HTTP, each answer 20 ms late and no limit beside that, so
//! that 16 requests at once are 800 a second at most. What it really gives is measured in the same run, by a
//! client that does nothing but ask. Then the command, as its users run it, plans and applies 1,000 creates.
//! Safety costs requests: before a create is sent, each of its identifiers is looked up, once before anything
//! is written and once just before the write. Both figures are shown: requests a second, which is what the
//! service limits, and creates a second, which is what people wait for.

#[expect(dead_code, reason = "the other bench asks for more")]
#[path = "../plan/child.rs"]
mod child;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use clap::Parser as _;
use secrecy::SecretString;
use wpsync::client::http::HttpLimits;
use wpsync::client::http::HttpTransport;
use wpsync::client::transport::Transport as _;
use wpsync::dialect::Method;
use wpsync::sandbox::{Service, serve_router};

/// What stops a measurement.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is measured.
#[derive(Debug, clap::Parser)]
struct Options {
    /// How many people are created
    #[arg(long, default_value_t = 1_000)]
    creates: usize,
    /// How many requests are under way at once
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// By how many milliseconds each answer is late
    #[arg(long, default_value_t = 20)]
    latency: u64,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// The least part of the service's own ceiling, and the most memory.
const SHARE: f64 = 0.8;
const MEMORY_MIB: u64 = 100;
const TOKEN: &str = "no-secret";

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    // `cargo test --benches` runs this too: then it only sees to it that the bench still works.
    let options = if options.bench {
        options
    } else {
        Options {
            creates: 50,
            ..options
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (address, requests) = runtime.block_on(serve(options.latency))?;
    let ceiling = runtime.block_on(ceiling(&address, &options))?;
    let folder = tempfile::tempdir()?;
    write_project(folder.path(), &address, &options)?;
    child::run(&mut command(folder.path(), "plan"))?;
    let before = requests.load(Ordering::Relaxed);
    let apply = child::run(
        command(folder.path(), "apply wpsync.plan.json")
            .args(["--parallelism", &options.concurrency.to_string()]),
    )?;
    let sent = requests.load(Ordering::Relaxed) - before;
    let seconds = apply.wall.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (rate, created) = (sent as f64 / seconds, options.creates as f64 / seconds);
    let peak = apply.peak_kib.map_or(0, |kib| kib / 1024);
    println!(
        "{} creates, {} at once, answers {} ms late",
        options.creates, options.concurrency, options.latency
    );
    println!("the service's ceiling: {ceiling:.0} requests/s, measured in this run");
    println!(
        "apply: {sent} requests in {seconds:.2} s, {rate:.0} requests/s ({:.0} % of the ceiling), \
         {created:.0} creates/s",
        100.0 * rate / ceiling
    );
    println!("peak memory of the apply: {peak} MiB");
    if options.bench && (rate < SHARE * ceiling || peak >= MEMORY_MIB) {
        return Err(format!(
            "it should reach {:.0} % of the ceiling in less than {MEMORY_MIB} MiB",
            100.0 * SHARE
        )
        .into());
    }
    Ok(())
}

/// Starts the service; gives its address and the count of its requests.
async fn serve(latency: u64) -> Result<(String, Arc<AtomicU64>), Failure> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let requests = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&requests);
    let late = move |request: Request, next: Next| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            tokio::time::sleep(Duration::from_millis(latency)).await;
            next.run(request).await
        }
    };
    let router = Service::in_memory().router().layer(from_fn(late));
    tokio::spawn(async move {
        serve_router(
            listener,
            router,
            &SecretString::from(TOKEN),
            std::future::pending(),
        )
        .await
    });
    Ok((address, requests))
}

/// How many requests a second the service answers to a client that only asks.
async fn ceiling(address: &str, options: &Options) -> Result<f64, Failure> {
    let client = Arc::new(HttpTransport::new(
        address.parse()?,
        Some(&SecretString::from(TOKEN)),
        HttpLimits::default(),
    )?);
    let each = options.creates.div_ceil(options.concurrency);
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..options.concurrency {
        let client = Arc::clone(&client);
        tasks.spawn(async move {
            for _ in 0..each {
                client
                    .send(wpsync::wire::Request::new(Method::Get, &["Users", "nobody"]))
                    .await?;
            }
            Ok::<_, wpsync::wire::Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let count = (each * options.concurrency) as f64;
    Ok(count / begun.elapsed().as_secs_f64())
}

fn write_project(folder: &Path, address: &str, options: &Options) -> Result<(), Failure> {
    let dialect = format!(
        "name: bench\nversions: honoured\nmax_concurrency: {}\n",
        options.concurrency
    );
    std::fs::write(folder.join("bench.yaml"), dialect)?;
    let configuration = format!(
        "version: 1\ndirectory:\n  scim: {address}\n  dialect: bench.yaml\n  \
         token: {{ env: WPSYNC_BENCH_TOKEN }}\nsources: [people.csv]\n\
         limits: {{ create: 1000000 }}\n"
    );
    std::fs::write(folder.join("wpsync.yaml"), configuration)?;
    let mut people = "userName,externalId,title,department\n".to_owned();
    for number in 0..options.creates {
        writeln!(people, "person{number}@example.com,{number},Engineer,Research")?;
    }
    Ok(std::fs::write(folder.join("people.csv"), people)?)
}

fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wpsync"));
    command
        .arg("-C")
        .arg(folder)
        .args(arguments.split(' '))
        .arg("--quiet")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command.env_clear().env("WPSYNC_BENCH_TOKEN", TOKEN);
    command
}
