//! `wpsync sandbox`: the embedded directory as a SCIM service over HTTP, for trials and tests.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde_json::json;
use wpsync::operation::{self, Problem};
use wpsync::sandbox::{Emulation, Recorder, Service, serve_router};
use wpsync::state::FileError;

use super::exit::Exit;
use super::global::Global;
use super::outside::random_hexadecimal;
use super::result::Result;
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDR",
        env = "WPSYNC_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
    /// Keep the directory in this file; without one it is gone at the end
    #[arg(long, value_name = "FILE", env = "WPSYNC_DB")]
    db: Option<PathBuf>,
    /// Write every request to this file as JSON Lines, without its headers
    #[arg(long, value_name = "FILE", env = "WPSYNC_RECORD")]
    record: Option<PathBuf>,
    /// Behave as this service does: one of the shipped dialects, or a dialect file
    #[arg(long, value_name = "DIALECT", env = "WPSYNC_DIALECT")]
    dialect: Option<String>,
    /// Somebody who has used their account, by userName: some services refuse to delete such a person
    #[arg(long, value_name = "NAME", requires = "dialect")]
    claimed: Vec<String>,
}

/// The variable that sets the token; a token is never an argument.
const TOKEN_VARIABLE: &str = "WPSYNC_SANDBOX_TOKEN";

pub(crate) async fn run(global: &Global, args: &SandboxArgs, ui: &Ui) -> Result<Exit> {
    let dialect = args
        .dialect
        .as_deref()
        .map(|name| operation::named_dialect(&global.folder, name))
        .transpose()?;
    let service = match &args.db {
        Some(path) => {
            Service::open(&global.here.join(path)).map_err(|error| Problem::error(error.to_string()))?
        }
        None => Service::in_memory(),
    };
    let (token, shown) = match global.outside.environment.text(TOKEN_VARIABLE) {
        Some(token) if !token.is_empty() => (token, format!("from {TOKEN_VARIABLE}")),
        _ => {
            let token = random_hexadecimal().map_err(|error| {
                Problem::error(format!("the operating system gives no random bytes: {error}"))
            })?;
            (token.clone(), token)
        }
    };
    let (router, base) = match dialect {
        Some(dialect) => Emulation::new(&service, dialect, &args.claimed).at_its_base(),
        None => (service.router(), String::new()),
    };
    let router = match &args.record {
        Some(path) => Recorder::to_file(&global.here.join(path))
            .map_err(FileError::at("write", path))?
            .around(router),
        None => router,
    };
    let unusable =
        |error: std::io::Error| Problem::error(format!("cannot listen on {}: {error}", args.listen));
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let name = wpsync::escape::Escaped(args.dialect.as_deref().unwrap_or("rfc7644")).to_string();
    ui.event(|| {
        json!({
            "type": "ready", "url": format!("http://{address}{base}"), "dialect": name, "token": shown,
        })
    });
    ui.result(&format!(
        "READY http://{address}{base} bearer {shown}\n\nIn wpsync.yaml, with the token in WPSYNC_TOKEN:\n  \
         directory:\n    \
         scim: http://{address}{base}\n    dialect: {name}\n    token: {{ env: WPSYNC_TOKEN }}\n"
    ));
    let mut stop = global.outside.stop(None, ui);
    let stopped = async move {
        let _ = stop.wait_for(Option::is_some).await;
    };
    serve_router(listener, router, &SecretString::from(token), stopped)
        .await
        .map_err(|error| Problem::error(error.to_string()))?;
    Ok(Exit::Done)
}
