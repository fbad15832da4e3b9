//! Whole commands as users run them: what they print, what they leave behind, and their exit codes.

mod apply;
mod approval;
mod artifacts;
mod binding;
mod dialects;
mod doctor;
mod drift;
mod everyday;
mod fake_officevibe;
mod guards;
mod guards_across_runs;
mod interruption;
mod officevibe;
mod ownership;
mod policy;
mod privacy;
mod readme;
mod removal;
mod secrets;
mod service;
mod show;
mod stranger;
mod support;
mod undo;
mod why;
