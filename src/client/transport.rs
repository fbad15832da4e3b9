//! How a request reaches a directory: across the network ([`crate::client::http`]) or by a function call
//! (`crate::client::in_process`). A transport knows nothing of SCIM, and never follows a URL from a service.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::client::address::DirectoryAddress;
use crate::dialect::Method;
use crate::wire::Failure;
use crate::wire::{Request, Response};

/// An answer under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// Carries requests to one directory.
pub trait Transport: Send + Sync {
    /// The directory that the transport leads to.
    fn origin(&self) -> &DirectoryAddress;

    /// Sends a request once, and reads the whole answer. Fails with [`Failure::Unreachable`] only if nothing
    /// was sent.
    fn send(&self, request: Request) -> Answering<'_>;

    /// Removes secrets from foreign text before the text gets into an error.
    fn redact(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// A transport that sends GET alone. A [`crate::client::Reader`] holds nothing else, and therefore cannot
/// write.
#[derive(Clone)]
pub struct ReadTransport(Arc<dyn Transport>);

impl ReadTransport {
    /// Keeps the reading half of a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }
}

impl fmt::Debug for ReadTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ReadTransport to {}", self.0.origin())
    }
}

impl Transport for ReadTransport {
    fn origin(&self) -> &DirectoryAddress {
        self.0.origin()
    }

    fn send(&self, request: Request) -> Answering<'_> {
        if request.method == Method::Get {
            return self.0.send(request);
        }
        let reason = format!(
            "{} {} was not sent: this client can only read",
            request.method.as_str(),
            request.path
        );
        Box::pin(std::future::ready(Err(Failure::NotSent { reason })))
    }

    fn redact(&self, text: &str) -> String {
        self.0.redact(text)
    }
}
