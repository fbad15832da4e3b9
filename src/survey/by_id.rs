//! Reads resources by id, and the members of groups that a list may have left out; `unlisted.rs` says of
//! which groups.

use std::collections::HashMap;

use tokio::task::JoinSet;

use crate::client::{DirectoryError, Reader};
use crate::model::{Kind, Live};
use crate::whole::form::Writes;

/// Reads resources by id. `None` for a resource that is gone since the listing.
pub(super) async fn read_by_id(
    reader: &Reader,
    kind: Kind,
    ids: Vec<Box<str>>,
) -> Result<HashMap<Box<str>, Option<Live>>, DirectoryError> {
    let mut tasks = JoinSet::new();
    for id in ids {
        let reader = reader.clone();
        tasks.spawn(async move { reader.get(kind, &id).await.map(|live| (id, live)) });
    }
    let mut read = HashMap::new();
    while let Some(task) = tasks.join_next().await {
        read.extend([joined(task)?]);
    }
    Ok(read)
}

/// Puts what was read by id in the place of the rows of a list.
pub(super) fn replace(rows: &mut Vec<Live>, read: HashMap<Box<str>, Option<Live>>) {
    rows.retain(|row| !read.contains_key(&row.id));
    rows.extend(read.into_values().flatten());
}

/// A task's result. A panic in a task ends the whole reading, because half a reading is not usable.
pub(super) fn joined<T>(
    task: Result<Result<T, DirectoryError>, tokio::task::JoinError>,
) -> Result<T, DirectoryError> {
    match task {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Groups that came without their members, by id.
#[derive(Default)]
pub(super) struct Doubts {
    /// Those that are read by id.
    pub(super) surely: Vec<Box<str>>,
    /// Those that are read by id if the list turns out to leave members out.
    pub(super) perhaps: Vec<Box<str>>,
}

impl Doubts {
    /// All groups of a reading that came without their members.
    pub(super) fn of_all(reader: &Reader, groups: &[Live]) -> Self {
        let untold = groups
            .iter()
            .filter(|group| group.members.is_none() && leaves_members_open(reader));
        Self {
            surely: Vec::new(),
            perhaps: untold.map(|group| group.id.clone()).collect(),
        }
    }
}

/// Whether the dialect does not say what it means that a group comes without `members`.
pub(super) fn leaves_members_open(reader: &Reader) -> bool {
    reader.dialect().writes == Writes::Each && reader.dialect().leaves_members_open()
}

/// Reads by id the groups whose members the list may have left out.
pub(super) async fn read_members(
    reader: &Reader,
    groups: &mut Vec<Live>,
    doubts: Doubts,
) -> Result<(), DirectoryError> {
    let Doubts {
        mut surely,
        mut perhaps,
    } = doubts;
    let all: Vec<Box<str>> = surely.iter().chain(&perhaps).cloned().collect();
    surely.extend(perhaps.pop());
    let read = read_by_id(reader, Kind::Group, surely).await?;
    let has_members = |group: &Live| group.members.as_ref().is_some_and(|members| !members.is_empty());
    let leaves_out = read.values().flatten().any(has_members);
    replace(groups, read);
    if leaves_out {
        replace(groups, read_by_id(reader, Kind::Group, perhaps).await?);
    }
    if groups.iter().any(|group| group.members.is_some()) {
        for group in groups.iter_mut().filter(|group| all.contains(&group.id)) {
            group.members.get_or_insert_default();
        }
    }
    Ok(())
}
