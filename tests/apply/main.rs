//! The engine of an apply against a service in this process: crashes at every write, with the journal and
//! without, and what must never happen between.

mod evidence;
mod journal;
mod made_once;
mod mixed;
mod renames;
mod replay;
mod rewriting;
#[path = "../support/mod.rs"]
mod stand_in;
mod stops;
mod support;
