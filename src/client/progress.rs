//! Who is told of the rows of a list while it is read, and how far that has come.

use crate::model::{Kind, Live};

/// How far a walk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListProgress {
    /// What is listed.
    pub kind: Kind,
    /// The rows so far, in this pass.
    pub rows: u64,
    /// How many there are, as the service says.
    pub total: Option<u64>,
    /// The pass, from 1.
    pub pass: u32,
}

/// Who gets the rows and the progress of a walk.
pub(crate) struct Receiver<'r> {
    pub(crate) each: &'r mut (dyn FnMut(Live) + Send),
    pub(crate) progress: &'r (dyn Fn(ListProgress) + Send + Sync),
}
