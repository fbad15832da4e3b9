//! `.wpsync/snapshot/learnt.json`: what each directory was seen to make of texts. A file that cannot be read
//! counts as nothing learnt: then a plan shows more, and never less.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FileError, State};
use crate::model::Learnt;

const LEARNT: &str = "snapshot/learnt.json";

/// The version of the file's format.
const FORMAT: u32 = 1;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LearntFile {
    /// The version of the file's format.
    wpsync_learnt: u32,
    /// What was learnt of each directory, by its address.
    directories: BTreeMap<String, Learnt>,
}

impl State {
    /// What is learnt of a directory.
    pub(crate) fn learnt(&self, origin: &str) -> Learnt {
        self.learnt_file().directories.remove(origin).unwrap_or_default()
    }

    /// Keeps what is learnt of a directory.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write_learnt(&self, origin: &str, learnt: Learnt) -> Result<(), FileError> {
        let mut file = self.learnt_file();
        file.wpsync_learnt = FORMAT;
        file.directories.insert(origin.to_owned(), learnt);
        let mut bytes = serde_json::to_vec(&file)
            .map_err(|error| FileError::at("write", &self.store.place(LEARNT))(error.into()))?;
        bytes.push(b'\n');
        self.store.put(LEARNT, &bytes)
    }

    fn learnt_file(&self) -> LearntFile {
        let file = self.parsed::<LearntFile>(LEARNT).ok().flatten();
        file.filter(|file| file.wpsync_learnt == FORMAT)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Normalisation, Rewritten};

    #[test]
    fn what_is_learnt_belongs_to_its_directory_and_damage_is_no_knowledge() {
        let state = State::in_memory();
        let mut learnt = Learnt::default();
        learnt.add([Rewritten {
            attribute: "users.title".into(),
            rule: Normalisation::Truncated(2),
            sent: "ITS".into(),
            stored: "IT".into(),
        }]);
        state.write_learnt("https://a", learnt.clone()).expect("written");
        assert_eq!(
            (state.learnt("https://a"), state.learnt("https://b")),
            (learnt, Learnt::default())
        );
        state
            .store
            .put(LEARNT, b"{\"wpsync_learnt\":9}")
            .expect("written");
        assert_eq!(state.learnt("https://a"), Learnt::default());
    }
}
