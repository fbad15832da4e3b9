//! Whole commands as users run them: what they print, what they leave behind, and their exit codes.

mod apply;
mod binding;
mod everyday;
mod guards;
mod guards_across_runs;
mod interruption;
mod ownership;
mod policy;
mod readme;
mod removal;
mod secrets;
mod service;
mod support;
