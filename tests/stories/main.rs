//! Whole commands as users run them: what they print, what they leave behind, and their exit codes.

mod apply;
mod approval;
mod artifacts;
mod at_service;
mod back_doors;
mod binding;
#[path = "../../src/cli/mod.rs"]
#[allow(dead_code, reason = "the binary alone starts from a process")]
mod cli;
mod commands;
mod dialects;
mod doctor;
mod drift;
mod entra;
mod everyday;
mod fake_officevibe;
mod guards;
mod guards_across_runs;
mod headline;
mod history;
mod interruption;
mod managed_accounts;
mod messages;
mod officevibe;
mod operations;
mod ownership;
mod pages;
mod policy;
mod presence;
mod presets;
mod privacy;
mod readme;
mod removal;
mod renamed;
mod requests;
mod results;
mod rewriting;
mod sandbox;
mod secrets;
mod selection;
mod service;
mod session;
mod show;
mod spelling;
#[path = "../support/mod.rs"]
mod stand_in;
mod stranger;
mod support;
mod swaps;
mod trace;
mod undo;
mod undo_of_creates;
mod unique_values;
mod unlisted;
mod why;
