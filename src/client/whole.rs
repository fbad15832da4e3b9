//! Reads Officevibe: all people and all groups come in two answers. Nothing here writes.

use std::collections::HashSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use tokio::sync::Mutex;

use crate::client::progress::{ListProgress, Receiver};
use crate::client::session::Session;
use crate::client::transport::ReadTransport;
use crate::dialect::Method;
use crate::model::{Kind, Live};
use crate::whole::answer::{self, GroupRows, UserRows};
use crate::whole::form::PushForm;
use crate::whole::last_sent::LastSent;
use crate::whole::lift::{RowContext, lift};
use crate::wire::{Failure, Request};

/// Reads a directory that is written in one request.
pub(crate) struct WholeReader {
    session: Arc<Session>,
    transport: ReadTransport,
    form: PushForm,
    last_sent: LastSent,
    /// The last reading. The same two answers hold everything, whatever is asked.
    last: Mutex<Option<Reading>>,
}

/// One reading of everything.
struct Reading {
    users: Arc<[Live]>,
    groups: Arc<[Live]>,
    /// The kinds that a listing has handed out. Listing the same kind again makes a new reading.
    listed: HashSet<Kind>,
}

impl Reading {
    fn of(&self, kind: Kind) -> Arc<[Live]> {
        Arc::clone(match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        })
    }
}

impl WholeReader {
    pub(crate) fn new(
        session: Arc<Session>,
        transport: ReadTransport,
        form: PushForm,
        last_sent: LastSent,
    ) -> Self {
        Self {
            session,
            transport,
            form,
            last_sent,
            last: Mutex::default(),
        }
    }

    /// Asks whether the key is accepted.
    pub(crate) async fn ping(&self) -> Result<(), Failure> {
        self.call::<Json>("ping").await.map(drop)
    }

    /// Hands out every resource of a kind and returns their number. People and groups that are listed one
    /// after the other come from the same reading.
    pub(crate) async fn list(&self, kind: Kind, receiver: Receiver<'_>) -> Result<u64, Failure> {
        let rows = self.listed(kind).await?;
        let count = rows.len() as u64;
        rows.iter().cloned().for_each(&mut *receiver.each);
        (receiver.progress)(ListProgress {
            kind,
            rows: count,
            total: Some(count),
            pass: 1,
        });
        Ok(count)
    }

    /// Every resource of a kind. Each reading is handed out once per kind.
    async fn listed(&self, kind: Kind) -> Result<Arc<[Live]>, Failure> {
        let mut last = self.last.lock().await;
        if let Some(reading) = last.as_mut().filter(|reading| !reading.listed.contains(&kind)) {
            reading.listed.insert(kind);
            return Ok(reading.of(kind));
        }
        let reading = Reading {
            listed: HashSet::from([kind]),
            ..self.read().await?
        };
        Ok(last.insert(reading).of(kind))
    }

    /// Every resource of a kind as it was last read.
    pub(crate) async fn last(&self, kind: Kind) -> Result<Arc<[Live]>, Failure> {
        let mut last = self.last.lock().await;
        if let Some(reading) = &*last {
            return Ok(reading.of(kind));
        }
        Ok(last.insert(self.read().await?).of(kind))
    }

    async fn read(&self) -> Result<Reading, Failure> {
        let users: UserRows = self.call("users").await?;
        let groups: GroupRows = self.call("groups").await?;
        users.check()?;
        groups.check()?;
        let context = RowContext {
            catalog: &self.session.catalog,
            form: &self.form,
            last_sent: &self.last_sent,
        };
        let lifted = lift(&users, &groups, context)?;
        Ok(Reading {
            users: lifted.users.into(),
            groups: lifted.groups.into(),
            listed: HashSet::new(),
        })
    }

    async fn call<D: DeserializeOwned>(&self, name: &str) -> Result<D, Failure> {
        let request = Request::new(Method::Get, &["api", "v2", name]);
        let response = self.session.exchange(&self.transport, request, &[200]).await;
        answer::data(&response.map_err(answer::explained)?)
    }
}
