//! The real command is killed at every place of an apply, and the same command is run again: with its
//! journal, with a journal whose last record is torn, and without one. The service is in this process and
//! knows everything that was asked of it.
//!
//! The usual run takes a sample. All of them:
//! `cargo test --locked --test crashes -- --ignored --nocapture every_kill_point`

mod company;
mod full_disk;
mod killed;
mod points;
mod project;
mod replay;
mod signals;
#[path = "../support/mod.rs"]
mod support;
