//! `wpsync sandbox`: the embedded directory as a SCIM service over HTTP, for trials and tests.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use wpsync::sandbox::{Recorder, Service, serve_router};
use wpsync::state::FileError;

use super::chance::random_hexadecimal;
use super::exit::{Exit, Failure};
use super::signals;
use super::ui::Ui;

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// The address to listen on
    #[arg(long, value_name = "ADDR", env = "WPSYNC_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the directory in this file; without one it is gone at the end
    #[arg(long, value_name = "FILE", env = "WPSYNC_DB")]
    db: Option<PathBuf>,
    /// Write every request to this file as JSON Lines, without its headers
    #[arg(long, value_name = "FILE", env = "WPSYNC_RECORD")]
    record: Option<PathBuf>,
}

/// The variable that sets the token; a token is never an argument.
const TOKEN_VARIABLE: &str = "WPSYNC_SANDBOX_TOKEN";

pub(crate) async fn run(args: &SandboxArgs) -> Result<Exit, Failure> {
    let service = match &args.db {
        Some(path) => Service::open(path).map_err(|error| Failure::error(error.to_string()))?,
        None => Service::in_memory(),
    };
    let (token, shown) = match std::env::var(TOKEN_VARIABLE) {
        Ok(token) if !token.is_empty() => (token, format!("from {TOKEN_VARIABLE}")),
        _ => {
            let token = random_hexadecimal()?;
            (token.clone(), token)
        }
    };
    let router = match &args.record {
        Some(path) => Recorder::to_file(path).map_err(FileError::at("write", path))?.around(service.router()),
        None => service.router(),
    };
    let unusable = |error: std::io::Error| Failure::error(format!("cannot listen on {}: {error}", args.listen));
    let listener = tokio::net::TcpListener::bind(args.listen).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ui::print(&format!("READY http://{address} bearer {shown}\n"));
    let mut stop = signals::stop(None);
    let stopped = async move {
        let _ = stop.wait_for(Option::is_some).await;
    };
    serve_router(listener, router, &SecretString::from(token), stopped).await.map_err(|error| Failure::error(error.to_string()))?;
    Ok(Exit::Done)
}
