//! `.wpsync/snapshot/last.json`: the record of the last apply; and the copy of each applied plan, beside its
//! receipt.

use std::collections::HashMap;

use super::{FileError, State, journal_name, plan_name};
use crate::drift::{AccountsRecord, LastApplied};
use crate::journal::{Event, replay};
use crate::plan::Plan;

/// The record of the last apply.
const LAST_APPLIED: &str = "snapshot/last.json";

impl State {
    /// Keeps a plan that is about to be applied, so that it can be undone.
    ///
    /// # Errors
    /// If the copy cannot be written.
    pub(crate) fn keep_plan(&self, plan: &Plan) -> Result<(), FileError> {
        self.store
            .put(&plan_name(&plan.header.plan_id), &plan.to_bytes())?;
        crate::killpoint::reached("plan.kept");
        Ok(())
    }

    /// The bytes of the kept copy of an applied plan.
    ///
    /// # Errors
    /// When there is no copy, or it cannot be read.
    pub(crate) fn read_plan(&self, plan_id: &str) -> Result<Vec<u8>, FileError> {
        self.existing(&plan_name(plan_id))
    }

    /// The ids of resources by change, as far as a plan's journal records them.
    pub(crate) fn ids(&self, plan_id: &str) -> HashMap<String, Box<str>> {
        let journal = self.store.get(&journal_name(plan_id));
        let bytes = journal.ok().flatten().unwrap_or_default();
        let events = replay(&bytes).map(|replay| replay.events).unwrap_or_default();
        let done = events.into_iter().filter_map(|event| match event {
            Event::Taken { change, id: Some(id) } | Event::Done { change, id: Some(id) } => {
                Some((change, id))
            }
            _ => None,
        });
        done.collect()
    }

    /// Writes the record of the last apply.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub(crate) fn write_last_applied(&self, last: &LastApplied) -> Result<(), FileError> {
        let mut bytes = serde_json::to_vec(last)
            .map_err(|error| FileError::at("write", &self.store.place(LAST_APPLIED))(error.into()))?;
        bytes.push(b'\n');
        self.store.put(LAST_APPLIED, &bytes)?;
        crate::killpoint::reached("last-applied.written");
        Ok(())
    }

    /// Reads the record of the last apply. `None` if there is none.
    ///
    /// # Errors
    /// When the record exists and cannot be read.
    pub(crate) fn read_last_applied(&self) -> Result<Option<LastApplied>, FileError> {
        self.parsed(LAST_APPLIED)
    }

    /// Reads who is managed, from the record of the last apply. `None` if there is no record.
    ///
    /// # Errors
    /// When the record exists and cannot be read.
    pub(crate) fn read_accounts(&self) -> Result<Option<AccountsRecord>, FileError> {
        self.parsed(LAST_APPLIED)
    }

    /// Reads a file. It is an error if the file does not exist.
    pub(super) fn existing(&self, name: &str) -> Result<Vec<u8>, FileError> {
        let missing = || {
            FileError::at("read", &self.store.place(name))(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "there is no such file",
            ))
        };
        self.store.get(name)?.ok_or_else(missing)
    }

    /// Reads a file of JSON, if there is one.
    pub(super) fn parsed<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FileError> {
        let Some(bytes) = self.store.get(name)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| FileError::at("read", &self.store.place(name))(error.into()))
    }
}
