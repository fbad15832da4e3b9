//! The way to the project's directory. A token belongs to one origin and is sent to no other.
//!
//! The transports made here can write. Only `reading`, which hands out only the reading half, and `writing`
//! may use them.

use std::fmt;
use std::sync::Arc;

use super::environment::{Environment, WORKLEAP_ORIGIN_VARIABLE};
use super::opened::Opened;
use super::problem::Problem;
use super::{secret, target};
use crate::client::http::{HttpLimits, HttpTransport};
use crate::client::transport::Transport;
use crate::client::{DirectoryAddress, DirectoryAddressError, InProcessTransport};
use crate::project::{Directory, OfficevibeForm, OfficevibeSettings, TokenSource};
use crate::sandbox::Service;
use crate::whole::form::{PushForm, Writes};
use crate::wire::Failure;

/// How the directory of a project is reached.
#[derive(Clone)]
pub struct Door(Way);

#[derive(Clone)]
enum Way {
    Configured,
    Given(Arc<dyn Transport>),
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Way::Configured => formatter.write_str("Door as configured"),
            Way::Given(transport) => write!(formatter, "Door to {}", transport.origin()),
        }
    }
}

/// What happens if the embedded directory has no file yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The directory is empty, and reading it creates no file.
    IsEmpty,
    /// The file is created.
    IsMade,
}

impl Door {
    /// A door to the directory that the configuration names.
    pub const fn configured() -> Self {
        Self(Way::Configured)
    }

    /// A door to the given transport, independent of the configuration: a stand-in, or a connection that
    /// fails.
    pub const fn given(transport: Arc<dyn Transport>) -> Self {
        Self(Way::Given(transport))
    }

    /// Opens a transport to the directory. It first refuses a tenant or an origin that is not the policy's.
    pub(super) fn open(
        &self,
        opened: &Opened,
        environment: &Environment,
        missing: Missing,
    ) -> Result<Arc<dyn Transport>, Problem> {
        target::facts(opened)?;
        match (&self.0, &opened.project.directory) {
            (Way::Given(transport), _) => Ok(Arc::clone(transport)),
            (Way::Configured, Directory::Local { path }) => {
                let file = opened.project.root.join(path);
                let service = if missing == Missing::IsEmpty && !file.exists() {
                    Service::in_memory()
                } else {
                    Service::open(&file)
                        .map_err(|error| Problem::error(error.to_string()).caused_by(error))?
                };
                let origin = DirectoryAddress::local(&path.to_string_lossy());
                Ok(Arc::new(InProcessTransport::new(origin, service.router())))
            }
            (Way::Configured, Directory::Scim { url, token, .. }) => https(opened, url, token, environment),
            (Way::Configured, Directory::Officevibe(officevibe)) => {
                https(opened, &officevibe.url, &officevibe.token, environment)
            }
        }
    }

    /// Opens the transport for pushes. `None` if pushes use the transport that reads.
    pub(super) fn open_push(
        &self,
        opened: &Opened,
        environment: &Environment,
    ) -> Result<Option<Arc<dyn Transport>>, Problem> {
        let (Way::Configured, Directory::Officevibe(officevibe), Writes::Whole(push)) =
            (&self.0, &opened.project.directory, &opened.dialect.writes)
        else {
            return Ok(None);
        };
        push_transport(opened, officevibe, push, environment)
    }
}

fn https(
    opened: &Opened,
    url: &str,
    token: &TokenSource,
    environment: &Environment,
) -> Result<Arc<dyn Transport>, Problem> {
    let origin = target::origin(url)?;
    target::check_origin(opened, &origin, environment)?;
    let token = secret::token(&opened.project.root, token, environment)?;
    let transport = HttpTransport::new(origin, Some(&token), HttpLimits::default())
        .and_then(|transport| transport.with_headers(&opened.dialect.headers));
    Ok(Arc::new(transport.map_err(unusable)?))
}

fn push_transport(
    opened: &Opened,
    officevibe: &OfficevibeSettings,
    push: &PushForm,
    environment: &Environment,
) -> Result<Option<Arc<dyn Transport>>, Problem> {
    let (OfficevibeForm::Workleap { key }, Some(header)) = (&officevibe.form, &push.key_header) else {
        return Ok(None);
    };
    let key = secret::token(&opened.project.root, key, environment)?;
    let transport = HttpTransport::new(pushed_to(push, environment)?, None, HttpLimits::default())
        .and_then(|transport| transport.with_headers(&opened.dialect.headers))
        .and_then(|transport| transport.with_key(header, &key));
    Ok(Some(Arc::new(transport.map_err(unusable)?)))
}

/// The address of a push that does not go to the address that is read. The configuration cannot set it,
/// because the key is sent there.
fn pushed_to(push: &PushForm, environment: &Environment) -> Result<DirectoryAddress, Problem> {
    let named = environment.workleap_origin();
    let text = named.or_else(|| push.origin.clone()).unwrap_or_default();
    text.parse().map_err(|error: DirectoryAddressError| {
        Problem::error(error.to_string())
            .caused_by(error)
            .hint(format!("see {WORKLEAP_ORIGIN_VARIABLE}"))
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is the form that `map_err` asks for"
)]
fn unusable(failure: Failure) -> Problem {
    Problem::error(failure.to_string())
}
