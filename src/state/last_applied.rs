//! `.wpsync/snapshot/last.json`: what was last applied; and the copy of each applied plan, beside its
//! receipt.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{FileError, State, private_folder, write_private};
use crate::drift::LastApplied;
use crate::journal::{Event, replay};
use crate::plan::Plan;

impl State {
    /// Keeps a plan that is about to be applied, so that it can be undone.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn keep_plan(&self, plan: &Plan) -> Result<(), FileError> {
        write_private(&self.plan_path(&plan.header.plan_id), &plan.to_bytes())?;
        crate::killpoint::reached("plan.kept");
        Ok(())
    }

    /// Where the copy of an applied plan stands.
    pub fn plan_path(&self, plan_id: &str) -> PathBuf {
        self.folder.join("receipts").join(format!("{plan_id}.plan.json"))
    }

    /// The ids of resources by change, as far as the journal of a plan has them.
    pub fn ids(&self, plan_id: &str) -> HashMap<String, Box<str>> {
        let bytes = std::fs::read(self.folder.join("journal").join(plan_id)).unwrap_or_default();
        let events = replay(&bytes).map(|replay| replay.events).unwrap_or_default();
        let done = events.into_iter().filter_map(|event| match event {
            Event::Done { change, id: Some(id) } => Some((change, id)),
            _ => None,
        });
        done.collect()
    }

    /// Writes what was last applied.
    ///
    /// # Errors
    /// When that is not possible; then what was there before is.
    pub fn write_last_applied(&self, last: &LastApplied) -> Result<(), FileError> {
        let path = self.last_applied_path();
        let folder = self.folder.join("snapshot");
        private_folder(&folder)?;
        let mut bytes =
            serde_json::to_vec(last).map_err(|error| FileError::at("write", &path)(error.into()))?;
        bytes.push(b'\n');
        write_private(&path, &bytes)?;
        crate::killpoint::reached("last-applied.written");
        Ok(())
    }

    /// Reads what was last applied, if anything ever was from here.
    ///
    /// # Errors
    /// When there is a record that cannot be read.
    pub fn read_last_applied(&self) -> Result<Option<LastApplied>, FileError> {
        let path = self.last_applied_path();
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| FileError::at("read", &path)(error.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::at("read", &path)(error)),
        }
    }

    fn last_applied_path(&self) -> PathBuf {
        self.folder.join("snapshot").join("last.json")
    }
}
