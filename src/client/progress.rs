//! Receives the rows of a list while it is read, and the progress of the reading.

use crate::model::{Kind, Live};

/// How far a walk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListProgress {
    /// The kind that is listed.
    pub kind: Kind,
    /// The rows so far, in this pass.
    pub rows: u64,
    /// The total that the service tells, if any.
    pub total: Option<u64>,
    /// The pass, from 1.
    pub pass: u32,
}

/// The receiver of a walk's rows and progress.
pub(crate) struct Receiver<'r> {
    pub(crate) each: &'r mut (dyn FnMut(Live) + Send),
    pub(crate) progress: &'r (dyn Fn(ListProgress) + Send + Sync),
}
