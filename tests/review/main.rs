//! What reviewers read of a plan: true, complete or counted, and harmless whatever the names and values in it
//! are.

mod browser;
mod forms;
mod harmless;
mod policy;
mod size;
mod support;
