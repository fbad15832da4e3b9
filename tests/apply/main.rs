//! The engine of an apply against a service in this process: crashes at every write, with the journal and
//! without, and what must never happen between.

mod journal;
#[path = "../support/machine.rs"]
mod machine;
mod mixed;
#[path = "../support/project.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod project;
mod renames;
mod replay;
mod stops;
mod support;
