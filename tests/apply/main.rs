//! The engine of an apply against a service in this process: crashes at every write, with the journal and
//! without, and what must never happen between.

#[path = "../plan/support.rs"]
#[allow(dead_code, reason = "a company is more than these tests need")]
mod company;
mod journal;
mod mixed;
mod renames;
mod replay;
#[path = "../support/mod.rs"]
mod stand_in;
mod stops;
mod support;
