//! From a configuration to a directory. A token belongs to one origin and is sent nowhere else: the
//! configuration may come from a pull request, so in CI the origin comes from the environment, and a mismatch
//! is refused before the first packet.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use wpsync::client::BulkTransport;
use wpsync::client::Connection;
use wpsync::client::InProcessTransport;
use wpsync::client::Origin;
use wpsync::client::Reader;
use wpsync::client::Writer;
use wpsync::client::http::HttpLimits;
use wpsync::client::http::HttpTransport;
use wpsync::client::transport::Transport;
use wpsync::dialect::Dialect;
use wpsync::escape::Escaped;
use wpsync::plan::facts::DirectoryFacts;
use wpsync::project::{Directory, TokenSource};
use wpsync::sandbox::Service;
use wpsync::state::State;
use wpsync::survey::Remembered;

use super::context::Context;
use super::exit::{Exit, Failure};

/// The variable that names the one origin that the token belongs to.
const ORIGIN_VARIABLE: &str = "WPSYNC_ORIGIN";

/// How far the directory's clock may be from this machine's.
const MOST_SECONDS_APART: u64 = 5 * 60;

/// A reader of the project's directory.
pub(crate) async fn reader(context: &Context) -> Result<Reader, Failure> {
    Ok(Reader::open(reading(context)?).await?)
}

/// How writes are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sending {
    /// Each by a request of its own.
    Single,
    /// Together, by Bulk requests.
    Bulk,
}

/// A writer to the project's directory.
pub(crate) async fn writer(context: &Context, sending: Sending) -> Result<Writer, Failure> {
    let mut connection = connection(context)?;
    if sending == Sending::Bulk {
        let operations = bulk_operations(context)?;
        connection.transport =
            match BulkTransport::around(Arc::clone(&connection.transport), &connection.dialect) {
                Some(bulk) => Arc::new(bulk),
                None => connection.transport,
            };
        // Those that are gathered wait; how many requests are under way, the transport sees to.
        connection.dialect.max_concurrency = connection.dialect.max_concurrency.max(operations);
    }
    Ok(Writer::open(connection).await?)
}

/// How many operations one Bulk request to the project's directory may hold.
pub(crate) fn bulk_operations(context: &Context) -> Result<usize, Failure> {
    let limits = context.dialect.bulk.ok_or_else(|| {
        let name = Escaped(&context.dialect.name);
        Failure::error(format!(
            "the dialect {name} does not say that the service takes Bulk requests; nothing was sent"
        ))
        .hint("apply without --bulk, or add the row `bulk: { operations: … }` to a dialect file of your own")
    })?;
    Ok(limits.operations as usize)
}

/// Who was in which group after the last apply to the project's directory, where its service does not tell.
pub(crate) fn remembered(context: &Context) -> Result<Remembered, Failure> {
    if !context.dialect.hides_members() {
        return Ok(Remembered::default());
    }
    let here = facts(context)?.origin;
    let last = State::of(&context.root)
        .read_last_applied()?
        .filter(|last| last.directory == here);
    Ok(last
        .iter()
        .flat_map(wpsync::drift::LastApplied::members)
        .collect())
}

/// Checks what can be known of the directory without connecting: its address and its dialect.
pub(crate) fn check(context: &Context) -> Result<(), Failure> {
    facts(context).map(|_| ())
}

/// What a plan is bound to in the project's directory, known without connecting.
pub(crate) fn facts(context: &Context) -> Result<DirectoryFacts, Failure> {
    let (origin, tenant) = match &context.project.directory {
        Directory::Local { path } => (Origin::local(&path.to_string_lossy()), None),
        Directory::Scim { url, tenant, .. } => (origin(url)?, tenant.clone()),
        Directory::Officevibe(officevibe) => (origin(&officevibe.url)?, officevibe.tenant.clone()),
    };
    let dialect = &context.dialect;
    check_tenant(context, tenant.as_deref())?;
    Ok(DirectoryFacts {
        dialect_digest: dialect.digest(),
        dialect: dialect.name.clone(),
        origin: origin.as_str().to_owned(),
        tenant,
    })
}

/// The tenant that the configuration means must be the policy's.
fn check_tenant(context: &Context, tenant: Option<&str>) -> Result<(), Failure> {
    match context
        .policy_file
        .as_ref()
        .and_then(|policy| policy.tenant.as_deref())
    {
        Some(allowed) if tenant != Some(allowed) => {
            let found = tenant.map_or_else(|| "none".to_owned(), |tenant| Escaped(tenant).to_string());
            Err(Failure::with(
                Exit::Refused,
                format!(
                    "the policy is for the tenant {}, and the configuration names {found}; nothing was sent",
                    Escaped(allowed)
                ),
            )
            .hint("see `directory: tenant:` in the configuration"))
        }
        _ => Ok(()),
    }
}

/// A service whose clock is far from ours makes every expiry doubtful.
pub(crate) fn check_clock(reader: &Reader) -> Result<(), Failure> {
    match reader.clock_offset() {
        Some(offset) if offset.unsigned_abs() > MOST_SECONDS_APART => {
            let (minutes, direction) = (
                offset.unsigned_abs() / 60,
                if offset > 0 { "ahead of" } else { "behind" },
            );
            let now = jiff::Timestamp::now();
            let now = now.round(jiff::Unit::Second).unwrap_or(now);
            Err(Failure::with(
                Exit::Drift,
                format!("the directory's clock is {minutes} minutes {direction} this machine's ({now}); nothing was written"),
            )
            .hint("correct the clock that is wrong: whether a plan has expired is read from it"))
        }
        _ => Ok(()),
    }
}

/// What it takes to read the project's directory. An embedded one that is not there yet holds nothing, and
/// reading does not make it.
pub(crate) fn reading(context: &Context) -> Result<Connection, Failure> {
    match &context.project.directory {
        Directory::Local { path } if !context.root.join(path).exists() => {
            facts(context)?;
            let transport: Arc<dyn Transport> = Arc::new(InProcessTransport::new(
                Origin::local(&path.to_string_lossy()),
                Service::in_memory().router(),
            ));
            Ok(Connection::new(
                transport,
                context.dialect.clone(),
                Arc::clone(&context.catalog),
            ))
        }
        _ => connection(context),
    }
}

/// What it takes to speak to the project's directory.
fn connection(context: &Context) -> Result<Connection, Failure> {
    facts(context)?; // refuses another tenant before anything is opened
    let catalog = Arc::clone(&context.catalog);
    match &context.project.directory {
        Directory::Local { path } => {
            let service =
                Service::open(&context.root.join(path)).map_err(|error| Failure::error(error.to_string()))?;
            let origin = Origin::local(&path.to_string_lossy());
            let transport: Arc<dyn Transport> = Arc::new(InProcessTransport::new(origin, service.router()));
            Ok(Connection::new(transport, context.dialect.clone(), catalog))
        }
        Directory::Scim { url, token, .. } => {
            let origin = origin(url)?;
            check_origin(context, &origin)?;
            let token = read_token(&context.root, token)?;
            let transport = HttpTransport::new(origin, Some(&token), HttpLimits::default())
                .and_then(|transport| transport.with_headers(&context.dialect.headers))
                .map_err(|error| Failure::error(error.to_string()))?;
            Ok(Connection::new(
                Arc::new(transport),
                context.dialect.clone(),
                catalog,
            ))
        }
        Directory::Officevibe(officevibe) => super::officevibe::connection(context, officevibe),
    }
}

pub(crate) fn origin(url: &str) -> Result<Origin, Failure> {
    url.parse().map_err(|error: wpsync::client::OriginError| {
        Failure::error(error.to_string()).hint("see `directory:` in the configuration")
    })
}

/// The token's origin, as the environment and the policy file name it, must be the configuration's.
pub(crate) fn check_origin(context: &Context, origin: &Origin) -> Result<(), Failure> {
    let of_policy = context
        .policy_file
        .as_ref()
        .and_then(|policy| policy.origin.clone());
    let of_environment = std::env::var(ORIGIN_VARIABLE)
        .ok()
        .filter(|value| !value.is_empty());
    let named: Vec<String> = of_environment.into_iter().chain(of_policy).collect();
    match named.iter().find(|named| !origin.is_within(named)) {
        Some(named) => Err(Failure::with(
            Exit::Refused,
            format!("the token belongs to {}, and the configuration names {}; nothing was sent", Escaped(named), Escaped(origin.as_str())),
        )
        .hint(format!("if the directory moved, change {ORIGIN_VARIABLE} or the policy's `origin` where the token is kept"))),
        None if named.is_empty() && in_ci() => Err(Failure::with(
            Exit::Refused,
            format!("in CI, {ORIGIN_VARIABLE} must name the origin that the token belongs to; nothing was sent"),
        )
        .hint(format!("set {ORIGIN_VARIABLE}={} beside the token", Escaped(origin.as_str())))),
        None => Ok(()),
    }
}

/// Whether this runs in CI, as CI systems say.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

pub(crate) fn read_token(root: &Path, source: &TokenSource) -> Result<SecretString, Failure> {
    let token = match source {
        TokenSource::Env(name) => std::env::var(name).map_err(|_| {
            Failure::error(format!("the token's variable {} is not set", Escaped(name)))
                .hint("export it, or name a file: token: { file: … }")
        })?,
        TokenSource::File(path) => super::saved::private_text(&root.join(path), "the token's file")?,
    };
    let token = token.trim();
    if token.is_empty() {
        return Err(Failure::error("the token is empty"));
    }
    Ok(SecretString::from(token))
}

fn shipped(name: &str) -> Result<Dialect, Failure> {
    Dialect::shipped(name).ok_or_else(|| {
        let hint = format!(
            "{}; a dialect of your own is a YAML file, as dialects/ours.yaml",
            Dialect::instead(name)
        );
        Failure::error(format!("there is no dialect {}", Escaped(name))).hint(hint)
    })
}

/// The dialect of a directory: one that comes with the program, or a file beside the configuration.
pub(crate) fn dialect(root: &Path, directory: &Directory) -> Result<Dialect, Failure> {
    match directory {
        Directory::Local { .. } => shipped("local"),
        Directory::Officevibe(officevibe) => super::officevibe::form(officevibe),
        Directory::Scim { dialect, .. } => named_dialect(root, dialect),
    }
}

/// The dialect of a name, or of a file in a folder.
pub(crate) fn named_dialect(root: &Path, name: &str) -> Result<Dialect, Failure> {
    let is_file = Path::new(name).extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml")
    });
    if !is_file {
        return shipped(name);
    }
    let path = root.join(name);
    let text = std::fs::read_to_string(&path).map_err(wpsync::state::FileError::at("read", &path))?;
    Dialect::parse(&text).map_err(|error| {
        let place = error
            .place
            .map(|(line, column)| format!(":{line}:{column}"))
            .unwrap_or_default();
        let hint = error
            .hint
            .as_deref()
            .map(|hint| format!("{hint} "))
            .unwrap_or_default();
        Failure::error(format!("{}{place}: {error}", Escaped(name)))
            .hint(format!("{hint}`wpsync schema dialect` says what may stand there"))
    })
}
